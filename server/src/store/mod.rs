//! The database: one writer with group commit, a few readers.
//!
//! A write is a closure over a [`Tx`]; it is answered only once it is on disk. A read is a closure over a connection
//! that cannot write, and sees one moment.

pub(crate) mod bodies;
mod migrate;
mod open;
pub mod read;
mod readers;
pub(crate) mod rows;
mod tx;
mod writer;

pub use tx::Tx;

use crate::live::Live;
use crate::{Config, Error};
use readers::Readers;
use rusqlite::Connection;
use std::path::Path;
use std::sync::Arc;
use writer::Writer;

/// The database of one server.
pub struct Store {
    // Before the writer, so that the writer is the last to close: it alone can leave the database as one file.
    readers: Readers,
    writer: Writer,
}

/// A connection that reads the database of a folder and changes nothing, not even to bring it up to date.
pub(crate) fn look(path: &Path) -> Result<Connection, Error> {
    open::reading(path)
}

impl Store {
    /// Opens the database, applying the migrations it lacks. What a write touches is told to `live` after its commit.
    pub fn open(path: &Path, config: &Config, live: Live) -> Result<Self, Error> {
        let connection = open::writing(path, config.flush)?;
        migrate::migrate(&connection)?;
        open::keeps_log(&connection, path)?;
        let readers = Readers::open(path, config.readers, config.reads)?;
        Ok(Self { readers, writer: Writer::start(connection, config.queue, Arc::clone(&config.clock), live)? })
    }

    /// Runs a write: all of it or, when it fails, nothing of it. Comes back after the commit.
    pub async fn write<T, F>(&self, job: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Tx<'_>) -> Result<T, Error> + Send + 'static,
    {
        self.writer.submit(job)?.await.unwrap_or(Err(Error::Closed))
    }

    /// [`Store::write`] for code outside of the asynchronous runtime.
    pub fn write_blocking<T, F>(&self, job: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Tx<'_>) -> Result<T, Error> + Send + 'static,
    {
        self.writer.submit(job)?.blocking_recv().unwrap_or(Err(Error::Closed))
    }

    /// Runs a read over one moment of the database; refused when too many wait for one. No read waits for a write.
    pub async fn read<T, F>(&self, job: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    {
        let _waits = self.readers.queue()?;
        self.readers.run(job).await
    }

    /// [`Store::read`] of what is under way, which is not refused.
    pub(crate) async fn read_on<T, F>(&self, job: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    {
        self.readers.run(job).await
    }
}
