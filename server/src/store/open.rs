//! How a connection is opened.

use crate::Error;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

/// The first SQLite without the WAL-reset fault that could lose committed transactions.
const OLDEST: i32 = 3_051_003;

/// A connection that may write. Every commit is on disk before it is reported, unless `flush` is off.
pub(super) fn writing(path: &Path, flush: bool) -> Result<Connection, Error> {
    // SQLite gives its other files the mode of the database, and the umask would say what that is.
    let made = std::fs::OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path);
    made.map_err(Error::file("create", path))?;
    let connection = Connection::open(path)?;
    prepare(&connection)?;
    // Rows are named by hashes: those of one push lie all over, and each page that it touches is kept as it was for the case
    // that the job fails. In memory, where a file beside would be written page by page; keys begin with their document, so
    // that the pages of one frame are few. A longer log than SQLite's own 1000 pages is emptied less often, each page once.
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY; \
         PRAGMA wal_autocheckpoint = 4000;",
    )?;
    connection.execute_batch(if flush { "PRAGMA synchronous = FULL;" } else { "PRAGMA synchronous = NORMAL;" })?;
    Ok(connection)
}

/// That the database keeps a log now. When a flush fails while SQLite changes it over, that is told to nobody, and the database
/// goes on with a rollback journal, under which `synchronous=FULL` does not make a commit durable. It shows once it was read.
pub(super) fn keeps_log(connection: &Connection, path: &Path) -> Result<(), Error> {
    let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
    let failed = || Error::file("keep a log beside", path)(std::io::Error::other(format!("it has a journal: {mode}")));
    if mode == "wal" { Ok(()) } else { Err(failed()) }
}

/// A connection that cannot write.
pub(super) fn reading(path: &Path) -> Result<Connection, Error> {
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    prepare(&connection)?;
    Ok(connection)
}

fn prepare(connection: &Connection) -> Result<(), Error> {
    let found = rusqlite::version_number();
    if found < OLDEST {
        return Err(Error::SqliteTooOld { found, wanted: OLDEST });
    }
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA foreign_keys = ON;")?;
    // Else SQLite looks at what is bound, where an index is over some rows only, and plans anew each time.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(256);
    Ok(())
}
