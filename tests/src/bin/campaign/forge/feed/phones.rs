//! What phones say, said by others than they claim, or about what is not theirs.

use super::super::cose::{Parts, content};
use super::super::office::key;
use super::Offer;
use super::desk::{Brought, Desk, Pen, build, genesis, session};
use rand::Rng as _;
use wurao_protocol::cbor::{self, Bytes};
use wurao_protocol::enrol::EnrolRequest;
use wurao_protocol::key::Signer as _;
use wurao_protocol::record::{
    Blob, Capture, Carried, Cause, EvidenceEntry, Image, Late, Leave, Presentation, RecordBody, Session, Void,
};
use wurao_protocol::sync::{Holds, LogMark, RequestHead};
use wurao_protocol::{Digest, DocumentId, PersonId};
use wurao_record::{Ledger, Map, Put, Scalar};
use wurao_tests::Trouble;

/// Sessions: who writes under an actor.
pub(super) fn sessions(desk: &mut Desk) -> Result<Vec<Offer>, Trouble> {
    let now_ms = desk.office.now_ms;
    let unknown = Pen::new(&mut desk.chance, now_ms);
    let fresh = session(&mut desk.chance, &desk.colleague.key, desk.colleague.person, now_ms);
    let nobody: [u8; 16] = desk.chance.random();
    let (ours, theirs, strangers) = (&desk.colleague, &desk.colleague.session, &desk.stranger);
    let signed = |body: Session| Brought::Record(ours.seal(&body));
    let of = |device| Session { device, ..fresh.clone() };
    Ok(vec![
        ("a session for another phone", "forged-actor", signed(of(strangers.key.public().device()))),
        ("a session for this phone", "forged-actor", signed(of(desk.device.public().device()))),
        ("a session under no one's actor", "forged-actor", signed(Session { actor: nobody, ..fresh.clone() })),
        ("a session under this phone's actor", "forged-actor", signed(Session { actor: desk.mine, ..fresh.clone() })),
        ("another phone's session, signed anew", "forged-actor", signed(strangers.session.clone())),
        (
            "a session of a person not on that phone",
            "not-on-team",
            signed(Session { person: desk.me, ..fresh.clone() }),
        ),
        ("a session that changes hands", "equivocation", signed(Session { person: desk.second, ..theirs.clone() })),
        ("a session of a phone that nobody let in", "unknown-device", Brought::Record(unknown.seal(&unknown.session))),
        ("a session signed by the office", "unknown-device", Brought::Record(desk.official(&fresh))),
        ("(honest) a session", "taken", signed(fresh)),
    ])
}

/// Changes: what is answered.
pub(super) fn changes(desk: &mut Desk) -> Result<Vec<Offer>, Trouble> {
    let document = desk.permit.visit.document;
    let (colleague, stranger, now_ms) = (desk.colleague.session.actor, desk.stranger.session.actor, desk.office.now_ms);
    let remark = "remark@-";
    let nobody: [u8; 16] = desk.chance.random();
    let nobody = desk.answer(nobody, Map::Answers, remark)?;
    let outside = desk.answer(stranger, Map::Answers, remark)?;
    let meta = desk.answer(colleague, Map::Meta, "checklist-2")?;
    let mine = desk.answer(desk.mine, Map::Answers, remark)?;
    let honest = desk.answer(colleague, Map::Answers, remark)?;
    let twice = desk.answer(colleague, Map::Answers, remark)?;
    let put = || Put::new(Map::Answers, remark, Scalar::Text("other".to_owned()));
    let graft = build(&genesis(&desk.withdrawn), &Ledger::new(), colleague, now_ms, put())?;
    let mut torn = desk.answer(colleague, Map::Answers, remark)?.bytes;
    let at = desk.chance.random_range(12..torn.len());
    torn[at] ^= 1 << desk.chance.random_range(0..8);
    let elsewhere = DocumentId(desk.chance.random());
    let here = |bytes: Vec<u8>| Brought::Change(document, bytes);
    let list = vec![
        ("a change without a session", "no-session", here(nobody.bytes)),
        ("a change by somebody not on the team", "not-on-team", here(outside.bytes)),
        ("a change of what the document says of itself", "field-refused", here(meta.bytes)),
        ("a change grafted from another inspection", "unknown-dependency", here(graft.bytes)),
        ("a change for an inspection without a permit", "no-permit", Brought::Change(elsewhere, honest.bytes.clone())),
        ("a change in this phone's own session", "forged-actor", here(mine.bytes)),
        ("a change with a bit turned", "checksum", here(torn)),
        ("(honest) a change", "taken and shown", here(honest.bytes.clone())),
        ("another change at the same place", "equivocation", here(twice.bytes)),
    ];
    desk.ledger.apply(honest);
    Ok(list)
}

