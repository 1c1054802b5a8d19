//! What was found on a lost phone, taken in as a push of it: the same signatures, the same gate, no counter.

use super::push::{Incoming, Push, known_device};
use super::take::bring;
use super::{change_rows, devices};
use crate::store::Tx;
use crate::{Error, Keys};
use wurao_protocol::cbor::Bytes;
use wurao_protocol::frame::DocumentChanges;
use wurao_protocol::sync::{DocumentStatus, Status};
use wurao_protocol::{DeviceId, Digest, DocumentId};
use wurao_record::change_hash;

/// One push's worth.
pub(crate) struct Found(Push);

/// What became of it.
pub(crate) struct TakenIn {
    pub(crate) records: Vec<Status>,
    /// Of each document what became of it, and how many changes were not here before.
    pub(crate) documents: Vec<(DocumentStatus, usize)>,
}

impl Found {
    /// Of the phone that this record says was let in by us.
    pub(crate) fn new(
        device: &[u8],
        keys: &Keys,
        records: &[Bytes],
        changes: &[(DocumentId, Vec<Bytes>)],
    ) -> Result<Self, Error> {
        let (device_record, about, key) = known_device(device, keys)?;
        let records = records.iter().map(|record| Incoming::open(record.0.clone(), &key)).collect();
        let entry = |(document, changes): &(DocumentId, Vec<Bytes>)| DocumentChanges {
            document: *document,
            heads: None,
            changes: changes.clone(),
        };
        let documents = changes.iter().map(entry).collect();
        Ok(Self(Push { device: about, device_record, device_bytes: device.to_vec(), key, records, documents }))
    }

    /// Which phone.
    pub(crate) fn device(&self) -> DeviceId {
        self.0.device.id
    }
}

/// Takes it in; all of it or nothing.
pub(crate) fn take_in(tx: &Tx<'_>, found: &Found, keys: &Keys, now_ms: i64) -> Result<TakenIn, Error> {
    let push = &found.0;
    devices::keep_device(tx, &push.device, &push.device_bytes, now_ms)?;
    let revoked = devices::is_revoked(tx, &push.device.id)?;
    let mut fresh = Vec::with_capacity(push.documents.len());
    for item in &push.documents {
        let mut new = 0;
        for change in &item.changes {
            let here = match change_hash(&change.0) {
                Ok(hash) => change_rows::state(tx, &item.document, &Digest(hash))?.is_some(),
                Err(_) => false,
            };
            new += usize::from(!here);
        }
        fresh.push(new);
    }
    let brought = bring(tx, push, keys, revoked, now_ms)?;
    Ok(TakenIn { records: brought.records, documents: brought.documents.into_iter().zip(fresh).collect() })
}
