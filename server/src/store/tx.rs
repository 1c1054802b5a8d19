//! One write under way.

use crate::Error;
use crate::audit::Edge;
use rusqlite::Connection;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Deref;
use wurao_protocol::DocumentId;

/// One write under way: a connection inside a transaction, and what the write has touched.
pub struct Tx<'a> {
    connection: &'a Connection,
    now_ms: i64,
    touched: RefCell<BTreeSet<DocumentId>>,
    /// The audit log's edge, as far as this write has moved it.
    pub(crate) log: RefCell<Edge>,
}

impl<'a> Tx<'a> {
    pub(super) fn new(connection: &'a Connection, now_ms: i64) -> Self {
        Self { connection, now_ms, touched: RefCell::default(), log: RefCell::default() }
    }

    /// When it began, by the server's clock.
    pub fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// Those who watch this inspection are told once the write is on disk.
    pub fn touch(&self, document: DocumentId) {
        self.touched.borrow_mut().insert(document);
    }

    /// Keeps what a part of the write has written, unless it fails or finds a fault.
    pub(crate) fn unless<F>(&self, part: impl FnOnce() -> Result<Option<F>, Error>) -> Result<Option<F>, Error> {
        self.connection.execute_batch("SAVEPOINT part")?;
        let found = part();
        let keep = matches!(found, Ok(None));
        if !keep {
            // What is undone of the log is asked of the database anew.
            self.log.take();
        }
        self.connection.execute_batch(if keep { "RELEASE part" } else { "ROLLBACK TO part; RELEASE part" })?;
        found
    }

    pub(super) fn into_touched(self) -> BTreeSet<DocumentId> {
        self.touched.into_inner()
    }
}

impl Deref for Tx<'_> {
    type Target = Connection;
    fn deref(&self) -> &Connection {
        self.connection
    }
}
