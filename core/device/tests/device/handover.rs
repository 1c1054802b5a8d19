//! Handing over between phones without a server: what is asked, given, taken, shown, brought to the server, and refused.

use crate::common::*;
use std::sync::Arc;
use wurao_device::{FormItem, HandedOver, Held, PhoneError};
use wurao_protocol::cbor::Bytes;
use wurao_protocol::frame::Frame;
use wurao_protocol::handover::{Ask, Contents};
use wurao_protocol::key::Signer;
use wurao_protocol::proof::Proof;
use wurao_protocol::record::{Device, Heads, Kind, Session, Stamp};
use wurao_protocol::sync::{DocumentStatus, LogMark, Outcome, Status};
use wurao_protocol::{Digest, DocumentId, PermitId, PersonId, Problem, ServerId, envelope, merkle};
use wurao_record::{below, change_hash};

/// Two phones of one team that have the visit's permit and nobody else's work: one of Wang's, one of Li's.
struct Team {
    office: Arc<Office>,
    wang: Desk,
    li: Desk,
    document: DocumentId,
}

fn phone(office: &Arc<Office>, n: u8, person: PersonId) -> Desk {
    *office.persons.lock().unwrap() = vec![person];
    let desk = Desk::of(office.clone(), n);
    office.give_work();
    desk.sync();
    desk
}

impl Team {
    fn new() -> Self {
        let office = Office::new();
        let wang = phone(&office, 11, PERSON);
        let li = phone(&office, 12, COLLEAGUE);
        let document = wang.phone.start(wang.phone.work().unwrap()[0].permit).unwrap();
        office.received.lock().unwrap().clear();
        Self { office, wang, li, document }
    }

    /// Wang's work goes to Li's phone by the server, with or without the server's word for it.
    fn fed(&self, proven: bool) {
        self.wang.sync();
        self.office.give(&let_in(&self.wang, &self.office));
        self.office.relay();
        if proven {
            self.office.prove_feed();
        }
        assert_eq!(self.li.sync().quarantined, 0);
    }

    /// What Wang's phone gives Li's.
    fn file(&self) -> Vec<u8> {
        self.wang.phone.hand_over(&self.li.phone.ask_hand_over().unwrap()).unwrap().file
    }
}

/// The record that let a phone in.
fn let_in(desk: &Desk, office: &Office) -> Device {
    Ask::from_text(&desk.phone.ask_hand_over().unwrap(), &office.key.public()).unwrap().device
}

fn give(from: &Desk, to: &Desk) -> HandedOver {
    let given = from.phone.hand_over(&to.phone.ask_hand_over().unwrap()).unwrap();
    to.phone.take_hand_over(&given.file).unwrap()
}

/// The values of a question, and who gave them.
fn shown(desk: &Desk, document: DocumentId, question: &str) -> Vec<(String, String)> {
    let form = desk.phone.form(document, "en").unwrap();
    let mut items = form.sections.iter().flat_map(|section| &section.items);
    let field = items.find_map(|item| match item {
        FormItem::Field(field) if field.question == question => Some(field),
        _ => None,
    });
    let held = |held: &Held| (held.value.clone(), held.by[0].person.clone());
    field.unwrap().held.iter().map(held).collect()
}

fn code<T: std::fmt::Debug>(result: Result<T, PhoneError>) -> String {
    result.unwrap_err().code().to_owned()
}

#[test]
fn what_one_phone_wrote_is_on_the_other_under_its_authors_name_and_nothing_doubles() {
    let Team { wang, li, document, .. } = Team::new();
    wang.phone.answer(document, "water", "-", "150").unwrap();
    let taken = give(&wang, &li);
    assert!(taken.changes >= 1 && taken.set_aside == 0, "{taken:?}");
    assert_eq!(shown(&li, document, "water"), [("150".to_owned(), "王芳".to_owned())]);
    // Again, and back: nothing is new.
    let again = give(&wang, &li);
    assert_eq!((again.changes, again.records, again.set_aside), (0, 0, 0), "{again:?}");
    li.phone.start(li.phone.work().unwrap()[0].permit).unwrap();
    li.phone.answer(document, "remark", "-", "dry").unwrap();
    let back = give(&li, &wang);
    assert_eq!((back.set_aside, shown(&wang, document, "remark")), (0, vec![("dry".to_owned(), "李强".to_owned())]));
    assert_eq!(li.phone.values(document).unwrap(), wang.phone.values(document).unwrap());
}

