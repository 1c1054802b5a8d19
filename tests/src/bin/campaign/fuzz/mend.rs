//! Mending: after a change somewhere inside, the signatures, hashes and checksums around it are made right again, so that what
//! was changed is reached.

use super::item::Item;
use crate::forge::cose::{LANE, to_sign};
use std::collections::BTreeMap;
use wurao_protocol::cbor;
use wurao_protocol::frame::{DocumentChanges, Frame};
use wurao_protocol::key::{PublicKey, Signer, SoftwareKey};
use wurao_protocol::record::{Heads, Kind};
use wurao_protocol::{Digest, merkle};

/// The tag of a record, and how many parts it has.
const SIGN1: u64 = 18;
const PARTS: usize = 4;
/// The most items of a frame that heads are made for.
const MOST_ITEMS: usize = 10_000;

/// Keys by the ids that records name.
#[derive(Default)]
pub(super) struct Keyring(BTreeMap<[u8; 8], SoftwareKey>);

impl Keyring {
    pub(super) fn add(&mut self, key: SoftwareKey) {
        self.0.insert(key.public().id().0, key);
    }

    /// The public halves.
    pub(super) fn public(&self) -> impl Iterator<Item = PublicKey> {
        self.0.values().map(SoftwareKey::public)
    }

    /// Signs anew whatever names a key of ours, the innermost first.
    pub(super) fn sign(&self, item: &mut Item) {
        item.each(&mut |item| {
            if let Some(parts) = parts(item)
                && let (Some(protected), Some(payload)) = (parts[0].content(), parts[2].content())
                && let Some(key) = key_of(&parts[0]).and_then(|id| self.0.get(&id))
                && let Ok(signature) = key.sign(&to_sign(&protected, LANE, &payload))
            {
                parts[3] = Item::Bytes(signature.to_vec());
            }
        });
    }
}

/// The parts of a record.
pub(super) fn parts(item: &mut Item) -> Option<&mut [Item]> {
    match item {
        Item::Tag(SIGN1, inner) => match &mut **inner {
            Item::List(parts) if parts.len() == PARTS => Some(parts),
            _ => None,
        },
        _ => None,
    }
}

/// What a record says, when that is still an item.
pub(super) fn payload(record: &mut Item) -> Option<&mut Item> {
    parts(record)?[2].within()
}

/// What the header of a record has under a label.
fn header(protected: &Item, label: u64) -> Option<&Item> {
    let Item::Within(map) = protected else { return None };
    let Item::Map(entries) = &**map else { return None };
    entries.iter().find(|(key, _)| *key == Item::number(label)).map(|(_, value)| value)
}

fn key_of(protected: &Item) -> Option<[u8; 8]> {
    header(protected, 4)?.content()?.try_into().ok()
}

/// Has the heads records of these frames stand over what the frames bring now, when that can be read.
pub(super) fn cover(frames: &mut [&mut Item]) {
    // Not of what is large only to be large.
    let read = |frame: &&mut Item| cbor::decode_at_most(&frame.bytes(), MOST_ITEMS).ok();
    let read: Option<Vec<Frame>> = frames.iter().map(read).collect();
    let Some(read) = read else { return };
    let leaves: Option<Vec<Digest>> = read.iter().flat_map(|frame| &frame.documents).map(leaf).collect();
    let Some(leaves) = leaves else { return };
    let heads = Heads::over(&leaves);
    let Some(said) = Item::read(&cbor::encode(&heads)) else { return };
    for frame in frames {
        frame.each(&mut |item| {
            let is_heads =
                |parts: &[Item]| header(&parts[0], 3) == Some(&Item::Text(Kind::Heads.name().as_bytes().to_vec()));
            if let Some(parts) = parts(item).filter(|parts| is_heads(parts)) {
                parts[2] = Item::Within(Box::new(said.clone()));
            }
        });
    }
}

fn leaf(entry: &DocumentChanges) -> Option<Digest> {
    let heads = match &entry.heads {
        Some(heads) => heads.clone(),
        None => {
            let tips = wurao_record::tips(entry.changes.iter().map(|change| change.0.as_slice())).ok()?;
            tips.into_iter().map(Digest).collect()
        }
    };
    Some(merkle::leaf(&entry.document, &heads))
}
