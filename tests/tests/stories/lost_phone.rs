//! A phone is lost: what it still brings is held, then it is emptied; or it is found, and emptied by its owners.

use crate::by_hand::{self, Fate};
use crate::restored::{self, bring_back, meanwhile};
use crate::{CHEN, WU, demo, shown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use wurao_device::{Cancel, SyncOptions, system};
use wurao_protocol::DocumentId;
use wurao_tests::camera::Camera;
use wurao_tests::compare::Comparison;
use wurao_tests::county::{ADMINISTRATOR, County, SUPERVISOR};
use wurao_tests::shell::{Shell, quoted};
use wurao_tests::world::{FieldPhone, World, open};
use wurao_tests::{roles, visit};

const PURPOSE: &str = "Emergency supplies";
const VILLAGE: &str = "Shimen Village";

/// A photo's file, drawn for this world.
fn photo(world: &World) -> PathBuf {
    Camera::drawing(&world.folder().join("camera"), 900).unwrap().take().unwrap()
}

/// The administrator revokes the phone of this name.
pub(crate) fn revoke(world: &World, name: &str) {
    let administrator = world.at_the_page(ADMINISTRATOR).unwrap();
    let page = administrator.page("/phones", "en").unwrap();
    let row = &page[page.find(name).unwrap()..];
    let form = &row[row.find("/phones/").unwrap()..];
    let form = form.split('"').next().unwrap();
    assert_eq!(administrator.post(form, &[("reason", "Left on a bus.")]).unwrap().status, 303);
}

/// A supervisor accepts what is held of an inspection.
fn accept(world: &World, document: DocumentId) {
    let supervisor = world.at_the_page(SUPERVISOR).unwrap();
    let seen = jiff::Timestamp::now().as_millisecond().to_string();
    let accept = [("choice", "accept"), ("seen", &*seen)];
    assert_eq!(supervisor.post(&format!("/held/{document}"), &accept).unwrap().status, 303);
}

/// Everything that the phone in this folder has of an inspection is in force at the server: values, photos, bytes.
fn assert_all_in_force(world: &World, folder: &Path, document: DocumentId, photos: u64) {
    let (phone, supervisor) = (open(folder).unwrap(), world.supervisor().unwrap());
    let mut compared = Comparison::default();
    compared.inspection("the phone", &phone, document, &supervisor).unwrap();
    assert_eq!(compared.differences, Vec::<String>::new());
    assert_eq!(compared.photos, photos);
    assert!(compared.values > 20, "{compared:?}");
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &to);
        } else {
            std::fs::copy(&path, &to).unwrap();
        }
    }
}

/// Runs a command of `wurao-server` over a data folder in a process of its own: what it printed, or what it complained.
pub(crate) fn command(world: &World, words: &[&str], data: &Path, last: Option<&Path>) -> Result<String, String> {
    let mut command = Command::new(world.program());
    command.arg(roles::SERVER).args(words).arg("--data").arg(data).args(last);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // It goes on for as long as somebody holds its input open.
    let input = child.stdin.take();
    let said = child.wait_with_output().unwrap();
    drop(input);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    if said.status.success() { Ok(text(said.stdout)) } else { Err(text(said.stderr)) }
}