/// Leaves, photos, late registrations, voidings.
pub(super) fn facts(desk: &mut Desk) -> Result<Vec<Offer>, Trouble> {
    let (me, at, document) = (desk.me, desk.stamp(), desk.permit.visit.document);
    let (mine, withdrawn) = (desk.mine, desk.withdrawn.visit.document);
    let nobody: [u8; 16] = desk.chance.random();
    let photo: [Digest; 3] = std::array::from_fn(|_| Digest(desk.chance.random()));
    let unknown = Pen::new(&mut desk.chance, desk.office.now_ms);
    let (ours, theirs) = (&desk.colleague, &desk.stranger);
    let (we, they) = ((ours.person, ours.session.actor), (theirs.person, theirs.session.actor));
    let leave = |(person, actor), document| Leave { document, person, actor, heads: Vec::new(), at };
    let void = |(person, actor)| Void { document, person, actor, reason: "误开".to_owned(), at };
    let late = |(person, actor): (PersonId, [u8; 16]), document| Late {
        document,
        permit: desk.permit.id,
        site: desk.permit.visit.site,
        checklist: desk.permit.visit.checklist,
        person,
        actor,
        cause: Cause::Urgent,
        reason: "汛情".to_owned(),
        standing: "expired".to_owned(),
        at,
    };
    let image = |at: usize| Image { blob: Blob { sha256: photo[at], bytes: 10 }, width: 4, height: 3 };
    let evidence = |(person, actor), document| EvidenceEntry {
        document,
        question: "water".to_owned(),
        instance: "-".to_owned(),
        original: Blob { sha256: photo[0], bytes: 100 },
        media_type: "image/jpeg".to_owned(),
        rendition: image(1),
        thumbnail: image(2),
        pipeline: "forge".to_owned(),
        perceptual: 0,
        capture: Capture { attached: at, camera_time: None, position: None, orientation: 1, camera: None },
        person,
        actor,
        sequence: 1,
        previous: None,
    };
    let elsewhere = DocumentId(nobody);
    let (name, team) = ("forged-actor", "not-on-team");
    Ok(vec![
        ("a leave for the person at work", name, by(ours, &leave((me, we.1), document))),
        ("a leave in this phone's session", name, by(ours, &leave((me, mine), document))),
        ("a leave in no session", "no-session", by(ours, &leave((me, nobody), document))),
        ("a leave by somebody not on the team", team, by(theirs, &leave(they, document))),
        (
            "a leave moved from another inspection",
            "wrong-signature",
            moved(ours, &leave(we, withdrawn), &leave(we, document)),
        ),
        ("a leave of a phone that nobody let in", "unknown-device", by(&unknown, &leave((me, mine), document))),
        ("a photo in the name of the person at work", name, by(ours, &evidence((me, we.1), document))),
        ("a photo by somebody not on the team", team, by(theirs, &evidence(they, document))),
        (
            "a photo moved from another inspection",
            "wrong-signature",
            moved(ours, &evidence(we, withdrawn), &evidence(we, document)),
        ),
        ("a late registration for the person at work", name, by(ours, &late((me, we.1), document))),
        ("a late registration by somebody not on the team", team, by(theirs, &late(they, document))),
        ("a late registration in no session", "no-session", by(ours, &late((we.0, nobody), document))),
        ("a late registration of another document", "bad-permit", by(ours, &late(we, elsewhere))),
        ("a voiding for the person at work", name, by(ours, &void((me, we.1)))),
        ("a voiding in this phone's session", name, by(ours, &void((me, mine)))),
        ("a voiding by somebody not on the team", team, by(theirs, &void(they))),
        ("a voiding with another reason", "wrong-signature", {
            let other = Void { reason: "算了".to_owned(), ..void(we) };
            moved(ours, &void(we), &other)
        }),
        ("(honest) a photo of the colleague", "taken", by(ours, &evidence(we, document))),
        ("(honest) a leave of the colleague", "taken", by(ours, &leave(we, document))),
        ("(honest) a late registration of the colleague", "taken and shown", by(ours, &late(we, document))),
    ])
}

/// What is for a server, or for nobody.
pub(super) fn not_for_phones(desk: &mut Desk) -> Result<Vec<Offer>, Trouble> {
    let at = desk.stamp();
    let fresh = key(&mut desk.chance);
    let sealed: Vec<u8> = (0..120).map(|_| desk.chance.random()).collect();
    let ours = &desk.colleague;
    let head = RequestHead {
        server: desk.office.server,
        device: desk.device.public().device(),
        counter: u64::MAX,
        frames: Digest::of(&[]),
        cursor: Bytes::default(),
        seen: LogMark::default(),
        limit: 0,
        holds: Holds::default(),
    };
    let shown = Presentation {
        permit: Bytes(super::super::office::sealed(&desk.office.permits, &desk.permit)),
        key: ours.key.public().to_bytes(),
        half_minute: 1,
        challenge: None,
    };
    let enrol = EnrolRequest { code: "CODE".to_owned(), key: fresh.public().to_bytes(), name: String::new() };
    let mut unheard = Parts::honest(Carried::KIND, ours.key.public().id(), vec![0xa0]);
    unheard.protected[1] = content("wurao/amnesty");
    Ok(vec![
        ("what a village said", "kind-not-taken", by(ours, &Carried { sealed: Bytes(sealed), at })),
        ("a permit as it is shown", "kind-not-taken", by(ours, &shown)),
        ("another phone's request", "kind-not-taken", by(ours, &head)),
        ("an enrolment", "kind-not-taken", by(ours, &enrol)),
        ("a kind that there is not", "kind-not-taken", Brought::Record(unheard.by(&ours.key))),
        ("nothing that can be read", "malformed", Brought::Record(vec![0xd2; 40])),
    ])
}

fn by<T: RecordBody>(pen: &Pen, body: &T) -> Brought {
    Brought::Record(pen.seal(body))
}

/// Other words under the signature of these.
fn moved<T: RecordBody>(pen: &Pen, honest: &T, other: &T) -> Brought {
    let record = pen.seal(honest);
    let parts = Parts::honest(T::KIND, pen.key.public().id(), cbor::encode(other));
    Brought::Record(parts.with(&record[record.len() - 64..]))
}
