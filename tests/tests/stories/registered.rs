//! Work without a permit that is good here and now: refused, or kept, shown and decided; never lost.

use crate::handed_over::give;
use crate::restored::{audit, bring_back, copy, meanwhile};
use crate::{CHEN, LIU, WU, assert_same, beside, demo, shown};
use wurao_device::{Cause, LateStart, LateState, WorkItem, WorkState};
use wurao_protocol::{DocumentId, PermitId};
use wurao_tests::county::{APPROVER, County, SUPERVISOR};
use wurao_tests::server::Server;
use wurao_tests::world::{FieldPhone, World};

const PURPOSE: &str = "Emergency supplies";
const VILLAGE: &str = "Shimen Village";

fn late(permit: Option<PermitId>) -> LateStart {
    let reason = "The dyke was giving way.".to_owned();
    LateStart { permit, site: None, checklist: None, cause: Cause::Urgent, reason }
}

fn item(phone: &FieldPhone, document: DocumentId) -> WorkItem {
    phone.phone.work().unwrap().into_iter().find(|item| item.document == document).unwrap()
}

/// The address of the form that decides on a document's late registration, from the page of held work.
pub(crate) fn late_form(page: &str, document: DocumentId) -> String {
    let start = page.find(&format!("/held/{document}/late/")).unwrap();
    page[start..].split('"').next().unwrap().to_owned()
}

/// The same of one person's registration.
fn late_form_of(page: &str, document: DocumentId, person: &str) -> String {
    let (place, mut rest) = (format!("/held/{document}/late/"), page);
    while let Some(at) = rest.find(&place) {
        let is_theirs = rest[..at].contains(person);
        rest = &rest[at..];
        if is_theirs {
            return rest.split('"').next().unwrap().to_owned();
        }
        rest = &rest[place.len()..];
    }
    panic!("{person} has registered nothing late: {page}")
}

/// A county in which the visit's days are over, and the permit.
fn yesterday() -> (World, PermitId) {
    let mut county = County::demo().unwrap();
    let permit = county.move_permit(VILLAGE, PURPOSE, "today-3", "today-1").unwrap();
    (World::of(env!("CARGO_BIN_EXE_demo"), county).unwrap(), permit)
}

#[test]
fn an_expired_permit_starts_nothing_but_a_late_registration_that_an_approver_decides() {
    let (world, permit) = yesterday();
    let chen = world.phone(CHEN).unwrap();
    assert_eq!(chen.phone.start(permit).unwrap_err().code(), "expired");
    let document = chen.phone.start_late(&late(Some(permit))).unwrap();
    chen.phone.answer(document, "water", "-", "162").unwrap();
    let report = chen.sync().unwrap();
    assert_eq!((report.changes_held, report.changes_refused), (1, 0));
    chen.sync().unwrap();
    let seen = item(&chen, document);
    assert_eq!(seen.late.unwrap().state, LateState::Waiting);
    assert_eq!(seen.problems[0].problem.as_deref(), Some("late-registration"));

    // A supervisor reads it and does not decide; an approver does both.
    let page = world.at_the_page(SUPERVISOR).unwrap().page("/held", "en").unwrap();
    assert!(page.contains("The dyke was giving way.") && page.contains("陈立新"), "{page}");
    let approver = world.at_the_page(APPROVER).unwrap();
    let form = late_form(&approver.page("/held", "en").unwrap(), document);
    let supervisor = world.at_the_page(SUPERVISOR).unwrap();
    assert_eq!(supervisor.post(&form, &[("choice", "register")]).unwrap().status, 403);
    assert_eq!(approver.post(&form, &[("choice", "register")]).unwrap().status, 303);

    chen.sync().unwrap();
    assert_eq!(item(&chen, document).late.unwrap().state, LateState::Registered);
    assert_same(&world, &chen);
    // What comes after counts as if it had been permitted.
    chen.phone.answer(document, "beds", "-", "40").unwrap();
    assert_eq!(chen.sync().unwrap().changes_held, 0);
    assert_same(&world, &chen);
}

