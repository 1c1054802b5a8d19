//! Proof that somebody's device has signed what another one brings: a heads record, and the way from one of its
//! (document, heads) pairs to the root it signs.
//!
//! A change counts by its author's signature, never by who delivers it. In a push that signature is the push's own; a phone
//! that passes on what a colleague has written brings theirs. The server's heads record over a piece of the feed is the
//! same: it has seen these changes signed.

use crate::cbor::Bytes;
use crate::envelope::{self, Envelope};
use crate::record::{Heads, Kind};
use crate::{Digest, DocumentId, Problem, merkle};
use minicbor::{Decode, Encode};

/// The most proofs in one frame or hand-over file.
pub const MAX_PROOFS: usize = 1024;

/// That the signer of a heads record has signed for these heads of a document, and so for all that they stand on.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Proof {
    /// The [`Heads`] record.
    #[n(0)]
    pub record: Bytes,
    /// Which document.
    #[n(1)]
    pub document: DocumentId,
    /// Its heads, sorted.
    #[n(2)]
    pub heads: Vec<Digest>,
    /// The place of their leaf among the sorted leaves.
    #[n(3)]
    pub at: u32,
    /// The hashes beside the way to the root, lowest first.
    #[n(4)]
    pub path: Vec<Digest>,
}

impl Proof {
    /// One for each of the pairs that a heads record is over.
    pub fn all(record: &[u8], pairs: &[(DocumentId, Vec<Digest>)]) -> Vec<Self> {
        let mut leaves: Vec<Digest> = pairs.iter().map(|(document, heads)| merkle::leaf(document, heads)).collect();
        leaves.sort_unstable();
        let proof = |(document, heads): &(DocumentId, Vec<Digest>)| {
            let leaf = merkle::leaf(document, heads);
            let at = leaves.binary_search(&leaf).ok()?;
            let mut heads = heads.clone();
            heads.sort_unstable();
            let path = merkle::path(&leaves, &leaf)?;
            Some(Self { record: Bytes(record.to_vec()), document: *document, heads, at: at as u32, path })
        };
        pairs.iter().filter_map(proof).collect()
    }

    /// The heads record, once the way from the pair to its root is seen to hold. Whose it is, and whether the signature holds,
    /// is for who knows the key.
    ///
    /// # Errors
    /// What is no heads record, or leads elsewhere: [`Problem::KindNotTaken`], [`Problem::Malformed`], [`Problem::WrongSignature`].
    pub fn open(&self) -> Result<Envelope, Problem> {
        let envelope = envelope::open(&self.record.0).map_err(|_| Problem::Malformed)?;
        if envelope.kind != Kind::Heads {
            return Err(Problem::KindNotTaken);
        }
        let heads: Heads = envelope.body().map_err(|_| Problem::Malformed)?;
        if self.heads.is_empty() || !self.heads.is_sorted_by(|a, b| a < b) {
            return Err(Problem::Malformed);
        }
        let leaf = merkle::leaf(&self.document, &self.heads);
        if merkle::verify(&heads.root, &leaf, u64::from(self.at), u64::from(heads.leaves), &self.path) {
            Ok(envelope)
        } else {
            Err(Problem::WrongSignature)
        }
    }
}