#[test]
fn a_revoked_phone_brings_what_it_has_and_is_emptied_when_it_has_no_more() {
    let world = demo();
    let permit = world.county.permit(VILLAGE, PURPOSE).unwrap();
    let (chen, wu) = (world.phone(CHEN).unwrap(), world.phone(WU).unwrap());
    let document = chen.start(permit).unwrap();
    visit::answer(&chen.phone, document, &visit::stores(jiff::Zoned::now().date()).unwrap()).unwrap();
    chen.phone.attach_photo(document, "water", "-", &photo(&world)).unwrap();
    chen.phone.leave(document).unwrap();
    revoke(&world, &world.county.phone_name(CHEN).unwrap());

    // Its text goes up, and is held; the photos are still on it.
    let text = SyncOptions { photos: false, ..SyncOptions::default() };
    let report = chen.phone.sync(&text, &(), &Cancel::new()).unwrap();
    assert!(report.changes_held > 20 && report.changes_taken == 0 && report.records_refused == 0, "{report:?}");
    let outbox = chen.phone.outbox().unwrap();
    assert!(outbox.changes.iter().all(|row| row.problem.as_deref() == Some("from-revoked")), "{outbox:?}");
    let held: Vec<&str> = outbox.unsettled_records.iter().map(|row| row.kind.as_str()).collect();
    assert_eq!(held, ["wurao/evidence", "wurao/leave"], "{outbox:?}");
    let page = world.supervisor().unwrap().page("/held", "en").unwrap();
    for words in ["From a phone that was revoked", "1 photo", "1 leave", &format!("/held/{document}")] {
        assert!(page.contains(words), "{words} is not in {page}");
    }
    wu.sync().unwrap();
    assert_eq!(shown(&wu, document, "water"), [""; 0], "nothing of it is in force");
    // Not emptied, however often it asks, while it holds a file.
    chen.phone.sync(&text, &(), &Cancel::new()).unwrap();
    let kept = world.folder().join("kept");
    let FieldPhone { folder, link, phone } = chen;
    drop(phone);
    copy(&folder, &kept);

    // The photos arrive; the request after that is answered by the order.
    let chen = FieldPhone { phone: open(&folder).unwrap(), folder, link };
    assert_eq!(chen.sync().unwrap().photos_uploaded, 2);
    assert_eq!(chen.try_sync().unwrap_err().code(), "wiped");
    for called in [chen.phone.work().err(), chen.phone.outbox().err(), chen.phone.leave(document).err()] {
        assert_eq!(called.unwrap().code(), "wiped");
    }
    assert_eq!(chen.try_sync().unwrap_err().code(), "wiped");
    let mut left: Vec<_> = std::fs::read_dir(&chen.folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["lock", "wiped"], "neither store nor photo nor journal nor device key");
    let FieldPhone { folder, phone, link: _link } = chen;
    drop(phone);
    assert_eq!(system::ports(&folder).err().unwrap().code(), "wiped", "no new key is drawn");
    assert!(!folder.join("device.key").exists());

    accept(&world, document);
    assert_all_in_force(&world, &kept, document, 1);
    wu.sync().unwrap();
    assert_eq!(shown(&wu, document, "water"), ["180"]);
    // Who had copied the phone before is heard no more.
    let copied = open(&kept).unwrap();
    copied.void(document, "I have found a phone.").unwrap();
    let refused = copied.sync(&SyncOptions::default(), &(), &Cancel::new()).unwrap_err();
    assert_eq!(refused.code(), "device-revoked");
}

#[test]
fn what_is_accepted_of_a_revoked_phone_is_settled_on_it_before_it_is_emptied() {
    let world = demo();
    let permit = world.county.permit(VILLAGE, PURPOSE).unwrap();
    let chen = world.phone(CHEN).unwrap();
    let document = chen.start(permit).unwrap();
    chen.phone.answer(document, "water", "-", "162").unwrap();
    chen.phone.attach_photo(document, "water", "-", &photo(&world)).unwrap();
    chen.phone.leave(document).unwrap();
    revoke(&world, &world.county.phone_name(CHEN).unwrap());
    let text = SyncOptions { photos: false, ..SyncOptions::default() };
    chen.phone.sync(&text, &(), &Cancel::new()).unwrap();
    accept(&world, document);
    let report = chen.phone.sync(&text, &(), &Cancel::new()).unwrap();
    let outbox = chen.phone.outbox().unwrap();
    assert_eq!((outbox.changes.len(), outbox.records), (0, 0), "{outbox:?}");
    assert_eq!(outbox.thumbnails + outbox.renditions, 2, "the photos are still to come");
    assert_eq!(report.changes_received, 0, "it learns of its own work and of nothing else");
    // Once accepted is not for ever: what a lost phone says later is looked at again.
    chen.phone.void(document, "I have found a phone.").unwrap();
    let report = chen.phone.sync(&text, &(), &Cancel::new()).unwrap();
    assert_eq!(report.records_refused, 0);
    assert_ne!(world.supervisor().unwrap().inspection(document).unwrap()["state"], "voided");
}

