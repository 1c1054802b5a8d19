use super::Stamp;
use crate::{DocumentId, PersonId};
use minicbor::{Decode, Encode};

/// An inspection that was begun by mistake and shall not count. What was answered stays and is shown struck through.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Void {
    /// The inspection.
    #[n(0)]
    pub document: DocumentId,
    /// Who says so; one of the team.
    #[n(1)]
    pub person: PersonId,
    /// The session in which they do.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub actor: [u8; 16],
    /// Why; not empty.
    #[n(3)]
    pub reason: String,
    /// When.
    #[n(4)]
    pub at: Stamp,
}
