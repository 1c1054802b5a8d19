//! The server's data are brought back from an old backup: the phones notice, and bring back what it lost.

use crate::by_hand::{self, Fate};
use crate::handed_over::give;
use crate::{CHEN, LIU, WU, assert_same, demo};
use std::path::Path;
use wurao_protocol::{DocumentId, PermitId};
use wurao_tests::camera::Camera;
use wurao_tests::county::County;
use wurao_tests::server::Server;
use wurao_tests::shell::Shell;
use wurao_tests::visit;
use wurao_tests::world::{FieldPhone, World};

/// A copy of all files of a folder, the database's beside each other; the server is not running.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Stops the server, lets something happen to its folder, and starts it again.
pub(crate) fn meanwhile(world: &World, job: impl FnOnce(&Path)) {
    world.server.kill();
    job(world.server.data());
    world.server.restart().unwrap();
}

/// The keys have a backup of their own, apart from the data's.
pub(crate) fn bring_back(world: &World, backup: &Path) {
    meanwhile(world, |data| {
        for entry in std::fs::read_dir(data).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("keys") {
                std::fs::remove_dir_all(&path).unwrap();
            } else if path.is_file() {
                std::fs::remove_file(&path).unwrap();
            }
        }
        copy(backup, data);
    });
}

/// What `wurao-server audit verify` says.
pub(crate) fn audit(world: &World) -> String {
    audit_word(world, "verify")
}

