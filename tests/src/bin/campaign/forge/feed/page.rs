//! What is chosen on the office's page, made up by others, and the office writing there what is no choice.

use super::super::office::{key, sealed};
use super::Offer;
use super::desk::{Brought, Desk, Pen, device, session};
use rand::Rng as _;
use wurao_protocol::key::Signer as _;
use wurao_protocol::record::{Heads, Leave, Session, Void};
use wurao_protocol::{DeviceId, Digest, merkle};
use wurao_record::{ActorId, Admitted, Ledger, Map, Put, Scalar, choose_puts};
use wurao_tests::{Doing, Trouble};

const REMARK: &str = "remark@-";

/// Sessions on the page, then what is written in them. The remark is answered twice, apart, before.
pub(super) fn page(desk: &mut Desk) -> Result<Vec<Offer>, Trouble> {
    let office = std::sync::Arc::clone(&desk.office);
    let (now_ms, ours, document) = (office.now_ms, office.records.public().device(), desk.permit.visit.document);
    let again = session(&mut desk.chance, &desk.colleague.key, desk.colleague.person, now_ms);
    let apart = write(desk, &Ledger::new(), again.actor, &[answer("another")])?;
    let (there, record) = (|bytes: Vec<u8>| Brought::Change(document, bytes), Brought::Record);
    let mut list = vec![
        ("(honest) another session of the colleague", "taken", record(desk.colleague.seal(&again))),
        ("(honest) another answer to the same", "taken and shown", there(apart.bytes.clone())),
    ];
    desk.ledger.apply(apart);

    let stranger = key(&mut desk.chance);
    let supervisor = Pen::new(&mut desk.chance, now_ms).person;
    let mut fresh = session(&mut desk.chance, &office.records, supervisor, now_ms);
    let phones = session(&mut desk.chance, &desk.colleague.key, supervisor, now_ms);
    let of_the_team =
        Session { person: desk.colleague.person, ..session(&mut desk.chance, &office.records, supervisor, now_ms) };
    let (phone, on) =
        (desk.colleague.key.public().device(), |device: DeviceId, body: &Session| Session { device, ..body.clone() });
    let page = device(&office.records.public(), &[], 0);
    let nobody: [u8; 16] = desk.chance.random();
    list.extend([
        ("a session on a page that was not heard of", "unknown-device", record(desk.official(&fresh))),
        ("another office's page", "wrong-signature", record(sealed(&stranger, &device(&stranger.public(), &[], 0)))),
        ("the page, by a phone", "wrong-signature", record(desk.colleague.seal(&page))),
        ("(honest) the page", "taken", record(desk.official(&page))),
        ("a phone's session on the page", "forged-actor", record(desk.colleague.seal(&on(ours, &phones)))),
        ("a phone's session under the page's actor", "forged-actor", record(desk.colleague.seal(&fresh))),
        ("a session of the page's on a phone", "forged-actor", record(desk.official(&on(phone, &fresh)))),
        (
            "a session on the page under no one's actor",
            "forged-actor",
            record(desk.official(&Session { actor: nobody, ..fresh.clone() })),
        ),
        ("a supervisor's session on a phone", "not-on-team", record(desk.colleague.seal(&phones))),
        ("(honest) a session on the page", "taken", record(desk.official(&fresh))),
        ("(honest) one of a colleague's on the page", "taken", record(desk.official(&of_the_team))),
    ]);
    let actor = fresh.actor;
    fresh.person = desk.colleague.person;
    list.push(("a session on the page that changes hands", "equivocation", record(desk.official(&fresh))));

    let choices =
        |value: &str| choose_puts(&desk.ledger.field(Map::Answers, REMARK), Map::Answers, REMARK, &text(value));
    let values: Vec<String> =
        desk.ledger.field(Map::Answers, REMARK).values.iter().map(|held| said(&held.value)).collect();
    let [first, second] = values.as_slice() else {
        return Err(Trouble::new("disagree", format!("{values:?}")));
    };
    let (good, other, third) = (choices(first), choices(second), choices("a third"));
    let more = [good.to_vec(), vec![Put::new(Map::Answers, "water@-", Scalar::Int(7))]].concat();
    let known = desk.ledger.clone();
    let on_page = |actor, puts: &[Put]| write(desk, &known, actor, puts);
    let (written, good_by_colleague) =
        (on_page(actor, &[answer(first)])?, on_page(of_the_team.actor, &[answer(first)])?);
    let (third, more) = (on_page(actor, &third)?, on_page(actor, &more)?);
    let (choice, other) = (on_page(actor, &good)?, on_page(actor, &other)?);
    let heads = |signer, change: &Admitted| {
        record(sealed(signer, &Heads::over(&[merkle::leaf(&document, &[Digest(change.row.hash)])])))
    };
    list.extend([
        ("an answer on the page, signed", "taken", heads(&office.records, &written)),
        ("an answer on the page", "not-a-choice", there(written.bytes)),
        ("an answer on the page, by one of the team", "not-a-choice", there(good_by_colleague.bytes)),
        ("a choice of what nobody said", "not-a-choice", there(third.bytes)),
        ("a choice with an answer beside it", "not-a-choice", there(more.bytes)),
        ("a choice that nobody signed", "not-covered", there(choice.bytes.clone())),
        ("a phone's signature over a choice", "taken", heads(&desk.colleague.key, &choice)),
        ("a choice that a phone signed", "not-covered", there(choice.bytes.clone())),
        ("the office's signature over another choice", "taken", heads(&office.records, &other)),
        ("a choice under the signature of another", "not-covered", there(choice.bytes.clone())),
    ]);
    list.extend(facts(desk, &of_the_team));
    list.extend([
        ("(honest) the office's signature over a choice", "taken", heads(&office.records, &choice)),
        ("(honest) a choice on the page", "taken and shown", there(choice.bytes.clone())),
        ("another choice at the same place", "equivocation", there(other.bytes)),
    ]);
    desk.ledger.apply(choice);
    Ok(list)
}

/// What one of the team says on the page, where nobody says such things.
fn facts(desk: &Desk, session: &Session) -> Vec<Offer> {
    let (at, document, person, actor) = (desk.stamp(), desk.permit.visit.document, session.person, session.actor);
    let void = Void { document, person, actor, reason: "误开".to_owned(), at };
    let leave = Leave { document, person, actor, heads: Vec::new(), at };
    vec![
        ("a voiding on the page", "not-a-choice", Brought::Record(desk.official(&void))),
        ("a leave on the page", "not-a-choice", Brought::Record(desk.official(&leave))),
    ]
}

fn write(desk: &Desk, ledger: &Ledger, actor: [u8; 16], puts: &[Put]) -> Result<Admitted, Trouble> {
    let built = wurao_record::build(&desk.genesis(), ledger, &ActorId(actor), desk.office.now_ms, puts);
    built.map_err(|why| why.to_string()).doing("write a change")
}

fn answer(value: &str) -> Put {
    Put::new(Map::Answers, REMARK, text(value))
}

fn text(value: &str) -> Scalar {
    Scalar::Text(value.to_owned())
}

fn said(value: &Scalar) -> String {
    match value {
        Scalar::Text(text) => text.clone(),
        other => format!("{other:?}"),
    }
}
