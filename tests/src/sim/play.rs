//! What happens by chance: people answer, photograph, disagree and settle it; phones sync over a bad network, are killed, brought back
//! from backups, cloned; people leave, are shut out and let in again; the server is restarted, killed and restored.

use super::template::{self, ALL};
use super::world::{Name, World, changes, look};
use super::{forge, handover, machines, mishaps, office, packing, page, reassign, spare, talk};
use crate::{Doing, Trouble};
use std::collections::BTreeSet;
use wurao_device::{FieldStanding, FormItem, PhoneError};
use wurao_protocol::DocumentId;

/// What is answered: a question and its possible values.
const QUESTIONS: [(&str, &[&str]); 6] = [
    ("water", &["10", "20", "30"]),
    ("water_sealed", &["yes", "no"]),
    ("beds", &["1", "2", "3", "4"]),
    ("quilts", &["5", "6"]),
    ("fuel", &["1.5", "20.5"]),
    ("generator_starts", &["pass", "fail"]),
];
/// The repeated group, and what is answered in a row.
const LOT: (&str, &str, &[&str]) = ("lot", "lot/lot_count", &["40", "60"]);
/// What is answered to somebody who attaches a photo anew that was declined.
const APART: &str = "photo-apart";
/// What is answered when there is no room.
const FULL: &str = "disk-full";
/// What may be answered to somebody who may not write there (any more).
const OVER: [&str; 4] = ["has-left", "closed", "voided", "device-revoked"];
const HOUR_MS: i64 = 3_600_000;

/// Plays some events.
pub(super) fn play(world: &mut World) -> Result<(), Trouble> {
    for n in 0..ALL {
        world.phones[n].trouble = [0, 10, 30, 60][world.draw(4)];
        // A clock is off by at most ten minutes, as an honest one may be.
        let off = world.draw(18 * 60) as i64 * 1000 - 9 * 60_000;
        world.phones[n].clock.is_off_by(off);
    }
    let events = 30 + world.draw(70);
    for at in 0..events {
        event(world)?;
        packing::now_and_then(world)?;
        reassign::now_and_then(world, at)?;
        spare::now_and_then(world, at)?;
        let passed = world.draw(20 * 60_000) as i64;
        world.clock.pass(passed);
    }
    Ok(())
}

fn event(world: &mut World) -> Result<(), Trouble> {
    let n = world.draw(world.phones.len());
    match world.draw(206) {
        0..=68 => write(world, n),
        69 => forge::hand_over(world, n),
        70..=75 => handover::hand_over(world),
        76..=79 => page::choose(world),
        80..=123 => sync(world, n),
        124..=133 => machines::reopen(world, n),
        134..=141 => machines::kill(world, n),
        142..=147 => machines::back_up_phone(world, n),
        148..=150 => machines::restore_phone(world, n),
        151..=152 => machines::clone(world, n),
        153..=156 => machines::restart_server(world),
        157..=160 => machines::kill_server(world),
        161..=163 => machines::back_up_server(world),
        164..=166 => machines::restore_server(world),
        167..=171 => {
            world.phones[n].apart ^= true;
            world.trace.note(&format!("phone {n} is apart: {}", world.phones[n].apart));
            Ok(())
        }
        172..=174 => {
            let days = 1 + world.draw(7) as i64;
            world.trace.note(&format!("{days} days pass"));
            world.clock.pass(days * 24 * HOUR_MS);
            Ok(())
        }
        175..=179 => comes_late(world),
        180..=183 => office::shut_out_and_let_in(world, n),
        184..=186 => office::decide(world),
        187..=188 => forge::carry(world, n),
        189 => far_away(world, n),
        200..=201 => mishaps::clock_jumps(world, n),
        202 => mishaps::disk_is_full(world, n),
        203..=204 => mishaps::begins_late(world, n),
        205 => office::decide_late(world),
        _ => leave(world, n),
    }
}

/// One of those that a phone can write in, if it has begun any.
fn document(world: &mut World, n: usize) -> Result<Option<DocumentId>, Trouble> {
    let all = world.documents_on(n)?;
    Ok(if all.is_empty() { None } else { Some(all[world.draw(all.len())]) })
}

