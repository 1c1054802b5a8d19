//! Void records: an inspection that was begun by mistake and shall not count.

use super::project;
use super::push::{Incoming, Push};
use super::records::{Facts, Refusal, in_own_session, keep_new, on_team, unreasoned};
use crate::permits::trust;
use crate::store::{Tx, rows};
use crate::{Error, Keys};
use rusqlite::params;
use wurao_protocol::Problem;
use wurao_protocol::envelope::{Envelope, seal};
use wurao_protocol::record::{Decision, Verdict, Void};
use wurao_protocol::sync::{Outcome, Status};

pub(super) fn take(
    tx: &Tx<'_>,
    keys: &Keys,
    push: &Push,
    record: &Incoming,
    envelope: &Envelope,
    now_ms: i64,
    facts: &mut Facts,
) -> Result<Status, Error> {
    let (status, new) = keep_new(tx, push, record, envelope, now_ms, |void: &Void| refusal(tx, push, void))?;
    let Some(void) = new else { return Ok(status) };
    tx.execute(
        "INSERT INTO void (record, document, person, device, reason, wall_ms, received_ms) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            envelope.id.0,
            void.document.0,
            void.person.0,
            push.device.id.0,
            void.reason.trim(),
            void.at.wall_ms,
            now_ms,
        ],
    )?;
    if facts.holds(tx, &void.person, now_ms)? {
        // Who found the phone shall not make an inspection count for nothing, nor who inspects no more.
        return Ok(Status::because(Outcome::Held, facts.held_for(), "void"));
    }
    // The first one counts: what came before it stays as it was.
    let voided = tx.execute(
        "UPDATE inspection SET voided_ms = ?2, voided_reason = ?3 WHERE document = ?1 AND voided_ms IS NULL",
        // A clock that runs ahead shall not keep it in force until then.
        params![void.document.0, void.at.wall_ms.min(now_ms), void.reason.trim()],
    )?;
    project::introduce(tx, &void.document, &void.actor)?;
    rows::feed_document(tx, &void.document, &envelope.id)?;
    if voided > 0 {
        let decision = Decision {
            document: void.document,
            verdict: Verdict::Voided,
            heads: project::accepted_heads(tx, &void.document)?,
            at_ms: now_ms,
            by: Some(void.person),
            reason: Some(void.reason.trim().to_owned()),
        };
        rows::decided(tx, &seal(&keys.records, &decision)?, &decision, now_ms)?;
        // Nobody shows its permit as good any more.
        trust::renew(tx, keys, now_ms)?;
    }
    tx.touch(void.document);
    facts.documents.insert(void.document);
    Ok(status)
}

fn refusal(tx: &Tx<'_>, push: &Push, void: &Void) -> Result<Option<Refusal>, Error> {
    if let Some(refusal) = unreasoned(&void.reason) {
        return Ok(Some(refusal));
    }
    if let Some(refusal) = on_team(tx, &void.document, &void.person)? {
        return Ok(Some(refusal));
    }
    if let Some(refusal) = in_own_session(tx, push, &void.actor, &void.person)? {
        return Ok(Some(refusal));
    }
    // What is over counts, and no member of its team alone takes that back.
    let closed = "SELECT 1 FROM inspection WHERE document = ?1 AND closed_ms IS NOT NULL";
    Ok(tx.prepare_cached(closed)?.exists(params![void.document.0])?.then_some((Problem::Late, "closed")))
}
