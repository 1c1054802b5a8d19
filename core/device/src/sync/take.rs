//! What comes from outside, checked like a stranger's: a record by the signature of who must have signed it, a change
//! by the gate and its actor by a session record. What fails is kept apart and named; the rest goes on.

use super::colleague::{self, Colleague};
use super::subject::{derived, subject_of};
use super::{SyncReport, is_page, page};
use crate::error::Error;
use crate::fate::on_team;
use crate::phone::DEVICE_RECORD;
use crate::proven::Proven;
use crate::store::standing::Word;
use crate::store::{DocumentRow, RecordRow, Rows, apart, documents, log, meta, permits, records, standing};
use crate::wipe;
use rusqlite::Transaction;
use std::collections::BTreeSet;
use wurao_protocol::envelope::{self, Envelope, EnvelopeError};
use wurao_protocol::frame::DocumentChanges;
use wurao_protocol::key::PublicKey;
use wurao_protocol::permit::Permit;
use wurao_protocol::record::{
    Decision, Deed, Device, Kind, Order, Receipt, Session, SignedBy, State, TrustList, Verdict,
};
use wurao_protocol::standing::Standing;
use wurao_protocol::sync::Feed;
use wurao_protocol::{DeviceId, DocumentId, PersonId, Problem};
use wurao_record::{AdmitError, Map, admit, change_hash};

/// Why something was not taken.
pub(super) struct Refusal {
    problem: &'static str,
    detail: String,
}

impl Refusal {
    pub(super) fn new(problem: &'static str, detail: impl ToString) -> Self {
        Self { problem, detail: detail.to_string() }
    }

    /// It is about other people's inspections.
    fn is_foreign(&self) -> bool {
        ["no-permit", "not-on-team"].contains(&self.problem)
    }
}

impl From<EnvelopeError> for Refusal {
    fn from(error: EnvelopeError) -> Self {
        // The same codes as a server's for what phones bring.
        let problem = match &error {
            EnvelopeError::TooLarge(_) => Problem::TooLarge,
            EnvelopeError::UnknownKind(_) => Problem::KindNotTaken,
            EnvelopeError::Key(_) => Problem::WrongSignature,
            _ => Problem::Malformed,
        };
        Refusal::new(problem.code(), error)
    }
}

/// Whether it is new. A refusal is about the item; an error is about this phone and stops the whole.
type Taken = Result<Result<bool, Refusal>, Error>;

/// Takes in what a feed brings, or a colleague's phone.
pub(crate) struct Taker {
    pub(super) server_key: PublicKey,
    /// This phone.
    pub(super) own: DeviceId,
    /// The actor it writes under now.
    pub(super) writing: Option<[u8; 16]>,
    pub(super) now_ms: i64,
    /// What more is asked where no server has looked at it before.
    pub(super) colleague: Option<Colleague>,
}

impl Taker {
    /// For what a colleague's phone brings.
    pub(crate) fn of_a_colleague(self, persons: Vec<PersonId>) -> Self {
        Self { colleague: Some(Colleague::of(persons)), ..self }
    }

    /// With what is known of who has signed.
    pub(crate) fn with(mut self, proven: Proven) -> Self {
        if let Some(colleague) = &mut self.colleague {
            colleague.know(proven);
        }
        self
    }

    /// All of it, inside the transaction that also moves the cursor.
    pub(crate) fn take(&self, tx: &Transaction<'_>, feed: &Feed, report: &mut SyncReport) -> Result<(), Error> {
        for bytes in &feed.records {
            match self.record(tx, &bytes.0)? {
                Ok(new) => report.records_received += u64::from(new || self.colleague.is_none()),
                Err(refusal) => self.set_aside(tx, None, &bytes.0, &refusal, report)?,
            }
        }
        for entry in &feed.documents {
            self.changes(tx, entry, report)?;
        }
        Ok(())
    }

