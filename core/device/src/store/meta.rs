//! Single values.

use crate::error::Error;
use rusqlite::{Connection, OptionalExtension, Transaction};

/// The value of a key.
pub(crate) fn get(connection: &Connection, key: &str) -> Result<Option<Vec<u8>>, Error> {
    Ok(connection
        .prepare_cached("SELECT value FROM meta WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()?)
}

/// Sets a key.
pub(crate) fn set(transaction: &Transaction<'_>, key: &str, value: &[u8]) -> Result<(), Error> {
    transaction
        .prepare_cached(
            "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        )?
        .execute((key, value))?;
    Ok(())
}

/// A whole number under a key.
pub(crate) fn number(connection: &Connection, key: &str) -> Result<Option<i64>, Error> {
    get(connection, key)?
        .map(|bytes| Ok(i64::from_be_bytes(bytes.try_into().map_err(|_| Error::Damaged("meta"))?)))
        .transpose()
}

/// Sets a whole number.
pub(crate) fn set_number(transaction: &Transaction<'_>, key: &str, value: i64) -> Result<(), Error> {
    set(transaction, key, &value.to_be_bytes())
}

/// Forgets a key.
pub(crate) fn forget(transaction: &Transaction<'_>, key: &str) -> Result<(), Error> {
    transaction.prepare_cached("DELETE FROM meta WHERE key = ?1")?.execute([key])?;
    Ok(())
}
