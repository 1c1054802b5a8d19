//! The one write of a push.

use super::devices::Standing;
use super::push::Push;
use super::{answer, changes, cover, decide, devices, evidence, records};
use crate::permits::trust;
use crate::store::Tx;
use crate::{Error, Keys, audit};
use std::collections::{BTreeSet, HashSet};
use wurao_protocol::sync::{DocumentStatus, Holds, LogMark, Outcome, RequestHead, Shown, Status};
use wurao_protocol::{Digest, DocumentId};

/// What became of a push.
pub(super) struct Taken {
    pub(super) brought: Brought,
    /// How the phone stands.
    pub(super) standing: Standing,
    /// What the phone is told to do.
    pub(super) order: Option<Vec<u8>>,
    /// The log's mark, and its newest checkpoint when this phone is to witness it.
    pub(super) log: LogMark,
    pub(super) shown: Option<Shown>,
}

/// What became of what a push brought.
pub(super) struct Brought {
    pub(super) records: Vec<Status>,
    pub(super) documents: Vec<DocumentStatus>,
    /// The names of all that the push brought, which the feed leaves out.
    pub(super) own: HashSet<Digest>,
}

/// Takes a request: is it the phone's next one, what does it bring, and is the phone to be told something.
pub(super) fn take(
    tx: &Tx<'_>,
    head: &RequestHead,
    push: &Push,
    keys: &Keys,
    originals: bool,
    now_ms: i64,
) -> Result<Taken, Error> {
    let standing = devices::admit(tx, head, push, now_ms)?;
    let kept = audit::listen(tx, keys, &push.device.id, &head.seen, now_ms)?;
    trust::freshen(tx, keys, now_ms)?;
    decide::close_overdue(tx, keys, now_ms)?;
    let brought = bring(tx, push, keys, now_ms)?;
    let drained = standing == Standing::Revoked && is_drained(tx, head, push, &brought, originals)?;
    let order = if drained { Some(devices::wipe(tx, keys, &push.device.id, now_ms)?) } else { None };
    // A revoked phone learns nothing.
    let shown = if standing == Standing::Good { audit::show(tx, keys, &push.device.id, now_ms)? } else { None };
    let log = LogMark { kept, ..audit::mark(tx, keys)? };
    Ok(Taken { brought, standing, order, log, shown })
}

/// Takes in what a push brings. The order matters: sessions say who writes, late registrations need sessions, changes need
/// both, coverage needs changes, leaves need changes, decisions need leaves.
pub(super) fn bring(tx: &Tx<'_>, push: &Push, keys: &Keys, now_ms: i64) -> Result<Brought, Error> {
    let mut statuses = records::Statuses::new(push);
    let mut facts = records::Facts::default();
    let heads = statuses.take_sessions_and_heads(tx, keys, push, now_ms)?;
    statuses.take_lates(tx, push, now_ms, &mut facts)?;
    let entries = changes::take_all(tx, keys, push, now_ms)?;
    cover::cover(tx, push, &heads, &entries)?;
    statuses.take_facts(tx, keys, push, now_ms, &mut facts)?;
    let mut active: BTreeSet<DocumentId> = facts.documents.clone();
    active.extend(entries.iter().filter(|entry| entry.known).map(|entry| entry.document));
    for document in &active {
        decide::decide(tx, keys, document, now_ms)?;
    }
    evidence::receipt(tx, keys, push, &facts, now_ms)?;
    let documents = entries.iter().map(|entry| entry.status(tx)).collect::<Result<Vec<_>, _>>()?;
    let mut own: HashSet<Digest> = push.records.iter().flat_map(|record| &record.envelope).map(|e| e.id).collect();
    own.insert(push.device_record);
    own.extend(entries.iter().flat_map(|entry| &entry.taken));
    Ok(Brought { records: statuses.finish(tx, push)?, documents, own })
}

/// Whether the server holds all that a phone had: it says that it holds nothing beside this request, all of the request
/// was taken, and every photo it announced is here.
fn is_drained(tx: &Tx<'_>, head: &RequestHead, push: &Push, brought: &Brought, originals: bool) -> Result<bool, Error> {
    let kept = |status: &Status| matches!(status.outcome, Outcome::Ok | Outcome::Have | Outcome::Held);
    Ok(head.holds == Holds::default()
        && brought.records.iter().all(kept)
        && brought.documents.iter().all(|document| document.stopped.is_none() && kept(&document.status))
        && answer::wanted(tx, &push.device.id, originals, Some(1))?.is_empty())
}
