//! What happened, as a hash: the same seed gives the same. With `WURAO_TRACE` set it is also printed.

use sha2::{Digest, Sha256};

/// Everything that happened so far.
pub(super) struct Trace {
    hash: Sha256,
    printed: bool,
    events: u64,
}

impl Trace {
    pub(super) fn new() -> Self {
        Self { hash: Sha256::new(), printed: std::env::var_os("WURAO_TRACE").is_some(), events: 0 }
    }

    /// Something happened.
    pub(super) fn note(&mut self, what: &str) {
        self.events += 1;
        self.hash.update(what.as_bytes());
        self.hash.update([0]);
        if self.printed {
            crate::roles::complain(&format!("{:5} {what}", self.events));
        }
    }

    /// Bytes that went over a line.
    pub(super) fn bytes(&mut self, what: &str, bytes: &[u8]) {
        let name: [u8; 32] = Sha256::digest(bytes).into();
        self.note(&format!("{what} {} bytes {}", bytes.len(), hex::encode(&name[..6])));
    }

    pub(super) fn digest(&self) -> [u8; 32] {
        self.hash.clone().finalize().into()
    }
}
