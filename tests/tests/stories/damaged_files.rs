//! Files rot on a phone: what can be made anew is, what cannot keeps nothing else from going up.

use crate::{CHEN, demo};
use std::fs;
use wurao_device::{Cancel, PhotoState, SyncOptions};
use wurao_tests::camera::Camera;

#[test]
fn a_damaged_thumbnail_is_made_anew_and_a_lost_photo_stops_no_other() {
    let world = demo();
    let permit = world.county.permit("Songling Village", "Emergency supplies").unwrap();
    let chen = world.phone(CHEN).unwrap();
    let document = chen.start(permit).unwrap();
    let mut camera = Camera::drawing(&world.folder().join("camera"), 640).unwrap();
    for question in ["water", "rations", "beds"] {
        chen.phone.attach_photo(document, question, "-", &camera.take().unwrap()).unwrap();
    }
    let photos = chen.phone.photos(document).unwrap();
    let cut = photos[0].thumbnail.clone().unwrap();
    fs::write(&cut, &fs::read(&cut).unwrap()[..100]).unwrap();
    let blobs = chen.folder.join("blobs");
    for gone in [&photos[1].original, photos[1].rendition_sha256.as_ref().unwrap()] {
        fs::remove_file(blobs.join(&gone[..2]).join(gone)).unwrap();
    }

    let report = chen.sync().unwrap();
    assert_eq!((report.photos_uploaded, report.photos_damaged), (5, 1));
    let states: Vec<PhotoState> = chen.phone.photos(document).unwrap().into_iter().map(|photo| photo.state).collect();
    assert_eq!(states, [PhotoState::Uploaded, PhotoState::Ready, PhotoState::Uploaded]);
    assert_eq!(chen.phone.outbox().unwrap().photos_with_problems, 1);
    assert_eq!(chen.sync().unwrap().photos_damaged, 0, "told once");
}

#[test]
fn many_photos_whose_files_are_gone_keep_no_other_photo_from_the_server() {
    let world = demo();
    let permit = world.county.permit("Songling Village", "Emergency supplies").unwrap();
    let chen = world.phone(CHEN).unwrap();
    let document = chen.start(permit).unwrap();
    let mut camera = Camera::drawing(&world.folder().join("camera"), 64).unwrap();
    // As many as one answer offers, and their text is there.
    for _ in 0..64 {
        chen.phone.attach_photo(document, "water", "-", &camera.take().unwrap()).unwrap();
    }
    let text = SyncOptions { photos: false, ..SyncOptions::default() };
    chen.phone.sync(&text, &(), &Cancel::new()).unwrap();
    fs::remove_dir_all(chen.folder.join("blobs")).unwrap();
    fs::create_dir_all(chen.folder.join("blobs/incoming")).unwrap();
    let lost = chen.sync().unwrap();
    assert!(lost.photos_damaged >= 64, "{lost:?}");
    chen.phone.attach_photo(document, "beds", "-", &camera.take().unwrap()).unwrap();
    let uploaded: u32 = (0..12).map(|_| chen.sync().unwrap().photos_uploaded).sum();
    assert_eq!(uploaded, 2, "its thumbnail and its rendition");
}
