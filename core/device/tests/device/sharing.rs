//! Several people on one phone, letting a phone in, moving on to another, and emptying one.

use crate::common::*;
use std::sync::atomic::Ordering;
use wurao_device::{Cancel, LateStart, Phone, PhoneError, Settings};
use wurao_evidence::sample::{SampleSpec, camera_jpeg};
use wurao_protocol::invite::Invite;
use wurao_protocol::key::Signer;
use wurao_protocol::record::{Carried, Cause, Deed, Order, Session};
use wurao_protocol::sync::{DocumentStatus, Holds, Outcome, Status};
use wurao_protocol::{DeviceId, Digest, PermitId, PersonId, Problem, base43, envelope, seal};

/// A phone of both, with a visit's work.
fn shared() -> Desk {
    let office = Office::new();
    *office.persons.lock().unwrap() = vec![PERSON, COLLEAGUE];
    let desk = Desk::of(office, 11);
    desk.office.give_work();
    desk.sync();
    desk
}

fn code(result: Result<(), PhoneError>) -> String {
    result.unwrap_err().code().to_owned()
}

/// The seconds that a locked PIN says to wait.
fn locked(result: Result<(), PhoneError>) -> u64 {
    match result.unwrap_err() {
        PhoneError::BadInput { code, detail } if code == "pin-locked" => detail.parse().unwrap(),
        other => panic!("{other}"),
    }
}

#[test]
fn a_pin_has_digits_and_enough_of_them() {
    let desk = shared();
    assert_eq!(code(desk.phone.set_pin(PERSON, None, "123")), "pin-too-short");
    assert_eq!(code(desk.phone.set_pin(PERSON, None, "12a4")), "pin-not-digits");
    assert_eq!(code(desk.phone.set_pin(PERSON, None, "１２３４")), "pin-not-digits");
    assert_eq!(code(desk.phone.set_pin(PERSON, None, &"1".repeat(33))), "pin-too-long");
    assert_eq!(code(desk.phone.set_pin(PersonId([9; 16]), None, "1234")), "not-found");
    desk.phone.set_pin(PERSON, None, "1234").unwrap();
    assert_eq!(code(desk.phone.set_pin(PERSON, None, "5678")), "pin-needed");
    assert_eq!(code(desk.phone.set_pin(PERSON, Some("0000"), "5678")), "wrong-pin");
    desk.phone.set_pin(PERSON, Some("1234"), "5678").unwrap();
    assert_eq!(code(desk.phone.use_person(PERSON, Some("1234"))), "wrong-pin");
    desk.phone.use_person(PERSON, Some("5678")).unwrap();
    let pins: Vec<bool> = desk.phone.persons().unwrap().iter().map(|person| person.has_pin).collect();
    assert_eq!(pins, [true, false]);
    // What is kept says nothing of it.
    let bytes = std::fs::read(desk.folder.path().join("wurao.sqlite3-wal")).unwrap();
    assert!(!bytes.windows(4).any(|window| window == b"5678"));
}

#[test]
fn each_of_two_people_works_under_their_own_pin_and_session() {
    let desk = shared();
    assert_eq!(desk.phone.work().unwrap_err(), PhoneError::NobodyAtWork);
    desk.phone.set_pin(PERSON, None, "1234").unwrap();
    desk.phone.set_pin(COLLEAGUE, None, "5678").unwrap();
    assert_eq!(code(desk.phone.use_person(PERSON, None)), "pin-needed");
    desk.phone.use_person(PERSON, Some("1234")).unwrap();
    let permit = desk.phone.work().unwrap()[0].permit;
    let document = desk.phone.start(permit).unwrap();
    desk.phone.answer(document, "water", "-", "150").unwrap();
    // Another takes the phone: nothing without their PIN, then the same inspection, for they are of its team.
    assert_eq!(code(desk.phone.use_person(COLLEAGUE, Some("1234"))), "wrong-pin");
    assert_eq!(desk.phone.persons().unwrap().iter().find(|person| person.at_work).unwrap().id, PERSON);
    desk.phone.use_person(COLLEAGUE, Some("5678")).unwrap();
    desk.phone.answer(document, "remark", "-", "dry").unwrap();
    assert_eq!(code(desk.phone.use_person(PERSON, None)), "pin-needed", "whoever went away is asked again");
    desk.sync();
    let frames = desk.office.received.lock().unwrap();
    let records = frames.iter().flat_map(|frame| &frame.records);
    let sessions: Vec<PersonId> =
        records.filter_map(|record| Some(envelope::open_as::<Session>(&record.0).ok()?.body.person)).collect();
    assert_eq!(sessions, [PERSON, COLLEAGUE]);
}

