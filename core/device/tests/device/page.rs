//! What is chosen on the server's page: taken and shown with who, when and among what; and how narrow the door is.

use crate::common::*;
use rusqlite::Connection;
use wurao_device::{Field, FieldStanding, FormItem};
use wurao_protocol::cbor::Bytes;
use wurao_protocol::key::{Signer, SoftwareKey};
use wurao_protocol::record::{
    Blob, Capture, Cause, Device, EvidenceEntry, Heads, Image, Kind, Late, Leave, Person, RecordBody, Session, Stamp,
    Void,
};
use wurao_protocol::sync::LogMark;
use wurao_protocol::{BodyId, DeviceId, Digest, DocumentId, PersonId, envelope, merkle};
use wurao_record::{ActorId, Admitted, Genesis, GenesisSeed, Ledger, Map, Put, Scalar, admit, build, choose_puts};

const SUPERVISOR: PersonId = PersonId([8; 16]);
const WATER: &str = "water@-";
const MINUTE: i64 = 60_000;

/// A phone that answered 150, a colleague's that answered 140, and a server with a page.
struct Visit {
    desk: Desk,
    document: DocumentId,
    genesis: Genesis,
    /// All that both phones wrote.
    ledger: Ledger,
    colleague: SoftwareKey,
    theirs: ActorId,
    store: Connection,
}

impl Visit {
    fn new() -> Self {
        let (desk, document) = Desk::at_work();
        desk.phone.answer(document, "water", "-", "150").unwrap();
        desk.sync();
        let permit = permit(&template());
        let seed = GenesisSeed { permit: permit.id.0, site: permit.visit.site.0, checklist: permit.visit.checklist.0 };
        let genesis = Genesis::new(&seed);
        let colleague = key(12);
        let store = store_in(desk.folder.path());
        let theirs = Session::actor_of(&colleague.public(), &[1; 16]);
        let visit = Self { desk, document, genesis, ledger: Ledger::new(), colleague, theirs: ActorId(theirs), store };
        visit.give(&visit.device(&visit.colleague, "phone 2", vec![COLLEAGUE]));
        visit
            .desk
            .office
            .give_bytes(visit.seal(&visit.colleague, &visit.session(&visit.colleague, [1; 16], COLLEAGUE)));
        let mut visit = visit;
        // Neither knew of the other.
        let theirs = visit.built(&Ledger::new(), visit.theirs, &[answer(140)]);
        visit.desk.office.give_changes(document, vec![theirs.bytes.clone()]);
        assert_eq!(visit.desk.sync().quarantined, 0);
        for frame in visit.desk.office.received.lock().unwrap().iter() {
            for entry in &frame.documents {
                let change = admit(&visit.genesis, &visit.ledger, &entry.changes[0].0).unwrap();
                visit.ledger.apply(change);
            }
        }
        visit.ledger.apply(theirs);
        visit
    }

    /// And the page has been heard of.
    fn with_page() -> Self {
        let visit = Self::new();
        visit.give(&Person { id: SUPERVISOR, name: "陈静".into(), body: BodyId([4; 16]) });
        visit.give(&visit.page());
        assert_eq!(visit.desk.sync().quarantined, 0);
        visit
    }

    fn give<T: RecordBody>(&self, body: &T) {
        self.desk.office.give(body);
    }

    fn seal<T: RecordBody>(&self, key: &SoftwareKey, body: &T) -> Vec<u8> {
        envelope::seal(key, body).unwrap()
    }

    fn device(&self, key: &SoftwareKey, name: &str, persons: Vec<PersonId>) -> Device {
        let public = key.public();
        Device { id: public.device(), key: public.to_bytes(), name: name.into(), persons, enrolled_ms: 0 }
    }

    fn page(&self) -> Device {
        self.device(&self.desk.office.key, "page", Vec::new())
    }

    fn session(&self, key: &SoftwareKey, nonce: [u8; 16], person: PersonId) -> Session {
        Session {
            actor: Session::actor_of(&key.public(), &nonce),
            nonce,
            person,
            device: key.public().device(),
            began: Stamp { wall_ms: NOON + 5 * MINUTE, mono_ms: 0, server_ms: None },
            engine: "test".into(),
        }
    }

    /// A session on the page, and its actor.
    fn on_page(&self, nonce: u8, person: PersonId) -> (Vec<u8>, ActorId) {
        let session = self.session(&self.desk.office.key, [nonce; 16], person);
        (self.seal(&self.desk.office.key, &session), ActorId(session.actor))
    }

