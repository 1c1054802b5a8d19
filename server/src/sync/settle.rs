//! What people decide about held work: the very bytes come into force, or never will.

use super::change_rows::{self, Reason, State};
use super::{decide, project};
use crate::store::{Tx, rows};
use crate::{Error, Keys};
use rusqlite::{Row, params};
use std::collections::HashSet;
use wurao_protocol::envelope::seal;
use wurao_protocol::record::{Decision, Verdict};
use wurao_protocol::{Digest, DocumentId, PersonId, Problem};
use wurao_record::ActorId;

/// Who decides, and what they say about it.
pub(crate) struct Word<'a> {
    pub(crate) by: PersonId,
    pub(crate) reason: Option<&'a str>,
    pub(crate) now_ms: i64,
}

/// One held change.
struct Held {
    hash: Digest,
    actor: ActorId,
    problem: String,
}

/// Brings into force what is held of an inspection and had arrived by then, with the photos and leaves of revoked
/// phones; says how many changes those were. What waits for a late registration to be decided, and what builds on
/// declined work, stays where it is.
pub(crate) fn accept(
    tx: &Tx<'_>,
    keys: &Keys,
    document: &DocumentId,
    seen_ms: i64,
    word: &Word<'_>,
) -> Result<usize, Error> {
    let mut accepted = Vec::new();
    for change in held(tx, document, seen_ms)? {
        if change.problem == Problem::LateRegistration.code() || !stands(tx, document, &change.hash)? {
            continue;
        }
        change_rows::set_state(tx, document, &change.hash, State::Accepted, None)?;
        project::accept(tx, document, &change.hash, &change.actor)?;
        accepted.push(change.hash);
    }
    let released = release(tx, document, seen_ms)?;
    if accepted.is_empty() && released == 0 {
        return Err(Error::refused(Problem::NotFound, "nothing held that can be accepted"));
    }
    tell(tx, keys, document, Verdict::Accepted, &accepted, word)?;
    decide::decide(tx, keys, document, word.now_ms)?;
    Ok(accepted.len())
}

/// Decides against what is held of an inspection and had arrived by then; says how many changes those were. It stays
/// stored, and the phones that wrote it keep it too.
pub(crate) fn decline(
    tx: &Tx<'_>,
    keys: &Keys,
    document: &DocumentId,
    seen_ms: i64,
    word: &Word<'_>,
) -> Result<usize, Error> {
    let reason = Reason::new(Problem::Declined, word.reason.unwrap_or_default());
    let mut declined = Vec::new();
    for change in held(tx, document, seen_ms)? {
        if change.problem == Problem::LateRegistration.code() {
            continue;
        }
        change_rows::set_state(tx, document, &change.hash, State::Declined, Some(&reason))?;
        declined.push(change.hash);
    }
    // Two is held no more and never taken in.
    let sql = "UPDATE evidence SET held = 2 WHERE document = ?1 AND held = 1 AND record IN \
               (SELECT id FROM record WHERE received_ms <= ?2)";
    let photos = tx.execute(sql, params![document.0, seen_ms])?;
    if declined.is_empty() && photos == 0 {
        return Err(Error::refused(Problem::NotFound, "nothing held that can be declined"));
    }
    tell(tx, keys, document, Verdict::Declined, &declined, word)?;
    decide::decide(tx, keys, document, word.now_ms)?;
    Ok(declined.len())
}

/// Decides on a late registration. Registered, the person's work stands as if it had been permitted; else it is
/// declined, what is still to come of it too.
pub(crate) fn register(
    tx: &Tx<'_>,
    keys: &Keys,
    document: &DocumentId,
    late: &Digest,
    registered: bool,
    word: &Word<'_>,
) -> Result<(), Error> {
    let sql = "UPDATE late SET registered = ?3, decided_by = ?4, decided_ms = ?5, decided_reason = ?6 \
               WHERE record = ?1 AND document = ?2 AND registered IS NULL";
    let changed = tx.execute(sql, params![late.0, document.0, registered, word.by.0, word.now_ms, word.reason])?;
    if changed == 0 {
        return Err(Error::refused(Problem::NotFound, "late registration"));
    }
    let verdict = if registered { Verdict::Registered } else { Verdict::NotRegistered };
    tell(tx, keys, document, verdict, &project::accepted_heads(tx, document)?, word)?;
    decide::decide(tx, keys, document, word.now_ms)
}

/// In the order of arrival, which is causal.
fn held(tx: &Tx<'_>, document: &DocumentId, seen_ms: i64) -> Result<Vec<Held>, Error> {
    let sql = "SELECT hash, actor, COALESCE(problem, '') FROM change \
               WHERE document = ?1 AND state = 'held' AND received_ms <= ?2 ORDER BY position";
    let mut statement = tx.prepare_cached(sql)?;
    let row = |row: &Row<'_>| Ok(Held { hash: Digest(row.get(0)?), actor: ActorId(row.get(1)?), problem: row.get(2)? });
    Ok(statement.query_map(params![document.0, seen_ms], row)?.collect::<Result<_, _>>()?)
}

/// Whether all that a change builds on is in force.
fn stands(tx: &Tx<'_>, document: &DocumentId, hash: &Digest) -> Result<bool, Error> {
    for dependency in change_rows::dependencies(tx, document, hash)? {
        if !matches!(change_rows::state(tx, document, &dependency)?, Some(State::Accepted) | None) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Photos and leaves of revoked phones become part of the inspection.
fn release(tx: &Tx<'_>, document: &DocumentId, seen_ms: i64) -> Result<usize, Error> {
    let mut released = HashSet::new();
    for table in ["evidence", "leave"] {
        let sql = format!(
            "SELECT x.record, r.bytes FROM {table} x JOIN record r ON r.id = x.record \
             WHERE x.document = ?1 AND x.held = 1 AND r.received_ms <= ?2 ORDER BY r.received_ms, x.record"
        );
        let found = {
            let mut statement = tx.prepare_cached(&sql)?;
            let row = |row: &Row<'_>| Ok((Digest(row.get(0)?), row.get::<_, Vec<u8>>(1)?));
            statement.query_map(params![document.0, seen_ms], row)?.collect::<Result<Vec<_>, _>>()?
        };
        for (record, bytes) in found {
            tx.execute(&format!("UPDATE {table} SET held = 0 WHERE record = ?1"), params![record.0])?;
            project::introduce(tx, document, &actor_of(&bytes)?)?;
            rows::feed_document(tx, document, &record)?;
            released.insert(record);
        }
    }
    Ok(released.len())
}

/// The session in which a photo was taken or a person left.
fn actor_of(bytes: &[u8]) -> Result<[u8; 16], Error> {
    use wurao_protocol::envelope::open;
    use wurao_protocol::record::{EvidenceEntry, Kind, Leave};
    let envelope = open(bytes)?;
    Ok(match envelope.kind {
        Kind::Leave => envelope.body::<Leave>()?.actor,
        _ => envelope.body::<EvidenceEntry>()?.actor,
    })
}

fn tell(
    tx: &Tx<'_>,
    keys: &Keys,
    document: &DocumentId,
    verdict: Verdict,
    heads: &[Digest],
    word: &Word<'_>,
) -> Result<(), Error> {
    let mut heads = heads.to_vec();
    heads.sort_unstable();
    let decision = Decision {
        document: *document,
        verdict,
        heads,
        at_ms: word.now_ms,
        by: Some(word.by),
        reason: word.reason.map(str::to_owned),
    };
    rows::decided(tx, &seal(&keys.records, &decision)?, &decision, word.now_ms)?;
    tx.touch(*document);
    Ok(())
}
