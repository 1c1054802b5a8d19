//! The decision on covered changes, accepted or held, and the closing of inspections.

use super::change_rows::{self, State};
use super::project;
use crate::store::{Tx, rows};
use crate::{Error, Keys};
use rusqlite::params;
use std::collections::HashSet;
use wurao_protocol::envelope::seal;
use wurao_protocol::record::{Decision, Verdict};
use wurao_protocol::{Digest, DocumentId, PersonId};
use wurao_record::{ActorId, Clock};

/// Decides on every covered change that is not accepted yet, then closes the inspection when its whole team has left.
///
/// Held changes are looked at again each time: a leave that arrives late may show that they were in time.
pub(super) fn decide(tx: &Tx<'_>, keys: &Keys, document: &DocumentId, now_ms: i64) -> Result<(), Error> {
    let Some(inspection) = rows::inspection(tx, document)? else { return Ok(()) };
    let leaves = Leaves::of(tx, document)?;
    let closed = inspection.closed_ms.is_some();
    for change in undecided(tx, document)? {
        let late = closed || leaves.left(tx, &change.actor)?;
        let state = match worst_dependency(tx, document, &change.hash)? {
            State::Waiting => State::Waiting,
            State::Held => State::Held,
            State::Accepted if late && !leaves.cover(&change.actor, change.seq) => State::Held,
            State::Accepted => State::Accepted,
        };
        if state != change.state {
            set_state(tx, document, &change.hash, state)?;
            if state == State::Accepted {
                project::accept(tx, document, &change.hash, &change.actor)?;
            }
            tx.touch(*document);
        }
    }
    if !closed && all_left(tx, document)? {
        close(tx, keys, document, now_ms)?;
    }
    Ok(())
}

/// Closes what is open ten days after its last day.
pub(super) fn close_overdue(tx: &Tx<'_>, keys: &Keys, now_ms: i64) -> Result<(), Error> {
    let sql = "SELECT document FROM inspection WHERE closed_ms IS NULL AND closes_ms <= ?1";
    let overdue: Vec<DocumentId> = {
        let mut statement = tx.prepare_cached(sql)?;
        let rows = statement.query_map(params![now_ms], |row| Ok(DocumentId(row.get(0)?)))?;
        rows.collect::<Result<_, _>>()?
    };
    overdue.iter().try_for_each(|document| close(tx, keys, document, now_ms))
}

fn close(tx: &Tx<'_>, keys: &Keys, document: &DocumentId, now_ms: i64) -> Result<(), Error> {
    tx.execute("UPDATE inspection SET closed_ms = ?2 WHERE document = ?1", params![document.0, now_ms])?;
    let heads = project::accepted_heads(tx, document)?;
    let decision =
        Decision { document: *document, verdict: Verdict::Closed, heads, at_ms: now_ms, by: None, reason: None };
    let id = rows::keep_own(tx, &seal(&keys.records, &decision)?, now_ms)?;
    rows::feed_document(tx, document, &id)?;
    tx.touch(*document);
    Ok(())
}

fn all_left(tx: &Tx<'_>, document: &DocumentId) -> Result<bool, Error> {
    let sql = "SELECT EXISTS (SELECT 1 FROM team WHERE document = ?1) AND NOT EXISTS (SELECT 1 FROM team t \
               WHERE t.document = ?1 AND NOT EXISTS (SELECT 1 FROM leave l WHERE l.document = t.document \
               AND l.person = t.person))";
    Ok(tx.prepare_cached(sql)?.query_row(params![document.0], |row| row.get(0))?)
}

/// A covered change that is not accepted.
struct Undecided {
    hash: Digest,
    actor: ActorId,
    seq: u64,
    state: State,
}

/// In the order of arrival, which is causal.
fn undecided(tx: &Tx<'_>, document: &DocumentId) -> Result<Vec<Undecided>, Error> {
    let sql = "SELECT hash, actor, seq, state FROM change \
               WHERE document = ?1 AND covered = 1 AND state IN ('waiting', 'held') ORDER BY position";
    let mut statement = tx.prepare_cached(sql)?;
    let mut rows = statement.query(params![document.0])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(Undecided {
            hash: Digest(row.get(0)?),
            actor: ActorId(row.get(1)?),
            seq: row.get::<_, i64>(2)? as u64,
            state: State::of_name(&row.get::<_, String>(3)?)?,
        });
    }
    Ok(found)
}

/// Accepted only when all dependencies are; held when one is; else waiting. The genesis is no row and stands in no way.
fn worst_dependency(tx: &Tx<'_>, document: &DocumentId, hash: &Digest) -> Result<State, Error> {
    let mut worst = State::Accepted;
    for dependency in change_rows::dependencies(tx, document, hash)? {
        match change_rows::state(tx, document, &dependency)? {
            Some(State::Waiting) => return Ok(State::Waiting),
            Some(State::Held) => worst = State::Held,
            Some(State::Accepted) | None => {}
        }
    }
    Ok(worst)
}

fn set_state(tx: &Tx<'_>, document: &DocumentId, hash: &Digest, state: State) -> Result<(), Error> {
    tx.prepare_cached("UPDATE change SET state = ?3 WHERE document = ?1 AND hash = ?2")?.execute(params![
        document.0,
        hash.0,
        state.name()
    ])?;
    Ok(())
}

/// Who has left an inspection, and what they had seen then.
struct Leaves {
    persons: HashSet<PersonId>,
    seen: Vec<Clock>,
}

impl Leaves {
    /// Only the first leave of a person on a device says what was in time; else leaving again would reopen everything.
    fn of(tx: &Tx<'_>, document: &DocumentId) -> Result<Self, Error> {
        let sql = "SELECT person, device, heads FROM leave WHERE document = ?1 ORDER BY position";
        let mut statement = tx.prepare_cached(sql)?;
        let mut rows = statement.query(params![document.0])?;
        let (mut persons, mut seen, mut first) = (HashSet::new(), Vec::new(), HashSet::new());
        while let Some(row) = rows.next()? {
            let person = PersonId(row.get(0)?);
            persons.insert(person);
            if !first.insert((person, row.get::<_, [u8; 16]>(1)?)) {
                continue;
            }
            for head in row.get::<_, Vec<u8>>(2)?.chunks(32) {
                let head = Digest::try_from(head).map_err(|_| Error::Missing("a leave's head"))?;
                seen.extend(change_rows::clock(tx, document, &head)?);
            }
        }
        Ok(Self { persons, seen })
    }

    fn left(&self, tx: &Tx<'_>, actor: &ActorId) -> Result<bool, Error> {
        Ok(rows::session(tx, &actor.0)?.is_some_and(|session| self.persons.contains(&session.person)))
    }

    fn cover(&self, actor: &ActorId, seq: u64) -> bool {
        self.seen.iter().any(|clock| clock.covers(actor, seq))
    }
}
