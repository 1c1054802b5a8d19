//! Two inspectors, one village.

use crate::{CHEN, WU, assert_same, demo, shown};
use wurao_device::{Cancel, SyncOptions};
use wurao_tests::camera::Camera;
use wurao_tests::compare::Comparison;
use wurao_tests::visit;
use wurao_tests::world::FieldPhone;

fn conflicts(phone: &FieldPhone, document: wurao_protocol::DocumentId) -> u32 {
    phone.phone.form(document, "en").unwrap().conflicts
}

#[test]
fn two_inspectors_merge() {
    let world = demo();
    let permit = world.county.permit("Shimen Village", "Emergency supplies").unwrap();
    let (chen, wu) = (world.phone(CHEN).unwrap(), world.phone(WU).unwrap());
    chen.link.down();
    wu.link.down();
    let document = chen.start(permit).unwrap();
    assert_eq!(wu.start(permit).unwrap(), document);
    let today = jiff::Zoned::now().date();
    visit::answer(&chen.phone, document, &visit::stores(today).unwrap()).unwrap();
    visit::answer(&wu.phone, document, &visit::equipment(today).unwrap()).unwrap();
    chen.phone.answer(document, "beds", "-", "50").unwrap();
    wu.phone.answer(document, "beds", "-", "48").unwrap();
    visit::lot(&chen.phone, document, "water", "60", "2099-01-01").unwrap();
    visit::lot(&wu.phone, document, "rations", "80", "2099-02-01").unwrap();

    for phone in [&chen, &wu, &chen] {
        phone.link.up().unwrap();
        let report = phone.sync().unwrap();
        assert_eq!((report.requests, report.changes_refused, report.changes_held, report.quarantined), (1, 0, 0, 0));
    }
    for phone in [&chen, &wu] {
        assert_eq!(conflicts(phone, document), 1);
        let mut beds = shown(phone, document, "beds");
        beds.sort();
        assert_eq!(beds, ["48", "50"]);
        assert_same(&world, phone);
    }
    assert_eq!(chen.phone.values(document).unwrap(), wu.phone.values(document).unwrap());
    let export = world.supervisor().unwrap().inspection(document).unwrap();
    assert_eq!(export["conflicts"], 1);
}

#[test]
fn a_choice_settles_a_conflict_everywhere_and_another_answer_shows_after_it() {
    let world = demo();
    let permit = world.county.permit("Shimen Village", "Emergency supplies").unwrap();
    let (chen, wu) = (world.phone(CHEN).unwrap(), world.phone(WU).unwrap());
    let document = chen.start(permit).unwrap();
    wu.start(permit).unwrap();
    chen.phone.answer(document, "beds", "-", "50").unwrap();
    wu.phone.answer(document, "beds", "-", "48").unwrap();
    for phone in [&chen, &wu, &chen] {
        phone.sync().unwrap();
    }
    wu.phone.choose(document, "beds", "-", "48").unwrap();
    wu.sync().unwrap();
    chen.sync().unwrap();
    for phone in [&chen, &wu] {
        assert_eq!((conflicts(phone, document), shown(phone, document, "beds")), (0, vec!["48".to_owned()]));
        assert_same(&world, phone);
    }
    assert_eq!(world.supervisor().unwrap().inspection(document).unwrap()["conflicts"], 0);
    chen.phone.answer(document, "beds", "-", "49").unwrap();
    chen.sync().unwrap();
    wu.sync().unwrap();
    assert_eq!(shown(&wu, document, "beds"), ["49"]);
}

#[test]
fn a_comparison_sees_what_differs() {
    let world = demo();
    let permit = world.county.permit("Shimen Village", "Emergency supplies").unwrap();
    let (chen, wu) = (world.phone(CHEN).unwrap(), world.phone(WU).unwrap());
    let document = chen.start(permit).unwrap();
    wu.start(permit).unwrap();
    let supervisor = world.supervisor().unwrap();
    let differences = |phone: &FieldPhone| {
        let mut compared = Comparison::default();
        compared.inspection("phone", &phone.phone, document, &supervisor).unwrap();
        compared.differences.len()
    };
    chen.phone.answer(document, "beds", "-", "50").unwrap();
    assert_eq!(differences(&chen), 1, "only on the phone");
    chen.sync().unwrap();
    assert_eq!((differences(&chen), differences(&wu)), (0, 1), "only at the server");
    chen.phone.answer(document, "beds", "-", "51").unwrap();
    assert_eq!(differences(&chen), 2, "another value on either side");
    let file = Camera::drawing(&world.folder().join("camera"), 480).unwrap().take().unwrap();
    chen.phone.attach_photo(document, "beds", "-", &file).unwrap();
    assert_eq!(differences(&chen), 4, "a photo and its mark in the inspection");
    chen.phone.sync(&SyncOptions { photos: false, ..SyncOptions::default() }, &(), &Cancel::new()).unwrap();
    assert_eq!(differences(&chen), 2, "thumbnail and rendition have not arrived");
    chen.sync().unwrap();
    assert_eq!(differences(&chen), 0);
    let rendition = chen.phone.photos(document).unwrap()[0].rendition.clone().unwrap();
    std::fs::write(rendition, b"another picture").unwrap();
    assert_eq!(differences(&chen), 1, "a file that is not what its hash says");
}
