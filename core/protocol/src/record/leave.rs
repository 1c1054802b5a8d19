use super::Stamp;
use crate::{Digest, DocumentId, PersonId};
use minicbor::{Decode, Encode};

/// A person's signed "I am done here". The ancestors of its heads are never late, however late they arrive.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Leave {
    /// The inspection left.
    #[n(0)]
    pub document: DocumentId,
    /// Who leaves.
    #[n(1)]
    pub person: PersonId,
    /// The session in which they leave.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub actor: [u8; 16],
    /// The document's heads on the phone then, sorted.
    #[n(3)]
    pub heads: Vec<Digest>,
    /// When.
    #[n(4)]
    pub at: Stamp,
}