/// How many changes the server holds of an inspection.
pub(crate) fn held(world: &World, document: DocumentId) -> u64 {
    let found = world.supervisor().unwrap().inspection(document).unwrap();
    found["held_changes"].as_u64().unwrap()
}

/// A phone that was revoked after all that it had was taken.
fn revoked_at_work() -> (World, FieldPhone, DocumentId) {
    let world = demo();
    let permit = world.county.permit(VILLAGE, PURPOSE).unwrap();
    let chen = world.phone(CHEN).unwrap();
    let document = chen.start(permit).unwrap();
    chen.phone.answer(document, "beds", "-", "40").unwrap();
    chen.sync().unwrap();
    revoke(&world, &world.county.phone_name(CHEN).unwrap());
    (world, chen, document)
}

#[test]
fn what_is_written_while_the_order_is_under_way_is_held_and_only_then_the_phone_is_emptied() {
    let (world, chen, document) = revoked_at_work();
    // The answer that orders it is lost, and they go on.
    assert_eq!(by_hand::sync(&chen, |_| Fate::Lost).unwrap_err().code(), "offline");
    chen.phone.answer(document, "water", "-", "162").unwrap();
    let mut wiped = false;
    for _ in 0..2 {
        wiped |= chen.try_sync().is_err_and(|error| error.code() == "wiped");
    }
    assert!(wiped);
    assert_eq!(held(&world, document), 1);

    let (world, chen, document) = revoked_at_work();
    // Somebody answers while it comes.
    let told = by_hand::sync(&chen, |request| {
        if request == 1 {
            chen.phone.answer(document, "water", "-", "162").unwrap();
        }
        Fate::Arrives
    });
    told.unwrap();
    assert_eq!(chen.try_sync().unwrap_err().code(), "wiped");
    assert_eq!(held(&world, document), 1);
}

#[test]
fn a_phone_that_is_revoked_after_a_restore_brings_what_was_lost_before_it_is_emptied() {
    let world = demo();
    let permit = world.county.permit(VILLAGE, PURPOSE).unwrap();
    let chen = world.phone(CHEN).unwrap();
    let backup = world.folder().join("backup");
    meanwhile(&world, |data| restored::copy(data, &backup));
    let document = chen.start(permit).unwrap();
    chen.phone.answer(document, "beds", "-", "40").unwrap();
    chen.sync().unwrap();
    bring_back(&world, &backup);
    revoke(&world, &world.county.phone_name(CHEN).unwrap());
    assert_eq!(chen.try_sync().unwrap_err().code(), "wiped");
    assert_eq!(held(&world, document), 1);
}

/// A phone at work in a process of its own, killed: the folder that is left.
fn found(world: &World) -> (PathBuf, DocumentId) {
    let permit = world.county.permit(VILLAGE, PURPOSE).unwrap();
    let FieldPhone { folder, phone, .. } = world.phone(CHEN).unwrap();
    drop(phone);
    let mut shell = Shell::open(world.program(), &folder).unwrap();
    let started = shell.ask(&format!("start {permit}")).unwrap();
    let document = started[0].strip_prefix("inspection ").unwrap().parse().unwrap();
    for entry in visit::stores(jiff::Zoned::now().date()).unwrap() {
        shell.ask(&format!("answer {document} {} {}", entry.question, entry.value)).unwrap();
    }
    shell.ask(&format!("photo {document} water {}", quoted(&photo(world).display().to_string()))).unwrap();
    shell.ask(&format!("leave {document}")).unwrap();
    shell.kill();
    (folder, document)
}

