//! Trees of hashes by RFC 6962: the one under a heads record, over the sorted leaves of a push, and in [`log`] the one
//! of the audit log, which only grows.

pub mod log;

use crate::{Digest, DocumentId};

/// One leaf: SHA-256(0x00, document, its heads in order).
pub fn leaf(document: &DocumentId, heads: &[Digest]) -> Digest {
    let mut sorted = heads.to_vec();
    sorted.sort_unstable();
    let mut parts: Vec<&[u8]> = vec![&[0], &document.0];
    parts.extend(sorted.iter().map(|head| head.0.as_slice()));
    Digest::of(&parts)
}

/// The root over leaves in any order; of no leaves, the hash of nothing.
pub fn root(leaves: &[Digest]) -> Digest {
    let mut sorted = leaves.to_vec();
    sorted.sort_unstable();
    subtree(&sorted)
}

/// The hashes beside the way from a leaf to the root, lowest first; none when the leaf is not in the tree.
pub fn path(leaves: &[Digest], leaf: &Digest) -> Option<Vec<Digest>> {
    let mut sorted = leaves.to_vec();
    sorted.sort_unstable();
    let at = sorted.binary_search(leaf).ok()?;
    let mut path = Vec::new();
    walk(&sorted, at, &mut path);
    Some(path)
}

/// Whether a leaf at this place of a tree of this size hashes to the root.
pub fn verify(root: &Digest, leaf: &Digest, at: u64, size: u64, path: &[Digest]) -> bool {
    // RFC 9162, 2.1.3.2.
    if at >= size {
        return false;
    }
    let (mut node, mut last, mut hash) = (at, size - 1, *leaf);
    for beside in path {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            hash = inner(beside, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = inner(&hash, beside);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

fn inner(left: &Digest, right: &Digest) -> Digest {
    Digest::of(&[&[1], &left.0, &right.0])
}

fn split(size: usize) -> usize {
    // The largest power of two below size.
    1 << (usize::BITS - 1 - (size - 1).leading_zeros())
}

fn subtree(leaves: &[Digest]) -> Digest {
    match leaves {
        [] => Digest::of(&[]),
        [one] => *one,
        many => {
            let (left, right) = many.split_at(split(many.len()));
            inner(&subtree(left), &subtree(right))
        }
    }
}

fn walk(leaves: &[Digest], at: usize, path: &mut Vec<Digest>) {
    if leaves.len() < 2 {
        return;
    }
    let middle = split(leaves.len());
    let (left, right) = leaves.split_at(middle);
    if at < middle {
        walk(left, at, path);
        path.push(subtree(right));
    } else {
        walk(right, at - middle, path);
        path.push(subtree(left));
    }
}
