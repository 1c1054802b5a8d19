//! What was found on a lost phone, taken in as a push of it: the same signatures, the same gate, no counter.

use super::author::Authors;
use super::change_rows::{self, State};
use super::devices;
use super::own;
use super::push::{Incoming, Push, known_device};
use super::take::bring;
use crate::store::{Tx, rows};
use crate::{Error, Keys};
use wurao_protocol::cbor::Bytes;
use wurao_protocol::frame::DocumentChanges;
use wurao_protocol::sync::Status;
use wurao_protocol::{DeviceId, Digest, DocumentId, Problem};
use wurao_record::change_hash;

/// One push's worth.
pub(crate) struct Found(Push);

/// What became of it.
pub(crate) struct TakenIn {
    /// Of each record what became of it, and whether it was not here before.
    pub(crate) records: Vec<(Status, bool)>,
    pub(crate) changes: Vec<Came>,
}

/// What became of the changes of one inspection.
#[derive(Default)]
pub(crate) struct Came {
    /// Those that were not here before, or stand otherwise now.
    pub(crate) new: usize,
    /// Of these, those that are held.
    pub(crate) held: usize,
    /// Of these, those that wait for a signature over them.
    pub(crate) waiting: usize,
    /// Those that were not taken, and why.
    pub(crate) refused: usize,
    pub(crate) problem: Option<Problem>,
}

impl Found {
    /// Of the phone that this record says was let in by us.
    pub(crate) fn new(
        device: &[u8],
        keys: &Keys,
        records: &[Bytes],
        changes: &[(DocumentId, Vec<Bytes>)],
    ) -> Result<Self, Error> {
        let entry = |(document, changes): &(DocumentId, Vec<Bytes>)| DocumentChanges {
            document: *document,
            heads: None,
            changes: changes.clone(),
        };
        let mut push = Push::of(device.to_vec(), keys)?;
        push.add(records.to_vec(), changes.iter().map(entry).collect(), keys);
        Ok(Self(push))
    }
}

/// Which phone this record let in, when it is ours.
pub(crate) fn device_of(record: &[u8], keys: &Keys) -> Result<DeviceId, Error> {
    Ok(known_device(record, keys)?.1.id)
}

/// Takes it in; all of it or nothing.
pub(crate) fn take_in(tx: &Tx<'_>, found: Found, keys: &Keys, now_ms: i64) -> Result<TakenIn, Error> {
    let others = Authors::known(tx, own::device(keys), &found.0.others())?;
    let push = &found.0.signed_by(others, keys)?;
    devices::keep_device(tx, &push.device, &push.device_bytes, now_ms)?;
    let here = |record: &Incoming| match &record.envelope {
        Ok(envelope) => rows::has_record(tx, &envelope.id),
        Err(_) => Ok(false),
    };
    let known = push.records.iter().map(here).collect::<Result<Vec<_>, _>>()?;
    let before = push.documents.iter().map(|item| states(tx, item)).collect::<Result<Vec<_>, _>>()?;
    let brought = bring(tx, push, keys, now_ms)?;
    let mut changes = Vec::with_capacity(before.len());
    for ((item, before), told) in push.documents.iter().zip(before).zip(brought.documents) {
        let stopped = told.stopped.map_or(item.changes.len(), |at| at as usize);
        let mut came = Came { refused: item.changes.len() - stopped, problem: told.status.problem, ..Came::default() };
        for (before, after) in before.into_iter().zip(states(tx, item)?).take(stopped) {
            if before != after {
                came.new += 1;
                came.held += usize::from(after == Some(State::Held));
                came.waiting += usize::from(after == Some(State::Waiting));
            }
        }
        changes.push(came);
    }
    let records = brought.records.into_iter().zip(known).map(|(status, known)| (status, !known)).collect();
    Ok(TakenIn { records, changes })
}

/// How each change of an entry stands here; none when it is not here, or cannot be read.
fn states(tx: &Tx<'_>, item: &DocumentChanges) -> Result<Vec<Option<State>>, Error> {
    let state = |change: &Bytes| match change_hash(&change.0) {
        Ok(hash) => change_rows::state(tx, &item.document, &Digest(hash)),
        Err(_) => Ok(None),
    };
    item.changes.iter().map(state).collect()
}
