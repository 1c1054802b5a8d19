//! The peer of the append: a document is a blob in the same kind of database; each change loads it, is applied, and saves it.

use automerge::{AutoCommit, Change};
use rusqlite::{Connection, params};
use std::path::Path;
use wurao_protocol::DocumentId;
use wurao_protocol::frame::DocumentChanges;
use wurao_record::{Genesis, History, Ledger};
use wurao_tests::{Doing, Trouble};

/// Documents as blobs.
pub(super) struct Blobs(Connection);

impl Blobs {
    /// An empty database with the server's settings.
    pub(super) fn open(path: &Path, flush: bool) -> Result<Self, Trouble> {
        let connection = Connection::open(path).doing("open a database")?;
        let flush = if flush { "FULL" } else { "NORMAL" };
        let sql = format!(
            "PRAGMA journal_mode = WAL; PRAGMA cache_size = -16384; PRAGMA synchronous = {flush}; \
             CREATE TABLE document (id BLOB PRIMARY KEY, body BLOB NOT NULL)"
        );
        connection.execute_batch(&sql).doing("make a table")?;
        Ok(Self(connection))
    }

    /// Puts a document as it is now; how many bytes it has.
    pub(super) fn put(&self, id: &DocumentId, genesis: &Genesis, ledger: &Ledger) -> Result<usize, Trouble> {
        let mut document = AutoCommit::new();
        let changes = std::iter::once(genesis.bytes()).chain(ledger.changes().map(|(_, bytes)| bytes));
        let changes: Result<Vec<Change>, _> = changes.map(|bytes| Change::from_bytes(bytes.to_vec())).collect();
        document.apply_changes(changes.doing("read a change")?).doing("apply changes")?;
        let body = document.save();
        let sql = "INSERT INTO document (id, body) VALUES (?1, ?2)";
        self.0.execute(sql, params![id.0, body]).doing("keep a document")?;
        Ok(body.len())
    }

    /// Takes changes in, in one transaction: each loads its document, applies, saves.
    pub(super) fn take(&self, documents: &[&DocumentChanges]) -> Result<(), Trouble> {
        self.0.execute_batch("BEGIN IMMEDIATE").doing("begin")?;
        for entry in documents {
            for change in &entry.changes {
                self.take_one(&entry.document, &change.0)?;
            }
        }
        self.0.execute_batch("COMMIT").doing("commit")
    }

    fn take_one(&self, id: &DocumentId, change: &[u8]) -> Result<(), Trouble> {
        let mut read = self.0.prepare_cached("SELECT body FROM document WHERE id = ?1").doing("prepare")?;
        let body: Vec<u8> = read.query_row(params![id.0], |row| row.get(0)).doing("read a document")?;
        let mut document = AutoCommit::load(&body).doing("load")?;
        document.load_incremental(change).doing("apply")?;
        let mut write = self.0.prepare_cached("UPDATE document SET body = ?2 WHERE id = ?1").doing("prepare")?;
        write.execute(params![id.0, document.save()]).doing("save")?;
        Ok(())
    }

    /// Whether a document has come to the same state.
    pub(super) fn has(&self, id: &DocumentId, ledger: &Ledger) -> Result<bool, Trouble> {
        let sql = "SELECT body FROM document WHERE id = ?1";
        let body: Vec<u8> = self.0.query_row(sql, params![id.0], |row| row.get(0)).doing("read a document")?;
        let heads = AutoCommit::load(&body).doing("load")?.get_heads();
        let heads: Vec<[u8; 32]> = heads.iter().map(|head| head.0).collect();
        Ok(heads == ledger.heads().doing("find heads")?)
    }
}
