//! What a request carries: own records and changes the server has not taken, one signature over them, one over the
//! request.

use super::frames::{Framed, Frames};
use super::portions::{self, Portion};
use super::{SyncOptions, relays};
use crate::error::Error;
use crate::phone::{Phone, device_record, server_id, server_key};
use crate::store::standing::{self, Unsent};
use crate::store::{holds, meta, records};
use rusqlite::Transaction;
use std::collections::BTreeSet;
use wurao_planted::{Bug, is as planted};
use wurao_protocol::cbor::{self, Bytes};
use wurao_protocol::record::{Heads, Kind};
use wurao_protocol::sync::{Holds, LogMark, Request, RequestHead, RequestStart, counter as counters, frames_digest};
use wurao_protocol::{Digest, DocumentId, Problem, envelope};
use wurao_record::ChangeHash;

pub(super) const COUNTER: &str = "counter";
pub(super) const CURSOR: &str = "cursor";
pub(super) const LOG: &str = "log";

/// Raw bytes of changes, and of records, in one request; what is over goes in the next.
const PUSH_BYTES: usize = 2 << 20;
/// Raw bytes of other changes beside a portion that is longer than that.
const BESIDE: usize = 512 << 10;
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
        for Pushed { changes, portions } in &changes {
            frames.changes(changes, portions)?;
        }
        for (id, record) in after {
            frames.record(id, record);
        }
        let (mut packed, mut records, mut documents) = (Vec::new(), Vec::new(), Vec::new());
        let mut unsigned = Vec::new();
        for framed in frames.whole() {
            let Framed { mut frame, records: named, entries, leaves, .. } = framed;
            records.extend(named);
            unsigned.extend(leaves);
            // Frames that are taken as one have one signature over all of them.
            if !unsigned.is_empty() && !frame.goes_on() {
                let heads = Heads::over(&std::mem::take(&mut unsigned));
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

/// The changes of one document in a request, and how they may be cut.
struct Pushed {
    changes: Vec<Unsent>,
    portions: Vec<Portion>,
}

/// Changes not yet taken, by document and in causal order, as many as fit; whether there are more. What a colleague has
/// handed over stands in nobody's way: documents with such come last and are cut between portions alone, and what stands on what
/// the server did not take from this phone waits until it has that.
fn changes_to_push(tx: &Transaction<'_>) -> Result<(Vec<Pushed>, bool), Error> {
    let mut unsent = standing::sendable(tx)?;
    let handed: BTreeSet<DocumentId> =
        unsent.iter().filter(|change| change.handed).map(|change| change.document).collect();
    unsent.sort_by_key(|change| handed.contains(&change.document));
    if planted(Bug::HandedKept) {
        unsent.retain(|change| !change.handed);
    }
    let (mut bytes, mut pushed) = (0, Vec::new());
    let mut rest = unsent.into_iter().peekable();
    while let Some(document) = rest.peek().map(|change| change.document) {
        let mut changes: Vec<Unsent> =
            std::iter::from_fn(|| rest.next_if(|change| change.document == document)).collect();
        let mut portions = portions::of(tx, &changes)?;
        let fits = |portion: &&Portion| {
            // One that is more than a request has as a rule goes beside little else, so that nothing keeps it from its turn.
            let fits = bytes <= BESIDE || bytes + portion.bytes <= PUSH_BYTES;
            bytes += portion.bytes;
            fits
        };
        let fitting = portions.iter().take_while(fits).count();
        if fitting < portions.len() {
            portions.truncate(fitting);
            changes.truncate(portions.last().map_or(0, |last| last.changes.end));
            if !portions.is_empty() {
                pushed.push(Pushed { changes, portions });
            }
            return Ok((pushed, true));
        }
        pushed.push(Pushed { changes, portions });
    }
    Ok((pushed, false))
}
