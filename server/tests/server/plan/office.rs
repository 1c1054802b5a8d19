//! Two bodies of one county at their desks, and a planner of the county beside it.

use crate::support::{Phone, World};
use reqwest::blocking::{Client, Response};
use reqwest::redirect::Policy;
use serde_json::Value;
use wurao_protocol::PersonId;
use wurao_server::county;

pub(crate) const SHANGCUN: &str = "51515151515151515151515151515151";
pub(crate) const XIACUN: &str = "53535353535353535353535353535353";
pub(crate) const TOWN: &str = "54545454545454545454545454545454";
pub(crate) const BESIDE: &str = "55555555555555555555555555555555";
pub(crate) const LI: &str = "11111111111111111111111111111111";
pub(crate) const WANG: &str = "12121212121212121212121212121212";
/// Of the same body in the county beside.
pub(crate) const AFAR: &str = "f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3";
/// Of the same body in Shangcun's town alone.
pub(crate) const INTOWN: &str = "f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4";
pub(crate) const HUO: &str = "f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2";
const HUO_ID: PersonId = PersonId([0xf2; 16]);

/// A server with the plan's people in it.
pub(crate) struct Office {
    pub(crate) world: World,
}

impl Office {
    /// With bases large enough not to be in the way.
    pub(crate) fn new() -> Self {
        let office = Self::without_bases();
        let table = "body,level,year,count\n应急管理局,county,2025,50\n消防大队,county,2025,50\n";
        assert_eq!(office.desk("approver").post("/plan/base", &[("table", table)]).status, 200);
        office
    }

    pub(crate) fn without_bases() -> Self {
        let world = World::new();
        let path = world.folder.path().join("plan.json");
        std::fs::write(&path, COUNTY).unwrap();
        county::load(world.server().app(), &path).unwrap();
        Self { world }
    }

    /// Signed in, in English.
    pub(crate) fn desk(&self, login: &str) -> Desk {
        let client = Client::builder().redirect(Policy::none()).cookie_store(true).build().unwrap();
        let form = [("name", login), ("password", "undisturbed")];
        let answer = client.post(self.world.url("/login")).form(&form).send().unwrap();
        assert_eq!(answer.status(), 303, "{login}");
        Desk { client, base: self.world.url("") }
    }

    /// The fire brigade's phone, let in.
    pub(crate) fn fire_phone(&self) -> Phone {
        let mut phone = Phone::new(9, HUO_ID);
        phone.enrol(&self.world, "code-huo");
        phone
    }
}

/// Somebody at the page.
pub(crate) struct Desk {
    client: Client,
    base: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) location: String,
    pub(crate) text: String,
}

impl Seen {
    fn of(answer: Response) -> Self {
        let location = answer.headers().get("location").map_or("", |value| value.to_str().unwrap()).to_owned();
        Self { status: answer.status().as_u16(), location, text: answer.text().unwrap() }
    }

    /// The problem that the page names, with the status it came under.
    pub(crate) fn problem(&self) -> (u16, &str) {
        (self.status, value(&self.text, "data-problem=\""))
    }
}

/// What stands between this and the next quote.
pub(crate) fn value<'a>(html: &'a str, before: &str) -> &'a str {
    html.split(before).nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_else(|| panic!("{before} in {html}"))
}

impl Desk {
    pub(crate) fn get(&self, path: &str) -> Seen {
        Seen::of(self.client.get(format!("{}{path}", self.base)).header("accept-language", "en").send().unwrap())
    }

    pub(crate) fn post(&self, path: &str, form: &[(&str, &str)]) -> Seen {
        let request = self.client.post(format!("{}{path}", self.base)).header("accept-language", "en");
        Seen::of(request.form(form).send().unwrap())
    }

    pub(crate) fn item(&self, id: &str) -> Seen {
        self.get(&format!("/plan/items/{id}"))
    }

    pub(crate) fn export(&self) -> Value {
        serde_json::from_str(&self.get("/plan/2026/export.json").text).unwrap()
    }

    /// An item as the export tells it.
    pub(crate) fn exported(&self, id: &str) -> Value {
        let all = self.export();
        let items = all["items"].as_array().unwrap();
        items.iter().find(|item| item["id"] == id).unwrap_or_else(|| panic!("{id} in {all}")).clone()
    }

    pub(crate) fn state(&self, id: &str) -> String {
        self.exported(id)["state"].as_str().unwrap().to_owned()
    }

    /// The checklist that the form offers.
    pub(crate) fn checklist(&self) -> String {
        let form = self.get("/plan/new?year=2026&kind=plan").text;
        let options = form.split("<select name=\"checklist\">").nth(1).unwrap();
        options.split("<option value=\"").nth(2).unwrap().split('"').next().unwrap().to_owned()
    }

