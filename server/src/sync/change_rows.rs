//! Changes in the database.

use super::arrival::arrived;
use crate::store::{Tx, rows};
use crate::{Error, audit};
use rusqlite::{Connection, OptionalExtension, Row, params};
use wurao_protocol::audit::Event;
use wurao_protocol::{Digest, DocumentId, Problem};
use wurao_record::{ActorId, Admitted, ChangeRow, Clock, OpRow, preds_to_bytes};

/// How the server keeps a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Until the signature that covers it arrives.
    Waiting,
    /// Part of the inspection.
    Accepted,
    /// Until a person decides.
    Held,
    /// A person decided against it: kept, and never part of the inspection.
    Declined,
}

/// Why a change is held or declined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reason {
    pub(crate) problem: Problem,
    /// More about it: a standing, which rule, or a person's words.
    pub(crate) detail: String,
}

impl Reason {
    pub(crate) fn new(problem: Problem, detail: impl Into<String>) -> Self {
        Self { problem, detail: detail.into() }
    }
}

impl State {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Accepted => "accepted",
            Self::Held => "held",
            Self::Declined => "declined",
        }
    }

    pub(super) fn of_name(name: &str) -> Result<Self, Error> {
        [Self::Waiting, Self::Accepted, Self::Held, Self::Declined]
            .into_iter()
            .find(|state| state.name() == name)
            .ok_or(Error::Missing("a change's state"))
    }
}

/// How a change is kept, when it is here.
pub(super) fn state(db: &Connection, document: &DocumentId, hash: &Digest) -> Result<Option<State>, Error> {
    let mut statement = db.prepare_cached("SELECT state FROM change WHERE document = ?1 AND hash = ?2")?;
    let name: Option<String> = statement.query_row(params![document.0, hash.0], |row| row.get(0)).optional()?;
    name.map(|name| State::of_name(&name)).transpose()
}

/// Why a change is held or declined, when it is.
pub(super) fn reason(db: &Connection, document: &DocumentId, hash: &Digest) -> Result<Option<Reason>, Error> {
    let sql = "SELECT problem, detail FROM change WHERE document = ?1 AND hash = ?2 AND problem IS NOT NULL";
    let mut statement = db.prepare_cached(sql)?;
    let found: Option<(String, Option<String>)> =
        statement.query_row(params![document.0, hash.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let Some((code, detail)) = found else { return Ok(None) };
    let problem = Problem::ALL.iter().find(|problem| problem.code() == code);
    let problem = *problem.ok_or(Error::Missing("a problem of that code"))?;
    Ok(Some(Reason { problem, detail: detail.unwrap_or_default() }))
}

/// Moves a change to a state, with the reason for it when it is held or declined.
pub(super) fn set_state(
    tx: &Tx<'_>,
    document: &DocumentId,
    hash: &Digest,
    state: State,
    reason: Option<&Reason>,
) -> Result<(), Error> {
    let sql = "UPDATE change SET state = ?3, problem = ?4, detail = ?5 WHERE document = ?1 AND hash = ?2";
    tx.prepare_cached(sql)?.execute(params![
        document.0,
        hash.0,
        state.name(),
        reason.map(|reason| reason.problem.code()),
        reason.map(|reason| reason.detail.as_str()),
    ])?;
    audit::note(tx, Event::State, &[&document.0, &hash.0], state.name())
}

/// A change and all its ancestors, when it is here.
pub(super) fn clock(db: &Connection, document: &DocumentId, hash: &Digest) -> Result<Option<Clock>, Error> {
    let mut statement = db.prepare_cached("SELECT clock FROM change WHERE document = ?1 AND hash = ?2")?;
    let bytes: Option<Vec<u8>> = statement.query_row(params![document.0, hash.0], |row| row.get(0)).optional()?;
    Ok(bytes.map(|bytes| Clock::from_bytes(&bytes)).transpose()?)
}

/// What a change depends on, when it is here.
pub(super) fn dependencies(db: &Connection, document: &DocumentId, hash: &Digest) -> Result<Vec<Digest>, Error> {
    let mut statement = db.prepare_cached("SELECT dependencies FROM change WHERE document = ?1 AND hash = ?2")?;
    let bytes: Option<Vec<u8>> = statement.query_row(params![document.0, hash.0], |row| row.get(0)).optional()?;
    let of = |bytes| Digest::try_from(bytes).map_err(|_| Error::Missing("a change's dependency"));
    bytes.unwrap_or_default().chunks(32).map(of).collect()
}

/// Columns that [`row`] reads.
pub(super) const COLUMNS: &str = "hash, actor, seq, start_op, max_op, time_ms, clock";

/// A change row of the record crate.
pub(super) fn row(row: &Row<'_>) -> Result<ChangeRow, Error> {
    Ok(ChangeRow {
        hash: row.get(0)?,
        actor: ActorId(row.get(1)?),
        seq: row.get::<_, i64>(2)? as u64,
        start_op: row.get::<_, i64>(3)? as u64,
        max_op: row.get::<_, i64>(4)? as u64,
        time_ms: row.get(5)?,
        clock: Clock::from_bytes(&row.get::<_, Vec<u8>>(6)?)?,
    })
}

/// Keeps a change that passed the gate: waiting, its ops not yet in force.
pub(super) fn insert(tx: &Tx<'_>, document: &DocumentId, change: &Admitted, now_ms: i64) -> Result<(), Error> {
    let Admitted { row, deps, ops, bytes } = change;
    let device = rows::session(tx, &row.actor.0)?.map(|session| session.device);
    let received_ms = arrived(tx, device.as_ref(), Some(document), now_ms)?;
    tx.prepare_cached(
        "INSERT INTO change (document, hash, actor, seq, start_op, max_op, time_ms, clock, dependencies, bytes, covered, \
         state, received_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0, ?11, ?12)",
    )?
    .execute(params![
        document.0,
        row.hash,
        row.actor.0,
        row.seq as i64,
        row.start_op as i64,
        row.max_op as i64,
        row.time_ms,
        row.clock.to_bytes(),
        deps.concat(),
        bytes,
        State::Waiting.name(),
        received_ms,
    ])?;
    for dep in deps {
        tx.prepare_cached("INSERT INTO dependency (document, dependency, change) VALUES (?1, ?2, ?3)")?
            .execute(params![document.0, dep, row.hash])?;
    }
    for op in ops {
        tx.prepare_cached(
            "INSERT INTO op (document, counter, actor, map, name, seq, value, preds, change, time_ms, live, top) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0, 1)",
        )?
        .execute(params![
            document.0,
            op.id.counter as i64,
            op.id.actor.0,
            op.map.number(),
            op.key,
            op.seq as i64,
            op.value.to_bytes(),
            preds_to_bytes(&op.preds),
            op.change,
            op.time_ms,
        ])?;
        overwrite(tx, document, op)?;
    }
    audit::note(tx, Event::Change, &[&document.0, &row.hash], "")
}

/// What the op overwrites is no top any more.
fn overwrite(tx: &Tx<'_>, document: &DocumentId, op: &OpRow) -> Result<(), Error> {
    let mut statement =
        tx.prepare_cached("UPDATE op SET top = 0 WHERE document = ?1 AND counter = ?2 AND actor = ?3")?;
    for pred in &op.preds {
        statement.execute(params![document.0, pred.counter as i64, pred.actor.0])?;
    }
    Ok(())
}
