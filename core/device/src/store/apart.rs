//! Work that is not in force and will not be by itself: somebody declined it, the server refused it, or it stands on such.
//!
//! The document goes on from what is in force; this stays beside it, whole, and is shown as an amendment. Should it come into
//! force after all (a server that was restored has forgotten the decision, and somebody accepts this time), it is merged like any other work.

use super::documents;
use crate::error::Error;
use rusqlite::{Connection, Transaction};
use std::collections::HashSet;
use wurao_planted::{Bug, is as planted};
use wurao_protocol::{DocumentId, Problem};
use wurao_record::{ActorId, ChangeHash, Clock, OpId, OpRow, preds_from_bytes, tips};

/// Sets apart what has come to be so in a document, and takes in what has come into force, in the transaction that has changed how
/// work stands. How many changes are refused for standing on refused ones.
pub(crate) fn refresh(tx: &Transaction<'_>, document: &DocumentId) -> Result<u64, Error> {
    if planted(Bug::NoFork) || !concerned(tx, document)? {
        return Ok(0);
    }
    let mut roots = Roots::default();
    let mut refused = Roots::default();
    let (mut moved, mut count) = (false, 0);
    for change in changes(tx, document)? {
        let below_refused = refused.are_below(&change.clock);
        let is_refused = below_refused || change.is_refused();
        if is_refused {
            refused.add(change.actor, change.seq);
        }
        if below_refused && matches!(change.standing.as_str(), "unsent" | "waiting" | "handed") {
            set_refused(tx, change.position)?;
            count += 1;
        }
        let apart = is_refused || change.is_apart() || roots.are_below(&change.clock);
        if apart {
            roots.add(change.actor, change.seq);
        }
        if apart != change.apart {
            moved = true;
            tx.prepare_cached("UPDATE change SET apart = ?2 WHERE position = ?1")?.execute((change.position, apart))?;
        }
    }
    if moved {
        set_heads(tx, document)?;
        set_live(tx, document)?;
    }
    Ok(count)
}

/// Whether a change with this clock stands on work that is set apart.
pub(crate) fn stands_on(connection: &Connection, document: &DocumentId, clock: &Clock) -> Result<bool, Error> {
    let sql = "SELECT actor, min(seq) FROM change WHERE document = ?1 AND apart = 1 GROUP BY actor";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([document.0])?;
    while let Some(row) = rows.next()? {
        if clock.covers(&ActorId(row.get(0)?), row.get::<_, i64>(1)? as u64) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether anything that was written under an actor is set apart: nothing more is written under it, for it would stand on that.
pub(crate) fn is_of(connection: &Connection, document: &DocumentId, actor: &[u8; 16]) -> Result<bool, Error> {
    let sql = "SELECT 1 FROM change WHERE document = ?1 AND actor = ?2 AND apart = 1";
    Ok(connection.prepare_cached(sql)?.exists((document.0, actor))?)
}

/// How work that is set apart stands, and why.
#[derive(Clone, Debug)]
pub(crate) struct Why {
    pub(crate) standing: String,
    pub(crate) problem: Option<String>,
    pub(crate) detail: Option<String>,
}

/// What was put last at each key by work that is set apart, in the order in which it was written.
pub(crate) fn puts(connection: &Connection, document: &DocumentId) -> Result<Vec<(OpRow, Why)>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT o.map, o.key, o.counter, o.actor, o.seq, o.value, o.preds, o.change, o.time_ms, c.standing, c.problem, c.detail
         FROM change c JOIN op o ON o.document = c.document AND o.change = c.hash
         WHERE c.document = ?1 AND c.apart = 1 ORDER BY c.position, o.map, o.key",
    )?;
    let mut rows = statement.query([document.0])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push((documents::op(row)?, Why { standing: row.get(9)?, problem: row.get(10)?, detail: row.get(11)? }));
    }
    let overwritten: HashSet<OpId> = found.iter().flat_map(|(op, _)| op.preds.iter().copied()).collect();
    found.retain(|(op, _)| !overwritten.contains(&op.id));
    Ok(found)
}

/// Whether a document has work that is set apart, or that is to be.
fn concerned(tx: &Transaction<'_>, document: &DocumentId) -> Result<bool, Error> {
    let apart = "SELECT 1 FROM change WHERE document = ?1 AND apart = 1";
    let turned_down = "SELECT 1 FROM change
                       WHERE document = ?1 AND (standing IN ('declined', 'refused', 'unrelayed') OR problem = 'declined')";
    Ok(tx.prepare_cached(apart)?.exists([document.0])? || tx.prepare_cached(turned_down)?.exists([document.0])?)
}

/// Places in sessions from which on all is set apart, as is all that has seen them.
#[derive(Default)]
struct Roots(Vec<(ActorId, u64)>);

impl Roots {
    fn are_below(&self, clock: &Clock) -> bool {
        self.0.iter().any(|(actor, seq)| clock.covers(actor, *seq))
    }

