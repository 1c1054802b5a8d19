//! A county with one visit, a server over it, and a tiny phone made of the shared crates alone.
#![allow(dead_code, unused_imports, unreachable_pub, missing_docs, reason = "each test uses a part of it")]

mod phone;

pub use phone::{Phone, Push, STAMP};

use rust_xlsxwriter::Workbook;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use wurao_protocol::PersonId;
use wurao_server::{Clock, Config, Server, county};

/// 2026-09-14 09:00 at +08:00.
pub const MORNING_MS: i64 = 1_789_347_600_000;
pub const DAY_MS: i64 = 24 * 3600 * 1000;

pub const LI: PersonId = PersonId([0x11; 16]);
pub const WANG: PersonId = PersonId([0x12; 16]);
pub const ZHAO: PersonId = PersonId([0x13; 16]);

/// A clock that stands still until it is moved.
pub struct HandClock(AtomicI64);

impl Clock for HandClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

impl HandClock {
    pub fn set(&self, now_ms: i64) {
        self.0.store(now_ms, Ordering::SeqCst);
    }
}

/// A folder, a clock, and the server that runs over them.
pub struct World {
    pub folder: tempfile::TempDir,
    pub clock: Arc<HandClock>,
    server: Option<Server>,
}

impl World {
    pub fn new() -> Self {
        Self::at(MORNING_MS)
    }

    /// At another time, such as that of the commands, which go by the system's clock.
    pub fn at(now_ms: i64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(HandClock(AtomicI64::new(now_ms)));
        write_county(folder.path());
        let mut world = Self { folder, clock, server: None };
        world.start();
        let loaded = county::load(world.server().app(), &world.folder.path().join("county.json")).unwrap();
        assert!(loaded.added > 0);
        world
    }

    /// A server over what lies in this folder.
    pub fn over(folder: tempfile::TempDir, now_ms: i64) -> Self {
        let clock = Arc::new(HandClock(AtomicI64::new(now_ms)));
        let mut world = Self { folder, clock, server: None };
        world.start();
        world
    }

    /// A server over an empty folder.
    pub fn empty() -> Self {
        let clock = Arc::new(HandClock(AtomicI64::new(MORNING_MS)));
        let mut world = Self { folder: tempfile::tempdir().unwrap(), clock, server: None };
        world.start();
        world
    }

    pub fn start(&mut self) {
        self.start_with(|_| {});
    }

    /// Starts with something set otherwise.
    pub fn start_with(&mut self, set: impl FnOnce(&mut Config)) {
        let mut config = Config::new(self.folder.path().join("data"), SocketAddr::from(([127, 0, 0, 1], 0)));
        config.clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        set(&mut config);
        self.server = Some(Server::start(config).unwrap());
    }

    pub fn stop(&mut self) {
        self.server.take().unwrap().shutdown();
    }

