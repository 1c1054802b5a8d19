//! What the office does: shuts people out and lets them in again, decides on held work.

use super::template::{TEAM, id};
use super::world::{World, look};
use crate::{Doing, Trouble};
use wurao_protocol::{DeviceId, Digest, DocumentId};

/// Shuts a phone's person out, or lets them in again.
pub(super) fn shut_out_and_let_in(world: &mut World, n: usize) -> Result<(), Trouble> {
    let person = world.phones[n].person;
    if person >= TEAM {
        return Ok(());
    }
    let out = is_out(world, person)?;
    set_out(world, person, !out)
}

/// Everybody is let in again.
pub(super) fn let_all_in(world: &mut World) -> Result<(), Trouble> {
    for person in 0..TEAM {
        if is_out(world, person)? {
            set_out(world, person, false)?;
        }
    }
    Ok(())
}

fn is_out(world: &World, person: usize) -> Result<bool, Trouble> {
    let sql = format!("SELECT disabled_ms IS NOT NULL FROM person WHERE hex(id) = upper('{}')", id("11", person + 1));
    look(&world.server_store())?.query_row(&sql, [], |row| row.get(0)).doing("look for a person")
}

fn set_out(world: &mut World, person: usize, out: bool) -> Result<(), Trouble> {
    world.fed_again |= !out;
    let path = format!("/admin/people/{}/{}", id("11", person + 1), if out { "disable" } else { "enable" });
    administer(world, &path, &format!("person {person} is shut out: {out}"))
}

/// Whether the server has heard of a phone.
pub(super) fn knows(world: &World, device: &DeviceId) -> Result<bool, Trouble> {
    let sql = "SELECT EXISTS (SELECT 1 FROM device WHERE id = ?1)";
    look(&world.server_store())?.query_row(sql, [device.0], |row| row.get(0)).doing("look for a phone")
}

/// Revokes a phone that was lost.
pub(super) fn revoke(world: &mut World, device: &DeviceId) -> Result<(), Trouble> {
    administer(world, &format!("/phones/{device}/revoke"), &format!("phone {device} is revoked"))
}

/// Sends a form of the administrator's, and notes what for; it must be taken.
fn administer(world: &mut World, path: &str, what: &str) -> Result<(), Trouble> {
    let net = world.net.clone();
    let Some((_, admin)) = &mut world.desks else { return Ok(()) };
    let taken = admin.post(&net, path, &[("reason", "simulated")])?;
    world.trace.note(&format!("{what}, taken: {taken}"));
    if taken { Ok(()) } else { Err(Trouble::new("administer", path)) }
}

/// Decides on the held work of an inspection that has some.
pub(super) fn decide(world: &mut World) -> Result<(), Trouble> {
    let held = held(world)?;
    if held.is_empty() {
        return Ok(());
    }
    let document = held[world.draw(held.len())];
    let choice = if world.happens(70) { "accept" } else { "decline" };
    say(world, document, choice).map(|_| ())
}

/// Decides on a late registration, when one waits.
pub(super) fn decide_late(world: &mut World) -> Result<(), Trouble> {
    let waiting = lates(world)?;
    if waiting.is_empty() {
        return Ok(());
    }
    let (document, record) = waiting[world.draw(waiting.len())];
    let choice = if world.happens(70) { "register" } else { "refuse" };
    say_late(world, document, record, choice)
}

/// Registers all that waits for that, and accepts all that is held, as far as it can be; whether there was any.
pub(super) fn accept_all(world: &mut World) -> Result<bool, Trouble> {
    let lates = lates(world)?;
    for (document, record) in &lates {
        say_late(world, *document, *record, "register")?;
    }
    if !lates.is_empty() {
        return Ok(true);
    }
    let held = held(world)?;
    for document in &held {
        // What builds on declined work cannot be accepted any more.
        if !say(world, *document, "accept")? {
            say(world, *document, "decline")?;
        }
    }
    Ok(!held.is_empty())
}

fn say(world: &mut World, document: DocumentId, choice: &str) -> Result<bool, Trouble> {
    let taken = decides(world, &format!("/held/{document}"), choice)?;
    world.trace.note(&format!("{choice} what is held of {document}: {taken}"));
    Ok(taken)
}

fn say_late(world: &mut World, document: DocumentId, record: Digest, choice: &str) -> Result<(), Trouble> {
    let path = format!("/held/{document}/late/{record}");
    let taken = decides(world, &path, choice)?;
    world.trace.note(&format!("{choice} what was begun without a permit: {taken}"));
    if taken { Ok(()) } else { Err(Trouble::new("decide on a late registration", path)) }
}

/// Sends one of the forms of the page of held work, as it looks now; whether it was taken.
fn decides(world: &mut World, path: &str, choice: &str) -> Result<bool, Trouble> {
    let now = world.clock.now().to_string();
    let net = world.net.clone();
    let Some((boss, _)) = &mut world.desks else { return Ok(false) };
    boss.post(&net, path, &[("choice", choice), ("reason", "simulated"), ("seen", now.as_str())])
}

/// The late registrations that wait for a word.
fn lates(world: &World) -> Result<Vec<(DocumentId, Digest)>, Trouble> {
    let db = look(&world.server_store())?;
    let sql = "SELECT document, record FROM late WHERE registered IS NULL ORDER BY record";
    let mut statement = db.prepare(sql).doing("look for late registrations")?;
    let rows = statement.query_map([], |row| Ok((DocumentId(row.get(0)?), Digest(row.get(1)?))));
    rows.and_then(Iterator::collect).doing("look for late registrations")
}

/// The inspections of which something is held: changes, or what is kept apart.
fn held(world: &World) -> Result<Vec<DocumentId>, Trouble> {
    let db = look(&world.server_store())?;
    let sql = "SELECT document FROM change WHERE state = 'held' UNION SELECT document FROM evidence WHERE held = 1 \
               UNION SELECT document FROM leave WHERE held = 1 ORDER BY 1";
    let mut statement = db.prepare(sql).doing("look for held work")?;
    let rows = statement.query_map([], |row| Ok(DocumentId(row.get(0)?))).doing("look for held work")?;
    rows.collect::<Result<_, _>>().doing("look for held work")
}
