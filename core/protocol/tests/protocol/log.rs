//! The audit log's tree, held to another implementation: `tlog_tiles`, after Go's `sumdb/tlog`.

use proptest::prelude::*;
use std::collections::BTreeMap;
use std::convert::Infallible;
use tlog_tiles::tlog::{self, Hash, HashReader};
use wurao_protocol::merkle::log::{Nodes, Size, consistency, extends, grow, inclusion, leaf, root};
use wurao_protocol::{Digest, merkle};

#[derive(Default)]
struct Log {
    nodes: BTreeMap<(u8, u64), Digest>,
    leaves: Vec<Digest>,
}

impl Nodes for Log {
    type Error = Infallible;

    fn node(&self, level: u8, at: u64) -> Result<Digest, Infallible> {
        Ok(self.nodes[&(level, at)])
    }
}

impl HashReader for Log {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog::Error> {
        Ok(indexes.iter().map(|index| Hash(self.nodes[&tlog::split_stored_hash_index(*index)].0)).collect())
    }
}

impl Log {
    fn of(entries: u64) -> Self {
        let mut log = Self::default();
        for at in 0..entries {
            let leaf = leaf(&at.to_be_bytes());
            assert_eq!(leaf.0, tlog::record_hash(&at.to_be_bytes()).0);
            let grown = grow(&log, at, leaf).unwrap();
            log.nodes.extend(grown.into_iter().map(|(level, at, hash)| ((level, at), hash)));
            log.leaves.push(leaf);
        }
        log
    }

    fn size(&self, entries: u64) -> Size {
        Size { entries, root: root(self, entries).unwrap() }
    }
}

fn bare(proof: Vec<Hash>) -> Vec<Digest> {
    proof.into_iter().map(|hash| Digest(hash.0)).collect()
}

#[test]
fn roots_and_proofs_of_every_small_log_are_those_of_another_implementation() {
    let log = Log::of(70);
    assert_eq!(log.nodes.len() as u64, tlog::stored_hash_count(70), "each whole subtree once and nothing else");
    for new in 0..=70 {
        let size = log.size(new);
        assert_eq!(size.root.0, tlog::tree_hash(new, &log).unwrap().0, "{new}");
        for at in 0..new {
            let beside = inclusion(&log, at, new).unwrap().unwrap();
            assert_eq!(beside, bare(tlog::prove_record(new, at, &log).unwrap()), "{at} of {new}");
            assert!(merkle::verify(&size.root, &log.leaves[at as usize], at, new, &beside));
        }
        assert_eq!(inclusion(&log, new, new), Ok(None));
        for old in 0..=new {
            let proof = consistency(&log, old, new).unwrap().unwrap();
            if old > 0 {
                assert_eq!(proof, bare(tlog::prove_tree(new, old, &log).unwrap()), "{old} to {new}");
            }
            assert!(extends(&log.size(old), &size, &proof), "{old} to {new}");
        }
        assert_eq!(consistency(&log, new + 1, new), Ok(None));
    }
}

proptest! {
    #[test]
    fn no_proof_shows_what_is_not_so(
        old in 1_u64..60,
        more in 1_u64..60,
        which in any::<prop::sample::Index>(),
        bit in 0_usize..256,
        what in 0..6,
    ) {
        let log = Log::of(old + more);
        let (mut before, mut after) = (log.size(old), log.size(old + more));
        let mut proof = consistency(&log, old, old + more).unwrap().unwrap();
        let flip = |digest: &mut Digest| digest.0[bit / 8] ^= 1 << (bit % 8);
        match what {
            0 => flip(&mut before.root),
            1 => flip(&mut after.root),
            2 => {
                let at = which.index(proof.len());
                flip(&mut proof[at]);
            }
            3 => {
                proof.remove(which.index(proof.len()));
            }
            4 => proof.insert(which.index(proof.len() + 1), Digest([bit as u8; 32])),
            _ => std::mem::swap(&mut before, &mut after),
        }
        prop_assert!(!extends(&before, &after, &proof));
    }

    #[test]
    fn nothing_that_is_asked_panics(
        old in any::<u64>(),
        new in any::<u64>(),
        proof in prop::collection::vec(any::<[u8; 32]>().prop_map(Digest), 0..70),
    ) {
        let size = |entries| Size { entries, root: Digest([7; 32]) };
        prop_assert!(old == new || !extends(&size(old), &size(new), &proof));
    }
}
