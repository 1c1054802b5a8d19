//! The phone's SQLite file: WAL, `synchronous=FULL`, one writer. What is committed here is what the screen may call
//! saved. Reads take `&Connection`, writes take `&Transaction`. With the feature `encrypted` the file is SQLCipher's.

pub(crate) mod apart;
pub(crate) mod blobs;
pub(crate) mod documents;
pub(crate) mod holds;
mod keys;
pub(crate) mod log;
pub(crate) mod meta;
mod migrate;
pub(crate) mod pasts;
pub(crate) mod permits;
pub(crate) mod pins;
pub(crate) mod proofs;
pub(crate) mod records;
pub(crate) mod standing;

pub(crate) use blobs::{PhotoRow, WaitingBlob};
pub(crate) use documents::{DocumentRow, Rows};
pub(crate) use keys::open;
pub(crate) use records::RecordRow;

use crate::error::Error;
use crate::journal::Journal;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};
use std::path::{Path, PathBuf};

/// The oldest SQLite without the WAL-reset corruption bug: 3.51.3.
const OLDEST_SQLITE: i32 = 3_051_003;

/// The store's file in a phone's folder.
pub(crate) const STORE: &str = "wurao.sqlite3";

/// SQLite calls itself ready before SQLCipher is: of two threads that opened their first files at once, one would be
/// refused. So the first opening of a process is made by one thread alone.
static SQLCIPHER_READY: std::sync::Once = std::sync::Once::new();

/// What offering a change or a record once more sets: nothing that was said of it counts any longer.
pub(crate) const AGAIN: &str = "standing = 'unsent', problem = NULL, detail = NULL, told = NULL";

/// The code of a key that does not open the file.
const WRONG_KEY: &str = "wrong-key";

/// The open store.
pub(crate) struct Store {
    connection: Connection,
    /// The second copy of what is unsent; none for a store that nobody will find again.
    journal: Option<Journal>,
    /// Where it lies and its key, when it is encrypted.
    encrypted: Option<(PathBuf, [u8; 32])>,
}

impl Store {
    /// Opens or makes the file, under this key if it is encrypted, and brings it to the newest schema.
    fn open(path: &Path, key: Option<&[u8; 32]>) -> Result<Self, Error> {
        if rusqlite::version_number() < OLDEST_SQLITE {
            return Err(Error::SqliteTooOld(rusqlite::version().to_owned()));
        }
        if key.is_some() {
            SQLCIPHER_READY.call_once(|| drop(Connection::open_in_memory()));
        }
        let mut connection = connect(path, key)?;
        migrate::run(&mut connection)?;
        keeps_log(&connection)?;
        Ok(Self { connection, journal: None, encrypted: key.map(|key| (path.to_owned(), *key)) })
    }

    /// Opens an encrypted file anew when a page could not be read: SQLCipher refuses everything from then on, as if the file were
    /// damaged, though the disk may be well again. What the error left of a transaction is undone by then.
    pub(crate) fn mend(&mut self) -> Result<(), Error> {
        let Some((path, key)) = &self.encrypted else { return Ok(()) };
        let status = self.connection.query_row("PRAGMA cipher_status", [], |row| row.get::<_, String>(0));
        if status.is_ok_and(|status| status == "1") {
            return Ok(());
        }
        tracing::warn!("the encrypted store is opened anew after an error");
        self.connection = connect(path, Some(key))?;
        Ok(())
    }

    /// Has a journal follow every write from now on.
    fn followed_by(mut self, mut journal: Journal) -> Self {
        // What an opening before did not come to.
        journal.follow(&self.connection);
        self.journal = Some(journal);
        self
    }

    /// Has the journal signed and flushed, before an app may be ended without a word.
    pub(crate) fn flush_journal(&mut self) {
        if let Some(journal) = &mut self.journal {
            journal.flush();
        }
    }

    /// A store that nobody will find again, for a phone that was emptied.
    pub(crate) fn nowhere() -> Result<Self, Error> {
        let mut connection = Connection::open_in_memory()?;
        migrate::run(&mut connection)?;
        Ok(Self { connection, journal: None, encrypted: None })
    }

    /// For reading.
    pub(crate) fn read(&self) -> &Connection {
        &self.connection
    }

    /// Everything that is read until [`Self::look_up`] is of one moment. A look that a panic has cut short ends with the next
    /// write.
    pub(crate) fn look_closely(&self) -> Result<(), Error> {
        if self.connection.is_autocommit() {
            self.connection.execute_batch("BEGIN")?;
        }
        Ok(())
    }

    /// Ends what [`Self::look_closely`] began.
    pub(crate) fn look_up(&self) -> Result<(), Error> {
        if !self.connection.is_autocommit() {
            self.connection.execute_batch("ROLLBACK")?;
        }
        Ok(())
    }

    /// Runs `work` in one transaction that holds the write lock from the start; what it returns is durable.
    pub(crate) fn write<T>(&mut self, work: impl FnOnce(&Transaction<'_>) -> Result<T, Error>) -> Result<T, Error> {
        self.look_up()?;
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = work(&transaction)?;
        if let Some(journal) = &self.journal {
            journal.tell(&transaction)?;
        }
        transaction.commit()?;
        if let Some(journal) = &mut self.journal {
            journal.was_told();
            journal.follow(&self.connection);
        }
        Ok(value)
    }
}

/// A connection to the file, under its key if it is encrypted.
fn connect(path: &Path, key: Option<&[u8; 32]>) -> Result<Connection, Error> {
    let mut connection = Connection::open(path)?;
    if let Some(key) = key {
        match unlock(&connection, key) {
            // SQLCipher takes a salt that it could not read for another one, under which no key fits: asked again, it tells
            // a disk that fails from a key that is wrong.
            Err(Error::NotAllowed(WRONG_KEY)) => {
                connection = Connection::open(path)?;
                unlock(&connection, key)?;
            }
            unlocked => unlocked?,
        }
    }
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
    // Else SQLite looks at what is bound, where an index is over some rows only, and plans anew each time.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}

/// That the file keeps a log now. When a flush fails while SQLite changes it over, that is told to nobody, and the file goes on
/// with a rollback journal, under which `synchronous=FULL` does not make a commit durable. It shows once the file was read.
fn keeps_log(connection: &Connection) -> Result<(), Error> {
    let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
    if mode == "wal" { Ok(()) } else { Err(Error::NoLog(mode)) }
}

/// Gives SQLCipher the raw key, before anything else is asked: no passphrase is stretched. Its memory stays swappable:
/// locking all of it (`cipher_memory_security`) slows every page down and phones do not swap to disk.
fn unlock(connection: &Connection, key: &[u8; 32]) -> Result<(), Error> {
    // Under a wrong key nothing may change, and closing would carry the log over into the file.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    // It would write of a wrong key to standard error; the caller is told.
    connection.pragma_update(None, "cipher_log_level", "NONE")?;
    connection.pragma_update(None, "key", format!("x'{}'", hex::encode(key)))?;
    match connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())) {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            return Err(Error::NotAllowed(WRONG_KEY));
        }
        read => read?,
    }
    // Only SQLCipher answers; any other SQLite has passed over the key and would write everything in clear.
    let cipher: String = connection.query_row("PRAGMA cipher_version", [], |row| row.get(0))?;
    tracing::debug!("SQLCipher {cipher}");
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    Ok(())
}
