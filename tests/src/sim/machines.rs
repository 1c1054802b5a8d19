//! What happens to machines, phones and the server alike: they are opened anew, killed, backed up, brought back, and a phone is
//! cloned.

use super::handover;
use super::template::{ALL, TEAM};
use super::world::{Name, World, changes};
use crate::folder::copy;
use crate::{Doing, Trouble};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use wurao_protocol::DocumentId;

/// A phone is closed and opened.
pub(super) fn reopen(world: &mut World, n: usize) -> Result<(), Trouble> {
    world.trace.note(&format!("phone {n} is opened anew"));
    world.phones[n].phone = None;
    world.open_phone(n)
}

/// The phone is what lies in its folder at this moment.
pub(super) fn kill(world: &mut World, n: usize) -> Result<(), Trouble> {
    world.trace.note(&format!("phone {n} is killed"));
    let image = fresh(world, "killed")?;
    let folder = world.phones[n].folder.clone();
    copy(&folder, &image)?;
    world.phones[n].phone = None;
    put_in_place(&image, &folder)?;
    world.open_phone(n)
}

pub(super) fn back_up_phone(world: &mut World, n: usize) -> Result<(), Trouble> {
    world.trace.note(&format!("phone {n} is backed up"));
    world.phones[n].phone = None;
    let to = fresh(world, "phone-backup")?;
    copy(&world.phones[n].folder, &to)?;
    world.phones[n].backup = Some(to);
    world.open_phone(n)
}

/// The phone is as it was then: what it alone held is gone with it.
pub(super) fn restore_phone(world: &mut World, n: usize) -> Result<(), Trouble> {
    let Some(backup) = world.phones[n].backup.clone() else { return Ok(()) };
    world.trace.note(&format!("phone {n} is brought back from its backup"));
    world.phones[n].phone = None;
    let folder = world.phones[n].folder.clone();
    let lost = set_back(&backup, &folder, &world.phone_store(n))?;
    note_gone(world, lost)?;
    handover::outdate(world, n);
    let one = &mut world.phones[n];
    (one.counter, one.twice) = (0, true);
    // It does not know any more that its person has left there, if that never arrived.
    one.left.clear();
    world.open_phone(n)?;
    for document in world.documents_of(n) {
        if has_left(world, n, &document)? {
            world.phones[n].left.insert(document);
        }
    }
    Ok(())
}

/// Somebody has the phone twice from here on, as a copied folder makes it.
pub(super) fn clone(world: &mut World, n: usize) -> Result<(), Trouble> {
    if world.phones.len() > ALL || world.phones[n].person >= TEAM {
        return Ok(());
    }
    world.trace.note(&format!("phone {n} is cloned"));
    let to = fresh(world, "clone")?;
    copy(&world.phones[n].folder, &to)?;
    world.add_clone(n, to)
}

/// Whether the phone itself says that its person has left.
fn has_left(world: &World, n: usize, document: &DocumentId) -> Result<bool, Trouble> {
    let work = world.phone(n)?.work().doing("list the work")?;
    let state = work.iter().find(|item| item.document == *document).map(|item| format!("{:?}", item.state));
    Ok(state.is_some_and(|state| state == "Left" || state == "Closed"))
}

pub(super) fn restart_server(world: &mut World) -> Result<(), Trouble> {
    world.trace.note("the server is restarted");
    world.stop_server();
    world.start_server()
}

/// The server is what lies in its folder at this moment.
pub(super) fn kill_server(world: &mut World) -> Result<(), Trouble> {
    world.trace.note("the server is killed");
    let (image, folder) = (fresh(world, "server-killed")?, world.folder.join("server"));
    copy(&folder, &image)?;
    world.stop_server();
    put_in_place(&image, &folder)?;
    world.start_server()
}

pub(super) fn back_up_server(world: &mut World) -> Result<(), Trouble> {
    world.trace.note("the server is backed up");
    world.stop_server();
    let to = fresh(world, "server-backup")?;
    copy(&world.folder.join("server"), &to)?;
    // The first and the newest: somebody may put the wrong one in place, and then the right one.
    world.backups.truncate(1);
    world.backups.push(to);
    world.start_server()
}

pub(super) fn restore_server(world: &mut World) -> Result<(), Trouble> {
    let at = match world.backups.len() {
        0 => return Ok(()),
        1 => 0,
        several => world.draw(several),
    };
    let backup = world.backups[at].clone();
    world.trace.note(&format!("the server is brought back from backup {at}"));
    world.stop_server();
    let lost = set_back(&backup, &world.folder.join("server"), &world.server_store())?;
    note_gone(world, lost)?;
    world.start_server()
}

/// Puts a backup in the place of a folder; the changes that are not there any more.
fn set_back(backup: &Path, folder: &Path, store: &Path) -> Result<BTreeSet<Name>, Trouble> {
    let held = changes(store, "")?;
    std::fs::remove_dir_all(folder).doing("remove a folder")?;
    copy(backup, folder)?;
    let now = changes(store, "")?;
    Ok(held.difference(&now).copied().collect())
}

fn put_in_place(image: &Path, folder: &Path) -> Result<(), Trouble> {
    std::fs::remove_dir_all(folder).doing("remove a folder")?;
    std::fs::rename(image, folder).doing("rename a folder")
}

/// Of what a machine lost, what nobody holds any more: whoever has it offers it again, whosever it is.
pub(super) fn note_gone(world: &mut World, lost: BTreeSet<Name>) -> Result<(), Trouble> {
    let mut here = changes(&world.server_store(), "")?;
    for n in 0..world.phones.len() {
        here.extend(changes(&world.phone_store(n), "WHERE standing <> 'unrelayed'")?);
    }
    let gone: Vec<_> = lost.difference(&here).copied().collect();
    world.trace.note(&format!("{} changes are gone", gone.len()));
    world.gone.extend(gone);
    Ok(())
}

pub(super) fn fresh(world: &mut World, name: &str) -> Result<PathBuf, Trouble> {
    let number = world.draw(1_000_000_000);
    let to = world.folder.join(format!("{name}-{number}"));
    if to.exists() {
        std::fs::remove_dir_all(&to).doing("remove a folder")?;
    }
    Ok(to)
}
