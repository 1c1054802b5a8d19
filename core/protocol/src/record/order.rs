use crate::DeviceId;
use minicbor::{Decode, Encode};

/// What the server tells one phone to do.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Order {
    /// Which phone.
    #[n(0)]
    pub device: DeviceId,
    /// What.
    #[n(1)]
    pub what: Deed,
    /// When, ms since 1970 UTC.
    #[n(2)]
    pub at_ms: i64,
}

/// What a phone can be told to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(index_only)]
pub enum Deed {
    /// Destroy key, store and files: it was revoked and the server holds all it had.
    #[n(0)]
    Wipe,
}
