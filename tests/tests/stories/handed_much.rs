//! Much that a colleague's phone has handed over, or a restored server has lost: what proves the first of it is signed over the last.

use crate::handed_over::{SPARE, give, world as with_spare};
use crate::lost_phone::{held, revoke};
use crate::restored::{bring_back, copy, meanwhile};
use crate::{CHEN, WU, assert_same, demo, shown};
use rusqlite::Connection;
use wurao_device::SyncReport;
use wurao_protocol::{Digest, DocumentId};
use wurao_tests::world::{FieldPhone, World};

const PURPOSE: &str = "Emergency supplies";
const VILLAGE: &str = "Shimen Village";
/// More than one frame takes of a document; more than a request has as a rule; more than one signature is made for.
const MUCH: u64 = 22;
const VERY_MUCH: u64 = 90;

/// Words of thirty thousand letters that pack to half of that.
fn words(n: u64) -> String {
    (0..1000_u64).map(|word| Digest::of(&[&(n * 1000 + word).to_be_bytes()]).to_string()[..30].to_owned()).collect()
}

/// Writes so many long remarks, each over the one before.
fn write(phone: &FieldPhone, document: DocumentId, count: u64) {
    for n in 0..count {
        phone.phone.answer(document, "extinguishers#note", "-", &words(n)).unwrap();
    }
}

/// A world in which Chen's phone has handed over so much to Wu's, who answers on top of it; Chen's is gone.
fn handed(count: u64) -> (World, FieldPhone, DocumentId) {
    let world = demo();
    let permit = world.county.permit(VILLAGE, PURPOSE).unwrap();
    let (chen, wu) = (world.phone(CHEN).unwrap(), world.phone(WU).unwrap());
    let document = chen.start(permit).unwrap();
    write(&chen, document, count);
    chen.phone.answer(document, "water", "-", "162").unwrap();
    let taken = give(&chen, &wu);
    assert!(taken.changes > count && taken.set_aside == 0, "{taken:?}");
    wu.start(permit).unwrap();
    wu.phone.answer(document, "beds", "-", "40").unwrap();
    (world, wu, document)
}

/// All of it is at the server, under its authors' names, and goes up no more.
fn assert_all_up(world: &World, phone: &FieldPhone, document: DocumentId, first: &SyncReport) {
    assert_eq!((first.changes_refused, first.changes_held, first.changes_waiting), (0, 0, 0), "{first:?}");
    assert_same(world, phone);
    let page = world.supervisor().unwrap().page(&format!("/inspections/{document}"), "zh").unwrap();
    assert!(page.contains("陈立新") && page.contains("吴晓梅"), "{page}");
    let again = phone.sync().unwrap();
    assert_eq!((again.requests, again.changes_taken, again.offered_again), (1, 0, 0), "{again:?}");
    let count = |store: std::path::PathBuf| -> i64 {
        let counted = "SELECT count(*) FROM change WHERE document = ?1";
        Connection::open(store).unwrap().query_row(counted, [document.0], |row| row.get(0)).unwrap()
    };
    let here = count(phone.folder.join("wurao.sqlite3"));
    assert_eq!(count(world.server.data().join("wurao.sqlite")), here, "each of them once");
}

#[test]
fn what_was_handed_over_goes_up_in_one_request_though_no_frame_holds_it() {
    let (world, wu, document) = handed(MUCH);
    let report = wu.sync().unwrap();
    assert_eq!(report.requests, 1, "{report:?}");
    assert_all_up(&world, &wu, document, &report);
}

#[test]
fn more_than_a_request_has_goes_up_in_a_few() {
    let (world, wu, document) = handed(VERY_MUCH);
    let report = wu.sync().unwrap();
    assert!((2..=4).contains(&report.requests), "{report:?}");
    assert_all_up(&world, &wu, document, &report);
}

#[test]
fn what_two_have_written_in_turns_goes_up_by_a_third_phone_that_was_handed_it_in_the_end() {
    let world = with_spare();
    let permit = world.county.permit(VILLAGE, PURPOSE).unwrap();
    let [chen, wu, spare] = [CHEN, WU, SPARE].map(|code| world.phone(code).unwrap());
    let document = chen.start(permit).unwrap();
    for turn in 0..3 {
        write(&chen, document, MUCH);
        chen.phone.answer(document, "water", "-", &format!("16{turn}")).unwrap();
        give(&chen, &wu);
        wu.start(permit).unwrap();
        write(&wu, document, MUCH / 2);
        wu.phone.answer(document, "beds", "-", &format!("4{turn}")).unwrap();
        give(&wu, &chen);
    }
    assert_eq!(give(&wu, &spare).set_aside, 0);
    drop((chen, wu));
    let report = spare.sync().unwrap();
    assert!((2..=4).contains(&report.requests), "{report:?}");
    spare.start(permit).unwrap();
    let second = spare.sync().unwrap();
    assert_eq!((report.changes_refused, second.changes_refused), (0, 0), "{report:?} {second:?}");
    assert_all_up(&world, &spare, document, &second);
    assert_eq!(
        (shown(&spare, document, "water"), shown(&spare, document, "beds")),
        (vec!["162".into()], vec!["42".into()])
    );
}

