//! What lies in the two stores, read past the product: sound, whole, and nothing by half.

use super::world::World;
use crate::{Doing, Trouble};
use rusqlite::{Connection, OpenFlags};
use std::collections::BTreeSet;
use std::path::Path;

/// What must be nothing: the name of what is wrong, and how to count it.
type Nothing = (&'static str, &'static str);

const NEVER_IN_A_STORE: [Nothing; 2] = [
    ("broken references", "SELECT count(*) FROM pragma_foreign_key_check"),
    (
        "ops without their change",
        "SELECT count(*) FROM op o WHERE NOT EXISTS
             (SELECT 1 FROM change c WHERE c.document = o.document AND c.hash = o.change)",
    ),
];

/// Each is written in one transaction with what it is counted against.
const NEVER_ON_A_PHONE: [Nothing; 7] = [
    (
        "changes without an op",
        "SELECT count(*) FROM change c WHERE NOT EXISTS
             (SELECT 1 FROM op o WHERE c.document = o.document AND c.hash = o.change)",
    ),
    (
        "heads that are no change",
        "SELECT count(*) FROM head h WHERE NOT EXISTS
             (SELECT 1 FROM change c WHERE c.document = h.document AND c.hash = h.hash)",
    ),
    (
        "documents with changes and no head",
        "SELECT count(DISTINCT document) FROM change WHERE document NOT IN (SELECT document FROM head)",
    ),
    (
        "changes of no session",
        "SELECT count(*) FROM change WHERE actor NOT IN (SELECT subject FROM record WHERE kind = 'wurao/session')",
    ),
    (
        "photos with no entry",
        "SELECT count(*) FROM photo WHERE entry IS NOT NULL AND entry NOT IN (SELECT id FROM record)",
    ),
    ("files of no entry", "SELECT count(*) FROM blob WHERE entry NOT IN (SELECT id FROM record)"),
    (
        "links too many or too few in the chain of photos",
        "SELECT printf('%016X', (SELECT count(*) FROM record WHERE kind = 'wurao/evidence' AND standing <> 'received'))
             <> coalesce((SELECT hex(value) FROM meta WHERE key = 'evidence-sequence'), printf('%016X', 0))",
    ),
];

const NEVER_AT_THE_SERVER: [Nothing; 3] = [
    (
        "feed of changes that are not there",
        "SELECT count(*) FROM feed WHERE change IS NOT NULL AND change NOT IN (SELECT hash FROM change)",
    ),
    (
        "feed of records that are not there",
        "SELECT count(*) FROM feed WHERE record IS NOT NULL AND record NOT IN (SELECT id FROM record)",
    ),
    ("gaps in the log", "SELECT count(*) <> coalesce(max(position) + 1, 0) FROM audit_entry"),
];

/// A phone's store, beside whoever has it open.
pub(super) fn phone(folder: &Path) -> Result<Connection, Trouble> {
    let db = open(&folder.join("wurao.sqlite3"))?;
    #[cfg(feature = "encrypted")]
    unlock(&db)?;
    Ok(db)
}

/// A server's.
pub(super) fn server(data: &Path) -> Result<Connection, Trouble> {
    open(&data.join("wurao.sqlite"))
}

fn open(path: &Path) -> Result<Connection, Trouble> {
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).doing("look into a store")
}

/// Under the key that the phone derives from its key store's.
#[cfg(feature = "encrypted")]
fn unlock(db: &Connection) -> Result<(), Trouble> {
    let mut key = [0; 32];
    hkdf::Hkdf::<sha2::Sha256>::new(None, &super::world::STORE_KEY)
        .expand(b"wurao-store-1", &mut key)
        .map_err(|error| Trouble::new("derive a key", error.to_string()))?;
    db.pragma_update(None, "key", format!("x'{}'", hex::encode(key))).doing("unlock a store")
}

/// What is wrong with the phone's store.
pub(super) fn phone_faults(db: &Connection) -> Result<Vec<String>, Trouble> {
    faults(db, &NEVER_ON_A_PHONE)
}

/// What is wrong with the server's.
pub(super) fn server_faults(db: &Connection) -> Result<Vec<String>, Trouble> {
    faults(db, &NEVER_AT_THE_SERVER)
}

fn faults(db: &Connection, never: &[Nothing]) -> Result<Vec<String>, Trouble> {
    let mut faults = Vec::new();
    let sound: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).doing("check a store")?;
    if sound != "ok" {
        faults.push(format!("integrity: {sound}"));
    }
    for (what, sql) in NEVER_IN_A_STORE.iter().chain(never) {
        let found: i64 = db.query_row(sql, [], |row| row.get(0)).doing(format!("count {what}"))?;
        if found != 0 {
            faults.push(format!("{found} {what}"));
        }
    }
    Ok(faults)
}

/// The counter of the phone's last request.
pub(super) fn counter(db: &Connection) -> Result<u64, Trouble> {
    let sql = "SELECT coalesce((SELECT hex(value) FROM meta WHERE key = 'counter'), '0')";
    let hex: String = db.query_row(sql, [], |row| row.get(0)).doing("read the counter")?;
    u64::from_str_radix(&hex, 16).doing("read the counter")
}

/// What the phone was told the server has: changes, records, files.
pub(super) fn acknowledged(phone: &Connection) -> Result<[BTreeSet<Vec<u8>>; 3], Trouble> {
    Ok([
        names(phone, "SELECT hash FROM change WHERE standing NOT IN ('unsent', 'refused')")?,
        names(phone, "SELECT id FROM record WHERE standing NOT IN ('unsent', 'refused')")?,
        names(phone, "SELECT sha256 FROM blob WHERE uploaded = 1")?,
    ])
}

/// What the server has of it.
pub(super) fn kept(server: &Connection) -> Result<[BTreeSet<Vec<u8>>; 3], Trouble> {
    Ok([
        names(server, "SELECT hash FROM change")?,
        names(server, "SELECT id FROM record")?,
        names(server, "SELECT sha256 FROM blob")?,
    ])
}

fn names(db: &Connection, sql: &str) -> Result<BTreeSet<Vec<u8>>, Trouble> {
    let mut statement = db.prepare(sql).doing("look into a store")?;
    let rows = statement.query_map([], |row| row.get(0)).doing("look into a store")?;
    rows.collect::<Result<_, _>>().doing("look into a store")
}

impl World<'_> {
    /// The phone's store.
    pub(super) fn look_at_phone(&self) -> Result<Connection, Trouble> {
        phone(&self.phone_folder())
    }

    /// The server's.
    pub(super) fn look_at_server(&self) -> Result<Connection, Trouble> {
        server(&self.server_folder())
    }
}
