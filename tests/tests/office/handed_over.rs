//! What two people wrote where no network is comes by a third phone; the supervisor sees who wrote what.

use crate::desk::Desk;
use wurao_tests::county::{County, SUPERVISOR};
use wurao_tests::visit;
use wurao_tests::world::{FieldPhone, World};

fn give(from: &FieldPhone, to: &FieldPhone) {
    let given = from.phone.hand_over(&to.phone.ask_hand_over().unwrap()).unwrap();
    assert_eq!(to.phone.take_hand_over(&given.file).unwrap().set_aside, 0);
}

#[test]
fn a_supervisor_sees_the_authors_of_what_a_third_phone_has_brought() {
    let mut county = County::demo().unwrap();
    county.add_code("office-phone-06", "应急局 06 号", &["wuxiaomei"]).unwrap();
    let world = World::of(env!("CARGO_BIN_EXE_demo"), county).unwrap();
    let permit = world.county.permit("Shimen Village", "Emergency supplies").unwrap();
    let [chen, wu, third] =
        ["demo-phone-03", "demo-phone-05", "office-phone-06"].map(|code| world.phone(code).unwrap());
    for phone in [&chen, &wu, &third] {
        phone.link.down();
    }
    let document = chen.start(permit).unwrap();
    visit::answer(&chen.phone, document, &visit::stores(world.county.today()).unwrap()).unwrap();
    chen.phone.answer(document, "water", "-", "162").unwrap();
    give(&chen, &wu);
    wu.start(permit).unwrap();
    visit::answer(&wu.phone, document, &visit::equipment(world.county.today()).unwrap()).unwrap();
    give(&wu, &third);
    third.link.up().unwrap();
    third.sync().unwrap();

    let mut desk = Desk::at(&world.server.url("").unwrap());
    let page = format!("/inspections/{document}");
    desk.open(&page);
    desk.speak("en");
    desk.sign_in(SUPERVISOR);
    desk.open(&page);
    for words in ["陈立新", "吴晓梅", "162"] {
        desk.says(words);
    }
    // The two who wrote, each under their own name and phone; nothing says that a third brought it.
    let text = desk.page.eval("document.body.innerText");
    let text = text.as_str().unwrap();
    assert!(text.contains("应急局 03 号") && text.contains("应急局 05 号"), "{text}");
    assert!(!text.contains("应急局 06 号"), "{text}");
    desk.see_at("handed-over", &[1366, 360]);
}
