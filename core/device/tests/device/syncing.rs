//! What goes up, what comes down, and what is not taken from outside.

use crate::common::*;
use wurao_device::{Cancel, FormItem, PhotoState, SyncOptions};
use wurao_evidence::sample::{SampleSpec, camera_jpeg};
use wurao_protocol::key::Signer;
use wurao_protocol::record::{Decision, Device, Heads, Kind, Session, Stamp, Verdict};
use wurao_protocol::sync::counter::{COUNTER_HEADER, COUNTER_PROOF_HEADER, prove};
use wurao_protocol::sync::{DocumentStatus, Outcome, Status};
use wurao_protocol::{Digest, DocumentId, Problem, envelope, merkle};
use wurao_record::{ActorId, Genesis, GenesisSeed, Ledger, Map, Put, Scalar, build, tips};

fn counters(desk: &Desk) -> Vec<u64> {
    desk.office.heads().into_iter().map(|head| head.counter).collect()
}

/// A colleague with a phone of their own: what the server would hand on of them.
struct Colleague {
    key: wurao_protocol::key::SoftwareKey,
    session: Session,
    genesis: Genesis,
    ledger: Ledger,
}

impl Colleague {
    fn new() -> Self {
        let key = key(12);
        let nonce = [8; 16];
        let session = Session {
            actor: Session::actor_of(&key.public(), &nonce),
            nonce,
            person: COLLEAGUE,
            device: key.public().device(),
            began: Stamp { wall_ms: NOON, mono_ms: 0, server_ms: None },
            engine: "test".into(),
        };
        let permit = permit(&template());
        let seed = GenesisSeed { permit: permit.id.0, site: permit.visit.site.0, checklist: permit.visit.checklist.0 };
        Self { key, session, genesis: Genesis::new(&seed), ledger: Ledger::new() }
    }

    fn device(&self) -> Device {
        Device {
            id: self.key.public().device(),
            key: self.key.public().to_bytes(),
            name: "phone 2".into(),
            persons: vec![COLLEAGUE],
            enrolled_ms: NOON,
        }
    }

    fn answer(&mut self, key: &str, value: Scalar) -> Vec<u8> {
        let put = Put::new(Map::Answers, key, value);
        let change = build(&self.genesis, &self.ledger, &ActorId(self.session.actor), NOON, &[put]).unwrap();
        self.ledger.apply(change.clone());
        change.bytes
    }

    fn meta(&mut self) -> Vec<u8> {
        let put = Put::new(Map::Meta, "state", Scalar::Text("closed".into()));
        build(&self.genesis, &self.ledger, &ActorId(self.session.actor), NOON, &[put]).unwrap().bytes
    }

    fn document(&self) -> DocumentId {
        DocumentId(self.genesis.document().0)
    }
}

#[test]
fn one_request_brings_everything_up_and_everything_down() {
    let (desk, document) = Desk::at_work();
    let before = counters(&desk).len();
    desk.phone.answer(document, "water", "-", "150").unwrap();
    desk.phone.answer(document, "remark", "-", "dry").unwrap();
    let mut colleague = Colleague::new();
    desk.office.give(&colleague.device());
    desk.office.give_bytes(envelope::seal(&colleague.key, &colleague.session).unwrap());
    let theirs = colleague.answer("water@-", Scalar::Int(140));
    desk.office.give_changes(document, vec![theirs]);
    let report = desk.sync();
    assert_eq!((report.requests, report.changes_taken, report.changes_received), (1, 2, 1));
    assert_eq!(counters(&desk).len(), before + 1);
    let form = desk.phone.form(document, "zh").unwrap();
    assert_eq!(form.conflicts, 1);
    let FormItem::Field(water) = &form.sections[0].items[0] else { panic!() };
    let mut names: Vec<&str> = water.held.iter().map(|held| held.by[0].person.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["李强", "王芳"]);

    desk.phone.choose(document, "water", "-", "140").unwrap();
    assert_eq!(desk.phone.form(document, "zh").unwrap().conflicts, 0);
    assert_eq!(desk.phone.choose(document, "water", "-", "150").unwrap_err().code(), "bad-choice");
}

