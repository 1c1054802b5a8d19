use crate::{Digest, DocumentId, PersonId};
use minicbor::{Decode, Encode};

/// What was decided about an inspection: by a rule (closing) or by a person.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Decision {
    /// The inspection.
    #[n(0)]
    pub document: DocumentId,
    /// What.
    #[n(1)]
    pub verdict: Verdict,
    /// The document's heads it stands on, sorted; of `Accepted` and `Declined` the changes and records decided on, of `Registered` and
    /// `NotRegistered` the late registration.
    #[n(2)]
    pub heads: Vec<Digest>,
    /// When, ms since 1970 UTC.
    #[n(3)]
    pub at_ms: i64,
    /// Who; none when a rule did.
    #[n(4)]
    pub by: Option<PersonId>,
    /// Why, in words; always there when somebody declines, withdraws or voids.
    #[n(5)]
    pub reason: Option<String>,
}

/// What can be decided.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(index_only)]
pub enum Verdict {
    /// The whole team has left, or ten days have passed since the last day.
    #[n(0)]
    Closed,
    /// Held work came into force, as it is.
    #[n(1)]
    Accepted,
    /// Held work did not, and never will.
    #[n(2)]
    Declined,
    /// A late registration was approved: the inspection counts as if it had been permitted.
    #[n(3)]
    Registered,
    /// A late registration was turned down.
    #[n(4)]
    NotRegistered,
    /// The inspection shall not count.
    #[n(5)]
    Voided,
    /// Its permit was withdrawn.
    #[n(6)]
    Withdrawn,
}
