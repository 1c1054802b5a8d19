//! Emptying a phone by the server's order. The server orders it once a revoked phone has said that it holds nothing
//! more; should something have been written since, that goes up first and nothing new is begun.

use crate::error::Error;
use crate::phone::{Phone, State};
use crate::ports::Ports;
use crate::store::{STORE, Store, holds, meta};
use std::fs::File;
use std::path::{Path, PathBuf};
use wurao_protocol::sync::Holds;

/// Set once an order has come.
pub(crate) const ORDERED: &str = "wipe-ordered";
/// Stands in the folder of a phone that was emptied, and while it is being emptied.
pub(crate) const MARK: &str = "wiped";

/// Whether an order waits for the last of the work to go up.
pub(crate) fn is_ordered(state: &State) -> Result<bool, Error> {
    Ok(meta::get(state.store.read(), ORDERED)?.is_some())
}

/// Nothing new is begun on a phone that is to be emptied.
pub(crate) fn refuse_when_ordered(state: &State) -> Result<(), Error> {
    if is_ordered(state)? { Err(Error::NotAllowed("device-revoked")) } else { Ok(()) }
}

impl Phone {
    /// Does what was ordered, as soon as nothing is held here that the server lacks. Every later call is refused
    /// (`wiped`), and so is this one.
    pub(crate) fn wipe_when_ordered(&self, state: &mut State) -> Result<(), Error> {
        if !is_ordered(state)? || holds::all(state.store.read())? != Holds::default() {
            return Ok(());
        }
        mark(&self.folder)?;
        state.wiped = true;
        state.session = None;
        state.unlocked = None;
        // Lets go of the file before it is removed.
        state.store = Store::nowhere()?;
        empty(&self.folder, &self.ports)?;
        Err(Error::NotAllowed("wiped"))
    }
}

/// At an opening: goes on where a kill interrupted the emptying, and refuses a phone that was emptied.
pub(crate) fn finish(folder: &Path, ports: &Ports) -> Result<(), Error> {
    if !folder.join(MARK).exists() {
        return Ok(());
    }
    empty(folder, ports)?;
    Err(Error::NotAllowed("wiped"))
}

/// Durable before anything is removed: half a store is never opened again.
fn mark(folder: &Path) -> Result<(), Error> {
    let path = folder.join(MARK);
    let failed = |source| Error::File { path: path.clone(), source };
    let file = File::create(&path).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    sync(folder)
}

/// The store's key first: without it an encrypted store is nothing, whatever is left of its bytes. The device key last:
/// while it is there a phone can be opened, and so the emptying be finished; it is revoked, and signs nothing that is
/// heard.
fn empty(folder: &Path, ports: &Ports) -> Result<(), Error> {
    if let Some(keys) = &ports.keys {
        keys.destroy()?;
    }
    for name in [STORE.to_owned(), format!("{STORE}-wal"), format!("{STORE}-shm")] {
        gone(folder.join(name), |path| std::fs::remove_file(path))?;
    }
    for name in ["blobs", wurao_protocol::journal::FOLDER] {
        gone(folder.join(name), |path| std::fs::remove_dir_all(path))?;
    }
    sync(folder)?;
    ports.signer.destroy()?;
    Ok(())
}

/// What was made or removed in the folder survives a power cut.
fn sync(folder: &Path) -> Result<(), Error> {
    let failed = |source| Error::File { path: folder.to_owned(), source };
    if cfg!(unix) { File::open(folder).and_then(|opened| opened.sync_all()).map_err(failed) } else { Ok(()) }
}

fn gone(path: PathBuf, remove: impl Fn(&Path) -> std::io::Result<()>) -> Result<(), Error> {
    match remove(&path) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => Err(Error::File { path, source }),
        _ => Ok(()),
    }
}
