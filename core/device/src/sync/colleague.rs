//! What is asked of what a colleague's phone brings, beside all that is asked of what a server sends: no server has looked at it.

use super::is_page;
use super::take::Refusal;
use crate::error::Error;
use crate::fate::{any_on_team, on_team};
use crate::proven::Proven;
use crate::store::{DocumentRow, RecordRow, documents, records};
use rusqlite::Transaction;
use wurao_planted::{Bug, is as planted};
use wurao_protocol::envelope::{self, Envelope};
use wurao_protocol::permit::Permit;
use wurao_protocol::record::{Decision, Device, EvidenceEntry, Kind, Late, Leave, Session, SignedBy, Void};
use wurao_protocol::{DeviceId, PersonId, Problem};
use wurao_record::ChangeRow;

/// The largest record of a phone's that is taken from a colleague, in bytes of what it says: it must be brought on in a frame.
const MAX_HANDED: usize = 64 << 10;

/// What is asked of what a colleague's phone brings.
pub(super) struct Colleague {
    /// Who works on this phone: nothing else than their inspections is taken.
    persons: Vec<PersonId>,
    /// Who has signed for the changes.
    proven: Proven,
}

impl Colleague {
    /// For a phone on which these people work.
    pub(super) fn of(persons: Vec<PersonId>) -> Self {
        Self { persons, proven: Proven::default() }
    }

    /// With what is known of who has signed.
    pub(super) fn know(&mut self, proven: Proven) {
        self.proven = proven;
    }

    /// What speaks against a change: it must be of an inspection of people who work here, and one of these devices must have signed
    /// for it.
    pub(super) fn against_change(
        &self,
        tx: &Transaction<'_>,
        row: &DocumentRow,
        change: &ChangeRow,
        signers: &[DeviceId],
    ) -> Result<Option<Refusal>, Error> {
        if !self.is_ours(tx, row)? {
            return Ok(Some(Refusal::new("not-on-team", row.id)));
        }
        let proven = signers.iter().any(|device| self.proven.by(&row.id, &change.hash, device));
        Ok((!proven && !planted(Bug::HandedUnproven)).then(|| Refusal::new("not-covered", change.actor)))
    }

    /// What speaks against a record only because a colleague's phone brings it: what a server tells one phone, and what is about
    /// other people's inspections.
    pub(super) fn against(&self, tx: &Transaction<'_>, envelope: &Envelope) -> Result<Option<Refusal>, Error> {
        if envelope.kind.signer() == SignedBy::Device && envelope.payload.len() > MAX_HANDED {
            return Ok(Some(Refusal::new(Problem::TooLarge.code(), envelope.payload.len())));
        }
        let document = match envelope.kind {
            Kind::Order | Kind::Receipt => return Ok(Some(Refusal::new("kind-not-taken", envelope.kind.name()))),
            Kind::Permit => {
                let Ok(permit) = envelope.body::<Permit>() else { return Ok(None) };
                let named = self.persons.iter().any(|person| permit.names(person));
                return Ok((!named).then(|| Refusal::new("not-on-team", permit.id)));
            }
            Kind::Session => {
                let Ok(session) = envelope.body::<Session>() else { return Ok(None) };
                let known = is_page(tx, &session.device)? || self.is_colleague(tx, &session.person)?;
                return Ok((!known).then(|| Refusal::new("not-on-team", session.person)));
            }
            // What people of this phone began without a permit on another phone of theirs is theirs here as well, known or not.
            Kind::Late => match envelope.body::<Late>() {
                Ok(late) if self.persons.contains(&late.person) => return Ok(None),
                late => late.map(|late| late.document),
            },
            Kind::Leave => envelope.body::<Leave>().map(|leave| leave.document),
            Kind::Evidence => envelope.body::<EvidenceEntry>().map(|entry| entry.document),
            Kind::Void => envelope.body::<Void>().map(|void| void.document),
            Kind::Decision => envelope.body::<Decision>().map(|decision| decision.document),
            _ => return Ok(None),
        };
        let Ok(document) = document else { return Ok(None) };
        let ours = match documents::get(tx, &document)? {
            Some(row) => self.is_ours(tx, &row)?,
            None => false,
        };
        Ok((!ours).then(|| Refusal::new("not-on-team", document)))
    }

    /// Whether anybody who works on this phone is on an inspection's team.
    fn is_ours(&self, tx: &Transaction<'_>, row: &DocumentRow) -> Result<bool, Error> {
        any_on_team(tx, row, &self.persons)
    }

    /// Whether somebody works on this phone, here or on another phone of theirs, or is on a team with anybody who does.
    fn is_colleague(&self, tx: &Transaction<'_>, person: &PersonId) -> Result<bool, Error> {
        if self.persons.contains(person) {
            return Ok(true);
        }
        for row in documents::newest_first(tx)? {
            if on_team(tx, &row, person)? && self.is_ours(tx, &row)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Whether a colleague brings of somebody or something what may be older than what is known: what came last counts.
pub(super) fn is_older(tx: &Transaction<'_>, row: &RecordRow) -> Result<bool, Error> {
    Ok(match row.kind {
        Kind::Person | Kind::Site | Kind::PlanItem => {
            records::newest_about(tx, row.kind, &row.subject)?.is_some_and(|known| known != row.bytes)
        }
        Kind::Device => match records::about::<Device>(tx, &row.subject)? {
            Some(known) => envelope::open_as::<Device>(&row.bytes)?.body.enrolled_ms < known.enrolled_ms,
            None => false,
        },
        _ => false,
    })
}
