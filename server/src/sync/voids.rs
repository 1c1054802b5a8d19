//! Void records: an inspection that was begun by mistake and shall not count.

use super::author::Author;
use super::doubt::SLACK_MS;
use super::project;
use super::push::Incoming;
use super::records::{Facts, HELD, New, Refusal, has_part, in_own_session, keep_new, unreasoned, untimely};
use crate::permits::trust;
use crate::store::{Tx, rows};
use crate::{Error, Keys};
use rusqlite::{OptionalExtension, params};
use wurao_protocol::Problem;
use wurao_protocol::envelope::{Envelope, seal};
use wurao_protocol::record::{Decision, Verdict, Void};
use wurao_protocol::sync::Status;

pub(super) fn take(
    tx: &Tx<'_>,
    record: &Incoming,
    envelope: &Envelope,
    now_ms: i64,
    facts: &mut Facts,
) -> Result<Status, Error> {
    let about = |void: &Void| Some(void.document);
    let (status, new) = keep_new(tx, record, envelope, now_ms, about, |author, void| refusal(tx, author, void))?;
    if let Some(New { author, body: void, received_ms }) = new {
        tx.execute(
            "INSERT INTO void (record, document, person, device, reason, wall_ms, received_ms, held) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                envelope.id.0,
                void.document.0,
                void.person.0,
                author.id.0,
                void.reason.trim(),
                void.at.wall_ms,
                received_ms,
                HELD,
            ],
        )?;
        facts.documents.insert(void.document);
    }
    Ok(status)
}

/// Makes an inspection count for nothing. The first void counts.
pub(super) fn apply(tx: &Tx<'_>, keys: &Keys, void: &Void, now_ms: i64) -> Result<(), Error> {
    let sql = "SELECT COALESCE(from_s, 0) FROM inspection WHERE document = ?1 AND voided_ms IS NULL";
    let from_s: Option<i64> =
        tx.prepare_cached(sql)?.query_row(params![void.document.0], |row| row.get(0)).optional()?;
    let Some(from_s) = from_s else { return Ok(()) };
    // A clock that is lost says nothing of when; then it is now. One that runs ahead keeps nothing in force until then.
    let at_ms = if void.at.wall_ms < from_s * 1000 - SLACK_MS { now_ms } else { void.at.wall_ms.min(now_ms) };
    let sql = "UPDATE inspection SET voided_ms = ?2, voided_reason = ?3 WHERE document = ?1";
    tx.execute(sql, params![void.document.0, at_ms, void.reason.trim()])?;
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
    trust::renew(tx, keys, now_ms).map(|_| ())
}

fn refusal(tx: &Tx<'_>, author: &Author, void: &Void) -> Result<Option<Refusal>, Error> {
    if let Some(refusal) = unreasoned(&void.reason).or_else(|| untimely(&void.at)) {
        return Ok(Some(refusal));
    }
    if let Some(refusal) = has_part(tx, &void.document, &void.person)? {
        return Ok(Some(refusal));
    }
    if let Some(refusal) = in_own_session(tx, author, &void.actor, &void.person)? {
        return Ok(Some(refusal));
    }
    // What is over counts, and no member of its team alone takes that back.
    let closed = "SELECT 1 FROM inspection WHERE document = ?1 AND closed_ms IS NOT NULL";
    Ok(tx.prepare_cached(closed)?.exists(params![void.document.0])?.then_some((Problem::Late, "closed")))
}
