//! What the server's audit log is made of: one entry for each change of state, in the order in which they came about.
//!
//! An entry names things by their hashes and ids and carries nothing of their content, so the log may be shown to who may
//! not see what it is about. Its leaf in the tree is [`merkle::log::leaf`](crate::merkle::log::leaf) of its bytes.

use crate::cbor::Bytes;
use minicbor::{Decode, Encode};

/// One change of state.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Entry {
    /// When, ms since 1970 UTC by the server's clock.
    #[n(0)]
    pub at_ms: i64,
    /// What came about.
    #[n(1)]
    pub event: Event,
    /// What it is about: an id or a hash, or two of them one after the other.
    #[n(2)]
    pub subject: Bytes,
    /// Which state, kind or role; empty when the event says it all.
    #[n(3)]
    pub detail: String,
}

/// What can come about. New ones are appended, none changes its meaning. What villages say is not among them: an entry has a
/// time, and of theirs nothing but the day is kept.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Event {
    /// A record was kept; its id, its kind.
    #[n(0)]
    Record,
    /// A change passed the gate; document and hash.
    #[n(1)]
    Change,
    /// A change came into another state; document and hash, the state.
    #[n(2)]
    State,
    /// A photo's entry or a leave is kept apart, released or declined; its record, which of these.
    #[n(3)]
    Apart,
    /// A file is here whole; its SHA-256.
    #[n(4)]
    Blob,
    /// What somebody may do changed; the person, how.
    #[n(5)]
    Right,
    /// A plan item took a step; the item, which.
    #[n(6)]
    Plan,
    /// A phone was revoked or told to empty itself; the phone, which of these.
    #[n(7)]
    Phone,
    /// A division was imported, its code; or a table of base counts, its SHA-256; which of these.
    #[n(8)]
    Table,
    /// A service account was made or revoked; its id, which of these.
    #[n(9)]
    Account,
    /// A password was chosen, or a link for choosing one made; the person, which of these.
    #[n(10)]
    Password,
    /// The data were restored from a backup: a new epoch begins; the epoch, 4 bytes.
    #[n(11)]
    Epoch,
}