/// A person does something on their phone; what is then called saved is remembered.
pub(super) fn write(world: &mut World, n: usize) -> Result<(), Trouble> {
    document(world, n)?.map_or(Ok(()), |document| write_in(world, n, document))
}

/// The same in one inspection.
pub(super) fn write_in(world: &mut World, n: usize, document: DocumentId) -> Result<(), Trouble> {
    if world.phones[n].left.contains(&document) {
        return Ok(());
    }
    let before = last(world, n)?;
    let done = match world.draw(20) {
        0..=10 => answer(world, n, document),
        11..=12 => remark(world, n, document),
        13 => add_row(world, n, document),
        14..=15 => answer_row(world, n, document),
        16 => remove_row(world, n, document),
        17 => photograph(world, n, document),
        _ => choose(world, n, document),
    }?;
    match done {
        Ok(what) => world.trace.note(&format!("phone {n}: {what}")),
        // A phone that was brought back hears from the server that its person has left.
        Err(error) if OVER.contains(&error.code()) => {
            world.phones[n].left.insert(document);
        }
        Err(error) if error.code() == APART => {}
        Err(error) if error.code() == FULL && world.phones[n].disk.is_some() => {}
        Err(error) => return Err(error).doing(format!("write on phone {n}")),
    }
    remember(world, n, before)
}

/// What a phone has written since then was called saved.
pub(super) fn remember(world: &mut World, n: usize, before: i64) -> Result<(), Trouble> {
    let after = since(world, n, before)?;
    world.saved.extend(after);
    Ok(())
}

type Done = Result<Result<String, PhoneError>, Trouble>;

fn answer(world: &mut World, n: usize, document: DocumentId) -> Done {
    let (question, values) = QUESTIONS[world.draw(QUESTIONS.len())];
    let value = values[world.draw(values.len())];
    Ok(world.phone(n)?.answer(document, question, "-", value).map(|()| format!("{question} {value}")))
}

fn remark(world: &mut World, n: usize, document: DocumentId) -> Done {
    let text = format!("seen by {n}, {}", world.draw(1000));
    Ok(world.phone(n)?.answer(document, "water#note", "-", &text).map(|()| text))
}

fn add_row(world: &mut World, n: usize, document: DocumentId) -> Done {
    Ok(world.phone(n)?.add_row(document, LOT.0, "-").map(|row| format!("adds row {row}")))
}

fn answer_row(world: &mut World, n: usize, document: DocumentId) -> Done {
    let Some(row) = some_row(world, n, document)? else { return add_row(world, n, document) };
    let value = LOT.2[world.draw(LOT.2.len())];
    Ok(world.phone(n)?.answer(document, LOT.1, &row, value).map(|()| format!("row {row} {value}")))
}

fn remove_row(world: &mut World, n: usize, document: DocumentId) -> Done {
    let Some(row) = some_row(world, n, document)? else { return add_row(world, n, document) };
    Ok(world.phone(n)?.remove_row(document, &row).map(|()| format!("removes row {row}")))
}

fn photograph(world: &mut World, n: usize, document: DocumentId) -> Done {
    let which = world.draw(template::PHOTOS);
    let file = template::photo(&world.folder, which);
    let taken = world.phone(n)?.attach_photo(document, "water", "-", &file);
    if let Ok(photo) = &taken {
        world.photos.insert((world.phones[n].person, document, photo.original.clone()));
    }
    Ok(taken.map(|photo| format!("photo {}", photo.original)))
}

/// Settles a conflict, where there is one; then there is none until something new comes.
fn choose(world: &mut World, n: usize, document: DocumentId) -> Done {
    let Some((question, value)) = some_conflict(world, n, document)? else { return answer(world, n, document) };
    let chosen = world.phone(n)?.choose(document, &question, "-", &value);
    if chosen.is_ok() && conflicts(world, n, document)?.iter().any(|(about, _)| *about == question) {
        world.wrong.push(format!("phone {n} chose {value} for {question} and it is still open"));
    }
    Ok(chosen.map(|()| format!("chooses {value} for {question}")))
}

