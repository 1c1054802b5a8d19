//! What a record is about, and what only its kind can ask before it is kept: whose session, whose team, which document.

use super::is_page;
use super::take::Refusal;
use crate::checklists::Compiled;
use crate::error::Error;
use crate::fate::on_team;
use crate::phone::server_key;
use crate::store::{DocumentRow, documents, permits, records};
use rusqlite::Transaction;
use wurao_protocol::envelope::Envelope;
use wurao_protocol::key::PublicKey;
use wurao_protocol::record::{
    Checklist, Decision, Device, EvidenceEntry, Heads, Kind, Late, Leave, Person, PlanItem, Receipt, Session, Site,
    Void,
};
use wurao_protocol::{Digest, DocumentId, PermitId, PersonId, SiteId};
use wurao_record::{Genesis, GenesisSeed};

/// What a record is about, once what only its kind can check is checked; a late registration makes its document known.
pub(super) fn subject_of(tx: &Transaction<'_>, envelope: &Envelope) -> Result<Result<Vec<u8>, Refusal>, Error> {
    Ok(match envelope.kind {
        Kind::Session => match envelope.body::<Session>() {
            Ok(session) => session_subject(tx, envelope, &session)?,
            Err(error) => Err(error.into()),
        },
        Kind::Checklist => envelope.body::<Checklist>().map_err(Refusal::from).and_then(|checklist| {
            Compiled::read(&checklist.hash, &checklist.template)
                .map(|_| checklist.hash.0.to_vec())
                .map_err(|error| Refusal::new("bad-checklist", error))
        }),
        Kind::Device => envelope.body::<Device>().map_err(Refusal::from).and_then(|body| {
            // Whatever is signed by it is looked for by its key from here on.
            let key = PublicKey::from_bytes(&body.key).ok().filter(|key| key.device() == body.id);
            key.map(|_| body.id.0.to_vec()).ok_or_else(|| Refusal::new("malformed", body.id))
        }),
        Kind::Person => envelope.body::<Person>().map(|body| body.id.0.to_vec()).map_err(Refusal::from),
        Kind::Site => envelope.body::<Site>().map(|body| body.id.0.to_vec()).map_err(Refusal::from),
        Kind::PlanItem => envelope.body::<PlanItem>().map(|body| body.id.0.to_vec()).map_err(Refusal::from),
        Kind::Leave => match envelope.body::<Leave>() {
            Ok(leave) => by_the_team(tx, envelope, &leave.document, &leave.actor, &leave.person)?,
            Err(error) => Err(error.into()),
        },
        Kind::Evidence => match envelope.body::<EvidenceEntry>() {
            Ok(entry) => by_the_team(tx, envelope, &entry.document, &entry.actor, &entry.person)?,
            Err(error) => Err(error.into()),
        },
        Kind::Decision => envelope.body::<Decision>().map(|body| body.document.0.to_vec()).map_err(Refusal::from),
        // Kept under its own name: nothing on a phone asks for it by anything else.
        Kind::Receipt => envelope.body::<Receipt>().map(|_| envelope.id.0.to_vec()).map_err(Refusal::from),
        Kind::Heads => envelope.body::<Heads>().map(|body| body.root.0.to_vec()).map_err(Refusal::from),
        Kind::Late => match envelope.body::<Late>() {
            Ok(late) => late_subject(tx, envelope, &late)?,
            Err(error) => Err(error.into()),
        },
        Kind::Void => match envelope.body::<Void>() {
            Ok(void) => by_the_team(tx, envelope, &void.document, &void.actor, &void.person)?,
            Err(error) => Err(error.into()),
        },
        // The first three are taken before; the others no phone is sent.
        Kind::Permit
        | Kind::TrustList
        | Kind::Order
        | Kind::Request
        | Kind::Enrol
        | Kind::Carried
        | Kind::Presentation
        | Kind::Checkpoint
        | Kind::Witness
        | Kind::Ask
        | Kind::HandOver => Err(Refusal::new("kind-not-taken", envelope.kind.name())),
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
    // Who works at the page is on no list of a phone's; all that they write there is looked at one by one.
    if !device.persons.contains(&session.person) && key != server_key(tx)? {
        return Ok(Err(Refusal::new("not-on-team", session.person)));
    }
    // Whose an actor is never changes, or what was written would change hands.
    if records::about::<Session>(tx, &session.actor)?.is_some_and(|known| known != *session) {
        return Ok(Err(Refusal::new("equivocation", hex::encode(session.actor))));
    }
    Ok(Ok(session.actor.to_vec()))
}

/// That a document is the one which permit, site and checklist give.
pub(super) fn derived(
    document: &DocumentId,
    permit: &PermitId,
    site: &SiteId,
    checklist: &Digest,
) -> Result<(), Refusal> {
    let seed = GenesisSeed { permit: permit.0, site: site.0, checklist: checklist.0 };
    if Genesis::new(&seed).document().0 == document.0 {
        Ok(())
    } else {
        Err(Refusal::new("bad-permit", "its document is not the one derived from it"))
    }
}

/// A colleague's late registration makes its document known, permit or not.
fn late_subject(tx: &Transaction<'_>, envelope: &Envelope, late: &Late) -> Result<Result<Vec<u8>, Refusal>, Error> {
    if let Err(refusal) = by_their_session(tx, envelope, &late.actor, &late.person)? {
        return Ok(Err(refusal));
    }
    if let Err(refusal) = derived(&late.document, &late.permit, &late.site, &late.checklist) {
        return Ok(Err(refusal));
    }
    // Nobody makes themselves one of a team by registering its visit.
    if permits::get(tx, &late.permit)?.is_some_and(|held| !held.permit.names(&late.person)) {
        return Ok(Err(Refusal::new("not-on-team", late.person)));
    }
    let (permit, site, checklist) = (late.permit, late.site, late.checklist);
    documents::keep(tx, &DocumentRow { id: late.document, permit, site, checklist, started_ms: None })?;
    Ok(Ok(late.document.0.to_vec()))
}

/// What a person of an inspection's team says about it, in their own session.
fn by_the_team(
    tx: &Transaction<'_>,
    envelope: &Envelope,
    document: &DocumentId,
    actor: &[u8; 16],
    person: &PersonId,
) -> Result<Result<Vec<u8>, Refusal>, Error> {
    if let Err(refusal) = by_their_session(tx, envelope, actor, person)? {
        return Ok(Err(refusal));
    }
    // Of an inspection that is not known here nothing is shown.
    if let Some(row) = documents::get(tx, document)?
        && !on_team(tx, &row, person)?
    {
        return Ok(Err(Refusal::new("not-on-team", person)));
    }
    Ok(Ok(document.0.to_vec()))
}

/// That who is said to have signed opened the session they name, on the phone that signed.
fn by_their_session(
    tx: &Transaction<'_>,
    envelope: &Envelope,
    actor: &[u8; 16],
    person: &PersonId,
) -> Result<Result<(), Refusal>, Error> {
    let Some(session) = records::about::<Session>(tx, actor)? else {
        return Ok(Err(Refusal::new("no-session", hex::encode(actor))));
    };
    // On the page nobody leaves, photographs or voids, on a team or not.
    if is_page(tx, &session.device)? {
        return Ok(Err(Refusal::new("not-a-choice", hex::encode(actor))));
    }
    let device: Option<Device> = records::about(tx, &session.device.0)?;
    let signed = device.and_then(|device| PublicKey::from_bytes(&device.key).ok());
    let fits = session.person == *person && signed.is_some_and(|key| key.id() == envelope.key);
    Ok(if fits { Ok(()) } else { Err(Refusal::new("forged-actor", hex::encode(actor))) })
}
