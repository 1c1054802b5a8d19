//! One document as the server sees it: what is in force, who wrote it, what is held, who has left.

use super::{OPS_OF_CHANGE, body, op_row};
use crate::Error;
use crate::store::rows;
use rusqlite::{Connection, Params, params};
use std::collections::BTreeMap;
use wurao_protocol::record::Leave;
use wurao_protocol::{DeviceId, Digest, DocumentId, PersonId};
use wurao_record::{ActorId, OpRow};

const OP: &str = "o.map, o.name, o.counter, o.actor, o.seq, o.value, o.preds, o.change, o.time_ms";

/// The ops in force: of every key those that no accepted op has overwritten. Sorted by map, key and op.
pub fn live_ops(db: &Connection, document: &DocumentId) -> Result<Vec<OpRow>, Error> {
    let sql = format!("SELECT {OP} FROM op o WHERE o.document = ?1 AND o.live = 1 ORDER BY map, name, counter, actor");
    select_ops(db, &sql, params![document.0])
}

/// Every accepted op, overwritten or not: what a field's history and the choices among its values are told from.
pub fn ops(db: &Connection, document: &DocumentId) -> Result<Vec<OpRow>, Error> {
    let sql = format!(
        "SELECT {OP} FROM op o JOIN change c ON c.document = o.document AND c.hash = o.change \
         WHERE o.document = ?1 AND c.state = 'accepted' ORDER BY o.map, o.name, o.counter, o.actor"
    );
    select_ops(db, &sql, params![document.0])
}

fn select_ops(db: &Connection, sql: &str, values: impl Params) -> Result<Vec<OpRow>, Error> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(op_row(row)?);
    }
    Ok(found)
}

/// Who writes under an actor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// On which device.
    pub device: DeviceId,
    /// What people call it; empty for the server's own, at its page.
    pub device_name: String,
    /// They wrote at the page.
    pub at_page: bool,
}

/// The authors of a document's changes.
pub fn authors(db: &Connection, document: &DocumentId) -> Result<BTreeMap<ActorId, Author>, Error> {
    let sql = "SELECT s.actor, p.id, p.name, d.id, d.name FROM session s JOIN person p ON p.id = s.person \
               JOIN device d ON d.id = s.device WHERE s.actor IN (SELECT actor FROM change WHERE document = ?1)";
    let page = rows::own_device(db)?;
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![document.0], |row| {
        let device = DeviceId(row.get(3)?);
        let at_page = page == Some(device);
        let author = Author {
            person: PersonId(row.get(1)?),
            name: row.get(2)?,
            device,
            device_name: if at_page { String::new() } else { row.get(4)? },
            at_page,
        };
        Ok((ActorId(row.get(0)?), author))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A change in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeInfo {
    /// Its hash.
    pub hash: Digest,
    /// Its author's session.
    pub actor: ActorId,
    /// When it was written, by its author's clock.
    pub time_ms: i64,
    /// When it arrived.
    pub received_ms: i64,
    /// `waiting`, `accepted`, `held` or `declined`.
    pub state: String,
    /// Why it is held or declined: the code of a problem.
    pub problem: Option<String>,
    /// More about that.
    pub detail: Option<String>,
}

/// All changes of a document in the order of their arrival.
pub fn changes(db: &Connection, document: &DocumentId) -> Result<Vec<ChangeInfo>, Error> {
    let sql = "SELECT hash, actor, time_ms, received_ms, state, problem, detail FROM change WHERE document = ?1 \
               ORDER BY +position";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![document.0], |row| {
        Ok(ChangeInfo {
            hash: Digest(row.get(0)?),
            actor: ActorId(row.get(1)?),
            time_ms: row.get(2)?,
            received_ms: row.get(3)?,
            state: row.get(4)?,
            problem: row.get(5)?,
            detail: row.get(6)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A change that awaits a person's decision, or that somebody has decided against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldChange {
    /// The change.
    pub change: ChangeInfo,
    /// What it says.
    pub ops: Vec<OpRow>,
}

/// What is held of a document, and what was declined, in the order of arrival.
pub fn apart(db: &Connection, document: &DocumentId) -> Result<Vec<HeldChange>, Error> {
    let sql = format!("SELECT {OP} FROM {OPS_OF_CHANGE} WHERE c.document = ?1 AND c.hash = ?2 ORDER BY o.counter");
    changes(db, document)?
        .into_iter()
        .filter(|change| matches!(change.state.as_str(), "held" | "declined"))
        .map(|change| Ok(HeldChange { ops: select_ops(db, &sql, params![document.0, change.hash.0])?, change }))
        .collect()
}

/// A leave, and when it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaveInfo {
    /// Its record.
    pub record: Digest,
    /// What it says.
    pub leave: Leave,
    /// Who has left.
    pub name: String,
    /// On which device they said so.
    pub device_name: String,
    /// When it arrived.
    pub received_ms: i64,
}

/// The leaves of a document in the order of arrival.
pub fn leaves(db: &Connection, document: &DocumentId) -> Result<Vec<LeaveInfo>, Error> {
    let sql = "SELECT l.record, r.bytes, p.name, d.name, r.received_ms FROM leave l JOIN record r ON r.id = l.record \
               JOIN person p ON p.id = l.person JOIN device d ON d.id = l.device \
               WHERE l.document = ?1 AND l.held = 0 ORDER BY l.position";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![document.0])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(LeaveInfo {
            record: Digest(row.get(0)?),
            leave: body(&row.get::<_, Vec<u8>>(1)?)?,
            name: row.get(2)?,
            device_name: row.get(3)?,
            received_ms: row.get(4)?,
        });
    }
    Ok(found)
}