#[test]
fn nobody_becomes_a_colleague_by_setting_their_first_pin() {
    let desk = shared();
    desk.phone.set_pin(PERSON, None, "1234").unwrap();
    // Where one has a PIN, each needs one before anything is done or shown; it can still be set.
    desk.phone.use_person(COLLEAGUE, None).unwrap();
    for refused in [desk.phone.work().map(|_| ()), desk.phone.start(PermitId([6; 16])).map(|_| ())] {
        assert_eq!(code(refused), "first-pin-needed");
    }
    let desk = desk.reopen();
    desk.phone.use_person(PERSON, Some("1234")).unwrap();
    let permit = desk.phone.work().unwrap()[0].permit;
    let document = desk.phone.start(permit).unwrap();
    // With the first answer under a PIN that time is over, for this opening and all others.
    let over = |desk: &Desk| {
        assert_eq!(code(desk.phone.set_pin(COLLEAGUE, None, "5678")), "first-pins-over");
        assert_eq!(code(desk.phone.use_person(COLLEAGUE, None)), "first-pins-over");
        assert_eq!(code(desk.phone.use_person(COLLEAGUE, Some("5678"))), "first-pins-over");
    };
    desk.phone.answer(document, "water", "-", "150").unwrap();
    over(&desk);
    let desk = desk.reopen();
    over(&desk);
    desk.phone.use_person(PERSON, Some("1234")).unwrap();
    desk.phone.set_pin(PERSON, Some("1234"), "4321").unwrap();
    // The office lets the phone in again: all set theirs anew, and work goes on.
    desk.office.enrolled_ms.fetch_add(60_000, Ordering::SeqCst);
    desk.phone.enrol("http://office", "NEW-CODE", "phone 11").unwrap();
    desk.phone.set_pin(COLLEAGUE, None, "5678").unwrap();
    desk.phone.set_pin(PERSON, None, "1234").unwrap();
    desk.phone.use_person(COLLEAGUE, Some("5678")).unwrap();
    desk.phone.answer(document, "remark", "-", "dry").unwrap();
}

#[test]
fn who_is_at_work_without_a_pin_is_asked_for_one_when_a_colleague_sets_theirs() {
    let desk = shared();
    desk.phone.use_person(COLLEAGUE, None).unwrap();
    let permit = desk.phone.work().unwrap()[0].permit;
    let document = desk.phone.start(permit).unwrap();
    // Without any PIN people take turns as they like, and either may bring the first.
    desk.phone.use_person(PERSON, None).unwrap();
    desk.phone.answer(document, "water", "-", "150").unwrap();
    desk.phone.set_pin(COLLEAGUE, None, "5678").unwrap();
    assert_eq!(code(desk.phone.answer(document, "water", "-", "151")), "first-pin-needed");
    desk.phone.set_pin(PERSON, None, "1234").unwrap();
    desk.phone.answer(document, "water", "-", "151").unwrap();
}

#[test]
fn who_is_not_of_the_team_sees_nothing_of_an_inspection() {
    let office = Office::new();
    *office.persons.lock().unwrap() = vec![PERSON, COLLEAGUE];
    let desk = Desk::of(office, 11);
    let mut permit = desk.office.give_work();
    permit.issued_s += 1;
    permit.visit.team.truncate(1);
    desk.office.give_permit(&permit);
    desk.sync();
    desk.phone.use_person(PERSON, None).unwrap();
    let document = desk.phone.start(permit.id).unwrap();
    desk.phone.answer(document, "water", "-", "150").unwrap();
    desk.phone.use_person(COLLEAGUE, None).unwrap();
    assert!(desk.phone.work().unwrap().is_empty());
    for refused in [
        desk.phone.form(document, "zh").map(|_| ()),
        desk.phone.values(document).map(|_| ()),
        desk.phone.photos(document).map(|_| ()),
        desk.phone.answer(document, "water", "-", "1"),
        desk.phone.void(document, "not mine"),
        desk.phone.present(permit.id, None).map(|_| ()),
    ] {
        assert_eq!(code(refused), "not-on-team");
    }
}

