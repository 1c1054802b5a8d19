//! The county that stories play in: `tests/demo/county.json`, and what is added to it.
//!
//! Days in that file count from the day it is loaded (`today-1`), so that permits are good whenever it is; only the
//! plan's year is a number, and is set to the present one.

use crate::{Doing, Trouble};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use wurao_protocol::{PermitId, PersonId, SiteId};

/// Where the demo's data lies.
pub fn demo_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("demo")
}

/// The demo's workbook.
pub fn workbook() -> PathBuf {
    demo_folder().join("village-emergency-supplies.xlsx")
}

/// The login of the supervisor who sees the whole county, and the password.
pub const SUPERVISOR: (&str, &str) = ("linhui", "qingshi-county");
/// The login of a supervisor who sees one town only, and the password.
pub const TOWN_SUPERVISOR: (&str, &str) = ("zhaoming", "shimen-town");

/// The login of who approves in the county, and the password.
pub const APPROVER: (&str, &str) = ("shenruolan", "qingshi-approve");
/// The login of who plans for the emergency bureau, and the password.
pub const PLANNER: (&str, &str) = ("zhouning", "yingji-plan");
/// The login of who plans for the fire brigade, and the password.
pub const OTHER_PLANNER: (&str, &str) = ("sunli", "xiaofang-plan");
/// The login of who administers the county, and the password.
pub const ADMINISTRATOR: (&str, &str) = ("heqing", "qingshi-admin");
/// The login of who audits the county, and the password.
pub const AUDITOR: (&str, &str) = ("gaoyuan", "qingshi-audit");

/// A county file.
#[derive(Clone, Debug)]
pub struct County(Value);

impl County {
    /// The demo's county.
    pub fn demo() -> Result<Self, Trouble> {
        Self::demo_of(jiff::Zoned::now().year())
    }

    /// The demo's county with the plan of this year.
    pub fn demo_of(year: i16) -> Result<Self, Trouble> {
        let path = demo_folder().join("county.json");
        let text = std::fs::read_to_string(&path).doing(format!("read {}", path.display()))?;
        let mut county: Value = serde_json::from_str(&text).doing(format!("read {}", path.display()))?;
        for item in county["plan"].as_array_mut().into_iter().flatten() {
            item["year"] = json!(year);
        }
        for checklist in county["checklists"].as_array_mut().into_iter().flatten() {
            let workbook = checklist["workbook"].as_str().unwrap_or_default();
            checklist["workbook"] = json!(demo_folder().join(workbook));
        }
        Ok(Self(county))
    }

