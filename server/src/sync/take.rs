//! The one write of a push.

use super::push::Push;
use super::{changes, cover, decide, devices, evidence, records};
use crate::store::Tx;
use crate::{Error, Keys};
use std::collections::{BTreeSet, HashSet};
use wurao_protocol::sync::{DocumentStatus, Status};
use wurao_protocol::{Digest, DocumentId};

/// What became of a push.
pub(super) struct Taken {
    pub(super) records: Vec<Status>,
    pub(super) documents: Vec<DocumentStatus>,
    /// The names of all that the push brought, which the feed leaves out.
    pub(super) own: HashSet<Digest>,
}

/// Takes a push. The order matters: sessions say who writes, changes need sessions, coverage needs changes, leaves need
/// changes, decisions need leaves.
pub(super) fn take(tx: &Tx<'_>, push: &Push, keys: &Keys, now_ms: i64) -> Result<Taken, Error> {
    devices::admit(tx, push, now_ms)?;
    decide::close_overdue(tx, keys, now_ms)?;
    let mut statuses = records::Statuses::new(push);
    let heads = statuses.take_sessions_and_heads(tx, push, now_ms)?;
    let entries = changes::take_all(tx, push, now_ms)?;
    cover::cover(tx, push, &heads, &entries)?;
    let facts = statuses.take_facts(tx, push, now_ms)?;
    let mut active: BTreeSet<DocumentId> = facts.documents;
    active.extend(entries.iter().filter(|entry| entry.known).map(|entry| entry.document));
    for document in &active {
        decide::decide(tx, keys, document, now_ms)?;
    }
    evidence::receipt(tx, keys, push, &facts.evidence, now_ms)?;
    let documents = entries.iter().map(|entry| entry.status(tx)).collect::<Result<_, _>>()?;
    let mut own: HashSet<Digest> = push.records.iter().flat_map(|record| &record.envelope).map(|e| e.id).collect();
    own.insert(push.device_record);
    own.extend(entries.iter().flat_map(|entry| &entry.taken));
    Ok(Taken { records: statuses.finish(), documents, own })
}
