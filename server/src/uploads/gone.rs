//! Files that the database says are here and are not: it was brought back from a later backup than they were. Each is noted as gone,
//! and the phones that still have it are asked for it again. One of another length than arrived is as good as gone. And files that are
//! here though the database does not say so.

use super::finish::arrived;
use crate::files::{Files, hash};
use crate::store::Tx;
use crate::{App, Error, audit};
use rusqlite::{Connection, params};
use std::fs::File;
use std::io::ErrorKind;
use wurao_protocol::Digest;
use wurao_protocol::audit::Event;

/// When more than so many are gone, and more than are here, their folder is: somebody has yet to bring it, and nothing is forgotten.
const A_FEW: usize = 8;

/// Looks for every file; what was said to be here is measured and not read.
///
/// # Errors
/// When the database refuses, or it cannot be told whether a file is there.
pub(crate) fn look(app: &App) -> Result<(), Error> {
    let (store, files) = (app.store(), app.files().clone());
    let known = store.write_blocking(|tx| arrivals(tx))?;
    let of = known.len();
    let mut gone = Vec::new();
    for (sha256, bytes) in known {
        match length(&files, &sha256)? {
            Some(here) if here == bytes => continue,
            Some(here) => {
                tracing::error!("{} is {here} bytes long and was {bytes}", files.blob(&sha256).display());
            }
            None => {}
        }
        gone.push(sha256);
    }
    let unknown = store.write_blocking(|tx| {
        let announced = |column: &str| format!("SELECT {column} FROM evidence");
        let all = ["thumbnail", "rendition", "original"].map(announced).join(" UNION ");
        names(tx, &format!("{all} EXCEPT SELECT sha256 FROM blob"))
    })?;
    for sha256 in unknown {
        found(app, &files, sha256)?;
    }
    if gone.is_empty() {
        return Ok(());
    }
    if gone.len() > A_FEW && gone.len() * 2 > of {
        tracing::error!(
            "{} of {of} files are gone or not whole: their folder is gone, or most of it. Nothing is forgotten; bring it back",
            gone.len()
        );
        return Ok(());
    }
    tracing::warn!("{} of {of} files are gone or not whole, and asked for again", gone.len());
    store.write_blocking(move |tx| gone.iter().try_for_each(|sha256| forget(tx, sha256)))
}

fn names(db: &Connection, sql: &str) -> Result<Vec<Digest>, Error> {
    let mut statement = db.prepare(sql)?;
    let all = statement.query_map([], |row| Ok(Digest(row.get(0)?)))?;
    Ok(all.collect::<Result<_, _>>()?)
}

/// Every file that the database says is here, and how long it was when it arrived.
fn arrivals(db: &Connection) -> Result<Vec<(Digest, u64)>, Error> {
    let mut statement = db.prepare("SELECT sha256, bytes FROM blob")?;
    let all = statement.query_map([], |row| Ok((Digest(row.get(0)?), row.get::<_, i64>(1)? as u64)))?;
    Ok(all.collect::<Result<_, _>>()?)
}

/// How long a file is that is there.
fn length(files: &Files, sha256: &Digest) -> Result<Option<u64>, Error> {
    let path = files.blob(sha256);
    match std::fs::metadata(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        found => found.map(|found| Some(found.len())).map_err(Error::file("look for", &path)),
    }
}

/// A file whose row was lost, or forgotten while its folder was away, counts again, if it is what its name says.
fn found(app: &App, files: &Files, sha256: Digest) -> Result<(), Error> {
    let Some(bytes) = length(files, &sha256)? else { return Ok(()) };
    let path = files.blob(&sha256);
    let mut file = File::open(&path).map_err(Error::file("open", &path))?;
    if hash(&mut file, &path)? != sha256 {
        tracing::error!("{} is not what its name says", path.display());
        return Ok(());
    }
    app.store().write_blocking(move |tx| arrived(tx, &sha256, bytes, tx.now_ms()))
}

fn forget(tx: &Tx<'_>, sha256: &Digest) -> Result<(), Error> {
    tx.prepare_cached("DELETE FROM blob WHERE sha256 = ?1")?.execute(params![sha256.0])?;
    audit::note(tx, Event::Blob, &[&sha256.0], audit::GONE)
}
