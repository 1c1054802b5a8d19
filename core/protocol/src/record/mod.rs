//! The records: one file per kind, and the list of kinds.
//!
//! A record never changes and is named by its hash. What varies in time (who may work, what is closed) is a later
//! record, not an edit.

mod carried;
mod chain;
mod checklist;
mod checkpoint;
mod decision;
mod device;
mod evidence;
mod heads;
mod late;
mod leave;
mod order;
mod person;
mod plan_item;
mod presentation;
mod receipt;
mod session;
mod site;
mod trust;
mod void;
mod witness;

pub use carried::Carried;
pub use chain::ChainEnd;
pub use checklist::Checklist;
pub use checkpoint::Checkpoint;
pub use decision::{Decision, Verdict};
pub use device::Device;
pub use evidence::{Blob, Capture, EvidenceEntry, Image, Position};
pub use heads::Heads;
pub use late::{Cause, Late};
pub use leave::Leave;
pub use order::{Deed, Order};
pub use person::Person;
pub use plan_item::PlanItem;
pub use presentation::Presentation;
pub use receipt::{Receipt, State};
pub use session::{Session, Stamp};
pub use site::Site;
pub use trust::{PermitKey, Revocation, RevokedPhone, TrustList};
pub use void::Void;
pub use witness::Witness;

/// What can be the payload of a record.
pub trait RecordBody: minicbor::Encode<()> + for<'b> minicbor::Decode<'b, ()> {
    /// Its kind, which stands in the signed header.
    const KIND: Kind;
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $text:literal => $body:ty, $signer:ident;)*) => {
        /// The kinds of records.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
        pub enum Kind { $($(#[$doc])* $name,)* }

        impl Kind {
            /// All kinds, in the order they were introduced.
            pub const ALL: &'static [Kind] = &[$(Kind::$name,)*];

            /// The name in the signed header.
            pub fn name(self) -> &'static str {
                match self { $(Kind::$name => concat!("wurao/", $text),)* }
            }

            /// The kind of that name.
            pub fn from_name(name: &str) -> Option<Kind> {
                Kind::ALL.iter().copied().find(|kind| kind.name() == name)
            }

            /// Who signs such a record.
            pub fn signer(self) -> SignedBy {
                match self { $(Kind::$name => SignedBy::$signer,)* }
            }
        }

        $(impl RecordBody for $body { const KIND: Kind = Kind::$name; })*
    };
}

/// Who signs a kind of record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SignedBy {
    /// A phone, or the server when it acts as one.
    Device,
    /// The server, with the key that phones know from their enrolment.
    Server,
    /// The server, with a key of its list of keys ([`TrustList::says`]): these rotate.
    PermitKey,
}

kinds! {
    /// One person at work on one device.
    Session = "session" => Session, Device;
    /// One signature over what a push brings.
    Heads = "heads" => Heads, Device;
    /// A person's "I am done here".
    Leave = "leave" => Leave, Device;
    /// A photo: hashes, time, place, chain.
    Evidence = "evidence" => EvidenceEntry, Device;
    /// The head of a sync request.
    Request = "request" => crate::sync::RequestHead, Device;
    /// A new phone asking to be let in.
    Enrol = "enrol" => crate::enrol::EnrolRequest, Device;
    /// A phone that was let in.
    Device = "device" => Device, Server;
    /// A person.
    Person = "person" => Person, Server;
    /// A site.
    Site = "site" => Site, Server;
    /// One approved kind of inspection.
    PlanItem = "plan-item" => PlanItem, Server;
    /// A checklist version.
    Checklist = "checklist" => Checklist, Server;
    /// One approved visit.
    Permit = "permit" => crate::permit::Permit, PermitKey;
    /// What the server took, and in which state.
    Receipt = "receipt" => Receipt, Server;
    /// What was decided about an inspection.
    Decision = "decision" => Decision, Server;
    /// The keys that sign permits, and what was withdrawn.
    TrustList = "trust-list" => TrustList, Server;
    /// An inspection begun without a permit valid there and then.
    Late = "late" => Late, Device;
    /// An inspection that shall not count.
    Void = "void" => Void, Device;
    /// What a village said, carried by a phone that cannot read it.
    Carried = "carried" => Carried, Device;
    /// What one phone is told to do.
    Order = "order" => Order, Server;
    /// A permit as it is shown.
    Presentation = "presentation" => Presentation, Device;
    /// The server's audit log at a moment.
    Checkpoint = "checkpoint" => Checkpoint, Server;
    /// A phone has seen a checkpoint.
    Witness = "witness" => Witness, Device;
    /// What a phone has, told to a colleague's that shall give it the rest.
    Ask = "ask" => crate::handover::Ask, Device;
    /// What one phone gives another without a server.
    HandOver = "hand-over" => crate::handover::HandOver, Device;
}
