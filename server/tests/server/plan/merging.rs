use super::office::{HUO, LI, Office, SHANGCUN, XIACUN};
use crate::support::Push;

#[test]
fn two_bodies_in_one_week_become_one_visit() {
    let office = Office::new();
    let (planner, fire, approver) = (office.desk("planner"), office.desk("fire"), office.desk("approver"));
    let ours = planner.submitted(&[("site", SHANGCUN), ("site", XIACUN), ("from", "2026-09-21"), ("to", "2026-09-22")]);
    // Another day of the same week.
    let days = [("from", "2026-09-24"), ("to", "2026-09-25"), ("site", XIACUN), ("person", HUO), ("en", "Hydrants")];
    let theirs = fire.submitted(&days);
    let told = fire.item(&theirs).text;
    assert!(told.contains("data-key=\"overlap-2026-002\"") && told.contains("Emergency Bureau"), "{told}");
    assert!(!told.contains(&format!("/plan/items/{ours}")), "the planner is told of it and does not see it");
    assert_eq!(fire.item(&ours).status, 404);
    let page = approver.item(&ours).text;
    assert!(page.contains("data-key=\"overlap-2026-003\"") && page.contains("Fire Brigade"));
    let (from, to) = ("value=\"2026-09-21\"", "value=\"2026-09-25\"");
    assert!(page.contains(from) && page.contains(to), "no common day: from the first to the last is proposed");

    let checklist = planner.checklist();
    let form = [("other", theirs.as_str()), ("from", "2026-09-21"), ("to", "2026-09-22"), ("checklist", &checklist)];
    assert_eq!(approver.step(&ours, "merge", &form).status, 303);
    assert_eq!(approver.state(&theirs), "merged");
    assert!(approver.item(&theirs).text.contains("Merged into <a href=\"/plan/items/"));
    assert!(fire.item(&ours).text.contains("Flood supplies"), "who comes along sees the common item");
    assert!(!approver.item(&ours).text.contains("data-key=\"overlaps\""));
    assert_eq!(approver.step(&ours, "approve", &[]).status, 303);

    let item = approver.exported(&ours);
    let at = |site: &str| item["sites"].as_array().unwrap().iter().filter(|row| row["id"] == site).count();
    assert_eq!((at(SHANGCUN), at(XIACUN)), (1, 1), "one permit for each site");
    assert_eq!(item["together_with"][0]["number"], "2026-003");
    let mut phone = office.fire_phone();
    phone.sync(&office.world, &Push::default());
    let permit = phone.permit.unwrap();
    assert_eq!(permit.visit.site.to_string(), XIACUN, "the fire brigade comes along where it meant to go");
    assert_eq!(permit.visit.body_name.en, "Emergency Bureau and Fire Brigade");
    assert_eq!(permit.visit.purpose.en, "Flood supplies; Hydrants");
    let team: Vec<_> = permit.visit.team.iter().map(|member| member.person.to_string()).collect();
    assert_eq!(team, [LI, HUO]);
    let (site, scope) = (XIACUN.parse().unwrap(), wurao_server::Scope::new(""));
    let avoided = office.world.server().app().store();
    let count = avoided.write_blocking(move |tx| wurao_server::plan::avoided(tx, &scope, &site, 2026)).unwrap();
    assert_eq!(count, 1);
    assert!(approver.get("/plan/2026").text.contains("Visits avoided 1"));
    let county = approver.get("/?lang=en").text;
    assert_eq!(county.matches("Emergency Bureau and Fire Brigade").count(), 1, "only where both come: {county}");
}

#[test]
fn an_item_keeps_the_sites_that_are_not_common_and_gets_all_back_when_the_other_is_returned() {
    let office = Office::new();
    let (planner, fire, approver) = (office.desk("planner"), office.desk("fire"), office.desk("approver"));
    let ours = planner.submitted(&[("site", XIACUN)]);
    let theirs = fire.submitted(&[("site", SHANGCUN), ("site", XIACUN), ("person", HUO)]);
    let checklist = planner.checklist();
    let form = [("other", theirs.as_str()), ("from", "2026-09-21"), ("to", "2026-09-23"), ("checklist", &checklist)];
    assert_eq!(approver.step(&ours, "merge", &form).status, 303);
    let sites = |id: &str| approver.exported(id)["sites"].as_array().unwrap().len();
    assert_eq!((approver.state(&theirs).as_str(), sites(&theirs)), ("submitted", 1));
    assert_eq!(approver.step(&ours, "return", &[("comment", "Not this month")]).status, 303);
    assert_eq!((approver.state(&theirs).as_str(), sites(&theirs)), ("submitted", 2));
    assert!(approver.item(&theirs).text.contains("Merge undone"));
    assert_eq!(approver.exported(&ours)["together_with"].as_array().unwrap().len(), 0);
}

#[test]
fn what_does_not_meet_is_not_merged() {
    let office = Office::new();
    let (planner, fire, approver) = (office.desk("planner"), office.desk("fire"), office.desk("approver"));
    let ours = planner.submitted(&[("site", XIACUN)]);
    let later = fire.submitted(&[("site", XIACUN), ("person", HUO), ("from", "2026-09-28"), ("to", "2026-09-28")]);
    assert!(!approver.item(&ours).text.contains("data-key=\"overlaps\""), "the next week is another week");
    let checklist = planner.checklist();
    let form = |other, from, to| [("other", other), ("from", from), ("to", to), ("checklist", checklist.as_str())];
    let merge = |form: &[(&str, &str)]| approver.step(&ours, "merge", form);
    let next_week = form(later.as_str(), "2026-09-21", "2026-09-23");
    assert_eq!(merge(&next_week).problem(), (409, "plan-rule: no-overlap"));
    let same_week = fire.submitted(&[("site", XIACUN), ("person", HUO)]);
    let outside = form(same_week.as_str(), "2026-09-21", "2026-10-30");
    assert_eq!(merge(&outside).problem(), (422, "field: from"));
    assert_eq!(merge(&[("other", "x")]).problem(), (422, "field: other"));
    let both = office.desk("both");
    let own = both.submitted(&[("site", XIACUN)]);
    let with_own = form(own.as_str(), "2026-09-21", "2026-09-23");
    assert_eq!(both.step(&ours, "merge", &with_own).problem(), (403, "forbidden: own-submission"));
    assert_eq!(planner.step(&ours, "merge", &form(same_week.as_str(), "2026-09-21", "2026-09-23")).status, 403);
    assert_eq!(approver.state(&same_week), "submitted");
}

#[test]
fn who_drafted_an_item_approves_none_that_it_was_merged_into() {
    let office = Office::new();
    let (both, planner, approver) = (office.desk("both"), office.desk("planner"), office.desk("approver"));
    let own = both.draft(&[("site", XIACUN)]);
    assert_eq!(planner.step(&own, "submit", &[]).status, 303);
    let theirs = office.desk("fire").submitted(&[("site", XIACUN), ("person", HUO)]);
    let checklist = planner.checklist();
    let days = [("from", "2026-09-21"), ("to", "2026-09-21"), ("checklist", checklist.as_str())];
    let merge = [&[("other", own.as_str())], &days[..]].concat();
    assert_eq!(both.step(&theirs, "merge", &merge).problem(), (403, "forbidden: own-submission"));
    assert_eq!(approver.step(&theirs, "merge", &merge).status, 303);
    assert_eq!(both.step(&theirs, "approve", &[]).problem(), (403, "forbidden: own-submission"));
    assert_eq!(approver.step(&theirs, "approve", &[]).status, 303);
}
