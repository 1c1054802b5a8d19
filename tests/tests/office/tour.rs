//! Every page of the office with long names and large teams.

use crate::desk::{Desk, today};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;
use wurao_tests::county::{ADMINISTRATOR, APPROVER, AUDITOR, County, PLANNER};
use wurao_tests::server::Server;

const ZH: &str = "云岭省溪州市青石县石门镇以北十二公里旧水库大坝下游第三生产队合并后新设之村民小组所在地";
const EN: &str = "The Northern Reservoir Embankment Hamlet";

/// The demo's county with a village and people of forty characters, and an item of two pages' worth of names, drafted.
///
/// A permit with such names would not fit its code: what is approved has shorter ones (see `permit-size`).
fn long(file: &Path) {
    County::demo().unwrap().write(file).unwrap();
    let mut county: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let name = |words: &str| words.chars().take(40).collect::<String>();
    county["sites"][0]["name"] = json!({"zh": name(ZH), "en": name(EN)});
    let body = county["bodies"][0]["id"].clone();
    for at in 1..=12 {
        // One word, as some names are: nowhere to break it.
        let name = format!("{at:02}{}", "Abdurehimjan".repeat(4).split_at(38).0);
        let person = json!({"id": format!("a1{at:030x}"), "name": name, "body": body, "login": format!("inspector{at}"),
                            "role": "inspector", "scope": "470123"});
        county["people"].as_array_mut().unwrap().push(person);
    }
    std::fs::write(file, county.to_string()).unwrap();
}

/// An item for twelve people, drafted on its form; where it is.
fn twelve(desk: &mut Desk) -> String {
    desk.open("/plan/new?kind=plan");
    desk.fill("What for (in Chinese)", &ZH.chars().take(40).collect::<String>());
    desk.fill("What for (in English", "Everything-that-is-needed-in-emergencies");
    desk.fill("First day", &today().to_string());
    desk.fill("Last day", &today().to_string());
    desk.choose("Checklist", "mergency");
    desk.fill("Expected minutes", "60");
    for at in 1..=12 {
        desk.tick(&format!("{at:02}Abdurehimjan"));
    }
    desk.tick("The Northern Reservoir");
    desk.press("Save");
    let item = desk.path();
    desk.press("Submit");
    desk.says("fit");
    desk.see("long-item-refused");
    item
}

#[test]
fn names_of_forty_characters_and_teams_of_twelve_fit_every_page_in_both_languages() {
    let folder = tempfile::tempdir().unwrap();
    let (program, data, file) =
        (Path::new(env!("CARGO_BIN_EXE_demo")), folder.path().join("server"), folder.path().join("county.json"));
    long(&file);
    Server::load(program, &data, &file).unwrap();
    let server = Server::start(program, &data, SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let mut desk = Desk::at(&server.url("").unwrap());
    desk.open("/");
    desk.speak("en");
    desk.sign_in(PLANNER);
    let item = twelve(&mut desk);
    desk.open("/");
    let inspection = desk.page.eval("document.querySelector('a[href^=\"/inspections/\"]').pathname");
    let inspection = inspection.as_str().unwrap().to_owned();
    let pages: [(_, &[(&str, &str)]); 4] = [
        (
            APPROVER,
            &[
                ("/", "county"),
                (&inspection, "inspection"),
                ("/findings", "findings"),
                ("/plan", "plan"),
                ("/plan/items/d0000000000000000000000000000001", "item-approved"),
                ("/plan/inbox", "inbox"),
                ("/plan/base", "base"),
                ("/plan/rules", "rules"),
                ("/held", "held"),
                ("/password", "password"),
                ("/nowhere", "nowhere"),
            ],
        ),
        (PLANNER, &[("/plan/new?kind=plan", "form"), ("/plan/new?kind=ad-hoc", "form-ad-hoc"), (&item, "item")]),
        (AUDITOR, &[("/feedback", "feedback")]),
        (
            ADMINISTRATOR,
            &[
                ("/admin", "admin"),
                ("/admin/divisions", "divisions"),
                ("/admin/bodies", "bodies"),
                ("/admin/people", "people"),
                ("/admin/people/a1000000000000000000000000000001", "person"),
                ("/admin/sites", "sites"),
                ("/admin/checklists", "checklists"),
                ("/admin/accounts", "accounts"),
                ("/phones", "phones"),
                ("/sites/c0000000000000000000000000000001/poster", "poster"),
            ],
        ),
    ];
    for (who, paths) in pages {
        desk.change_to(who);
        for (path, name) in paths {
            for lang in ["zh", "en"] {
                desk.open(path);
                desk.speak(lang);
                desk.see(&format!("long-{name}"));
                desk.tab_through();
            }
        }
    }
    desk.had_no_trouble(&[404, 409]);
}
