//! A whole push over real HTTP, and what each rule of it answers.

use crate::support::{DAY_MS, MORNING_MS, Push, World};
use std::collections::BTreeSet;
use wurao_protocol::cbor::Bytes;
use wurao_protocol::envelope::{open, open_as};
use wurao_protocol::frame::{DocumentChanges, Frame};
use wurao_protocol::key::Signer;
use wurao_protocol::record::{Decision, Kind, Leave, Verdict};
use wurao_protocol::sync::counter::{COUNTER_HEADER, COUNTER_PROOF_HEADER, MAX_LEAP, is_proven};
use wurao_protocol::sync::{Answer, MAX_REQUEST, Outcome, Request};
use wurao_protocol::{Digest, DocumentId, Problem};
use wurao_record::{Admitted, Map, Put, Scalar, live};
use wurao_server::store::read;

fn outcome(answer: &Answer) -> Outcome {
    answer.documents[0].status.outcome
}

fn problem(answer: &Answer) -> Option<Problem> {
    answer.documents[0].status.problem
}

fn kinds(answer: &Answer) -> Vec<Kind> {
    answer.feed.records.iter().map(|record| open(&record.0).unwrap().kind).collect()
}

/// The answers in force, as the server sees them.
fn projection(world: &World, document: DocumentId) -> Vec<(String, Scalar)> {
    let app = world.server().app().clone();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let ops = runtime.block_on(app.store().read(move |db| read::live_ops(db, &document))).unwrap();
    ops.into_iter().map(|op| (op.key, op.value)).collect()
}

#[test]
fn a_new_phone_is_told_all_that_it_needs_before_the_permit() {
    let world = World::new();
    let [mut li, _, mut zhao] = world.phones();
    let answer = li.sync(&world, &Push::default());
    let plan = [Kind::TrustList, Kind::Site, Kind::Checklist, Kind::PlanItem, Kind::Person, Kind::Person];
    assert_eq!(kinds(&answer), [&plan[..], &[Kind::Permit]].concat());
    assert!(!answer.more);
    assert_eq!(kinds(&li.sync(&world, &Push::default())), [], "the cursor has passed it");
    assert_eq!(kinds(&zhao.sync(&world, &Push::default())), [Kind::TrustList], "not on the team");
}

#[test]
fn a_covered_answer_is_in_force_and_reaches_the_colleague_with_its_author() {
    let world = World::new();
    let [mut li, mut wang, _] = world.phones();
    li.sync(&world, &Push::default());
    wang.sync(&world, &Push::default());
    let (change, push) = li.begins(12);
    let answer = li.sync(&world, &push);
    assert_eq!(outcome(&answer), Outcome::Ok);
    assert!(answer.records.iter().all(|status| status.outcome == Outcome::Ok));
    assert!(answer.feed.documents.is_empty(), "what a request brings does not come back with it");
    assert_eq!(projection(&world, li.document()), [("water@-".to_owned(), Scalar::Int(12))]);

    let pulled = wang.sync(&world, &Push::default());
    assert_eq!(kinds(&pulled), [Kind::Person, Kind::Device, Kind::Session]);
    assert_eq!(pulled.feed.documents[0].changes[0].0, change.bytes);

    let second = wang.session();
    let over = wang.answer("water", 14);
    let mut push = wang.covered(&[&over]);
    push.records.insert(0, second);
    assert_eq!(outcome(&wang.sync(&world, &push)), Outcome::Ok);
    assert_eq!(projection(&world, li.document()), [("water@-".to_owned(), Scalar::Int(14))]);
}

#[test]
fn the_same_push_twice_changes_nothing_but_the_counter() {
    let world = World::new();
    let [mut li, mut wang, _] = world.phones();
    li.sync(&world, &Push::default());
    let (_, push) = li.begins(12);
    li.sync(&world, &push);
    let again = li.sync(&world, &push);
    assert_eq!(outcome(&again), Outcome::Have);
    assert!(again.records.iter().all(|status| status.outcome == Outcome::Have));
    wang.sync(&world, &Push::default());
    assert_eq!(wang.ledger.changes().count(), 1);
}

