//! What people decide about held work: the very bytes come into force, or never will.

use super::apart::{self, Apart, One};
use super::change_rows::{self, Reason, State};
use super::receipts::Receipts;
use super::{decide, project, waivers};
use crate::store::{Tx, rows};
use crate::{Error, Keys};
use rusqlite::{OptionalExtension, Row, params};
use std::collections::BTreeSet;
use wurao_protocol::envelope::seal;
use wurao_protocol::record::{Decision, Verdict};
use wurao_protocol::{DeviceId, Digest, DocumentId, PersonId, Problem};
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
    person: PersonId,
    device: DeviceId,
    problem: String,
    detail: String,
}

/// Brings into force what is held of an inspection and had arrived by then, with the photos, leaves and voids
/// kept apart; says how many changes those were. What waits for a late registration to be decided, and what builds on
/// declined work, stays where it is.
///
/// A visit is accepted once: more of it that is held for the very same reason comes into force by itself (see
/// [`waivers`]). Every phone that brought some of it gets its second receipt.
pub(crate) fn accept(
    tx: &Tx<'_>,
    keys: &Keys,
    document: &DocumentId,
    seen_ms: i64,
    word: &Word<'_>,
) -> Result<usize, Error> {
    not_own(tx, document, seen_ms, &word.by)?;
    let (mut accepted, mut authors, mut receipts) = (Vec::new(), BTreeSet::new(), Receipts::default());
    for change in held(tx, document, seen_ms)? {
        if change.problem == Problem::LateRegistration.code() || !stands(tx, document, &change.hash)? {
            continue;
        }
        change_rows::set_state(tx, document, &change.hash, State::Accepted, None)?;
        project::accept(tx, document, &change.hash, &change.actor)?;
        waivers::grant(tx, document, &change.person, &change.actor, &change.problem, &change.detail, word.now_ms)?;
        receipts.add(change.device, change.hash);
        authors.insert(change.person);
        accepted.push(change.hash);
    }
    let changes = accepted.len();
    for released in release(tx, keys, document, seen_ms, word.now_ms)? {
        receipts.add(released.device, released.record);
        authors.insert(released.person);
        accepted.push(released.record);
    }
    if accepted.is_empty() {
        return Err(Error::refused(Problem::NotFound, "nothing held that can be accepted"));
    }
    receipts.tell(tx, keys, word.now_ms)?;
    tell(tx, keys, document, Verdict::Accepted, &accepted, &authors, word)?;
    decide::decide(tx, keys, document, word.now_ms)?;
    Ok(changes)
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
    not_own(tx, document, seen_ms, &word.by)?;
    let reason = Reason::new(Problem::Declined, word.reason.unwrap_or_default());
    let (mut declined, mut authors) = (Vec::new(), BTreeSet::new());
    for change in held(tx, document, seen_ms)? {
        if change.problem == Problem::LateRegistration.code() {
            continue;
        }
        change_rows::set_state(tx, document, &change.hash, State::Declined, Some(&reason))?;
        authors.insert(change.person);
        declined.push(change.hash);
    }
    let changes = declined.len();
    for one in kept_apart(tx, document, seen_ms)? {
        apart::decline(tx, &one, &reason)?;
        authors.insert(one.person);
        declined.push(one.record);
    }
    if declined.is_empty() {
        return Err(Error::refused(Problem::NotFound, "nothing held that can be declined"));
    }
    tell(tx, keys, document, Verdict::Declined, &declined, &authors, word)?;
    decide::decide(tx, keys, document, word.now_ms)?;
    Ok(changes)
}

