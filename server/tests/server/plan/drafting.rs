use super::office::{BESIDE, HUO, Office, SHANGCUN, value};

#[test]
fn a_form_with_something_wrong_keeps_what_was_typed() {
    let office = Office::new();
    let planner = office.desk("planner");
    let form =
        planner.form(&[("from", "2026-09-31"), ("minutes", "soon"), ("zh", "<b>防汛</b>"), ("en", "a\u{202e}b")]);
    let seen = planner.save("/plan/new", &form);
    assert_eq!(seen.status, 422);
    for problem in ["field: from", "field: minutes", "field: zh"] {
        assert!(seen.text.contains(&format!("data-problem=\"{problem}\"")), "{problem}");
    }
    for typed in ["value=\"2026-09-31\"", "value=\"soon\"", "value=\"2026-09-23\"", "&#60;b&#62;防汛"] {
        assert!(seen.text.contains(typed), "{typed} in {}", seen.text);
    }
    assert!(seen.text.contains(&format!("value=\"{SHANGCUN}\" checked")));
    assert_eq!(planner.export()["items"].as_array().unwrap().len(), 1, "only what the county file brought");
}

#[test]
fn what_is_not_the_planner_s_to_choose_is_refused_by_name() {
    let office = Office::new();
    let planner = office.desk("planner");
    let zeros = "0".repeat(64);
    for (field, foreign) in [("site", BESIDE), ("person", HUO), ("checklist", &zeros)] {
        let seen = planner.save("/plan/new", &planner.form(&[(field, foreign)]));
        assert_eq!(seen.problem(), (422, format!("field: {field}").as_str()));
    }
}

#[test]
fn searching_for_sites_saves_nothing_and_forgets_nothing() {
    let office = Office::new();
    let planner = office.desk("planner");
    let form = planner.form(&[("search", "xiacun"), ("do", "search"), ("zh", "还没写完")]);
    let seen = planner.save("/plan/new", &form);
    assert_eq!(seen.status, 200);
    assert!(seen.text.contains("还没写完") && seen.text.contains("Xiacun"));
    assert!(seen.text.contains(&format!("value=\"{SHANGCUN}\" checked")), "what is chosen stays");
    assert!(!seen.text.contains("Town hall") && !seen.text.contains("Lincun"));
    assert_eq!(planner.export()["items"].as_array().unwrap().len(), 1);
}

#[test]
fn a_draft_may_have_gaps_and_says_at_submission_which() {
    let office = Office::new();
    let planner = office.desk("planner");
    let saved = planner.post("/plan/new", &[("year", "2026"), ("kind", "plan"), ("level", "county")]);
    let id = saved.location.strip_prefix("/plan/items/").unwrap();
    let seen = planner.step(id, "submit", &[]);
    assert_eq!(seen.status, 422);
    for field in ["zh", "site", "from", "checklist", "person", "minutes"] {
        assert!(seen.text.contains(&format!("data-problem=\"field: {field}\"")), "{field}");
    }
}

#[test]
fn two_who_write_at_once_do_not_overwrite_each_other() {
    let office = Office::new();
    let (planner, both) = (office.desk("planner"), office.desk("both"));
    let id = planner.draft(&[]);
    let path = format!("/plan/items/{id}/edit");
    let version = value(&planner.get(&path).text, "name=\"version\" value=\"").to_owned();
    let form = |desk: &super::office::Desk, minutes: &str| desk.form(&[("minutes", minutes), ("version", &version)]);
    assert_eq!(both.save(&path, &form(&both, "30")).status, 303, "of the same body");
    let late = planner.save(&path, &form(&planner, "45"));
    assert_eq!(late.problem(), (409, "plan-rule: changed"));
    assert!(late.text.contains("value=\"45\""));
    assert_eq!(planner.exported(&id)["minutes"], 30);
}

#[test]
fn a_form_of_another_site_is_not_taken() {
    let office = Office::new();
    let planner = office.desk("planner");
    let id = planner.submitted(&[]);
    let client = reqwest::blocking::Client::new();
    let url = office.world.url(&format!("/plan/items/{id}/take-back"));
    assert_eq!(client.post(url).header("origin", "http://example.org").send().unwrap().status(), 403);
    assert_eq!(planner.state(&id), "submitted");
}
