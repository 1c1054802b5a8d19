//! The tree of a log that only grows (RFC 6962, 2.1): its root at any size, and the proofs that an entry is in it and that
//! an older state of it is a beginning of a newer one.
//!
//! Whoever keeps a log keeps the hash of every whole subtree as it is completed ([`grow`]); all else is found from those
//! in as many steps as the tree is high. Checking a proof needs nothing but the proof.

use super::inner;
use crate::Digest;

/// The hashes of whole subtrees: a node of level `l` at place `i` stands over the entries from `i << l` on, `1 << l` of them.
pub trait Nodes {
    /// What goes wrong when they are read.
    type Error;

    /// One of them; only those of whole subtrees are asked for.
    fn node(&self, level: u8, at: u64) -> Result<Digest, Self::Error>;
}

/// A node: its level, its place, its hash.
pub type Node = (u8, u64, Digest);

/// An entry as a leaf.
pub fn leaf(entry: &[u8]) -> Digest {
    Digest::of(&[&[0], entry])
}

/// The nodes that one more leaf completes, itself first, in a log that had `size` of them.
pub fn grow<N: Nodes>(nodes: &N, size: u64, leaf: Digest) -> Result<Vec<Node>, N::Error> {
    let mut grown = vec![(0, size, leaf)];
    let (mut level, mut at, mut hash) = (0, size, leaf);
    while at & 1 == 1 {
        hash = inner(&nodes.node(level, at - 1)?, &hash);
        level += 1;
        at >>= 1;
        grown.push((level, at, hash));
    }
    Ok(grown)
}

/// The root when the log had this many entries; of none, the hash of nothing.
pub fn root<N: Nodes>(nodes: &N, size: u64) -> Result<Digest, N::Error> {
    if size == 0 { Ok(Digest::of(&[])) } else { over(nodes, 0, size) }
}

/// The hashes beside the way from an entry to the root of a log of this size, lowest first; none when there is no such
/// entry. Checked by [`verify`](super::verify).
pub fn inclusion<N: Nodes>(nodes: &N, at: u64, size: u64) -> Result<Option<Vec<Digest>>, N::Error> {
    if at >= size {
        return Ok(None);
    }
    let (mut from, mut to) = (0, size);
    let mut beside = Vec::new();
    while to - from > 1 {
        let middle = from + split(to - from);
        if at < middle {
            beside.push(over(nodes, middle, to)?);
            to = middle;
        } else {
            beside.push(over(nodes, from, middle)?);
            from = middle;
        }
    }
    beside.reverse();
    Ok(Some(beside))
}

/// That the log of the old size is the beginning of that of the new one (RFC 9162, 2.1.4.1); none when the old size is
/// the larger. Empty when there is nothing to show: the older log was empty, or both are of one size.
pub fn consistency<N: Nodes>(nodes: &N, old: u64, new: u64) -> Result<Option<Vec<Digest>>, N::Error> {
    if old > new {
        return Ok(None);
    }
    if old == 0 || old == new {
        return Ok(Some(Vec::new()));
    }
    let (mut from, mut to) = (0, new);
    let mut proof = Vec::new();
    // Down to the subtree that ends with the old log's last entry.
    while to != old {
        let middle = from + split(to - from);
        if old <= middle {
            proof.push(over(nodes, middle, to)?);
            to = middle;
        } else {
            proof.push(over(nodes, from, middle)?);
            from = middle;
        }
    }
    // The whole old log is known to who checks.
    if from != 0 {
        proof.push(over(nodes, from, to)?);
    }
    proof.reverse();
    Ok(Some(proof))
}

/// A root and how many entries it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Entries.
    pub entries: u64,
    /// The root over them.
    pub root: Digest,
}

/// Whether a proof shows that the old log is the beginning of the new one (RFC 9162, 2.1.4.2). Anything is the
/// continuation of an empty log.
pub fn extends(old: &Size, new: &Size, proof: &[Digest]) -> bool {
    if old.entries == new.entries {
        return proof.is_empty() && old.root == new.root;
    }
    if old.entries > new.entries {
        return false;
    }
    if old.entries == 0 {
        return proof.is_empty() && old.root == Digest::of(&[]);
    }
    let (mut node, mut last) = (old.entries - 1, new.entries - 1);
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let (first, rest) = match proof.split_first() {
        // The old log is one whole subtree of the new one: the proof begins with it unsaid.
        _ if old.entries.is_power_of_two() => (old.root, proof),
        Some((first, rest)) => (*first, rest),
        None => return false,
    };
    let (mut before, mut after) = (first, first);
    for beside in rest {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            before = inner(beside, &before);
            after = inner(beside, &after);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            after = inner(&after, beside);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && before == old.root && after == new.root
}

/// The hash over some entries, at least one of them. The first is where a subtree of that size begins.
fn over<N: Nodes>(nodes: &N, from: u64, to: u64) -> Result<Digest, N::Error> {
    let size = to - from;
    if size.is_power_of_two() {
        let level = size.trailing_zeros();
        return nodes.node(level as u8, from >> level);
    }
    let middle = from + split(size);
    Ok(inner(&over(nodes, from, middle)?, &over(nodes, middle, to)?))
}

/// The largest power of two below a size of at least two.
fn split(size: u64) -> u64 {
    1 << (u64::BITS - 1 - (size - 1).leading_zeros())
}