#[test]
fn an_uncovered_change_waits_until_its_author_s_device_signs_a_head_over_it() {
    let world = World::new();
    let [mut li, mut wang, _] = world.phones();
    li.sync(&world, &Push::default());
    let session = li.session();
    let first = li.answer("water", 12);
    let bare = Push { records: vec![session], documents: vec![li.entry(&[&first])] };
    assert_eq!(outcome(&li.sync(&world, &bare)), Outcome::Waiting);
    assert!(projection(&world, li.document()).is_empty());
    assert!(wang.sync(&world, &Push::default()).feed.documents.is_empty());

    // A heads record over something else covers nothing.
    let other = vec![DocumentChanges { document: DocumentId([9; 16]), heads: Some(vec![]), changes: vec![] }];
    let wrong = Push { records: vec![li.heads(&other)], documents: vec![li.entry(&[&first])] };
    assert_eq!(outcome(&li.sync(&world, &wrong)), Outcome::Waiting);

    // Naming the head is enough; the change itself need not come again.
    let named = vec![DocumentChanges {
        document: li.document(),
        heads: Some(vec![Digest(first.row.hash)]),
        changes: Vec::new(),
    }];
    let cover = Push { records: vec![li.heads(&named)], documents: named };
    assert_eq!(outcome(&li.sync(&world, &cover)), Outcome::Ok);
    assert_eq!(projection(&world, li.document()).len(), 1);
    wang.sync(&world, &Push::default());
    assert_eq!(wang.ledger.changes().count(), 1);
}

#[test]
fn when_the_whole_team_has_left_the_inspection_closes_and_what_comes_late_is_held() {
    let world = World::new();
    let [mut li, mut wang, _] = world.phones();
    for phone in [&mut li, &mut wang] {
        phone.sync(&world, &Push::default());
        let (_, push) = phone.begins(12);
        phone.sync(&world, &push);
    }
    // Li answers once more and leaves, and all of it arrives only after Wang has left.
    let in_time = li.answer("remark", 1);
    let leave = li.leave();
    let answer = wang.sync(&world, &Push { records: vec![wang.leave()], documents: vec![] });
    assert_eq!(answer.records[0].outcome, Outcome::Ok);
    let mut push = li.covered(&[&in_time]);
    push.records.push(leave);
    let answer = li.sync(&world, &push);
    assert_eq!(outcome(&answer), Outcome::Ok, "an ancestor of a leave is never late");
    let decision = answer.feed.records.iter().find_map(|record| open_as::<Decision>(&record.0).ok()).unwrap();
    assert_eq!(decision.body.verdict, Verdict::Closed);
    assert_eq!(decision.body.document, li.document());
    assert!(decision.body.heads.contains(&Digest(in_time.row.hash)));

    // After that nothing enters: neither the next answer nor what builds on it, and no second leave opens the door.
    let late = wang.answer("remark", 2);
    let later = wang.answer("remark", 3);
    let answer = wang.sync(&world, &wang.covered(&[&late]));
    assert_eq!((outcome(&answer), problem(&answer)), (Outcome::Held, Some(Problem::Late)));
    let mut push = wang.covered(&[&later]);
    push.records.push(wang.leave());
    assert_eq!(outcome(&wang.sync(&world, &push)), Outcome::Held);
    assert_eq!(outcome(&wang.sync(&world, &wang.covered(&[&late, &later]))), Outcome::Held, "known, never asked again");
    assert!(li.sync(&world, &Push::default()).feed.documents.is_empty());
    assert!(projection(&world, li.document()).contains(&("remark@-".to_owned(), Scalar::Int(1))));
}

#[test]
fn an_inspection_closes_ten_days_after_its_last_day() {
    let world = World::new();
    let [mut li, _, _] = world.phones();
    li.sync(&world, &Push::default());
    let (_, push) = li.begins(12);
    world.pass_days(12);
    assert!(!kinds(&li.sync(&world, &Push::default())).contains(&Kind::Decision));
    world.pass_days(1);
    assert_eq!(outcome(&li.sync(&world, &push)), Outcome::Held);
    // The leave, arriving later still, shows that it was in time.
    let answer = li.sync(&world, &Push { records: vec![li.leave()], documents: vec![] });
    assert_eq!(answer.records[0].outcome, Outcome::Ok);
    assert_eq!(outcome(&li.sync(&world, &push)), Outcome::Have);
}

