//! The records of a push, each taken once and answered by one status.

use super::apart::{self, Apart};
use super::arrival::arrived;
use super::author::{Author, By};
use super::push::{Incoming, Push};
use super::{carried, devices, evidence, lates, leaves, own, sessions, voids};
use crate::store::{Tx, rows};
use crate::{Error, Keys, audit};
use std::collections::BTreeSet;
use std::sync::Arc;
use wurao_protocol::envelope::Envelope;
use wurao_protocol::record::{Device, Heads, Kind, RecordBody, Stamp, Witness};
use wurao_protocol::sync::{Outcome, Status};
use wurao_protocol::words::is_plain;
use wurao_protocol::{DeviceId, Digest, DocumentId, PersonId, Problem};
use wurao_record::limits::MAX_TIME_MS;

/// In the column `held` of what is kept apart: until somebody decides.
pub(super) const HELD: i64 = 1;
/// The same: somebody has decided against it.
pub(super) const DECLINED: i64 = 2;

/// The most words of a reason, in characters.
const MAX_REASON: usize = 500;

/// A record that was not here before.
pub(super) struct New<T> {
    /// Who signed it.
    pub(super) author: Arc<Author>,
    pub(super) body: T,
    /// When it came, as it is kept.
    pub(super) received_ms: i64,
}

