//! The first change of a document: the same bytes on every phone that opens it.

use std::fmt;
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use crate::clock::Clock;
use crate::encode::encode_genesis;
use crate::ids::{ActorId, ChangeHash, DocumentId};
use crate::limits::GENESIS_KEYS;
use crate::rows::ChangeRow;
use crate::value::Map;

/// Part of the document id, so that another set of maps is another document and never merges with this one.
pub const GENESIS_VERSION: u32 = 1;

/// Nobody's actor: it wrote the genesis and writes nothing else.
pub(crate) const GENESIS_ACTOR: ActorId = ActorId([0; 16]);

/// Keeps the hash apart from hashes of other things.
const DOMAIN: &[u8] = b"wurao document";

/// What fixes a document: two phones that start without a network under one permit open the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GenesisSeed {
    /// The permit's id, which outlives re-signing; for a late registration without a permit, an id the phone made.
    pub permit: [u8; 16],
    /// The site inspected.
    pub site: [u8; 16],
    /// The hash of the checklist.
    pub checklist: [u8; 32],
}

/// The first change of a document. It makes the six maps and writes into `meta` which document and checklist it is, so that no
/// change of another document can depend on it.
#[derive(Clone)]
pub struct Genesis {
    document: DocumentId,
    checklist: [u8; 32],
    /// Its bytes and their hash, once somebody has asked: most changes build on others.
    made: OnceLock<(Vec<u8>, ChangeHash)>,
}

impl Genesis {
    /// The genesis of the document that `seed` names.
    pub fn new(seed: &GenesisSeed) -> Genesis {
        let mut hash = Sha256::new();
        hash.update(DOMAIN);
        hash.update(GENESIS_VERSION.to_be_bytes());
        hash.update(seed.permit);
        hash.update(seed.site);
        hash.update(seed.checklist);
        let hash: [u8; 32] = hash.finalize().into();
        let mut id = [0; 16];
        id.copy_from_slice(&hash[..16]);
        Genesis::of(DocumentId(id), seed.checklist)
    }

    /// The genesis of a document known by its id and checklist, as rows keep it.
    pub fn of(document: DocumentId, checklist: [u8; 32]) -> Genesis {
        Genesis { document, checklist, made: OnceLock::new() }
    }

    fn made(&self) -> &(Vec<u8>, ChangeHash) {
        let [document_key, checklist_key] = GENESIS_KEYS;
        let meta: [(&str, &[u8]); 2] = [(document_key, &self.document.0), (checklist_key, &self.checklist)];
        self.made.get_or_init(|| encode_genesis(&meta))
    }

    /// Which document.
    pub fn document(&self) -> DocumentId {
        self.document
    }

    /// The hash of the checklist the inspection is pinned to.
    pub fn checklist(&self) -> [u8; 32] {
        self.checklist
    }

    /// The change, never sent: both sides make it.
    pub fn bytes(&self) -> &[u8] {
        &self.made().0
    }

    /// Its hash: what the first changes depend on.
    pub fn hash(&self) -> ChangeHash {
        self.made().1
    }

    /// Its row, for the gate and the builder. Its clock is empty: everything descends from it.
    pub(crate) fn row(&self) -> ChangeRow {
        let max_op = (Map::ALL.len() + GENESIS_KEYS.len()) as u64;
        ChangeRow {
            hash: self.hash(),
            actor: GENESIS_ACTOR,
            seq: 1,
            start_op: 1,
            max_op,
            time_ms: 0,
            clock: Clock::new(),
        }
    }
}

impl PartialEq for Genesis {
    fn eq(&self, other: &Self) -> bool {
        (self.document, self.checklist) == (other.document, other.checklist)
    }
}

impl Eq for Genesis {}

impl fmt::Debug for Genesis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Genesis({})", self.document)
    }
}
