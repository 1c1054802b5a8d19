//! Two phones differ, and a supervisor settles it on the page: by the keyboard, by the mouse, and never unseen.

use crate::desk::Desk;
use serde_json::json;
use wurao_device::FormItem;
use wurao_protocol::DocumentId;
use wurao_tests::county::{AUDITOR, SUPERVISOR};
use wurao_tests::world::{FieldPhone, World};

/// A supervisor's laptop, and the narrowest telephone there is.
const WIDTHS: [u32; 2] = [1366, 360];

/// Who chose a question by what the phone's form says, and what.
fn chosen(phone: &FieldPhone, document: DocumentId, question: &str) -> Vec<(String, String, String)> {
    let form = phone.phone.form(document, "en").unwrap();
    let fields = form.sections.into_iter().flat_map(|section| section.items).filter_map(|item| match item {
        FormItem::Field(field) if field.question == question => Some(field),
        FormItem::Field(_) | FormItem::Rows { .. } => None,
    });
    let settled = fields.flat_map(|field| field.settled);
    settled.map(|one| (one.shown, one.by.person, one.by.device)).collect()
}

/// The card of a question that people answered differently.
fn card(question: &str) -> String {
    format!("[data-key=\"conflict-{question}@-\"]")
}

fn picked(desk: &mut Desk, question: &str) -> serde_json::Value {
    desk.page.eval(&format!(
        "document.querySelector('{} input:checked')?.closest('li').innerText.split('\\n')[0]",
        card(question)
    ))
}