#[test]
fn a_third_phone_hands_on_what_it_was_handed() {
    let Team { office, wang, li, document } = Team::new();
    wang.phone.answer(document, "water", "-", "150").unwrap();
    wang.phone.leave(document).unwrap();
    give(&wang, &li);
    let third = phone(&office, 13, COLLEAGUE);
    let taken = give(&li, &third);
    assert!(taken.changes >= 1 && taken.set_aside == 0, "{taken:?}");
    assert_eq!(shown(&third, document, "water"), [("150".to_owned(), "王芳".to_owned())]);
}

#[test]
fn what_was_handed_over_goes_to_the_server_once_with_its_authors_signature() {
    let Team { office, wang, li, document } = Team::new();
    wang.phone.answer(document, "water", "-", "150").unwrap();
    wang.phone.leave(document).unwrap();
    give(&wang, &li);
    assert_eq!(li.phone.outbox().unwrap().changes[0].standing, "handed");
    li.sync();
    let frames = std::mem::take(&mut *office.received.lock().unwrap());
    let proofs: Vec<&Proof> = frames.iter().flat_map(|frame| frame.proofs.iter().flatten()).collect();
    let [proof] = proofs[..] else { panic!("{proofs:?}") };
    proof.open().unwrap().verify(&key(11).public()).unwrap();
    let kinds: Vec<Kind> = frames
        .iter()
        .flat_map(|frame| &frame.records)
        .map(|record| envelope::open(&record.0).unwrap())
        .filter(|record| record.key == key(11).public().id() || record.kind == Kind::Device)
        .map(|record| record.kind)
        .collect();
    assert_eq!(kinds, [Kind::Device, Kind::Session, Kind::Leave]);
    assert!(li.phone.outbox().unwrap().changes.is_empty());
    li.sync();
    let again = office.received.lock().unwrap();
    assert!(again.iter().all(|frame| frame.documents.is_empty()), "{again:?}");
}

#[test]
fn what_the_server_fed_is_handed_on_with_the_servers_word() {
    let team = Team::new();
    team.wang.phone.answer(team.document, "water", "-", "150").unwrap();
    team.fed(true);
    let third = phone(&team.office, 13, COLLEAGUE);
    let taken = give(&team.li, &third);
    assert!(taken.changes >= 1 && taken.set_aside == 0, "{taken:?}");
    // The server is told once more, for it may have lost it: with its own word for it.
    team.office.received.lock().unwrap().clear();
    third.sync();
    let frames = team.office.received.lock().unwrap();
    let brought = frames.iter().find(|frame| !frame.documents.is_empty()).unwrap();
    brought.proofs.as_ref().unwrap()[0].open().unwrap().verify(&team.office.key.public()).unwrap();
    assert!(third.phone.outbox().unwrap().changes.is_empty());
}

#[test]
fn what_nobody_has_signed_for_is_not_handed_on_nor_what_stands_on_it() {
    let team = Team::new();
    team.wang.phone.answer(team.document, "water", "-", "150").unwrap();
    // By an older server, which says nothing of signatures.
    team.fed(false);
    let li = &team.li.phone;
    li.start(li.work().unwrap()[0].permit).unwrap();
    li.answer(team.document, "remark", "-", "dry").unwrap();
    let third = phone(&team.office, 13, COLLEAGUE);
    let taken = give(&team.li, &third);
    assert_eq!((taken.changes, taken.set_aside), (0, 0), "{taken:?}");
}

