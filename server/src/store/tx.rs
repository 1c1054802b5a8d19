//! One write under way.

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
}

impl<'a> Tx<'a> {
    pub(super) fn new(connection: &'a Connection, now_ms: i64) -> Self {
        Self { connection, now_ms, touched: RefCell::default() }
    }

    /// When it began, by the server's clock.
    pub fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// Those who watch this inspection are told once the write is on disk.
    pub fn touch(&self, document: DocumentId) {
        self.touched.borrow_mut().insert(document);
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
