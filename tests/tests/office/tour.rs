//! Every page of the office with long names and large teams.

use crate::desk::Desk;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;
use wurao_tests::county::{ADMINISTRATOR, APPROVER, AUDITOR, County, PLANNER};
use wurao_tests::server::Server;

const ZH: &str = "云岭省溪州市青石县石门镇以北十二公里旧水库大坝下游第三生产队合并后新设之村民小组所在地";
const EN: &str = "The Northern Reservoir Embankment Hamlet";

/// The demo's county with a village, a body and people of forty characters, and a team of twelve there.
fn long(file: &Path) {
    County::demo().unwrap().write(file).unwrap();
    let mut county: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let name = |words: &str| words.chars().take(40).collect::<String>();
    county["sites"][0]["name"] = json!({"zh": name(ZH), "en": name(EN)});
    county["bodies"][0]["name"] = json!({"zh": name(ZH), "en": "Bureau for Emergencies-Supplies-Drainage"});
    let body = county["bodies"][0]["id"].clone();
    let team: Vec<String> = (1..=12).map(|at| format!("a1{at:030x}")).collect();
    for (at, id) in team.iter().enumerate() {
        // One word, as some names are: nowhere to break it.
        let person = json!({"id": id, "name": format!("{at:02}{}", "Abdurehimjan".repeat(4).split_at(38).0), "body": body,
                            "login": format!("inspector{at}"), "role": "inspector", "scope": "470123"});
        county["people"].as_array_mut().unwrap().push(person);
    }
    county["plan"][0]["team"] = json!(team);
    county["plan"][0]["purpose"] = json!({"zh": name(ZH), "en": "Everything-that-is-needed-in-an-emergency"});
    std::fs::write(file, county.to_string()).unwrap();
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
    desk.sign_in(APPROVER);
    let inspection = desk.page.eval("document.querySelector('a[href^=\"/inspections/\"]').pathname");
    let inspection = inspection.as_str().unwrap().to_owned();
    let item = "/plan/items/d0000000000000000000000000000001";
    let pages: [(_, &[(&str, &str)]); 4] = [
        (
            APPROVER,
            &[
                ("/", "county"),
                (&inspection, "inspection"),
                ("/findings", "findings"),
                ("/plan", "plan"),
                (item, "item"),
                ("/plan/inbox", "inbox"),
                ("/plan/base", "base"),
                ("/plan/rules", "rules"),
                ("/held", "held"),
                ("/password", "password"),
                ("/nowhere", "nowhere"),
            ],
        ),
        (PLANNER, &[("/plan/new?kind=plan", "form"), ("/plan/new?kind=ad-hoc", "form-ad-hoc")]),
        (AUDITOR, &[("/feedback", "feedback"), ("/sites/c0000000000000000000000000000001/poster", "poster")]),
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
    desk.had_no_trouble(&[404]);
}
