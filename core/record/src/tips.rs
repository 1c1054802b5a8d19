//! Which of some changes nothing else among them builds on: what a phone signs of them, and what a server recomputes.

use std::collections::{BTreeMap, BTreeSet};

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

/// Those of some changes that these heads are or stand on: what a signature over the heads covers of them. A change that cannot
/// be read is none of them.
pub fn below<'a>(
    changes: impl IntoIterator<Item = &'a [u8]>,
    heads: impl IntoIterator<Item = ChangeHash>,
) -> BTreeSet<ChangeHash> {
    let read = |bytes: &[u8]| {
        let (hash, mut content) = open(bytes).ok()?;
        Some((hash, read_deps(&mut content).ok()?))
    };
    let known: BTreeMap<ChangeHash, Vec<ChangeHash>> = changes.into_iter().filter_map(read).collect();
    let mut next: Vec<ChangeHash> = heads.into_iter().collect();
    let mut found = BTreeSet::new();
    while let Some(hash) = next.pop() {
        if let Some(deps) = known.get(&hash)
            && found.insert(hash)
        {
            next.extend(deps);
        }
    }
    found
}
