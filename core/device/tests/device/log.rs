//! The server's audit log as a phone knows it: what it says it lost is offered again, what it shows is witnessed or doubted.

use crate::common::*;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::atomic::Ordering;
use wurao_device::Cancel;
use wurao_protocol::cbor::Bytes;
use wurao_protocol::key::Signer as _;
use wurao_protocol::merkle::log::{Nodes, consistency, grow, leaf, root};
use wurao_protocol::record::{Checkpoint, Deed, Kind, Order, Witness};
use wurao_protocol::sync::{DocumentStatus, LogMark, Outcome, Shown, Status};
use wurao_protocol::{Digest, Problem, envelope};

/// A log whose entries are numbers.
#[derive(Default)]
struct Log {
    nodes: BTreeMap<(u8, u64), Digest>,
    size: u64,
}

impl Nodes for Log {
    type Error = Infallible;

    fn node(&self, level: u8, at: u64) -> Result<Digest, Infallible> {
        Ok(self.nodes[&(level, at)])
    }
}

impl Log {
    fn of(entries: impl IntoIterator<Item = u64>) -> Self {
        let mut log = Self::default();
        for entry in entries {
            let grown = grow(&log, log.size, leaf(&entry.to_be_bytes())).unwrap();
            log.nodes.extend(grown.into_iter().map(|(level, at, hash)| ((level, at), hash)));
            log.size += 1;
        }
        log
    }

    /// Its checkpoint, to be shown to who has witnessed one of that size.
    fn shown(&self, desk: &Desk, epoch: u32, from: u64) -> Shown {
        let checkpoint = Checkpoint { epoch, size: self.size, root: root(self, self.size).unwrap(), at_ms: NOON };
        let proof = consistency(self, from, self.size).unwrap().unwrap();
        Shown { checkpoint: Bytes(desk.office.record(&checkpoint)), from, proof }
    }
}

/// The witnesses that came with the pushes since the last call.
fn witnessed(desk: &Desk) -> Vec<Witness> {
    let frames = std::mem::take(&mut *desk.office.received.lock().unwrap());
    let records = frames.into_iter().flat_map(|frame| frame.records);
    let witnesses = records.filter(|record| envelope::open(&record.0).unwrap().kind == Kind::Witness);
    witnesses.map(|record| envelope::open_as::<Witness>(&record.0).unwrap().body).collect()
}

fn show(desk: &Desk, shown: Shown) -> bool {
    *desk.office.shown.lock().unwrap() = Some(shown);
    desk.sync().log_forked
}

#[test]
fn a_server_that_says_each_time_that_it_has_lost_all_does_not_keep_a_phone_talking() {
    let (desk, document) = Desk::at_work();
    let mark = LogMark { epoch: 1, size: 10, root: Bytes(vec![1; 16]), kept: None };
    *desk.office.log.lock().unwrap() = mark.clone();
    // More than one request carries.
    let long = "x".repeat(15_000);
    for at in 0..150 {
        desk.phone.answer(document, "remark", "-", &format!("{at} {long}")).unwrap();
    }
    desk.sync();
    *desk.office.log.lock().unwrap() = LogMark { epoch: 2, kept: Some(0), ..mark };
    for _ in 0..2 {
        let report = desk.sync();
        assert!(report.offered_again > 150 && report.requests <= 4, "{report:?}");
        assert_eq!(desk.phone.outbox().unwrap().changes.len(), 0);
    }
}

#[test]
fn what_the_server_has_lost_is_offered_again_and_what_it_kept_is_not() {
    let (desk, document) = Desk::at_work();
    let mark = |size, kept| LogMark { epoch: 1, size, root: Bytes(vec![1; 16]), kept };
    *desk.office.log.lock().unwrap() = mark(10, None);
    desk.phone.answer(document, "water", "-", "1").unwrap();
    desk.office.shows(10, 5);
    desk.sync();
    *desk.office.log.lock().unwrap() = mark(20, None);
    desk.phone.answer(document, "water", "-", "2").unwrap();
    desk.sync();
    desk.office.received.lock().unwrap().clear();

    *desk.office.log.lock().unwrap() = LogMark { epoch: 2, ..mark(11, Some(10)) };
    *desk.office.kept_root.lock().unwrap() = Some(Bytes(vec![5; 8]));
    let report = desk.sync();
    assert_eq!(
        (report.offered_again, report.requests),
        (2, 2),
        "what was told after ten entries: an answer, and the witness"
    );
    assert_eq!(desk.office.last_head().seen.epoch, 2);
    assert_eq!(desk.office.last_head().seen.kept, None, "that is the server's to say");
    let sent: usize =
        desk.office.received.lock().unwrap().iter().flat_map(|frame| &frame.documents).map(|d| d.changes.len()).sum();
    assert_eq!(sent, 1);
    *desk.office.log.lock().unwrap() = LogMark { epoch: 2, ..mark(12, None) };
    assert_eq!(desk.sync().offered_again, 0);

    *desk.office.log.lock().unwrap() = LogMark { epoch: 3, ..mark(1, Some(0)) };
    let report = desk.sync();
    assert!(report.offered_again >= 3, "all of it, the session too: {report:?}");
    assert_eq!(desk.phone.outbox().unwrap().changes.len(), 0);
}

