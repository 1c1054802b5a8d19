//! What is packed next, as it lies in the database.

use super::Ripe;
use crate::Error;
use crate::store::{bodies::Bodies, rows};
use crate::sync::accepted_heads;
use rusqlite::{Connection, OptionalExtension, params};
use wurao_protocol::{Digest, DocumentId};
use wurao_record::Genesis;

/// A document's accepted changes at one moment.
pub(super) struct Taken {
    pub(super) document: DocumentId,
    pub(super) genesis: Genesis,
    /// In the order of arrival, which is causal.
    pub(super) changes: Vec<(Digest, Vec<u8>)>,
    /// The heads in force, sorted.
    pub(super) heads: Vec<Digest>,
    /// How many of its changes were packed then.
    pub(super) packed: u64,
}

impl Taken {
    pub(super) fn bytes(&self) -> u64 {
        self.changes.iter().map(|(_, bytes)| bytes.len() as u64).sum()
    }
}

/// A document that cannot be read, and why.
pub(super) type Unread = (DocumentId, Error);

/// The next document after this one that is ripe, whole; or that it cannot be read as such.
pub(super) fn next(
    db: &Connection,
    after: &DocumentId,
    ripe: Ripe,
    now_ms: i64,
) -> Result<Option<Result<Taken, Unread>>, Error> {
    // Along the index over what is not packed, up to the first document that is ripe: nothing is sorted or put aside.
    let sql = "SELECT c.document FROM change c WHERE c.packed = 0 AND c.state = 'accepted' AND c.document > ?4 \
               GROUP BY c.document \
               HAVING COUNT(*) >= ?1 AND NOT EXISTS (SELECT 1 FROM pack_fault f WHERE f.document = c.document) \
               AND (COUNT(*) >= ?2 OR (SELECT i.closed_ms FROM inspection i WHERE i.document = c.document) <= ?3) \
               ORDER BY c.document LIMIT 1";
    let values = params![ripe.least, ripe.long, now_ms.saturating_sub(ripe.closed_ms), after.0];
    let found: Option<[u8; 16]> = db.prepare_cached(sql)?.query_row(values, |row| row.get(0)).optional()?;
    let Some(document) = found.map(DocumentId) else { return Ok(None) };
    match whole(db, document) {
        Err(Error::Database(error)) => Err(error.into()),
        Err(fault) => Ok(Some(Err((document, fault)))),
        Ok(taken) => Ok(Some(Ok(taken))),
    }
}

fn whole(db: &Connection, document: DocumentId) -> Result<Taken, Error> {
    let inspection = rows::inspection(db, &document)?.ok_or(Error::Missing("the inspection of a change"))?;
    let sql = "SELECT hash FROM change WHERE document = ?1 AND state = 'accepted' ORDER BY +position";
    let mut statement = db.prepare_cached(sql)?;
    let hashes = statement.query_map(params![document.0], |row| Ok(Digest(row.get(0)?)))?;
    let (mut bodies, mut changes) = (Bodies::of(db), Vec::new());
    for hash in hashes {
        let hash = hash?;
        let bytes = bodies.read(&document, &hash)?.ok_or(Error::Missing("a change"))?;
        changes.push((hash, bytes));
    }
    let heads = accepted_heads(db, &document)?;
    Ok(Taken { genesis: inspection.genesis(), document, changes, heads, packed: packed(db, &document)? })
}

/// How many changes of a document are in its pack.
pub(super) fn packed(db: &Connection, document: &DocumentId) -> Result<u64, Error> {
    let sql = "SELECT changes FROM pack WHERE document = ?1";
    let found: Option<i64> = db.prepare_cached(sql)?.query_row(params![document.0], |row| row.get(0)).optional()?;
    Ok(found.unwrap_or(0) as u64)
}