    fn built(&self, ledger: &Ledger, actor: ActorId, puts: &[Put]) -> Admitted {
        build(&self.genesis, ledger, &actor, NOON + 5 * MINUTE, puts).unwrap()
    }

    /// A choice on the page, on all that is known here.
    fn choice(&self, actor: ActorId, value: i64) -> Admitted {
        let field = self.ledger.field(Map::Answers, WATER);
        self.built(&self.ledger, actor, &choose_puts(&field, Map::Answers, WATER, &Scalar::Int(value)))
    }

    /// A choice of the supervisor's on the page with all that must come before it.
    fn chooses(&self, nonce: u8, value: i64) -> ([Vec<u8>; 2], Admitted) {
        let (session, actor) = self.on_page(nonce, SUPERVISOR);
        let choice = self.choice(actor, value);
        ([session, self.heads(&self.desk.office.key, &choice)], choice)
    }

    /// The heads record over a change.
    fn heads(&self, key: &SoftwareKey, change: &Admitted) -> Vec<u8> {
        self.seal(key, &Heads::over(&[merkle::leaf(&self.document, &[Digest(change.row.hash)])]))
    }

    /// All of it comes with one answer.
    fn comes(&self, records: &[Vec<u8>], changes: &[&Admitted]) {
        records.iter().for_each(|record| self.desk.office.give_bytes(record.clone()));
        if !changes.is_empty() {
            self.desk.office.give_changes(self.document, changes.iter().map(|change| change.bytes.clone()).collect());
        }
        self.desk.sync();
    }