#[test]
fn only_the_team_is_given_anything_and_only_the_phone_that_asked_takes_it() {
    let team = Team::new();
    team.wang.phone.answer(team.document, "water", "-", "150").unwrap();
    let stranger = phone(&team.office, 14, PersonId([9; 16]));
    let asked = stranger.phone.ask_hand_over().unwrap();
    assert_eq!(code(team.wang.phone.hand_over(&asked)), "nothing-to-hand-over");
    assert_eq!(code(stranger.phone.take_hand_over(&team.file())), "other-device");
    assert_eq!(code(team.wang.phone.take_hand_over(&team.file())), "own-hand-over");
    let own = team.wang.phone.ask_hand_over().unwrap();
    assert_eq!(code(team.wang.phone.hand_over(&own)), "own-hand-over");
    for wrong in ["", "WURAO-ASK:ABC", "https://example.org"] {
        assert_eq!(code(team.wang.phone.hand_over(wrong)), "malformed");
    }
    assert_eq!(code(team.li.phone.take_hand_over(&[])), "empty-body");
    assert_eq!(code(team.li.phone.take_hand_over(b"no file")), "malformed");
}

#[test]
fn nothing_is_given_to_or_taken_from_a_revoked_phone() {
    let team = Team::new();
    team.wang.phone.answer(team.document, "water", "-", "150").unwrap();
    let (asked, file) = (team.li.phone.ask_hand_over().unwrap(), team.file());
    team.office.give(&team.office.without(2, key(12).public().device()));
    team.wang.sync();
    assert_eq!(code(team.wang.phone.hand_over(&asked)), "peer-revoked");
    team.office.give(&team.office.without(3, key(11).public().device()));
    team.li.sync();
    assert_eq!(code(team.li.phone.take_hand_over(&file)), "peer-revoked");
}

/// A file of Li's other phone for Wang's, with these contents: whoever holds a phone can make one.
fn forged(team: &Team, contents: &Contents) -> Vec<u8> {
    let record = team.office.record(&let_in(&team.li, &team.office));
    let at = Stamp { wall_ms: NOON, mono_ms: 0, server_ms: None };
    let to = (ServerId([7; 16]), key(11).public().device(), at);
    contents.to_file(&key(12), &record, to).unwrap()
}

#[test]
fn what_a_colleague_brings_in_anothers_name_is_set_aside() {
    let team = Team::new();
    team.wang.phone.answer(team.document, "water", "-", "150").unwrap();
    let (_, honest) = Contents::from_file(&team.file(), &team.office.key.public()).unwrap();
    let third = phone(&team.office, 13, COLLEAGUE);
    let at = Stamp { wall_ms: NOON, mono_ms: 0, server_ms: None };
    let to = (ServerId([7; 16]), key(13).public().device(), at);
    let li = team.office.record(&let_in(&team.li, &team.office));
    let changes = honest.documents[0].changes.len() as u64;
    let pairs: Vec<(DocumentId, Vec<Digest>)> =
        honest.proofs.iter().map(|proof| (proof.document, proof.heads.clone())).collect();
    let leaves: Vec<Digest> = pairs.iter().map(|(document, heads)| merkle::leaf(document, heads)).collect();
    let own = envelope::seal(&key(12), &Heads::over(&leaves)).unwrap();
    let mut cut = honest.proofs.clone();
    cut.iter_mut().for_each(|proof| proof.heads = vec![Digest([1; 32])]);
    for (proofs, why) in
        [(Vec::new(), "no proof"), (Proof::all(&own, &pairs), "the bringer's own"), (cut, "over other heads")]
    {
        let file = Contents { proofs, ..honest.clone() }.to_file(&key(12), &li, to).unwrap();
        let taken = third.phone.take_hand_over(&file).unwrap();
        assert_eq!((taken.changes, taken.set_aside), (0, changes), "{why}");
    }
    // A session in Wang's name that Wang's phone has not opened.
    let session = Session {
        actor: Session::actor_of(&key(11).public(), &[3; 16]),
        nonce: [3; 16],
        person: PERSON,
        device: key(11).public().device(),
        began: at,
        engine: "x".into(),
    };
    let records = vec![envelope::seal(&key(12), &session).unwrap().into()];
    let file = Contents { records, ..Contents::default() }.to_file(&key(12), &li, to).unwrap();
    assert_eq!(third.phone.take_hand_over(&file).unwrap().set_aside, 1);
    // The honest one is taken after all of that.
    let taken = third.phone.take_hand_over(&honest.to_file(&key(12), &li, to).unwrap()).unwrap();
    assert_eq!((taken.changes, taken.set_aside), (changes, 0));
}