    fn add(&mut self, actor: ActorId, seq: u64) {
        if !self.0.iter().any(|(known, first)| *known == actor && *first <= seq) {
            self.0.push((actor, seq));
        }
    }
}

struct Change {
    position: i64,
    actor: ActorId,
    seq: u64,
    clock: Clock,
    standing: String,
    problem: Option<String>,
    apart: bool,
}

impl Change {
    /// The server will not take it, from whomever: own work that it refused, and a colleague's for what does not hang on who brings
    /// it and when.
    fn is_refused(&self) -> bool {
        let passing = [Problem::ForgedActor, Problem::NoSession, Problem::UnknownDependency, Problem::NoPermit];
        let is_passing = |problem: &str| passing.iter().any(|passing| passing.code() == problem);
        match self.standing.as_str() {
            "refused" => true,
            "unrelayed" => self.problem.as_deref().is_some_and(|problem| !is_passing(problem)),
            _ => false,
        }
    }

    /// By itself, whatever it stands on, beside what is refused. What was set apart stays so until the server says that it is in force.
    fn is_apart(&self) -> bool {
        let standing = self.standing.as_str();
        let turned_down = standing == "declined" || self.problem.as_deref() == Some(Problem::Declined.code());
        let in_force = matches!(standing, "taken" | "received" | "relayed") && self.problem.is_none();
        turned_down || self.apart && !in_force
    }
}

/// All changes of a document, in causal order.
fn changes(tx: &Transaction<'_>, document: &DocumentId) -> Result<Vec<Change>, Error> {
    let sql = "SELECT position, actor, seq, clock, standing, problem, apart FROM change
               WHERE document = ?1 ORDER BY position";
    let mut statement = tx.prepare_cached(sql)?;
    let mut rows = statement.query([document.0])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(Change {
            position: row.get(0)?,
            actor: ActorId(row.get(1)?),
            seq: row.get::<_, i64>(2)? as u64,
            clock: Clock::from_bytes(&row.get::<_, Vec<u8>>(3)?)?,
            standing: row.get(4)?,
            problem: row.get(5)?,
            apart: row.get(6)?,
        });
    }
    Ok(found)
}

/// The server would never take what stands on what it refused: it is not asked. A colleague's stays a colleague's.
fn set_refused(tx: &Transaction<'_>, position: i64) -> Result<(), Error> {
    let sql =
        "UPDATE change SET standing = CASE standing WHEN 'handed' THEN 'unrelayed' ELSE 'refused' END, problem = ?2,
               detail = 'stands on refused work' WHERE position = ?1";
    tx.prepare_cached(sql)?.execute((position, Problem::AfterRefused.code()))?;
    Ok(())
}

/// The heads are those of what is in force.
fn set_heads(tx: &Transaction<'_>, document: &DocumentId) -> Result<(), Error> {
    tx.prepare_cached("DELETE FROM head WHERE document = ?1")?.execute([document.0])?;
    let heads = {
        let mut statement = tx.prepare_cached("SELECT bytes FROM change WHERE document = ?1 AND apart = 0")?;
        let rows = statement.query_map([document.0], |row| row.get(0))?;
        let bytes: Vec<Vec<u8>> = rows.collect::<Result<_, _>>()?;
        tips(bytes.iter().map(Vec::as_slice))?
    };
    for hash in heads {
        tx.prepare_cached("INSERT INTO head (document, hash) VALUES (?1, ?2)")?.execute((document.0, hash))?;
    }
    Ok(())
}

/// Live are those puts that nothing in force has overwritten.
fn set_live(tx: &Transaction<'_>, document: &DocumentId) -> Result<(), Error> {
    let sql = "SELECT hash FROM change WHERE document = ?1 AND apart = 1";
    let apart: HashSet<ChangeHash> =
        tx.prepare_cached(sql)?.query_map([document.0], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut puts: Vec<(OpId, ChangeHash, bool)> = Vec::new();
    let mut overwritten: HashSet<OpId> = HashSet::new();
    {
        let sql = "SELECT counter, actor, change, live, preds FROM op WHERE document = ?1";
        let mut statement = tx.prepare_cached(sql)?;
        let mut rows = statement.query([document.0])?;
        while let Some(row) = rows.next()? {
            let id = OpId { counter: row.get::<_, i64>(0)? as u64, actor: ActorId(row.get(1)?) };
            let change: ChangeHash = row.get(2)?;
            if !apart.contains(&change) {
                overwritten.extend(preds_from_bytes(&row.get::<_, Vec<u8>>(4)?)?);
            }
            puts.push((id, change, row.get(3)?));
        }
    }
    for (id, change, was) in puts {
        let live = !apart.contains(&change) && !overwritten.contains(&id);
        if live != was {
            let sql = "UPDATE op SET live = ?4 WHERE document = ?1 AND counter = ?2 AND actor = ?3";
            tx.prepare_cached(sql)?.execute((document.0, id.counter as i64, id.actor.0, live))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
