//! The peer of the append: a document is a blob in the same kind of database; each change loads it, is applied, and saves it.
//! By a thread of its own, as the server's writer is one: what it takes to wake it is the same on both sides.

use automerge::{AutoCommit, Change};
use rusqlite::{Connection, params};
use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use wurao_protocol::DocumentId;
use wurao_protocol::frame::DocumentChanges;
use wurao_record::{Genesis, History, Ledger};
use wurao_tests::{Doing, Trouble};

/// Documents as blobs, and the thread that writes them.
pub(super) struct Blobs {
    read: Connection,
    jobs: Option<Sender<Job>>,
    writer: Option<JoinHandle<()>>,
}

/// Changes for one transaction, and where to tell how that went.
type Job = (Vec<DocumentChanges>, Sender<Result<(), Trouble>>);

impl Blobs {
    /// An empty database with the server's settings.
    pub(super) fn open(path: &Path, flush: bool) -> Result<Self, Trouble> {
        let (read, write) = (open(path, flush)?, open(path, flush)?);
        let sql = "CREATE TABLE document (id BLOB PRIMARY KEY, body BLOB NOT NULL)";
        read.execute_batch(sql).doing("make a table")?;
        let (jobs, queue) = channel::<Job>();
        let writer = std::thread::spawn(move || {
            for (documents, told) in queue {
                // Who does not wait for it any more has failed already.
                let _ = told.send(take(&write, &documents));
            }
        });
        Ok(Self { read, jobs: Some(jobs), writer: Some(writer) })
    }

    /// Puts a document as it is now; how many bytes it has.
    pub(super) fn put(&self, id: &DocumentId, genesis: &Genesis, ledger: &Ledger) -> Result<usize, Trouble> {
        let mut document = AutoCommit::new();
        let changes = std::iter::once(genesis.bytes()).chain(ledger.changes().map(|(_, bytes)| bytes));
        let changes: Result<Vec<Change>, _> = changes.map(|bytes| Change::from_bytes(bytes.to_vec())).collect();
        document.apply_changes(changes.doing("read a change")?).doing("apply changes")?;
        let body = document.save();
        let sql = "INSERT INTO document (id, body) VALUES (?1, ?2)";
        self.read.execute(sql, params![id.0, body]).doing("keep a document")?;
        Ok(body.len())
    }

    /// Takes changes in, in one transaction: each loads its document, applies, saves. Comes back after the commit.
    pub(super) fn take(&self, documents: Vec<DocumentChanges>) -> Result<(), Trouble> {
        let (told, answer) = channel();
        let jobs = self.jobs.as_ref().ok_or_else(|| Trouble::new("write", "it is closed"))?;
        jobs.send((documents, told)).doing("write")?;
        answer.recv().doing("write")?
    }

    /// Whether a document has come to the same state.
    pub(super) fn has(&self, id: &DocumentId, ledger: &Ledger) -> Result<bool, Trouble> {
        let sql = "SELECT body FROM document WHERE id = ?1";
        let body: Vec<u8> = self.read.query_row(sql, params![id.0], |row| row.get(0)).doing("read a document")?;
        let heads = AutoCommit::load(&body).doing("load")?.get_heads();
        let heads: Vec<[u8; 32]> = heads.iter().map(|head| head.0).collect();
        Ok(heads == ledger.heads().doing("find heads")?)
    }
}

impl Drop for Blobs {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(writer) = self.writer.take() {
            // A panic there was told as an answer that never came.
            let _ = writer.join();
        }
    }
}

fn open(path: &Path, flush: bool) -> Result<Connection, Trouble> {
    let connection = Connection::open(path).doing("open a database")?;
    let flush = if flush { "FULL" } else { "NORMAL" };
    let sql = format!(
        "PRAGMA journal_mode = WAL; PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY; \
         PRAGMA wal_autocheckpoint = 4000; PRAGMA synchronous = {flush};"
    );
    connection.execute_batch(&sql).doing("prepare a database")?;
    Ok(connection)
}

fn take(connection: &Connection, documents: &[DocumentChanges]) -> Result<(), Trouble> {
    connection.execute_batch("BEGIN IMMEDIATE").doing("begin")?;
    for entry in documents {
        for change in &entry.changes {
            take_one(connection, &entry.document, &change.0)?;
        }
    }
    connection.execute_batch("COMMIT").doing("commit")
}

fn take_one(connection: &Connection, id: &DocumentId, change: &[u8]) -> Result<(), Trouble> {
    let mut read = connection.prepare_cached("SELECT body FROM document WHERE id = ?1").doing("prepare")?;
    let body: Vec<u8> = read.query_row(params![id.0], |row| row.get(0)).doing("read a document")?;
    let mut document = AutoCommit::load(&body).doing("load")?;
    document.load_incremental(change).doing("apply")?;
    let mut write = connection.prepare_cached("UPDATE document SET body = ?2 WHERE id = ?1").doing("prepare")?;
    write.execute(params![id.0, document.save()]).doing("save")?;
    Ok(())
}
