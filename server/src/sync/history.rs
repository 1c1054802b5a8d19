//! What the gate asks of the database about one document: everything known, whatever its state; and what a change made
//! here is built from: what is in force.

use super::change_rows::{COLUMNS, row};
use super::project;
use crate::Error;
use crate::store::read::op_row;
use rusqlite::{Connection, OptionalExtension, Params, params};
use wurao_protocol::DocumentId;
use wurao_record::{ActorId, ChangeHash, ChangeRow, History, Map, OpRow};

/// The rows of one document.
pub(super) struct Rows<'a> {
    pub(super) db: &'a Connection,
    pub(super) document: DocumentId,
}

impl Rows<'_> {
    fn one(&self, condition: &str, values: impl Params) -> Result<Option<ChangeRow>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM change WHERE document = ?1 AND {condition}");
        let mut statement = self.db.prepare_cached(&sql)?;
        let mut rows = statement.query(values)?;
        rows.next()?.map(row).transpose()
    }

    fn ops_where(&self, map: Map, key: &str, condition: &str) -> Result<Vec<OpRow>, Error> {
        // Left to itself, SQLite reads a document's ops from the first to the last: it takes documents for small.
        let sql = format!(
            "SELECT map, name, counter, actor, seq, value, preds, change, time_ms FROM op INDEXED BY op_key \
             WHERE document = ?1 AND map = ?2 AND name = ?3 AND {condition}"
        );
        let mut statement = self.db.prepare_cached(&sql)?;
        let mut rows = statement.query(params![self.document.0, map.number(), key])?;
        let mut ops = Vec::new();
        while let Some(row) = rows.next()? {
            ops.push(op_row(row)?);
        }
        Ok(ops)
    }
}

impl History for Rows<'_> {
    type Error = Error;

    fn change(&self, hash: &ChangeHash) -> Result<Option<ChangeRow>, Error> {
        self.one("hash = ?2", params![self.document.0, hash])
    }

    fn at_seq(&self, actor: &ActorId, seq: u64) -> Result<Option<ChangeHash>, Error> {
        let sql = "SELECT hash FROM change WHERE document = ?1 AND actor = ?2 AND seq = ?3";
        let mut statement = self.db.prepare_cached(sql)?;
        Ok(statement.query_row(params![self.document.0, actor.0, seq as i64], |row| row.get(0)).optional()?)
    }

    fn last(&self, actor: &ActorId) -> Result<Option<ChangeRow>, Error> {
        self.one("actor = ?2 ORDER BY seq DESC LIMIT 1", params![self.document.0, actor.0])
    }

    fn ops(&self, map: Map, key: &str) -> Result<Vec<OpRow>, Error> {
        self.ops_where(map, key, "1 = 1")
    }

    fn live(&self, map: Map, key: &str) -> Result<Vec<OpRow>, Error> {
        self.ops_where(map, key, "top = 1")
    }

    fn heads(&self) -> Result<Vec<ChangeHash>, Error> {
        let sql = "SELECT hash FROM change c WHERE document = ?1 AND NOT EXISTS \
                   (SELECT 1 FROM dependency d WHERE d.document = c.document AND d.dependency = c.hash) ORDER BY hash";
        let mut statement = self.db.prepare_cached(sql)?;
        let rows = statement.query_map(params![self.document.0], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// Of these rows what is in force: what is written at the page builds on nothing that waits or is held.
pub(super) struct InForce<'a>(pub(super) Rows<'a>);

impl History for InForce<'_> {
    type Error = Error;

    fn change(&self, hash: &ChangeHash) -> Result<Option<ChangeRow>, Error> {
        self.0.change(hash)
    }

    fn at_seq(&self, actor: &ActorId, seq: u64) -> Result<Option<ChangeHash>, Error> {
        self.0.at_seq(actor, seq)
    }

    fn last(&self, actor: &ActorId) -> Result<Option<ChangeRow>, Error> {
        self.0.last(actor)
    }

    fn ops(&self, map: Map, key: &str) -> Result<Vec<OpRow>, Error> {
        let accepted = "change IN (SELECT hash FROM change WHERE document = ?1 AND state = 'accepted')";
        self.0.ops_where(map, key, accepted)
    }

    fn live(&self, map: Map, key: &str) -> Result<Vec<OpRow>, Error> {
        self.0.ops_where(map, key, "live = 1")
    }

    fn heads(&self) -> Result<Vec<ChangeHash>, Error> {
        let heads = project::accepted_heads(self.0.db, &self.0.document)?;
        Ok(heads.into_iter().map(|head| head.0).collect())
    }
}
