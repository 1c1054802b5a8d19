//! Coverage: which changes a signature of their author's device stands over.

use super::change_rows::{self, State};
use super::changes::Entry;
use super::proofs::Proofs;
use super::push::Push;
use crate::Error;
use crate::store::Tx;
use rusqlite::params;
use std::collections::{BTreeMap, BTreeSet};
use wurao_protocol::frame::DocumentChanges;
use wurao_protocol::record::Heads;
use wurao_protocol::{DeviceId, Digest, DocumentId, merkle};
use wurao_record::{ActorId, Clock, tips};

/// Marks what the heads records of this push cover: every ancestor of a signed head whose actor's session is of the
/// device that signed. A record whose root is not that of this push's entries covers nothing.
pub(super) fn cover(tx: &Tx<'_>, push: &Push, records: &[Heads], entries: &[Entry]) -> Result<(), Error> {
    let Some(heads) = push.documents.iter().map(heads_of).collect::<Option<Vec<_>>>() else {
        return Ok(());
    };
    let pairs = push.documents.iter().zip(&heads);
    let leaves: Vec<Digest> = pairs.map(|(item, heads)| merkle::leaf(&item.document, heads)).collect();
    if !records.contains(&Heads::over(&leaves)) {
        return Ok(());
    }
    for (entry, heads) in entries.iter().zip(&heads) {
        let seen = seen_by(tx, &entry.document, heads)?;
        cover_ancestors(tx, Some(&push.device.id), &entry.document, &seen)?;
    }
    Ok(())
}

/// All that these heads have seen, however many they are. One that is not here has seen nothing yet; it will be named again with
/// its change.
fn seen_by<'a>(
    tx: &Tx<'_>,
    document: &DocumentId,
    heads: impl IntoIterator<Item = &'a Digest>,
) -> Result<Clock, Error> {
    let mut seen = Clock::new();
    for head in heads.into_iter().collect::<BTreeSet<_>>() {
        if let Some(clock) = change_rows::clock(tx, document, head)? {
            seen.merge(&clock);
        }
    }
    Ok(seen)
}

/// The heads an entry signs: those it names, or the tips of its changes. None when a change cannot be read at all.
fn heads_of(item: &DocumentChanges) -> Option<Vec<Digest>> {
    if let Some(heads) = &item.heads {
        return Some(heads.clone());
    }
    let tips = tips(item.changes.iter().map(|change| change.0.as_slice())).ok()?;
    Some(tips.into_iter().map(Digest).collect())
}

/// Marks what the signatures cover that came with what others wrote: what they were seen to stand over, and all ancestors of
/// those of their heads that are here, as far as their sessions are of the device that signed.
pub(super) fn cover_proven(tx: &Tx<'_>, proofs: &Proofs, entries: &[Entry]) -> Result<(), Error> {
    // By document: many entries of one make no more work than one.
    let mut taken: BTreeMap<DocumentId, Vec<&Digest>> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.known) {
        taken.entry(entry.document).or_default().extend(&entry.taken);
    }
    for (document, taken) in &taken {
        for proven in proofs.of_document(document) {
            // Where an entry was stopped before the head that is signed, what came before it is signed all the same.
            for change in taken.iter().filter(|change| proven.covers(change)) {
                cover_one(tx, proven.by.as_ref(), document, change)?;
            }
            let seen = seen_by(tx, document, &proven.heads)?;
            cover_ancestors(tx, proven.by.as_ref(), document, &seen)?;
        }
    }
    Ok(())
}

/// Covers one change, when its session is of this device, or whoever's it is.
fn cover_one(tx: &Tx<'_>, device: Option<&DeviceId>, document: &DocumentId, change: &Digest) -> Result<(), Error> {
    tx.prepare_cached(
        "UPDATE change SET covered = 1 WHERE document = ?1 AND hash = ?2 AND covered = 0 \
         AND EXISTS (SELECT 1 FROM session s WHERE s.actor = change.actor AND (?3 IS NULL OR s.device = ?3))",
    )?
    .execute(params![document.0, change.0, device.map(|device| device.0)])?;
    Ok(())
}

/// Covers all that a clock has seen, as far as its sessions are of this device, or whoever's they are.
pub(super) fn cover_ancestors(
    tx: &Tx<'_>,
    device: Option<&DeviceId>,
    document: &DocumentId,
    clock: &Clock,
) -> Result<(), Error> {
    if clock.entries().is_empty() {
        return Ok(());
    }
    // What is not covered waits; an actor's changes may be many, and those that wait are few.
    let sql = "SELECT c.hash, c.actor, c.seq FROM change c JOIN session s ON s.actor = c.actor \
               WHERE c.document = ?1 AND c.state <> 'accepted' AND c.state = ?2 AND c.covered = 0 AND (?3 IS NULL OR s.device = ?3)";
    let mut statement = tx.prepare_cached(sql)?;
    let mut rows = statement.query(params![document.0, State::Waiting.name(), device.map(|device| device.0)])?;
    let mut seen = Vec::new();
    while let Some(row) = rows.next()? {
        if clock.covers(&ActorId(row.get(1)?), row.get::<_, i64>(2)? as u64) {
            seen.push(row.get::<_, [u8; 32]>(0)?);
        }
    }
    for hash in seen {
        tx.prepare_cached("UPDATE change SET covered = 1 WHERE document = ?1 AND hash = ?2")?
            .execute(params![document.0, hash])?;
    }
    Ok(())
}
