//! What was accepted once: an approver who has looked at a visit and taken it in is not asked again for each later sync
//! of the same visit, unless something new speaks against it.
//!
//! Only reasons that a whole visit has in common are waived. What comes from a revoked phone, after a void or after a
//! leave is looked at each time: it is another fact each time.

use super::change_rows::Reason;
use super::rules::Written;
use crate::Error;
use crate::store::Tx;
use rusqlite::{Row, params};
use wurao_protocol::{DocumentId, PersonId, Problem};
use wurao_record::ActorId;

/// What of an inspection is waived.
pub(super) struct Waivers(Vec<Waiver>);

struct Waiver {
    person: PersonId,
    actor: ActorId,
    problem: String,
    detail: String,
    at_ms: i64,
}

impl Waivers {
    pub(super) fn of(tx: &Tx<'_>, document: &DocumentId) -> Result<Self, Error> {
        let sql = "SELECT person, actor, problem, detail, at_ms FROM waiver WHERE document = ?1";
        let mut statement = tx.prepare_cached(sql)?;
        let row = |row: &Row<'_>| {
            Ok(Waiver {
                person: PersonId(row.get(0)?),
                actor: ActorId(row.get(1)?),
                problem: row.get(2)?,
                detail: row.get(3)?,
                at_ms: row.get(4)?,
            })
        };
        Ok(Self(statement.query_map(params![document.0], row)?.collect::<Result<_, _>>()?))
    }

    /// Whether this reason is none any more for what this person wrote there.
    pub(super) fn cover(&self, person: &PersonId, change: &Written, reason: &Reason) -> bool {
        self.0.iter().filter(|waiver| waiver.person == *person && waiver.problem == reason.problem.code()).any(
            |waiver| match reason.problem {
                // The visit began on another day: so did all of it.
                Problem::PermitState => waiver.detail == reason.detail,
                // What was under way. Who goes on after the decision does so knowing of the withdrawal.
                Problem::Withdrawn => change.time_ms < waiver.at_ms,
                // The clock of one session.
                Problem::ClockDoubtful => waiver.actor == change.actor,
                _ => false,
            },
        )
    }
}

/// Notes that a change was accepted that had been held for this reason.
pub(super) fn grant(
    tx: &Tx<'_>,
    document: &DocumentId,
    person: &PersonId,
    actor: &ActorId,
    problem: &str,
    detail: &str,
    now_ms: i64,
) -> Result<(), Error> {
    let whole_visit = [Problem::PermitState, Problem::Withdrawn, Problem::ClockDoubtful];
    if !whole_visit.iter().any(|waived| waived.code() == problem) {
        return Ok(());
    }
    // The newest time counts: what is accepted later covers more.
    let sql = "INSERT INTO waiver (document, person, actor, problem, detail, at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
               ON CONFLICT (document, person, actor, problem, detail) DO UPDATE SET at_ms = excluded.at_ms";
    tx.prepare_cached(sql)?.execute(params![document.0, person.0, actor.0, problem, detail, now_ms])?;
    Ok(())
}