#[test]
fn the_word_on_ones_late_registration_is_not_about_a_colleagues_work() {
    for refused in ["陈立新", "吴晓梅"] {
        let (world, permit) = yesterday();
        let [chen, wu] = [CHEN, WU].map(|code| world.phone(code).unwrap());
        chen.link.down();
        let document = chen.phone.start_late(&late(Some(permit))).unwrap();
        chen.phone.answer(document, "water", "-", "162").unwrap();
        wu.phone.start_late(&late(Some(permit))).unwrap();
        give(&chen, &wu);
        wu.phone.answer(document, "beds", "-", "40").unwrap();
        wu.sync().unwrap();
        chen.link.up().unwrap();
        chen.sync().unwrap();

        let approver = world.at_the_page(APPROVER).unwrap();
        for person in ["陈立新", "吴晓梅"] {
            let form = late_form_of(&approver.page("/held", "en").unwrap(), document, person);
            let choice = if person == refused { "refuse" } else { "register" };
            let posted = approver.post(&form, &[("choice", choice), ("reason", "Seen.")]).unwrap();
            assert_eq!(posted.status, 303, "{}", posted.body);
        }
        for phone in [&chen, &wu, &chen] {
            phone.sync().unwrap();
        }
        // Wu's answer stands on Chen's: refused with it when that is refused, and alone when hers is.
        let chens = if refused == "陈立新" { vec![] } else { vec!["162".to_owned()] };
        for phone in [&chen, &wu] {
            assert_eq!(shown(phone, document, "water"), chens, "{refused} was refused");
            assert!(shown(phone, document, "beds").is_empty(), "{refused} was refused");
        }
        // Who was registered goes on, and what they write is in force.
        let on = if refused == "陈立新" { &wu } else { &chen };
        on.phone.answer(document, "quilts", "-", "7").unwrap();
        let report = on.sync().unwrap();
        assert_eq!((report.changes_taken, report.changes_held), (1, 0), "{report:?}, {refused} was refused");
    }
}

#[test]
fn a_visit_that_no_plan_knows_is_kept_and_turned_down_and_stays_on_its_phone() {
    let world = demo();
    let liu = world.phone(LIU).unwrap();
    let checklist = liu.phone.checklists().unwrap()[0].hash;
    let site = world.county.site("Yuntai Village").unwrap();
    assert_eq!(liu.phone.start_late(&late(None)).unwrap_err().code(), "late-incomplete");
    let unplanned = LateStart { site: Some(site), checklist: Some(checklist), ..late(None) };
    let document = liu.phone.start_late(&unplanned).unwrap();
    liu.phone.answer(document, "water", "-", "98761").unwrap();
    assert_eq!(liu.sync().unwrap().changes_held, 1);

    let approver = world.at_the_page(APPROVER).unwrap();
    let form = late_form(&approver.page("/held", "en").unwrap(), document);
    assert_eq!(approver.post(&form, &[("choice", "refuse"), ("reason", "")]).unwrap().status, 422, "a reason is due");
    let refuse = [("choice", "refuse"), ("reason", "Nothing there was urgent.")];
    assert_eq!(approver.post(&form, &refuse).unwrap().status, 303);

    liu.sync().unwrap();
    let seen = item(&liu, document);
    let told = seen.late.unwrap();
    assert_eq!((told.state, told.answer.as_deref()), (LateState::NotRegistered, Some("Nothing there was urgent.")));
    assert!(shown(&liu, document, "water").is_empty());
    let kept = ("water".to_owned(), "98761".to_owned(), "Nothing there was urgent.".to_owned());
    assert_eq!(beside(&liu, document), [kept], "what was answered stays on its phone");
}

