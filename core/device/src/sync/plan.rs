//! What a request carries: own records and changes the server has not taken, one signature over them, one over the
//! request.

use super::{SyncOptions, relays};
use crate::error::Error;
use crate::phone::{Phone, device_record, server_id, server_key};
use crate::store::standing::{self, Unsent};
use crate::store::{holds, meta, records};
use rusqlite::Transaction;
use std::collections::BTreeSet;
use wurao_planted::{Bug, is as planted};
use wurao_protocol::cbor::{self, Bytes};
use wurao_protocol::frame::{DocumentChanges, Frame, MAX_FRAME};
use wurao_protocol::proof::Proof;
use wurao_protocol::record::{Heads, Kind};
use wurao_protocol::sync::{Holds, LogMark, Request, RequestHead, RequestStart, counter as counters, frames_digest};
use wurao_protocol::{Digest, DocumentId, Problem, envelope, merkle};
use wurao_record::{ChangeHash, tips};

pub(super) const COUNTER: &str = "counter";
pub(super) const CURSOR: &str = "cursor";
pub(super) const LOG: &str = "log";

/// Raw bytes of changes, and of records, in one request; what is over goes in the next.
const PUSH_BYTES: usize = 2 << 20;
/// Raw bytes in a frame at most. Each is twice as long as the one before: on a link that breaks something has arrived soon,
/// and on one that holds a frame's own cost, a signature and what zstd has not seen before, is nothing.
const FRAME_BYTES: usize = 256 << 10;

/// Raw bytes of one document's changes in one frame, where a colleague has written some of them.
const MAX_RELAYED: usize = MAX_FRAME / 2;

/// A request, and what its answer will speak of.
pub(super) struct Push {
    pub(super) request: Request,
    /// The records, in the order of the frames.
    pub(super) records: Vec<Digest>,
    /// The documents with their changes, in the order of the frames; a waiting change is named but not sent again.
    pub(super) documents: Vec<PushedDocument>,
    /// There was more than fits.
    pub(super) more: bool,
}

/// One document entry of a push.
pub(super) struct PushedDocument {
    pub(super) document: DocumentId,
    pub(super) sent: Vec<ChangeHash>,
    pub(super) waiting: Vec<ChangeHash>,
    /// Those of `sent` that a colleague has written.
    pub(super) handed: BTreeSet<ChangeHash>,
}

impl Push {
    /// Own changes in it.
    pub(super) fn changes(&self) -> u64 {
        self.documents.iter().map(|document| document.sent.len() as u64).sum()
    }
}

/// Decides on a request and raises the counter, in one transaction: a counter is stored before it is used.
///
/// A frame stands alone: with its changes goes one signature over them, so that it counts whatever becomes of the next.
/// Sessions and late registrations come first, for changes need them; photos, leaves and the rest after all changes.
pub(super) fn plan(phone: &Phone, options: &SyncOptions, first_frame: usize) -> Result<Push, Error> {
    let mut state = phone.state()?;
    let device = Bytes(device_record(&state)?);
    let server_key = server_key(state.store.read())?;
    state.store.write(|tx| {
        // A heads record that did not get through signs a push that will not be made again.
        records::forget_unsent_heads(tx)?;
        let (changes, more) = changes_to_push(tx)?;
        let (before, after, more_records) = records_to_push(tx, more)?;
        let mut frames = Frames::of(first_frame);
        for (id, record) in relays::devices(tx, [phone.ports.signer.public().device(), server_key.device()])? {
            frames.record(id, record);
        }
        for (id, record) in before {
            frames.record(id, record);
        }
        for document in changes.chunk_by(|a, b| a.document == b.document) {
            if document.iter().any(|change| change.handed) {
                frames.relayed(document, relays::proofs(tx, &document[0].document)?)?;
            } else {
                frames.changes(document)?;
            }
        }
        for (id, record) in after {
            frames.record(id, record);
        }
        let (mut packed, mut records, mut documents) = (Vec::new(), Vec::new(), Vec::new());
        for framed in frames.whole() {
            let Framed { mut frame, records: named, entries, leaves, .. } = framed;
            records.extend(named);
            if !leaves.is_empty() {
                let heads = Heads::over(&leaves);
                let record = phone.seal(&heads, heads.root.0.to_vec())?;
                records::keep_to_send(tx, &record)?;
                if !planted(Bug::HeadsOnce) || records::is_unsent(tx, &record.id)? {
                    records.push(record.id);
                    frame.records.push(Bytes(record.bytes));
                }
            }
            documents.extend(entries);
            packed.push(frame.pack()?);
        }
        let head = head(phone, tx, options, &packed, held_beside(tx, &documents, &records)?)?;
        let start = RequestStart {
            head: Bytes(envelope::seal(phone.ports.signer.as_ref(), &head)?),
            device: device.clone(),
            frames: packed.iter().map(|frame| Digest::of(&[frame])).collect(),
        };
        Ok(Push { request: Request { start, frames: packed }, records, documents, more: more || more_records })
    })
}

