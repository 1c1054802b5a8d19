//! What a request carries: own records and changes the server has not taken, one signature over them, one over the
//! request.

use super::SyncOptions;
use crate::error::Error;
use crate::phone::{Phone, SERVER_ID, device_record};
use crate::store::documents::{self, Unsent};
use crate::store::{holds, meta, records};
use rusqlite::Transaction;
use wurao_protocol::cbor::{self, Bytes};
use wurao_protocol::frame::{DocumentChanges, Frame};
use wurao_protocol::record::{Heads, Kind};
use wurao_protocol::sync::{Holds, LogMark, Request, RequestHead, RequestStart, frames_digest};
use wurao_protocol::{Digest, DocumentId, Problem, ServerId, envelope, merkle};
use wurao_record::{ChangeHash, tips};

pub(super) const COUNTER: &str = "counter";
pub(super) const CURSOR: &str = "cursor";
pub(super) const LOG: &str = "log";

/// Raw bytes of changes, and of records, in one request; what is over goes in the next.
const PUSH_BYTES: usize = 2 << 20;
/// The most requests that a phone can have forgotten: whoever answers in the server's place shall not use up its counter.
const MOST_FORGOTTEN: i64 = 1_000_000;
/// Raw bytes in one frame.
const FRAME_BYTES: usize = 128 << 10;

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
}

impl Push {
    /// Own changes in it.
    pub(super) fn changes(&self) -> u64 {
        self.documents.iter().map(|document| document.sent.len() as u64).sum()
    }
}

/// Decides on a request and raises the counter, in one transaction: a counter is stored before it is used.
pub(super) fn plan(phone: &Phone, options: &SyncOptions) -> Result<Push, Error> {
    let mut state = phone.state()?;
    let device = Bytes(device_record(&state)?);
    state.store.write(|tx| {
        let (entries, pushed, more) = documents_to_push(tx)?;
        // A heads record that did not get through signs a push that will not be made again.
        records::forget_unsent_heads(tx)?;
        if !entries.is_empty() {
            let leaves: Vec<Digest> = entries.iter().map(|entry| entry.leaf).collect();
            let heads = Heads::over(&leaves);
            records::keep_to_send(tx, &phone.seal(&heads, heads.root.0.to_vec())?)?;
        }
        let (records, more_records) = records_to_push(tx, more)?;
        let mut frames = Vec::new();
        for frame in frames_of(&records, entries) {
            frames.push(frame.pack()?);
        }
        let head = head(phone, tx, options, &frames, held_beside(tx, &pushed, &records)?)?;
        let start = RequestStart {
            head: Bytes(envelope::seal(phone.ports.signer.as_ref(), &head)?),
            device: device.clone(),
            frames: frames.iter().map(|frame| Digest::of(&[frame])).collect(),
        };
        let records = records.into_iter().map(|(id, _)| id).collect();
        Ok(Push { request: Request { start, frames }, records, documents: pushed, more: more || more_records })
    })
}

/// Goes on after the counter that the server knows: this phone was brought back from a backup and has forgotten requests.
pub(super) fn catch_up(phone: &Phone, counter: u64) -> Result<(), Error> {
    let mut state = phone.state()?;
    state.store.write(|tx| {
        let own = meta::number(tx, COUNTER)?.unwrap_or(0);
        let ahead = i64::try_from(counter).map_err(|_| Error::Server(Problem::Malformed))?;
        // No phone has forgotten that many requests.
        if ahead < own || ahead - own > MOST_FORGOTTEN {
            return Err(Error::Server(Problem::StaleCounter));
        }
        meta::set_number(tx, COUNTER, ahead)
    })
}

/// What this phone still holds beside a request, so that a revoked one is not emptied before all of it is up.
fn held_beside(tx: &Transaction<'_>, pushed: &[PushedDocument], records: &[(Digest, Bytes)]) -> Result<Holds, Error> {
    let all = holds::all(tx)?;
    let changes: usize = pushed.iter().map(|document| document.sent.len() + document.waiting.len()).sum();
    let mut carried = 0;
    for (_, bytes) in records {
        carried += u32::from(!matches!(envelope::open(&bytes.0)?.kind, Kind::Heads | Kind::Witness));
    }
    Ok(Holds {
        changes: all.changes.saturating_sub(changes as u32),
        records: all.records.saturating_sub(carried),
        ..all
    })
}

