//! The tree of a push against RFC 6962, computed here a second time from its definition.

use wurao_protocol::record::Heads;
use wurao_protocol::{Digest, DocumentId, merkle};

/// MTH of RFC 6962, section 2.1, over leaf hashes, in the order given.
fn tree(leaves: &[Digest]) -> Digest {
    match leaves.len() {
        0 => Digest::of(&[]),
        1 => leaves[0],
        n => {
            let mut k = 1;
            while k * 2 < n {
                k *= 2;
            }
            Digest::of(&[&[1], &tree(&leaves[..k]).0, &tree(&leaves[k..]).0])
        }
    }
}

/// PATH of RFC 6962, section 2.1.1.
fn audit(at: usize, leaves: &[Digest]) -> Vec<Digest> {
    let n = leaves.len();
    if n == 1 {
        return vec![];
    }
    let mut k = 1;
    while k * 2 < n {
        k *= 2;
    }
    let (mut path, beside) = if at < k {
        (audit(at, &leaves[..k]), tree(&leaves[k..]))
    } else {
        (audit(at - k, &leaves[k..]), tree(&leaves[..k]))
    };
    path.push(beside);
    path
}

/// Leaves in an order that is not that of their hashes.
fn leaves(size: usize) -> Vec<Digest> {
    (0..size).map(|n| merkle::leaf(&DocumentId([n as u8; 16]), &[Digest([n as u8; 32])])).collect()
}

fn sorted(leaves: &[Digest]) -> Vec<Digest> {
    let mut sorted = leaves.to_vec();
    sorted.sort_unstable();
    sorted
}

/// The entries and roots of the reference implementation of Certificate Transparency.
const ENTRIES: [&str; 8] =
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

#[test]
fn paths_lead_to_the_published_roots_of_certificate_transparency() {
    let leaves: Vec<Digest> = ENTRIES.iter().map(|entry| Digest::of(&[&[0], &hex::decode(entry).unwrap()])).collect();
    for size in 1..=8 {
        let root: Digest = ROOTS[size - 1].parse().unwrap();
        assert_eq!(tree(&leaves[..size]), root, "{size} entries");
        for at in 0..size {
            let path = audit(at, &leaves[..size]);
            assert!(merkle::verify(&root, &leaves[at], at as u64, size as u64, &path), "{at} of {size}");
        }
    }
}

#[test]
fn the_root_is_that_of_rfc_6962_over_the_sorted_leaves() {
    for size in 0..=33 {
        let leaves = leaves(size);
        let expected = tree(&sorted(&leaves));
        assert_eq!(merkle::root(&leaves), expected, "{size} leaves");
        let backwards: Vec<Digest> = leaves.iter().rev().copied().collect();
        assert_eq!(merkle::root(&backwards), expected);
        assert_eq!(Heads::over(&leaves), Heads { root: expected, leaves: size as u32 });
    }
}

#[test]
fn every_leaf_of_every_tree_has_a_path_and_no_other_place() {
    for size in 1..=33_u64 {
        let leaves = sorted(&leaves(size as usize));
        let root = merkle::root(&leaves);
        for (at, leaf) in leaves.iter().enumerate() {
            let path = merkle::path(&leaves, leaf).unwrap();
            assert_eq!(path, audit(at, &leaves));
            for place in 0..size + 2 {
                assert_eq!(
                    merkle::verify(&root, leaf, place, size, &path),
                    place == at as u64,
                    "leaf {at} of {size} at {place}"
                );
            }
        }
    }
}

#[test]
fn a_forged_path_is_refused() {
    for size in 1..=33_u64 {
        let leaves = sorted(&leaves(size as usize));
        let root = merkle::root(&leaves);
        for (at, leaf) in leaves.iter().enumerate() {
            let path = merkle::path(&leaves, leaf).unwrap();
            let holds = |root, leaf, path: &[Digest]| merkle::verify(root, leaf, at as u64, size, path);
            let mut longer = path.clone();
            longer.push(root);
            assert!(!holds(&root, leaf, &longer), "one hash more");
            assert!(!holds(&Digest([0; 32]), leaf, &path), "another root");
            assert!(!holds(&root, &Digest([0; 32]), &path), "another leaf");
            for n in 0..path.len() {
                let mut forged = path.clone();
                forged[n].0[31] ^= 1;
                assert!(!holds(&root, leaf, &forged), "hash {n} altered");
                let mut shorter = path.clone();
                shorter.remove(n);
                assert!(!holds(&root, leaf, &shorter), "hash {n} left out");
                if n > 0 {
                    let mut swapped = path.clone();
                    swapped.swap(n - 1, n);
                    assert!(!holds(&root, leaf, &swapped), "hash {n} and the one below it exchanged");
                }
            }
        }
    }
}

#[test]
fn an_inner_node_is_not_taken_for_a_leaf() {
    let leaves = sorted(&leaves(4));
    let root = merkle::root(&leaves);
    let (left, right) = (tree(&leaves[..2]), tree(&leaves[2..]));
    // It does lead to the root, in a tree of half the size: the size is signed with the root for this reason.
    assert!(merkle::verify(&root, &left, 0, 2, &[right]));
    assert!(!merkle::verify(&root, &left, 0, 4, &[right]));
    assert!(!merkle::verify(&root, &left, 1, 4, &[right]));
}

#[test]
fn a_path_longer_than_the_tree_is_high_is_refused_although_it_leads_to_the_root() {
    for size in 2..=33 {
        let leaves = sorted(&leaves(size));
        let (last, path) = (leaves[size - 1], audit(size - 1, &leaves));
        let root = tree(&leaves);
        // Every hash of the last leaf's path stands on its left, as it would beyond the top of a smaller tree.
        assert!(merkle::verify(&root, &last, size as u64 - 1, size as u64, &path));
        assert!(!merkle::verify(&root, &last, 0, 1, &path), "{size} leaves");
    }
}

#[test]
fn sizes_that_cannot_be_are_refused() {
    let leaf = Digest([1; 32]);
    assert!(!merkle::verify(&leaf, &leaf, 0, 0, &[]));
    assert!(!merkle::verify(&leaf, &leaf, 1, 1, &[]));
    assert!(!merkle::verify(&leaf, &leaf, u64::MAX, u64::MAX, &[]));
    assert!(!merkle::verify(&leaf, &leaf, u64::MAX - 1, u64::MAX, &[leaf; 64]));
    assert!(!merkle::verify(&leaf, &leaf, 0, u64::MAX, &[leaf; 1_000]));
}

#[test]
fn a_leaf_that_is_not_in_the_tree_has_no_path() {
    assert_eq!(merkle::path(&leaves(5), &Digest([0; 32])), None);
    assert_eq!(merkle::path(&[], &Digest([0; 32])), None);
}

#[test]
fn a_leaf_is_its_document_and_its_heads_in_any_order() {
    let document = DocumentId([7; 16]);
    let (a, b) = (Digest([1; 32]), Digest([2; 32]));
    let expected = Digest::of(&[&[0], &document.0, &a.0, &b.0]);
    assert_eq!(merkle::leaf(&document, &[a, b]), expected);
    assert_eq!(merkle::leaf(&document, &[b, a]), expected);
    assert_ne!(merkle::leaf(&document, &[a]), expected);
    assert_ne!(merkle::leaf(&DocumentId([8; 16]), &[a, b]), expected);
}