/// A village inspected out of reach of the network after its permit was withdrawn, and brought back.
fn withdrawn() -> (World, FieldPhone, DocumentId) {
    let world = demo();
    let permit = world.county.permit(VILLAGE, PURPOSE).unwrap();
    let chen = world.phone(CHEN).unwrap();
    chen.link.down();

    let approver = world.at_the_page(APPROVER).unwrap();
    let site = world.county.site(VILLAGE).unwrap().to_string();
    let why = [("site", site.as_str()), ("comment", "The village is cut off by a flood.")];
    let posted = approver.post("/plan/items/d0000000000000000000000000000001/withdraw", &why).unwrap();
    assert_eq!(posted.status, 303, "{}", posted.body);

    // The phone cannot know: to it the permit is good.
    let document = chen.start(permit).unwrap();
    chen.phone.answer(document, "water", "-", "162").unwrap();
    chen.phone.answer(document, "beds", "-", "40").unwrap();
    chen.link.up().unwrap();
    let report = chen.sync().unwrap();
    assert_eq!((report.changes_held, report.changes_refused), (2, 0));
    let seen = item(&chen, document);
    assert_eq!(
        (seen.permit_standing, seen.withdrawn.as_deref()),
        ("revoked", Some("The village is cut off by a flood."))
    );
    assert_eq!(seen.problems[0].problem.as_deref(), Some("withdrawn"));
    let page = approver.page("/held", "en").unwrap();
    assert!(page.contains(&format!("/held/{document}")) && page.contains("Folding beds"), "{page}");
    (world, chen, document)
}

/// Now, as the page of held work says when it was made.
fn seen() -> String {
    jiff::Timestamp::now().as_millisecond().to_string()
}

#[test]
fn work_done_while_its_permit_was_withdrawn_is_held_and_comes_into_force_when_accepted() {
    let (world, chen, document) = withdrawn();
    let supervisor = world.at_the_page(SUPERVISOR).unwrap();
    let accept = [("choice", "accept"), ("seen", &*seen())];
    assert_eq!(supervisor.post(&format!("/held/{document}"), &accept).unwrap().status, 303);
    chen.sync().unwrap();
    assert!(item(&chen, document).problems.is_empty());
    assert_same(&world, &chen);
}

#[test]
fn work_declined_is_told_with_its_reason_and_kept_on_its_phone() {
    let (world, chen, document) = withdrawn();
    let supervisor = world.at_the_page(SUPERVISOR).unwrap();
    let decline = [("choice", "decline"), ("reason", "Nobody was to go there."), ("seen", &*seen())];
    assert_eq!(supervisor.post(&format!("/held/{document}"), &decline).unwrap().status, 303);
    chen.sync().unwrap();
    let problem = item(&chen, document).problems.remove(0);
    assert_eq!((problem.standing.as_str(), problem.detail.as_deref()), ("declined", Some("Nobody was to go there.")));
    assert!(shown(&chen, document, "water").is_empty(), "nothing of it is in force");
    let kept: Vec<String> = beside(&chen, document).into_iter().map(|(question, ..)| question).collect();
    assert_eq!(kept, ["water", "beds"]);
    assert!(!world.supervisor().unwrap().page("/held", "en").unwrap().contains(&format!("\"/held/{document}\"")));
}