#[test]
fn a_lost_phone_that_was_found_is_emptied_with_the_drain_key() {
    let world = demo();
    let (folder, document) = found(&world);
    revoke(&world, &world.county.phone_name(CHEN).unwrap());

    // Another organisation's server cannot read it, and says so.
    let (file, theirs) = (world.folder().join("theirs.json"), world.folder().join("theirs"));
    County::demo().unwrap().write(&file).unwrap();
    wurao_tests::server::Server::load(world.program(), &theirs, &file).unwrap();
    let refused = command(&world, &["drain"], &theirs, Some(&folder)).unwrap_err();
    assert!(refused.contains("sealed") && refused.contains("wrong-drain-key"), "{refused}");

    let told = command(&world, &["drain"], world.server.data(), Some(&folder)).unwrap();
    // Session, photo entry, leave, signature and what it saw of the server's log; each answer and the photo's place; the
    // photo in its three sizes.
    for words in ["5 records and 22 changes came in, 24 of them held", "3 photo files came in, 0 are missing"] {
        assert!(told.contains(words), "{words} is not in {told}");
    }
    let again = command(&world, &["drain"], world.server.data(), Some(&folder)).unwrap();
    for words in ["0 records and 0 changes came in, 0 of them held", "0 photo files came in, 0 are missing"] {
        assert!(again.contains(words), "{words} is not in {again}");
    }
    assert!(world.supervisor().unwrap().page("/held", "en").unwrap().contains("From a phone that was revoked"));
    accept(&world, document);
    assert_all_in_force(&world, &folder, document, 1);
    let entries = world.supervisor().unwrap().inspection(document).unwrap();
    assert_eq!(entries["photos"][0]["question"], "water");
}

#[test]
fn what_was_written_just_before_a_found_phone_stopped_waits_until_it_is_opened_once() {
    let world = demo();
    let permit = world.county.permit(VILLAGE, PURPOSE).unwrap();
    let FieldPhone { folder, phone, .. } = world.phone(CHEN).unwrap();
    drop(phone);
    let mut shell = Shell::open(world.program(), &folder).unwrap();
    let started = shell.ask(&format!("start {permit}")).unwrap();
    let document: DocumentId = started[0].strip_prefix("inspection ").unwrap().parse().unwrap();
    let entries = visit::stores(jiff::Zoned::now().date()).unwrap();
    for entry in &entries {
        shell.ask(&format!("answer {document} {} {}", entry.question, entry.value)).unwrap();
    }
    shell.ask(&format!("photo {document} water {}", quoted(&photo(&world).display().to_string()))).unwrap();
    shell.kill();

    let told = command(&world, &["drain"], world.server.data(), Some(&folder)).unwrap();
    assert!(told.contains("22 changes wait for a signature"), "{told}");
    drop(open(&folder).unwrap());
    let told = command(&world, &["drain"], world.server.data(), Some(&folder)).unwrap();
    assert!(told.contains("22 changes came in, 0 of them held") && !told.contains("wait for"), "{told}");
    assert_all_in_force(&world, &folder, document, 1);
}

#[test]
fn a_found_phone_whose_text_went_up_long_ago_still_gives_its_photos() {
    let world = demo();
    let permit = world.county.permit(VILLAGE, PURPOSE).unwrap();
    let chen = world.phone(CHEN).unwrap();
    let document = chen.start(permit).unwrap();
    visit::answer(&chen.phone, document, &visit::stores(jiff::Zoned::now().date()).unwrap()).unwrap();
    chen.phone.attach_photo(document, "water", "-", &photo(&world)).unwrap();
    chen.phone.sync(&SyncOptions { photos: false, ..SyncOptions::default() }, &(), &Cancel::new()).unwrap();
    let FieldPhone { folder, phone, .. } = chen;
    drop(phone);
    let told = command(&world, &["drain"], world.server.data(), Some(&folder)).unwrap();
    assert!(
        told.contains("0 records and 0 changes") && told.contains("3 photo files came in, 0 are missing"),
        "{told}"
    );
    assert_all_in_force(&world, &folder, document, 1);
}