#[test]
fn an_order_or_a_receipt_is_taken_from_no_colleague() {
    use wurao_protocol::record::{Deed, Order, Receipt, State};
    let team = Team::new();
    let order = Order { device: key(11).public().device(), what: Deed::Wipe, at_ms: NOON };
    let receipt = Receipt { records: vec![Digest([1; 32])], state: State::Accepted, at_ms: NOON };
    let records = vec![team.office.record(&order).into(), team.office.record(&receipt).into()];
    let file = forged(&team, &Contents { records, ..Contents::default() });
    assert_eq!(team.wang.phone.take_hand_over(&file).unwrap().set_aside, 2);
    team.wang.phone.answer(team.document, "water", "-", "150").unwrap();
}

#[test]
fn a_file_for_another_server_is_refused_whole() {
    let team = Team::new();
    let at = Stamp { wall_ms: NOON, mono_ms: 0, server_ms: None };
    let li = team.office.record(&let_in(&team.li, &team.office));
    let to = (ServerId([8; 16]), key(11).public().device(), at);
    let file = Contents::default().to_file(&key(12), &li, to).unwrap();
    assert_eq!(code(team.wang.phone.take_hand_over(&file)), "other-server");
}

#[test]
fn what_the_server_has_fed_is_brought_back_to_it_once_it_has_lost_that() {
    let team = Team::new();
    let mark = |epoch, size, kept| LogMark { epoch, size, root: Bytes(vec![1; 16]), kept };
    team.wang.phone.answer(team.document, "water", "-", "150").unwrap();
    *team.office.log.lock().unwrap() = mark(1, 10, None);
    team.fed(true);
    team.office.shows(10, 5);
    team.li.sync();
    *team.office.kept_root.lock().unwrap() = Some(Bytes(vec![5; 8]));
    team.office.received.lock().unwrap().clear();
    // What it still has is brought by nobody, what it has lost by whoever has it.
    *team.office.log.lock().unwrap() = mark(2, 12, Some(10));
    assert_eq!(team.li.sync().offered_again, 0);
    *team.office.log.lock().unwrap() = mark(3, 5, Some(3));
    assert!(team.li.sync().offered_again >= 2, "the answer, and who wrote it");
    let frames = team.office.received.lock().unwrap();
    let brought = frames.iter().find(|frame| !frame.documents.is_empty()).unwrap();
    let [proof] = &brought.proofs.as_ref().unwrap()[..] else { panic!("{brought:?}") };
    proof.open().unwrap().verify(&team.office.key.public()).unwrap();
    drop(frames);
    team.office.received.lock().unwrap().clear();
    *team.office.log.lock().unwrap() = mark(3, 20, None);
    team.li.sync();
    assert!(team.office.received.lock().unwrap().iter().all(|frame| frame.documents.is_empty()), "once");
}

