use super::office::{HUO, LI, Office, SHANGCUN, WANG, XIACUN, value};
use crate::support::Push;
use serde_json::Value;
use wurao_protocol::envelope::{open, open_as};
use wurao_protocol::permit::Permit;
use wurao_protocol::record::{Kind, Void};
use wurao_protocol::sync::{Answer, Outcome};

/// The permits that an answer brings.
fn permits(answer: &Answer) -> Vec<Permit> {
    let records = answer.feed.records.iter().filter(|record| open(&record.0).unwrap().kind == Kind::Permit);
    records.map(|record| open_as::<Permit>(&record.0).unwrap().body).collect()
}

#[test]
fn a_draft_becomes_permits_on_the_phones_of_its_team() {
    let office = Office::new();
    let (planner, approver) = (office.desk("planner"), office.desk("approver"));
    let [mut li, mut wang, _] = office.world.phones();
    li.sync(&office.world, &Push::default());

    let id = planner.draft(&[("site", SHANGCUN), ("site", XIACUN)]);
    assert_eq!(planner.state(&id), "draft");
    assert!(planner.exported(&id)["number"].is_null(), "a number is drawn at submission");
    assert_eq!(approver.item(&id).status, 404, "a draft is its planners' alone");
    assert_eq!(planner.step(&id, "submit", &[]).status, 303);
    // The county file's item has taken the year's first number.
    assert_eq!(planner.exported(&id)["number"], "2026-002");
    assert!(approver.get("/plan/inbox").text.contains("2026-002"));
    assert!(permits(&li.sync(&office.world, &Push::default())).is_empty(), "nothing is approved yet");

    assert_eq!(approver.step(&id, "approve", &[]).status, 303);
    assert_eq!(approver.state(&id), "approved");
    let mut issued = permits(&li.sync(&office.world, &Push::default()));
    issued.sort_by_key(|permit| permit.visit.site);
    assert_eq!(issued.len(), 2, "one for each site");
    for (permit, site) in issued.iter().zip([SHANGCUN, XIACUN]) {
        assert_eq!(permit.visit.site.to_string(), site);
        assert_eq!((permit.visit.number.as_str(), permit.visit.ad_hoc), ("2026-002", false));
        assert_eq!(permit.visit.purpose.en, "Flood supplies");
        let team: Vec<_> = permit.visit.team.iter().map(|member| member.person.to_string()).collect();
        assert_eq!(team, [LI]);
        // 2026-09-21 to the end of 2026-09-23, in the county.
        assert_eq!((permit.not_before_s, permit.expires_s), (1_789_920_000, 1_789_920_000 + 3 * 86_400));
    }
    let on_page = approver.exported(&id);
    assert!(on_page["sites"][0]["permit"].is_string() && on_page["sites"][0]["document"].is_string());
    assert!(
        permits(&wang.sync(&office.world, &Push::default())).iter().all(|permit| permit.visit.number != "2026-002")
    );

    let page = approver.item(&id).text;
    for said in ["Drafted", "Submitted", "Approved, permits issued", "Planner Pei", "Approver An"] {
        assert!(page.contains(said), "{said} in the history");
    }
    assert!(!approver.get("/plan/inbox").text.contains("2026-002"));
}

#[test]
fn an_item_runs_while_its_visits_do_and_is_done_with_the_last() {
    let office = Office::new();
    let (planner, approver) = (office.desk("planner"), office.desk("approver"));
    let [mut li, _, _] = office.world.phones();
    let today = [("from", "2026-09-14"), ("to", "2026-09-14"), ("site", XIACUN)];
    let id = planner.submitted(&today);
    assert_eq!(approver.step(&id, "approve", &[]).status, 303);
    let answer = li.sync(&office.world, &Push::default());
    li.permit = permits(&answer).into_iter().find(|permit| permit.visit.site.to_string() == XIACUN);
    let (_, push) = li.begins(5);
    li.sync(&office.world, &push);
    assert_eq!(approver.state(&id), "running");
    let leave = li.leave();
    li.sync(&office.world, &Push { records: vec![leave], documents: Vec::new() });
    assert_eq!(approver.state(&id), "done");
}

