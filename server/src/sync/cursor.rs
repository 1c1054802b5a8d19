//! Cursors: where in the feed a phone is, and in which feed.
//!
//! A server restored from an old backup fills the same positions anew. A cursor therefore carries the beginning of the
//! name of what stands at its position; one that does not fit is of a feed that is lost, and the phone is sent
//! everything again, which costs it bytes and nothing else.

use crate::Error;
use rusqlite::{Connection, OptionalExtension, params};
use wurao_planted::{Bug, is as planted};
use wurao_protocol::cbor::Bytes;

/// Bytes of a name that a cursor carries.
const NAME: usize = 4;

/// The cursor of a position; of the beginning, the empty one.
pub(super) fn at(db: &Connection, position: i64) -> Result<Bytes, Error> {
    let name = name(db, position)?;
    Ok(Bytes(name.map_or_else(Vec::new, |name| [&position.to_be_bytes()[..], &name[..]].concat())))
}

/// The position of a cursor; the beginning when it is not of this feed.
pub(super) fn position(db: &Connection, cursor: &Bytes) -> Result<i64, Error> {
    let Some((position, named)) = cursor.0.split_first_chunk() else { return Ok(0) };
    let position = i64::from_be_bytes(*position);
    let fits = planted(Bug::LostCursorBelieved) || name(db, position)?.is_some_and(|name| name == named);
    Ok(if fits { position } else { 0 })
}

fn name(db: &Connection, position: i64) -> Result<Option<[u8; NAME]>, Error> {
    let mut statement = db.prepare_cached("SELECT COALESCE(record, change) FROM feed WHERE position = ?1")?;
    let name: Option<[u8; 32]> = statement.query_row(params![position], |row| row.get(0)).optional()?;
    Ok(name.and_then(|name| name.first_chunk().copied()))
}
