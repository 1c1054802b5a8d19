use crate::Digest;
use crate::merkle::log::Size;
use minicbor::{Decode, Encode};

/// The server's audit log at a moment: whoever keeps one can tell whether what the log says later continues it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Checkpoint {
    /// Rises with every restore from a backup.
    #[n(0)]
    pub epoch: u32,
    /// Entries.
    #[n(1)]
    pub size: u64,
    /// The root over them (RFC 6962).
    #[n(2)]
    pub root: Digest,
    /// When, ms since 1970 UTC.
    #[n(3)]
    pub at_ms: i64,
}

impl Checkpoint {
    /// Its size with its root, as proofs speak of them.
    pub fn size(&self) -> Size {
        Size { entries: self.size, root: self.root }
    }
}
