//! What each seed begins with: a county with a team, its visits, an outsider and who decides; phones let in and their first
//! sync made. Made once and copied.

use super::chance::Clock;
use super::desk::Desk;
use super::world::World;
use crate::county::workbook;
use crate::{Doing, Trouble};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wurao_evidence::sample::{SampleSpec, camera_jpeg};
use wurao_protocol::PersonId;
use wurao_server::{App, Config};

/// 2026-09-14 09:00 at +08:00.
pub const MORNING_MS: i64 = 1_789_347_600_000;
/// Who is on the team, a phone each.
pub(super) const TEAM: usize = 3;
/// The team and one who has another visit, elsewhere.
pub(super) const ALL: usize = TEAM + 1;
/// Visits of the team; the last one is the outsider's.
pub(super) const VISITS: usize = 3;
/// The one of them that has few days.
const SHORT: usize = 2;
/// Where phones find the server.
pub const URL: &str = "http://simulated";
/// Photos there are.
pub(super) const PHOTOS: usize = 4;
/// Who decides on held work, and who lets in and shuts out.
pub(super) const DECIDES: (&str, &str) = ("boss", "simulated-boss");
pub(super) const ADMINISTERS: (&str, &str) = ("admin", "simulated-admin");

/// The folders that each world is a copy of.
pub struct Template {
    folder: tempfile::TempDir,
    /// Signed in already: hashing passwords is slow on purpose.
    pub(super) boss: Desk,
    pub(super) admin: Desk,
}

impl Template {
    /// Makes it, in memory where the system has a place for that.
    ///
    /// # Errors
    /// When a file cannot be written or the county is not taken.
    pub fn new() -> Result<Self, Trouble> {
        Self::made(&text(), World::begin)
    }

    /// Made of this county; then its phones, let in, do this.
    pub(super) fn made(county: &Value, first: fn(&mut World) -> Result<(), Trouble>) -> Result<Self, Trouble> {
        let folder = folder()?;
        server_of(folder.path(), county)?;
        for n in 0..PHOTOS {
            let spec = SampleSpec { seed: n as u64 + 1, width: 160, height: 120, ..SampleSpec::default() };
            std::fs::write(photo(folder.path(), n), camera_jpeg(&spec).doing("draw a photo")?).doing("keep a photo")?;
        }
        let mut world = World::open(folder.path(), 0)?;
        world.let_in()?;
        first(&mut world)?;
        let boss = Desk::sign_in(&world.net, DECIDES)?;
        let admin = Desk::sign_in(&world.net, ADMINISTERS)?;
        world.shut();
        Ok(Self { folder, boss, admin })
    }

    /// The server's data, phones and photos as they begin.
    pub(super) fn at(&self) -> &Path {
        self.folder.path()
    }
}

/// A server's data with the county and nobody let in, in `server` below a folder.
pub(crate) fn county_server(folder: &Path) -> Result<(), Trouble> {
    server_of(folder, &text())
}

fn server_of(folder: &Path, text: &Value) -> Result<(), Trouble> {
    let county = folder.join("county.json");
    std::fs::write(&county, text.to_string()).doing("write the county")?;
    let app = App::open(config(&folder.join("server"), Clock::at(MORNING_MS), 0)).doing("open a server")?;
    wurao_server::county::load(&app, &county).doing("load the county").map(|_| ())
}

/// A folder that no disk is waited for, where there is one.
pub fn folder() -> Result<tempfile::TempDir, Trouble> {
    let memory = Path::new("/dev/shm");
    let place = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    tempfile::Builder::new().prefix("wurao-sim-").tempdir_in(place).doing("make a folder")
}

/// What the server is started with.
pub fn config(data: &Path, clock: Clock, seed: u64) -> Config {
    let mut config = Config::new(data, std::net::SocketAddr::from(([127, 0, 0, 1], 0)));
    config.clock = Arc::new(clock);
    config.random = Arc::new(super::chance::Seeded::new(seed));
    config.readers = 1;
    // Documents are packed while people still write in them, and again and again.
    config.ripe = wurao_server::compact::Ripe { closed_ms: 0, least: 1, long: 6 };
    config
}

