//! Several people on one phone, and a phone that breaks.

use crate::{CHEN, assert_same, demo, shown};
use wurao_protocol::Digest;
use wurao_tests::county::County;
use wurao_tests::visit;
use wurao_tests::world::World;

/// A phone that 陈立新 and 吴晓梅 share.
const SHARED: &str = "shared-phone";
/// A phone given to 陈立新 when the first broke.
const NEW: &str = "new-phone";
/// Another code for the shared phone.
const ANEW: &str = "shared-anew";

fn world() -> World {
    let mut county = County::demo().unwrap();
    county.add_code(SHARED, "合用机", &["chenlixin", "wuxiaomei"]).unwrap();
    county.add_code(NEW, "新手机", &["chenlixin"]).unwrap();
    county.add_code(ANEW, "合用机", &["chenlixin", "wuxiaomei"]).unwrap();
    World::of(env!("CARGO_BIN_EXE_demo"), county).unwrap()
}

#[test]
fn two_people_take_turns_on_one_phone_each_with_a_pin() {
    let world = world();
    let (chen, wu) = (world.county.person("chenlixin").unwrap(), world.county.person("wuxiaomei").unwrap());
    let permit = world.county.permit("Shimen Village", "Emergency supplies").unwrap();
    let phone = world.phone(SHARED).unwrap();
    phone.phone.set_pin(chen, None, "2468").unwrap();
    phone.phone.set_pin(wu, None, "13579").unwrap();

    phone.phone.use_person(chen, Some("2468")).unwrap();
    let document = phone.start(permit).unwrap();
    phone.phone.answer(document, "water", "-", "162").unwrap();
    assert_eq!(phone.phone.use_person(wu, None).unwrap_err().code(), "pin-needed");
    assert_eq!(phone.phone.use_person(wu, Some("2468")).unwrap_err().code(), "wrong-pin");
    phone.phone.use_person(wu, Some("13579")).unwrap();
    phone.start(permit).unwrap();
    phone.phone.answer(document, "beds", "-", "40").unwrap();

    // After a restart nobody goes on without a PIN.
    let (phone, ()) = phone.away(|_, _| Ok(())).unwrap();
    assert_eq!(phone.phone.answer(document, "quilts", "-", "3").unwrap_err().code(), "pin-needed");
    phone.phone.use_person(wu, Some("13579")).unwrap();
    phone.phone.answer(document, "quilts", "-", "50").unwrap();
    phone.sync().unwrap();
    assert_same(&world, &phone);
    let page = world.supervisor().unwrap().page(&format!("/inspections/{document}"), "zh").unwrap();
    for name in ["陈立新", "吴晓梅"] {
        assert!(page.contains(name), "no {name} on the page");
    }
}

#[test]
fn wrong_pins_make_one_wait_longer_and_longer_and_a_restart_gives_nothing_back() {
    let world = world();
    let chen = world.county.person("chenlixin").unwrap();
    let phone = world.phone(SHARED).unwrap();
    phone.phone.set_pin(chen, None, "2468").unwrap();
    let (mut phone, ()) = phone.away(|_, _| Ok(())).unwrap();
    for _ in 0..3 {
        assert_eq!(phone.phone.use_person(chen, Some("0000")).unwrap_err().code(), "wrong-pin");
    }
    for _ in 0..2 {
        let locked = phone.phone.use_person(chen, Some("2468")).unwrap_err();
        assert_eq!(locked.code(), "pin-locked");
        (phone, ()) = phone.away(|_, _| Ok(())).unwrap();
    }
}

#[test]
fn work_goes_on_on_a_new_phone_when_the_old_one_breaks() {
    let world = world();
    let permit = world.county.permit("Shimen Village", "Emergency supplies").unwrap();
    let old = world.phone(CHEN).unwrap();
    let document = old.start(permit).unwrap();
    let today = jiff::Zoned::now().date();
    visit::answer(&old.phone, document, &visit::stores(today).unwrap()).unwrap();
    old.sync().unwrap();
    drop(old);

    let new = world.phone(NEW).unwrap();
    new.phone.present(permit, None).unwrap();
    assert_eq!(new.start(permit).unwrap(), document);
    assert_eq!(shown(&new, document, "water"), ["180"]);
    visit::answer(&new.phone, document, &visit::equipment(today).unwrap()).unwrap();
    new.phone.leave(document).unwrap();
    new.sync().unwrap();
    assert_same(&world, &new);
}

