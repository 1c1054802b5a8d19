//! Evidence records: what a phone says about a photo, before the photo itself arrives.

use super::author::Author;
use super::bounds;
use super::push::Incoming;
use super::receipts::Receipts;
use super::records::{Facts, HELD, New, Refusal, has_part, in_own_session, keep_new, untimely};
use crate::store::Tx;
use crate::{Error, Keys};
use rusqlite::{OptionalExtension, Row, params};
use wurao_protocol::envelope::Envelope;
use wurao_protocol::record::{ChainEnd, EvidenceEntry, State};
use wurao_protocol::sync::Status;
use wurao_protocol::{Digest, Problem};

pub(super) fn take(
    tx: &Tx<'_>,
    record: &Incoming,
    envelope: &Envelope,
    now_ms: i64,
    facts: &mut Facts,
) -> Result<Status, Error> {
    let about = |entry: &EvidenceEntry| Some(entry.document);
    let refused = |author: &Author, entry: &EvidenceEntry| refusal(tx, author, &envelope.id, entry);
    let (mut status, new) = keep_new(tx, record, envelope, now_ms, about, refused)?;
    if let (Some(Problem::Equivocation), Some(author)) = (status.problem, record.author()) {
        // Where its chain ends: one that has forgotten entries goes on behind them.
        status.detail = chain_end(tx, author)?.map(|end| end.to_string()).or(status.detail);
    }
    if let Some(New { author, body: entry, .. }) = new {
        insert(tx, &author, &envelope.id, &entry)?;
        tx.touch(entry.document);
        facts.documents.insert(entry.document);
        facts.evidence.push((author.id, envelope.id));
    }
    Ok(status)
}

fn refusal(tx: &Tx<'_>, author: &Author, id: &Digest, entry: &EvidenceEntry) -> Result<Option<Refusal>, Error> {
    if let Some(refusal) = untimely(&entry.capture.attached) {
        return Ok(Some(refusal));
    }
    if let Some(refusal) = has_part(tx, &entry.document, &entry.person)? {
        return Ok(Some(refusal));
    }
    if let Some(refusal) = in_own_session(tx, author, &entry.actor, &entry.person)? {
        return Ok(Some(refusal));
    }
    let blobs = [&entry.original, &entry.rendition.blob, &entry.thumbnail.blob];
    if blobs.iter().any(|blob| blob.bytes > crate::uploads::MAX_BLOB) {
        return Ok(Some((Problem::TooLarge, "a blob over its limit")));
    }
    if !bounds::has_room_for_photo(tx, &entry.document, &author.id)? {
        return Ok(Some((Problem::TooMany, "photos of one phone")));
    }
    unchained(tx, author, id, entry)
}

/// The last entry of a phone, whatever was decided about it.
fn chain_end(tx: &Tx<'_>, author: &Author) -> Result<Option<ChainEnd>, Error> {
    let sql = "SELECT sequence, record FROM evidence WHERE device = ?1 ORDER BY sequence DESC LIMIT 1";
    let row = |row: &Row<'_>| Ok(ChainEnd { sequence: row.get::<_, i64>(0)? as u64, entry: Digest(row.get(1)?) });
    Ok(tx.prepare_cached(sql)?.query_row(params![author.id.0], row).optional()?)
}

/// Whether an entry stands where another does, or names another than stands beside it. A gap in the chain is no reason to
/// refuse: the entry before may still come, and a missing one shows to whoever reads.
fn unchained(tx: &Tx<'_>, author: &Author, id: &Digest, entry: &EvidenceEntry) -> Result<Option<Refusal>, Error> {
    let sequence = i64::try_from(entry.sequence).unwrap_or(0);
    if sequence < 1 || sequence == i64::MAX || (sequence == 1) != entry.previous.is_none() {
        return Ok(Some((Problem::Malformed, "sequence")));
    }
    let at = |sequence: i64| -> Result<Option<(Digest, Option<Digest>)>, Error> {
        let sql = "SELECT record, previous FROM evidence WHERE device = ?1 AND sequence = ?2";
        let row = |row: &Row<'_>| Ok((Digest(row.get(0)?), row.get::<_, Option<[u8; 32]>>(1)?.map(Digest)));
        Ok(tx.prepare_cached(sql)?.query_row(params![author.id.0, sequence], row).optional()?)
    };
    Ok(if at(sequence)?.is_some() {
        Some((Problem::Equivocation, "another entry has this place in the chain"))
    } else if at(sequence - 1)?.is_some_and(|(before, _)| entry.previous != Some(before)) {
        Some((Problem::Equivocation, "the entry before is another"))
    } else if at(sequence + 1)?.is_some_and(|(_, previous)| previous != Some(*id)) {
        Some((Problem::Equivocation, "the entry after names another"))
    } else {
        None
    })
}

fn insert(tx: &Tx<'_>, author: &Author, id: &Digest, entry: &EvidenceEntry) -> Result<(), Error> {
    let (rendition, thumbnail) = (&entry.rendition.blob, &entry.thumbnail.blob);
    tx.execute(
        "INSERT INTO evidence (record, document, person, device, sequence, previous, original, original_bytes, \
         media_type, rendition, rendition_bytes, thumbnail, thumbnail_bytes, held) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        params![
            id.0,
            entry.document.0,
            entry.person.0,
            author.id.0,
            entry.sequence as i64,
            entry.previous.map(|previous| previous.0),
            entry.original.sha256.0,
            entry.original.bytes as i64,
            entry.media_type,
            rendition.sha256.0,
            rendition.bytes as i64,
            thumbnail.sha256.0,
            thumbnail.bytes as i64,
            HELD,
        ],
    )?;
    Ok(())
}

/// Signed receipts for the evidence of a push, one for each state and each device whose it is, for those who work on that
/// device: it waits to hear of its photos, whoever passed on what it says of them.
pub(super) fn receipt(tx: &Tx<'_>, keys: &Keys, facts: &Facts, now_ms: i64) -> Result<(), Error> {
    let mut statement = tx.prepare_cached("SELECT 1 FROM evidence WHERE record = ?1 AND held > 0")?;
    for (state, held) in [(State::Accepted, false), (State::Held, true)] {
        let mut receipts = Receipts::of(state);
        for (device, id) in &facts.evidence {
            if statement.exists(params![id.0])? == held {
                receipts.add(*device, *id);
            }
        }
        receipts.tell(tx, keys, now_ms)?;
    }
    Ok(())
}
