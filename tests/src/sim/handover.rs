//! Phones hand over to each other without a server: files are made, cut, taken at once, later, twice, and by whom they are not for.

use super::world::{World, look};
use crate::{Doing, Trouble};
use std::path::Path;

/// What may be said to an honest ask or file: the phone is a stranger's, the same one twice, or one of the two was revoked.
const MAY_BE: [&str; 4] = ["nothing-to-hand-over", "own-hand-over", "peer-revoked", "device-revoked"];

/// A file on its way, and the phone that asked for it.
pub(super) struct File {
    to: usize,
    bytes: Vec<u8>,
    /// The phone was brought back from a backup since it asked: it may lack what it then said it had.
    is_outdated: bool,
}

/// The files on their way to a phone are for what it was before.
pub(super) fn outdate(world: &mut World, n: usize) {
    world.files.iter_mut().filter(|file| file.to == n).for_each(|file| file.is_outdated = true);
}

/// One phone asks another; what it is given it takes now or later. Sometimes an older file comes to its end.
pub(super) fn hand_over(world: &mut World) -> Result<(), Trouble> {
    if !world.files.is_empty() && world.happens(30) {
        let at = world.draw(world.files.len());
        let file = world.files.swap_remove(at);
        return take(world, &file);
    }
    let all = world.phones.len();
    let to = world.draw(all);
    let from = (to + 1 + world.draw(all - 1)) % all;
    let asked = match world.phone(to)?.ask_hand_over() {
        Ok(asked) => asked,
        Err(error) if MAY_BE.contains(&error.code()) => return Ok(()),
        Err(error) => return Err(error).doing("ask for a hand-over"),
    };
    let given = match world.phone(from)?.hand_over(&asked) {
        Ok(given) => given,
        Err(error) if MAY_BE.contains(&error.code()) => return Ok(()),
        Err(error) => return Err(error).doing("hand over"),
    };
    world.trace.note(&format!("phone {from} hands {} changes over to phone {to}", given.changes));
    let file = File { to, bytes: given.file, is_outdated: false };
    not_whole(world, &file)?;
    if world.happens(70) {
        take(world, &file)?;
    }
    if world.happens(40) {
        world.files.push(file);
    }
    Ok(())
}

/// Whoever has asked takes the file; an honest one is taken whole.
fn take(world: &mut World, file: &File) -> Result<(), Trouble> {
    match world.phone(file.to)?.take_hand_over(&file.bytes) {
        Ok(taken) => {
            world.trace.note(&format!("phone {} takes {} changes", file.to, taken.changes));
            if file.is_outdated {
                let loose = aside(&world.phone_store(file.to), "unknown-dependency")?;
                world.loose.extend(loose);
            } else if taken.set_aside > 0 {
                world.wrong.push(format!("phone {} set aside {} of what was handed over", file.to, taken.set_aside));
            }
            Ok(())
        }
        Err(error) if MAY_BE.contains(&error.code()) => Ok(()),
        Err(error) => Err(error).doing("take what was handed over"),
    }
}

/// What a phone has set aside for such a reason.
fn aside(store: &Path, problem: &str) -> Result<Vec<Vec<u8>>, Trouble> {
    let db = look(store)?;
    let mut statement = db.prepare("SELECT bytes FROM quarantine WHERE problem = ?1").doing("look into a store")?;
    let rows = statement.query_map([problem], |row| row.get(0)).doing("look into a store")?;
    rows.collect::<Result<_, _>>().doing("look into a store")
}

/// A file that ends too early, or is another's, changes nothing.
fn not_whole(world: &mut World, file: &File) -> Result<(), Trouble> {
    let cut = world.draw(file.bytes.len());
    if let Ok(taken) = world.phone(file.to)?.take_hand_over(&file.bytes[..cut]) {
        world.wrong.push(format!("a file cut at {cut} was taken: {taken:?}"));
    }
    let other = (file.to + 1) % world.phones.len();
    if world.phones[other].key != world.phones[file.to].key && world.phone(other)?.take_hand_over(&file.bytes).is_ok() {
        world.wrong.push(format!("phone {other} took what is for phone {}", file.to));
    }
    Ok(())
}