#[test]
fn a_new_phone_is_told_of_a_permit_before_what_was_written_under_it_however_much_that_is() {
    let world = world();
    let permit = world.county.permit("Shimen Village", "Emergency supplies").unwrap();
    let old = world.phone(CHEN).unwrap();
    let document = old.start(permit).unwrap();
    // Four times as much as the first pieces of an answer hold.
    for at in 0..400_u32 {
        let word = |n: u32| Digest::of(&[&(at * 10 + n).to_be_bytes()]).to_string();
        let remark = (0..8).map(word).collect::<String>();
        old.phone.answer(document, "water#note", "-", &remark).unwrap();
    }
    old.sync().unwrap();
    // To let it in, its person's permits are signed anew.
    let new = world.phone(NEW).unwrap();
    assert_eq!(new.start(permit).unwrap(), document);
    assert_same(&world, &new);
    let report = new.sync().unwrap();
    assert_eq!((report.quarantined, report.changes_refused), (0, 0), "{report:?}");
}

#[test]
fn a_forgotten_pin_is_mended_by_a_new_code_and_no_work_is_lost() {
    let world = world();
    let (chen, wu) = (world.county.person("chenlixin").unwrap(), world.county.person("wuxiaomei").unwrap());
    let permit = world.county.permit("Shimen Village", "Emergency supplies").unwrap();
    let phone = world.phone(SHARED).unwrap();
    phone.phone.set_pin(chen, None, "2468").unwrap();
    phone.phone.set_pin(wu, None, "13579").unwrap();
    phone.phone.use_person(chen, Some("2468")).unwrap();
    let document = phone.start(permit).unwrap();
    phone.phone.answer(document, "water", "-", "162").unwrap();

    let (phone, ()) = phone.away(|_, _| Ok(())).unwrap();
    assert_eq!(phone.phone.set_pin(chen, None, "1357").unwrap_err().code(), "pin-needed");
    let again = phone.phone.enrol(&phone.link.url(), ANEW, "合用机").unwrap();
    assert_eq!((again.already, again.persons.len()), (false, 2));
    phone.phone.set_pin(chen, None, "97531").unwrap();
    phone.phone.set_pin(wu, None, "86420").unwrap();
    phone.phone.use_person(chen, Some("97531")).unwrap();
    phone.phone.answer(document, "beds", "-", "40").unwrap();
    phone.sync().unwrap();
    assert_same(&world, &phone);
}

#[test]
fn a_phone_of_one_person_asks_for_no_pin_that_was_never_set() {
    let world = demo();
    let chen = world.phone(CHEN).unwrap();
    let permit = world.county.permit("Shimen Village", "Emergency supplies").unwrap();
    let (chen, ()) = chen.away(|_, _| Ok(())).unwrap();
    chen.start(permit).unwrap();
}

#[test]
fn who_comes_to_a_phone_in_use_finds_there_what_was_written_of_their_visits_before() {
    const LIU: &str = "liu-phone";
    const BOTH: &str = "chen-and-liu";
    let mut county = County::demo().unwrap();
    county.add_code(LIU, "刘建国的手机", &["liujianguo"]).unwrap();
    county.add_code(BOTH, "合用机", &["chenlixin", "liujianguo"]).unwrap();
    let world = World::of(env!("CARGO_BIN_EXE_demo"), county).unwrap();
    let (liu, shared) = (world.phone(LIU).unwrap(), world.phone(CHEN).unwrap());
    let permit = world.county.permit("Zhuxi Village", "Fire check before winter").unwrap();
    let document = liu.start(permit).unwrap();
    liu.phone.answer(document, "beds", "-", "2").unwrap();
    liu.sync().unwrap();
    shared.sync().unwrap();
    shared.phone.enrol(&shared.link.url(), BOTH, "合用机").unwrap();
    shared.phone.use_person(world.county.person("liujianguo").unwrap(), None).unwrap();
    shared.sync().unwrap();
    shared.start(permit).unwrap();
    assert_eq!(shown(&shared, document, "beds"), ["2"]);
    liu.phone.answer(document, "beds", "-", "3").unwrap();
    liu.sync().unwrap();
    let report = shared.sync().unwrap();
    assert_eq!(report.quarantined, 0, "{report:?}");
    assert_eq!(shown(&shared, document, "beds"), ["3"]);
}