#[test]
fn who_hears_of_a_restore_and_no_more_of_that_answer_asks_for_all_that_is_new() {
    let (desk, document) = Desk::at_work();
    let mark = |epoch, kept| LogMark { epoch, size: 10, root: Bytes(vec![epoch as u8; 16]), kept };
    *desk.office.log.lock().unwrap() = mark(1, None);
    desk.phone.answer(document, "water", "-", "1").unwrap();
    desk.sync();
    desk.sync();
    assert_eq!(desk.office.last_head().cursor.0, [1]);

    // It hears that, and how its answer stands; what is new, and the cursor behind it, are lost on the way.
    *desk.office.log.lock().unwrap() = mark(2, Some(0));
    *desk.office.told.lock().unwrap() = Some(2);
    desk.phone.answer(document, "water", "-", "2").unwrap();
    desk.phone.sync(&Default::default(), &(), &Cancel::new()).unwrap_err();
    *desk.office.log.lock().unwrap() = mark(2, None);
    *desk.office.told.lock().unwrap() = None;
    desk.office.bodies.lock().unwrap().clear();
    desk.sync();
    let heads = desk.office.heads();
    assert_eq!(
        (heads[0].seen.epoch, &heads[0].cursor),
        (2, &Bytes::default()),
        "its cursor was of the feed that is lost"
    );
}

#[test]
fn a_permit_that_comes_again_takes_along_what_was_refused_for_want_of_it() {
    for problem in [Problem::NoPermit, Problem::NotOnTeam] {
        comes_again(problem);
    }
}

fn comes_again(problem: Problem) {
    let (desk, document) = Desk::at_work();
    desk.phone.answer(document, "water", "-", "1").unwrap();
    let refused = Status { problem: Some(problem), ..Status::plain(Outcome::Refused) };
    *desk.office.record_verdict.lock().unwrap() = refused.clone();
    *desk.office.verdict.lock().unwrap() = DocumentStatus { status: refused, stopped: None, heads: Vec::new() };
    desk.sync();
    assert!(!desk.phone.outbox().unwrap().changes.is_empty(), "it stays on the phone");
    let ok = Status::plain(Outcome::Ok);
    *desk.office.record_verdict.lock().unwrap() = ok.clone();
    *desk.office.verdict.lock().unwrap() = DocumentStatus { status: ok, stopped: None, heads: Vec::new() };
    assert_eq!(desk.sync().changes_taken, 0, "by itself it is not offered again");
    desk.office.give_work();
    assert!(desk.sync().changes_taken >= 1, "in the sync that brings it");
}

#[test]
fn what_another_phone_with_the_same_key_has_witnessed_keeps_nothing_of_this_one() {
    for root in [None, Some(Bytes(vec![6; 8])), Some(Bytes(Vec::new()))] {
        let (desk, document) = Desk::at_work();
        let mark = |epoch, size, kept| LogMark { epoch, size, root: Bytes(vec![1; 16]), kept };
        *desk.office.log.lock().unwrap() = mark(1, 10, None);
        desk.phone.answer(document, "water", "-", "1").unwrap();
        desk.office.shows(10, 5);
        desk.sync();
        *desk.office.log.lock().unwrap() = mark(2, 11, Some(10));
        *desk.office.kept_root.lock().unwrap() = root.clone();
        let report = desk.sync();
        assert!(report.offered_again >= 2, "the answer and the session it is of: {root:?} {report:?}");
    }
}

#[test]
fn a_checkpoint_that_continues_the_last_is_witnessed_with_the_next_sync() {
    let (desk, _) = Desk::at_work();
    assert!(!show(&desk, Log::of(0..5).shown(&desk, 1, 0)));
    assert_eq!(desk.phone.outbox().unwrap().records, 0, "a witness is nobody's work");
    desk.sync();
    let [first] = witnessed(&desk).try_into().unwrap();
    assert_eq!((first.epoch, first.size), (1, 5));
    assert!(!show(&desk, Log::of(0..13).shown(&desk, 1, 5)));
    desk.sync();
    let [next] = witnessed(&desk).try_into().unwrap();
    assert_eq!(next.size, 13);
    let desk = desk.reopen();
    assert!(!show(&desk, Log::of(0..14).shown(&desk, 1, 13)), "also after a restart");
    desk.sync();
    assert_eq!(witnessed(&desk).len(), 1);
}