#[test]
fn a_clock_that_leaps_and_comes_back_closes_no_inspection_and_one_that_stays_does() {
    let world = World::new();
    let [mut li, _, _] = world.phones();
    li.sync(&world, &Push::default());
    let (_, push) = li.begins(12);
    world.pass_days(400);
    assert!(!kinds(&li.sync(&world, &Push::default())).contains(&Kind::Decision));
    world.pass_days(-400);
    assert_eq!(outcome(&li.sync(&world, &push)), Outcome::Ok);
    world.pass_days(400);
    assert!(!kinds(&li.sync(&world, &Push::default())).contains(&Kind::Decision), "seen for the first time");
    world.clock.set(MORNING_MS + 400 * DAY_MS + 3_600_000);
    assert!(kinds(&li.sync(&world, &Push::default())).contains(&Kind::Decision));
}

#[test]
fn a_stale_counter_is_refused_and_so_is_a_counter_used_twice() {
    let world = World::new();
    let [mut li, _, _] = world.phones();
    let body = li.body(&Push::default());
    assert_eq!(li.post(&world.url("/v1/sync"), body.clone()).0, 200);
    assert_eq!(li.sync_refused(&world, body), (409, "stale-counter".to_owned()));
    li.counter = 0;
    let clone = li.body(&Push::default());
    assert_eq!(li.sync_refused(&world, clone), (409, "stale-counter".to_owned()));
}

#[test]
fn a_phone_that_lives_twice_cannot_leave_the_other_no_counter_and_the_server_signs_how_far_it_has_heard_it() {
    let world = World::new();
    let [mut li, _, _] = world.phones();
    li.sync(&world, &Push::default());
    let known = li.counter;
    for leap in [MAX_LEAP + 1, u64::MAX - known] {
        li.counter = known + leap - 1;
        let body = li.body(&Push::default());
        assert_eq!(li.sync_refused(&world, body), (400, "malformed".to_owned()));
    }
    li.counter = known + MAX_LEAP - 1;
    li.sync(&world, &Push::default());
    let far = li.counter;
    li.counter = known;
    let behind = li.body(&Push::default());
    let asked = reqwest::blocking::Client::new().post(world.url("/v1/sync"));
    let answer = asked.body(behind).send().unwrap();
    let header = |name| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header(COUNTER_HEADER), far.to_string());
    let (key, device) = (world.server().app().keys().records.public(), li.key.public().device());
    assert!(is_proven(&key, &device, far, &header(COUNTER_PROOF_HEADER)));
}

#[test]
fn a_request_is_taken_only_from_a_device_that_this_server_signed_in() {
    let world = World::new();
    let [mut li, mut wang, _] = world.phones();
    // Li's record with Wang's key behind the request.
    std::mem::swap(&mut li.device, &mut wang.device);
    let body = li.body(&Push::default());
    assert_eq!(li.sync_refused(&world, body), (401, "wrong-signature".to_owned()));
    std::mem::swap(&mut li.device, &mut wang.device);
    // A record that the device signed itself.
    let device = open_as::<wurao_protocol::record::Device>(&li.device).unwrap().body;
    li.device = li.seal(&device);
    let body = li.body(&Push::default());
    assert_eq!(li.sync_refused(&world, body), (401, "unknown-device".to_owned()));
    // A request for another server.
    wang.server.0[0] ^= 1;
    let body = wang.body(&Push::default());
    assert_eq!(wang.sync_refused(&world, body), (409, "other-server".to_owned()));
}

