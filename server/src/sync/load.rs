//! How much one push may bring.
//!
//! A small request can unpack to much, each item costs work under the writer and a place in the answer, and records are held
//! twice: as they came and taken apart. An honest phone stays below: two megabytes of changes and two of records. Within
//! these limits an answer always fits, so a push that was committed is never left unanswered for its size.

use wurao_protocol::Problem;
use wurao_protocol::frame::Frame;
use wurao_protocol::proof::MAX_PROOFS;

/// The most bytes of all frames together, unpacked.
const MAX_BYTES: usize = 8 << 20;
/// What an item of a frame costs beside its bytes.
const ITEM_BYTES: usize = 64;
const MAX_RECORDS: usize = 16 << 10;
const MAX_ENTRIES: usize = 8 << 10;
const MAX_CHANGES: usize = 32 << 10;
/// The most heads named by all entries and proofs together.
const MAX_HEADS: usize = 16 << 10;
/// The most proofs of all frames together: each may cost a signature to be checked.
const MAX_ALL_PROOFS: usize = 4 * MAX_PROOFS;

/// What has come so far of one push.
#[derive(Default)]
pub(super) struct Load {
    bytes: usize,
    records: usize,
    entries: usize,
    changes: usize,
    heads: usize,
    proofs: usize,
}

impl Load {
    /// One more frame, unless it is too much.
    pub(super) fn add(&mut self, frame: &Frame) -> Result<(), Problem> {
        let changes = || frame.documents.iter().flat_map(|entry| &entry.changes);
        let proofs = frame.proofs.as_deref().unwrap_or_default();
        let named = frame.documents.iter().flat_map(|entry| &entry.heads).map(Vec::len).sum::<usize>();
        let heads = named + proofs.iter().map(|proof| proof.heads.len()).sum::<usize>();
        let beside = proofs.iter().map(|proof| proof.path.len()).sum::<usize>();
        self.records += frame.records.len();
        self.entries += frame.documents.len();
        self.changes += changes().count();
        self.heads += heads;
        self.proofs += proofs.len();
        let items = frame.records.len() + frame.documents.len() + changes().count() + proofs.len();
        let signed = proofs.iter().map(|proof| &proof.record);
        let bytes = frame.records.iter().chain(changes()).chain(signed).map(|item| item.0.len()).sum::<usize>();
        self.bytes += bytes + (heads + beside) * 32 + items * ITEM_BYTES;
        let fits = self.bytes <= MAX_BYTES
            && self.records <= MAX_RECORDS
            && self.entries <= MAX_ENTRIES
            && self.changes <= MAX_CHANGES
            && self.heads <= MAX_HEADS
            && proofs.len() <= MAX_PROOFS
            && self.proofs <= MAX_ALL_PROOFS;
        if fits { Ok(()) } else { Err(Problem::TooLarge) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wurao_protocol::cbor::Bytes;
    use wurao_protocol::frame::DocumentChanges;
    use wurao_protocol::proof::Proof;
    use wurao_protocol::{Digest, DocumentId};

    fn records(count: usize) -> Frame {
        Frame { records: vec![Bytes::default(); count], documents: vec![], proofs: None }
    }

    fn entries(count: usize, changes: usize, heads: usize) -> Frame {
        let entry = DocumentChanges {
            document: DocumentId([1; 16]),
            heads: Some(vec![Digest([2; 32]); heads]),
            changes: vec![Bytes::default(); changes],
        };
        Frame { records: vec![], documents: vec![entry; count], proofs: None }
    }

    fn proofs(count: usize) -> Frame {
        let (record, heads, path) = (Bytes::default(), vec![Digest([2; 32])], vec![]);
        let proof = Proof { record, document: DocumentId([1; 16]), heads, at: 0, path };
        Frame { proofs: Some(vec![proof; count]), ..Frame::default() }
    }

    #[test]
    fn each_frame_has_a_few_proofs_and_all_of_them_not_many_more() {
        assert_eq!(Load::default().add(&proofs(MAX_PROOFS + 1)), Err(Problem::TooLarge));
        let mut load = Load::default();
        for _ in 0..MAX_ALL_PROOFS / MAX_PROOFS {
            assert_eq!(load.add(&proofs(MAX_PROOFS)), Ok(()));
        }
        assert_eq!(load.add(&proofs(1)), Err(Problem::TooLarge));
    }

    #[test]
    fn each_limit_holds_over_all_frames_together() {
        let over = [
            (records(MAX_RECORDS), records(1)),
            (entries(MAX_ENTRIES, 0, 0), entries(1, 0, 0)),
            (entries(1, MAX_CHANGES, 0), entries(1, 1, 0)),
            (entries(1, 0, MAX_HEADS), entries(1, 0, 1)),
            (
                Frame { records: vec![Bytes(vec![0; MAX_BYTES - ITEM_BYTES])], documents: vec![], proofs: None },
                records(1),
            ),
        ];
        for (most, one_more) in over {
            let mut load = Load::default();
            assert_eq!(load.add(&most), Ok(()));
            assert_eq!(load.add(&one_more), Err(Problem::TooLarge));
        }
    }
}
