//! What happens by chance: people answer, phones sync over a bad network, close, are brought back from backups; the server is
//! restarted and restored.

use super::page;
use super::template::TEAM;
use super::world::{World, copy};
use crate::{Doing, Trouble};
use std::collections::BTreeSet;
use std::path::PathBuf;
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

/// Plays some events; how many.
pub fn play(world: &mut World) -> Result<u64, Trouble> {
    for n in 0..TEAM {
        let of_hundred = [0, 10, 30, 60][world.draw(4)];
        world.trouble(n, of_hundred);
        // A clock is off by at most ten minutes, as an honest one may be.
        let off = world.draw(18 * 60) as i64 * 1000 - 9 * 60_000;
        world.phones[n].clock.is_off_by(off);
    }
    let events = 30 + world.draw(60) as u64;
    for _ in 0..events {
        event(world)?;
        let passed = world.draw(20 * 60_000) as i64;
        world.clock.pass(passed);
    }
    Ok(events)
}

fn event(world: &mut World) -> Result<(), Trouble> {
    let n = world.draw(TEAM);
    match world.draw(100) {
        0..=46 => answer(world, n),
        47..=49 => page::choose(world),
        50..=74 => sync(world, n),
        75..=82 => reopen(world, n),
        83..=86 => back_up_phone(world, n),
        // Where both sides are set back, what a third phone has of the first is offered by nobody yet: phones relay nothing.
        87..=89 if world.seed.is_multiple_of(2) => restore_phone(world, n),
        90..=93 => restart_server(world),
        94..=95 => back_up_server(world),
        96..=97 if !world.seed.is_multiple_of(2) => restore_server(world),
        _ => leave(world, n),
    }
}

fn document(world: &mut World) -> DocumentId {
    let at = world.draw(world.documents.len());
    world.documents[at]
}

fn answer(world: &mut World, n: usize) -> Result<(), Trouble> {
    let document = document(world);
    if world.phones[n].left.contains(&document) {
        return Ok(());
    }
    let (question, values) = QUESTIONS[world.draw(QUESTIONS.len())];
    let value = values[world.draw(values.len())];
    let before = World::changes(&world.phone_store(n), "")?;
    match world.phone(n)?.answer(document, question, "-", value) {
        Ok(_) => {}
        // A phone that was brought back hears from the server that its person has left.
        Err(error) if error.code() == "has-left" || error.code() == "closed" => {
            world.phones[n].left.insert(document);
            return Ok(());
        }
        Err(error) => return Err(error).doing("answer"),
    }
    // What the screen says is saved is on this phone.
    let after = World::changes(&world.phone_store(n), "")?;
    world.saved.extend(after.difference(&before));
    Ok(())
}

fn sync(world: &mut World, n: usize) -> Result<(), Trouble> {
    // A bad network is no failure; everything else a phone says is.
    match world.sync(n) {
        Ok(_) => Ok(()),
        Err(trouble) if is_network(&trouble) => Ok(()),
        Err(trouble) => Err(trouble),
    }
}

/// Whether it is the network's fault.
pub(super) fn is_network(trouble: &Trouble) -> bool {
    let said = format!("{trouble:?}");
    ["\"offline\"", "Offline", "unreadable", "truncated", "malformed", "empty", "version"]
        .iter()
        .any(|word| said.contains(word))
}

fn reopen(world: &mut World, n: usize) -> Result<(), Trouble> {
    world.phones[n].phone = None;
    world.open(n)
}

fn leave(world: &mut World, n: usize) -> Result<(), Trouble> {
    let document = document(world);
    // Seldom, and the last thing somebody does there.
    if world.draw(3) > 0 || world.phones[n].left.contains(&document) {
        return Ok(());
    }
    match world.phone(n)?.leave(document) {
        Ok(_) => {}
        Err(error) if error.code() == "has-left" || error.code() == "closed" => {}
        Err(error) => return Err(error).doing("leave"),
    }
    world.phones[n].left.insert(document);
    Ok(())
}

fn back_up_phone(world: &mut World, n: usize) -> Result<(), Trouble> {
    world.phones[n].phone = None;
    let to = fresh(world, &format!("phone-{n}-backup"))?;
    copy(&world.phones[n].folder, &to)?;
    world.phones[n].backup = Some(to);
    world.open(n)
}

/// The phone is as it was then: what it alone held is gone with it.
fn restore_phone(world: &mut World, n: usize) -> Result<(), Trouble> {
    let Some(backup) = world.phones[n].backup.clone() else { return Ok(()) };
    world.phones[n].phone = None;
    let held = World::changes(&world.phone_store(n), "")?;
    let folder = world.phones[n].folder.clone();
    std::fs::remove_dir_all(&folder).doing("remove a folder")?;
    copy(&backup, &folder)?;
    let now = World::changes(&world.phone_store(n), "")?;
    let lost: BTreeSet<[u8; 32]> = held.difference(&now).copied().collect();
    note_gone(world, lost)?;
    // It does not know any more that its person has left there, if that never arrived.
    world.phones[n].left.clear();
    world.open(n)?;
    for document in world.documents.clone() {
        if has_left(world, n, &document)? {
            world.phones[n].left.insert(document);
        }
    }
    Ok(())
}

/// Whether the phone itself says that its person has left.
fn has_left(world: &World, n: usize, document: &DocumentId) -> Result<bool, Trouble> {
    let work = world.phone(n)?.work().doing("list the work")?;
    let state = work.iter().find(|item| item.document == *document).map(|item| format!("{:?}", item.state));
    Ok(state.is_some_and(|state| state == "Left" || state == "Closed"))
}

fn restart_server(world: &mut World) -> Result<(), Trouble> {
    world.stop_server();
    world.start_server()
}

fn back_up_server(world: &mut World) -> Result<(), Trouble> {
    world.stop_server();
    let to = fresh(world, "server-backup")?;
    copy(&world.folder.join("server"), &to)?;
    world.backup = Some(to);
    world.start_server()
}

fn restore_server(world: &mut World) -> Result<(), Trouble> {
    let Some(backup) = world.backup.clone() else { return Ok(()) };
    world.stop_server();
    let held = World::changes(&world.server_store(), "")?;
    let folder = world.folder.join("server");
    std::fs::remove_dir_all(&folder).doing("remove a folder")?;
    copy(&backup, &folder)?;
    let now = World::changes(&world.server_store(), "")?;
    let lost: BTreeSet<[u8; 32]> = held.difference(&now).copied().collect();
    note_gone(world, lost)?;
    world.start_server()
}

/// Of what a machine lost, what nobody holds any more who would offer it again: a phone offers what is its own.
fn note_gone(world: &mut World, mut lost: BTreeSet<[u8; 32]>) -> Result<(), Trouble> {
    for kept in World::changes(&world.server_store(), "")? {
        lost.remove(&kept);
    }
    for n in 0..TEAM {
        for kept in World::changes(&world.phone_store(n), "WHERE standing <> 'received'")? {
            lost.remove(&kept);
        }
    }
    world.gone.extend(lost);
    Ok(())
}

fn fresh(world: &mut World, name: &str) -> Result<PathBuf, Trouble> {
    let to = world.folder.join(name);
    if to.exists() {
        std::fs::remove_dir_all(&to).doing("remove a folder")?;
    }
    Ok(to)
}
