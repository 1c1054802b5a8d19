//! Frames as they fill. One stands alone, so that it counts whatever becomes of the next; only of a portion that is more than a frame
//! holds several are taken as one.

use super::plan::PushedDocument;
use super::portions::Portion;
use crate::error::Error;
use crate::store::standing::Unsent;
use wurao_protocol::cbor::Bytes;
use wurao_protocol::frame::{DocumentChanges, Frame, MAX_FRAME};
use wurao_protocol::proof::Proof;
use wurao_protocol::{Digest, merkle};
use wurao_record::tips;

/// Raw bytes in a frame at most. Each is twice as long as the one before: on a link that breaks something has arrived soon,
/// and on one that holds a frame's own cost, a signature and what zstd has not seen before, is nothing.
const FRAME_BYTES: usize = 256 << 10;
/// Raw bytes of a portion that goes in one frame, whatever else would have had room there.
const MAX_RELAYED: usize = MAX_FRAME / 2;
/// What a server counts for an item of a frame beside its bytes.
pub(super) const ITEM_BYTES: usize = 64;

/// A frame before it is packed, and what its answer will speak of.
#[derive(Default)]
pub(super) struct Framed {
    pub(super) frame: Frame,
    bytes: usize,
    pub(super) records: Vec<Digest>,
    pub(super) entries: Vec<PushedDocument>,
    /// What the heads record covers each entry by: the tips of its changes, or the heads it names.
    pub(super) leaves: Vec<Digest>,
}

/// Frames as they fill.
pub(super) struct Frames {
    full: Vec<Framed>,
    last: Framed,
    room: usize,
}

impl Frames {
    /// The first one about this long.
    pub(super) fn of(first: usize) -> Self {
        Self { full: Vec::new(), last: Framed::default(), room: first.clamp(1, FRAME_BYTES) }
    }

    /// A frame with room for so many bytes: the last one, or a new one.
    fn with_room(&mut self, bytes: usize) -> &mut Framed {
        if self.last.bytes > 0 && self.last.bytes + bytes > self.room {
            self.close();
        }
        self.last.bytes += bytes;
        &mut self.last
    }

    fn close(&mut self) {
        if self.last.bytes > 0 {
            self.full.push(std::mem::take(&mut self.last));
            self.room = (self.room * 2).min(FRAME_BYTES);
        }
    }

    /// One more record.
    pub(super) fn record(&mut self, id: Digest, record: Bytes) {
        let framed = self.with_room(record.0.len());
        framed.frame.records.push(record);
        framed.records.push(id);
    }

    /// The changes of one document, cut between portions where frames are full.
    pub(super) fn changes(&mut self, changes: &[Unsent], portions: &[Portion]) -> Result<(), Error> {
        let mut rest = portions;
        while let Some((first, others)) = rest.split_first() {
            if first.bytes > MAX_RELAYED {
                self.together(&changes[first.changes.clone()], first.proofs.clone())?;
                rest = others;
                continue;
            }
            let mut left = self.with_room(first.bytes.max(1)).bytes;
            let room = self.room;
            let fits = |portion: &&Portion| {
                left += portion.bytes;
                left <= room
            };
            let (part, after) = rest.split_at(1 + others.iter().take_while(fits).count());
            let end = part.last().map_or(first.changes.end, |last| last.changes.end);
            self.last.bytes += part[1..].iter().map(|portion| portion.bytes).sum::<usize>();
            self.last.entry(&changes[first.changes.start..end])?;
            self.last.prove(part.iter().flat_map(|portion| portion.proofs.iter().cloned()).collect());
            rest = after;
        }
        Ok(())
    }

    /// A portion that is more than one frame holds, in several that are taken as one: the proofs are in the last of them.
    fn together(&mut self, changes: &[Unsent], proofs: Vec<Proof>) -> Result<(), Error> {
        self.close();
        let mut rest = changes;
        while !rest.is_empty() {
            let mut bytes = 0;
            let fits = |change: &&Unsent| {
                bytes += change.cost();
                bytes <= MAX_RELAYED
            };
            let (part, after) = rest.split_at(rest.iter().take_while(fits).count().max(1));
            let mut framed =
                Framed { frame: Frame { proofs: Some(Vec::new()), ..Frame::default() }, ..Framed::default() };
            framed.entry(part)?;
            self.full.push(framed);
            rest = after;
        }
        let mut last = Framed::default();
        last.prove(proofs);
        self.full.push(last);
        Ok(())
    }

    /// All of them.
    pub(super) fn whole(mut self) -> Vec<Framed> {
        self.close();
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

    /// With who has signed for the changes in it; two portions may have that from one.
    fn prove(&mut self, proofs: Vec<Proof>) {
        for proof in proofs {
            let all = self.frame.proofs.get_or_insert_default();
            if !all.contains(&proof) {
                all.push(proof);
            }
        }
    }
}