#[test]
fn a_push_is_signed_over_the_tips_of_its_changes() {
    let (desk, document) = Desk::at_work();
    desk.phone.answer(document, "water", "-", "150").unwrap();
    desk.phone.answer(document, "water", "-", "151").unwrap();
    desk.sync();
    let received = desk.office.received.lock().unwrap();
    let entry = received.iter().flat_map(|frame| &frame.documents).next().unwrap();
    let heads: Vec<Digest> =
        tips(entry.changes.iter().map(|change| change.0.as_slice())).unwrap().into_iter().map(Digest).collect();
    assert_eq!((entry.changes.len(), heads.len(), &entry.heads), (2, 1, &None));
    let records: Vec<_> = received.iter().flat_map(|frame| &frame.records).collect();
    let kinds: Vec<Kind> = records.iter().map(|record| envelope::open(&record.0).unwrap().kind).collect();
    assert_eq!(kinds, [Kind::Session, Kind::Heads]);
    let heads_record = envelope::open_as::<Heads>(&records[1].0).unwrap();
    heads_record.envelope.verify(&key(11).public()).unwrap();
    assert_eq!(heads_record.body, Heads::over(&[merkle::leaf(&document, &heads)]));
}

#[test]
fn a_lost_answer_loses_nothing_and_raises_the_counter() {
    let (desk, document) = Desk::at_work();
    desk.phone.answer(document, "water", "-", "150").unwrap();
    *desk.office.cut.lock().unwrap() = true;
    let cut = desk.phone.sync(&Default::default(), &(), &Cancel::new()).unwrap_err();
    assert_eq!(cut.code(), "offline");
    *desk.office.cut.lock().unwrap() = false;
    let report = desk.sync();
    assert_eq!(report.changes_taken, 1);
    let counters = counters(&desk);
    assert!(counters.windows(2).all(|pair| pair[0] < pair[1]), "{counters:?}");
    let idle = desk.sync();
    assert_eq!((idle.requests, idle.changes_taken), (1, 0));
}

#[test]
fn a_phone_goes_as_far_as_the_server_has_signed_that_it_was_heard_and_nobody_else_uses_up_its_counter() {
    let (desk, document) = Desk::at_work();
    let device = desk.ports.signer.public().device();
    let before = *counters(&desk).last().unwrap();
    let far = before + (3 << 30);
    let said = |counter: u64, proof: String| {
        vec![(COUNTER_HEADER.to_owned(), counter.to_string()), (COUNTER_PROOF_HEADER.to_owned(), proof)]
    };
    let refused = |headers| {
        *desk.office.refuses.lock().unwrap() = Some(Problem::StaleCounter);
        *desk.office.refuses_with.lock().unwrap() = headers;
        let error = desk.phone.sync(&Default::default(), &(), &Cancel::new()).unwrap_err();
        assert_eq!(error.code(), "stale-counter");
        *desk.office.refuses.lock().unwrap() = None;
    };
    let proof = |counter| prove(&desk.office.key, &device, counter).unwrap();
    for headers in [said(far, String::new()), said(far, proof(far + 1)), said(u64::MAX, proof(u64::MAX))] {
        refused(headers);
    }
    refused(said(i64::MAX as u64, proof(i64::MAX as u64)));
    desk.phone.answer(document, "water", "-", "150").unwrap();
    desk.sync();
    assert!(*counters(&desk).last().unwrap() < before + 20);

    refused(said(far, proof(far)));
    desk.sync();
    assert!(*counters(&desk).last().unwrap() > far);
}

#[test]
fn waiting_changes_are_covered_by_the_next_push_without_being_sent_again() {
    let (desk, document) = Desk::at_work();
    desk.phone.answer(document, "water", "-", "150").unwrap();
    desk.office.verdict.lock().unwrap().status = Status::plain(Outcome::Waiting);
    assert_eq!(desk.sync().changes_waiting, 1);
    desk.office.verdict.lock().unwrap().status = Status::plain(Outcome::Ok);
    desk.office.received.lock().unwrap().clear();
    assert_eq!(desk.sync().changes_taken, 1);
    let received = desk.office.received.lock().unwrap();
    let entry = received.iter().flat_map(|frame| &frame.documents).next().unwrap();
    assert!(entry.changes.is_empty());
    assert_eq!(entry.heads.as_ref().unwrap().len(), 1);
}

