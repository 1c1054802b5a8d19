//! Which of some changes nothing else among them builds on: what a phone signs of them, and what a server recomputes.

use std::collections::BTreeSet;

use crate::chunk::open;
use crate::decode::read_deps;
use crate::error::GateError;
use crate::ids::ChangeHash;

/// The hashes of those changes that no other of them names as a dependency, sorted. Only envelopes and dependencies are
/// read: a change that the gate will refuse does not hide which heads were meant.
pub fn tips<'a>(changes: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<ChangeHash>, GateError> {
    let mut hashes = BTreeSet::new();
    let mut inner = BTreeSet::new();
    for bytes in changes {
        let (hash, mut content) = open(bytes)?;
        hashes.insert(hash);
        inner.extend(read_deps(&mut content)?);
    }
    Ok(hashes.difference(&inner).copied().collect())
}