    pub fn server(&self) -> &Server {
        self.server.as_ref().unwrap()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.server().address())
    }

    pub fn pass_days(&self, days: i64) {
        self.clock.0.fetch_add(days * DAY_MS, Ordering::SeqCst);
    }

    /// Writes as the server itself would.
    pub fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&wurao_server::store::Tx<'_>, &wurao_server::Keys, i64) -> Result<T, wurao_server::Error>
        + Send
        + 'static,
    ) -> T {
        let app = self.server().app();
        let (keys, now) = (Arc::clone(app.keys()), app.now_ms());
        app.store().write_blocking(move |tx| job(tx, &keys, now)).unwrap()
    }

    /// Runs a command line over the data folder, given as the word `DATA`; what it printed.
    pub fn command(&self, words: &[&str]) -> Result<String, wurao_server::Error> {
        let data = self.folder.path().join("data");
        let words = words.iter().map(|word| if *word == "DATA" { data.clone().into() } else { (*word).into() });
        let mut out = Vec::new();
        wurao_server::run(std::iter::once("wurao-server".into()).chain(words), &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    /// How many entries of the audit log tell of this.
    #[allow(dead_code, reason = "not every test program asks")]
    pub fn entries(&self, event: &str, detail: &str) -> usize {
        let listed = self.command(&["audit", "list", "--data", "DATA", "--count", "100000"]).unwrap();
        let of_it = |line: &&str| line.contains(event) && line.ends_with(detail);
        listed.lines().filter(of_it).count()
    }

    /// Somebody signed in on the page.
    pub fn page_of(&self, login: &str) -> reqwest::blocking::Client {
        let redirect = reqwest::redirect::Policy::none();
        let client = reqwest::blocking::Client::builder().redirect(redirect).cookie_store(true).build().unwrap();
        let form = [("name", login), ("password", "undisturbed"), ("next", "/")];
        assert_eq!(client.post(self.url("/login")).form(&form).send().unwrap().status(), 303);
        client
    }

    pub fn pass_minutes(&self, minutes: i64) {
        self.clock.0.fetch_add(minutes * 60_000, Ordering::SeqCst);
    }

    /// The phones of Li, Wang and Zhao (who is on no team), let in.
    pub fn phones(&self) -> [Phone; 3] {
        [("code-li", 1, LI), ("code-wang", 2, WANG), ("code-zhao", 3, ZHAO)].map(|(code, seed, person)| {
            let mut phone = Phone::new(seed, person);
            phone.enrol(self, code);
            phone
        })
    }
}

fn write_county(folder: &Path) {
    let mut workbook = Workbook::new();
    let survey = workbook.add_worksheet().set_name("survey").unwrap();
    let rows = [
        ["type", "name", "label::English (en)", "label::中文 (zh)"],
        ["integer", "water", "Bottles of water", "瓶装水"],
        ["text", "remark", "Remark", "备注"],
    ];
    for (row, cells) in (0..).zip(rows) {
        for (column, text) in (0..).zip(cells) {
            survey.write_string(row, column, text).unwrap();
        }
    }
    let settings = workbook.add_worksheet().set_name("settings").unwrap();
    for (column, (name, value)) in (0..).zip([("form_title", "Supplies"), ("form_id", "supplies"), ("version", "1")]) {
        settings.write_string(0, column, name).unwrap();
        settings.write_string(1, column, value).unwrap();
    }
    workbook.save(folder.join("supplies.xlsx")).unwrap();
    std::fs::write(folder.join("county.json"), COUNTY).unwrap();
}

/// Li and Wang visit; Zhao does not. The supervisor sees the county, another one only the county beside it.
pub const COUNTY: &str = r#"{
  "divisions": [
    {"code": "431124000000", "name": {"zh": "道县", "en": "Dao County"}},
    {"code": "431124101000", "name": {"zh": "梅花镇", "en": "Meihua Town"}}
  ],
  "bodies": [{"id": "b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0", "name": {"zh": "应急管理局", "en": "Emergency Bureau"}}],
  "people": [
    {"id": "11111111111111111111111111111111", "name": "李明", "body": "b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0",
     "login": "li", "role": "inspector", "scope": "431124"},
    {"id": "12121212121212121212121212121212", "name": "王芳", "body": "b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0",
     "login": "wang", "role": "inspector", "scope": "431124"},
    {"id": "13131313131313131313131313131313", "name": "赵强", "body": "b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0",
     "login": "zhao", "role": "inspector", "scope": "431124"},
    {"id": "14141414141414141414141414141414", "name": "陈静", "body": "b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0",
     "login": "chen", "password": "undisturbed", "role": "supervisor", "scope": "431124"},
    {"id": "15151515151515151515151515151515", "name": "周平", "body": "b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0",
     "login": "zhou", "password": "undisturbed", "role": "supervisor", "scope": "431123"},
    {"id": "16161616161616161616161616161616", "name": "高远", "body": "b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0",
     "login": "gao", "password": "undisturbed", "role": "approver", "scope": "431124"}
  ],
  "sites": [{"id": "51515151515151515151515151515151", "name": {"zh": "上村", "en": "Shangcun"},
             "division": "431124101203"}],
  "checklists": [{"name": "supplies", "workbook": "supplies.xlsx"}],
  "plan": [{"id": "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", "year": 2026, "body": "b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0",
            "purpose": {"zh": "应急物资检查", "en": "Emergency supplies"}, "sites": ["51515151515151515151515151515151"],
            "checklist": "supplies", "team": ["11111111111111111111111111111111", "12121212121212121212121212121212"],
            "from": "today", "to": "today+2", "minutes": 90}],
  "permits": [{"id": "c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1", "plan_item": "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
               "site": "51515151515151515151515151515151", "from": "today", "to": "today+2"}],
  "enrol_codes": [
    {"code": "code-li", "name": "phone 1", "persons": ["11111111111111111111111111111111"], "minutes": 15},
    {"code": "code-wang", "name": "phone 2", "persons": ["12121212121212121212121212121212"], "minutes": 15},
    {"code": "code-zhao", "name": "phone 3", "persons": ["13131313131313131313131313131313"], "minutes": 15},
    {"code": "code-spare", "name": "phone 4", "persons": ["11111111111111111111111111111111"], "minutes": 15}
  ]
}"#;