/// How many changes, photos, leaves and voids of an inspection had arrived by then and wait to be decided on.
pub(crate) fn things(tx: &Tx<'_>, document: &DocumentId, seen_ms: i64) -> Result<usize, Error> {
    let waits = |change: &Held| change.problem != Problem::LateRegistration.code();
    let changes = held(tx, document, seen_ms)?.iter().filter(|change| waits(change)).count();
    Ok(changes + kept_apart(tx, document, seen_ms)?.len())
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
    let missing = || Error::refused(Problem::NotFound, "late registration");
    let sql = "SELECT person FROM late WHERE record = ?1 AND document = ?2 AND registered IS NULL";
    let row = |row: &Row<'_>| Ok(PersonId(row.get(0)?));
    let author = tx.prepare_cached(sql)?.query_row(params![late.0, document.0], row).optional()?.ok_or_else(missing)?;
    if author == word.by {
        return Err(own());
    }
    let sql = "UPDATE late SET registered = ?3, decided_by = ?4, decided_ms = ?5, decided_reason = ?6 \
               WHERE record = ?1 AND document = ?2 AND registered IS NULL";
    tx.execute(sql, params![late.0, document.0, registered, word.by.0, word.now_ms, word.reason])?;
    let verdict = if registered { Verdict::Registered } else { Verdict::NotRegistered };
    tell(tx, keys, document, verdict, &[*late], &BTreeSet::from([author]), word)?;
    decide::decide(tx, keys, document, word.now_ms)
}

/// Nobody decides on what they wrote themselves, nor on a whole of which that is a part.
fn not_own(tx: &Tx<'_>, document: &DocumentId, seen_ms: i64, by: &PersonId) -> Result<(), Error> {
    let wrote = |change: &Held| change.person == *by && change.problem != Problem::LateRegistration.code();
    if held(tx, document, seen_ms)?.iter().any(wrote) {
        return Err(own());
    }
    if kept_apart(tx, document, seen_ms)?.iter().any(|found| found.person == *by) {
        return Err(own());
    }
    Ok(())
}

fn own() -> Error {
    Error::refused(Problem::Forbidden, "one's own work")
}

/// In the order of arrival, which is causal.
fn held(tx: &Tx<'_>, document: &DocumentId, seen_ms: i64) -> Result<Vec<Held>, Error> {
    let sql = "SELECT c.hash, c.actor, s.person, s.device, COALESCE(c.problem, ''), COALESCE(c.detail, '') \
               FROM change c JOIN session s ON s.actor = c.actor \
               WHERE c.document = ?1 AND c.state <> 'accepted' AND c.state = 'held' AND c.received_ms <= ?2 ORDER BY +c.position";
    let mut statement = tx.prepare_cached(sql)?;
    let row = |row: &Row<'_>| {
        Ok(Held {
            hash: Digest(row.get(0)?),
            actor: ActorId(row.get(1)?),
            person: PersonId(row.get(2)?),
            device: DeviceId(row.get(3)?),
            problem: row.get(4)?,
            detail: row.get(5)?,
        })
    };
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

/// Photos, leaves and voids that were kept apart take effect.
fn release(tx: &Tx<'_>, keys: &Keys, document: &DocumentId, seen_ms: i64, now_ms: i64) -> Result<Vec<One>, Error> {
    let all = kept_apart(tx, document, seen_ms)?;
    for one in &all {
        apart::release(tx, keys, document, one, now_ms)?;
    }
    Ok(all)
}

/// All that is kept apart of an inspection, but for what waits for a late registration to be decided.
fn kept_apart(tx: &Tx<'_>, document: &DocumentId, seen_ms: i64) -> Result<Vec<One>, Error> {
    let mut all = Vec::new();
    for kind in Apart::ALL {
        all.extend(apart::held(tx, kind, document, seen_ms)?);
    }
    all.retain(|one| !one.waits_for_registration());
    Ok(all)
}

/// Tells all who may see the document what was decided on this, and whose it is.
fn tell(
    tx: &Tx<'_>,
    keys: &Keys,
    document: &DocumentId,
    verdict: Verdict,
    heads: &[Digest],
    authors: &BTreeSet<PersonId>,
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
    let record = rows::decided(tx, &seal(&keys.records, &decision)?, &decision, word.now_ms)?;
    // Who registered late under a permit of another team is fed nothing of the document, and waits for this word all the same.
    for author in authors {
        if !rows::on_team(tx, document, author)? {
            rows::feed_person(tx, author, &record)?;
        }
    }
    tx.touch(*document);
    Ok(())
}
