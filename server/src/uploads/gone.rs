//! Files that the database says are here and are not: it was brought back from a later backup than they were. Each is noted as gone,
//! and the phones that still have it are asked for it again.

use crate::store::Tx;
use crate::{App, Error, audit};
use rusqlite::params;
use wurao_protocol::Digest;
use wurao_protocol::audit::Event;

/// When so many are gone and none is there, their folder is: somebody has yet to bring it, and nothing is forgotten.
const A_FEW: usize = 8;

/// Looks for every file, without reading it.
///
/// # Errors
/// When the database refuses.
pub(crate) fn look(app: &App) -> Result<(), Error> {
    let (store, files) = (app.store(), app.files());
    let known = store.write_blocking(|tx| {
        let mut statement = tx.prepare("SELECT sha256 FROM blob")?;
        let all = statement.query_map([], |row| Ok(Digest(row.get(0)?)))?;
        Ok(all.collect::<Result<Vec<_>, _>>()?)
    })?;
    let of = known.len();
    let gone: Vec<Digest> = known.into_iter().filter(|sha256| !files.blob(sha256).exists()).collect();
    if gone.is_empty() {
        return Ok(());
    }
    if gone.len() == of && of > A_FEW {
        tracing::error!(
            "none of {of} files is there: the folder of photos is missing. Nothing is forgotten; bring it back"
        );
        return Ok(());
    }
    tracing::warn!("{} of {of} files are gone, and asked for again", gone.len());
    store.write_blocking(move |tx| gone.iter().try_for_each(|sha256| forget(tx, sha256)))
}

fn forget(tx: &Tx<'_>, sha256: &Digest) -> Result<(), Error> {
    tx.prepare_cached("DELETE FROM blob WHERE sha256 = ?1")?.execute(params![sha256.0])?;
    audit::note(tx, Event::Blob, &[&sha256.0], audit::GONE)
}