fn head(
    phone: &Phone,
    tx: &Transaction<'_>,
    options: &SyncOptions,
    frames: &[Vec<u8>],
    holds: Holds,
) -> Result<RequestHead, Error> {
    let counter = meta::number(tx, COUNTER)?.unwrap_or(0) + 1;
    meta::set_number(tx, COUNTER, counter)?;
    let server = meta::get(tx, SERVER_ID)?.ok_or(Error::NotEnrolled)?;
    let hashes: Vec<Digest> = frames.iter().map(|frame| Digest::of(&[frame])).collect();
    Ok(RequestHead {
        server: ServerId::try_from(server.as_slice()).map_err(|_| Error::Damaged("meta"))?,
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

/// Own records not yet taken, as many as fit: sessions and heads first, for nothing else counts without them. A leave
/// names heads, so it waits until no change is left behind.
fn records_to_push(tx: &Transaction<'_>, more_changes: bool) -> Result<(Vec<(Digest, Bytes)>, bool), Error> {
    let mut unsent = records::unsent(tx)?;
    unsent.retain(|(_, kind, _)| !(more_changes && *kind == Kind::Leave));
    unsent.sort_by_key(|(_, kind, _)| match kind {
        Kind::Session => 0,
        Kind::Heads => 1,
        _ => 2,
    });
    let mut bytes = 0;
    let all = unsent.len();
    let fits = |(_, _, record): &(Digest, Kind, Vec<u8>)| {
        bytes += record.len();
        bytes <= PUSH_BYTES
    };
    let fitting: Vec<(Digest, Bytes)> =
        unsent.into_iter().take_while(fits).map(|(id, _, bytes)| (id, Bytes(bytes))).collect();
    let more = fitting.len() < all;
    Ok((fitting, more))
}

/// A document entry before it is packed.
struct Entry {
    changes: DocumentChanges,
    hashes: Vec<ChangeHash>,
    waiting: Vec<ChangeHash>,
    /// What the heads record covers it by: the tips of its changes, or the heads it names.
    leaf: Digest,
}

fn documents_to_push(tx: &Transaction<'_>) -> Result<(Vec<Entry>, Vec<PushedDocument>, bool), Error> {
    let unsent = documents::unsent(tx)?;
    let mut bytes = 0;
    let fits = |change: &&Unsent| {
        bytes += change.cost();
        bytes <= PUSH_BYTES
    };
    let fitting: Vec<&Unsent> = unsent.iter().take_while(fits).collect();
    let more = fitting.len() < unsent.len();
    let mut entries = Vec::new();
    for document in fitting.chunk_by(|a, b| a.document == b.document) {
        let mut rest = document;
        while !rest.is_empty() {
            let mut size = 0;
            // A change is smaller than a frame: there is always a first one.
            let fits = |change: &&&Unsent| {
                size += change.cost();
                size <= FRAME_BYTES
            };
            let count = rest.iter().take_while(fits).count().max(1);
            let (part, after) = rest.split_at(count);
            entries.push(entry(part)?);
            rest = after;
        }
    }
    let pushed = entries
        .iter()
        .map(|entry| PushedDocument {
            document: entry.changes.document,
            sent: entry.hashes.clone(),
            waiting: entry.waiting.clone(),
        })
        .collect();
    Ok((entries, pushed, more))
}

fn entry(changes: &[&Unsent]) -> Result<Entry, Error> {
    let document = changes[0].document;
    let heads: Vec<Digest> =
        tips(changes.iter().map(|change| change.bytes.as_slice()))?.into_iter().map(Digest).collect();
    let leaf = merkle::leaf(&document, &heads);
    let (waiting, sent): (Vec<&Unsent>, Vec<&Unsent>) = changes.iter().partition(|change| change.waiting);
    Ok(Entry {
        changes: DocumentChanges {
            document,
            // Named only when the receiver cannot tell them from the changes it gets.
            heads: if waiting.is_empty() { None } else { Some(heads) },
            changes: sent.iter().map(|change| Bytes(change.bytes.clone())).collect(),
        },
        hashes: sent.iter().map(|change| change.hash).collect(),
        waiting: waiting.iter().map(|change| change.hash).collect(),
        leaf,
    })
}

/// Records, then changes, cut into frames.
fn frames_of(records: &[(Digest, Bytes)], entries: Vec<Entry>) -> Vec<Frame> {
    let mut frames = Frames::default();
    for (_, record) in records {
        frames.room(record.0.len()).records.push(record.clone());
    }
    for entry in entries {
        let bytes = entry.changes.changes.iter().map(|change| change.0.len()).sum();
        frames.room(bytes).documents.push(entry.changes);
    }
    frames.0
}

#[derive(Default)]
struct Frames(Vec<Frame>, usize);

impl Frames {
    /// A frame with room for so many bytes: the last one, or a new one.
    fn room(&mut self, bytes: usize) -> &mut Frame {
        if self.0.is_empty() || self.1 + bytes > FRAME_BYTES {
            self.0.push(Frame::default());
            self.1 = 0;
        }
        self.1 += bytes;
        let last = self.0.len() - 1;
        &mut self.0[last]
    }
}
