//! A phone is brought back from a backup, or lives twice: nothing wedges, nothing is lost.

use crate::restored::copy;
use crate::{CHEN, WU, assert_same, demo, shown};
use wurao_protocol::DocumentId;
use wurao_tests::camera::Camera;
use wurao_tests::world::{FieldPhone, open};

const PURPOSE: &str = "Emergency supplies";

fn photo(phone: &FieldPhone, document: DocumentId, camera: &mut Camera) {
    let file = camera.take().unwrap();
    phone.phone.attach_photo(document, "water", "-", &file).unwrap();
}

#[test]
fn a_phone_brought_back_from_a_backup_goes_on_without_anybody_s_help() {
    let world = demo();
    let permit = world.county.permit("Shimen Village", PURPOSE).unwrap();
    let (chen, wu) = (world.phone(CHEN).unwrap(), world.phone(WU).unwrap());
    let mut camera = Camera::drawing(&world.folder().join("camera"), 700).unwrap();
    let document = chen.start(permit).unwrap();
    chen.phone.answer(document, "water", "-", "100").unwrap();
    photo(&chen, document, &mut camera);
    chen.sync().unwrap();
    let backup = world.folder().join("phone-backup");
    let (chen, ()) = chen
        .away(|folder, _| {
            copy(folder, &backup);
            Ok(())
        })
        .unwrap();

    chen.phone.answer(document, "water", "-", "120").unwrap();
    chen.phone.answer(document, "beds", "-", "30").unwrap();
    photo(&chen, document, &mut camera);
    for _ in 0..4 {
        chen.sync().unwrap();
    }
    let (chen, ()) = chen
        .away(|folder, _| {
            std::fs::remove_dir_all(folder).unwrap();
            copy(&backup, folder);
            Ok(())
        })
        .unwrap();

    // It has forgotten four requests, two answers and a photo, and does not know it yet.
    chen.phone.answer(document, "quilts", "-", "50").unwrap();
    photo(&chen, document, &mut camera);
    photo(&chen, document, &mut camera);
    let report = chen.sync().unwrap();
    assert_eq!((report.signed_anew, report.changes_refused), (2, 0), "{report:?}");
    for (question, value) in [("water", "120"), ("beds", "30"), ("quilts", "50")] {
        assert_eq!(shown(&chen, document, question), [value], "{question}");
    }
    chen.sync().unwrap();
    wu.sync().unwrap();
    wu.start(permit).unwrap();
    assert_eq!(wu.phone.values(document).unwrap(), chen.phone.values(document).unwrap());
    assert_same(&world, &chen);
    assert_eq!(chen.sync().unwrap().requests, 1, "quiet");
}

#[test]
fn a_phone_that_lives_twice_loses_nothing_of_either_life() {
    let world = demo();
    let permit = world.county.permit("Shimen Village", PURPOSE).unwrap();
    let chen = world.phone(CHEN).unwrap();
    let mut camera = Camera::drawing(&world.folder().join("camera"), 700).unwrap();
    let document = chen.start(permit).unwrap();
    chen.sync().unwrap();
    let twin = world.folder().join("twin");
    let (chen, ()) = chen
        .away(|folder, _| {
            copy(folder, &twin);
            Ok(())
        })
        .unwrap();
    let twin = FieldPhone {
        phone: open(&twin).unwrap(),
        folder: twin,
        link: wurao_tests::link::Link::new(&world.server).unwrap(),
    };
    for round in 0..3 {
        chen.phone.answer(document, "water", "-", &format!("1{round}")).unwrap();
        twin.phone.answer(document, "beds", "-", &format!("2{round}")).unwrap();
        photo(&chen, document, &mut camera);
        photo(&twin, document, &mut camera);
        for phone in [&chen, &twin, &chen] {
            // Each is told at first that the other was here; then it goes on.
            phone.sync().unwrap();
        }
    }
    twin.sync().unwrap();
    assert_eq!(shown(&chen, document, "beds"), ["22"]);
    assert_eq!(shown(&twin, document, "water"), ["12"]);
    assert_same(&world, &chen);
    assert_same(&world, &twin);
}
