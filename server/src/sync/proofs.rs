//! The signatures that travel with changes: of others, whose work a phone passes on, and of this server under what it feeds.

use super::author::Authors;
use crate::{Error, Keys};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use wurao_protocol::cbor::Bytes;
use wurao_protocol::envelope::{Envelope, seal};
use wurao_protocol::frame::DocumentChanges;
use wurao_protocol::key::Signer as _;
use wurao_protocol::proof::Proof;
use wurao_protocol::record::Heads;
use wurao_protocol::sync::Feed;
use wurao_protocol::{DeviceId, Digest, DocumentId, merkle};
use wurao_record::{below, tips};

/// Whose signatures that hold came with the changes of a push, by document.
#[derive(Default)]
pub(super) struct Proofs(BTreeMap<DocumentId, Vec<Proven>>);

/// What one device, or the server, has signed of a document.
pub(super) struct Proven {
    /// The device. None is the server: it had seen the signature of each of their authors, whoever they are, and may have
    /// lost that to a restore since.
    pub(super) by: Option<DeviceId>,
    pub(super) heads: BTreeSet<Digest>,
    /// Those of the changes beside it that these heads are or stand on.
    below: BTreeSet<Digest>,
}

impl Proofs {
    /// Those of these proofs that hold, for the documents that come with them. The others prove nothing, and that is all.
    pub(super) fn of(proofs: &[Proof], documents: &[DocumentChanges], authors: &Authors, keys: &Keys) -> Self {
        let mut changes: BTreeMap<DocumentId, Vec<&[u8]>> = BTreeMap::new();
        for item in documents {
            changes.entry(item.document).or_default().extend(item.changes.iter().map(|change| change.0.as_slice()));
        }
        // One record stands under many proofs: one for each of its documents.
        let mut signers: HashMap<&[u8], Option<Option<DeviceId>>> = HashMap::new();
        let mut signed: BTreeMap<(DocumentId, Option<DeviceId>), BTreeSet<Digest>> = BTreeMap::new();
        for proof in proofs.iter().filter(|proof| changes.contains_key(&proof.document)) {
            let Ok(envelope) = proof.open() else { continue };
            let by = match signers.entry(&proof.record.0) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(new) => *new.insert(signer(&envelope, authors, keys)),
            };
            if let Some(by) = by {
                signed.entry((proof.document, by)).or_default().extend(&proof.heads);
            }
        }
        let mut all = Self::default();
        for ((document, by), heads) in signed {
            // All heads of one signer at once: each change is read once for each of those who have signed.
            let beside = changes.get(&document).into_iter().flatten().copied();
            let below = below(beside, heads.iter().map(|head| head.0)).into_iter().map(Digest).collect();
            all.0.entry(document).or_default().push(Proven { by, heads, below });
        }
        all
    }

    /// What is proven of a document.
    pub(super) fn of_document(&self, document: &DocumentId) -> &[Proven] {
        self.0.get(document).map_or(&[], Vec::as_slice)
    }

    /// Whether a change of a session of this device is.
    pub(super) fn cover(&self, document: &DocumentId, device: &DeviceId, change: &Digest) -> bool {
        self.of_document(document).iter().any(|proven| proven.speaks_for(device) && proven.covers(change))
    }
}

impl Proven {
    /// Whether it stands over this one of the changes beside it.
    pub(super) fn covers(&self, change: &Digest) -> bool {
        self.below.contains(change)
    }

    fn speaks_for(&self, device: &DeviceId) -> bool {
        self.by.is_none_or(|by| by == *device)
    }
}

fn signer(envelope: &Envelope, authors: &Authors, keys: &Keys) -> Option<Option<DeviceId>> {
    if envelope.verify(&keys.records.public()).is_ok() {
        return Some(None);
    }
    authors.signer(envelope).map(|author| Some(author.id))
}

/// The server's signature over the changes of a piece of the feed, so that who is given it can pass them on where there is
/// no server, and bring them back to one that has lost them. None when it holds no changes.
///
/// It makes nothing forgeable. Only what is in force is fed, so it speaks of nothing but changes whose authors' signatures
/// were seen here. A piece of one change gives the very record that is the server's signature under a choice made at its page
/// (`own::has_signed`, and a phone's check of the feed); but that is asked of changes alone whose session is of the
/// server's own, and such a change is in force only when the server itself has made it, or has taken it back under that
/// very record. So under an actor of the page it never says more than was signed before.
pub(super) fn prove(keys: &Keys, feed: &Feed) -> Result<Option<Bytes>, Error> {
    if feed.documents.is_empty() {
        return Ok(None);
    }
    let leaf = |item: &DocumentChanges| {
        let tips = tips(item.changes.iter().map(|change| change.0.as_slice()));
        let heads: Vec<Digest> =
            tips.map_err(|_| Error::Missing("a change to be read"))?.into_iter().map(Digest).collect();
        Ok(merkle::leaf(&item.document, &heads))
    };
    let leaves = feed.documents.iter().map(leaf).collect::<Result<Vec<_>, Error>>()?;
    Ok(Some(Bytes(seal(&keys.records, &Heads::over(&leaves))?)))
}