/// Goes on after the counter that the server knows: this phone was brought back from a backup and has forgotten requests.
/// Without the server's signature that is not believed: whoever answers in its place could use the counter up.
pub(super) fn catch_up(phone: &Phone, counter: u64, proof: &str) -> Result<(), Error> {
    let mut state = phone.state()?;
    let device = phone.ports.signer.public().device();
    let proven = counters::is_proven(&server_key(state.store.read())?, &device, counter, proof);
    state.store.write(|tx| {
        let own = meta::number(tx, COUNTER)?.unwrap_or(0);
        // No number is left after the last one.
        let ahead = i64::try_from(counter).ok().filter(|ahead| *ahead < i64::MAX);
        let ahead = ahead.ok_or(Error::Server(Problem::StaleCounter))?;
        if ahead < own || !proven {
            return Err(Error::Server(Problem::StaleCounter));
        }
        meta::set_number(tx, COUNTER, ahead)
    })
}

/// What this phone still holds beside a request, so that a revoked one is not emptied before all of it is up.
fn held_beside(tx: &Transaction<'_>, pushed: &[PushedDocument], pushed_records: &[Digest]) -> Result<Holds, Error> {
    let all = holds::all(tx)?;
    let changes: usize = pushed.iter().map(|document| document.sent.len() + document.waiting.len()).sum();
    let carried = records::counted(tx, pushed_records)?;
    Ok(Holds {
        changes: all.changes.saturating_sub(changes as u32),
        records: all.records.saturating_sub(carried),
        ..all
    })
}

/// Raises the counter.
pub(super) fn count(tx: &Transaction<'_>) -> Result<(), Error> {
    meta::set_number(tx, COUNTER, meta::number(tx, COUNTER)?.unwrap_or(0) + 1)
}

fn head(
    phone: &Phone,
    tx: &Transaction<'_>,
    options: &SyncOptions,
    frames: &[Vec<u8>],
    holds: Holds,
) -> Result<RequestHead, Error> {
    let counter = meta::number(tx, COUNTER)?.unwrap_or(0) + 1;
    if !planted(Bug::CounterAfterSending) {
        count(tx)?;
    }
    let hashes: Vec<Digest> = frames.iter().map(|frame| Digest::of(&[frame])).collect();
    Ok(RequestHead {
        server: server_id(tx)?,
        device: phone.ports.signer.public().device(),
        counter: counter as u64,
        frames: frames_digest(&hashes),
        cursor: Bytes(meta::get(tx, CURSOR)?.unwrap_or_default()),
        seen: match meta::get(tx, LOG)? {
            Some(bytes) => LogMark { kept: None, ..cbor::decode::<LogMark>(&bytes)? },
            None => LogMark::default(),
        },
        limit: options.feed_limit,
        holds,
    })
}

/// A record on its way, by its name.
type Sent = (Digest, Bytes);

/// Own records not yet taken, as many as fit: those that changes need, and the others. A leave names heads, so it waits
/// until no change is left behind.
fn records_to_push(tx: &Transaction<'_>, more_changes: bool) -> Result<(Vec<Sent>, Vec<Sent>, bool), Error> {
    let mut unsent = records::unsent(tx)?;
    unsent.retain(|(_, kind, _)| !(more_changes && *kind == Kind::Leave));
    unsent.sort_by_key(|(_, kind, _)| match kind {
        Kind::Session => 0,
        // The server's own, which it has lost: what is chosen at its page counts by them.
        Kind::Heads => 1,
        Kind::Late => 2,
        _ => 3,
    });
    let mut bytes = 0;
    let all = unsent.len();
    let fits = |(_, _, record): &(Digest, Kind, Vec<u8>)| {
        bytes += record.len();
        bytes <= PUSH_BYTES
    };
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for (id, kind, bytes) in unsent.into_iter().take_while(fits) {
        let place = if matches!(kind, Kind::Session | Kind::Heads | Kind::Late) { &mut before } else { &mut after };
        place.push((id, Bytes(bytes)));
    }
    let more = before.len() + after.len() < all;
    Ok((before, after, more))
}

