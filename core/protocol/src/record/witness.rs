use super::Stamp;
use crate::Digest;
use crate::cbor::Bytes;
use minicbor::{Decode, Encode};

/// A phone has seen a checkpoint of the server's log, and that it continues the one it saw before: from then on nobody
/// who holds the server's keys can show that phone, or who asks it, another past.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Witness {
    /// The checkpoint's epoch.
    #[n(0)]
    pub epoch: u32,
    /// Its entries.
    #[n(1)]
    pub size: u64,
    /// Its record.
    #[n(2)]
    pub checkpoint: Digest,
    /// When it was seen.
    #[n(3)]
    pub at: Stamp,
    /// The checkpoint itself, as the server signed it: a server that is without it may have lost it, and only this shows that it
    /// ever was. Phones of before did not add it.
    #[n(4)]
    pub signed: Option<Bytes>,
}
