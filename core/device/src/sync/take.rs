//! What comes from outside, checked like a stranger's: a record by the signature of who must have signed it, a change
//! by the gate and its actor by a session record. What fails is kept apart and named; the rest goes on.

use super::SyncReport;
use crate::checklists::Compiled;
use crate::error::Error;
use crate::store::{DocumentRow, RecordRow, Rows, documents, records};
use rusqlite::Transaction;
use wurao_protocol::envelope::{self, Envelope, EnvelopeError};
use wurao_protocol::frame::DocumentChanges;
use wurao_protocol::key::PublicKey;
use wurao_protocol::permit::Permit;
use wurao_protocol::record::{
    Checklist, Decision, Device, EvidenceEntry, Kind, Late, Leave, Person, PlanItem, Session, SignedBy, Site, Void,
};
use wurao_protocol::sync::Feed;
use wurao_protocol::{Digest, DocumentId};
use wurao_record::{AdmitError, Genesis, GenesisSeed, Map, admit, change_hash};

/// Why something was not taken.
struct Refusal {
    problem: &'static str,
    detail: String,
}

impl Refusal {
    fn new(problem: &'static str, detail: impl ToString) -> Self {
        Self { problem, detail: detail.to_string() }
    }
}

impl From<EnvelopeError> for Refusal {
    fn from(error: EnvelopeError) -> Self {
        Refusal::new("bad-record", error)
    }
}

/// A refusal is about the item; an error is about this phone and stops the whole.
type Taken = Result<Result<(), Refusal>, Error>;

/// Takes in what a feed brings.
pub(super) struct Taker {
    pub(super) server_key: PublicKey,
    pub(super) now_ms: i64,
}