#[test]
fn held_and_refused_work_stays_and_is_shown_with_its_reason() {
    let (desk, document) = Desk::at_work();
    desk.phone.answer(document, "water", "-", "150").unwrap();
    desk.office.verdict.lock().unwrap().status = Status::because(Outcome::Held, Problem::Late, "");
    assert_eq!(desk.sync().changes_held, 1);
    desk.phone.answer(document, "water", "-", "151").unwrap();
    *desk.office.verdict.lock().unwrap() = DocumentStatus {
        status: Status::because(Outcome::Refused, Problem::Gate, "too-many"),
        stopped: Some(0),
        heads: Vec::new(),
    };
    assert_eq!(desk.sync().changes_refused, 1);
    let outbox = desk.phone.outbox().unwrap();
    let shown: Vec<_> = outbox.changes.iter().map(|u| (u.standing.as_str(), u.problem.as_deref())).collect();
    assert_eq!(shown, [("held", Some("late")), ("refused", Some("gate"))]);
    assert_eq!(desk.sync().changes_refused, 0);
    assert_eq!(desk.phone.values(document).unwrap()[0].values, ["150"], "what is held is not decided");
    let beside = desk.phone.form(document, "en").unwrap().amendment;
    assert_eq!(beside.iter().map(|one| (&*one.value, &*one.standing)).collect::<Vec<_>>(), [("151", "refused")]);
}

#[test]
fn what_a_stranger_sends_is_set_aside_and_the_rest_goes_on() {
    let (desk, document) = Desk::at_work();
    let mut colleague = Colleague::new();
    let good = colleague.answer("remark@-", Scalar::Text("fine".into()));
    let unopened = good.clone();
    // No session record yet: nobody knows whose actor this is.
    desk.office.give_changes(document, vec![unopened]);
    assert_eq!(desk.sync().quarantined, 1);

    let mut forged = colleague.session.clone();
    forged.actor = [0; 16];
    let mut flipped = good.clone();
    flipped[30] ^= 1;
    desk.office.give_bytes(envelope::seal(&colleague.key, &forged).unwrap());
    desk.office.give(&colleague.device());
    desk.office.give_bytes(envelope::seal(&colleague.key, &forged).unwrap());
    desk.office.give_bytes(envelope::seal(&key(13), &colleague.session).unwrap());
    desk.office.give_bytes(b"no record at all".to_vec());
    desk.office.give_bytes(envelope::seal(&colleague.key, &colleague.session).unwrap());
    let meta = colleague.meta();
    desk.office.give_changes(document, vec![flipped, b"no change".to_vec(), good, meta]);
    desk.office.give_changes(DocumentId([0xee; 16]), vec![vec![1]]);
    let report = desk.sync();
    assert_eq!((report.quarantined, report.changes_received), (8, 1));
    assert_eq!(colleague.document(), document);
    assert_eq!(desk.phone.values(document).unwrap()[0].values, ["fine"]);
}

#[test]
fn a_closed_inspection_is_closed_on_the_phone() {
    let (desk, document) = Desk::at_work();
    let closed = Decision { document, verdict: Verdict::Closed, heads: vec![], at_ms: NOON, by: None, reason: None };
    // Only the server closes.
    desk.office.give_bytes(envelope::seal(&key(11), &closed).unwrap());
    assert_eq!(desk.sync().quarantined, 1);
    desk.phone.answer(document, "water", "-", "1").unwrap();
    desk.office.give(&closed);
    desk.sync();
    assert_eq!(desk.phone.answer(document, "water", "-", "2").unwrap_err().code(), "closed");
}