#[test]
fn a_reopened_phone_asks_for_the_pin_before_anything_of_theirs_is_done() {
    let (desk, document) = Desk::at_work();
    desk.phone.set_pin(PERSON, None, "1234").unwrap();
    desk.phone.answer(document, "water", "-", "150").unwrap();
    let desk = desk.reopen();
    for refused in [
        desk.phone.work().map(|_| ()),
        desk.phone.form(document, "zh").map(|_| ()),
        desk.phone.values(document).map(|_| ()),
        desk.phone.answer(document, "water", "-", "1"),
        desk.phone.leave(document),
        desk.phone.start(PermitId([6; 16])).map(|_| ()),
        desk.phone.present(PermitId([6; 16]), None).map(|_| ()),
    ] {
        assert_eq!(code(refused), "pin-needed");
    }
    // What was written before goes up all the same.
    assert_eq!(desk.sync().changes_taken, 1);
    desk.phone.use_person(PERSON, Some("1234")).unwrap();
    desk.phone.answer(document, "water", "-", "151").unwrap();
}

#[test]
fn wrong_pins_make_longer_and_longer_waits_that_no_clock_and_no_restart_shortens() {
    let mut desk = shared();
    desk.phone.set_pin(PERSON, None, "1234").unwrap();
    let wrong = |desk: &Desk| assert_eq!(code(desk.phone.use_person(PERSON, Some("0000"))), "wrong-pin");
    for _ in 0..3 {
        wrong(&desk);
    }
    let mut waits = Vec::new();
    for _ in 0..7 {
        let wait = locked(desk.phone.use_person(PERSON, Some("1234")));
        waits.push(wait);
        // The right PIN counts as little as a wall clock set forward or back.
        desk.clock.wall.fetch_add(10 * DAY_S * 1000, Ordering::SeqCst);
        assert_eq!(locked(desk.phone.use_person(PERSON, Some("1234"))), wait);
        desk.clock.wall.fetch_sub(30 * DAY_S * 1000, Ordering::SeqCst);
        assert_eq!(locked(desk.phone.use_person(PERSON, Some("1234"))), wait);
        // A restart of the app goes on waiting; one of the telephone, whose clock begins anew, waits all of it again.
        desk.clock.pass(wait as i64 * 1000 - 10_000);
        desk = desk.reopen();
        assert_eq!(locked(desk.phone.use_person(PERSON, Some("1234"))), 10);
        desk.clock.mono.store(500, Ordering::SeqCst);
        desk = desk.reopen();
        assert_eq!(locked(desk.phone.use_person(PERSON, Some("1234"))), wait);
        desk.clock.pass(wait as i64 * 1000);
        wrong(&desk);
    }
    assert_eq!(waits, [30, 60, 120, 300, 600, 900, 900]);
    desk.clock.pass(900_000);
    desk.phone.use_person(PERSON, Some("1234")).unwrap();
    // The right one forgives.
    desk.phone.use_person(COLLEAGUE, None).unwrap();
    wrong(&desk);
    desk.phone.use_person(PERSON, Some("1234")).unwrap();
}

#[test]
fn a_forgotten_pin_is_mended_by_a_new_code_and_by_nothing_less() {
    let desk = shared();
    desk.phone.set_pin(PERSON, None, "1234").unwrap();
    // An answer that was lost and is asked for again is the same enrolment.
    desk.phone.enrol("http://office", "CODE", "phone 11").unwrap();
    assert_eq!(code(desk.phone.use_person(PERSON, None)), "pin-needed");
    desk.office.enrolled_ms.fetch_add(60_000, Ordering::SeqCst);
    desk.phone.enrol("http://office", "NEW-CODE", "phone 11").unwrap();
    desk.phone.use_person(PERSON, None).unwrap();
}

#[test]
fn the_server_says_later_who_else_may_work_on_a_phone() {
    let desk = Desk::enrolled();
    let own = |persons, enrolled_ms| wurao_protocol::record::Device {
        id: key(11).public().device(),
        key: key(11).public().to_bytes(),
        name: "phone 11".into(),
        persons,
        enrolled_ms,
    };
    desk.office.give(&own(vec![PERSON, COLLEAGUE], NOON));
    desk.sync();
    let persons: Vec<PersonId> = desk.phone.persons().unwrap().iter().map(|person| person.id).collect();
    assert_eq!(persons, [PERSON, COLLEAGUE]);
    // What is older than the enrolment says nothing of it any more.
    desk.office.give(&own(vec![COLLEAGUE], NOON - 1));
    desk.sync();
    assert_eq!(desk.phone.persons().unwrap().len(), 2);
}

