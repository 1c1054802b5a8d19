use crate::{Digest, DocumentId, merkle};
use minicbor::{Decode, Encode};

/// One signature over all that a push brings: the root of its (document, heads) pairs. Whatever is an ancestor of a
/// signed head, and of a session of the same device, is thereby signed.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Heads {
    /// The tree's root ([`merkle::root`]).
    #[n(0)]
    pub root: Digest,
    /// How many leaves it has.
    #[n(1)]
    pub leaves: u32,
}

impl Heads {
    /// Over these leaves ([`merkle::leaf`]).
    pub fn over(leaves: &[Digest]) -> Self {
        Self { root: merkle::root(leaves), leaves: leaves.len() as u32 }
    }

    /// Over these documents with their heads.
    pub fn over_pairs(pairs: &[(DocumentId, Vec<Digest>)]) -> Self {
        let leaves: Vec<Digest> = pairs.iter().map(|(document, heads)| merkle::leaf(document, heads)).collect();
        Self::over(&leaves)
    }
}
