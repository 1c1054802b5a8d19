//! The changes of a push, through the gate and into the database.

use super::bounds;
use super::change_rows::{self, Reason, State};
use super::history::Rows;
use super::own;
use super::push::Push;
use crate::store::rows::SessionRow;
use crate::store::{Tx, rows};
use crate::{Error, Keys};
use std::collections::BTreeSet;
use wurao_planted::{Bug, is as planted};
use wurao_protocol::cbor::Bytes;
use wurao_protocol::frame::DocumentChanges;
use wurao_protocol::sync::{DocumentStatus, Outcome, Status};
use wurao_protocol::{Digest, DocumentId, Problem};
use wurao_record::{AdmitError, Admitted, GateError, Genesis, History, Map, admit, change_hash, is_choice};

/// The most heads told of a document: enough to go on from, and an answer stays bounded.
const MAX_TOLD: usize = 16;

/// What became of one document entry of a push.
pub(super) struct Entry {
    pub(super) document: DocumentId,
    /// Whether a permit of ours leads to it.
    pub(super) known: bool,
    /// The changes that are here now, in the push's order.
    pub(super) taken: Vec<Digest>,
    /// The heads it names; the phone waits to hear about these too.
    named: Vec<Digest>,
    /// Whether all of them were here, and in force or held, before.
    nothing_new: bool,
    /// The first change that was not taken, and why.
    stopped: Option<(u32, Stop)>,
}

/// Why a change is not taken, and with it all after it.
type Stop = (Problem, String);

/// Takes the changes of all entries, each up to the first that cannot be taken.
pub(super) fn take_all(tx: &Tx<'_>, keys: &Keys, push: &Push, now_ms: i64) -> Result<Vec<Entry>, Error> {
    let mut stopped = BTreeSet::new();
    let mut entries = Vec::with_capacity(push.documents.len());
    for item in &push.documents {
        let earlier = stopped.contains(&item.document);
        let entry = take_entry(tx, keys, push, item, earlier, now_ms)?;
        if entry.stopped.is_some() {
            stopped.insert(entry.document);
        }
        entries.push(entry);
    }
    Ok(entries)
}

fn take_entry(
    tx: &Tx<'_>,
    keys: &Keys,
    push: &Push,
    item: &DocumentChanges,
    earlier_stopped: bool,
    now_ms: i64,
) -> Result<Entry, Error> {
    let inspection = rows::inspection(tx, &item.document)?;
    let mut entry = Entry {
        document: item.document,
        known: inspection.is_some(),
        taken: Vec::new(),
        named: item.heads.clone().unwrap_or_default(),
        nothing_new: true,
        stopped: None,
    };
    let Some(inspection) = inspection else {
        entry.stopped = Some((0, (Problem::NoPermit, "no permit leads to this document".to_owned())));
        return Ok(entry);
    };
    if earlier_stopped {
        entry.stopped = Some((0, (Problem::AfterRefused, "an earlier part of this document".to_owned())));
        return Ok(entry);
    }
    let gate = Gate { tx, keys, push, document: item.document, genesis: inspection.genesis(), now_ms };
    for (index, bytes) in (0..).zip(&item.changes) {
        match gate.take(bytes)? {
            Ok((hash, settled)) => {
                entry.taken.push(hash);
                entry.nothing_new &= settled;
            }
            Err(stop) => {
                entry.stopped = Some((index, stop));
                break;
            }
        }
    }
    Ok(entry)
}

/// What a change of one document must pass.
struct Gate<'a> {
    tx: &'a Tx<'a>,
    keys: &'a Keys,
    push: &'a Push,
    document: DocumentId,
    genesis: Genesis,
    now_ms: i64,
}