#[test]
fn another_past_than_the_one_that_was_witnessed_is_told_and_never_witnessed() {
    let (desk, _) = Desk::at_work();
    show(&desk, Log::of(0..9).shown(&desk, 1, 0));
    desk.sync();
    witnessed(&desk);
    let rewritten = Log::of((0..4).chain(99..110));
    assert!(show(&desk, rewritten.shown(&desk, 1, 9)), "an entry was altered");
    assert!(show(&desk, Log::of(0..7).shown(&desk, 1, 0)), "entries were cut off");
    let mut bent = Log::of(0..12).shown(&desk, 1, 9);
    bent.proof[0].0[0] ^= 1;
    assert!(show(&desk, bent), "a proof that proves nothing");
    desk.sync();
    assert_eq!(witnessed(&desk).len(), 0);
    assert!(!show(&desk, Log::of(0..12).shown(&desk, 1, 9)), "the honest one goes on");
    desk.sync();
    assert_eq!(witnessed(&desk).len(), 1);
}

#[test]
fn another_past_is_a_restore_only_when_the_server_says_that_it_was_restored() {
    let (desk, _) = Desk::at_work();
    let mark = |epoch, size| LogMark { epoch, size, root: Bytes(vec![epoch as u8; 16]), kept: None };
    *desk.office.log.lock().unwrap() = mark(1, 9);
    show(&desk, Log::of(0..9).shown(&desk, 1, 0));
    let rewritten = Log::of((0..4).chain(99..110));
    *desk.office.log.lock().unwrap() = mark(2, 15);
    assert!(show(&desk, rewritten.shown(&desk, 2, 0)), "the first was witnessed, and taken with this very request");
    assert!(show(&desk, rewritten.shown(&desk, 2, 9)), "another proof proves nothing");
    *desk.office.log.lock().unwrap() = LogMark { kept: Some(0), ..mark(3, 16) };
    let restored = Log::of((0..4).chain(99..111));
    assert!(!show(&desk, restored.shown(&desk, 3, 0)), "a restore begins another epoch");
    *desk.office.log.lock().unwrap() = mark(3, 16);
    desk.sync();
    assert_eq!(witnessed(&desk).last().map(|witness| (witness.epoch, witness.size)), Some((3, 16)));
}

#[test]
fn a_checkpoint_that_the_server_has_not_signed_is_set_aside() {
    let (desk, _) = Desk::at_work();
    let checkpoint = Checkpoint { epoch: 1, size: 0, root: Digest::of(&[]), at_ms: NOON };
    let forged = Bytes(envelope::seal(&key(77), &checkpoint).unwrap());
    *desk.office.shown.lock().unwrap() = Some(Shown { checkpoint: forged, from: 0, proof: Vec::new() });
    assert_eq!(desk.sync().quarantined, 1);
    desk.sync();
    assert_eq!(witnessed(&desk).len(), 0);
}

#[test]
fn a_phone_is_not_emptied_while_the_office_may_still_enter_anew_what_its_work_was_refused_for() {
    for told in [true, false] {
        is_not_emptied(told);
    }
}

/// The server is set back behind the permit, and tells this phone so, or has told it nothing that is lost.
fn is_not_emptied(told: bool) {
    let (desk, document) = Desk::at_work();
    let mark = |epoch, size, kept| LogMark { epoch, size, root: Bytes(vec![epoch as u8; 16]), kept };
    let say = |desk: &Desk, status: &Status| {
        *desk.office.record_verdict.lock().unwrap() = status.clone();
        *desk.office.verdict.lock().unwrap() =
            DocumentStatus { status: status.clone(), stopped: None, heads: Vec::new() };
    };
    let ordered = Order { device: key(11).public().device(), what: Deed::Wipe, at_ms: NOON };
    *desk.office.log.lock().unwrap() = mark(1, 10, None);
    desk.phone.answer(document, "water", "-", "1").unwrap();
    desk.sync();
    desk.phone.answer(document, "water", "-", "2").unwrap();
    say(&desk, &Status { problem: Some(Problem::NoPermit), ..Status::plain(Outcome::Refused) });
    if told {
        *desk.office.log.lock().unwrap() = mark(2, 1, Some(0));
        desk.sync();
    }
    *desk.office.log.lock().unwrap() = mark(2, 2, None);
    desk.sync();
    desk.sync();
    assert!(desk.office.last_head().holds.changes > 0, "who asks what it holds is told of it");
    desk.office.give(&ordered);
    desk.sync();
    assert_eq!(desk.phone.answer(document, "water", "-", "3").unwrap_err().code(), "device-revoked");
    // The office has entered it anew, and a revoked phone hears of no permit: it asks once a day.
    say(&desk, &Status::plain(Outcome::Ok));
    desk.office.log.lock().unwrap().size = 3;
    desk.office.server_ms.fetch_add(25 * 3_600_000, Ordering::SeqCst);
    let told = desk.phone.sync(&Default::default(), &(), &Cancel::new());
    assert_eq!(told.unwrap_err().code(), "wiped");
}

