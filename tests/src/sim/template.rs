//! What each seed begins with: a county of one team and two visits, and its phones let in. Made once and copied.

use super::chance::{Clock, Seeded};
use crate::county::workbook;
use crate::{Doing, Trouble};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wurao_protocol::PersonId;
use wurao_server::{App, Config};

/// 2026-09-14 09:00 at +08:00.
pub(super) const MORNING_MS: i64 = 1_789_347_600_000;

/// Who is on the team, a phone each.
pub(super) const TEAM: usize = 3;

/// Where phones find the server.
pub(super) const URL: &str = "http://simulated";

/// The folders that each world is a copy of.
pub struct Template {
    folder: tempfile::TempDir,
}

impl Template {
    /// Makes it, in memory where the system has a place for that.
    ///
    /// # Errors
    /// When a file cannot be written or the county is not taken.
    pub fn new() -> Result<Self, Trouble> {
        let folder = folder()?;
        let county = folder.path().join("county.json");
        std::fs::write(&county, text().to_string()).doing("write the county")?;
        let app = App::open(config(&folder.path().join("server"), Clock::at(MORNING_MS), 0)).doing("open a server")?;
        wurao_server::county::load(&app, &county).doing("load the county")?;
        drop(app);
        Ok(Self { folder })
    }

    /// The server's data as they begin.
    pub(super) fn server(&self) -> PathBuf {
        self.folder.path().join("server")
    }
}

/// A folder that no disk is waited for, where there is one.
pub(super) fn folder() -> Result<tempfile::TempDir, Trouble> {
    let memory = Path::new("/dev/shm");
    let place = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    tempfile::Builder::new().prefix("wurao-sim-").tempdir_in(place).doing("make a folder")
}

/// What the server is started with.
pub(super) fn config(data: &Path, clock: Clock, seed: u64) -> Config {
    let mut config = Config::new(data, std::net::SocketAddr::from(([127, 0, 0, 1], 0)));
    config.clock = Arc::new(clock);
    config.random = Arc::new(Seeded::new(seed));
    config.readers = 1;
    config
}

/// Who is at the page, on no team.
pub(super) fn supervisor() -> Result<PersonId, Trouble> {
    format!("12{:030x}", 1).parse().doing("name the supervisor")
}

/// The login and the code of each of the team.
pub(super) fn code(of: usize) -> String {
    format!("sim-{of}")
}

fn text() -> serde_json::Value {
    let id = |kind: &str, n: usize| format!("{kind}{n:030x}");
    let team: Vec<String> = (0..TEAM).map(|n| id("11", n + 1)).collect();
    let mut people: Vec<_> = (0..TEAM)
        .map(|n| {
            json!({"id": team[n], "name": format!("Inspector {n}"), "body": id("b0", 1),
                        "login": format!("i{n}"), "role": "inspector", "scope": "431124"})
        })
        .collect();
    people
        .push(json!({"id": id("12", 1), "name": "Supervisor", "body": id("b0", 1), "login": "s", "role": "supervisor",
                       "scope": "431124"}));
    let sites: Vec<_> = (1..=2)
        .map(|n| {
            json!({"id": id("51", n), "name": {"zh": format!("村{n}"), "en": format!("Village {n}")},
                        "division": "431124101203"})
        })
        .collect();
    let permits: Vec<_> = (1..=2)
        .map(|n| json!({"id": id("c1", n), "plan_item": id("a1", 1), "site": id("51", n), "from": "today", "to": "today+30"}))
        .collect();
    let codes: Vec<_> = (0..TEAM)
        .map(|n| json!({"code": code(n), "name": format!("phone {n}"), "persons": [team[n]], "minutes": 60}))
        .collect();
    json!({
        "divisions": [{"code": "431124000000", "name": {"zh": "甲县", "en": "County"}},
                      {"code": "431124101203", "name": {"zh": "乙村", "en": "Village"}}],
        "bodies": [{"id": id("b0", 1), "name": {"zh": "局", "en": "Bureau"}}],
        "people": people, "sites": sites,
        "checklists": [{"name": "supplies", "workbook": workbook()}],
        "plan": [{"id": id("a1", 1), "year": 2026, "body": id("b0", 1), "purpose": {"zh": "检查", "en": "Visit"},
                  "sites": [id("51", 1), id("51", 2)], "checklist": "supplies", "team": team,
                  "from": "today", "to": "today+30", "minutes": 60}],
        "permits": permits, "enrol_codes": codes
    })
}
