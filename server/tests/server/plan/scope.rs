use super::office::{AFAR, INTOWN, LI, Office, SHANGCUN, TOWN};

#[test]
fn a_planner_of_another_body_or_county_sees_and_changes_nothing() {
    let office = Office::new();
    let (planner, fire, beside) = (office.desk("planner"), office.desk("fire"), office.desk("beside"));
    let id = planner.submitted(&[("en", "canary purpose"), ("person", LI)]);
    for desk in [&fire, &beside] {
        for path in ["/plan/2026", "/plan/inbox", "/plan/base", "/plan/2026/export.json", "/"] {
            let seen = desk.get(path);
            assert!(!seen.text.contains("canary") && !seen.text.contains(&id), "{path}: {}", seen.text);
        }
        assert_eq!(desk.item(&id).status, 404);
        assert_eq!(desk.get(&format!("/plan/items/{id}/edit")).status, 404);
        for step in ["submit", "take-back", "approve", "return", "merge", "withdraw"] {
            let seen = desk.step(&id, step, &[("comment", "mine now")]);
            assert_eq!(seen.status, 404, "{step}");
        }
        assert_eq!(desk.save(&format!("/plan/items/{id}/edit"), &planner.form(&[])).status, 404);
    }
    assert_eq!(planner.state(&id), "submitted");
    let unreal = "0".repeat(32);
    assert_eq!(beside.item(&id).text.replace(&id, ""), beside.item(&unreal).text.replace(&unreal, ""));
}

#[test]
fn roles_do_what_they_are_for_and_no_more() {
    let office = Office::new();
    let (planner, approver, admin) = (office.desk("planner"), office.desk("approver"), office.desk("admin"));
    let id = planner.submitted(&[]);
    assert_eq!(planner.step(&id, "approve", &[]).status, 403);
    assert_eq!(admin.step(&id, "approve", &[]).status, 403);
    assert_eq!(approver.step(&id, "take-back", &[]).status, 403);
    assert_eq!(approver.get("/plan/new?year=2026&kind=plan").status, 403);
    assert_eq!(approver.save("/plan/new", &planner.form(&[])).status, 403);
    assert_eq!(planner.get("/plan/inbox").status, 403);
    assert_eq!(admin.item(&id).status, 200);
}

#[test]
fn an_approver_of_a_township_decides_on_no_item_that_goes_beyond_it() {
    let office = Office::new();
    let (planner, town) = (office.desk("planner"), office.desk("town"));
    let wide = planner.submitted(&[("site", SHANGCUN), ("site", TOWN)]);
    let page = town.item(&wide).text;
    assert!(page.contains("Shangcun") && !page.contains("Town hall"), "only the sites in the scope are shown");
    assert!(page.contains("Sites outside your scope: 1") && !page.contains("/approve\""));
    assert_eq!(town.step(&wide, "approve", &[]).status, 403);
    let narrow = planner.submitted(&[("site", SHANGCUN)]);
    assert_eq!(town.step(&narrow, "approve", &[]).status, 303);
}

#[test]
fn strangers_and_inspectors_get_no_page_of_the_plan() {
    let office = Office::new();
    let client = reqwest::blocking::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    for path in
        ["/plan", "/plan/2026", "/plan/inbox", "/plan/new", "/plan/base", "/plan/rules", "/plan/2026/export.json"]
    {
        assert_eq!(client.get(office.world.url(path)).send().unwrap().status(), 303, "{path}");
    }
    assert_eq!(client.post(office.world.url("/plan/new")).form(&[("year", "2026")]).send().unwrap().status(), 303);
}

#[test]
fn a_team_is_made_of_those_who_inspect_where_its_planner_plans() {
    let office = Office::new();
    let planner = office.desk("planner");
    let id = planner.draft(&[]);
    for path in ["/plan/new".to_owned(), format!("/plan/items/{id}/edit")] {
        let form = planner.get(&path).text;
        assert!(form.contains(LI) && form.contains("Inspector Intown"), "{path}");
        assert!(!form.contains("Inspector Beside") && !form.contains(AFAR), "{path} names people of another county");
        let version =
            form.split("name=\"version\" value=\"").nth(1).map_or("0", |rest| rest.split('"').next().unwrap());
        let seen = planner.save(&path, &planner.form(&[("person", AFAR), ("version", version)]));
        assert_eq!(seen.problem(), (422, "field: person"), "{path}");
        assert!(!seen.text.contains("Inspector Beside"), "{path}");
    }
    // Who inspects in one town goes to that town only; the planner hears it before the approver.
    let wide = planner.draft(&[("site", SHANGCUN), ("site", TOWN), ("person", INTOWN)]);
    let seen = planner.step(&wide, "submit", &[]);
    assert_eq!(seen.problem(), (409, "plan-rule: team"));
    assert!(seen.text.contains("Inspector Intown"), "and who it is");
    planner.submitted(&[("site", SHANGCUN), ("person", INTOWN)]);
}

#[test]
fn nobody_is_sent_who_may_not_inspect_there_any_more() {
    let office = Office::new();
    let (planner, approver, admin) = (office.desk("planner"), office.desk("approver"), office.desk("admin"));
    let id = planner.submitted(&[]);
    assert_eq!(admin.post(&format!("/admin/people/{LI}/disable"), &[]).status, 303);
    assert!(approver.item(&id).text.contains("plan-rule: team"), "the approver sees it before trying");
    assert_eq!(approver.step(&id, "approve", &[("comment", "go anyway")]).problem(), (409, "plan-rule: team"));
    assert_eq!(planner.state(&id), "submitted");
    assert_eq!(admin.post(&format!("/admin/people/{LI}/enable"), &[]).status, 303);
    assert_eq!(approver.step(&id, "approve", &[]).status, 303);
}

#[test]
fn what_overlaps_beyond_one_s_own_sites_is_for_those_who_plan_or_decide() {
    let office = Office::new();
    let (planner, fire, town) = (office.desk("planner"), office.desk("fire"), office.desk("town"));
    let wide = planner.submitted(&[("site", SHANGCUN), ("site", TOWN)]);
    fire.submitted(&[("site", TOWN), ("en", "canary elsewhere"), ("person", super::office::HUO)]);
    assert!(planner.item(&wide).text.contains("canary elsewhere"), "a planner hears of every overlap");
    let seen = town.item(&wide);
    assert!(seen.status == 200 && !seen.text.contains("canary elsewhere"), "a reader of one town does not");
}
