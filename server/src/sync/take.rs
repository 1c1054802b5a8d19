//! The one write of a push.

use super::devices::Standing;
use super::push::Push;
use super::{answer, bounds, changes, cover, decide, devices, evidence, records};
use crate::permits::trust;
use crate::store::Tx;
use crate::{Error, Keys, audit};
use std::collections::{BTreeSet, HashSet};
use wurao_protocol::sync::{DocumentStatus, Holds, LogMark, Outcome, RequestHead, Shown, Status};
use wurao_protocol::{DeviceId, Digest, DocumentId, Problem};

/// A request that was let in.
#[derive(Clone, Copy)]
pub(super) struct Opened {
    /// How the phone stands.
    pub(super) standing: Standing,
    /// What of all that the phone was ever told is still here, when the log was set back since.
    pub(super) kept: Option<audit::Surely>,
}

/// What became of what a push brought.
pub(super) struct Brought {
    pub(super) records: Vec<Status>,
    pub(super) documents: Vec<DocumentStatus>,
    /// How each change of an entry stands, where they do not stand alike.
    pub(super) each: Vec<Vec<Status>>,
    /// The names of all that the push brought, which the feed leaves out.
    pub(super) own: HashSet<Digest>,
    /// The log then.
    pub(super) log: LogMark,
    /// Whether this phone need not bring any of it again.
    pub(super) whole: bool,
}

/// What a request's answer ends with.
pub(super) struct Closed {
    /// What the phone is told to do.
    pub(super) order: Option<Vec<u8>>,
    /// The log's mark, and its newest checkpoint when this phone is to witness it.
    pub(super) log: LogMark,
    pub(super) shown: Option<Shown>,
}

/// Lets a request in: is it the phone's next one, and is anything due that waits for no phone.
fn open(tx: &Tx<'_>, head: &RequestHead, push: &Push, keys: &Keys) -> Result<Opened, Error> {
    let now_ms = tx.now_ms();
    let standing = devices::admit(tx, head, push, keys, now_ms)?;
    let kept = audit::listen(tx, keys, &push.device.id, &head.seen, now_ms)?;
    trust::freshen(tx, keys, now_ms)?;
    decide::close_overdue(tx, keys, now_ms)?;
    Ok(Opened { standing, kept })
}

/// The one write of a request's first frame: lets the request in, takes what the frame brings, and closes the push when it
/// is the last one.
pub(super) fn first(
    tx: &Tx<'_>,
    head: &RequestHead,
    push: &Push,
    keys: &Keys,
    (last, originals): (bool, bool),
) -> Result<(Opened, Brought, Option<Closed>), Error> {
    let opened = open(tx, head, push, keys)?;
    let brought = bring_counted(tx, push, keys)?;
    let ends = (opened, brought.whole, originals);
    let closed = if last { Some(close(tx, head, &push.device.id, keys, ends)?) } else { None };
    Ok((opened, brought, closed))
}

/// Once all is taken (`whole`: nothing of it was refused): is the phone to be told something.
pub(super) fn close(
    tx: &Tx<'_>,
    head: &RequestHead,
    device: &DeviceId,
    keys: &Keys,
    (opened, whole, originals): (Opened, bool, bool),
) -> Result<Closed, Error> {
    let now_ms = tx.now_ms();
    // Whether the server holds all that a revoked phone had: it says that it holds nothing beside this request, all of the
    // request was taken, and every photo it announced is here. What a server that was set back has lost, the phone does not say
    // that it holds before it hears of that.
    let drained = opened.standing == Standing::Revoked
        && opened.kept.is_none()
        && whole
        && head.holds == Holds::default()
        && answer::wanted(tx, device, originals, Some(1))?.is_empty();
    let order = if drained { Some(devices::wipe(tx, keys, device, now_ms)?) } else { None };
    // A revoked phone learns nothing.
    let shown = if opened.standing == Standing::Good { audit::show(tx, keys, device, now_ms)? } else { None };
    Ok(Closed { order, log: LogMark { kept: opened.kept.map(|kept| kept.entries), ..audit::mark(tx, keys)? }, shown })
}

/// Takes in what a frame of a request brings, unless its phone has brought too much today. By the clock of the write: what was
/// decided before it, was decided before.
pub(super) fn bring_counted(tx: &Tx<'_>, push: &Push, keys: &Keys) -> Result<Brought, Error> {
    let now_ms = tx.now_ms();
    bounds::frame(tx, &push.device.id, push.records.len(), push.bytes(), now_ms)?;
    bring(tx, push, keys, now_ms)
}

/// Takes in what a push brings. The order matters: devices say whose sessions are theirs, sessions say who writes, late registrations need sessions, changes need
/// both, coverage needs changes, leaves need changes, decisions need leaves.
pub(super) fn bring(tx: &Tx<'_>, push: &Push, keys: &Keys, now_ms: i64) -> Result<Brought, Error> {
    let mut statuses = records::Statuses::new(push);
    let mut facts = records::Facts::default();
    statuses.take_devices(tx, push, now_ms)?;
    let heads = statuses.take_sessions_and_heads(tx, keys, push, now_ms)?;
    statuses.take_lates(tx, push, now_ms, &mut facts)?;
    let entries = changes::take_all(tx, keys, push, now_ms)?;
    cover::cover(tx, push, &heads, &entries)?;
    cover::cover_proven(tx, &push.proofs, &entries)?;
    statuses.take_facts(tx, keys, push, now_ms, &mut facts)?;
    let mut active: BTreeSet<DocumentId> = facts.documents.clone();
    active.extend(entries.iter().filter(|entry| entry.known).map(|entry| entry.document));
    for document in &active {
        decide::decide(tx, keys, document, now_ms)?;
    }
    evidence::receipt(tx, keys, &facts, now_ms)?;
    let (mut documents, mut each) = (Vec::with_capacity(entries.len()), Vec::with_capacity(entries.len()));
    for entry in &entries {
        let states = entry.states(tx)?;
        documents.push(entry.status(tx, &states)?);
        each.push(entry.each(tx, &states)?);
    }
    let mut own: HashSet<Digest> = push.records.iter().flat_map(|record| &record.envelope).map(|e| e.id).collect();
    own.insert(push.device_record);
    own.extend(entries.iter().flat_map(|entry| &entry.taken));
    let records = statuses.finish(tx, push)?;
    let whole = is_whole(push, &records, &documents);
    Ok(Brought { records, documents, each, own, log: audit::mark(tx, keys)?, whole })
}

/// Whether all of it is kept here, but what others said of work that neither the server nor this phone has.
fn is_whole(push: &Push, records: &[Status], documents: &[DocumentStatus]) -> bool {
    let kept = |status: &Status| matches!(status.outcome, Outcome::Ok | Outcome::Have | Outcome::Held);
    let records = records.iter().zip(&push.records).all(|(status, record)| {
        let of_others = record.author().is_some_and(|author| author.id != push.device.id);
        kept(status) || of_others && status.problem == Some(Problem::UnknownDependency)
    });
    records && documents.iter().all(|document| document.stopped.is_none() && kept(&document.status))
}
