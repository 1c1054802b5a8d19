//! The records of a push, each taken once and answered by one status.

use super::push::{Incoming, Push};
use super::{carried, evidence, lates, leaves, sessions, voids};
use crate::people::rights::Inspects;
use crate::store::{Tx, rows};
use crate::{Error, Keys};
use rusqlite::{OptionalExtension, params};
use std::collections::BTreeSet;
use wurao_protocol::envelope::Envelope;
use wurao_protocol::record::{Heads, Kind, RecordBody};
use wurao_protocol::sync::{Outcome, Status};
use wurao_protocol::{Digest, DocumentId, PersonId, Problem};

/// In the column `held` of what is kept apart: until somebody decides.
pub(super) const HELD: i64 = 1;
/// The same: somebody has decided against it.
pub(super) const DECLINED: i64 = 2;

/// The most words of a reason, in characters.
const MAX_REASON: usize = 500;

/// Why a record is not taken.
pub(super) type Refusal = (Problem, &'static str);

/// One status a record, filled in two rounds.
pub(super) struct Statuses(Vec<Option<Status>>);

/// What the second round brought.
#[derive(Default)]
pub(super) struct Facts {
    /// The inspections that leaves and evidence are about.
    pub(super) documents: BTreeSet<DocumentId>,
    /// The evidence taken just now, and whether it is held.
    pub(super) evidence: Vec<(Digest, bool)>,
    /// Whether the pushing phone was revoked: then nothing of it takes effect until a person says so.
    pub(super) revoked: bool,
}

impl Facts {
    /// Whether a photo or a leave of this person is kept apart until somebody decides.
    pub(super) fn holds(&self, tx: &Tx<'_>, person: &PersonId, now_ms: i64) -> Result<bool, Error> {
        Ok(self.revoked || !Inspects::of(tx, person)?.at(now_ms))
    }

    /// Why, when it is.
    pub(super) fn held_for(&self) -> Problem {
        if self.revoked { Problem::FromRevoked } else { Problem::Forbidden }
    }
}

impl Statuses {
    pub(super) fn new(push: &Push) -> Self {
        Self(vec![None; push.records.len()])
    }

    /// The first round; returns the heads records, also those that were here: a retried push is covered by the same.
    pub(super) fn take_sessions_and_heads(
        &mut self,
        tx: &Tx<'_>,
        push: &Push,
        now_ms: i64,
    ) -> Result<Vec<Heads>, Error> {
        let mut heads = Vec::new();
        for (status, record) in self.0.iter_mut().zip(&push.records) {
            let Ok(envelope) = &record.envelope else { continue };
            match envelope.kind {
                Kind::Session => *status = Some(sessions::take(tx, push, record, envelope, now_ms)?),
                Kind::Heads if record.signed => {
                    let body = envelope.body::<Heads>();
                    let refusal = body.as_ref().err().map(|_| (Problem::Malformed, "payload"));
                    *status = Some(keep(tx, push, record, envelope, refusal, now_ms)?);
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
                *status = Some(lates::take(tx, push, record, envelope, now_ms, facts)?);
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
                    Kind::Leave => leaves::take(tx, push, record, envelope, now_ms, facts)?,
                    Kind::Evidence => evidence::take(tx, push, record, envelope, now_ms, facts)?,
                    Kind::Void => voids::take(tx, keys, push, record, envelope, now_ms, facts)?,
                    Kind::Carried => carried::take(tx, keys, push, record, envelope, now_ms)?,
                    _ if rows::has_record(tx, &envelope.id)? => Status::plain(Outcome::Have),
                    Kind::Heads => Status::because(Outcome::Refused, Problem::WrongSignature, "heads"),
                    kind => Status::because(Outcome::Refused, Problem::KindNotTaken, kind.name()),
                },
            });
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Vec<Status> {
        // Both rounds together fill every place.
        self.0.into_iter().flatten().collect()
    }
}

/// Keeps a record signed by the pushing device, unless it is here or refused.
pub(super) fn keep(
    tx: &Tx<'_>,
    push: &Push,
    record: &Incoming,
    envelope: &Envelope,
    refusal: Option<Refusal>,
    now_ms: i64,
) -> Result<Status, Error> {
    if rows::has_record(tx, &envelope.id)? {
        return Ok(Status::plain(Outcome::Have));
    }
    if !record.signed {
        return Ok(Status::because(Outcome::Refused, Problem::WrongSignature, envelope.kind.name()));
    }
    if let Some((problem, detail)) = refusal {
        return Ok(Status::because(Outcome::Refused, problem, detail));
    }
    rows::keep_record(tx, envelope, &record.bytes, Some(push.device.id), now_ms)?;
    Ok(Status::plain(Outcome::Ok))
}

/// Keeps a record by what its kind says of its body; the body comes back when the record is new.
pub(super) fn keep_new<T: RecordBody>(
    tx: &Tx<'_>,
    push: &Push,
    record: &Incoming,
    envelope: &Envelope,
    now_ms: i64,
    refusal: impl FnOnce(&T) -> Result<Option<Refusal>, Error>,
) -> Result<(Status, Option<T>), Error> {
    let body = envelope.body::<T>();
    let refusal = match &body {
        Err(_) => Some((Problem::Malformed, "payload")),
        Ok(body) => refusal(body)?,
    };
    let status = keep(tx, push, record, envelope, refusal, now_ms)?;
    let new = body.ok().filter(|_| status.outcome == Outcome::Ok);
    Ok((status, new))
}

/// That a reason in a person's words is there and has an end.
pub(super) fn unreasoned(reason: &str) -> Option<Refusal> {
    let said = !reason.trim().is_empty() && reason.chars().count() <= MAX_REASON;
    (!said).then_some((Problem::Field, "reason"))
}

/// Where records of revoked phones, and of people who inspect no more, are kept until somebody decides.
#[derive(Clone, Copy)]
pub(super) enum Apart {
    Evidence,
    Leaves,
}

/// What a phone is told of a record that was kept, also when it was here before: that it is held, when it is.
pub(super) fn kept(tx: &Tx<'_>, facts: &Facts, apart: Apart, record: &Digest, status: Status) -> Result<Status, Error> {
    if !matches!(status.outcome, Outcome::Ok | Outcome::Have) {
        return Ok(status);
    }
    let sql = match apart {
        Apart::Evidence => "SELECT held FROM evidence WHERE record = ?1",
        Apart::Leaves => "SELECT held FROM leave WHERE record = ?1",
    };
    let held: Option<i64> = tx.prepare_cached(sql)?.query_row(params![record.0], |row| row.get(0)).optional()?;
    Ok(match held {
        Some(HELD) => Status::because(Outcome::Held, facts.held_for(), ""),
        Some(DECLINED) => Status::because(Outcome::Held, Problem::Declined, ""),
        _ => status,
    })
}

/// Whether the session of an actor is this person's on the pushing device.
pub(super) fn in_own_session(
    tx: &Tx<'_>,
    push: &Push,
    actor: &[u8; 16],
    person: &PersonId,
) -> Result<Option<Refusal>, Error> {
    Ok(match rows::session(tx, actor)? {
        None => Some((Problem::NoSession, "no session opened this actor")),
        Some(session) if session.device != push.device.id => {
            Some((Problem::ForgedActor, "a session of another device"))
        }
        Some(session) if session.person != *person => Some((Problem::ForgedActor, "a session of another person")),
        Some(_) => None,
    })
}

/// Whether an inspection is known and this person on its team.
pub(super) fn on_team(tx: &Tx<'_>, document: &DocumentId, person: &PersonId) -> Result<Option<Refusal>, Error> {
    if rows::inspection(tx, document)?.is_none() {
        return Ok(Some((Problem::NoPermit, "no permit leads to this document")));
    }
    let on = rows::on_team(tx, document, person)?;
    Ok((!on).then_some((Problem::NotOnTeam, "not on the permit's team")))
}