#[test]
fn a_checklist_must_hash_to_its_name_and_a_permit_to_its_document() {
    let desk = Desk::enrolled();
    let template = template();
    let mut permit = permit(&template);
    permit.visit.document = DocumentId([1; 16]);
    desk.office.give(&desk.office.trust(1));
    desk.office.give_permit(&permit);
    desk.office.give(&wurao_protocol::record::Checklist {
        hash: Digest([1; 32]),
        title: wurao_protocol::Words::new("", ""),
        version: String::new(),
        template: template.to_json(),
    });
    assert_eq!(desk.sync().quarantined, 2);
    assert!(desk.phone.work().unwrap().is_empty());
}

#[test]
fn a_photo_that_a_colleague_has_sent_does_not_stay_in_the_outbox() {
    let (desk, document) = Desk::at_work();
    let file = desk.folder.path().join("camera.jpg");
    std::fs::write(&file, camera_jpeg(&SampleSpec::default()).unwrap()).unwrap();
    desk.phone.attach_photo(document, "remark", "-", &file).unwrap();
    assert_eq!(desk.phone.outbox().unwrap().renditions, 1);
    // The office takes the entry and asks for no file.
    assert_eq!(desk.sync().photos_uploaded, 0);
    assert_eq!(desk.phone.outbox().unwrap().renditions, 0);
    assert_eq!(desk.phone.photos(document).unwrap()[0].state, PhotoState::Uploaded);
}

#[test]
fn a_leave_follows_the_last_of_many_changes() {
    let (desk, document) = Desk::at_work();
    let long = "x".repeat(15_000);
    for at in 0..150 {
        desk.phone.answer(document, "remark", "-", &format!("{at} {long}")).unwrap();
    }
    desk.phone.leave(document).unwrap();
    let report = desk.sync();
    assert_eq!((report.requests, report.changes_taken), (2, 150));
    let received = desk.office.received.lock().unwrap();
    let leave_at = received
        .iter()
        .position(|frame| frame.records.iter().any(|record| envelope::open(&record.0).unwrap().kind == Kind::Leave));
    let sent_before: usize =
        received[..leave_at.unwrap()].iter().flat_map(|frame| &frame.documents).map(|entry| entry.changes.len()).sum();
    assert!(sent_before > 100, "{sent_before}");
}

#[test]
fn a_refused_record_is_told_and_a_refused_leave_binds_nobody() {
    let (desk, document) = Desk::at_work();
    desk.phone.answer(document, "water", "-", "1").unwrap();
    desk.phone.leave(document).unwrap();
    *desk.office.record_verdict.lock().unwrap() = Status::because(Outcome::Refused, Problem::UnknownDependency, "");
    desk.sync();
    let outbox = desk.phone.outbox().unwrap();
    assert!(outbox.unsettled_records.iter().any(|u| u.kind == "wurao/leave" && u.standing == "unsent"), "{outbox:?}");
    assert_eq!(desk.phone.answer(document, "water", "-", "2").unwrap_err().code(), "has-left");

    *desk.office.record_verdict.lock().unwrap() = Status::because(Outcome::Refused, Problem::NotOnTeam, "");
    let report = desk.sync();
    assert!(report.records_refused > 0);
    let outbox = desk.phone.outbox().unwrap();
    let leave = outbox.unsettled_records.iter().find(|unsettled| unsettled.kind == "wurao/leave").unwrap();
    assert_eq!((leave.standing.as_str(), leave.problem.as_deref()), ("refused", Some("not-on-team")));
    desk.phone.answer(document, "water", "-", "3").unwrap();
}

