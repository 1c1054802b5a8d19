//! Held work and late registrations, decided on the page; what phones are told, and what is told of them.

use crate::desk::Desk;
use wurao_device::{Cause, LateStart, LateState};
use wurao_tests::county::{APPROVER, County, SUPERVISOR};
use wurao_tests::world::{FieldPhone, World};

const PURPOSE: &str = "Emergency supplies";

#[test]
fn late_registrations_and_held_work_are_decided_on_the_page_and_told_on_the_phone() {
    let mut county = County::demo().unwrap();
    let over = county.move_permit("Shimen Village", PURPOSE, "today-3", "today-1").unwrap();
    let world = World::of(env!("CARGO_BIN_EXE_demo"), county).unwrap();
    let [chen, wu, liu] = ["demo-phone-03", "demo-phone-05", "demo-phone-11"].map(|code| world.phone(code).unwrap());
    let mut desk = Desk::at(&world.server.url("").unwrap());
    desk.open("/held");
    desk.speak("en");
    desk.sign_in(APPROVER);
    desk.open("/held");
    desk.see("held-empty");

    // Late: one under a permit whose days are over, one that no plan knows.
    let late = |permit, reason: &str| LateStart {
        permit,
        site: None,
        checklist: None,
        cause: Cause::Urgent,
        reason: reason.to_owned(),
    };
    let first = chen.phone.start_late(&late(Some(over), "The dyke was giving way.")).unwrap();
    chen.phone.answer(first, "water", "-", "162").unwrap();
    chen.sync().unwrap();
    let checklist = liu.phone.checklists().unwrap()[0].hash;
    let site = world.county.site("Yuntai Village").unwrap();
    let unplanned = LateStart { site: Some(site), checklist: Some(checklist), ..late(None, "Smoke over the hill.") };
    let second = liu.phone.start_late(&unplanned).unwrap();
    liu.phone.answer(second, "beds", "-", "12").unwrap();
    liu.sync().unwrap();

    // Held: done out of reach of the network, while the permits were withdrawn on the page.
    for phone in [&wu, &chen] {
        phone.link.down();
    }
    for site in ["Baiyang Village", "Songling Village"] {
        desk.open("/plan/items/d0000000000000000000000000000001");
        desk.press_site_withdrawal(site, "The village is cut off by a flood.");
    }
    let held = |phone: &FieldPhone, site: &str, water: &str| {
        let document = phone.start(world.county.permit(site, PURPOSE).unwrap()).unwrap();
        phone.phone.answer(document, "water", "-", water).unwrap();
        phone.link.up().unwrap();
        phone.sync().unwrap();
        document
    };
    let third = held(&wu, "Baiyang Village", "180");
    let fifth = held(&chen, "Songling Village", "177");

    desk.open("/held");
    // Who decides sees what was answered, of late visits too.
    for answered in ["162", "12", "180", "177"] {
        desk.says(answered);
    }
    desk.see("held");
    desk.tab_through();
    desk.speak("zh");
    desk.see("held");
    desk.speak("en");
    desk.press_in("tbody tr", "The dyke was giving way.", "Register");
    desk.press_in("tbody tr", "Smoke over the hill.", "Do not register");
    desk.see("held-reason-wanted");
    desk.fill_in("tbody tr", "Smoke over the hill.", "Reason", "Nothing there was urgent.");
    desk.press_in("tbody tr", "Smoke over the hill.", "Do not register");

    // Held work is a supervisor's to decide too: one is declined, the other comes into force.
    desk.change_to(SUPERVISOR);
    desk.open("/held");
    desk.fill_in("tbody tr", "Baiyang Village", "Reason", "Nobody was to go there.");
    desk.press_in("tbody tr", "Baiyang Village", "Decline");
    desk.fill_in("tbody tr", "Songling Village", "Reason", "They were there before the flood.");
    desk.press_in("tbody tr", "Songling Village", "Accept");
    desk.see("held-decided");
    let page = desk.text();
    assert!(!page.contains("180") && !page.contains("177"), "nothing waits any more: {page}");

    chen.sync().unwrap();
    liu.sync().unwrap();
    wu.sync().unwrap();
    let item = |phone: &FieldPhone, document| {
        phone.phone.work().unwrap().into_iter().find(|item| item.document == document).unwrap()
    };
    assert_eq!(item(&chen, first).late.unwrap().state, LateState::Registered);
    assert_eq!(item(&liu, second).late.unwrap().state, LateState::NotRegistered);
    let told = item(&wu, third).problems.remove(0);
    assert_eq!((told.standing.as_str(), told.detail.as_deref()), ("declined", Some("Nobody was to go there.")));
    assert!(item(&chen, fifth).problems.is_empty(), "what was accepted is settled");

    // What was decided stands on the inspections' pages, with who and why.
    desk.open(&format!("/inspections/{first}"));
    desk.says("Accepted the late registration · 沈若兰");
    desk.says("The dyke was giving way.");
    desk.see("inspection-registered");
    desk.open(&format!("/inspections/{second}"));
    desk.says("Turned the late registration down · 沈若兰");
    desk.says("Nothing there was urgent.");
    desk.open(&format!("/inspections/{third}"));
    desk.says("Declined what was held · 林慧");
    desk.says("Withdrew the permit · 沈若兰");
    desk.says("The village is cut off by a flood.");
    desk.see("inspection-withdrawn");
    desk.open(&format!("/inspections/{fifth}"));
    desk.says("177");
    desk.says("Accepted what was held · 林慧");
    desk.says("They were there before the flood.");

    // Begun by mistake.
    let permit = world.county.permit("Zhuxi Village", "Fire check before winter").unwrap();
    let fourth = liu.start(permit).unwrap();
    liu.phone.answer(fourth, "water", "-", "1").unwrap();
    liu.phone.void(fourth, "This was the wrong village's permit.").unwrap();
    liu.sync().unwrap();
    desk.open(&format!("/inspections/{fourth}"));
    let needs = desk.page.eval("document.querySelector('.needs').innerText");
    let needs = needs.as_str().unwrap();
    for part in ["Voided", "This was the wrong village's permit.", "刘建国"] {
        assert!(needs.contains(part), "no {part}: {needs}");
    }
    desk.says("Voided the inspection · 刘建国");
    desk.see("inspection-voided");
    desk.speak("zh");
    desk.see("inspection-voided");
    desk.had_no_trouble(&[422]);
}
