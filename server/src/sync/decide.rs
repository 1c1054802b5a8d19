//! The decision on covered changes, accepted or held, and the closing of inspections.

use super::apart::{self, Apart};
use super::change_rows::{self, Reason, State};
use super::project;
use super::receipts::Receipts;
use super::rules::{Fate, NO_PERMIT, Rules, Written};
use crate::store::{Tx, rows};
use crate::{Error, Keys};
use rusqlite::params;
use std::collections::HashSet;
use wurao_planted::{Bug, is as planted};
use wurao_protocol::envelope::seal;
use wurao_protocol::record::{Decision, Verdict};
use wurao_protocol::{Digest, DocumentId, PersonId, Problem};
use wurao_record::{ActorId, Clock};

/// What is said of a change that is held for the sake of another.
pub(crate) const DEPENDS: &str = "depends";

/// Decides on every covered change that is not accepted yet, then closes the inspection when its whole team has left.
///
/// Held changes are looked at again each time: a leave that arrives late may show that they were in time.
pub(crate) fn decide(tx: &Tx<'_>, keys: &Keys, document: &DocumentId, now_ms: i64) -> Result<(), Error> {
    let Some(mut rules) = Rules::of(tx, keys, document)? else { return Ok(()) };
    let mut leaves = Leaves::of(tx, document)?;
    if apart::judge(tx, keys, &mut rules, &leaves, Apart::Leave, now_ms)? {
        leaves = Leaves::of(tx, document)?;
    }
    let mut receipts = Receipts::default();
    for change in undecided(tx, document)? {
        let fate = fate(tx, &mut rules, &leaves, &change)?;
        if fate == change.fate {
            continue;
        }
        let (state, reason) = match &fate {
            Fate::Wait => (State::Waiting, None),
            Fate::Accept => (State::Accepted, None),
            Fate::Hold(reason) => (State::Held, Some(reason)),
            Fate::Decline(reason) => (State::Declined, Some(reason)),
        };
        change_rows::set_state(tx, document, &change.written.hash, state, reason)?;
        if state == State::Held && planted(Bug::HeldDropped) {
            tx.execute(
                "DELETE FROM change WHERE document = ?1 AND hash = ?2",
                params![document.0, change.written.hash.0],
            )?;
        }
        if state == State::Accepted {
            project::accept(tx, document, &change.written.hash, &change.written.actor)?;
            // Its phone was told that it is held, and nobody's decision tells it otherwise.
            if matches!(change.fate, Fate::Hold(_)) && !planted(Bug::ReleaseUntold) {
                receipts.add(rules.author(tx, &change.written.actor)?.device, change.written.hash);
            }
        }
        tx.touch(*document);
    }
    receipts.tell(tx, keys, now_ms)?;
    // What a change in force names is in force with it.
    apart::judge(tx, keys, &mut rules, &leaves, Apart::Evidence, now_ms)?;
    apart::judge(tx, keys, &mut rules, &leaves, Apart::Void, now_ms)?;
    if !rules.closed && all_left(tx, document)? {
        close(tx, keys, document, now_ms)?;
    }
    Ok(())
}

fn fate(tx: &Tx<'_>, rules: &mut Rules, leaves: &Leaves, change: &Undecided) -> Result<Fate, Error> {
    let written = &change.written;
    let below = worst_dependency(tx, &rules.document, &written.hash)?;
    match below {
        Below::Waiting => return Ok(Fate::Wait),
        // Nobody can accept it any more, whatever else there is to say of it.
        Below::Declined => return Ok(Fate::Hold(Reason::new(Problem::Declined, DEPENDS))),
        Below::Accepted | Below::Held(_) => {}
    }
    // Its own reason says more than that of what it builds on.
    let author = rules.author(tx, &written.actor)?;
    if author.at_page {
        // Who may write there was asked when they wrote; a choice is no part of the visit, and no day or leave bounds it.
        return Ok(on(below));
    }
    match rules.against(tx, &author, written)? {
        Fate::Accept => {}
        fate => return Ok(fate),
    }
    let left = leaves.has_left(&author.person);
    if (rules.closed || left) && !planted(Bug::LateAccepted) && !leaves.cover(&written.actor, written.seq) {
        let which = if left { "author-left" } else { "closed" };
        return Ok(Fate::Hold(Reason::new(Problem::Late, which)));
    }
    Ok(on(below))
}

/// What becomes of a change against which nothing else speaks than what it builds on.
fn on(below: Below) -> Fate {
    match below {
        Below::Held(Some(reason)) => Fate::Hold(Reason::new(reason.problem, DEPENDS)),
        Below::Held(None) => Fate::Hold(Reason::new(Problem::Late, DEPENDS)),
        Below::Accepted | Below::Waiting | Below::Declined => Fate::Accept,
    }
}

/// So long after its time, ms, an inspection that nobody has closed yet is not believed to be overdue at first sight: as a rule
/// somebody syncs each day, so the clock may have leapt.
const LONG_OVERDUE_MS: i64 = 2 * 24 * 3_600_000;

/// For so long a clock that leapt has time to come back, ms.
const COMES_BACK_MS: i64 = 3_600_000;