impl Gate<'_> {
    /// The change's name and whether it was settled before; or why it is not taken.
    fn take(&self, bytes: &Bytes) -> Result<Result<(Digest, bool), Stop>, Error> {
        let hash = match change_hash(&bytes.0) {
            Ok(hash) => Digest(hash),
            Err(error) => return Ok(Err(stop_of(&error))),
        };
        if let Some(state) = change_rows::state(self.tx, &self.document, &hash)? {
            if state == State::Accepted && planted(Bug::FedTwice) {
                rows::feed_change(self.tx, &self.document, &hash)?;
            }
            return Ok(Ok((hash, state != State::Waiting)));
        }
        let history = Rows { db: self.tx, document: self.document };
        let admitted = match admit(&self.genesis, &history, &bytes.0) {
            Ok(admitted) => admitted,
            Err(AdmitError::Gate(error)) => return Ok(Err(stop_of(&error))),
            Err(AdmitError::History(error)) => return Err(error),
        };
        let session = rows::session(self.tx, &admitted.row.actor.0)?;
        // A choice made at the page that this server has lost, restored from a backup.
        if session.is_some_and(|session| session.device == own::device(self.keys)) {
            return self.take_back(&history, &admitted);
        }
        if let Some((problem, detail)) = self.author(session, &hash)? {
            return Ok(Err((problem, detail.to_owned())));
        }
        if let Some(op) = admitted.ops.iter().find(|op| op.map == Map::Meta) {
            return Ok(Err((Problem::FieldRefused, format!("{}/{}", op.map.name(), op.key))));
        }
        if let Some(session) = session {
            let (first, kept) = (admitted.row.seq == 1, bytes.0.len() + admitted.row.clock.to_bytes().len());
            if let Some(of) = bounds::change(self.tx, &self.document, &session.device, first, kept)? {
                return Ok(Err((Problem::TooMany, of.to_owned())));
            }
        }
        change_rows::insert(self.tx, &self.document, &admitted, self.now_ms)?;
        self.tx.touch(self.document);
        Ok(Ok((hash, false)))
    }

    /// Takes a change of the server's own, whoever brings it: it must be a choice, and signed.
    fn take_back(&self, history: &Rows<'_>, change: &Admitted) -> Result<Result<(Digest, bool), Stop>, Error> {
        let hash = Digest(change.row.hash);
        if !is_choice(history, change)? {
            return Ok(Err((Problem::FieldRefused, "no choice".to_owned())));
        }
        if !own::has_signed(self.tx, self.keys, &self.document, &hash)? {
            return Ok(Err((Problem::WrongSignature, "heads".to_owned())));
        }
        change_rows::insert(self.tx, &self.document, change, self.now_ms)?;
        own::sign(self.tx, self.keys, &self.document, change, self.now_ms)?;
        self.tx.touch(self.document);
        Ok(Ok((hash, false)))
    }

    /// Whether its author may write here. Never by who delivered it: the session says whose the actor is. Of another device
    /// it is taken only with that one's signature over it: else its place in the session would be anybody's to take.
    fn author(&self, session: Option<SessionRow>, hash: &Digest) -> Result<Option<(Problem, &'static str)>, Error> {
        Ok(match session {
            None => Some((Problem::NoSession, "no session opened this actor")),
            Some(session)
                if session.device != self.push.device.id
                    && !self.push.proofs.cover(&self.document, &session.device, hash)
                    && !planted(Bug::UnsignedAccepted) =>
            {
                Some((Problem::ForgedActor, "a session of another device"))
            }
            Some(session) if !rows::has_part(self.tx, &self.document, &session.person)? => {
                Some((Problem::NotOnTeam, "not on the permit's team"))
            }
            Some(_) => None,
        })
    }
}

fn stop_of(error: &GateError) -> Stop {
    let problem = match error {
        GateError::UnknownDependency { .. } => Problem::UnknownDependency,
        GateError::Equivocation { .. } => Problem::Equivocation,
        _ => Problem::Gate,
    };
    (problem, error.code().to_owned())
}

impl Entry {
    /// What the phone is told. The outcome is that of the changes before the stop, or a refusal when there are none;
    /// the reason is that of the stop.
    pub(super) fn status(&self, tx: &Tx<'_>, states: &[Option<State>]) -> Result<DocumentStatus, Error> {
        let (taken, reason) = self.outcome(tx, states)?;
        let Some((index, (problem, detail))) = &self.stopped else {
            let status = match reason {
                Some(Reason { problem, detail }) => Status::because(taken, problem, detail),
                None => Status::plain(taken),
            };
            return Ok(DocumentStatus { status, stopped: None, heads: Vec::new() });
        };
        let outcome = if *index == 0 { Outcome::Refused } else { taken };
        let heads = match problem {
            // Told with the stop before.
            Problem::AfterRefused => Vec::new(),
            _ => Rows { db: tx, document: self.document }.heads()?,
        };
        Ok(DocumentStatus {
            status: Status::because(outcome, *problem, detail.as_str()),
            stopped: Some(*index),
            heads: heads.into_iter().take(MAX_TOLD).map(Digest).collect(),
        })
    }

    /// The changes that are here, then the heads that are named.
    fn told(&self) -> impl Iterator<Item = &Digest> {
        self.taken.iter().chain(&self.named)
    }

    /// How the server keeps each of these.
    pub(super) fn states(&self, tx: &Tx<'_>) -> Result<Vec<Option<State>>, Error> {
        self.told().map(|hash| change_rows::state(tx, &self.document, hash)).collect()
    }

    /// How each change that is here stands, then each head that is named; nothing when all stand alike.
    pub(super) fn each(&self, tx: &Tx<'_>, states: &[Option<State>]) -> Result<Vec<Status>, Error> {
        let mut each = Vec::with_capacity(states.len());
        for (hash, state) in self.told().zip(states) {
            each.push(match state {
                Some(State::Held | State::Declined) => match change_rows::reason(tx, &self.document, hash)? {
                    Some(Reason { problem, detail }) => Status::because(Outcome::Held, problem, detail),
                    None => Status::plain(Outcome::Held),
                },
                Some(State::Accepted) => Status::plain(Outcome::Ok),
                Some(State::Waiting) | None => Status::plain(Outcome::Waiting),
            });
        }
        Ok(if each.windows(2).all(|pair| pair[0] == pair[1]) { Vec::new() } else { each })
    }

    /// The worst of what became of its changes, and why.
    fn outcome(&self, tx: &Tx<'_>, states: &[Option<State>]) -> Result<(Outcome, Option<Reason>), Error> {
        let mut worst = None;
        let mut waiting = false;
        for (hash, state) in self.told().zip(states) {
            match state {
                Some(State::Held | State::Declined) if worst.is_none() => {
                    worst = change_rows::reason(tx, &self.document, hash)?;
                }
                Some(State::Waiting) => waiting = true,
                _ => {}
            }
        }
        Ok(if worst.is_some() {
            (Outcome::Held, worst)
        } else if waiting {
            (Outcome::Waiting, None)
        } else if self.nothing_new && !self.taken.is_empty() {
            (Outcome::Have, None)
        } else {
            (Outcome::Ok, None)
        })
    }
}
