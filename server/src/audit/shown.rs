//! Whether what pages show is what was signed: the values of a document as its changes give them, and whose those are.

use super::verify::Altered;
use crate::Error;
use crate::store::bodies::Bodies;
use crate::store::rows;
use rusqlite::{Connection, Row, params};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use wurao_protocol::{Digest, DocumentId};
use wurao_record::{Admitted, ChangeHash, Ledger, OpId, admit, preds_to_bytes};

/// The first that is shown otherwise than it was signed.
pub(super) fn compare(db: &Connection) -> Result<Option<Altered>, Error> {
    let mut statement = db.prepare("SELECT document FROM inspection ORDER BY document")?;
    let documents = statement.query_map([], |row| Ok(DocumentId(row.get(0)?)))?;
    for document in documents {
        if let Some(altered) = values(db, document?)? {
            return Ok(Some(altered));
        }
    }
    Ok(None)
}

/// An operation as its row says it, or should.
#[derive(PartialEq, Eq)]
struct Op {
    map: u8,
    name: String,
    seq: i64,
    value: Vec<u8>,
    preds: Vec<u8>,
    change: [u8; 32],
    time_ms: i64,
    live: bool,
    top: bool,
}

fn values(db: &Connection, document: DocumentId) -> Result<Option<Altered>, Error> {
    let Some(inspection) = rows::inspection(db, &document)? else { return Ok(None) };
    let (genesis, mut ledger, mut bodies) = (inspection.genesis(), Ledger::new(), Bodies::of(db));
    let mut expected: BTreeMap<(u64, [u8; 16]), Op> = BTreeMap::new();
    let (mut overwritten, mut overwritten_in_force) = (HashSet::<OpId>::new(), HashSet::<OpId>::new());
    let mut builds_on: BTreeSet<(ChangeHash, ChangeHash)> = BTreeSet::new();
    let sql = "SELECT hash, state, actor, seq, start_op, max_op, time_ms, clock, dependencies FROM change \
               WHERE document = ?1 ORDER BY position";
    let mut statement = db.prepare(sql)?;
    let row = |row: &Row<'_>| Ok((Digest(row.get(0)?), row.get::<_, String>(1)? == "accepted", Place::of(row)?));
    for change in statement.query_map(params![document.0], row)? {
        let (hash, in_force, here) = change?;
        let bytes = bodies.read(&document, &hash)?.unwrap_or_default();
        let Ok(admitted) = admit(&genesis, &ledger, &bytes) else {
            return Ok(Some(Altered::Shown(document, format!("change {hash}"))));
        };
        if here != Place::said(&admitted) {
            return Ok(Some(Altered::Shown(document, format!("change {hash}"))));
        }
        builds_on.extend(admitted.deps.iter().map(|dependency| (*dependency, hash.0)));
        for op in &admitted.ops {
            overwritten.extend(op.preds.iter().copied());
            if in_force {
                overwritten_in_force.extend(op.preds.iter().copied());
            }
            let row = Op {
                map: op.map.number(),
                name: op.key.clone(),
                seq: op.seq as i64,
                value: op.value.to_bytes(),
                preds: preds_to_bytes(&op.preds),
                change: op.change,
                time_ms: op.time_ms,
                live: in_force,
                top: true,
            };
            expected.insert((op.id.counter, op.id.actor.0), row);
        }
        ledger.apply(admitted);
    }
    for OpId { counter, actor } in overwritten {
        expected.entry((counter, actor.0)).and_modify(|op| op.top = false);
    }
    for OpId { counter, actor } in overwritten_in_force {
        expected.entry((counter, actor.0)).and_modify(|op| op.live = false);
    }
    match compared(db, document, expected)? {
        Some(altered) => Ok(Some(altered)),
        None => connected(db, document, builds_on),
    }
}

/// What the row of a change repeats of its bytes: whose it is, its place and its time, and what it builds on.
#[derive(PartialEq, Eq)]
struct Place {
    actor: [u8; 16],
    seq: i64,
    ops: (i64, i64),
    time_ms: i64,
    clock: Vec<u8>,
    dependencies: BTreeSet<Vec<u8>>,
}

impl Place {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            actor: row.get(2)?,
            seq: row.get(3)?,
            ops: (row.get(4)?, row.get(5)?),
            time_ms: row.get(6)?,
            clock: row.get(7)?,
            dependencies: row.get::<_, Vec<u8>>(8)?.chunks(32).map(<[u8]>::to_vec).collect(),
        })
    }

    fn said(Admitted { row, deps, .. }: &Admitted) -> Self {
        Self {
            actor: row.actor.0,
            seq: row.seq as i64,
            ops: (row.start_op as i64, row.max_op as i64),
            time_ms: row.time_ms,
            clock: row.clock.to_bytes(),
            dependencies: deps.iter().map(|dependency| dependency.to_vec()).collect(),
        }
    }
}

/// What is said to depend on what, the other way round than changes have it themselves.
fn connected(
    db: &Connection,
    document: DocumentId,
    mut expected: BTreeSet<(ChangeHash, ChangeHash)>,
) -> Result<Option<Altered>, Error> {
    let mut statement = db.prepare("SELECT dependency, change FROM dependency WHERE document = ?1")?;
    let mut rows = statement.query(params![document.0])?;
    while let Some(row) = rows.next()? {
        let here: (ChangeHash, ChangeHash) = (row.get(0)?, row.get(1)?);
        if !expected.remove(&here) {
            return Ok(Some(Altered::Shown(document, format!("change {}", Digest(here.1)))));
        }
    }
    Ok(expected.pop_first().map(|(_, change)| Altered::Shown(document, format!("change {}", Digest(change)))))
}

/// Every row against what it should be, and none left over.
fn compared(
    db: &Connection,
    document: DocumentId,
    mut expected: BTreeMap<(u64, [u8; 16]), Op>,
) -> Result<Option<Altered>, Error> {
    let sql =
        "SELECT counter, actor, map, name, seq, value, preds, change, time_ms, live, top FROM op WHERE document = ?1";
    let mut statement = db.prepare(sql)?;
    let mut rows = statement.query(params![document.0])?;
    while let Some(row) = rows.next()? {
        let here = Op {
            map: row.get(2)?,
            name: row.get(3)?,
            seq: row.get(4)?,
            value: row.get(5)?,
            preds: row.get(6)?,
            change: row.get(7)?,
            time_ms: row.get(8)?,
            live: row.get(9)?,
            top: row.get(10)?,
        };
        if expected.remove(&(row.get::<_, i64>(0)? as u64, row.get(1)?)).is_none_or(|op| op != here) {
            return Ok(Some(Altered::Shown(document, here.name)));
        }
    }
    Ok(expected.into_values().next().map(|op| Altered::Shown(document, op.name)))
}