#[test]
fn what_a_restored_server_has_lost_is_brought_back_though_it_is_much_and_its_author_gone() {
    for count in [MUCH, VERY_MUCH] {
        let world = demo();
        let permit = world.county.permit(VILLAGE, PURPOSE).unwrap();
        let (chen, wu) = (world.phone(CHEN).unwrap(), world.phone(WU).unwrap());
        let backup = world.folder().join("backup");
        meanwhile(&world, |data| copy(data, &backup));
        let document = chen.start(permit).unwrap();
        write(&chen, document, count);
        chen.phone.answer(document, "water", "-", "162").unwrap();
        chen.sync().unwrap();
        wu.sync().unwrap();
        wu.start(permit).unwrap();
        wu.phone.answer(document, "beds", "-", "40").unwrap();
        wu.sync().unwrap();
        drop(chen);
        bring_back(&world, &backup);
        let report = wu.sync().unwrap();
        assert!(report.offered_again > count && report.requests <= 5, "{report:?}");
        assert_all_up(&world, &wu, document, &report);
    }
}

#[test]
fn what_stands_on_one_answer_that_was_handed_over_goes_up_however_much_it_is() {
    let world = demo();
    let permit = world.county.permit(VILLAGE, PURPOSE).unwrap();
    let (chen, wu) = (world.phone(CHEN).unwrap(), world.phone(WU).unwrap());
    let document = chen.start(permit).unwrap();
    chen.phone.answer(document, "water", "-", "162").unwrap();
    give(&chen, &wu);
    wu.start(permit).unwrap();
    write(&wu, document, MUCH);
    let report = wu.sync().unwrap();
    assert_eq!(report.requests, 1, "{report:?}");
    assert_all_up(&world, &wu, document, &report);
    chen.sync().unwrap();
    assert_same(&world, &chen);
}

#[test]
fn a_revoked_phone_brings_the_much_that_it_was_handed_and_is_emptied() {
    let (world, wu, document) = handed(MUCH);
    revoke(&world, &world.county.phone_name(WU).unwrap());
    let mut codes = (0..3).map(|_| wu.try_sync().err().map(|error| error.code().to_owned()));
    assert!(codes.any(|code| code.as_deref() == Some("wiped")), "it was not emptied");
    // What its own person wrote late is held; what came by its hands is not.
    assert!(held(&world, document) > 0);
    let export = world.supervisor().unwrap().inspection(document).unwrap();
    let values = export["values"].as_array().unwrap();
    assert!(values.iter().any(|value| value["key"] == "water@-"), "{values:?}");
}

#[test]
fn what_an_earlier_release_had_refused_for_its_size_goes_up_after_the_update() {
    for count in [MUCH, VERY_MUCH] {
        let (world, wu, document) = handed(count);
        // As it was left: under one signature alone; the first that its frame did not prove was refused, and all behind it waits.
        let earlier =
            "UPDATE change SET standing = 'unrelayed', problem = 'forged-actor', detail = 'a session of another device'
                       WHERE position = (SELECT min(position) FROM change WHERE standing = 'handed');
                       DELETE FROM proof WHERE position < (SELECT max(position) FROM proof);
                       PRAGMA user_version = 6;";
        let (wu, ()) = wu
            .away(|folder, _| {
                Connection::open(folder.join("wurao.sqlite3")).unwrap().execute_batch(earlier).unwrap();
                Ok(())
            })
            .unwrap();
        // Beside what else there is to bring, in its first request.
        let other = wu.start(world.county.permit("Baiyang Village", PURPOSE).unwrap()).unwrap();
        wu.phone.answer(other, "water", "-", "20").unwrap();
        let report = wu.sync().unwrap();
        assert!(report.requests <= 2, "{report:?}");
        assert_all_up(&world, &wu, document, &report);
        assert_eq!(shown(&wu, document, "water"), ["162"]);
    }
}