#[test]
fn a_body_that_cannot_be_read_is_refused_by_name() {
    let world = World::new();
    let [mut li, _, _] = world.phones();
    let body = li.body(&Push { records: vec![li.heads(&[])], documents: vec![] });
    let mut altered = body.clone();
    *altered.last_mut().unwrap() ^= 1;
    let mut huge = Request::from_body(&body).unwrap();
    huge.frames[0] = vec![0; MAX_REQUEST];
    let cases = [
        (Vec::new(), 400, "empty-body"),
        (vec![9], 400, "unknown-version"),
        (body[..body.len() / 2].to_vec(), 400, "truncated-body"),
        (body[..body.len() - 1].to_vec(), 400, "truncated-body"),
        (vec![1, b'{', b'"', b'a', b'"'], 400, "malformed"),
        (altered, 400, "frame-hash"),
        (huge.to_body(), 413, "too-large"),
    ];
    for (body, status, code) in cases {
        assert_eq!(li.sync_refused(&world, body), (status, code.to_owned()));
    }
    assert_eq!(li.post(&world.url("/v1/sync"), body).0, 200, "none of them used up the counter");
}

#[test]
fn a_push_of_more_items_than_a_phone_ever_has_is_refused_whole() {
    let world = World::new();
    let [mut li, _, _] = world.phones();
    li.sync(&world, &Push::default());
    let session = li.session();
    let first = Frame { records: vec![Bytes(session.clone())], documents: vec![], proofs: None };
    let empty = Frame { records: vec![Bytes::default(); 1000], documents: vec![], proofs: None };
    let mut frames = vec![first.pack().unwrap()];
    frames.extend(std::iter::repeat_n(empty.pack().unwrap(), 63));
    let body = li.body_of(frames);
    assert!(body.len() < 8192, "{} bytes", body.len());
    assert_eq!(li.sync_refused(&world, body), (413, "too-large".to_owned()));
    let answer = li.sync(&world, &Push { records: vec![session], documents: vec![] });
    assert_eq!(answer.records[0].outcome, Outcome::Ok, "nothing of the push was kept");
}

