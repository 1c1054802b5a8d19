//! Inspection documents as rows: changes, heads and the projection.

use crate::error::Error;
use rusqlite::{Connection, OptionalExtension, Row, Transaction};
use wurao_planted::{Bug, is as planted};
use wurao_protocol::{Digest, DocumentId, PermitId, SiteId};
use wurao_record::{
    ActorId, Admitted, ChangeHash, ChangeRow, Clock, Genesis, GenesisSeed, History, Map, OpId, OpRow, Scalar,
    preds_from_bytes, preds_to_bytes,
};

/// One inspection known to this phone.
#[derive(Clone, Debug)]
pub(crate) struct DocumentRow {
    pub(crate) id: DocumentId,
    pub(crate) permit: PermitId,
    pub(crate) site: SiteId,
    pub(crate) checklist: Digest,
    pub(crate) started_ms: Option<i64>,
}

impl DocumentRow {
    /// The document's first change, which every phone makes alike.
    pub(crate) fn genesis(&self) -> Genesis {
        Genesis::new(&GenesisSeed { permit: self.permit.0, site: self.site.0, checklist: self.checklist.0 })
    }
}

/// The document of this id.
pub(crate) fn get(connection: &Connection, id: &DocumentId) -> Result<Option<DocumentRow>, Error> {
    Ok(connection
        .prepare_cached("SELECT id, permit, site, checklist, started_ms FROM document WHERE id = ?1")?
        .query_row([id.0], document)
        .optional()?)
}

/// All that are known, those first that were started here, the newest of them first.
pub(crate) fn newest_first(connection: &Connection) -> Result<Vec<DocumentRow>, Error> {
    let sql = "SELECT id, permit, site, checklist, started_ms FROM document ORDER BY coalesce(started_ms, 0) DESC, id";
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement.query_map([], document)?.collect::<Result<_, _>>()?)
}

/// Makes the document known; it may be already.
pub(crate) fn keep(transaction: &Transaction<'_>, row: &DocumentRow) -> Result<(), Error> {
    transaction
        .prepare_cached(
            "INSERT INTO document (id, permit, site, checklist, started_ms) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (id) DO UPDATE SET started_ms = coalesce(document.started_ms, excluded.started_ms)",
        )?
        .execute((row.id.0, row.permit.0, row.site.0, row.checklist.0, row.started_ms))?;
    Ok(())
}

/// Adds a change that passed the gate, or was built here, with all that follows from it. What stands on work that is set apart is
/// set apart too.
pub(crate) fn add(
    transaction: &Transaction<'_>,
    document: &DocumentId,
    change: &Admitted,
    standing: &str,
) -> Result<(), Error> {
    let row = &change.row;
    let apart = super::apart::stands_on(transaction, document, &row.clock)?;
    transaction
        .prepare_cached(
            "INSERT INTO change (document, hash, actor, seq, start_op, max_op, time_ms, clock, bytes, standing, apart)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute((
            document.0,
            row.hash,
            row.actor.0,
            row.seq as i64,
            row.start_op as i64,
            row.max_op as i64,
            row.time_ms,
            row.clock.to_bytes(),
            &change.bytes,
            standing,
            apart,
        ))?;
    if !apart {
        for dep in &change.deps {
            let sql = "DELETE FROM head WHERE document = ?1 AND hash = ?2";
            transaction.prepare_cached(sql)?.execute((document.0, dep))?;
        }
        let sql = "INSERT INTO head (document, hash) VALUES (?1, ?2)";
        transaction.prepare_cached(sql)?.execute((document.0, row.hash))?;
    }
    for op in &change.ops {
        let map = op.map.number();
        for pred in op.preds.iter().filter(|_| !apart && !planted(Bug::OverwrittenLive)) {
            transaction
                .prepare_cached(
                    "UPDATE op SET live = 0
                     WHERE document = ?1 AND map = ?2 AND key = ?3 AND counter = ?4 AND actor = ?5",
                )?
                .execute((document.0, map, &op.key, pred.counter as i64, pred.actor.0))?;
        }
        transaction
            .prepare_cached(
                "INSERT INTO op (document, map, key, counter, actor, seq, value, preds, change, time_ms, live)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?
            .execute((
                document.0,
                map,
                &op.key,
                op.id.counter as i64,
                op.id.actor.0,
                op.seq as i64,
                op.value.to_bytes(),
                preds_to_bytes(&op.preds),
                op.change,
                op.time_ms,
                !apart,
            ))?;
    }
    Ok(())
}

/// Whether this change is here.
pub(crate) fn has(connection: &Connection, document: &DocumentId, hash: &ChangeHash) -> Result<bool, Error> {
    Ok(connection
        .prepare_cached("SELECT 1 FROM change WHERE document = ?1 AND hash = ?2")?
        .exists((document.0, hash))?)
}

/// All that a change has seen, itself included; none when it is not here.
pub(crate) fn clock(connection: &Connection, document: &DocumentId, hash: &ChangeHash) -> Result<Option<Clock>, Error> {
    Ok(Rows { connection, document: *document }.change(hash)?.map(|row| row.clock))
}

/// A change as somebody wrote it.
pub(crate) struct Written {
    pub(crate) hash: ChangeHash,
    pub(crate) actor: ActorId,
    pub(crate) seq: u64,
    pub(crate) clock: Clock,
    pub(crate) bytes: Vec<u8>,
    /// As far as is known here, nobody has kept it apart or turned it down.
    pub(crate) in_force: bool,
}