/// Closes what is open ten days after its last day. That is for good, so what is long overdue is closed only when it still is an
/// hour later.
pub(super) fn close_overdue(tx: &Tx<'_>, keys: &Keys, now_ms: i64) -> Result<(), Error> {
    let sql = "UPDATE inspection SET overdue_ms = NULL WHERE closed_ms IS NULL AND overdue_ms IS NOT NULL AND overdue_ms > ?1";
    tx.prepare_cached(sql)?.execute(params![now_ms])?;
    let sql = "SELECT document, closes_ms, overdue_ms FROM inspection WHERE closed_ms IS NULL AND closes_ms <= ?1";
    let overdue: Vec<(DocumentId, i64, Option<i64>)> = {
        let mut statement = tx.prepare_cached(sql)?;
        let rows =
            statement.query_map(params![now_ms], |row| Ok((DocumentId(row.get(0)?), row.get(1)?, row.get(2)?)))?;
        rows.collect::<Result<_, _>>()?
    };
    for (document, closes_ms, seen_ms) in overdue {
        match seen_ms {
            _ if now_ms - closes_ms < LONG_OVERDUE_MS => close(tx, keys, &document, now_ms)?,
            Some(seen_ms) if now_ms - seen_ms >= COMES_BACK_MS => close(tx, keys, &document, now_ms)?,
            Some(_) => {}
            None => {
                let sql = "UPDATE inspection SET overdue_ms = ?2 WHERE document = ?1";
                tx.prepare_cached(sql)?.execute(params![document.0, now_ms])?;
            }
        }
    }
    Ok(())
}

fn close(tx: &Tx<'_>, keys: &Keys, document: &DocumentId, now_ms: i64) -> Result<(), Error> {
    tx.execute("UPDATE inspection SET closed_ms = ?2 WHERE document = ?1", params![document.0, now_ms])?;
    let heads = project::accepted_heads(tx, document)?;
    let decision =
        Decision { document: *document, verdict: Verdict::Closed, heads, at_ms: now_ms, by: None, reason: None };
    rows::decided(tx, &seal(&keys.records, &decision)?, &decision, now_ms)?;
    tx.touch(*document);
    Ok(())
}

/// Whether the whole team has left. Where somebody registered late under a permit that is not here, who else is on its team is not
/// known until the office has entered it again: that one closes by its days alone.
fn all_left(tx: &Tx<'_>, document: &DocumentId) -> Result<bool, Error> {
    let sql = "SELECT EXISTS (SELECT 1 FROM team WHERE document = ?1) AND NOT EXISTS (SELECT 1 FROM team t \
               WHERE t.document = ?1 AND NOT EXISTS (SELECT 1 FROM leave l WHERE l.document = t.document \
               AND l.person = t.person AND l.held = 0)) AND NOT EXISTS (SELECT 1 FROM inspection i \
               JOIN late o ON o.record = i.record WHERE i.document = ?1 AND o.standing <> ?2)";
    Ok(tx.prepare_cached(sql)?.query_row(params![document.0, NO_PERMIT], |row| row.get(0))?)
}

/// A covered change that is not accepted.
struct Undecided {
    written: Written,
    fate: Fate,
}

/// In the order of arrival, which is causal.
fn undecided(tx: &Tx<'_>, document: &DocumentId) -> Result<Vec<Undecided>, Error> {
    // The index has none that is accepted, which SQLite must be told; and the sign keeps it from walking through all changes
    // for the sake of their order: there are few of these.
    let sql = "SELECT hash, actor, seq, time_ms, received_ms, state FROM change \
               WHERE document = ?1 AND covered >= ?2 AND state <> 'accepted' AND state IN ('waiting', 'held') ORDER BY +position";
    let mut statement = tx.prepare_cached(sql)?;
    let mut rows = statement.query(params![document.0, i64::from(!planted(Bug::UnsignedAccepted))])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let written = Written {
            hash: Digest(row.get(0)?),
            actor: ActorId(row.get(1)?),
            seq: row.get::<_, i64>(2)? as u64,
            time_ms: row.get(3)?,
            received_ms: row.get(4)?,
        };
        let fate = match State::of_name(&row.get::<_, String>(5)?)? {
            State::Held => Fate::Hold(change_rows::reason(tx, document, &written.hash)?.unwrap_or_else(unsaid)),
            _ => Fate::Wait,
        };
        found.push(Undecided { written, fate });
    }
    Ok(found)
}

/// Of a change that was held before reasons were kept; it gets one as soon as it is looked at.
fn unsaid() -> Reason {
    Reason::new(Problem::Late, "")
}

/// How what a change builds on stands, the worst of it.
#[derive(PartialEq, Eq)]
enum Below {
    Accepted,
    Held(Option<Reason>),
    Declined,
    Waiting,
}

/// Accepted only when all dependencies are. The genesis is no row and stands in no way.
fn worst_dependency(tx: &Tx<'_>, document: &DocumentId, hash: &Digest) -> Result<Below, Error> {
    let mut worst = Below::Accepted;
    for dependency in change_rows::dependencies(tx, document, hash)? {
        match change_rows::state(tx, document, &dependency)? {
            Some(State::Waiting) => return Ok(Below::Waiting),
            Some(State::Declined) => worst = Below::Declined,
            Some(State::Held) if worst != Below::Declined => {
                worst = Below::Held(change_rows::reason(tx, document, &dependency)?);
            }
            Some(State::Held | State::Accepted) | None => {}
        }
    }
    Ok(worst)
}

/// Who has left an inspection, and what they had seen then.
pub(super) struct Leaves {
    persons: HashSet<PersonId>,
    seen: Vec<Clock>,
}

impl Leaves {
    /// Only the first leave of a person on a device says what was in time; else leaving again would reopen everything.
    fn of(tx: &Tx<'_>, document: &DocumentId) -> Result<Self, Error> {
        let sql = "SELECT person, device, heads FROM leave WHERE document = ?1 AND held = 0 ORDER BY position";
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

    /// Whether somebody has left.
    pub(super) fn has_left(&self, person: &PersonId) -> bool {
        self.persons.contains(person)
    }

    fn cover(&self, actor: &ActorId, seq: u64) -> bool {
        self.seen.iter().any(|clock| clock.covers(actor, seq))
    }
}