/// The changes whose ops no known op overwrites, as the server marks them.
fn tops(world: &World, document: DocumentId) -> BTreeSet<[u8; 32]> {
    let app = world.server().app().clone();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let read = app.store().read(move |db| {
        let mut statement = db.prepare("SELECT change FROM op WHERE document = ?1 AND top = 1")?;
        let rows = statement.query_map([document.0], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    });
    runtime.block_on(read).unwrap()
}

#[test]
fn the_gate_compares_with_all_that_is_known_also_with_what_waits() {
    let world = World::new();
    let [mut li, mut wang, _] = world.phones();
    li.sync(&world, &Push::default());
    wang.sync(&world, &Push::default());
    let session = li.session();
    let changes: Vec<Admitted> = (0..300).map(|value| li.answer("water", value)).collect();
    let bare = Push { records: vec![session], documents: vec![li.entry(&changes.iter().collect::<Vec<_>>())] };
    assert_eq!(outcome(&li.sync(&world, &bare)), Outcome::Waiting);
    assert_eq!(tops(&world, li.document()), BTreeSet::from([changes[299].row.hash]));
    assert_eq!(projection(&world, li.document()), []);

    // Wang has seen none of it, and writes twice: both pass, and the later stands beside what waits.
    let session = wang.session();
    let (one, two) = (wang.answer("water", 1), wang.answer("water", 2));
    let mut push = wang.covered(&[&one, &two]);
    push.records.insert(0, session);
    assert_eq!(outcome(&wang.sync(&world, &push)), Outcome::Ok);
    assert_eq!(tops(&world, li.document()), BTreeSet::from([changes[299].row.hash, two.row.hash]));

    // Li has now seen all, and overwrites both; that waits too, so Wang's answer stays in force.
    li.sync(&world, &Push::default());
    let over = li.answer("water", 3);
    let bare = Push { records: vec![], documents: vec![li.entry(&[&over])] };
    assert_eq!(outcome(&li.sync(&world, &bare)), Outcome::Waiting);
    assert_eq!(tops(&world, li.document()), BTreeSet::from([over.row.hash]));
    assert_eq!(projection(&world, li.document()), [("water@-".to_owned(), Scalar::Int(2))]);
}

#[test]
fn each_way_of_writing_what_one_may_not_has_its_own_answer() {
    let world = World::new();
    let [mut li, mut wang, mut zhao] = world.phones();
    li.sync(&world, &Push::default());
    zhao.permit.clone_from(&li.permit);
    wang.sync(&world, &Push::default());
    let refused = |answer: &Answer| {
        let status = &answer.documents[0];
        (status.status.outcome, status.status.problem.unwrap(), status.stopped)
    };

    // Without a session nobody knows whose the actor is.
    li.session();
    let change = li.answer("water", 1);
    let answer = li.sync(&world, &li.covered(&[&change]));
    assert_eq!(refused(&answer), (Outcome::Refused, Problem::NoSession, Some(0)));

    // An actor that is not the hash of its device's key; a session of somebody who may not use the phone; one of a phone
    // that another has signed.
    let mut forged = li.session_body();
    forged.actor[0] ^= 1;
    let mut stranger = li.session_body();
    stranger.person = crate::support::WANG;
    let records = vec![li.seal(&forged), li.seal(&stranger), wang.seal(&li.session_body())];
    let answer = li.sync(&world, &Push { records, documents: vec![] });
    let problems: Vec<_> = answer.records.iter().map(|status| status.problem).collect();
    assert_eq!(problems, [Some(Problem::ForgedActor), Some(Problem::NotOnTeam), Some(Problem::ForgedActor)]);

    // A change under a colleague's actor, delivered by another phone.
    let session = li.seal(&li.session_body());
    li.sync(&world, &Push { records: vec![session], documents: vec![] });
    let answer = wang.sync(&world, &wang.covered(&[&change]));
    assert_eq!(refused(&answer).1, Problem::ForgedActor);

    // Somebody who is not on the team.
    let (_, push) = zhao.begins(1);
    assert_eq!(refused(&zhao.sync(&world, &push)).1, Problem::NotOnTeam);

    // A document that no permit leads to.
    let mut nowhere = li.covered(&[]);
    nowhere.documents[0].document = DocumentId([7; 16]);
    assert_eq!(refused(&li.sync(&world, &nowhere)).1, Problem::NoPermit);

    // A key that is not an inspector's; what came before it in the push is taken.
    let meta = li.put(Put::new(Map::Meta, "state", Scalar::Text("closed".into())));
    let changes: Vec<_> = li.ledger.changes().map(|(_, bytes)| Bytes(bytes.to_vec())).collect();
    let documents = vec![DocumentChanges { document: li.document(), heads: None, changes }];
    let answer = li.sync(&world, &Push { records: vec![li.heads(&documents)], documents });
    assert_eq!(refused(&answer), (Outcome::Waiting, Problem::FieldRefused, Some(1)));
    assert_eq!(answer.documents[0].heads.len(), 1);
    assert_ne!(answer.documents[0].heads[0], Digest(meta.row.hash));

    // Bytes that are no change, and a record that phones do not make.
    let mut garbage = li.entry(&[]);
    garbage.changes.push(Bytes(vec![1, 2, 3]));
    let records =
        vec![li.device.clone(), li.seal(&open_as::<wurao_protocol::record::Device>(&li.device).unwrap().body)];
    let answer = li.sync(&world, &Push { records, documents: vec![garbage] });
    assert_eq!(refused(&answer).1, Problem::Gate);
    assert_eq!(answer.records[0].outcome, Outcome::Have);
    assert_eq!(answer.records[1].problem, Some(Problem::KindNotTaken));
}

#[test]
fn two_changes_at_one_place_of_an_actor_tell_of_a_cloned_phone() {
    let world = World::new();
    let [mut li, _, _] = world.phones();
    li.sync(&world, &Push::default());
    let session = li.session();
    let before = li.ledger.clone();
    let one = li.answer("water", 1);
    li.ledger = before;
    let other = li.answer("water", 2);
    let mut push = li.covered(&[&one]);
    push.records.insert(0, session);
    assert_eq!(outcome(&li.sync(&world, &push)), Outcome::Ok);
    assert_eq!(problem(&li.sync(&world, &li.covered(&[&other]))), Some(Problem::Equivocation));
}

#[test]
fn a_phone_that_is_shown_little_at_a_time_gets_everything_once() {
    let world = World::new();
    let [mut li, mut wang, _] = world.phones();
    li.sync(&world, &Push::default());
    let session = li.session();
    let changes: Vec<_> = (0..40).map(|value| li.answer("water", value)).collect();
    let mut push = li.covered(&changes.iter().collect::<Vec<_>>());
    push.records.insert(0, session);
    li.sync(&world, &push);
    let mut rounds = 0;
    wang.limit = 600;
    while wang.sync(&world, &Push::default()).more {
        rounds += 1;
    }
    assert!(rounds > 5, "{rounds}");
    assert_eq!(wang.ledger.changes().count(), 40);
}

#[test]
fn a_new_code_lets_a_phone_in_anew_with_all_who_work_on_it() {
    let world = World::new();
    let [mut li, mut wang, _] = world.phones();
    li.sync(&world, &Push::default());
    let (_, push) = li.begins(3);
    li.sync(&world, &push);
    wang.sync(&world, &Push::default());
    let first = li.device.clone();
    world.write(|tx, _, now| {
        let code = wurao_server::enrol::code_hash("anew").0;
        tx.execute(
            "INSERT INTO enrol_code (code, name, expires_ms) VALUES (?1, 'phone 1', ?2)",
            (code, now + 120_000),
        )?;
        tx.execute("INSERT INTO enrol_code_person (code, person) VALUES (?1, ?2)", (code, crate::support::WANG.0))?;
        Ok(())
    });
    world.pass_minutes(1);
    li.enrol(&world, "anew");
    assert_ne!(li.device, first, "a phone clears its PINs at another record");
    let device = open_as::<wurao_protocol::record::Device>(&li.device).unwrap().body;
    let mut both = vec![crate::support::LI, crate::support::WANG];
    both.sort_unstable();
    assert_eq!(device.persons, both, "whoever had worked on it stays");
    assert!(device.enrolled_ms > open_as::<wurao_protocol::record::Device>(&first).unwrap().body.enrolled_ms);
    let change = li.answer("water", 4);
    assert_eq!(li.sync(&world, &li.covered(&[&change])).documents[0].status.outcome, Outcome::Ok, "work goes on");
    let told = wang.sync(&world, &Push::default()).feed.records;
    assert!(told.iter().any(|record| record.0 == li.device), "colleagues learn it");

    let lost = li.key.public().device();
    world.write(move |tx, keys, now| wurao_server::permits::revoke_device(tx, keys, &lost, "丢失", None, now));
    world.write(|tx, _, now| {
        let code = wurao_server::enrol::code_hash("again").0;
        tx.execute(
            "INSERT INTO enrol_code (code, name, expires_ms) VALUES (?1, 'phone 1', ?2)",
            (code, now + 120_000),
        )?;
        Ok(())
    });
    assert_eq!(li.try_enrol(&world, "again"), (403, b"device-revoked".to_vec()));
}

#[test]
fn a_code_lets_one_phone_in_and_a_lost_answer_can_be_asked_for_again() {
    let world = World::new();
    let mut li = crate::support::Phone::new(1, crate::support::LI);
    li.enrol(&world, "code-li");
    let first = li.device.clone();
    li.enrol(&world, "code-li");
    assert_eq!(li.device, first);
    let other = crate::support::Phone::new(9, crate::support::LI);
    assert_ne!(other.key.public(), li.key.public());
    assert_eq!(other.try_enrol(&world, "code-li"), (403, b"enrol-code".to_vec()));
    world.pass_minutes(16);
    assert_eq!(other.try_enrol(&world, "code-wang"), (403, b"enrol-code".to_vec()));
    for _ in 0..4 {
        other.try_enrol(&world, "guess");
    }
    assert_eq!(other.try_enrol(&world, "guess"), (503, b"busy".to_vec()));
    assert_eq!(li.try_enrol(&world, "code-li").0, 503, "counted for the whole server");
}

#[test]
fn a_server_restored_from_before_an_enrolment_takes_the_phone_and_its_work_in_again() {
    let mut world = World::new();
    world.stop();
    let database = world.folder.path().join("data/wurao.sqlite");
    let backup = std::fs::read(&database).unwrap();
    world.start();
    let [mut li, _, _] = world.phones();
    li.sync(&world, &Push::default());
    let (_, push) = li.begins(12);
    assert_eq!(outcome(&li.sync(&world, &push)), Outcome::Ok);

    world.stop();
    std::fs::write(&database, backup).unwrap();
    world.start();
    assert_eq!(outcome(&li.sync(&world, &push)), Outcome::Ok);
    assert_eq!(projection(&world, li.document()).len(), 1);
}

#[test]
fn a_cursor_of_a_feed_that_a_restore_has_lost_is_not_taken_for_one_of_the_new_feed() {
    let mut world = World::new();
    world.stop();
    let database = world.folder.path().join("data/wurao.sqlite");
    let backup = std::fs::read(&database).unwrap();
    world.start();
    let [mut li, mut wang, _] = world.phones();
    li.sync(&world, &Push::default());
    let empty = li.ledger.clone();
    let answer = |li: &mut crate::support::Phone, value| {
        li.ledger = empty.clone();
        let (_, push) = li.begins(value);
        push
    };
    let lost = answer(&mut li, 1);
    li.sync(&world, &lost);
    wang.sync(&world, &Push::default());

    world.stop();
    std::fs::write(&database, backup).unwrap();
    world.start();
    // The same number of rows as were lost, with something else in the last of them.
    let other = answer(&mut li, 2);
    li.sync(&world, &other);
    wang.sync(&world, &Push::default());
    assert_eq!(wang.ledger.changes().count(), 2);
}

#[test]
fn a_leave_counts_only_for_its_own_person_and_over_heads_that_are_known() {
    let world = World::new();
    let [mut li, mut wang, _] = world.phones();
    li.sync(&world, &Push::default());
    let session = li.session();
    li.answer("water", 12);
    let too_early = Push { records: vec![session, li.leave()], documents: vec![] };
    let problems = |answer: Answer| answer.records.iter().map(|status| status.problem).collect::<Vec<_>>();
    assert_eq!(problems(li.sync(&world, &too_early)), [None, Some(Problem::UnknownDependency)]);
    wang.sync(&world, &Push::default());
    let forged = wang.seal(&open_as::<Leave>(&li.leave()).unwrap().body);
    let mut torn = li.leave();
    *torn.last_mut().unwrap() ^= 1;
    let answer = wang.sync(&world, &Push { records: vec![forged, torn], documents: vec![] });
    assert_eq!(problems(answer), [Some(Problem::ForgedActor), Some(Problem::WrongSignature)]);
}

#[test]
fn what_is_in_force_equals_the_live_set_of_all_changes_however_they_arrive() {
    for seed in 1..=6_u64 {
        let mut state = seed;
        let mut draw = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let world = World::new();
        let [li, wang, _] = world.phones();
        let mut phones = [li, wang];
        let mut unsent: [Vec<Admitted>; 2] = [Vec::new(), Vec::new()];
        let mut sessions: [Vec<Vec<u8>>; 2] = [Vec::new(), Vec::new()];
        for (phone, sessions) in phones.iter_mut().zip(&mut sessions) {
            phone.sync(&world, &Push::default());
            sessions.push(phone.session());
        }
        let mut rounds = (0..60).map(|_| (draw(2) as usize, draw(4), draw(3), draw(5) as i64)).collect::<Vec<_>>();
        // Twice each at the end, so that everybody has everything.
        rounds.extend([(0, 0, 0, 0), (1, 0, 0, 0), (0, 0, 0, 0), (1, 0, 0, 0)]);
        for (who, what, question, value) in rounds {
            let phone = &mut phones[who];
            if what > 0 {
                unsent[who].push(phone.answer(&format!("q{question}"), value));
                continue;
            }
            let mut push = phone.covered(&unsent[who].drain(..).collect::<Vec<_>>().iter().collect::<Vec<_>>());
            push.records.splice(0..0, sessions[who].drain(..));
            assert_eq!(outcome(&phone.sync(&world, &push)), Outcome::Ok, "seed {seed}");
        }
        let mut expected = Vec::new();
        for (_, key, ops) in phones[0].ledger.keys() {
            expected.extend(live(ops).into_iter().map(|op| (key.to_owned(), op.value.clone())));
        }
        let mut found = projection(&world, phones[0].document());
        expected.sort();
        found.sort();
        assert_eq!(found, expected, "seed {seed}");
        assert_eq!(phones[1].ledger.changes().count(), phones[0].ledger.changes().count(), "seed {seed}");
    }
}