#[test]
fn a_supervisor_settles_what_two_phones_differ_on_and_sees_when_it_is_open_again() {
    let world = World::demo(env!("CARGO_BIN_EXE_demo")).unwrap();
    let permit = world.county.permit("Shimen Village", "Emergency supplies").unwrap();
    let [chen, wu] = ["demo-phone-03", "demo-phone-05"].map(|code| world.phone(code).unwrap());
    let document = chen.start(permit).unwrap();
    wu.start(permit).unwrap();
    for (phone, water, beds) in [(&chen, "162", "50"), (&wu, "138", "48")] {
        phone.phone.answer(document, "water", "-", water).unwrap();
        phone.phone.answer(document, "beds", "-", beds).unwrap();
    }
    // Wu hears of what Chen has counted, Chen of nothing.
    chen.sync().unwrap();
    wu.sync().unwrap();
    let page = format!("/inspections/{document}");
    let mut desk = Desk::at(&world.server.url("").unwrap());
    desk.open(&page);
    desk.speak("en");
    // Who only reads sees both values and no form.
    desk.sign_in(AUDITOR);
    desk.open(&page);
    desk.says("Two people answered differently; both are kept");
    assert_eq!(desk.page.eval("document.querySelectorAll('form.choose').length"), 0);

    desk.change_to(SUPERVISOR);
    desk.open(&page);
    assert_eq!(desk.page.eval("document.querySelectorAll('form.choose').length"), 2);
    desk.see_at("conflict", &WIDTHS);
    desk.tab_through();
    desk.speak("zh");
    desk.says("两人所填不同，均已保留");
    desk.see_at("conflict", &WIDTHS);
    desk.speak("en");

    // By the keyboard alone: to the answers, down to the other one, to the button.
    assert_eq!(picked(&mut desk, "water"), serde_json::Value::Null, "nothing is picked beforehand");
    desk.tab_to(&format!("{} input[type=radio]", card("water")));
    desk.key(" ");
    let first = picked(&mut desk, "water");
    desk.key("ArrowDown");
    let second = picked(&mut desk, "water");
    let mut both = [first.as_str().unwrap(), second.as_str().unwrap()];
    let taken = both[1].to_owned();
    both.sort_unstable();
    assert_eq!(both, ["138", "162"]);
    desk.tab_to(&format!("{} button", card("water")));
    desk.steps += 1;
    led_on_by_enter(&mut desk);
    desk.says("Chosen by 林慧");
    assert!(desk.page.eval("location.hash").as_str().unwrap().starts_with("#section-"), "back where it was");
    desk.page.eval("document.querySelector('[data-key=\"among-water@-\"]').open = true");
    for words in ["162", "138", "陈立新", "吴晓梅", "the page", "Chose between differing answers · 林慧"] {
        desk.says(words);
    }
    desk.see_at("conflict-chosen", &WIDTHS);
    desk.speak("zh");
    desk.says("选定人 林慧");
    desk.see_at("conflict-chosen", &WIDTHS);
    desk.speak("en");
    // A value comes while she looks at the other question, of who knows nothing of Wu's: the page shows it, and what she had
    // picked is picked no more.
    desk.click(&format!("{} label", card("beds")), "48");
    assert_eq!(picked(&mut desk, "beds"), "48");
    chen.phone.answer(document, "beds", "-", "47").unwrap();
    chen.sync().unwrap();
    desk.page.wait_for(&format!("document.querySelector('{}').innerText.includes('47')", card("beds")));
    assert_eq!(picked(&mut desk, "beds"), serde_json::Value::Null);

    // The same where the page cannot tell her in time: nothing is chosen unseen.
    desk.page.call("Network.enable", &json!({}));
    desk.page.call("Network.setBlockedURLs", &json!({"urls": ["*/live*"]}));
    desk.open(&page);
    desk.click(&format!("{} label", card("beds")), "48");
    wu.phone.answer(document, "beds", "-", "46").unwrap();
    wu.sync().unwrap();
    desk.press_in(&card("beds"), "", "Choose this answer");
    desk.says("Another value has come since this page was made, so nothing was chosen.");
    desk.see_at("conflict-stale", &WIDTHS);
    desk.speak("zh");
    desk.says("两人所填不同");
    desk.speak("en");
    desk.page.call("Network.setBlockedURLs", &json!({"urls": []}));

    // By the mouse, now that she has seen it; and open again when what a phone had written out of reach comes.
    desk.open(&page);
    desk.click(&format!("{} label", card("beds")), "46");
    desk.press_in(&card("beds"), "", "Choose this answer");
    assert_eq!(desk.page.eval(&format!("document.querySelector('{}')", card("beds"))), serde_json::Value::Null);
    chen.phone.answer(document, "beds", "-", "45").unwrap();
    chen.sync().unwrap();
    desk.page.wait_for(&format!("document.querySelector('{}')?.innerText.includes('45')", card("beds")));
    desk.says("A value came that the choice had not seen; all are kept");
    open_details(&mut desk);
    desk.see_at("conflict-reopened", &WIDTHS);
    desk.speak("zh");
    desk.says("选定之后收到了当时没看到的填法");
    open_details(&mut desk);
    desk.see_at("conflict-reopened", &WIDTHS);
    desk.speak("en");
    assert_eq!(chosen(&chen, document, "beds"), [("46".to_owned(), "林慧".to_owned(), "the page".to_owned())]);

    // Chosen differently here and on a phone, whose choice comes before the page that hers leads to listens.
    chen.phone.choose(document, "beds", "-", "45").unwrap();
    desk.click(&format!("{} label", card("beds")), "46");
    desk.page.hold("*/live*");
    desk.press_in(&card("beds"), "", "Choose this answer");
    chen.sync().unwrap();
    desk.page.release();
    desk.page.wait_for(&format!("document.querySelector('{}')?.innerText.includes('陈立新')", card("beds")));
    desk.says("People chose differently; all answers are kept");
    desk.see_at("conflict-chosen-apart", &WIDTHS);
    assert_eq!(chosen(&chen, document, "beds").len(), 2);
    wu.sync().unwrap();
    for phone in [&chen, &wu] {
        assert_eq!(chosen(phone, document, "water"), [(taken.clone(), "林慧".to_owned(), "the page".to_owned())]);
    }
    desk.had_no_trouble(&[409]);
}

/// Opens what the card of the beds tells more of.
fn open_details(desk: &mut Desk) {
    desk.page.eval(&format!("document.querySelectorAll('{} details').forEach((one) => one.open = true)", card("beds")));
}

/// What has the focus is pressed by the keyboard, and leads on.
fn led_on_by_enter(desk: &mut Desk) {
    let key = json!({"type": "keyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"});
    desk.page.led_on(|page| drop(page.call("Input.dispatchKeyEvent", &key)));
}
