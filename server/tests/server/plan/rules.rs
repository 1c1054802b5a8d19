use super::office::{Office, TOWN, XIACUN};
use crate::support::Push;
use wurao_protocol::envelope::{open, open_as};
use wurao_protocol::permit::Permit;
use wurao_protocol::record::{Kind, Void};

#[test]
fn the_count_stops_at_its_base_and_an_override_is_shown_for_ever() {
    let office = Office::without_bases();
    let (planner, approver) = (office.desk("planner"), office.desk("approver"));
    // One visit came with the county file.
    let table = "body,level,year,count\nEmergency Bureau,county,2025,2\n";
    assert_eq!(approver.post("/plan/base", &[("table", table)]).status, 200);
    let first = planner.submitted(&[]);
    assert_eq!(approver.step(&first, "approve", &[]).status, 303, "the base may be reached");
    let second = planner.submitted(&[("site", XIACUN)]);
    let page = approver.item(&second).text;
    assert!(page.contains("data-against=\"plan-rule: count\"") && page.contains("the base is 2, 2 approved already"));
    assert_eq!(approver.step(&second, "approve", &[]).problem(), (409, "plan-rule: count"));
    assert_eq!(approver.state(&second), "submitted");
    assert_eq!(approver.step(&second, "approve", &[("comment", "The dyke was rebuilt")]).status, 303);
    assert_eq!(approver.exported(&second)["override_reason"], "The dyke was rebuilt");
    assert!(approver.item(&second).text.contains("Why the count was exceeded: The dyke was rebuilt"));
    let list = approver.get("/plan/2026").text;
    assert!(list.contains("Count overridden") && list.contains("Above the base"), "{list}");

    // A visit withdrawn makes room again.
    assert_eq!(approver.step(&first, "withdraw", &[("comment", "no more")]).status, 303);
    let third = planner.submitted(&[]);
    assert_eq!(approver.step(&third, "approve", &[]).problem(), (409, "plan-rule: count"));
    assert_eq!(approver.step(&second, "withdraw", &[("comment", "no more")]).status, 303);
    assert_eq!(approver.step(&third, "approve", &[("comment", "not needed")]).status, 303);
    assert!(approver.exported(&third)["override_reason"].is_null(), "a reason where none was needed overrides nothing");
}

#[test]
fn without_a_base_an_approver_must_say_why() {
    let office = Office::without_bases();
    let (planner, approver) = (office.desk("planner"), office.desk("approver"));
    let id = planner.submitted(&[]);
    assert!(approver.item(&id).text.contains("There is no base count for this body and level"));
    assert_eq!(approver.step(&id, "approve", &[]).problem(), (409, "plan-rule: count"));
    assert_eq!(approver.step(&id, "approve", &[("comment", "First year")]).status, 303);
}

#[test]
fn a_city_does_not_evaluate_villages() {
    let office = Office::new();
    let city = office.desk("city");
    let id = city.draft(&[("level", "city")]);
    let refused = city.step(&id, "submit", &[]);
    assert_eq!(refused.problem(), (409, "plan-rule: level"));
    assert!(refused.text.contains("A city body does not inspect at village level: Shangcun."));
    assert!(city.exported(&id)["number"].is_null(), "what is refused draws no number");
    let disguised = city.draft(&[("level", "county")]);
    assert_eq!(city.step(&disguised, "submit", &[]).problem(), (422, "field: level"));
    let allowed = city.submitted(&[("level", "city"), ("site", TOWN)]);
    assert_eq!(city.state(&allowed), "submitted");
    let rules = office.desk("admin").get("/plan/rules");
    assert!(rules.status == 200 && rules.text.contains("May not"));
}

#[test]
fn a_permit_that_no_code_can_hold_is_refused_before_it_is_approved() {
    let office = Office::new();
    let planner = office.desk("planner");
    let long = "督".repeat(100);
    let en = "x".repeat(100);
    let id = planner.draft(&[("zh", &long), ("en", &en)]);
    let refused = planner.step(&id, "submit", &[]);
    assert_eq!(refused.problem(), (409, "plan-rule: permit-size"));
    assert!(planner.exported(&id)["number"].is_null());
    let id = planner.submitted(&[("zh", &long[..30])]);
    assert_eq!(planner.exported(&id)["number"], "2026-002", "and the number is the next one still");
}

#[test]
fn a_day_that_passes_while_an_item_waits_stops_its_approval() {
    let office = Office::new();
    let id = office.desk("planner").submitted(&[]);
    office.world.pass_days(20);
    let approver = office.desk("approver");
    assert_eq!(approver.step(&id, "approve", &[]).problem(), (422, "field: to"));
}

#[test]
fn a_visit_that_was_made_and_then_voided_or_withdrawn_still_counts() {
    for (made, withdrawn) in [(true, false), (false, false), (true, true), (false, true)] {
        let office = Office::without_bases();
        let (planner, approver) = (office.desk("planner"), office.desk("approver"));
        let table = "body,level,year,count\nEmergency Bureau,county,2025,2\n";
        assert_eq!(approver.post("/plan/base", &[("table", table)]).status, 200);
        let id = planner.submitted(&[("from", "2026-09-14"), ("to", "2026-09-14"), ("site", XIACUN)]);
        assert_eq!(approver.step(&id, "approve", &[]).status, 303);
        let [mut li, _, _] = office.world.phones();
        let answer = li.sync(&office.world, &Push::default());
        let permits = answer.feed.records.iter().filter(|record| open(&record.0).unwrap().kind == Kind::Permit);
        let mut permits = permits.map(|record| open_as::<Permit>(&record.0).unwrap().body);
        li.permit = permits.find(|permit| permit.visit.site.to_string() == XIACUN);
        let session = li.session();
        let mut push = Push { records: vec![session], documents: Vec::new() };
        if made {
            let change = li.answer("water", 5);
            let covered = li.covered(&[&change]);
            push.records.extend(covered.records);
            push.documents = covered.documents;
        }
        li.sync(&office.world, &push);
        let document = approver.exported(&id)["sites"][0]["document"].as_str().unwrap().parse().unwrap();
        if withdrawn {
            assert_eq!(approver.step(&id, "withdraw", &[("comment", "A storm comes")]).status, 303);
        } else {
            let reason = "Begun by mistake".to_owned();
            let void = li.seal(&Void { document, person: li.person, actor: li.actor(), reason, at: li.at });
            li.sync(&office.world, &Push { records: vec![void], documents: Vec::new() });
            assert!(approver.exported(&id)["sites"][0]["voided"].is_object());
        }
        let next = planner.submitted(&[]);
        let status = if made { 409 } else { 303 };
        assert_eq!(approver.step(&next, "approve", &[]).status, status, "made: {made}, withdrawn: {withdrawn}");
    }
}