    /// The county's day now.
    pub fn today(&self) -> jiff::civil::Date {
        jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::fixed(jiff::tz::offset(8))).date()
    }

    /// Writes it where a server can load it.
    pub fn write(&self, path: &Path) -> Result<(), Trouble> {
        std::fs::write(path, self.0.to_string()).doing(format!("write {}", path.display()))
    }

    /// How many entries a list has.
    pub fn count(&self, list: &str) -> usize {
        self.0[list].as_array().map_or(0, Vec::len)
    }

    /// The person with this login.
    pub fn person(&self, login: &str) -> Result<PersonId, Trouble> {
        let found = self.entry("people", |person| person["login"] == login);
        found.and_then(|person| id(&person["id"])).doing(format!("find {login}"))
    }

    /// The permit for a village (by its English name) and a body (by the English name of its plan item's purpose).
    pub fn permit(&self, village: &str, purpose: &str) -> Result<PermitId, Trouble> {
        let doing = || format!("find the permit for {village}, {purpose}");
        let site = self.entry("sites", |site| site["name"]["en"] == village).doing(doing())?["id"].clone();
        let items: Vec<&Value> =
            self.list("plan").filter(|item| item["purpose"]["en"] == purpose).map(|item| &item["id"]).collect();
        let permit = self.entry("permits", |permit| permit["site"] == site && items.contains(&&permit["plan_item"]));
        permit.and_then(|permit| id(&permit["id"])).doing(doing())
    }

    /// The site with this English name.
    pub fn site(&self, village: &str) -> Result<SiteId, Trouble> {
        let found = self.entry("sites", |site| site["name"]["en"] == village);
        found.and_then(|site| id(&site["id"])).doing(format!("find {village}"))
    }

    /// Moves the visit to a village (see [`County::permit`]) to other days, as the file says them: `today-3`.
    pub fn move_permit(&mut self, village: &str, purpose: &str, from: &str, to: &str) -> Result<PermitId, Trouble> {
        let permit = self.permit(village, purpose)?;
        for entry in self.0["permits"].as_array_mut().into_iter().flatten() {
            if entry["id"] == permit.to_string() {
                entry["from"] = json!(from);
                entry["to"] = json!(to);
            }
        }
        Ok(permit)
    }

    /// Leaves out a village's permit, as in a backup from before it was approved; its name.
    pub fn drop_permit(&mut self, village: &str, purpose: &str) -> Result<PermitId, Trouble> {
        let permit = self.permit(village, purpose)?;
        if let Some(permits) = self.0["permits"].as_array_mut() {
            permits.retain(|entry| entry["id"] != permit.to_string());
        }
        Ok(permit)
    }

    /// What the phone of a code is called.
    pub fn phone_name(&self, code: &str) -> Result<String, Trouble> {
        let entry = self.entry("enrol_codes", |entry| entry["code"] == code).doing(format!("find the code {code}"))?;
        Ok(entry["name"].as_str().unwrap_or(code).to_owned())
    }

    /// The Chinese name of a village by its English one.
    pub fn chinese(&self, village: &str) -> String {
        let site = self.entry("sites", |site| site["name"]["en"] == village).ok();
        site.and_then(|site| site["name"]["zh"].as_str()).unwrap_or(village).to_owned()
    }

    /// Adds a one-time code for a phone of these people.
    pub fn add_code(&mut self, code: &str, name: &str, logins: &[&str]) -> Result<(), Trouble> {
        let persons = self.persons(logins)?;
        self.add("enrol_codes", json!({"code": code, "name": name, "persons": persons, "minutes": 15}));
        Ok(())
    }

    /// Adds visits for a team, each a site and a permit; all under a plan item like the demo's first. Their permits.
    pub fn add_visits(&mut self, logins: &[&str], count: u32) -> Result<Vec<PermitId>, Trouble> {
        let team = self.persons(logins)?;
        let mut item = self.0["plan"][0].clone();
        item["id"] = json!(made("f1", 0));
        item["team"] = json!(team);
        item["sites"] = (1..=count).map(|at| json!(made("f2", at))).collect();
        self.add("plan", item);
        let mut permits = Vec::new();
        for at in 1..=count {
            let name = json!({"zh": format!("样村 {at}"), "en": format!("Sample Village {at}")});
            self.add("sites", json!({"id": made("f2", at), "name": name, "division": "470123101299"}));
            let permit = made("f3", at);
            self.add(
                "permits",
                json!({"id": permit, "plan_item": made("f1", 0), "site": made("f2", at), "from": "today-1", "to": "today+1"}),
            );
            permits.push(permit.parse().doing("make a permit's id")?);
        }
        Ok(permits)
    }

    fn persons(&self, logins: &[&str]) -> Result<Vec<String>, Trouble> {
        logins.iter().map(|login| Ok(self.person(login)?.to_string())).collect()
    }

    fn add(&mut self, list: &str, entry: Value) {
        if let Some(entries) = self.0[list].as_array_mut() {
            entries.push(entry);
        }
    }

    fn list(&self, list: &str) -> impl Iterator<Item = &Value> {
        self.0[list].as_array().into_iter().flatten()
    }

    fn entry(&self, list: &str, is_it: impl Fn(&Value) -> bool) -> Result<&Value, String> {
        self.list(list).find(|entry| is_it(entry)).ok_or_else(|| format!("no such entry in {list}"))
    }
}

fn made(prefix: &str, number: u32) -> String {
    format!("{prefix}{number:030x}")
}

fn id<T: std::str::FromStr<Err: std::fmt::Display>>(value: &Value) -> Result<T, String> {
    value.as_str().unwrap_or_default().parse().map_err(|error: T::Err| error.to_string())
}