#[test]
fn an_order_of_a_past_that_the_server_has_lost_is_none() {
    let (desk, document) = Desk::at_work();
    let mark = |epoch, size, kept| LogMark { epoch, size, root: Bytes(vec![epoch as u8; 16]), kept };
    *desk.office.log.lock().unwrap() = mark(1, 10, None);
    desk.phone.answer(document, "water", "-", "1").unwrap();
    desk.office.verdict.lock().unwrap().status = Status::plain(Outcome::Waiting);
    desk.office.give(&Order { device: key(11).public().device(), what: Deed::Wipe, at_ms: NOON });
    assert_eq!(desk.sync().changes_waiting, 1, "and so it is not emptied yet");
    desk.office.verdict.lock().unwrap().status = Status::plain(Outcome::Ok);
    *desk.office.log.lock().unwrap() = mark(2, 1, Some(0));
    desk.sync();
    desk.phone.answer(document, "water", "-", "2").unwrap();
}

/// The server is set back, and says that it kept what this log has.
fn set_back(desk: &Desk, epoch: u32, kept: &Log) {
    let beginning = root(kept, kept.size).unwrap().0[..8].to_vec();
    let mark = |kept| LogMark { epoch, size: 1, root: Bytes(vec![epoch as u8; 16]), kept };
    *desk.office.log.lock().unwrap() = mark(Some(kept.size));
    *desk.office.kept_root.lock().unwrap() = Some(Bytes(beginning));
    desk.sync();
    *desk.office.log.lock().unwrap() = mark(None);
}

#[test]
fn a_checkpoint_that_was_taken_for_lost_is_continued_by_a_server_that_has_it_after_all() {
    let (desk, _) = Desk::at_work();
    *desk.office.log.lock().unwrap() = LogMark { epoch: 1, size: 4, root: Bytes(vec![1; 16]), kept: None };
    show(&desk, Log::of(0..4).shown(&desk, 1, 0));
    show(&desk, Log::of(0..9).shown(&desk, 1, 4));
    desk.sync();
    assert_eq!(witnessed(&desk).len(), 2);
    set_back(&desk, 2, &Log::of(0..4));
    assert!(!show(&desk, Log::of(0..14).shown(&desk, 2, 9)));
    desk.sync();
    assert_eq!(witnessed(&desk).last().map(|witness| (witness.epoch, witness.size)), Some((2, 14)));
}

#[test]
fn a_past_that_comes_back_without_what_was_witnessed_since_is_told() {
    let (desk, _) = Desk::at_work();
    *desk.office.log.lock().unwrap() = LogMark { epoch: 1, size: 4, root: Bytes(vec![1; 16]), kept: None };
    show(&desk, Log::of(0..4).shown(&desk, 1, 0));
    show(&desk, Log::of(0..9).shown(&desk, 1, 4));
    desk.sync();
    set_back(&desk, 2, &Log::of(0..4));
    assert!(!show(&desk, Log::of((0..4).chain(99..102)).shown(&desk, 2, 4)));
    desk.sync();
    assert!(show(&desk, Log::of(0..14).shown(&desk, 3, 9)), "three entries are erased, and nobody speaks of a restore");
    *desk.office.shown.lock().unwrap() = None;
    set_back(&desk, 3, &Log::of(0..4));
    assert!(!show(&desk, Log::of(0..14).shown(&desk, 3, 9)), "now somebody does");
}

#[test]
fn a_proof_that_begins_before_what_was_witnessed_and_taken_hides_nothing() {
    let (desk, _) = Desk::at_work();
    *desk.office.log.lock().unwrap() = LogMark { epoch: 1, size: 4, root: Bytes(vec![1; 16]), kept: None };
    show(&desk, Log::of(0..4).shown(&desk, 1, 0));
    show(&desk, Log::of(0..9).shown(&desk, 1, 4));
    desk.sync();
    let rewritten = Log::of((0..4).chain(99..110));
    assert!(show(&desk, rewritten.shown(&desk, 1, 4)), "true of the fourth entry, and of the ninth no word");
    assert!(!show(&desk, Log::of(0..14).shown(&desk, 1, 9)));
}