/// What `wurao-server audit` says to a word.
fn audit_word(world: &World, word: &str) -> String {
    let arguments = ["wurao-server", "audit", word, "--data"].map(std::ffi::OsString::from);
    let arguments = arguments.into_iter().chain([world.server.data().into()]);
    let mut out = Vec::new();
    wurao_server::run(arguments, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Chen adds a photo, Wu an answer and a leave, and both hear of all of it.
pub(crate) fn go_on(world: &World, (chen, wu): (&FieldPhone, &FieldPhone), permit: PermitId, document: DocumentId) {
    let file = Camera::drawing(&world.folder().join("camera"), 900).unwrap().take().unwrap();
    chen.phone.attach_photo(document, "water", "-", &file).unwrap();
    chen.sync().unwrap();
    wu.sync().unwrap();
    wu.start(permit).unwrap();
    wu.phone.answer(document, "beds", "-", "40").unwrap();
    wu.phone.leave(document).unwrap();
    wu.sync().unwrap();
    chen.sync().unwrap();
    assert_same(world, chen);
}

#[test]
fn what_a_restored_server_has_lost_is_back_after_one_sync_of_each_phone() {
    let world = demo();
    let permit = world.county.permit("Shimen Village", "Emergency supplies").unwrap();
    let (chen, wu) = (world.phone(CHEN).unwrap(), world.phone(WU).unwrap());
    let document = chen.start(permit).unwrap();
    let entries = visit::stores(jiff::Zoned::now().date()).unwrap();
    let (before, after) = entries.split_at(4);
    visit::answer(&chen.phone, document, before).unwrap();
    chen.sync().unwrap();
    let backup = world.folder().join("backup");
    meanwhile(&world, |data| copy(data, &backup));

    visit::answer(&chen.phone, document, after).unwrap();
    go_on(&world, (&chen, &wu), permit, document);

    bring_back(&world, &backup);
    let report = chen.sync().unwrap();
    assert!(report.offered_again > 0, "{report:?}");
    assert!(report.requests <= 2, "{report:?}");
    assert!(wu.sync().unwrap().offered_again > 0);
    chen.sync().unwrap();
    assert_same(&world, &chen);
    assert_same(&world, &wu);
    assert_eq!(chen.phone.values(document).unwrap(), wu.phone.values(document).unwrap());
    for phone in [&chen, &wu] {
        let again = phone.sync().unwrap();
        assert_eq!((again.offered_again, again.requests), (0, 1), "once");
    }
    let said = audit(&world);
    assert!(said.contains("all as it was"), "{said}");
}

#[test]
fn a_second_restore_is_noticed_too_and_nothing_is_asked_of_phones_that_lost_nothing() {
    let world = demo();
    let permit = world.county.permit("Shimen Village", "Emergency supplies").unwrap();
    let (chen, wu) = (world.phone(CHEN).unwrap(), world.phone(WU).unwrap());
    let backup = world.folder().join("backup");
    meanwhile(&world, |data| copy(data, &backup));
    let document = chen.start(permit).unwrap();
    for round in 0..3 {
        chen.phone.answer(document, "beds", "-", &format!("{round}")).unwrap();
        chen.sync().unwrap();
        bring_back(&world, &backup);
        assert!(chen.sync().unwrap().offered_again > 0, "{round}");
        assert_same(&world, &chen);
    }
    assert_eq!(wu.sync().unwrap().offered_again, 0, "it had seen nothing of what was lost");
}

#[test]
fn what_was_told_between_two_restores_is_not_taken_for_what_the_second_brought_back() {
    let mut county = County::demo().unwrap();
    let theirs = county.add_visits(&["liujianguo"], 1).unwrap()[0];
    let world = World::of(env!("CARGO_BIN_EXE_demo"), county).unwrap();
    let permit = world.county.permit("Shimen Village", "Emergency supplies").unwrap();
    let (old, newer) = (world.folder().join("old"), world.folder().join("newer"));
    meanwhile(&world, |data| copy(data, &old));
    let liu = world.phone(LIU).unwrap();
    let other = liu.start(theirs).unwrap();
    for at in 0..80 {
        liu.phone.answer(other, "quilts", "-", &at.to_string()).unwrap();
    }
    liu.sync().unwrap();
    audit_word(&world, "checkpoint");
    let chen = world.phone(CHEN).unwrap();
    // The second brings the word that the long log was witnessed.
    chen.sync().unwrap();
    chen.sync().unwrap();
    meanwhile(&world, |data| copy(data, &newer));

    // The wrong backup first: its log grows past where the right one ends.
    bring_back(&world, &old);
    chen.sync().unwrap();
    let document = chen.start(permit).unwrap();
    chen.phone.answer(document, "beds", "-", "40").unwrap();
    chen.sync().unwrap();
    liu.sync().unwrap();
    chen.sync().unwrap();
    assert_eq!(chen.phone.outbox().unwrap().changes.len(), 0);
    bring_back(&world, &newer);
    let report = chen.sync().unwrap();
    assert!(report.offered_again > 0 && !report.log_forked, "{report:?}");
    liu.sync().unwrap();
    assert_same(&world, &chen);
    assert!(audit(&world).contains("as it was"));
}

#[test]
fn what_was_handed_over_and_refused_for_want_of_a_permit_goes_up_when_the_permit_is_back() {
    let world = World::of(env!("CARGO_BIN_EXE_demo"), County::demo().unwrap()).unwrap();
    let (chen, wu) = (world.phone(CHEN).unwrap(), world.phone(WU).unwrap());
    let backup = world.folder().join("backup");
    meanwhile(&world, |data| copy(data, &backup));
    let mut more = County::demo().unwrap();
    let permit = more.add_visits(&["chenlixin", "wuxiaomei"], 1).unwrap()[0];
    let file = world.folder().join("more.json");
    more.write(&file).unwrap();
    let load = || Server::load(world.program(), world.server.data(), &file).map(drop).unwrap();
    load();
    chen.sync().unwrap();
    wu.sync().unwrap();
    bring_back(&world, &backup);
    let document = chen.start(permit).unwrap();
    chen.phone.answer(document, "water", "-", "162").unwrap();
    give(&chen, &wu);
    wu.start(permit).unwrap();
    wu.phone.answer(document, "beds", "-", "40").unwrap();
    // Chen's phone is lost.
    drop(chen);
    wu.sync().unwrap();
    load();
    for _ in 0..2 {
        wu.sync().unwrap();
    }
    assert_same(&world, &wu);
    let export = world.supervisor().unwrap().inspection(document).unwrap();
    let keys: Vec<_> = export["values"].as_array().unwrap().iter().map(|value| value["key"].to_string()).collect();
    assert!(keys.iter().any(|key| key.contains("water")) && keys.iter().any(|key| key.contains("beds")), "{keys:?}");
}

#[test]
fn a_phone_in_a_terminal_says_what_it_offers_again() {
    let world = demo();
    let permit = world.county.permit("Shimen Village", "Emergency supplies").unwrap();
    let chen = world.phone(CHEN).unwrap();
    let backup = world.folder().join("backup");
    meanwhile(&world, |data| copy(data, &backup));
    let document = chen.start(permit).unwrap();
    chen.phone.answer(document, "beds", "-", "40").unwrap();
    chen.sync().unwrap();
    bring_back(&world, &backup);
    let (_, said) = chen.away(|folder, _| Shell::open(world.program(), folder)?.ask("sync")).unwrap();
    assert!(said.iter().any(|line| line.contains("offered-again")), "{said:?}");
}

#[test]
fn a_server_that_is_brought_back_twice_while_a_phone_syncs_has_all_of_it_in_the_end() {
    let world = demo();
    let permit = world.county.permit("Shimen Village", "Emergency supplies").unwrap();
    let chen = world.phone(CHEN).unwrap();
    let (before, after) = (world.folder().join("before"), world.folder().join("after"));
    meanwhile(&world, |data| copy(data, &before));
    let document = chen.start(permit).unwrap();
    chen.phone.answer(document, "beds", "-", "40").unwrap();
    chen.sync().unwrap();
    meanwhile(&world, |data| copy(data, &after));
    chen.phone.answer(document, "water", "-", "162").unwrap();
    chen.sync().unwrap();
    bring_back(&world, &after);
    // It was the wrong backup, and somebody sees that between two requests.
    let synced = by_hand::sync(&chen, |request| {
        if request == 1 {
            bring_back(&world, &before);
        }
        Fate::Arrives
    });
    synced.unwrap();
    chen.sync().unwrap();
    assert_same(&world, &chen);
    assert_eq!(chen.phone.outbox().unwrap().changes.len(), 0);
    assert!(audit(&world).contains("all as it was"));
}
