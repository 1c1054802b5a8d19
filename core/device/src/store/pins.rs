//! PINs.

use crate::error::Error;
use rusqlite::{Connection, OptionalExtension, Transaction};
use wurao_protocol::PersonId;

/// A person's PIN as it is kept.
#[derive(Clone)]
pub(crate) struct PinRow {
    pub(crate) person: PersonId,
    pub(crate) salt: Vec<u8>,
    pub(crate) hash: Vec<u8>,
    pub(crate) memory_kib: u32,
    pub(crate) passes: u32,
    pub(crate) lanes: u32,
    /// Wrong ones since the last right one.
    pub(crate) wrong: u32,
    /// The monotonic clock at the last wrong one.
    pub(crate) wrong_mono_ms: i64,
}

/// The PIN of a person who has one.
pub(crate) fn get(connection: &Connection, person: &PersonId) -> Result<Option<PinRow>, Error> {
    Ok(connection
        .prepare_cached(
            "SELECT salt, hash, memory_kib, passes, lanes, wrong, wrong_mono_ms FROM pin WHERE person = ?1",
        )?
        .query_row([person.0], |row| {
            Ok(PinRow {
                person: *person,
                salt: row.get(0)?,
                hash: row.get(1)?,
                memory_kib: row.get(2)?,
                passes: row.get(3)?,
                lanes: row.get(4)?,
                wrong: row.get(5)?,
                wrong_mono_ms: row.get(6)?,
            })
        })
        .optional()?)
}

/// Whether anybody has one.
pub(crate) fn any(connection: &Connection) -> Result<bool, Error> {
    Ok(connection.prepare_cached("SELECT 1 FROM pin")?.exists([])?)
}

/// Sets a person's PIN.
pub(crate) fn set(tx: &Transaction<'_>, row: &PinRow) -> Result<(), Error> {
    tx.prepare_cached(
        "INSERT OR REPLACE INTO pin (person, salt, hash, memory_kib, passes, lanes, wrong, wrong_mono_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute((
        row.person.0,
        &row.salt,
        &row.hash,
        row.memory_kib,
        row.passes,
        row.lanes,
        row.wrong,
        row.wrong_mono_ms,
    ))?;
    Ok(())
}

/// Notes how many tries were wrong.
pub(crate) fn tried(tx: &Transaction<'_>, person: &PersonId, wrong: u32, mono_ms: i64) -> Result<(), Error> {
    tx.prepare_cached("UPDATE pin SET wrong = ?2, wrong_mono_ms = ?3 WHERE person = ?1")?
        .execute((person.0, wrong, mono_ms))?;
    Ok(())
}

/// At an opening: where the monotonic clock is behind what was noted, the telephone was restarted, and waits begin anew.
pub(crate) fn clock_began(tx: &Transaction<'_>, mono_ms: i64) -> Result<(), Error> {
    tx.prepare_cached("UPDATE pin SET wrong_mono_ms = ?1 WHERE wrong_mono_ms > ?1")?.execute([mono_ms])?;
    Ok(())
}

/// Forgets all PINs.
pub(crate) fn clear(tx: &Transaction<'_>) -> Result<(), Error> {
    tx.prepare_cached("DELETE FROM pin")?.execute([])?;
    Ok(())
}
