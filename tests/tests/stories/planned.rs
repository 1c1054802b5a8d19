//! From a plan to a closed inspection, over real HTTP; and what the plan's rules refuse on the way.

use crate::{CHEN, assert_same, demo};
use wurao_device::WorkState;
use wurao_protocol::PermitId;
use wurao_tests::county::{APPROVER, OTHER_PLANNER, PLANNER};
use wurao_tests::planning::Draft;
use wurao_tests::world::{FieldPhone, World};
use wurao_tests::{supervisor::Supervisor, visit};

const BASE: &str = "body,level,year,count\n县应急管理局,county,2025,50\n县消防救援大队,county,2025,50\n";

/// A desk at the page.
fn desk(world: &World, who: (&str, &str)) -> Supervisor {
    world.at_the_page(who).unwrap()
}

/// The permit on a phone's work list for an item's number.
fn permit(phone: &FieldPhone, number: &str) -> Option<PermitId> {
    phone.phone.work().unwrap().into_iter().find(|item| item.number == number).map(|item| item.permit)
}

#[test]
fn a_plan_becomes_a_permit_becomes_an_inspection_that_closes() {
    let world = demo();
    let (planner, approver) = (desk(&world, PLANNER), desk(&world, APPROVER));
    assert_eq!(approver.post("/plan/base", &[("table", BASE)]).unwrap().status, 200);
    let chen = world.phone(CHEN).unwrap();

    let draft = Draft::of(&world, "Yuntai Village", &["chenlixin"]).unwrap();
    let item = draft.save(&planner).unwrap();
    item.step(&planner, "submit", &[]).unwrap();
    let number = item.number(&planner).unwrap();
    chen.sync().unwrap();
    assert_eq!(permit(&chen, &number), None, "submitted is not approved");
    // Nobody approves what is their own, nor what is not theirs to approve.
    assert_eq!(item.try_step(&planner, "approve", &[]).unwrap().status, 403);
    item.step(&approver, "approve", &[]).unwrap();

    chen.sync().unwrap();
    let permit = permit(&chen, &number).unwrap();
    chen.phone.present(permit, None).unwrap();
    let document = chen.start(permit).unwrap();
    let today = jiff::Zoned::now().date();
    visit::answer(&chen.phone, document, &visit::stores(today).unwrap()).unwrap();
    visit::answer(&chen.phone, document, &visit::equipment(today).unwrap()).unwrap();
    chen.phone.leave(document).unwrap();
    chen.sync().unwrap();
    assert_same(&world, &chen);
    chen.sync().unwrap();
    let item_on_phone = chen.phone.work().unwrap().into_iter().find(|item| item.document == document).unwrap();
    assert_eq!(item_on_phone.state, WorkState::Closed);
    assert_eq!(world.supervisor().unwrap().inspection(document).unwrap()["state"], "closed");
    assert_eq!(item.state(&approver).unwrap(), "done");
}

#[test]
fn one_visit_more_than_the_base_needs_an_approver_who_says_why() {
    let world = demo();
    let (planner, approver) = (desk(&world, PLANNER), desk(&world, APPROVER));
    // The demo's county has approved four visits of this body already.
    let table = "body,level,year,count\n县应急管理局,county,2025,4\n";
    assert_eq!(approver.post("/plan/base", &[("table", table)]).unwrap().status, 200);
    let item = Draft::of(&world, "Yuntai Village", &["chenlixin"]).unwrap().save(&planner).unwrap();
    item.step(&planner, "submit", &[]).unwrap();

    let refused = item.try_step(&approver, "approve", &[]).unwrap();
    assert_eq!(refused.status, 409);
    assert!(refused.body.contains("plan-rule: count"), "{}", refused.body);
    assert_eq!(item.state(&approver).unwrap(), "submitted");
    item.step(&approver, "approve", &[("comment", "The dam above the village is new.")]).unwrap();
    assert_eq!(item.state(&approver).unwrap(), "approved");
    let page = approver.page(&item.address(), "en").unwrap();
    assert!(page.contains("The dam above the village is new."), "the reason for an override is shown");
}

#[test]
fn a_city_does_not_evaluate_villages() {
    let world = demo();
    let planner = desk(&world, PLANNER);
    let mut draft = Draft::of(&world, "Yuntai Village", &["chenlixin"]).unwrap();
    draft.level = "city";
    let item = draft.save(&planner).unwrap();
    let refused = item.try_step(&planner, "submit", &[]).unwrap();
    assert_eq!(refused.status, 409);
    assert!(refused.body.contains("plan-rule: level"), "{}", refused.body);
}

#[test]
fn two_bodies_in_one_village_in_one_week_become_one_visit() {
    let world = demo();
    let approver = desk(&world, APPROVER);
    assert_eq!(approver.post("/plan/base", &[("table", BASE)]).unwrap().status, 200);
    let (planner, other) = (desk(&world, PLANNER), desk(&world, OTHER_PLANNER));
    let ours = Draft::of(&world, "Yuntai Village", &["chenlixin"]).unwrap().save(&planner).unwrap();
    ours.step(&planner, "submit", &[]).unwrap();
    let mut draft = Draft::of(&world, "Yuntai Village", &["liujianguo"]).unwrap();
    draft.purpose = ("灭火器检查", "Extinguishers");
    let theirs = draft.save(&other).unwrap();
    theirs.step(&other, "submit", &[]).unwrap();
    let numbers = (ours.number(&approver).unwrap(), theirs.number(&approver).unwrap());
    assert!(approver.page(&ours.address(), "en").unwrap().contains(&numbers.1), "the overlap is shown before approval");

    let (from, to) = draft.days();
    let how = [("other", theirs.id()), ("from", &from), ("to", &to), ("checklist", &draft.checklist)];
    let merged = ours.try_step(&approver, "merge", &how).unwrap();
    assert_eq!(merged.status, 303, "{}", merged.body);
    ours.step(&approver, "approve", &[]).unwrap();

    let chen = world.phone(CHEN).unwrap();
    let liu = world.phone(crate::LIU).unwrap();
    let (one, two) = (permit(&chen, &numbers.0).unwrap(), permit(&liu, &numbers.0).unwrap());
    assert_eq!(one, two, "one permit for both teams");
    assert_eq!(permit(&liu, &numbers.1), None);
}