impl Taker {
    /// All of it, inside the transaction that also moves the cursor.
    pub(super) fn take(&self, tx: &Transaction<'_>, feed: &Feed, report: &mut SyncReport) -> Result<(), Error> {
        for bytes in &feed.records {
            match self.record(tx, &bytes.0)? {
                Ok(()) => report.records_received += 1,
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
        for bytes in &entry.changes {
            let taken = match &row {
                Some(row) => self.change(tx, row, &bytes.0)?,
                None => Err(Refusal::new("no-permit", "no permit here leads to this document")),
            };
            match taken {
                Ok(()) => report.changes_received += 1,
                Err(refusal) => self.set_aside(tx, Some(&entry.document), &bytes.0, &refusal, report)?,
            }
        }
        Ok(())
    }

    fn change(&self, tx: &Transaction<'_>, row: &DocumentRow, bytes: &[u8]) -> Taken {
        match change_hash(bytes) {
            Ok(hash) if documents::has(tx, &row.id, &hash)? => return Ok(Ok(())),
            Ok(_) => {}
            Err(gate) => return Ok(Err(Refusal::new(gate.code(), gate))),
        }
        let rows = Rows { connection: tx, document: row.id };
        let change = match admit(&row.genesis(), &rows, bytes) {
            Ok(change) => change,
            Err(AdmitError::Gate(gate)) => return Ok(Err(Refusal::new(gate.code(), gate))),
            Err(AdmitError::History(error)) => return Err(error),
        };
        // What a document says about itself is its genesis' alone.
        if let Some(op) = change.ops.iter().find(|op| op.map == Map::Meta) {
            return Ok(Err(Refusal::new("field-refused", &op.key)));
        }
        let session: Option<Session> = records::about(tx, &change.row.actor.0)?;
        let Some(session) = session else {
            return Ok(Err(Refusal::new("no-session", change.row.actor)));
        };
        let permit: Option<Permit> = records::about(tx, &row.permit.0)?;
        if !permit.is_some_and(|permit| permit.names(&session.person)) {
            return Ok(Err(Refusal::new("not-on-team", session.person)));
        }
        documents::add(tx, &row.id, &change, "received")?;
        Ok(Ok(()))
    }

    fn record(&self, tx: &Transaction<'_>, bytes: &[u8]) -> Taken {
        let envelope = match envelope::open(bytes) {
            Ok(envelope) => envelope,
            Err(error) => return Ok(Err(error.into())),
        };
        let verified = match envelope.kind.signer() {
            SignedBy::Server | SignedBy::PermitKey => envelope.verify(&self.server_key),
            SignedBy::Device => match device_of(tx, &envelope)? {
                Some(device) => envelope.verify(&device),
                None => return Ok(Err(Refusal::new("unknown-device", envelope.id))),
            },
        };
        if let Err(error) = verified {
            return Ok(Err(error.into()));
        }
        let subject = match subject_of(tx, &envelope)? {
            Ok(subject) => subject,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let row = RecordRow { id: envelope.id, kind: envelope.kind, subject, bytes: bytes.to_vec() };
        records::keep_received(tx, &row)?;
        Ok(Ok(()))
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

/// What a record is about, once what only its kind can check is checked; a permit makes its document known.
fn subject_of(tx: &Transaction<'_>, envelope: &Envelope) -> Result<Result<Vec<u8>, Refusal>, Error> {
    Ok(match envelope.kind {
        Kind::Session => match envelope.body::<Session>() {
            Ok(session) => session_subject(tx, envelope, &session)?,
            Err(error) => Err(error.into()),
        },
        Kind::Permit => match envelope.body::<Permit>() {
            Ok(permit) => permit_subject(tx, &permit)?,
            Err(error) => Err(error.into()),
        },
        Kind::Checklist => envelope.body::<Checklist>().map_err(Refusal::from).and_then(|checklist| {
            Compiled::read(&checklist.hash, &checklist.template)
                .map(|_| checklist.hash.0.to_vec())
                .map_err(|error| Refusal::new("bad-checklist", error))
        }),
        Kind::Device => envelope.body::<Device>().map(|body| body.id.0.to_vec()).map_err(Refusal::from),
        Kind::Person => envelope.body::<Person>().map(|body| body.id.0.to_vec()).map_err(Refusal::from),
        Kind::Site => envelope.body::<Site>().map(|body| body.id.0.to_vec()).map_err(Refusal::from),
        Kind::PlanItem => envelope.body::<PlanItem>().map(|body| body.id.0.to_vec()).map_err(Refusal::from),
        Kind::Leave => envelope.body::<Leave>().map(|body| body.document.0.to_vec()).map_err(Refusal::from),
        Kind::Evidence => envelope.body::<EvidenceEntry>().map(|body| body.document.0.to_vec()).map_err(Refusal::from),
        Kind::Decision => envelope.body::<Decision>().map(|body| body.document.0.to_vec()).map_err(Refusal::from),
        // Kept under their own names: nothing on a phone asks for them by anything else.
        Kind::Receipt | Kind::Heads => Ok(envelope.id.0.to_vec()),
        Kind::TrustList | Kind::Order => Ok(envelope.id.0.to_vec()),
        Kind::Late => envelope.body::<Late>().map(|body| body.document.0.to_vec()).map_err(Refusal::from),
        Kind::Void => envelope.body::<Void>().map(|body| body.document.0.to_vec()).map_err(Refusal::from),
        Kind::Request | Kind::Enrol | Kind::Carried | Kind::Presentation => {
            Err(Refusal::new("kind-not-taken", envelope.kind.name()))
        }
    })
}

fn session_subject(
    tx: &Transaction<'_>,
    envelope: &Envelope,
    session: &Session,
) -> Result<Result<Vec<u8>, Refusal>, Error> {
    let device: Option<Device> = records::about(tx, &session.device.0)?;
    let Some(device) = device else {
        return Ok(Err(Refusal::new("unknown-device", session.device)));
    };
    let key = PublicKey::from_bytes(&device.key)?;
    if key.id() != envelope.key || Session::actor_of(&key, &session.nonce) != session.actor {
        return Ok(Err(Refusal::new("forged-actor", hex::encode(session.actor))));
    }
    if !device.persons.contains(&session.person) {
        return Ok(Err(Refusal::new("not-on-team", session.person)));
    }
    Ok(Ok(session.actor.to_vec()))
}

fn permit_subject(tx: &Transaction<'_>, permit: &Permit) -> Result<Result<Vec<u8>, Refusal>, Error> {
    let seed = GenesisSeed { permit: permit.id.0, site: permit.visit.site.0, checklist: permit.visit.checklist.0 };
    let document = Genesis::new(&seed).document();
    if document.0 != permit.visit.document.0 {
        return Ok(Err(Refusal::new("bad-permit", "its document is not the one derived from it")));
    }
    let (permit_id, site, checklist) = (permit.id, permit.visit.site, Digest(permit.visit.checklist.0));
    let row = DocumentRow { id: permit.visit.document, permit: permit_id, site, checklist, started_ms: None };
    documents::keep(tx, &row)?;
    Ok(Ok(permit.id.0.to_vec()))
}
