use super::Stamp;
use crate::{Digest, DocumentId, PermitId, PersonId, SiteId};
use minicbor::{Decode, Encode};

/// A late registration: an inspection that was begun without a permit valid there and then. It is held, counted, and
/// decided by an approver. Filed within ten days of the visit; later ones are told apart.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Late {
    /// The inspection.
    #[n(0)]
    pub document: DocumentId,
    /// The permit it was begun under; when the phone holds none for the visit, a name that the phone has drawn.
    #[n(1)]
    pub permit: PermitId,
    /// Where.
    #[n(2)]
    pub site: SiteId,
    /// The checklist version, by the hash of its meaning.
    #[n(3)]
    pub checklist: Digest,
    /// Who registers.
    #[n(4)]
    pub person: PersonId,
    /// The session in which they do.
    #[cbor(n(5), with = "minicbor::bytes")]
    pub actor: [u8; 16],
    /// Which of the reasons that there are.
    #[n(6)]
    pub cause: Cause,
    /// The reason in words; not empty.
    #[n(7)]
    pub reason: String,
    /// How the permit stood on the phone (`expired`, `not-yet`, `clock-doubtful`, `revoked`, `no-permit`, ...).
    #[n(8)]
    pub standing: String,
    /// When.
    #[n(9)]
    pub at: Stamp,
}

/// Why an inspection may be registered late.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(index_only)]
pub enum Cause {
    /// Network or system did not let the permit through.
    #[n(0)]
    Network,
    /// It could not wait: danger to people or goods.
    #[n(1)]
    Urgent,
    /// The phone's clock could not be trusted.
    #[n(2)]
    Clock,
}

impl Cause {
    /// All of them.
    pub const ALL: [Cause; 3] = [Cause::Network, Cause::Urgent, Cause::Clock];

    /// A stable code.
    pub fn code(self) -> &'static str {
        match self {
            Cause::Network => "network",
            Cause::Urgent => "urgent",
            Cause::Clock => "clock",
        }
    }
}