    /// A whole form, with some of its fields otherwise.
    pub(crate) fn form(&self, changed: &[(&str, &str)]) -> Vec<(String, String)> {
        let checklist = self.checklist();
        let whole = [
            ("year", "2026"),
            ("kind", "plan"),
            ("level", "county"),
            ("zh", "汛期物资检查"),
            ("en", "Flood supplies"),
            ("from", "2026-09-21"),
            ("to", "2026-09-23"),
            ("checklist", checklist.as_str()),
            ("minutes", "60"),
            ("person", LI),
            ("site", SHANGCUN),
        ];
        let kept = whole.iter().filter(|(name, _)| changed.iter().all(|(other, _)| other != name));
        kept.chain(changed).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    pub(crate) fn save(&self, path: &str, form: &[(String, String)]) -> Seen {
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.post(path, &form)
    }

    /// Drafts an item; its id.
    pub(crate) fn draft(&self, changed: &[(&str, &str)]) -> String {
        let saved = self.save("/plan/new", &self.form(changed));
        assert_eq!(saved.status, 303, "{}", saved.text);
        saved.location.strip_prefix("/plan/items/").unwrap().to_owned()
    }

    /// Drafts and submits an item; its id.
    pub(crate) fn submitted(&self, changed: &[(&str, &str)]) -> String {
        let id = self.draft(changed);
        let seen = self.step(&id, "submit", &[]);
        assert_eq!(seen.status, 303, "{}", seen.text);
        id
    }

    /// Does something with an item as its page stands now.
    pub(crate) fn step(&self, id: &str, step: &str, more: &[(&str, &str)]) -> Seen {
        let version = self.version(id);
        let other = more.iter().find(|(name, _)| *name == "other").map(|(_, other)| self.version(other));
        let mut form = vec![("version", version.as_str())];
        form.extend(other.as_deref().map(|version| ("other_version", version)));
        form.extend(more);
        self.post(&format!("/plan/items/{id}/{step}"), &form)
    }

    /// The version of an item that its page shows; 0 when it has no form.
    pub(crate) fn version(&self, id: &str) -> String {
        let page = self.item(id).text;
        let version = page.split("name=\"version\" value=\"").nth(1);
        version.map_or("0", |rest| rest.split('"').next().unwrap()).to_owned()
    }
}

const COUNTY: &str = r#"{
  "divisions": [
    {"code": "431124000000", "name": {"zh": "道县", "en": "Dao County"}},
    {"code": "431123000000", "name": {"zh": "邻县", "en": "Beside County"}}
  ],
  "bodies": [
    {"id": "b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0", "name": {"zh": "应急管理局", "en": "Emergency Bureau"}},
    {"id": "f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0", "name": {"zh": "消防大队", "en": "Fire Brigade"}},
    {"id": "e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0", "name": {"zh": "邻县局", "en": "Beside Bureau"}}
  ],
  "people": [
    {"id": "a0a0a0a0a0a0a0a0a0a0a0a0a0a0a001", "name": "Planner Pei", "body": "b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0",
     "login": "planner", "password": "undisturbed", "role": "planner", "scope": "431124"},
    {"id": "a0a0a0a0a0a0a0a0a0a0a0a0a0a0a002", "name": "Planner Fang", "body": "f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0",
     "login": "fire", "password": "undisturbed", "role": "planner", "scope": "431124"},
    {"id": "a0a0a0a0a0a0a0a0a0a0a0a0a0a0a003", "name": "Approver An", "body": "b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0",
     "login": "approver", "password": "undisturbed", "role": "approver", "scope": "431124"},
    {"id": "a0a0a0a0a0a0a0a0a0a0a0a0a0a0a004", "name": "Both Bo", "body": "b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0",
     "login": "both", "password": "undisturbed", "roles": ["planner", "approver"], "scope": "431124"},
    {"id": "a0a0a0a0a0a0a0a0a0a0a0a0a0a0a005", "name": "Beside Qiu", "body": "e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0",
     "login": "beside", "password": "undisturbed", "roles": ["planner", "approver"], "scope": "431123"},
    {"id": "a0a0a0a0a0a0a0a0a0a0a0a0a0a0a006", "name": "City Cheng", "body": "b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0",
     "login": "city", "password": "undisturbed", "role": "planner", "scope": "4311"},
    {"id": "a0a0a0a0a0a0a0a0a0a0a0a0a0a0a007", "name": "Town Tan", "body": "b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0",
     "login": "town", "password": "undisturbed", "roles": ["approver"], "scope": "431124101"},
    {"id": "a0a0a0a0a0a0a0a0a0a0a0a0a0a0a008", "name": "Admin Ai", "body": "b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0",
     "login": "admin", "password": "undisturbed", "role": "administrator", "scope": "431124"},
    {"id": "f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2", "name": "霍刚", "body": "f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0",
     "login": "huo", "role": "inspector", "scope": "431124"},
    {"id": "f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3", "name": "Inspector Beside", "body": "b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0",
     "login": "afar", "role": "inspector", "scope": "431123"},
    {"id": "f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4", "name": "Inspector Intown", "body": "b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0",
     "login": "intown", "role": "inspector", "scope": "431124101"}
  ],
  "sites": [
    {"id": "53535353535353535353535353535353", "name": {"zh": "下村", "en": "Xiacun"}, "division": "431124101204"},
    {"id": "54545454545454545454545454545454", "name": {"zh": "镇政府", "en": "Town hall"}, "division": "431124102000"},
    {"id": "55555555555555555555555555555555", "name": {"zh": "邻村", "en": "Lincun"}, "division": "431123101201"}
  ],
  "enrol_codes": [
    {"code": "code-huo", "name": "fire phone", "persons": ["f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2f2"], "minutes": 15}
  ]
}"#;