/// All changes of a document, in causal order.
pub(crate) fn written(connection: &Connection, document: &DocumentId) -> Result<Vec<Written>, Error> {
    let sql = "SELECT hash, actor, seq, clock, bytes, apart = 0 AND standing NOT IN ('held', 'refused', 'declined', 'unrelayed')
               AND NOT (standing = 'relayed' AND problem IS NOT NULL)
               FROM change WHERE document = ?1 ORDER BY position";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([document.0])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(Written {
            hash: row.get(0)?,
            actor: ActorId(row.get(1)?),
            seq: row.get::<_, i64>(2)? as u64,
            clock: Clock::from_bytes(&row.get::<_, Vec<u8>>(3)?)?,
            bytes: row.get(4)?,
            in_force: row.get(5)?,
        });
    }
    Ok(found)
}

/// Every live put of a document, by map and key.
pub(crate) fn live(connection: &Connection, document: &DocumentId) -> Result<Vec<OpRow>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT map, key, counter, actor, seq, value, preds, change, time_ms FROM op
         WHERE document = ?1 AND live = 1 ORDER BY map, key",
    )?;
    let mut rows = statement.query([document.0])?;
    let mut ops = Vec::new();
    while let Some(row) = rows.next()? {
        ops.push(op(row)?);
    }
    Ok(ops)
}

/// Keeps what did not pass the gate.
pub(crate) fn quarantine(
    transaction: &Transaction<'_>,
    document: Option<&DocumentId>,
    bytes: &[u8],
    problem: &str,
    detail: &str,
    at_ms: i64,
) -> Result<(), Error> {
    transaction
        .prepare_cached("INSERT INTO quarantine (document, bytes, problem, detail, at_ms) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute((document.map(|id| id.0), bytes, problem, detail, at_ms))?;
    Ok(())
}

/// Whether just this is set aside already.
pub(crate) fn is_aside(connection: &Connection, bytes: &[u8]) -> Result<bool, Error> {
    Ok(connection.prepare_cached("SELECT 1 FROM quarantine WHERE bytes = ?1")?.exists([bytes])?)
}

/// One document's rows, as the gate and the builder ask for them.
pub(crate) struct Rows<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) document: DocumentId,
}

impl History for Rows<'_> {
    type Error = Error;

    fn change(&self, hash: &ChangeHash) -> Result<Option<ChangeRow>, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT hash, actor, seq, start_op, max_op, time_ms, clock FROM change WHERE document = ?1 AND hash = ?2",
        )?;
        let mut rows = statement.query((self.document.0, hash))?;
        rows.next()?.map(change).transpose()
    }

    fn at_seq(&self, actor: &ActorId, seq: u64) -> Result<Option<ChangeHash>, Error> {
        Ok(self
            .connection
            .prepare_cached("SELECT hash FROM change WHERE document = ?1 AND actor = ?2 AND seq = ?3")?
            .query_row((self.document.0, actor.0, seq as i64), |row| row.get(0))
            .optional()?)
    }

    fn last(&self, actor: &ActorId) -> Result<Option<ChangeRow>, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT hash, actor, seq, start_op, max_op, time_ms, clock FROM change
             WHERE document = ?1 AND actor = ?2 ORDER BY seq DESC LIMIT 1",
        )?;
        let mut rows = statement.query((self.document.0, actor.0))?;
        rows.next()?.map(change).transpose()
    }

    fn ops(&self, map: Map, key: &str) -> Result<Vec<OpRow>, Error> {
        self.ops_where(map, key, "1")
    }

    fn live(&self, map: Map, key: &str) -> Result<Vec<OpRow>, Error> {
        self.ops_where(map, key, "live = 1")
    }

    fn heads(&self) -> Result<Vec<ChangeHash>, Error> {
        let mut statement =
            self.connection.prepare_cached("SELECT hash FROM head WHERE document = ?1 ORDER BY hash")?;
        let rows = statement.query_map([self.document.0], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Rows<'_> {
    fn ops_where(&self, map: Map, key: &str, condition: &'static str) -> Result<Vec<OpRow>, Error> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT map, key, counter, actor, seq, value, preds, change, time_ms FROM op
             WHERE document = ?1 AND map = ?2 AND key = ?3 AND {condition}"
        ))?;
        let mut rows = statement.query((self.document.0, map.number(), key))?;
        let mut ops = Vec::new();
        while let Some(row) = rows.next()? {
            ops.push(op(row)?);
        }
        Ok(ops)
    }
}

fn document(row: &Row<'_>) -> rusqlite::Result<DocumentRow> {
    Ok(DocumentRow {
        id: DocumentId(row.get(0)?),
        permit: PermitId(row.get(1)?),
        site: SiteId(row.get(2)?),
        checklist: Digest(row.get(3)?),
        started_ms: row.get(4)?,
    })
}

fn change(row: &Row<'_>) -> Result<ChangeRow, Error> {
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

pub(super) fn op(row: &Row<'_>) -> Result<OpRow, Error> {
    Ok(OpRow {
        map: Map::from_number(row.get::<_, i64>(0)? as u64).ok_or(Error::Damaged("op"))?,
        key: row.get(1)?,
        id: OpId { counter: row.get::<_, i64>(2)? as u64, actor: ActorId(row.get(3)?) },
        seq: row.get::<_, i64>(4)? as u64,
        value: Scalar::from_bytes(&row.get::<_, Vec<u8>>(5)?)?,
        preds: preds_from_bytes(&row.get::<_, Vec<u8>>(6)?)?,
        change: row.get(7)?,
        time_ms: row.get(8)?,
    })
}