#[test]
fn an_inspection_begun_by_mistake_is_voided_with_a_reason_and_counts_no_more() {
    let world = demo();
    let permit = world.county.permit(VILLAGE, PURPOSE).unwrap();
    let chen = world.phone(CHEN).unwrap();
    let document = chen.start(permit).unwrap();
    chen.phone.answer(document, "water", "-", "1").unwrap();
    assert_eq!(chen.phone.void(document, " ").unwrap_err().code(), "reason-missing");
    let shown = chen.phone.present(permit, None).unwrap();
    chen.phone.void(document, "The wrong village's permit.").unwrap();
    assert_eq!(chen.phone.answer(document, "water", "-", "2").unwrap_err().code(), "voided");
    chen.sync().unwrap();
    chen.sync().unwrap();
    assert_eq!(item(&chen, document).permit_standing, "revoked");
    // Neither the code shown before nor a fresh one is good any more.
    let liu = world.phone(LIU).unwrap();
    liu.sync().unwrap();
    let site = world.county.site(VILLAGE).unwrap();
    for shown in [shown, chen.phone.present(permit, None).unwrap()] {
        assert_eq!(liu.phone.verify_shown(&shown.text, Some(site), None).unwrap().standing, "revoked");
    }
    assert_eq!(item(&chen, document).state, WorkState::Voided);
    let supervisor = world.supervisor().unwrap();
    let page = supervisor.page(&format!("/inspections/{document}"), "en").unwrap();
    // Quotes and apostrophes are written as entities.
    assert!(page.contains("The wrong village"), "the reason is shown");
    assert_eq!(supervisor.inspection(document).unwrap()["state"], "voided");
}

#[test]
fn a_checklist_that_is_not_the_permits_starts_nothing() {
    let (world, permit) = yesterday();
    let chen = world.phone(CHEN).unwrap();
    let other = LateStart { checklist: Some(wurao_protocol::Digest([7; 32])), ..late(Some(permit)) };
    assert_eq!(chen.phone.start_late(&other).unwrap_err().code(), "wrong-checklist");
    let elsewhere = LateStart { site: world.county.site("Baiyang Village").ok(), ..late(Some(permit)) };
    assert_eq!(chen.phone.start_late(&elsewhere).unwrap_err().code(), "wrong-site");
}

#[test]
fn a_visit_that_was_registered_late_while_its_permit_was_lost_becomes_the_permits_again() {
    let (mut before, mut after) = (County::demo().unwrap(), County::demo().unwrap());
    before.drop_permit(VILLAGE, PURPOSE).unwrap();
    let permit = after.move_permit(VILLAGE, PURPOSE, "today+1", "today+2").unwrap();
    let world = World::of(env!("CARGO_BIN_EXE_demo"), before).unwrap();
    let backup = world.folder().join("backup");
    meanwhile(&world, |data| copy(data, &backup));
    let file = world.folder().join("after.json");
    after.write(&file).unwrap();
    let load = || Server::load(world.program(), world.server.data(), &file).map(drop).unwrap();
    load();
    let (chen, wu) = (world.phone(CHEN).unwrap(), world.phone(WU).unwrap());
    bring_back(&world, &backup);
    // Let in anew by the phones themselves, under a permit that the server has lost.
    let document = chen.phone.start_late(&late(Some(permit))).unwrap();
    chen.phone.answer(document, "beds", "-", "40").unwrap();
    assert_eq!(chen.sync().unwrap().changes_held, 1);
    load();
    wu.sync().unwrap();
    assert_eq!(wu.phone.start_late(&late(Some(permit))).unwrap(), document);
    wu.phone.answer(document, "quilts", "-", "7").unwrap();
    let report = wu.sync().unwrap();
    assert_eq!((report.changes_held, report.changes_refused), (1, 0), "{report:?}");
    let approver = world.at_the_page(APPROVER).unwrap();
    for _ in 0..2 {
        let form = late_form(&approver.page("/held", "en").unwrap(), document);
        assert_eq!(approver.post(&form, &[("choice", "register")]).unwrap().status, 303);
    }
    for phone in [&chen, &wu, &chen] {
        phone.sync().unwrap();
    }
    for phone in [&chen, &wu] {
        assert_eq!(
            (shown(phone, document, "beds"), shown(phone, document, "quilts")),
            (vec!["40".to_owned()], vec!["7".to_owned()])
        );
        assert_same(&world, phone);
    }
    let said = audit(&world);
    assert!(said.contains("all as it was"), "{said}");
}