#[test]
fn what_is_returned_comes_with_a_comment_and_goes_in_again_under_its_number() {
    let office = Office::new();
    let (planner, approver) = (office.desk("planner"), office.desk("approver"));
    let id = planner.submitted(&[]);
    assert_eq!(approver.step(&id, "return", &[("comment", " ")]).problem(), (422, "field: comment"));
    assert_eq!(approver.step(&id, "return", &[("comment", "One day\r\nis enough")]).status, 303);
    assert_eq!(planner.state(&id), "returned");
    assert!(planner.item(&id).text.contains("One day is enough"));
    assert_eq!(approver.step(&id, "approve", &[]).problem(), (409, "plan-rule: state"));

    let edit = planner.get(&format!("/plan/items/{id}/edit")).text;
    let version = value(&edit, "name=\"version\" value=\"").to_owned();
    assert!(edit.contains("value=\"2026-09-23\"") && edit.contains(&format!("value=\"{SHANGCUN}\" checked")));
    let changed = planner.form(&[("to", "2026-09-21"), ("version", &version)]);
    assert_eq!(planner.save(&format!("/plan/items/{id}/edit"), &changed).status, 303);
    assert_eq!(planner.step(&id, "submit", &[]).status, 303);
    let item = planner.exported(&id);
    assert_eq!((item["number"].as_str(), item["to"].as_str()), (Some("2026-002"), Some("2026-09-21")));
    let deeds: Vec<_> = item["history"].as_array().unwrap().iter().map(|step| step["deed"].as_str().unwrap()).collect();
    assert_eq!(deeds, ["drafted", "submitted", "returned", "edited", "submitted"]);
}

#[test]
fn nobody_approves_their_own_submission_nor_what_they_have_not_read() {
    let office = Office::new();
    let (both, approver) = (office.desk("both"), office.desk("approver"));
    let id = both.submitted(&[]);
    let page = both.item(&id).text;
    assert!(page.contains("somebody else must approve") && !page.contains("/approve\""));
    assert_eq!(both.step(&id, "approve", &[]).problem(), (403, "forbidden: own-submission"));
    assert_eq!(both.step(&id, "approve", &[("comment", "I may")]).status, 403);

    let version = value(&approver.item(&id).text, "name=\"version\" value=\"").to_owned();
    assert_eq!(approver.step(&id, "return", &[("comment", "shorter")]).status, 303);
    assert_eq!(both.step(&id, "submit", &[]).status, 303);
    let stale = approver.post(&format!("/plan/items/{id}/approve"), &[("version", &version)]);
    assert_eq!(stale.problem(), (409, "plan-rule: changed"));
    assert_eq!(approver.step(&id, "approve", &[]).status, 303);
}

#[test]
fn who_drafted_or_wrote_an_item_does_not_approve_it_though_a_colleague_submits_it() {
    let office = Office::new();
    let (both, planner, approver) = (office.desk("both"), office.desk("planner"), office.desk("approver"));
    let drafted = both.draft(&[]);
    let written = planner.draft(&[("site", XIACUN)]);
    let version = value(&both.get(&format!("/plan/items/{written}/edit")).text, "name=\"version\" value=\"").to_owned();
    let changed = both.form(&[("site", XIACUN), ("minutes", "45"), ("version", &version)]);
    assert_eq!(both.save(&format!("/plan/items/{written}/edit"), &changed).status, 303);
    for id in [&drafted, &written] {
        assert_eq!(planner.step(id, "submit", &[]).status, 303);
        assert!(!both.item(id).text.contains("/approve\""));
        assert_eq!(both.step(id, "approve", &[]).problem(), (403, "forbidden: own-submission"));
        assert_eq!(approver.step(id, "approve", &[]).status, 303);
    }
}

#[test]
fn an_ad_hoc_item_wants_a_reason_and_has_a_number_and_a_count_of_its_own() {
    let office = Office::without_bases();
    let (planner, approver) = (office.desk("planner"), office.desk("approver"));
    let id = planner.draft(&[("kind", "ad-hoc")]);
    assert_eq!(planner.step(&id, "submit", &[]).problem(), (422, "field: reason"));
    let id = planner.submitted(&[("kind", "ad-hoc"), ("reason", "A dam leaks upstream")]);
    assert_eq!(planner.exported(&id)["number"], "A2026-001");
    assert_eq!(approver.step(&id, "approve", &[]).status, 303, "no base stands against it");
    let page = approver.get("/plan/2026").text;
    assert!(page.contains("Ad-hoc items 1") && page.contains("Approved"), "{page}");
    assert!(approver.item(&id).text.contains("A dam leaks upstream"));
    let [mut li, _, _] = office.world.phones();
    let issued = permits(&li.sync(&office.world, &Push::default()));
    assert!(issued.iter().any(|permit| permit.visit.ad_hoc && permit.visit.number == "A2026-001"));
}