    fn changes(&self, tx: &Transaction<'_>, entry: &DocumentChanges, report: &mut SyncReport) -> Result<(), Error> {
        let row = documents::get(tx, &entry.document)?;
        let mut moved = false;
        for bytes in &entry.changes {
            let taken = match &row {
                Some(row) => self.change(tx, row, &bytes.0, &mut moved)?,
                None => Err(Refusal::new("no-permit", "no permit here leads to this document")),
            };
            match taken {
                Ok(new) => report.changes_received += u64::from(new || self.colleague.is_none()),
                Err(refusal) => self.set_aside(tx, Some(&entry.document), &bytes.0, &refusal, report)?,
            }
        }
        if moved {
            apart::refresh(tx, &entry.document)?;
        }
        Ok(())
    }

    /// One change; `moved` when it was here already and the server's word changes how it stands.
    fn change(&self, tx: &Transaction<'_>, row: &DocumentRow, bytes: &[u8], moved: &mut bool) -> Taken {
        match change_hash(bytes) {
            Ok(hash) if documents::has(tx, &row.id, &hash)? => {
                *moved |= self.colleague.is_none() && standing::fed(tx, &row.id, &hash)?;
                return Ok(Ok(false));
            }
            Ok(_) => {}
            Err(gate) => return Ok(Err(Refusal::new(gate.code(), gate))),
        }
        let rows = Rows { connection: tx, document: row.id };
        let change = match admit(&row.genesis(), &rows, bytes) {
            Ok(change) => change,
            Err(AdmitError::Gate(gate)) => return Ok(Err(Refusal::new(gate.code(), gate))),
            Err(AdmitError::History(error)) => return Err(error),
        };
        // What is written in this session is here before anybody else has it.
        if self.writing == Some(change.row.actor.0) {
            return Ok(Err(Refusal::new("forged-actor", change.row.actor)));
        }
        // What a document says about itself is its genesis' alone.
        if let Some(op) = change.ops.iter().find(|op| op.map == Map::Meta) {
            return Ok(Err(Refusal::new("field-refused", &op.key)));
        }
        let session: Option<Session> = records::about(tx, &change.row.actor.0)?;
        let Some(session) = session else {
            return Ok(Err(Refusal::new("no-session", change.row.actor)));
        };
        let mut standing = "received";
        if is_page(tx, &session.device)? {
            if let Some(refusal) = page::against(tx, &rows, &change)? {
                return Ok(Err(refusal));
            }
        } else if !on_team(tx, row, &session.person)? {
            return Ok(Err(Refusal::new("not-on-team", session.person)));
        } else if let Some(colleague) = &self.colleague {
            let signers = [self.server_key.device(), session.device];
            if let Some(refusal) = colleague.against_change(tx, row, &change.row, &signers)? {
                return Ok(Err(refusal));
            }
            // Also what the server has signed for: it may have lost that since.
            standing = "handed";
        }
        documents::add(tx, &row.id, &change, standing)?;
        Ok(Ok(true))
    }

    /// What speaks against a record only because a colleague's phone brings it.
    fn foreign(&self, tx: &Transaction<'_>, envelope: &Envelope) -> Result<Option<Refusal>, Error> {
        self.colleague.as_ref().map_or(Ok(None), |colleague| colleague.against(tx, envelope))
    }

