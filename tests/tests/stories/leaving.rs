//! Who is done leaves; when all have left the inspection closes; what comes after is held, never lost.

use crate::{CHEN, WU, assert_same, shown};
use wurao_device::WorkState;
use wurao_protocol::DocumentId;
use wurao_tests::county::County;
use wurao_tests::visit;
use wurao_tests::world::{FieldPhone, World};

/// The demo's county with a second phone for 吴晓梅.
const SPARE: &str = "spare-phone";

fn world() -> World {
    let mut county = County::demo().unwrap();
    county.add_code(SPARE, "备用机", &["wuxiaomei"]).unwrap();
    World::of(env!("CARGO_BIN_EXE_demo"), county).unwrap()
}

fn state(phone: &FieldPhone, document: DocumentId) -> WorkState {
    phone.phone.work().unwrap().into_iter().find(|item| item.document == document).unwrap().state
}

#[test]
fn the_inspection_closes_when_the_last_one_leaves() {
    let world = world();
    let permit = world.county.permit("Shimen Village", "Emergency supplies").unwrap();
    let (chen, wu) = (world.phone(CHEN).unwrap(), world.phone(WU).unwrap());
    let document = chen.start(permit).unwrap();
    wu.start(permit).unwrap();
    let today = jiff::Zoned::now().date();
    visit::answer(&chen.phone, document, &visit::stores(today).unwrap()).unwrap();
    chen.phone.leave(document).unwrap();
    assert_eq!(chen.phone.answer(document, "water", "-", "1").unwrap_err().code(), "has-left");
    chen.sync().unwrap();
    assert_eq!(state(&chen, document), WorkState::Left);
    assert_eq!(world.supervisor().unwrap().inspection(document).unwrap()["state"], "open");

    visit::answer(&wu.phone, document, &visit::equipment(today).unwrap()).unwrap();
    wu.phone.leave(document).unwrap();
    wu.sync().unwrap();
    chen.sync().unwrap();
    for phone in [&chen, &wu] {
        assert_eq!(state(phone, document), WorkState::Closed);
        assert_eq!(phone.phone.answer(document, "water", "-", "1").unwrap_err().code(), "closed");
        assert_same(&world, phone);
    }
    assert_eq!(world.supervisor().unwrap().inspection(document).unwrap()["state"], "closed");
}

#[test]
fn who_leaves_without_having_written_anything_has_left() {
    let world = world();
    let permit = world.county.permit("Shimen Village", "Emergency supplies").unwrap();
    let (chen, wu) = (world.phone(CHEN).unwrap(), world.phone(WU).unwrap());
    let document = chen.start(permit).unwrap();
    wu.start(permit).unwrap();
    for phone in [&chen, &wu] {
        phone.phone.leave(document).unwrap();
        let report = phone.sync().unwrap();
        assert_eq!((report.records_refused, phone.phone.outbox().unwrap().records), (0, 0));
    }
    assert_eq!(state(&wu, document), WorkState::Closed);
}

#[test]
fn late_work_is_held_and_shown() {
    let world = world();
    let permit = world.county.permit("Shimen Village", "Emergency supplies").unwrap();
    let phones = [CHEN, WU, SPARE].map(|code| world.phone(code).unwrap());
    let [chen, wu, spare] = &phones;
    let document = chen.start(permit).unwrap();
    wu.start(permit).unwrap();
    spare.link.down();
    spare.start(permit).unwrap();
    spare.phone.answer(document, "water", "-", "98761").unwrap();
    wu.phone.answer(document, "water", "-", "150").unwrap();
    for phone in [wu, chen] {
        phone.phone.leave(document).unwrap();
        phone.sync().unwrap();
    }

    spare.link.up().unwrap();
    let report = spare.sync().unwrap();
    assert_eq!((report.changes_held, report.changes_refused), (1, 0));
    let outbox = spare.phone.outbox().unwrap();
    let held: Vec<_> = outbox.changes.iter().map(|row| (&*row.standing, row.problem.as_deref(), row.changes)).collect();
    assert_eq!(held, [("held", Some("late"), 1)]);
    let supervisor = world.supervisor().unwrap();
    let export = supervisor.inspection(document).unwrap();
    assert_eq!(export["held_changes"], 1);
    assert!(supervisor.page(&format!("/inspections/{document}"), "en").unwrap().contains("98761"), "not on the page");
    // Decided by nobody yet: what colleagues see is what was there at the closing.
    chen.sync().unwrap();
    assert_eq!(shown(chen, document, "water"), ["150"]);
}