#[test]
fn an_invitation_says_where_by_whom_and_with_which_code() {
    let desk = Desk::enrolled();
    let authority = Digest([5; 32]);
    let invite = Invite { url: "http://office/".into(), authority: Some(authority), code: [0xab; 16] };
    desk.phone.enrol_with(&invite.to_text(), "phone 1").unwrap();
    let asked = || desk.office.asked.lock().unwrap().clone().unwrap();
    assert_eq!(asked(), ("http://office/v1/enrol".into(), Some(authority.0)));
    let sent = desk.office.bodies.lock().unwrap().last().unwrap().clone();
    let request = envelope::open_as::<wurao_protocol::enrol::EnrolRequest>(&sent).unwrap().body;
    assert_eq!(request.code, "ab".repeat(16));
    // Kept: every request goes to that authority alone, also from another opening.
    let desk = desk.reopen();
    desk.sync();
    let asked = desk.office.asked.lock().unwrap().clone().unwrap();
    assert_eq!(asked, ("http://office/v1/sync".into(), Some(authority.0)));
    for text in ["", "http://office", "WURAO:", "WURAO:0000"] {
        assert_eq!(desk.phone.enrol_with(text, "phone 1").unwrap_err().code(), "bad-invitation", "{text}");
    }
}

#[test]
fn what_a_village_said_is_carried_unread_and_once() {
    let desk = Desk::enrolled();
    let sealed = seal::seal(&key(41).public(), wurao_protocol::feedback::PURPOSE, b"five stars", &[3; 32]).unwrap();
    let text = base43::encode(&sealed);
    desk.phone.carry(&text).unwrap();
    desk.phone.carry(&format!(" {text}\n")).unwrap();
    for nothing in ["", "ABC", "not base 43!", &base43::encode(&[7; 4000])] {
        assert_eq!(desk.phone.carry(nothing).unwrap_err().code(), "not-sealed");
    }
    assert_eq!(desk.phone.outbox().unwrap().records, 1);
    desk.sync();
    let frames = desk.office.received.lock().unwrap();
    let records = frames.iter().flat_map(|frame| &frame.records);
    let carried: Vec<_> = records.map(|record| envelope::open_as::<Carried>(&record.0).unwrap()).collect();
    assert_eq!(carried.len(), 1);
    assert_eq!(carried[0].body.sealed.0, sealed);
    carried[0].envelope.verify(&key(11).public()).unwrap();
}

#[test]
fn each_request_says_what_is_still_held_beside_it() {
    let (desk, document) = Desk::at_work();
    desk.phone.answer(document, "water", "-", "150").unwrap();
    let photo = desk.folder.path().join("camera.jpg");
    std::fs::write(&photo, camera_jpeg(&SampleSpec::default()).unwrap()).unwrap();
    desk.phone.attach_photo(document, "remark", "-", &photo).unwrap();
    let long = "x".repeat(15_000);
    for at in 0..150 {
        desk.phone.answer(document, "remark", "-", &format!("{at} {long}")).unwrap();
    }
    let waiting = desk.phone.outbox().unwrap();
    *desk.office.verdict.lock().unwrap() = DocumentStatus {
        status: Status::because(Outcome::Refused, Problem::UnknownDependency, ""),
        stopped: Some(0),
        heads: Vec::new(),
    };
    let _ = desk.phone.sync(&Default::default(), &(), &Cancel::new());
    let head = desk.office.last_head();
    // The second request carries what is left; before it, the first said so.
    assert!(head.holds.changes > 0 && head.holds.changes < 152, "{:?}", head.holds);
    assert_eq!((head.holds.records, head.holds.files), (0, 0), "taken, and the server asks for no file");
    assert!(waiting.bytes > 0);

    desk.office.verdict.lock().unwrap().stopped = None;
    desk.office.verdict.lock().unwrap().status = Status::plain(Outcome::Ok);
    desk.sync();
    desk.sync();
    assert_eq!(desk.office.last_head().holds, Holds::default());
}

fn order(device: DeviceId) -> Order {
    Order { device, what: Deed::Wipe, at_ms: NOON }
}