/// A photo's file.
pub(super) fn photo(folder: &Path, n: usize) -> PathBuf {
    folder.join(format!("photo-{n}.jpg"))
}

/// Who decides, by their id: on no team.
pub(super) fn supervisor() -> Result<PersonId, Trouble> {
    id("12", 1).parse().doing("name who decides")
}

/// Who may be given another phone, and the code for that.
pub(super) const SPARE: (usize, &str) = (1, "sim-spare");
/// Its key.
pub(super) const SPARE_KEY: [u8; 32] = [77; 32];

/// The code of each phone.
pub(crate) fn code(of: usize) -> String {
    format!("sim-{of}")
}

/// An id of the county, by its kind's first byte.
pub(super) fn id(kind: &str, n: usize) -> String {
    format!("{kind}{n:030x}")
}

pub(crate) fn text() -> Value {
    let body = || id("b0", 1);
    let team: Vec<String> = (0..TEAM).map(|n| id("11", n + 1)).collect();
    let mut people: Vec<_> = (0..ALL)
        .map(|n| {
            json!({"id": id("11", n + 1), "name": format!("Inspector {n}"), "body": body(),
                   "login": format!("i{n}"), "role": "inspector", "scope": "431124"})
        })
        .collect();
    for (n, ((login, password), role)) in
        [(DECIDES, "approver"), (ADMINISTERS, "administrator")].into_iter().enumerate()
    {
        people.push(json!({"id": id("12", n + 1), "name": format!("Office {n}"), "body": body(), "login": login,
                           "password": password, "role": role, "scope": "431124"}));
    }
    let sites: Vec<_> = (1..=VISITS)
        .map(|n| {
            json!({"id": id("51", n), "name": {"zh": format!("村{n}"), "en": format!("Village {n}")},
                   "division": "431124101203"})
        })
        .collect();
    let item = |n: usize, sites: Vec<String>, team: Vec<String>| {
        json!({"id": id("a1", n), "year": 2026, "body": body(), "purpose": {"zh": "检查", "en": "Visit"},
               "sites": sites, "checklist": "supplies", "team": team, "from": "today", "to": "today+40", "minutes": 60})
    };
    // One of the team's visits is soon over, and closed ten days later whoever has not been heard of; the others are not.
    let last = |n: usize| if n == SHORT { "today+2" } else { "today+40" };
    let permits: Vec<_> = (1..=VISITS)
        .map(|n| {
            json!({"id": id("c1", n), "plan_item": id("a1", usize::from(n == VISITS) + 1), "site": id("51", n),
                   "from": "today", "to": last(n)})
        })
        .collect();
    let mut codes: Vec<_> = (0..ALL)
        .map(|n| json!({"code": code(n), "name": format!("phone {n}"), "persons": [id("11", n + 1)], "minutes": 60}))
        .collect();
    // Good for the whole of it.
    codes.push(json!({"code": SPARE.1, "name": "spare", "persons": [id("11", SPARE.0 + 1)], "minutes": 100_000}));
    json!({
        "divisions": [{"code": "431124000000", "name": {"zh": "甲县", "en": "County"}},
                      {"code": "431124101203", "name": {"zh": "乙村", "en": "Village"}}],
        "bodies": [{"id": body(), "name": {"zh": "局", "en": "Bureau"}}],
        "people": people, "sites": sites,
        "checklists": [{"name": "supplies", "workbook": workbook()}],
        "plan": [item(1, (1..VISITS).map(|n| id("51", n)).collect(), team),
                 item(2, vec![id("51", VISITS)], vec![id("11", ALL)])],
        "permits": permits, "enrol_codes": codes
    })
}
