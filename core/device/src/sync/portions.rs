//! Where a document's changes may be cut on their way to the server. What a colleague has written counts by their signature, which is
//! over heads: a change is proven by it only beside all that stands between the two. So it goes up with these.

use super::frames::ITEM_BYTES;
use crate::error::Error;
use crate::phone::server_key;
use crate::store::standing::Unsent;
use crate::store::{documents, proofs, records};
use rusqlite::Connection;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use wurao_protocol::proof::Proof;
use wurao_protocol::record::Session;
use wurao_protocol::{DeviceId, cbor};
use wurao_record::{ActorId, ChangeHash, Clock};

/// The most bytes of one portion, with what each of its changes costs a server beside: with the other changes and the two megabytes of
/// records that may go with it that is what one takes in a request (8 MiB, 32,768 changes, none shorter than a hundred bytes).
const MAX_PORTION: usize = 4 << 20;

/// Changes of one document that are not cut: each colleague's among them is proven by what is among them.
pub(super) struct Portion {
    /// Which of the document's changes.
    pub(super) changes: Range<usize>,
    /// What they and the proofs take in a frame.
    pub(super) bytes: usize,
    /// Who else has signed for them.
    pub(super) proofs: Vec<Proof>,
}

/// The portions of one document's unsent changes, which are in causal order: as many as there can be. One that is more than a
/// request holds is cut all the same, and comes to the server by its author alone.
pub(super) fn of(connection: &Connection, changes: &[Unsent]) -> Result<Vec<Portion>, Error> {
    let single = |at: usize| Portion { changes: at..at + 1, bytes: changes[at].cost(), proofs: Vec::new() };
    let Some(first) = changes.iter().position(|change| change.handed) else {
        return Ok((0..changes.len()).map(single).collect());
    };
    let kept = proofs::of(connection, &changes[first].document)?;
    let mut signed = Signed::of(connection, changes, &kept)?;
    let mut portions = Vec::new();
    let (mut begin, mut end) = (0, 0);
    for (at, change) in changes.iter().enumerate() {
        end = end.max(signed.over(at, change)?.unwrap_or(at));
        if at < end {
            continue;
        }
        // All that is signed of it: one of the signers may be unknown to a server that was brought back from a backup.
        let whole = portion(changes, begin..at + 1, signed.within(begin..at + 1).map(|nth| &kept[nth].proof));
        if whole.bytes + ITEM_BYTES * whole.changes.len() <= MAX_PORTION {
            portions.push(whole);
        } else {
            portions.extend((begin..at + 1).map(single));
        }
        begin = at + 1;
    }
    Ok(portions)
}

fn portion<'a>(all: &[Unsent], changes: Range<usize>, proofs: impl Iterator<Item = &'a Proof>) -> Portion {
    let handed = all[changes.clone()].iter().any(|change| change.handed);
    let proofs: Vec<Proof> = proofs.filter(|_| handed).cloned().collect();
    let proven: usize = proofs.iter().map(|proof| cbor::encode(proof).len()).sum();
    let bytes = all[changes.clone()].iter().map(Unsent::cost).sum::<usize>() + proven;
    Portion { changes, bytes, proofs }
}

/// A head that somebody has signed for, among the changes.
struct Head {
    /// Its place among them.
    at: usize,
    /// What it has seen.
    clock: Clock,
    signer: DeviceId,
    /// Which of the proofs.
    proof: usize,
}

/// Whose signatures are over what.
struct Signed<'a> {
    connection: &'a Connection,
    server: DeviceId,
    /// The first of the changes first.
    heads: Vec<Head>,
    /// On which phone an actor wrote, as far as that was asked.
    phones: HashMap<ActorId, Option<DeviceId>>,
}

impl<'a> Signed<'a> {
    fn of(connection: &'a Connection, changes: &[Unsent], kept: &[proofs::Kept]) -> Result<Self, Error> {
        // What the server has already is not sent again, so nothing leads over it.
        let sent = changes.iter().enumerate().filter(|(_, change)| !change.waiting);
        let places: HashMap<ChangeHash, usize> = sent.map(|(at, change)| (change.hash, at)).collect();
        let mut heads = Vec::new();
        for (proof, kept) in kept.iter().enumerate() {
            for head in &kept.proof.heads {
                let Some(&at) = places.get(&head.0) else { continue };
                if let Some(clock) = documents::clock(connection, &kept.proof.document, &head.0)? {
                    heads.push(Head { at, clock, signer: kept.signer, proof });
                }
            }
        }
        heads.sort_by_key(|head| head.at);
        Ok(Self { connection, server: server_key(connection)?.device(), heads, phones: HashMap::new() })
    }

    /// Which of the proofs have a head among these changes.
    fn within(&self, changes: Range<usize>) -> impl Iterator<Item = usize> {
        let before = |place| self.heads.partition_point(|head| head.at < place);
        let heads = &self.heads[before(changes.start)..before(changes.end)];
        heads.iter().map(|head| head.proof).collect::<BTreeSet<_>>().into_iter()
    }

    /// The place of the first head by which a colleague's change is proven: its author's phone has signed for it, or the server. None
    /// where it needs none, or there is none.
    fn over(&mut self, at: usize, change: &Unsent) -> Result<Option<usize>, Error> {
        if !change.handed {
            return Ok(None);
        }
        let phone = match self.phones.get(&change.actor) {
            Some(phone) => *phone,
            None => {
                let session: Option<Session> = records::about(self.connection, &change.actor.0)?;
                *self.phones.entry(change.actor).or_insert(session.map(|session| session.device))
            }
        };
        let server = self.server;
        let above = &self.heads[self.heads.partition_point(|head| head.at < at)..];
        let speaks = |head: &&Head| head.signer == server || Some(head.signer) == phone;
        let first = above.iter().filter(speaks).find(|head| head.clock.covers(&change.actor, change.seq));
        Ok(first.map(|head| head.at))
    }
}