/// Questions in conflict, outside of rows, with a value each.
pub(super) fn conflicts(world: &World, n: usize, document: DocumentId) -> Result<Vec<(String, String)>, Trouble> {
    let form = world.phone(n)?.form(document, "en").doing("read a form")?;
    let items = form.sections.into_iter().flat_map(|section| section.items);
    let open = |item| match item {
        FormItem::Field(field) if field.standing == FieldStanding::Conflict => {
            let value = field.held.first().map(|held| held.value.clone())?;
            Some((field.question, value))
        }
        _ => None,
    };
    Ok(items.filter_map(open).collect())
}

fn some_conflict(world: &mut World, n: usize, document: DocumentId) -> Result<Option<(String, String)>, Trouble> {
    let mut open = conflicts(world, n, document)?;
    Ok(if open.is_empty() { None } else { Some(open.swap_remove(world.draw(open.len()))) })
}

/// The rows of the repeated group that a phone shows.
pub(super) fn rows(world: &World, n: usize, document: DocumentId) -> Result<Vec<String>, Trouble> {
    let form = world.phone(n)?.form(document, "en").doing("read a form")?;
    let items = form.sections.into_iter().flat_map(|section| section.items);
    let rows = items.filter_map(|item| match item {
        FormItem::Rows { kind, rows, .. } if kind == LOT.0 => Some(rows),
        _ => None,
    });
    Ok(rows.flatten().map(|row| row.instance).collect())
}

fn some_row(world: &mut World, n: usize, document: DocumentId) -> Result<Option<String>, Trouble> {
    let mut rows = rows(world, n, document)?;
    Ok(if rows.is_empty() { None } else { Some(rows.swap_remove(world.draw(rows.len()))) })
}

/// How far a phone's changes go, and those of its own that came after.
pub(super) fn last(world: &World, n: usize) -> Result<i64, Trouble> {
    let db = look(&world.phone_store(n))?;
    db.query_row("SELECT coalesce(max(position), 0) FROM change", [], |row| row.get(0)).doing("look into a store")
}

fn since(world: &World, n: usize, position: i64) -> Result<BTreeSet<Name>, Trouble> {
    changes(&world.phone_store(n), &format!("WHERE position > {position} AND standing <> 'received'"))
}

fn sync(world: &mut World, n: usize) -> Result<(), Trouble> {
    let others = world.draw(3);
    let mut who = BTreeSet::from([n]);
    for _ in 0..others {
        who.insert(world.draw(world.phones.len()));
    }
    talk::together(world, &who.into_iter().collect::<Vec<_>>())
}

/// Something the network had kept arrives after all.
fn comes_late(world: &mut World) -> Result<(), Trouble> {
    if !world.late.is_empty() {
        let at = world.draw(world.late.len());
        let request = world.late.swap_remove(at);
        world.trace.note("what was late arrives");
        drop(talk::arrived(world, &request, None));
    }
    Ok(())
}

fn leave(world: &mut World, n: usize) -> Result<(), Trouble> {
    let Some(document) = document(world, n)? else { return Ok(()) };
    // Seldom, and the last thing somebody does there.
    if world.draw(3) > 0 || world.phones[n].left.contains(&document) {
        return Ok(());
    }
    leave_there(world, n, document)
}

fn leave_there(world: &mut World, n: usize, document: DocumentId) -> Result<(), Trouble> {
    match world.phone(n)?.leave(document) {
        Ok(_) => {}
        Err(error) if OVER.contains(&error.code()) => {}
        Err(error) => return Err(error).doing("leave"),
    }
    world.trace.note(&format!("phone {n} leaves"));
    // The same person's other phone, if there is one, goes on until it hears of that; what it writes then is held.
    world.phones[n].left.insert(document);
    Ok(())
}

/// Somebody makes a whole visit where no network is, leaves, and is back when a fortnight is over, or a month: a visit of few days was closed
/// without them, and what they bring takes several frames.
fn far_away(world: &mut World, n: usize) -> Result<(), Trouble> {
    let Some(document) = document(world, n)? else { return Ok(()) };
    world.trace.note(&format!("phone {n} is far away"));
    for _ in 0..100 + world.draw(100) {
        write_in(world, n, document)?;
        let passed = world.draw(10 * 60_000) as i64;
        world.clock.pass(passed);
    }
    if !world.phones[n].left.contains(&document) {
        leave_there(world, n, document)?;
    }
    let days = [14, 35][world.draw(2)];
    world.clock.pass(days * 24 * HOUR_MS);
    sync(world, n)
}