    /// The problems of what was set aside, in order.
    fn aside(&self) -> Vec<String> {
        let mut statement = self.store.prepare("SELECT problem FROM quarantine ORDER BY position").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    fn water(&self, language: &str) -> Field {
        let form = self.desk.phone.form(self.document, language).unwrap();
        let FormItem::Field(water) = &form.sections[0].items[0] else { panic!() };
        (**water).clone()
    }

    /// A supervisor chooses 140.
    fn chosen() -> (Self, Vec<u8>, Vec<u8>, Admitted) {
        let mut visit = Self::with_page();
        let ([session, heads], choice) = visit.chooses(1, 140);
        visit.comes(&[session.clone(), heads.clone()], &[&choice]);
        visit.ledger.apply(choice.clone());
        assert_eq!(visit.aside(), Vec::<String>::new());
        (visit, session, heads, choice)
    }
}

fn answer(value: i64) -> Put {
    Put::new(Map::Answers, WATER, Scalar::Int(value))
}

#[test]
fn a_choice_on_the_page_is_shown_with_who_when_and_what_it_was_made_among() {
    let (visit, ..) = Visit::chosen();
    for (language, page) in [("en", "the page"), ("zh", "网页")] {
        let water = visit.water(language);
        assert_eq!((water.standing, water.value.as_str()), (FieldStanding::Chosen, "140"));
        let [settled] = water.settled.as_slice() else { panic!("{water:?}") };
        assert_eq!(
            (settled.shown.as_str(), settled.by.person.as_str(), settled.by.device.as_str()),
            ("140", "陈静", page)
        );
        assert_eq!(settled.by.at_ms, NOON + 5 * MINUTE);
        let mut among: Vec<_> =
            settled.among.iter().map(|one| (one.shown.as_str(), one.by.person.as_str(), one.chose)).collect();
        among.sort_unstable();
        assert_eq!(among, [("140", "李强", false), ("150", "王芳", false)]);
        assert_eq!(visit.desk.phone.form(visit.document, language).unwrap().conflicts, 0);
    }
}

#[test]
fn what_this_phone_writes_without_knowing_of_the_choice_reopens_it_and_shows_both() {
    let visit = Visit::with_page();
    let (records, choice) = visit.chooses(1, 140);
    // The choice is on its way when the phone answers again.
    visit.desk.phone.answer(visit.document, "water", "-", "160").unwrap();
    visit.comes(&records, &[&choice]);
    let water = visit.water("en");
    assert_eq!(
        (water.standing, water.settled.len(), water.settled[0].shown.as_str()),
        (FieldStanding::Conflict, 1, "140")
    );
    let mut held: Vec<_> = water.held.iter().map(|held| (held.value.as_str(), held.by[0].person.as_str())).collect();
    held.sort_unstable();
    assert_eq!(held, [("140", "陈静"), ("160", "王芳")]);

    visit.desk.phone.choose_among(visit.document, "water", "-", "160", &water.among).unwrap();
    let water = visit.water("en");
    assert_eq!((water.standing, water.among.as_str()), (FieldStanding::Chosen, ""));
    let among: Vec<_> = water.settled[0].among.iter().map(|one| (one.shown.as_str(), one.chose)).collect();
    for due in [("150", false), ("140", false), ("140", true), ("160", false)] {
        assert!(among.contains(&due), "{due:?} is not in {among:?}");
    }
}

#[test]
fn chosen_differently_on_the_phone_and_on_the_page_it_is_a_conflict_again_and_both_are_shown() {
    let visit = Visit::with_page();
    let (records, choice) = visit.chooses(1, 140);
    visit.desk.phone.choose(visit.document, "water", "-", "150").unwrap();
    visit.comes(&records, &[&choice]);
    let water = visit.water("zh");
    let mut chose: Vec<_> =
        water.settled.iter().map(|one| (one.shown.as_str(), one.by.person.as_str(), one.among.len())).collect();
    chose.sort_unstable();
    assert_eq!((water.standing, chose), (FieldStanding::Conflict, vec![("140", "陈静", 2), ("150", "王芳", 2)]));
}

#[test]
fn nobody_chooses_on_the_phone_among_what_the_form_has_not_shown() {
    let visit = Visit::with_page();
    let seen = visit.water("en");
    assert_eq!(seen.among.split(' ').count(), 2);
    // A third value comes while the form is looked at.
    let third = visit.session(&visit.colleague, [2; 16], COLLEAGUE);
    let late = visit.built(&Ledger::new(), ActorId(third.actor), &[answer(145)]);
    visit.comes(&[visit.seal(&visit.colleague, &third)], &[&late]);
    let choose = |among: &str| visit.desk.phone.choose_among(visit.document, "water", "-", "140", among);
    assert_eq!(choose(&seen.among).unwrap_err().code(), "stale-choice");
    assert_eq!(choose("").unwrap_err().code(), "stale-choice");
    assert_eq!(visit.water("en").standing, FieldStanding::Conflict);
    choose(&visit.water("en").among).unwrap();
    assert_eq!(choose(&seen.among).unwrap_err().code(), "bad-choice", "nothing is left to choose");
}

/// What comes in the server's name, and why it is not taken.
type Forged = (&'static str, &'static str, fn(&Visit) -> (Vec<Vec<u8>>, Vec<Admitted>));

const CHANGES: &[Forged] = &[
    ("an answer", "not-a-choice", |visit| {
        signed(visit, SUPERVISOR, |visit, actor| visit.built(&visit.ledger, actor, &[answer(1)]))
    }),
    ("an answer of one of the team", "not-a-choice", |visit| {
        signed(visit, COLLEAGUE, |visit, actor| visit.built(&visit.ledger, actor, &[answer(140)]))
    }),
    ("a value that nobody had given", "not-a-choice", |visit| {
        signed(visit, SUPERVISOR, |visit, actor| visit.choice(actor, 145))
    }),
    ("a choice where nothing was to be chosen", "not-a-choice", |visit| {
        signed(visit, SUPERVISOR, |visit, actor| {
            let mut agreed = Ledger::new();
            let theirs = visit
                .ledger
                .changes()
                .find(|(hash, _)| visit.ledger.row(hash).is_some_and(|row| row.actor == visit.theirs));
            agreed.apply(admit(&visit.genesis, &agreed, theirs.unwrap().1).unwrap());
            let field = agreed.field(Map::Answers, WATER);
            visit.built(&agreed, actor, &choose_puts(&field, Map::Answers, WATER, &Scalar::Int(140)))
        })
    }),
    ("a choice and an answer", "not-a-choice", |visit| {
        signed(visit, SUPERVISOR, |visit, actor| {
            let field = visit.ledger.field(Map::Answers, WATER);
            let mut puts = choose_puts(&field, Map::Answers, WATER, &Scalar::Int(140)).to_vec();
            puts.push(Put::new(Map::Answers, "remark@-", Scalar::Text("all well".into())));
            visit.built(&visit.ledger, actor, &puts)
        })
    }),
    ("a row", "not-a-choice", |visit| {
        signed(visit, SUPERVISOR, |visit, actor| {
            let put = Put::new(Map::Repeats, "00aa.removed", Scalar::Bool(true));
            visit.built(&visit.ledger, actor, &[put])
        })
    }),
    ("what the document says of itself", "field-refused", |visit| {
        signed(visit, SUPERVISOR, |visit, actor| {
            visit.built(&visit.ledger, actor, &[Put::new(Map::Meta, "state", Scalar::Text("closed".into()))])
        })
    }),
    ("a choice that nobody signed", "not-covered", |visit| {
        let (session, actor) = visit.on_page(1, SUPERVISOR);
        (vec![session], vec![visit.choice(actor, 140)])
    }),
    ("a choice that a phone signed", "not-covered", |visit| {
        let (session, actor) = visit.on_page(1, SUPERVISOR);
        let choice = visit.choice(actor, 140);
        (vec![session, visit.heads(&visit.colleague, &choice)], vec![choice])
    }),
    ("a choice under the signature of another", "not-covered", |visit| {
        let (session, actor) = visit.on_page(1, SUPERVISOR);
        let other = visit.heads(&visit.desk.office.key, &visit.choice(actor, 150));
        (vec![session, other], vec![visit.choice(actor, 140)])
    }),
    ("a choice without a session", "no-session", |visit| {
        let (_, actor) = visit.on_page(1, SUPERVISOR);
        let choice = visit.choice(actor, 140);
        (vec![visit.heads(&visit.desk.office.key, &choice)], vec![choice])
    }),
];

/// A session on the page, and what is written in it under the server's own signature.
fn signed(visit: &Visit, person: PersonId, write: fn(&Visit, ActorId) -> Admitted) -> (Vec<Vec<u8>>, Vec<Admitted>) {
    let (session, actor) = visit.on_page(1, person);
    let change = write(visit, actor);
    (vec![session, visit.heads(&visit.desk.office.key, &change)], vec![change])
}

#[test]
fn on_the_page_nothing_is_written_but_choices_and_each_is_signed() {
    for (what, due, forged) in CHANGES {
        let visit = Visit::with_page();
        let (records, changes) = forged(&visit);
        let before = visit.desk.phone.form(visit.document, "en").unwrap();
        visit.comes(&records, &changes.iter().collect::<Vec<_>>());
        assert_eq!(visit.aside(), [*due], "{what}");
        assert_eq!(visit.desk.phone.form(visit.document, "en").unwrap(), before, "{what}");
        // The honest one is taken still, under a session of its own.
        let (records, choice) = visit.chooses(9, 140);
        visit.comes(&records, &[&choice]);
        assert_eq!((visit.aside().len(), visit.water("en").standing), (1, FieldStanding::Chosen), "{what}");
    }
}

#[test]
fn no_other_key_opens_a_session_on_the_page_and_the_page_opens_none_elsewhere() {
    let visit = Visit::with_page();
    let (page, office, phone) = (visit.page().id, &visit.desk.office.key, &visit.colleague);
    let other = key(77);
    let session = |key: &SoftwareKey, device: DeviceId, nonce: u8| Session {
        device,
        ..visit.session(key, [nonce; 16], SUPERVISOR)
    };
    let forged = [
        ("a phone's session on the page", "forged-actor", visit.seal(phone, &session(phone, page, 1))),
        ("a phone's session under the page's actor", "forged-actor", visit.seal(phone, &session(office, page, 1))),
        (
            "the page's session on a phone",
            "forged-actor",
            visit.seal(office, &session(office, phone.public().device(), 1)),
        ),
        ("the page's session under a phone's actor", "forged-actor", visit.seal(office, &session(phone, page, 1))),
        (
            "a session of another server's page",
            "unknown-device",
            visit.seal(&other, &session(&other, other.public().device(), 1)),
        ),
        ("another server's page", "wrong-signature", visit.seal(&other, &visit.device(&other, "page", vec![]))),
        (
            "a supervisor on a phone that is not theirs",
            "not-on-team",
            visit.seal(phone, &visit.session(phone, [3; 16], SUPERVISOR)),
        ),
    ];
    for (what, due, record) in forged {
        visit.comes(&[record], &[]);
        assert_eq!(visit.aside().pop().unwrap(), due, "{what}");
    }
    // Whose a session is does not change there either.
    let (first, _) = visit.on_page(4, SUPERVISOR);
    let (again, _) = visit.on_page(4, COLLEAGUE);
    visit.comes(&[first, again], &[]);
    assert_eq!(visit.aside().pop().unwrap(), "equivocation");

    // The page must be heard of before anything of it.
    let visit = Visit::new();
    visit.comes(&[visit.on_page(1, SUPERVISOR).0], &[]);
    assert_eq!(visit.aside(), ["unknown-device"]);
}

#[test]
fn on_the_page_nobody_leaves_photographs_voids_or_registers_not_even_one_of_the_team() {
    let visit = Visit::with_page();
    let (session, actor) = visit.on_page(1, COLLEAGUE);
    visit.comes(&[session], &[]);
    let (document, person, actor) = (visit.document, COLLEAGUE, actor.0);
    let at = Stamp { wall_ms: NOON, mono_ms: 0, server_ms: None };
    let office = &visit.desk.office.key;
    let image = |n: u8| Image { blob: Blob { sha256: Digest([n; 32]), bytes: 10 }, width: 4, height: 3 };
    let permit = permit(&template());
    let evidence = EvidenceEntry {
        document,
        question: "water".into(),
        instance: "-".into(),
        original: Blob { sha256: Digest([7; 32]), bytes: 100 },
        media_type: "image/jpeg".into(),
        rendition: image(8),
        thumbnail: image(9),
        pipeline: "test".into(),
        perceptual: 0,
        capture: Capture { attached: at, camera_time: None, position: None, orientation: 1, camera: None },
        person,
        actor,
        sequence: 1,
        previous: None,
    };
    let late = Late {
        document,
        permit: permit.id,
        site: permit.visit.site,
        checklist: permit.visit.checklist,
        person,
        actor,
        cause: Cause::Urgent,
        reason: "flood".into(),
        standing: "expired".into(),
        at,
    };
    let void = Void { document, person, actor, reason: "by mistake".into(), at };
    let records = [
        visit.seal(office, &Leave { document, person, actor, heads: vec![], at }),
        visit.seal(office, &void),
        visit.seal(office, &evidence),
        visit.seal(office, &late),
    ];
    let before = visit.desk.phone.work().unwrap();
    visit.comes(&records, &[]);
    assert_eq!(visit.aside(), ["not-a-choice"; 4]);
    assert_eq!(visit.desk.phone.work().unwrap(), before);
}

#[test]
fn a_server_that_has_lost_a_choice_is_brought_it_back_whole_and_once() {
    let (visit, session, heads, choice) = Visit::chosen();
    *visit.desk.office.log.lock().unwrap() = LogMark { epoch: 1, size: 10, root: Bytes(vec![1; 16]), kept: None };
    // The phone answers on top of it.
    visit.desk.phone.answer(visit.document, "remark", "-", "dry").unwrap();
    visit.desk.sync();
    let mark = LogMark { epoch: 2, size: 3, root: Bytes(vec![2; 16]), kept: Some(1) };
    *visit.desk.office.log.lock().unwrap() = mark.clone();
    visit.desk.office.received.lock().unwrap().clear();
    assert!(visit.desk.sync().offered_again >= 2);
    let frames = std::mem::take(&mut *visit.desk.office.received.lock().unwrap());
    let records: Vec<Vec<u8>> = frames.iter().flat_map(|frame| &frame.records).map(|record| record.0.clone()).collect();
    let at = |wanted: &Vec<u8>| records.iter().position(|record| record == wanted);
    assert!(at(&session).is_some() && at(&session) < at(&heads), "the very session and signature");
    let changes: Vec<&Vec<u8>> = frames
        .iter()
        .flat_map(|frame| &frame.documents)
        .flat_map(|entry| &entry.changes)
        .map(|bytes| &bytes.0)
        .collect();
    let place = changes.iter().position(|bytes| **bytes == choice.bytes).unwrap();
    assert!(place + 1 < changes.len(), "before what was written on it");
    let kinds = records.iter().filter(|record| envelope::open(record).unwrap().kind == Kind::Heads).count();
    assert_eq!(kinds, 2, "the server's and the phone's own");

    *visit.desk.office.log.lock().unwrap() = LogMark { kept: None, ..mark };
    visit.desk.sync();
    visit.desk.office.received.lock().unwrap().clear();
    assert_eq!(visit.desk.sync().requests, 1);
    assert!(visit.desk.office.received.lock().unwrap().is_empty(), "nothing is left to bring");
    assert_eq!(visit.water("en").standing, FieldStanding::Chosen);
}
