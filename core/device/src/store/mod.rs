//! The phone's SQLite file: WAL, `synchronous=FULL`, one writer. What is committed here is what the screen may call
//! saved. Reads take `&Connection`, writes take `&Transaction`.

pub(crate) mod blobs;
pub(crate) mod documents;
pub(crate) mod holds;
pub(crate) mod meta;
mod migrate;
pub(crate) mod permits;
pub(crate) mod pins;
pub(crate) mod records;

pub(crate) use blobs::{PhotoRow, WaitingBlob};
pub(crate) use documents::{DocumentRow, Rows};
pub(crate) use records::RecordRow;

use crate::error::Error;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::path::Path;

/// The oldest SQLite without the WAL-reset corruption bug: 3.51.3.
const OLDEST_SQLITE: i32 = 3_051_003;

/// The store's file in a phone's folder.
pub(crate) const STORE: &str = "wurao.sqlite3";

/// The open store.
pub(crate) struct Store {
    connection: Connection,
}

impl Store {
    /// Opens or makes the file and brings it to the newest schema.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        if rusqlite::version_number() < OLDEST_SQLITE {
            return Err(Error::SqliteTooOld(rusqlite::version().to_owned()));
        }
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "fullfsync", true)?;
        connection.pragma_update(None, "checkpoint_fullfsync", true)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        connection.pragma_update(None, "cell_size_check", true)?;
        // Above what a checkpoint leaves (4 MB): a log cut back after each would grow anew, and growing costs every
        // commit a second flush.
        connection.pragma_update(None, "journal_size_limit", 8 << 20)?;
        // KiB: cheap phones have little memory, and what a screen shows lies on a few pages.
        connection.pragma_update(None, "cache_size", -512)?;
        connection.set_prepared_statement_cache_capacity(64);
        migrate::run(&mut connection)?;
        Ok(Self { connection })
    }

    /// A store that nobody will find again, for a phone that was emptied.
    pub(crate) fn nowhere() -> Result<Self, Error> {
        let mut connection = Connection::open_in_memory()?;
        migrate::run(&mut connection)?;
        Ok(Self { connection })
    }

    /// For reading.
    pub(crate) fn read(&self) -> &Connection {
        &self.connection
    }

    /// Runs `work` in one transaction that holds the write lock from the start; what it returns is durable.
    pub(crate) fn write<T>(&mut self, work: impl FnOnce(&Transaction<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = work(&transaction)?;
        transaction.commit()?;
        Ok(value)
    }
}
