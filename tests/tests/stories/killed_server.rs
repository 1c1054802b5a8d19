//! The server dies in the middle.

use crate::{CHEN, WU, assert_same, demo};
use std::sync::Arc;
use wurao_device::{Cancel, SyncOptions};
use wurao_tests::camera::Camera;
use wurao_tests::link::Way;
use wurao_tests::visit;

/// Killed with this much of the request received, or when the first byte of its answer is under way.
const MOMENTS: [(Way, usize); 5] = [(Way::Up, 0), (Way::Up, 300), (Way::Up, 900), (Way::Down, 0), (Way::Down, 200)];

#[test]
fn server_killed_in_the_middle_of_a_sync() {
    let world = demo();
    let permit = world.county.permit("Songling Village", "Emergency supplies").unwrap();
    let chen = world.phone(CHEN).unwrap();
    let document = chen.start(permit).unwrap();
    let entries = visit::stores(jiff::Zoned::now().date()).unwrap();
    for ((way, bytes), answers) in MOMENTS.into_iter().zip(entries.chunks(4)) {
        visit::answer(&chen.phone, document, answers).unwrap();
        let server = Arc::clone(&world.server);
        chen.link.cut_after(way, bytes, move || server.kill());
        assert_eq!(chen.try_sync().unwrap_err().code(), "offline", "{way:?} {bytes}");
        assert!(!chen.link.forget_cut(), "{way:?} {bytes}: the sync was over before");
        world.server.restart().unwrap();
        chen.sync().unwrap();
        assert_same(&world, &chen);
    }
}

#[test]
fn server_killed_in_the_middle_of_an_upload_goes_on_at_the_last_byte() {
    let world = demo();
    let permit = world.county.permit("Songling Village", "Emergency supplies").unwrap();
    let chen = world.phone(CHEN).unwrap();
    let document = chen.start(permit).unwrap();
    let file = Camera::drawing(&world.folder().join("camera"), 1200).unwrap().take().unwrap();
    chen.phone.attach_photo(document, "water", "-", &file).unwrap();
    let all = chen.phone.outbox().unwrap().bytes;
    let server = Arc::clone(&world.server);
    chen.link.cut_after(Way::Up, all as usize * 2 / 3, move || server.kill());
    // In pieces that are answered: what is only on its way when a server dies was never there.
    let pieces = SyncOptions { chunk: 16 << 10, lanes: 1, ..SyncOptions::default() };
    assert_eq!(chen.phone.sync(&pieces, &(), &Cancel::new()).unwrap_err().code(), "offline");
    world.server.restart().unwrap();
    let report = chen.sync().unwrap();
    assert!(report.photo_bytes_up < all, "{} of {all} bytes were sent again", report.photo_bytes_up);
    assert_same(&world, &chen);
}

#[test]
fn a_colleague_gets_nothing_twice_and_misses_nothing_when_the_server_dies_in_his_sync() {
    let world = demo();
    let permit = world.county.permit("Shimen Village", "Emergency supplies").unwrap();
    let (chen, wu) = (world.phone(CHEN).unwrap(), world.phone(WU).unwrap());
    let document = chen.start(permit).unwrap();
    let entries = visit::stores(jiff::Zoned::now().date()).unwrap();
    visit::answer(&chen.phone, document, &entries).unwrap();
    chen.sync().unwrap();
    let server = Arc::clone(&world.server);
    wu.link.cut_after(Way::Down, 700, move || server.kill());
    assert_eq!(wu.try_sync().unwrap_err().code(), "offline");
    world.server.restart().unwrap();
    assert_eq!(wu.sync().unwrap().changes_received, entries.len() as u64);
    assert_eq!(wu.sync().unwrap().changes_received, 0);
    assert_eq!(wu.phone.values(document).unwrap(), chen.phone.values(document).unwrap());
}
