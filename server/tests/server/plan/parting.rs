//! What becomes of a merge when one of its items does not stay as it was read.

use super::office::{Desk, HUO, Office, SHANGCUN, XIACUN, value};

const DAYS: [(&str, &str); 2] = [("from", "2026-09-21"), ("to", "2026-09-23")];

fn merge(approver: &Desk, into: &str, other: &str) -> super::office::Seen {
    let page = approver.item(into).text;
    let checklist = value(&page, "name=\"checklist\" value=\"").to_owned();
    let form = [("other", other), DAYS[0], DAYS[1], ("checklist", &checklist)];
    approver.step(into, "merge", &form)
}

fn sites(desk: &Desk, id: &str) -> usize {
    desk.exported(id)["sites"].as_array().unwrap().len()
}

/// One item of each body, the fire brigade's common site merged into ours: ours and theirs.
fn merged(office: &Office) -> (String, String) {
    let ours = office.desk("planner").submitted(&[("site", XIACUN)]);
    let theirs = office.desk("fire").submitted(&[("site", SHANGCUN), ("site", XIACUN), ("person", HUO)]);
    assert_eq!(merge(&office.desk("approver"), &ours, &theirs).status, 303);
    (ours, theirs)
}

#[test]
fn what_is_taken_back_or_returned_leaves_the_items_it_was_merged_into() {
    for step in ["take-back", "return"] {
        let office = Office::new();
        let (fire, approver) = (office.desk("fire"), office.desk("approver"));
        let (ours, theirs) = merged(&office);
        let read = approver.version(&ours);
        let by = if step == "return" { &approver } else { &fire };
        assert_eq!(by.step(&theirs, step, &[("comment", "Not like this")]).status, 303);
        assert_eq!(sites(&fire, &theirs), 2, "{step}: its planner has all of it again");
        let stale = approver.post(&format!("/plan/items/{ours}/approve"), &[("version", &read)]);
        assert_eq!(stale.problem(), (409, "plan-rule: changed"), "{step}");
        let page = approver.item(&ours).text;
        assert!(page.contains("Merge undone") && !page.contains("霍刚"), "{step}: {page}");
        assert_eq!(approver.step(&ours, "approve", &[]).status, 303);
        let mut phone = office.fire_phone();
        phone.sync(&office.world, &crate::support::Push::default());
        assert!(phone.permit.is_none(), "{step}: nobody comes along");
    }
}

#[test]
fn an_item_that_changed_since_it_was_read_is_not_merged() {
    let office = Office::new();
    let (planner, fire, approver) = (office.desk("planner"), office.desk("fire"), office.desk("approver"));
    let ours = planner.submitted(&[("site", XIACUN)]);
    let theirs = fire.submitted(&[("site", SHANGCUN), ("site", XIACUN), ("person", HUO)]);
    let page = approver.item(&ours).text;
    let read = value(&page, "name=\"other_version\" value=\"").to_owned();
    assert_eq!(read, approver.version(&theirs));
    assert_eq!(approver.step(&theirs, "return", &[("comment", "One more look")]).status, 303);
    assert_eq!(fire.step(&theirs, "submit", &[]).status, 303);
    let checklist = value(&page, "name=\"checklist\" value=\"").to_owned();
    let version = approver.version(&ours);
    let form = |read: &str| {
        let form = [("version", &*version), ("other", &*theirs), ("other_version", read), DAYS[0], DAYS[1]];
        approver.post(&format!("/plan/items/{ours}/merge"), &[&form[..], &[("checklist", &*checklist)]].concat())
    };
    assert_eq!(form(&read).problem(), (409, "plan-rule: changed"));
    assert_eq!(form(&approver.version(&theirs)).status, 303);
}

#[test]
fn a_visit_of_an_item_approved_meanwhile_does_not_come_back_into_it_without_a_permit() {
    let office = Office::new();
    let approver = office.desk("approver");
    let (ours, theirs) = merged(&office);
    assert_eq!(approver.step(&theirs, "approve", &[]).status, 303, "without the visit it gave away");
    assert_eq!(approver.step(&ours, "return", &[("comment", "Not this month")]).status, 303);
    assert_eq!((approver.state(&theirs).as_str(), sites(&approver, &theirs)), ("approved", 1));
    let sites = approver.exported(&theirs)["sites"].clone();
    assert!(sites[0]["permit"].is_string());
    assert!(approver.item(&theirs).text.contains("2026-002：下村"), "its history says which visit is not made");
}