/// Changes not yet taken, by document and in causal order, as many as fit; whether there are more. What a colleague has
/// handed over stands in nobody's way: documents with such come last and are cut nowhere, and what stands on what the server did
/// not take from this phone waits until it has that.
fn changes_to_push(tx: &Transaction<'_>) -> Result<(Vec<Unsent>, bool), Error> {
    let mut unsent = standing::sendable(tx)?;
    let handed: BTreeSet<DocumentId> =
        unsent.iter().filter(|change| change.handed).map(|change| change.document).collect();
    unsent.sort_by_key(|change| handed.contains(&change.document));
    if planted(Bug::HandedKept) {
        unsent.retain(|change| !change.handed);
    }
    let mut bytes = 0;
    let fits = |change: &&Unsent| {
        bytes += change.cost();
        bytes <= PUSH_BYTES
    };
    let fitting = unsent.iter().take_while(fits).count();
    let more = fitting < unsent.len();
    if let Some(first) = unsent.get(fitting).map(|change| change.document).filter(|first| handed.contains(first)) {
        let begins = unsent.iter().position(|change| change.document == first).unwrap_or(fitting);
        unsent.truncate(if begins == 0 { fitting } else { begins });
    } else {
        unsent.truncate(fitting);
    }
    Ok((unsent, more))
}

/// A frame before it is packed, and what its answer will speak of.
#[derive(Default)]
struct Framed {
    frame: Frame,
    bytes: usize,
    records: Vec<Digest>,
    entries: Vec<PushedDocument>,
    /// What the heads record covers each entry by: the tips of its changes, or the heads it names.
    leaves: Vec<Digest>,
}

/// Frames as they fill.
struct Frames {
    full: Vec<Framed>,
    last: Framed,
    room: usize,
}

impl Frames {
    fn of(first: usize) -> Self {
        Self { full: Vec::new(), last: Framed::default(), room: first.clamp(1, FRAME_BYTES) }
    }

    /// A frame with room for so many bytes: the last one, or a new one.
    fn with_room(&mut self, bytes: usize) -> &mut Framed {
        if self.last.bytes > 0 && self.last.bytes + bytes > self.room {
            self.full.push(std::mem::take(&mut self.last));
            self.room = (self.room * 2).min(FRAME_BYTES);
        }
        self.last.bytes += bytes;
        &mut self.last
    }

    fn record(&mut self, id: Digest, record: Bytes) {
        let framed = self.with_room(record.0.len());
        framed.frame.records.push(record);
        framed.records.push(id);
    }

    /// The changes of one document, cut where frames are full.
    fn changes(&mut self, changes: &[Unsent]) -> Result<(), Error> {
        let mut rest = changes;
        while let Some(first) = rest.first() {
            let framed = self.with_room(first.cost().max(1));
            let mut left = framed.bytes;
            let room = self.room;
            let fits = |change: &&Unsent| {
                left += change.cost();
                left <= room
            };
            let count = 1 + rest[1..].iter().take_while(fits).count();
            let (part, after) = rest.split_at(count);
            self.last.bytes += part[1..].iter().map(Unsent::cost).sum::<usize>();
            self.last.entry(part)?;
            rest = after;
        }
        Ok(())
    }

    /// The changes of one document of which a colleague has written some, all in one frame: a signature over the last of them is
    /// what covers the first. Only where that would be more than a frame holds are they cut, and what is not covered then comes to the server by
    /// its author alone.
    fn relayed(&mut self, changes: &[Unsent], proofs: Vec<Proof>) -> Result<(), Error> {
        let bytes: usize = changes.iter().map(Unsent::cost).sum();
        if bytes > MAX_RELAYED {
            return self.changes(changes);
        }
        let proven: usize = proofs.iter().map(|proof| cbor::encode(proof).len()).sum();
        self.with_room(bytes + proven + 1).frame.proofs.get_or_insert_default().extend(proofs);
        self.last.entry(changes)
    }

    fn whole(mut self) -> Vec<Framed> {
        if !self.last.records.is_empty() || !self.last.entries.is_empty() {
            self.full.push(self.last);
        }
        self.full
    }
}

impl Framed {
    fn entry(&mut self, changes: &[Unsent]) -> Result<(), Error> {
        let document = changes[0].document;
        let heads: Vec<Digest> =
            tips(changes.iter().map(|change| change.bytes.as_slice()))?.into_iter().map(Digest).collect();
        self.leaves.push(merkle::leaf(&document, &heads));
        let (waiting, sent): (Vec<&Unsent>, Vec<&Unsent>) = changes.iter().partition(|change| change.waiting);
        self.frame.documents.push(DocumentChanges {
            document,
            // Named only when the receiver cannot tell them from the changes it gets.
            heads: if waiting.is_empty() { None } else { Some(heads) },
            changes: sent.iter().map(|change| Bytes(change.bytes.clone())).collect(),
        });
        self.entries.push(PushedDocument {
            document,
            sent: sent.iter().map(|change| change.hash).collect(),
            waiting: waiting.iter().map(|change| change.hash).collect(),
            handed: sent.iter().filter(|change| change.handed).map(|change| change.hash).collect(),
        });
        Ok(())
    }
}