#[test]
fn permits_are_withdrawn_one_or_all_with_a_reason() {
    let office = Office::new();
    let (planner, approver) = (office.desk("planner"), office.desk("approver"));
    let id = planner.submitted(&[("site", SHANGCUN), ("site", XIACUN), ("person", WANG)]);
    assert_eq!(approver.step(&id, "withdraw", &[("comment", "early")]).problem(), (409, "plan-rule: state"));
    assert_eq!(approver.step(&id, "approve", &[]).status, 303);
    let withdraw = |more: &[(&str, &str)]| approver.step(&id, "withdraw", more);
    assert_eq!(withdraw(&[("site", XIACUN)]).problem(), (422, "field: comment"));
    assert_eq!(withdraw(&[("site", XIACUN), ("comment", "The road is gone")]).status, 303);
    assert_eq!(withdraw(&[("site", XIACUN), ("comment", "again")]).problem(), (409, "plan-rule: state"));
    let withdrawn = |item: &serde_json::Value| {
        let sites = item["sites"].as_array().unwrap().iter();
        sites.map(|site| !site["withdrawn_ms"].is_null()).collect::<Vec<_>>()
    };
    let item = approver.exported(&id);
    assert_eq!((item["state"].as_str(), withdrawn(&item)), (Some("approved"), vec![false, true]));
    assert_eq!(planner.step(&id, "withdraw", &[("comment", "mine")]).status, 403);
    assert_eq!(withdraw(&[("comment", "A storm comes")]).status, 303);
    let item = approver.exported(&id);
    assert_eq!((item["state"].as_str(), withdrawn(&item)), (Some("withdrawn"), vec![true, true]));
    let page = approver.item(&id).text;
    assert!(page.contains("The road is gone") && page.contains("A storm comes"));
}

#[test]
fn a_voided_visit_is_shown_with_who_and_why_and_withdraws_nothing() {
    let office = Office::new();
    let (planner, approver) = (office.desk("planner"), office.desk("approver"));
    let id = planner.submitted(&[("site", SHANGCUN), ("site", XIACUN)]);
    assert_eq!(approver.step(&id, "approve", &[]).status, 303);
    let [mut li, _, _] = office.world.phones();
    let mut void = |site: &str, reason: &str| {
        let item = approver.exported(&id);
        let site = item["sites"].as_array().unwrap().iter().find(|row| row["id"] == site).unwrap().clone();
        let document = site["document"].as_str().unwrap().parse().unwrap();
        let session = li.session();
        let reason = reason.to_owned();
        let record = li.seal(&Void { document, person: li.person, actor: li.actor(), reason, at: li.at });
        let push = Push { records: vec![session, record], documents: vec![] };
        assert!(li.sync(&office.world, &push).records.iter().all(|status| status.outcome == Outcome::Ok));
    };
    void(XIACUN, "The wrong village");
    let item = approver.exported(&id);
    assert_eq!(item["state"], "approved", "the other visit is still to come");
    let site = &item["sites"][1];
    assert_eq!((&site["withdrawn_ms"], &site["voided"]["reason"]), (&Value::Null, &Value::from("The wrong village")));
    let page = approver.item(&id).text;
    for part in ["Voided", "李明", "The wrong village", "planned again, or as an ad-hoc item"] {
        assert!(page.contains(part), "{part} in {page}");
    }
    let again = [("site", XIACUN), ("comment", "again")];
    assert_eq!(approver.step(&id, "withdraw", &again).problem(), (409, "plan-rule: state"));
    void(SHANGCUN, "Not today");
    assert_eq!(approver.state(&id), "done", "nobody has withdrawn it");
    assert!(!approver.item(&id).text.contains("Withdrawn"));
}

#[test]
fn a_planner_takes_back_what_is_not_approved() {
    let office = Office::new();
    let fire = office.desk("fire");
    let id = fire.submitted(&[("person", HUO)]);
    assert_eq!(fire.step(&id, "take-back", &[]).status, 303);
    assert_eq!(fire.state(&id), "withdrawn");
    assert_eq!(office.desk("approver").step(&id, "approve", &[]).problem(), (409, "plan-rule: state"));
}