/// Why a record is not taken.
pub(super) type Refusal = (Problem, &'static str);

/// One status a record, filled in two rounds.
pub(super) struct Statuses(Vec<Option<Status>>);

/// What the second round brought.
#[derive(Default)]
pub(super) struct Facts {
    /// The inspections that leaves and evidence are about.
    pub(super) documents: BTreeSet<DocumentId>,
    /// The evidence taken just now, each with its device.
    pub(super) evidence: Vec<(DeviceId, Digest)>,
}

impl Statuses {
    pub(super) fn new(push: &Push) -> Self {
        Self(vec![None; push.records.len()])
    }

    /// Before all else: the phones whose work is passed on, of which a server may know nothing that was restored from before
    /// it let them in.
    pub(super) fn take_devices(&mut self, tx: &Tx<'_>, push: &Push, now_ms: i64) -> Result<(), Error> {
        for (status, record) in self.0.iter_mut().zip(&push.records) {
            if let Ok(envelope) = &record.envelope
                && envelope.kind == Kind::Device
                && let Some(device) = record.device()
            {
                *status = Some(taken_back(tx, &device, record, now_ms)?);
            }
        }
        Ok(())
    }

    /// The first round; returns the heads records, also those that were here: a retried push is covered by the same.
    pub(super) fn take_sessions_and_heads(
        &mut self,
        tx: &Tx<'_>,
        keys: &Keys,
        push: &Push,
        now_ms: i64,
    ) -> Result<Vec<Heads>, Error> {
        let mut heads = Vec::new();
        for (status, record) in self.0.iter_mut().zip(&push.records) {
            let Ok(envelope) = &record.envelope else { continue };
            match envelope.kind {
                // What the server itself has signed and lost: see `own`.
                Kind::Session if matches!(record.by, By::Server) => {
                    *status = Some(own::take_back_session(tx, keys, record, envelope, now_ms)?);
                }
                Kind::Heads if matches!(record.by, By::Server) => {
                    *status = Some(own::take_back_heads(tx, keys, record, envelope, now_ms)?);
                }
                Kind::Session => *status = Some(sessions::take(tx, record, envelope, now_ms)?),
                Kind::Heads if record.author().is_some() => {
                    let body = envelope.body::<Heads>();
                    let refusal = body.as_ref().err().map(|_| (Problem::Malformed, "payload"));
                    *status = Some(keep(tx, record, envelope, refusal, now_ms)?);
                    heads.extend(body);
                }
                _ => {}
            }
        }
        Ok(heads)
    }

    /// Between the two: late registrations, which open inspections that changes may be of.
    pub(super) fn take_lates(&mut self, tx: &Tx<'_>, push: &Push, now_ms: i64, facts: &mut Facts) -> Result<(), Error> {
        for (status, record) in self.0.iter_mut().zip(&push.records) {
            if let Ok(envelope) = &record.envelope
                && envelope.kind == Kind::Late
            {
                *status = Some(lates::take(tx, record, envelope, now_ms, facts)?);
            }
        }
        Ok(())
    }

    /// The second round: leaves, evidence, voids, what was carried; and the refusal of everything else.
    pub(super) fn take_facts(
        &mut self,
        tx: &Tx<'_>,
        keys: &Keys,
        push: &Push,
        now_ms: i64,
        facts: &mut Facts,
    ) -> Result<(), Error> {
        for (status, record) in self.0.iter_mut().zip(&push.records) {
            if status.is_some() {
                continue;
            }
            *status = Some(match &record.envelope {
                Err((problem, detail)) => Status::because(Outcome::Refused, *problem, detail.as_str()),
                Ok(envelope) => match envelope.kind {
                    Kind::Leave => leaves::take(tx, record, envelope, now_ms, facts)?,
                    Kind::Evidence => evidence::take(tx, record, envelope, now_ms, facts)?,
                    Kind::Void => voids::take(tx, record, envelope, now_ms, facts)?,
                    Kind::Carried => carried::take(tx, keys, record, envelope, now_ms)?,
                    Kind::Witness => witnessed(tx, record, envelope, now_ms)?,
                    _ if rows::has_record(tx, &envelope.id)? => Status::plain(Outcome::Have),
                    Kind::Heads => Status::because(Outcome::Refused, Problem::WrongSignature, "heads"),
                    kind => Status::because(Outcome::Refused, Problem::KindNotTaken, kind.name()),
                },
            });
        }
        Ok(())
    }

    /// Once all is decided: how what may be kept apart stands.
    pub(super) fn finish(self, tx: &Tx<'_>, push: &Push) -> Result<Vec<Status>, Error> {
        // Both rounds together fill every place.
        let told = |(status, record): (Status, &Incoming)| match &record.envelope {
            Ok(envelope) => match Apart::of(envelope.kind) {
                Some(apart) => apart::told(tx, apart, &envelope.id, status),
                None => Ok(status),
            },
            Err(_) => Ok(status),
        };
        self.0.into_iter().flatten().zip(&push.records).map(told).collect()
    }
}

/// That the phone has seen a checkpoint of the log.
fn witnessed(tx: &Tx<'_>, record: &Incoming, envelope: &Envelope, now_ms: i64) -> Result<Status, Error> {
    let (status, new) = keep_new(tx, record, envelope, now_ms, |_| None, |_, _: &Witness| Ok(None))?;
    if let Some(New { author, body, .. }) = new {
        audit::keep_witness(tx, &envelope.id, &author.id, &body, now_ms)?;
    }
    Ok(status)
}

/// A phone's record by which this server let it in, and which it has lost since.
fn taken_back(tx: &Tx<'_>, device: &Device, record: &Incoming, now_ms: i64) -> Result<Status, Error> {
    let new = devices::keep_device(tx, device, &record.bytes, now_ms)?;
    Ok(Status::plain(if new { Outcome::Ok } else { Outcome::Have }))
}

/// Keeps a record under the device that signed it, unless it is here or refused.
pub(super) fn keep(
    tx: &Tx<'_>,
    record: &Incoming,
    envelope: &Envelope,
    refusal: Option<Refusal>,
    now_ms: i64,
) -> Result<Status, Error> {
    if rows::has_record(tx, &envelope.id)? {
        return Ok(Status::plain(Outcome::Have));
    }
    let Some(author) = record.author() else {
        return Ok(Status::because(Outcome::Refused, Problem::WrongSignature, envelope.kind.name()));
    };
    if let Some((problem, detail)) = refusal {
        return Ok(Status::because(Outcome::Refused, problem, detail));
    }
    rows::keep_record(tx, envelope, &record.bytes, Some(author.id), now_ms)?;
    Ok(Status::plain(Outcome::Ok))
}

/// Keeps a record by what its kind says of its body and of who signed it; both come back when the record is new. `about` says of which
/// inspection it is, if it is of one.
pub(super) fn keep_new<T: RecordBody>(
    tx: &Tx<'_>,
    record: &Incoming,
    envelope: &Envelope,
    now_ms: i64,
    about: impl FnOnce(&T) -> Option<DocumentId>,
    refusal: impl FnOnce(&Author, &T) -> Result<Option<Refusal>, Error>,
) -> Result<(Status, Option<New<T>>), Error> {
    let body = envelope.body::<T>();
    let refusal = match (&body, record.author()) {
        (Err(_), _) => Some((Problem::Malformed, "payload")),
        (Ok(body), Some(author)) => refusal(author, body)?,
        (Ok(_), None) => None,
    };
    let document = body.as_ref().ok().and_then(about);
    let received_ms = arrived(tx, record.author().map(|author| &author.id), document.as_ref(), now_ms)?;
    let status = keep(tx, record, envelope, refusal, received_ms)?;
    let new = record.author().cloned().zip(body.ok()).filter(|_| status.outcome == Outcome::Ok);
    Ok((status, new.map(|(author, body)| New { author, body, received_ms })))
}

/// That a moment is none that any clock shows: before 1970, after 2100.
pub(super) fn untimely(at: &Stamp) -> Option<Refusal> {
    let fits = |ms: i64| (0..=MAX_TIME_MS).contains(&ms);
    let fits = fits(at.wall_ms) && fits(at.mono_ms) && at.server_ms.is_none_or(fits);
    (!fits).then_some((Problem::Field, "at"))
}

/// That a reason in a person's words is not there, has no end, or is not what it looks like.
pub(super) fn unreasoned(reason: &str) -> Option<Refusal> {
    let said = !reason.trim().is_empty() && reason.chars().count() <= MAX_REASON && is_plain(reason);
    (!said).then_some((Problem::Field, "reason"))
}

/// Whether the session of an actor is this person's on the device that signed.
pub(super) fn in_own_session(
    tx: &Tx<'_>,
    author: &Author,
    actor: &[u8; 16],
    person: &PersonId,
) -> Result<Option<Refusal>, Error> {
    Ok(match rows::session(tx, actor)? {
        None => Some((Problem::NoSession, "no session opened this actor")),
        Some(session) if session.device != author.id => Some((Problem::ForgedActor, "a session of another device")),
        Some(session) if session.person != *person => Some((Problem::ForgedActor, "a session of another person")),
        Some(_) => None,
    })
}

/// Whether an inspection is known and this person has a part in it.
pub(super) fn has_part(tx: &Tx<'_>, document: &DocumentId, person: &PersonId) -> Result<Option<Refusal>, Error> {
    if rows::inspection(tx, document)?.is_none() {
        return Ok(Some((Problem::NoPermit, "no permit leads to this document")));
    }
    let has = rows::has_part(tx, document, person)?;
    Ok((!has).then_some((Problem::NotOnTeam, "not on the permit's team")))
}
