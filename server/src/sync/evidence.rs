//! Evidence records: what a phone says about a photo, before the photo itself arrives.

use super::project;
use super::push::{Incoming, Push};
use super::records::{Facts, Refusal, in_own_session, keep, on_team};
use crate::store::{Tx, rows};
use crate::{Error, Keys};
use rusqlite::params;
use wurao_protocol::envelope::{Envelope, seal};
use wurao_protocol::record::{EvidenceEntry, Receipt, State};
use wurao_protocol::sync::{Outcome, Status};
use wurao_protocol::{Digest, Problem};

pub(super) fn take(
    tx: &Tx<'_>,
    push: &Push,
    record: &Incoming,
    envelope: &Envelope,
    now_ms: i64,
    facts: &mut Facts,
) -> Result<Status, Error> {
    let body = envelope.body::<EvidenceEntry>();
    let refusal = match &body {
        Err(_) => Some((Problem::Malformed, "payload")),
        Ok(entry) => refusal(tx, push, entry)?,
    };
    let status = keep(tx, push, record, envelope, refusal, now_ms)?;
    if let (Outcome::Ok, Ok(entry)) = (status.outcome, body) {
        insert(tx, push, &envelope.id, &entry, facts.revoked)?;
        if !facts.revoked {
            project::introduce(tx, &entry.document, &entry.actor)?;
            rows::feed_document(tx, &entry.document, &envelope.id)?;
        }
        tx.touch(entry.document);
        facts.documents.insert(entry.document);
        facts.evidence.push(envelope.id);
    }
    Ok(status)
}

/// A gap in the chain is no reason to refuse: the entry before may still come, and a missing one shows to whoever reads.
fn refusal(tx: &Tx<'_>, push: &Push, entry: &EvidenceEntry) -> Result<Option<Refusal>, Error> {
    if let Some(refusal) = on_team(tx, &entry.document, &entry.person)? {
        return Ok(Some(refusal));
    }
    if let Some(refusal) = in_own_session(tx, push, &entry.actor, &entry.person)? {
        return Ok(Some(refusal));
    }
    let blobs = [&entry.original, &entry.rendition.blob, &entry.thumbnail.blob];
    if blobs.iter().any(|blob| blob.bytes > crate::uploads::MAX_BLOB) {
        return Ok(Some((Problem::TooLarge, "a blob over its limit")));
    }
    let Ok(sequence) = i64::try_from(entry.sequence) else {
        return Ok(Some((Problem::Malformed, "sequence")));
    };
    let taken = "SELECT 1 FROM evidence WHERE device = ?1 AND sequence = ?2";
    let taken = tx.prepare_cached(taken)?.exists(params![push.device.id.0, sequence])?;
    Ok(taken.then_some((Problem::Equivocation, "another entry has this place in the chain")))
}

fn insert(tx: &Tx<'_>, push: &Push, id: &Digest, entry: &EvidenceEntry, held: bool) -> Result<(), Error> {
    let (rendition, thumbnail) = (&entry.rendition.blob, &entry.thumbnail.blob);
    tx.execute(
        "INSERT INTO evidence (record, document, person, device, sequence, previous, original, original_bytes, \
         media_type, rendition, rendition_bytes, thumbnail, thumbnail_bytes, held) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        params![
            id.0,
            entry.document.0,
            entry.person.0,
            push.device.id.0,
            entry.sequence as i64,
            entry.previous.map(|previous| previous.0),
            entry.original.sha256.0,
            entry.original.bytes as i64,
            entry.media_type,
            rendition.sha256.0,
            rendition.bytes as i64,
            thumbnail.sha256.0,
            thumbnail.bytes as i64,
            held,
        ],
    )?;
    Ok(())
}

/// One signed receipt for the evidence of a push, for those who work on the pushing device.
pub(super) fn receipt(tx: &Tx<'_>, keys: &Keys, push: &Push, facts: &Facts, now_ms: i64) -> Result<(), Error> {
    let taken = &facts.evidence;
    if taken.is_empty() {
        return Ok(());
    }
    let state = if facts.revoked { State::Held } else { State::Accepted };
    let receipt = Receipt { records: taken.clone(), state, at_ms: now_ms };
    let id = rows::keep_own(tx, &seal(&keys.records, &receipt)?, now_ms)?;
    for person in &push.device.persons {
        rows::feed_person(tx, person, &id)?;
    }
    Ok(())
}