#[test]
fn a_record_that_could_not_be_brought_on_is_set_aside_and_stops_no_sync() {
    let team = Team::new();
    let session = Session {
        actor: Session::actor_of(&key(12).public(), &[3; 16]),
        nonce: [3; 16],
        person: COLLEAGUE,
        device: key(12).public().device(),
        began: Stamp { wall_ms: NOON, mono_ms: 0, server_ms: None },
        engine: "x".repeat(100_000),
    };
    let records = vec![
        team.office.record(&let_in(&team.li, &team.office)).into(),
        Bytes(envelope::seal(&key(12), &session).unwrap()),
    ];
    let file = forged(&team, &Contents { records, ..Contents::default() });
    for set_aside in [1, 1] {
        assert_eq!(team.wang.phone.take_hand_over(&file).unwrap().set_aside, set_aside);
    }
    let aside: i64 = store_in(team.wang.folder.path())
        .query_row("SELECT count(*) FROM quarantine WHERE problem = 'too-large'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(aside, 1, "kept once");
    team.wang.sync();
}

#[test]
fn what_the_server_does_not_take_of_a_colleagues_harms_no_work_of_ones_own() {
    let Team { office, wang, li, document } = Team::new();
    wang.phone.answer(document, "water", "-", "150").unwrap();
    give(&wang, &li);
    li.phone.start(li.phone.work().unwrap()[0].permit).unwrap();
    // It stands on Wang's.
    li.phone.answer(document, "water", "-", "140").unwrap();
    let refused = Status::because(Outcome::Refused, Problem::ForgedActor, "a session of another device");
    *office.verdict.lock().unwrap() = DocumentStatus { status: refused, stopped: Some(0), heads: Vec::new() };
    let report = li.sync();
    assert_eq!(report.changes_refused, 1, "Wang's alone: {report:?}");
    let standing = |li: &Desk| -> Vec<String> {
        li.phone.outbox().unwrap().changes.into_iter().map(|changes| changes.standing).collect()
    };
    assert_eq!(standing(&li), ["unrelayed", "unsent"]);
    let own = li.phone.outbox().unwrap().changes.swap_remove(1);
    assert_eq!((own.problem.as_deref(), own.changes > 0), (Some("unknown-dependency"), true), "why it waits is told");
    // Until the server has Wang's from Wang, nothing that stands on it is sent.
    let ok = DocumentStatus { status: Status::plain(Outcome::Ok), stopped: None, heads: Vec::new() };
    *office.verdict.lock().unwrap() = ok;
    office.received.lock().unwrap().clear();
    li.sync();
    assert!(office.received.lock().unwrap().iter().all(|frame| frame.documents.is_empty()));
    wang.sync();
    office.relay();
    li.sync();
    li.sync();
    assert_eq!(standing(&li), Vec::<String>::new());
}

#[test]
fn what_stands_on_what_the_server_did_not_take_of_a_colleagues_does_not_keep_a_phone_from_being_emptied() {
    let Team { office, wang, li, document } = Team::new();
    for value in ["150", "151", "152"] {
        wang.phone.answer(document, "water", "-", value).unwrap();
    }
    give(&wang, &li);
    let refused = Status::because(Outcome::Refused, Problem::ForgedActor, "a session of another device");
    *office.verdict.lock().unwrap() = DocumentStatus { status: refused, stopped: Some(0), heads: Vec::new() };
    li.sync();
    li.sync();
    assert_eq!(office.last_head().holds.changes, 0, "Wang has it");
    li.phone.start(li.phone.work().unwrap()[0].permit).unwrap();
    li.phone.answer(document, "water", "-", "140").unwrap();
    li.sync();
    assert!(office.last_head().holds.changes > 0, "who wrote this has it nowhere else");
}

#[test]
fn what_was_not_looked_at_behind_an_earlier_part_is_offered_again() {
    let Team { office, wang, li, document } = Team::new();
    wang.phone.answer(document, "water", "-", "150").unwrap();
    give(&wang, &li);
    let refused = Status::because(Outcome::Refused, Problem::AfterRefused, "an earlier part of this document");
    *office.verdict.lock().unwrap() = DocumentStatus { status: refused, stopped: Some(0), heads: Vec::new() };
    li.sync();
    assert_eq!(li.phone.outbox().unwrap().changes[0].standing, "handed");
    assert_eq!(shown(&li, document, "water").len(), 1, "not set apart");
    *office.verdict.lock().unwrap() =
        DocumentStatus { status: Status::plain(Outcome::Ok), stopped: None, heads: Vec::new() };
    li.sync();
    assert!(li.phone.outbox().unwrap().changes.is_empty());
}

/// So many long remarks, each over the one before: of thirty thousand letters that pack to half of that.
fn remarks(desk: &Desk, document: DocumentId, count: u64) {
    for at in 0..count {
        let word = |word: u64| Digest::of(&[&(at * 1000 + word).to_be_bytes()]).to_string()[..30].to_owned();
        desk.phone.answer(document, "water#note", "-", &(0..1000).map(word).collect::<String>()).unwrap();
    }
}

/// Frames in runs that are taken as one.
fn as_one(frames: &[Frame]) -> Vec<&[Frame]> {
    frames.split_inclusive(|frame| !frame.goes_on()).collect()
}

#[test]
fn wherever_much_is_cut_each_part_proves_what_colleagues_wrote_in_it() {
    let Team { office, wang, li, document } = Team::new();
    for _ in 0..2 {
        remarks(&wang, document, 45);
        give(&wang, &li);
        li.phone.start(li.phone.work().unwrap()[0].permit).unwrap();
        li.phone.answer(document, "remark", "-", "dry").unwrap();
    }
    remarks(&li, document, 20);
    li.sync();
    li.sync();
    let frames = office.received.lock().unwrap();
    assert!(li.phone.outbox().unwrap().changes.is_empty());
    let wangs: Vec<[u8; 32]> = {
        let store = store_in(wang.folder.path());
        let mut statement = store.prepare("SELECT hash FROM change WHERE standing = 'unsent'").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    };
    let (mut handed, mut alone) = (0, 0);
    for run in as_one(&frames) {
        let changes: Vec<&[u8]> = run
            .iter()
            .flat_map(|frame| &frame.documents)
            .flat_map(|entry| entry.changes.iter().map(|change| change.0.as_slice()))
            .collect();
        let proofs: Vec<&Proof> = run.iter().flat_map(|frame| frame.proofs.iter().flatten()).collect();
        proofs.iter().for_each(|proof| proof.open().unwrap().verify(&key(11).public()).unwrap());
        let heads = proofs.iter().flat_map(|proof| &proof.heads).map(|head| head.0);
        let proven = below(changes.iter().copied(), heads);
        let size: usize = changes.iter().map(|change| change.len()).sum();
        assert!(size < 3 << 20, "{size} at once");
        for change in &changes {
            let hash = change_hash(change).unwrap();
            if wangs.contains(&hash) {
                assert!(proven.contains(&hash));
                handed += 1;
            }
        }
        alone += usize::from(run.len() == 1 && !changes.is_empty() && proofs.is_empty());
        // One signature over all of it, as its own.
        let signed = |record: &&Bytes| envelope::open(&record.0).unwrap().kind == Kind::Heads;
        let heads = run.iter().flat_map(|frame| &frame.records).filter(signed).count();
        assert_eq!(heads, usize::from(!changes.is_empty()));
    }
    assert!(handed >= 90 && alone > 1, "{handed} and {alone}");
}

#[test]
fn more_than_a_file_may_hold_is_handed_over_as_far_as_it_goes_the_newest_first() {
    let Team { office, wang, li, document } = Team::new();
    let (template, mut documents) = (template(), vec![document]);
    for n in 1..4 {
        let permit = permit_with(&template, PermitId([40 + n; 16]), SITE);
        office.give_permit(&permit);
        wang.sync();
        wang.clock.pass(1000);
        documents.push(wang.phone.start(permit.id).unwrap());
    }
    // Three megabytes in each, of words that pack to half of that.
    for (nth, document) in documents.iter().enumerate() {
        for at in 0..96_u64 {
            let words: String = (0..1000_u64)
                .map(|word| Digest::of(&[&(nth as u64 * 1_000_000 + at * 1000 + word).to_be_bytes()]).to_string())
                .map(|hash| hash[..32].to_owned())
                .collect();
            wang.phone.answer(*document, "water#note", "-", &words).unwrap();
        }
    }
    let given = wang.phone.hand_over(&li.phone.ask_hand_over().unwrap()).unwrap();
    assert!(given.inspections >= 1 && given.left >= 1, "{} and {}", given.inspections, given.left);
    assert_eq!(given.inspections + given.left, 4);
    let taken = li.phone.take_hand_over(&given.file).unwrap();
    assert_eq!((taken.changes, taken.set_aside), (given.changes, 0));
    let newest = *documents.last().unwrap();
    assert_eq!(li.phone.values(newest).unwrap(), wang.phone.values(newest).unwrap());
}
