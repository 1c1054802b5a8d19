//! The audit log: every change of state leaves an entry in a tree that only grows (RFC 6962), so that nobody, not who
//! holds the server and its keys, changes the past unseen.
//!
//! An entry is written in the write that it tells of ([`note`]), so there is one for each that is on disk and none for
//! what was undone. There is one writer, which makes it the one sequencer. Once a day each phone is shown a signed
//! [`checkpoint`] and that it continues the one before; its [`witness`] of that comes back signed. Answers carry the log's
//! [`mark`], by which a server that was restored from a backup is known for one.

mod checkpoint;
mod clocks;
mod command;
mod decided;
mod facts;
mod fed;
mod mark;
mod nodes;
mod routes;
mod shown;
mod signed;
pub mod verify;
mod visits;
mod witness;

pub(crate) use checkpoint::show;
pub(crate) use command::AuditCommand;
pub(crate) use mark::{Surely, listen, mark};
pub(crate) use nodes::Edge;
pub use routes::routes;
pub(crate) use witness::keep as keep_witness;

use crate::Error;
use crate::store::Tx;
use nodes::size;
use rusqlite::{Connection, OptionalExtension, Row, params};
use wurao_protocol::audit::{Entry, Event};
use wurao_protocol::cbor::{self, Bytes};
use wurao_protocol::merkle::log;

/// What an entry says of a file that was here and was found to be gone.
pub(crate) const GONE: &str = "gone";

/// Notes that something came about, in the write in which it does.
pub(crate) fn note(tx: &Tx<'_>, event: Event, subject: &[&[u8]], detail: &str) -> Result<(), Error> {
    let entry = Entry { at_ms: tx.now_ms(), event, subject: Bytes(subject.concat()), detail: detail.to_owned() };
    let bytes = cbor::encode(&entry);
    let (at, grown) = tx.log.borrow_mut().grow(tx, log::leaf(&bytes))?;
    tx.prepare_cached("INSERT INTO audit_entry (position, bytes) VALUES (?1, ?2)")?
        .execute(params![at as i64, bytes])?;
    let mut statement = tx.prepare_cached("INSERT INTO audit_node (level, place, hash) VALUES (?1, ?2, ?3)")?;
    for (level, place, hash) in grown {
        statement.execute(params![level, place as i64, hash.0])?;
    }
    Ok(())
}

/// When the last entry was written, ms since 1970 UTC; 0 before the first.
pub(crate) fn last_ms(db: &Connection) -> Result<i64, Error> {
    let sql = "SELECT bytes FROM audit_entry ORDER BY position DESC LIMIT 1";
    let last: Option<Vec<u8>> = db.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?;
    // One that was altered so that it cannot be read is told by `audit verify`.
    Ok(last.and_then(|bytes| cbor::decode::<Entry>(&bytes).ok()).map_or(0, |entry| entry.at_ms))
}

/// Begins the log of data that were here before there was one: an entry for each record, change and file.
pub(crate) fn begin(tx: &Tx<'_>) -> Result<(), Error> {
    if size(tx)? > 0 {
        return Ok(());
    }
    for (id, kind) in all(tx, "SELECT id, kind FROM record ORDER BY received_ms, id")? {
        note(tx, Event::Record, &[&id], &kind)?;
    }
    let mut statement =
        tx.prepare("SELECT document, hash, state FROM change ORDER BY received_ms, document, position")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (document, hash, state): ([u8; 16], [u8; 32], String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        note(tx, Event::Change, &[&document, &hash], "")?;
        if state != "waiting" {
            note(tx, Event::State, &[&document, &hash], &state)?;
        }
    }
    for (sha256, _) in all(tx, "SELECT sha256, '' FROM blob ORDER BY arrived_ms, sha256")? {
        note(tx, Event::Blob, &[&sha256], "")?;
    }
    Ok(())
}

fn all(db: &Connection, sql: &str) -> Result<Vec<(Vec<u8>, String)>, Error> {
    let mut statement = db.prepare(sql)?;
    let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    Ok(statement.query_map([], row)?.collect::<Result<_, _>>()?)
}
