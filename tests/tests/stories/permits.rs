//! No plan, no inspection.

use crate::{CHEN, LIU, demo};
use wurao_protocol::PermitId;

#[test]
fn no_permit_no_start() {
    let world = demo();
    let chen = world.phone(CHEN).unwrap();
    let not_yet = world.county.permit("Liuwan Village", "Emergency supplies").unwrap();
    let of_others = world.county.permit("Zhuxi Village", "Fire check before winter").unwrap();
    for (permit, code) in [(not_yet, "not-yet"), (of_others, "not-found"), (PermitId([7; 16]), "not-found")] {
        assert_eq!(chen.phone.start(permit).unwrap_err().code(), code);
    }
    let report = chen.sync().unwrap();
    assert_eq!(report.changes_taken + report.changes_waiting + report.changes_held, 0);
    assert!(chen.phone.work().unwrap().iter().all(|item| chen.phone.values(item.document).unwrap().is_empty()));
}

#[test]
fn a_code_lets_one_phone_in() {
    let world = demo();
    let _liu = world.phone(LIU).unwrap();
    let another = wurao_tests::world::open(&world.folder().join("another")).unwrap();
    let refused = another.enrol(&world.server.url("").unwrap(), LIU, "another").unwrap_err();
    assert_eq!(refused.code(), "enrol-code");
    assert_eq!(another.work().unwrap_err().code(), "not-enrolled");
}