#[test]
fn who_was_refused_something_goes_on_without_it_in_a_session_of_its_own() {
    let (desk, document) = Desk::at_work();
    desk.phone.answer(document, "water", "-", "1").unwrap();
    desk.phone.answer(document, "water", "-", "2").unwrap();
    let stop = |problem, detail: &str| DocumentStatus {
        status: Status::because(Outcome::Refused, problem, detail),
        stopped: Some(0),
        heads: Vec::new(),
    };
    *desk.office.verdict.lock().unwrap() = stop(Problem::UnknownDependency, "");
    desk.sync();
    let problems = || -> Vec<_> {
        let changes = desk.phone.outbox().unwrap().changes.into_iter();
        changes.map(|u| (u.standing, u.problem, u.changes)).collect()
    };
    assert_eq!(problems(), [("unsent".to_owned(), None, 2)], "the server may yet learn what it lacks");
    *desk.office.verdict.lock().unwrap() = stop(Problem::Gate, "too-many");
    assert_eq!(desk.sync().changes_refused, 2);
    let refused = [("refused".to_owned(), Some("gate".to_owned()), 2)];
    assert_eq!(problems(), refused);
    assert!(desk.phone.values(document).unwrap().is_empty());

    let ok = DocumentStatus { status: Status::plain(Outcome::Ok), stopped: None, heads: Vec::new() };
    *desk.office.verdict.lock().unwrap() = ok;
    desk.office.received.lock().unwrap().clear();
    desk.phone.answer(document, "water", "-", "3").unwrap();
    let report = desk.sync();
    assert_eq!((report.changes_taken, report.changes_refused), (1, 0));
    assert_eq!(received::<Session>(&desk).len(), 1, "what it writes now stands on nothing of the old session");
    assert_eq!(desk.phone.values(document).unwrap()[0].values, ["3"]);
    assert_eq!(problems(), refused);
    let beside = desk.phone.form(document, "en").unwrap().amendment;
    assert_eq!(beside.iter().map(|one| &*one.value).collect::<Vec<_>>(), ["2"], "of several answers the last");
}

#[test]
fn a_phone_that_sleeps_has_shut_its_files_and_goes_on_where_it_was() {
    let (desk, document) = Desk::at_work();
    desk.phone.answer(document, "water", "-", "12").unwrap();
    let before = desk.phone.values(document).unwrap();
    desk.phone.suspend().unwrap();
    desk.phone.suspend().unwrap();
    assert_eq!(desk.phone.answer(document, "water", "-", "13").unwrap_err().code(), "suspended");
    assert_eq!(desk.phone.sync(&SyncOptions::default(), &(), &Cancel::new()).unwrap_err().code(), "suspended");
    assert_eq!(open_files_below(desk.folder.path()), Vec::<String>::new());
    desk.phone.resume().unwrap();
    desk.phone.resume().unwrap();
    assert_eq!(desk.phone.values(document).unwrap(), before);
    desk.phone.answer(document, "water", "-", "13").unwrap();
    desk.phone.sync(&SyncOptions::default(), &(), &Cancel::new()).unwrap();
}

#[test]
fn a_sync_ends_when_its_time_is_up_and_says_that_there_is_more() {
    let (desk, document) = Desk::at_work();
    desk.phone.answer(document, "water", "-", "12").unwrap();
    let options = SyncOptions { most_ms: Some(0), ..SyncOptions::default() };
    assert_eq!(desk.phone.sync(&options, &(), &Cancel::new()).unwrap_err().code(), "offline");
    assert_eq!(desk.phone.outbox().unwrap().changes.len(), 1, "nothing is lost");
}

/// Files of this process that lie below a folder, by the links of `/proc`.
fn open_files_below(folder: &std::path::Path) -> Vec<String> {
    let links = std::fs::read_dir("/proc/self/fd").into_iter().flatten().flatten();
    let paths = links.filter_map(|link| std::fs::read_link(link.path()).ok());
    paths.filter(|path| path.starts_with(folder)).map(|path| path.display().to_string()).collect()
}

#[test]
fn a_phone_s_record_without_a_key_is_set_aside_and_stops_nothing() {
    let (desk, document) = Desk::at_work();
    let colleague = Colleague::new();
    let device = Device {
        id: colleague.session.device,
        key: [7; 33],
        name: "phone 12".into(),
        persons: vec![COLLEAGUE],
        enrolled_ms: NOON,
    };
    desk.office.give(&device);
    // Of another key than its name says.
    desk.office.give(&Device { key: key(13).public().to_bytes(), ..device.clone() });
    assert_eq!(desk.sync().quarantined, 2);
    desk.office.give(&Device { key: colleague.key.public().to_bytes(), ..device });
    desk.office.give_bytes(envelope::seal(&colleague.key, &colleague.session).unwrap());
    assert_eq!(desk.sync().quarantined, 0);
    desk.phone.answer(document, "water", "-", "150").unwrap();
}