    fn record(&self, tx: &Transaction<'_>, bytes: &[u8]) -> Taken {
        let envelope = match envelope::open(bytes) {
            Ok(envelope) => envelope,
            Err(error) => return Ok(Err(error.into())),
        };
        let verified = match envelope.kind.signer() {
            SignedBy::Server => envelope.verify(&self.server_key),
            // The list of keys judges it, and more than its signature.
            SignedBy::PermitKey => {
                return match self.foreign(tx, &envelope)? {
                    Some(refusal) => Ok(Err(refusal)),
                    None => take_permit(tx, &envelope, bytes),
                };
            }
            SignedBy::Device => match device_of(tx, &envelope)? {
                Some(device) => envelope.verify(&device),
                None => return Ok(Err(Refusal::new("unknown-device", envelope.id))),
            },
        };
        if let Err(error) = verified {
            return Ok(Err(error.into()));
        }
        if let Some(refusal) = self.foreign(tx, &envelope)? {
            return Ok(Err(refusal));
        }
        match envelope.kind {
            Kind::TrustList => return self.trust(tx, &envelope, bytes),
            Kind::Order => return self.order(tx, &envelope),
            _ => {}
        }
        let subject = match subject_of(tx, &envelope)? {
            Ok(subject) => subject,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let row = RecordRow { id: envelope.id, kind: envelope.kind, subject, bytes: bytes.to_vec() };
        if self.colleague.is_some() && colleague::is_older(tx, &row)? {
            return Ok(Ok(false));
        }
        let new = match &self.colleague {
            None => records::keep_received(tx, &row)?,
            Some(_) => records::keep_handed(tx, &row)?,
        };
        match envelope.kind {
            Kind::Decision => self.decided(tx, &envelope)?,
            Kind::Receipt => receipted(tx, &envelope)?,
            // An earlier one offered again brings nobody back.
            Kind::Device if new => self.own_device(tx, &envelope, bytes)?,
            _ => {}
        }
        Ok(Ok(new))
    }

    /// A decision settles what the server held. Of a late registration it names that, and is about all that its person wrote.
    fn decided(&self, tx: &Transaction<'_>, envelope: &Envelope) -> Result<(), Error> {
        let Decision { document, verdict, heads, reason, .. } = envelope.body()?;
        let reason = reason.unwrap_or_default();
        let (word, is_late) = match verdict {
            Verdict::Accepted if self.colleague.is_some() => (Word::AcceptedByHand, false),
            Verdict::Accepted => (Word::Accepted, false),
            Verdict::Declined => (Word::Declined(&reason), false),
            Verdict::Registered => (Word::Registered, true),
            Verdict::NotRegistered => (Word::Declined(&reason), true),
            Verdict::Closed | Verdict::Voided | Verdict::Withdrawn => return Ok(()),
        };
        if !is_late {
            return standing::decide(tx, &document, &heads, word);
        }
        for late in &heads {
            if let Some(person) = records::person_of(tx, late)? {
                standing::decide_late(tx, &document, &person, word)?;
            }
        }
        Ok(())
    }

    /// A list of keys and withdrawals: a newer one comes into force, and permits that waited for it are taken up.
    fn trust(&self, tx: &Transaction<'_>, envelope: &Envelope, bytes: &[u8]) -> Taken {
        let list = match envelope.body::<TrustList>() {
            Ok(list) => list,
            Err(error) => return Ok(Err(error.into())),
        };
        match permits::trust(tx)? {
            Some(known) if known == list => return Ok(Ok(false)),
            // A colleague who was not heard of for longer has an older one.
            Some(known) if known.sequence > list.sequence && self.colleague.is_some() => return Ok(Ok(false)),
            Some(known) if known.sequence >= list.sequence => {
                let detail = format!("list {} after list {}", list.sequence, known.sequence);
                return Ok(Err(Refusal::new("rolled-back", detail)));
            }
            _ => permits::set_trust(tx, bytes)?,
        }
        for aside in permits::set_aside(tx, Standing::UnknownKey.code())? {
            if let Ok(envelope) = envelope::open(&aside.bytes)
                && take_permit(tx, &envelope, &aside.bytes)?.is_ok()
            {
                permits::taken_up(tx, aside.position)?;
            }
        }
        Ok(Ok(true))
    }

    /// An order: what it says is done once all of the answer is kept.
    fn order(&self, tx: &Transaction<'_>, envelope: &Envelope) -> Taken {
        match envelope.body::<Order>() {
            Ok(Order { device, what: Deed::Wipe, .. }) if device == self.own => {
                meta::set(tx, wipe::ORDERED, &envelope.id.0)?;
                Ok(Ok(true))
            }
            Ok(order) => Ok(Err(Refusal::new("other-device", order.device))),
            Err(error) => Ok(Err(error.into())),
        }
    }

    /// This phone's own record, signed anew: who may work on it has changed.
    fn own_device(&self, tx: &Transaction<'_>, envelope: &Envelope, bytes: &[u8]) -> Result<(), Error> {
        let device: Device = envelope.body()?;
        let known = meta::get(tx, DEVICE_RECORD)?.ok_or(Error::NotEnrolled)?;
        if device.id == self.own && device.enrolled_ms >= envelope::open_as::<Device>(&known)?.body.enrolled_ms {
            meta::set(tx, DEVICE_RECORD, bytes)?;
        }
        Ok(())
    }

    fn set_aside(
        &self,
        tx: &Transaction<'_>,
        document: Option<&DocumentId>,
        bytes: &[u8],
        refusal: &Refusal,
        report: &mut SyncReport,
    ) -> Result<(), Error> {
        report.quarantined += 1;
        // Of other people's inspections nothing is kept here, whoever thinks to hand it over.
        if self.colleague.is_some() && (refusal.is_foreign() || documents::is_aside(tx, bytes)?) {
            return Ok(());
        }
        documents::quarantine(tx, document, bytes, refusal.problem, &refusal.detail, self.now_ms)
    }
}

/// The key of the device that is said to have signed.
fn device_of(tx: &Transaction<'_>, envelope: &Envelope) -> Result<Option<PublicKey>, Error> {
    for device in records::all::<Device>(tx)? {
        let key = PublicKey::from_bytes(&device.key)?;
        if key.id() == envelope.key {
            return Ok(Some(key));
        }
    }
    Ok(None)
}

/// A permit as the list of keys judges it. One of a key that the list does not know is set aside until a list does; a
/// withdrawn one is kept and shown as such. A permit makes its document known.
fn take_permit(tx: &Transaction<'_>, envelope: &Envelope, bytes: &[u8]) -> Taken {
    let permit = match envelope.body::<Permit>() {
        Ok(permit) => permit,
        Err(error) => return Ok(Err(error.into())),
    };
    let said = permits::trust(tx)?.map_or(Standing::UnknownKey, |list| list.says(envelope, &permit));
    if matches!(said, Standing::UnknownKey | Standing::Forged) {
        return Ok(Err(Refusal::new(said.code(), permit.id)));
    }
    let visit = &permit.visit;
    if let Err(refusal) = derived(&visit.document, &permit.id, &visit.site, &visit.checklist) {
        return Ok(Err(refusal));
    }
    let (permit_id, site, checklist) = (permit.id, visit.site, visit.checklist);
    documents::keep(tx, &DocumentRow { id: visit.document, permit: permit_id, site, checklist, started_ms: None })?;
    log::permitted(tx, &visit.document)?;
    let subject = permit.id.0.to_vec();
    let row = RecordRow { id: envelope.id, kind: Kind::Permit, subject, bytes: bytes.to_vec() };
    Ok(Ok(permits::keep(tx, &permit, &row)?))
}

/// The second receipt for what was held of this phone's work settles it, changes and records alike; the first says only
/// what its own answer has said. A revoked phone gets this word and no other.
fn receipted(tx: &Transaction<'_>, envelope: &Envelope) -> Result<(), Error> {
    let Receipt { records, state, .. } = envelope.body()?;
    let mut documents = BTreeSet::new();
    for name in records.iter().filter(|_| state == State::Accepted) {
        documents.extend(standing::accepted(tx, name)?);
        records::accepted(tx, name)?;
    }
    documents.iter().try_for_each(|document| apart::refresh(tx, document).map(|_| ()))
}