#[test]
fn a_phone_is_emptied_by_a_signed_order_for_itself_and_by_nothing_else() {
    let (desk, document) = Desk::at_work();
    desk.phone.answer(document, "water", "-", "150").unwrap();
    let own = key(11).public().device();
    let try_sync = |desk: &Desk| desk.phone.sync(&Default::default(), &(), &Cancel::new());
    // To be told that it is revoked is not enough, nor an order for another phone, nor one of another key.
    *desk.office.refuses.lock().unwrap() = Some(Problem::Revoked);
    assert_eq!(try_sync(&desk).unwrap_err().code(), "device-revoked");
    *desk.office.refuses.lock().unwrap() = None;
    desk.office.give(&order(key(12).public().device()));
    desk.office.give_bytes(envelope::seal(&key(31), &order(own)).unwrap());
    assert_eq!(desk.sync().quarantined, 2);
    desk.phone.answer(document, "water", "-", "151").unwrap();
    desk.sync();

    let photo = desk.folder.path().join("camera.jpg");
    std::fs::write(&photo, camera_jpeg(&SampleSpec::default()).unwrap()).unwrap();
    desk.phone.attach_photo(document, "remark", "-", &photo).unwrap();
    desk.sync();
    desk.office.give(&order(own));
    assert_eq!(try_sync(&desk).unwrap_err().code(), "wiped");
    assert!(desk.keys.0.lock().unwrap().is_none(), "the store's key is destroyed");
    for gone in ["wurao.sqlite3", "wurao.sqlite3-wal", "wurao.sqlite3-shm", "blobs", "drain"] {
        assert!(!desk.folder.path().join(gone).exists(), "{gone}");
    }
    for refused in [
        desk.phone.work().map(|_| ()),
        desk.phone.persons().map(|_| ()),
        desk.phone.answer(document, "water", "-", "1"),
        desk.phone.outbox().map(|_| ()),
        desk.phone.enrol("http://office", "CODE", "phone 1").map(|_| ()),
        try_sync(&desk).map(|_| ()),
    ] {
        assert_eq!(code(refused), "wiped");
    }
    let settings = Settings { folder: desk.folder.path().to_owned() };
    drop(desk.phone);
    assert_eq!(Phone::open(&settings, desk.ports).err().unwrap().code(), "wiped");
}

#[test]
fn what_was_written_before_the_order_came_goes_up_first() {
    let (desk, document) = Desk::at_work();
    desk.phone.answer(document, "water", "-", "150").unwrap();
    // The server waits for a signature: the phone still holds what it sent.
    desk.office.verdict.lock().unwrap().status = Status::plain(Outcome::Waiting);
    desk.office.give(&order(key(11).public().device()));
    assert_eq!(desk.sync().changes_waiting, 1);
    assert_eq!(desk.phone.values(document).unwrap()[0].values, ["150"]);
    let desk = desk.reopen();
    for refused in [
        desk.phone.answer(document, "water", "-", "151"),
        desk.phone
            .start_late(&LateStart {
                permit: None,
                site: Some(SITE),
                checklist: Some(Digest(template().hash())),
                cause: Cause::Urgent,
                reason: "now".into(),
            })
            .map(|_| ()),
    ] {
        assert_eq!(code(refused), "device-revoked", "nothing new is begun");
    }
    desk.office.verdict.lock().unwrap().status = Status::plain(Outcome::Ok);
    let emptied = desk.phone.sync(&Default::default(), &(), &Cancel::new()).unwrap_err();
    assert_eq!(emptied.code(), "wiped");
}

#[test]
fn a_kill_while_a_phone_is_emptied_leaves_no_half_of_it() {
    let (desk, _) = Desk::at_work();
    let folder = desk.folder.path().to_owned();
    drop(desk.phone);
    // As a kill leaves it: marked, the files still there.
    std::fs::write(folder.join("wiped"), b"").unwrap();
    let settings = Settings { folder: folder.clone() };
    assert_eq!(Phone::open(&settings, desk.ports).err().unwrap().code(), "wiped");
    assert!(!folder.join("wurao.sqlite3").exists() && !folder.join("blobs").exists());
    assert!(desk.keys.0.lock().unwrap().is_none());
}

