//! What pages and exports read. Whatever starts from the whole takes a [`Scope`]; what starts from a document is asked
//! only after [`inspection`] has found that document in the reader's scope.

mod document;
mod evidence;
mod inspections;
mod words;

pub use document::{Author, ChangeInfo, HeldChange, LeaveInfo, apart, authors, changes, leaves, live_ops, ops};
pub use evidence::{Arrived, EvidenceInfo, Link, evidence, sees_blob};
pub use inspections::{Inspection, body_name, checklist, division, inspection, inspections, people, sites};
pub use words::{Word, words};

use crate::Error;
use crate::scope::Scope;
use rusqlite::{Connection, Row, params};
use std::collections::BTreeSet;
use wurao_protocol::DocumentId;
use wurao_protocol::envelope::open_as;
use wurao_protocol::record::RecordBody;
use wurao_record::{ActorId, Map, OpId, OpRow, Scalar, preds_from_bytes};

/// Those of the documents whose site lies in the scope.
pub fn in_scope(db: &Connection, scope: &Scope, documents: &BTreeSet<DocumentId>) -> Result<Vec<DocumentId>, Error> {
    let sql = "SELECT 1 FROM inspection i JOIN site s ON s.id = i.site \
               WHERE i.document = ?2 AND substr(s.division, 1, length(?1)) = ?1 AND (?3 IS NULL OR i.body = ?3)";
    let mut statement = db.prepare_cached(sql)?;
    let mut found = Vec::new();
    for document in documents {
        if statement.exists(params![scope.prefix(), document.0, scope.body_bytes()])? {
            found.push(*document);
        }
    }
    Ok(found)
}

/// The ops `o` of changes `c`: a change numbers them from its first to its last, and no other of its author's has these.
pub(crate) const OPS_OF_CHANGE: &str =
    "change c JOIN op o ON o.document = c.document AND o.counter BETWEEN c.start_op AND c.max_op AND o.actor = c.actor";

/// An op from the columns map, name, counter, actor, seq, value, preds, change, time_ms.
pub(crate) fn op_row(row: &Row<'_>) -> Result<OpRow, Error> {
    let map = Map::from_number(row.get::<_, i64>(0)? as u64).ok_or(Error::Missing("a map of that number"))?;
    Ok(OpRow {
        map,
        key: row.get(1)?,
        id: OpId { counter: row.get::<_, i64>(2)? as u64, actor: ActorId(row.get(3)?) },
        seq: row.get::<_, i64>(4)? as u64,
        value: Scalar::from_bytes(&row.get::<_, Vec<u8>>(5)?)?,
        preds: preds_from_bytes(&row.get::<_, Vec<u8>>(6)?)?,
        change: row.get(7)?,
        time_ms: row.get(8)?,
    })
}

/// The body of a stored record; its signature was checked when it came in.
fn body<T: RecordBody>(bytes: &[u8]) -> Result<T, Error> {
    Ok(open_as(bytes)?.body)
}
