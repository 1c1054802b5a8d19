//! Who has signed for which changes.

use crate::error::Error;
use crate::store::{documents, proofs, records};
use rusqlite::{Connection, Transaction};
use std::collections::{BTreeSet, HashMap};
use wurao_protocol::envelope::{self, Envelope};
use wurao_protocol::frame::DocumentChanges;
use wurao_protocol::key::PublicKey;
use wurao_protocol::proof::Proof;
use wurao_protocol::record::{Device, Heads};
use wurao_protocol::sync::Feed;
use wurao_protocol::{DeviceId, Digest, DocumentId};
use wurao_record::{ChangeHash, below, tips};

/// The most heads, and the longest way to the root, of a proof that is looked at.
const MOST_HEADS: usize = 64;
const MOST_PATH: usize = 32;

/// What some proofs cover of some changes.
#[derive(Default)]
pub(crate) struct Proven(HashMap<(DocumentId, ChangeHash), BTreeSet<DeviceId>>);

impl Proven {
    /// Reads proofs, each by whoever is known to hold its key, and says which hold.
    pub(crate) fn of(
        connection: &Connection,
        server_key: &PublicKey,
        documents: &[DocumentChanges],
        proofs: &[Proof],
    ) -> Result<(Self, Vec<proofs::Kept>), Error> {
        let devices = records::all::<Device>(connection)?;
        let mut proven = Self::default();
        let mut held = Vec::new();
        for proof in proofs.iter().filter(|proof| proof.heads.len() <= MOST_HEADS && proof.path.len() <= MOST_PATH) {
            let Some(signer) = proof.open().ok().and_then(|envelope| signer(&envelope, server_key, &devices)) else {
                continue;
            };
            for entry in documents.iter().filter(|entry| entry.document == proof.document) {
                let changes = entry.changes.iter().map(|change| change.0.as_slice());
                proven.add(&entry.document, changes, proof, signer);
            }
            held.push(proofs::Kept { signer, proof: proof.clone() });
        }
        Ok((proven, held))
    }

    /// Counts a proof whose signature holds.
    pub(crate) fn add<'a>(
        &mut self,
        document: &DocumentId,
        changes: impl IntoIterator<Item = &'a [u8]>,
        proof: &Proof,
        signer: DeviceId,
    ) {
        for hash in below(changes, proof.heads.iter().map(|head| head.0)) {
            self.0.entry((*document, hash)).or_default().insert(signer);
        }
    }

    /// Whether this device has signed for this change.
    pub(crate) fn by(&self, document: &DocumentId, hash: &ChangeHash, device: &DeviceId) -> bool {
        self.0.get(&(*document, *hash)).is_some_and(|signers| signers.contains(device))
    }
}

/// Whose key it is, when the signature holds.
fn signer(envelope: &Envelope, server_key: &PublicKey, devices: &[Device]) -> Option<DeviceId> {
    let keys = devices.iter().filter_map(|device| PublicKey::from_bytes(&device.key).ok());
    let mut keys = std::iter::once(server_key.clone()).chain(keys);
    let key = keys.find(|key| key.id() == envelope.key)?;
    envelope.verify(&key).is_ok().then(|| key.device())
}

/// Keeps the server's word for a piece of the feed: with it these changes can be handed on. One that does not hold is no
/// word; what it came with stands on what the feed itself is checked by.
pub(crate) fn keep_fed(tx: &Transaction<'_>, server_key: &PublicKey, feed: &Feed) -> Result<(), Error> {
    let Some(record) = &feed.proof else { return Ok(()) };
    let mut pairs: Vec<(DocumentId, Vec<Digest>)> = Vec::new();
    for entry in &feed.documents {
        let Ok(heads) = tips(entry.changes.iter().map(|change| change.0.as_slice())) else { return Ok(()) };
        pairs.push((entry.document, heads.into_iter().map(Digest).collect()));
    }
    let said = envelope::open_as::<Heads>(&record.0).and_then(|opened| opened.verified(server_key));
    if said.is_ok_and(|heads| heads == Heads::over_pairs(&pairs)) {
        for proof in Proof::all(&record.0, &pairs) {
            if documents::get(tx, &proof.document)?.is_some() {
                proofs::keep(tx, &server_key.device(), &proof)?;
            }
        }
    }
    Ok(())
}