#[test]
fn the_device_key_goes_last_and_no_new_one_is_drawn_where_a_phone_was_emptied() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("phone");
    let settings = Settings { folder: folder.clone() };
    let desk = Desk::enrolled();
    let ports =
        || wurao_device::system::key_in(&folder).map(|signer| wurao_device::Ports { signer, ..desk.ports.clone() });
    drop(Phone::open(&settings, ports().unwrap()).unwrap());
    std::fs::write(folder.join("wiped"), b"").unwrap();
    // As long as the key is there the emptying can be finished.
    assert_eq!(Phone::open(&settings, ports().unwrap()).err().unwrap().code(), "wiped");
    let mut left: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["lock", "wiped"]);
    assert_eq!(ports().err().unwrap().code(), "wiped");
    assert!(!folder.join("device.key").exists());
}

#[cfg(unix)]
#[test]
fn nobody_but_its_owner_enters_a_phones_folder() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::enrolled();
    let folder = desk.folder.path().to_owned();
    let mode = || std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777;
    drop(desk.phone);
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    drop(Phone::open(&Settings { folder: folder.clone() }, desk.ports).unwrap());
    assert_eq!(mode(), 0o700, "one that an older program has made");
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    wurao_device::system::key_in(&folder.join("new")).unwrap();
    let made = std::fs::metadata(folder.join("new")).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(), made), (0o755, 0o700), "one that is made; the one above is not its own");
}

#[test]
fn the_work_of_a_phone_that_breaks_goes_on_on_a_new_one() {
    let (broken, document) = Desk::at_work();
    broken.phone.answer(document, "water", "-", "150").unwrap();
    broken.sync();
    let old = broken.office.received.lock().unwrap().len();
    assert!(old > 0);

    // The person is let in with another phone, and the office signs the permit anew for it.
    let new = Desk::of(broken.office.clone(), 12);
    let mut permit = permit(&template());
    permit.issued_s += 60;
    permit.visit.devices = vec![key(12).public().device()];
    let device = wurao_protocol::record::Device {
        id: key(11).public().device(),
        key: key(11).public().to_bytes(),
        name: "phone 11".into(),
        persons: vec![PERSON],
        enrolled_ms: NOON,
    };
    new.office.give(&device);
    new.office.give_work();
    new.office.give_permit(&permit);
    new.office.relay();
    let report = new.sync();
    assert_eq!((report.quarantined, report.changes_received), (0, 1));

    assert_eq!(new.phone.start(permit.id).unwrap(), document, "the same inspection");
    assert_eq!(new.phone.values(document).unwrap()[0].values, ["150"]);
    new.phone.answer(document, "water", "-", "160").unwrap();
    assert_eq!(new.phone.values(document).unwrap()[0].values, ["160"], "no conflict with oneself");
    new.phone.present(permit.id, None).unwrap();
    new.phone.leave(document).unwrap();
    assert_eq!(new.sync().changes_taken, 1);
    let frames = new.office.received.lock().unwrap();
    let records = frames.iter().flat_map(|frame| &frame.records);
    let sessions: Vec<Session> =
        records.filter_map(|record| Some(envelope::open_as::<Session>(&record.0).ok()?.body)).collect();
    assert_eq!((sessions.len(), sessions[0].person, sessions[0].device), (1, PERSON, key(12).public().device()));
}

#[test]
fn a_late_registration_too_moves_to_a_new_phone() {
    let broken = Desk::enrolled();
    broken.office.give_work();
    broken.sync();
    let checklist = Some(Digest(template().hash()));
    let start =
        LateStart { permit: None, site: Some(SITE), checklist, cause: Cause::Network, reason: "no network".into() };
    let document = broken.phone.start_late(&start).unwrap();
    broken.phone.answer(document, "water", "-", "150").unwrap();
    broken.sync();

    let new = Desk::of(broken.office.clone(), 12);
    let device = wurao_protocol::record::Device {
        id: key(11).public().device(),
        key: key(11).public().to_bytes(),
        name: "phone 11".into(),
        persons: vec![PERSON],
        enrolled_ms: NOON,
    };
    new.office.give(&device);
    new.office.give_work();
    new.office.relay();
    assert_eq!(new.sync().quarantined, 0);
    let work = new.phone.work().unwrap();
    let item = work.iter().find(|item| item.document == document).unwrap();
    assert_eq!((item.permit_standing, item.late.as_ref().unwrap().reason.as_str()), ("no-permit", "no network"));
    assert_eq!(new.phone.values(document).unwrap()[0].values, ["150"]);
}