#[test]
fn withdrawing_an_item_withdraws_what_it_gave_to_one_that_still_waits() {
    let office = Office::new();
    let approver = office.desk("approver");
    let (ours, theirs) = merged(&office);
    assert_eq!(approver.step(&theirs, "approve", &[]).status, 303);
    assert_eq!(approver.step(&theirs, "withdraw", &[("comment", "A storm comes")]).status, 303);
    assert_eq!(approver.exported(&ours)["together_with"].as_array().unwrap().len(), 0);
    assert_eq!(approver.step(&ours, "approve", &[]).status, 303);
    let mut phone = office.fire_phone();
    phone.sync(&office.world, &crate::support::Push::default());
    let permit = phone.permit.map(|permit| permit.visit.site.to_string());
    assert!(permit.is_none_or(|site| site != XIACUN), "nobody comes along");
}

#[test]
fn who_submitted_what_was_merged_into_an_item_does_not_approve_it() {
    let office = Office::new();
    let (fire, both, approver) = (office.desk("fire"), office.desk("both"), office.desk("approver"));
    let theirs = fire.submitted(&[("site", XIACUN), ("person", HUO)]);
    let own = both.submitted(&[("site", XIACUN)]);
    assert_eq!(merge(&approver, &theirs, &own).status, 303);
    assert!(both.item(&theirs).text.contains("somebody else must approve"));
    assert_eq!(both.step(&theirs, "approve", &[]).problem(), (403, "forbidden: own-submission"));
    assert_eq!(approver.step(&theirs, "approve", &[]).status, 303);
}

#[test]
fn a_merge_takes_no_visit_out_of_the_count_it_belongs_to() {
    let office = Office::new();
    let (planner, fire, approver) = (office.desk("planner"), office.desk("fire"), office.desk("approver"));
    let ours = planner.submitted(&[("site", XIACUN)]);
    let again = planner.submitted(&[("site", XIACUN)]);
    let ad_hoc =
        fire.submitted(&[("site", XIACUN), ("person", HUO), ("kind", "ad-hoc"), ("reason", "A hydrant leaks")]);
    let page = approver.item(&ours).text;
    assert!(page.contains("data-key=\"overlaps\"") && !page.contains("/merge\""), "it is told of and not offered");
    let checklist = planner.checklist();
    for (into, other) in [(&ad_hoc, &ours), (&ours, &ad_hoc), (&ours, &again)] {
        let form = [("other", other.as_str()), DAYS[0], DAYS[1], ("checklist", &checklist)];
        assert_eq!(approver.step(into, "merge", &form).problem(), (409, "plan-rule: merge"));
        assert_eq!(approver.state(other), "submitted");
    }
    // Nor as the companion of a third.
    let theirs = fire.submitted(&[("site", XIACUN), ("person", HUO)]);
    assert_eq!(merge(&approver, &theirs, &ours).status, 303);
    let form = [("other", again.as_str()), DAYS[0], DAYS[1], ("checklist", &checklist)];
    assert_eq!(approver.step(&theirs, "merge", &form).problem(), (409, "plan-rule: merge"));
}

#[test]
fn items_of_two_years_are_not_merged_though_a_week_is_common() {
    let office = Office::new();
    let (planner, fire, approver) = (office.desk("planner"), office.desk("fire"), office.desk("approver"));
    let old = planner.submitted(&[("site", XIACUN), ("from", "2026-12-28"), ("to", "2026-12-31")]);
    let new = [("year", "2027"), ("site", XIACUN), ("person", HUO), ("from", "2027-01-02"), ("to", "2027-03-31")];
    let new = fire.submitted(&new);
    let checklist = planner.checklist();
    let form = [("other", old.as_str()), ("from", "2027-03-01"), ("to", "2027-03-31"), ("checklist", &checklist)];
    assert_eq!(approver.step(&new, "merge", &form).problem(), (409, "plan-rule: merge"));
}
