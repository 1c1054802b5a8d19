//! A county of many villages under one team, a server over it in this process, and the team's phones.

use crate::meter::Meter;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;
use wurao_device::{Cancel, FieldStanding, Form, FormItem, Phone, Ports, Settings, SyncOptions, SyncReport, system};
use wurao_protocol::{Digest, DocumentId};
use wurao_server::{App, Config, Server};
use wurao_tests::sim::{self, Clock, MORNING_MS, Seeded};
use wurao_tests::{Doing, Trouble, county, world};

/// The login of who supervises the county, and the password.
pub(crate) const SUPERVISOR: (&str, &str) = ("linhui", "qingshi-county");

/// A server with `visits` approved visits, and two phones of the team that makes them.
pub(crate) struct Office {
    /// Serves until this is dropped.
    _server: Server,
    pub(crate) meter: Meter,
    /// The server itself, past the meter.
    pub(crate) address: SocketAddr,
    folder: TempDir,
    /// Of an office whose bytes are to be the same each time: what stands for time there.
    clock: Option<Clock>,
}

impl Office {
    /// Loads the county and starts the server.
    pub(crate) fn open(visits: u32) -> Result<Self, Trouble> {
        let (folder, file, data) = place(&made(visits, jiff::Zoned::now().year()))?;
        let load = ["wurao-server".into(), "load".into(), "--data".into(), data.clone().into_os_string(), file.into()];
        wurao_server::run(load, &mut std::io::sink()).doing("load the county")?;
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        Self::of(Config::new(data, listen), folder, None)
    }

    /// The same with keys, ids and time that are the same in every run, so that bytes can be compared between runs. Time
    /// passes there when it is told to ([`Office::pass`]).
    pub(crate) fn seeded(visits: u32) -> Result<Self, Trouble> {
        let day = jiff::Timestamp::from_millisecond(MORNING_MS).doing("name a day")?;
        let year = day.to_zoned(jiff::tz::TimeZone::UTC).year();
        let (folder, file, data) = place(&made(visits, year))?;
        let clock = Clock::at(MORNING_MS);
        let app = App::open(sim::config(&data, clock.clone(), 1)).doing("open the server")?;
        wurao_server::county::load(&app, &file).doing("load the county")?;
        drop(app);
        Self::of(sim::config(&data, clock.clone(), 2), folder, Some(clock))
    }

    fn of(config: Config, folder: TempDir, clock: Option<Clock>) -> Result<Self, Trouble> {
        let server = Server::start(config).doing("start the server")?;
        let address = server.address();
        Ok(Self { _server: server, meter: Meter::before(address)?, address, folder, clock })
    }

    /// So much time passes in a seeded office; in another it passes by itself.
    pub(crate) fn pass(&self, ms: i64) {
        if let Some(clock) = &self.clock {
            clock.pass(ms);
        }
    }

    /// The day it is there.
    pub(crate) fn today(&self) -> jiff::civil::Date {
        let now = match &self.clock {
            Some(clock) => jiff::Timestamp::from_millisecond(wurao_server::Clock::now_ms(clock)).unwrap_or_default(),
            None => jiff::Timestamp::now(),
        };
        now.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(8))).date()
    }

    /// The folder of a phone.
    pub(crate) fn folder_of(&self, code: &str) -> PathBuf {
        self.folder.path().join(code)
    }

    /// A folder of ours beside the phones'.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A phone let in (`first`, `second`) with its work pulled.
    pub(crate) fn phone(&self, code: &str) -> Result<Phone, Trouble> {
        self.phone_by(code, &self.meter.url())
    }

    /// The same with another way to the server.
    pub(crate) fn phone_by(&self, code: &str, url: &str) -> Result<Phone, Trouble> {
        let folder = self.folder_of(code);
        let phone = match &self.clock {
            Some(clock) => seeded_phone(&folder, code, clock)?,
            None => world::open(&folder)?,
        };
        phone.enrol(url, code, code).doing("enrol")?;
        sync(&phone)?;
        Ok(phone)
    }

    /// Starts every visit on this phone.
    pub(crate) fn start_all(&self, phone: &Phone) -> Result<Vec<DocumentId>, Trouble> {
        let work = phone.work().doing("list the work")?;
        work.iter().map(|item| phone.start(item.permit).doing("start")).collect()
    }
}

fn seeded_phone(folder: &Path, code: &str, clock: &Clock) -> Result<Phone, Trouble> {
    let doing = || format!("open {}", folder.display());
    std::fs::create_dir_all(folder).doing(doing())?;
    let seed = Digest::of(&[code.as_bytes()]).0;
    std::fs::write(folder.join("device.key"), seed).doing(doing())?;
    let random = Seeded::new(u64::from(seed[0]) + 100);
    let ports = system::ports(folder).doing(doing())?;
    let ports = Ports { clock: Arc::new(clock.another()), random: Arc::new(random), ..ports };
    Phone::open(&Settings { folder: folder.to_owned() }, ports).doing(doing())
}

/// Syncs, photos too.
pub(crate) fn sync(phone: &Phone) -> Result<SyncReport, Trouble> {
    phone.sync(&SyncOptions::default(), &(), &Cancel::new()).doing("sync")
}

/// The questions outside of repeats that take a whole number and have no answer, in form order.
pub(crate) fn counts(form: &Form) -> Vec<String> {
    let items = form.sections.iter().flat_map(|section| &section.items);
    let fields = items.filter_map(|item| match item {
        FormItem::Field(field) if field.kind == "integer" && field.standing == FieldStanding::Empty => Some(field),
        _ => None,
    });
    fields.map(|field| field.question.clone()).collect()
}

/// A folder with the county's file, and where the server's data shall lie.
fn place(county: &Value) -> Result<(TempDir, PathBuf, PathBuf), Trouble> {
    let folder = tempfile::Builder::new().prefix("wurao-bench-").tempdir().doing("make a folder")?;
    let (file, data) = (folder.path().join("county.json"), folder.path().join("server"));
    std::fs::write(&file, county.to_string()).doing("write the county")?;
    Ok((folder, file, data))
}

fn made(visits: u32, year: i16) -> Value {
    let id = |prefix: &str, number: u32| format!("{prefix}{number:030x}");
    let words = |zh: &str, en: &str| json!({"zh": zh, "en": en});
    let team = [id("a0", 1), id("a0", 2)];
    let person = |at: usize, name: &str, login: &str| json!({"id": team[at], "name": name, "body": id("b0", 1), "login": login, "role": "inspector", "scope": ""});
    let supervisor = json!({"id": id("a0", 3), "name": "林慧", "body": id("b0", 1), "login": SUPERVISOR.0, "password": SUPERVISOR.1, "role": "supervisor", "scope": "470123"});
    let site = |at| {
        let (zh, en) = (format!("样村 {at}"), format!("Sample {at}"));
        json!({"id": id("c0", at), "name": words(&zh, &en), "division": "470123101201"})
    };
    let permit = |at| json!({"id": id("d0", at), "plan_item": id("e0", 1), "site": id("c0", at), "from": "today-1", "to": "today+1"});
    let division = |code: &str, name: &str| json!({"code": code, "name": words(name, name)});
    json!({
        "divisions": [
            division("470000000000", "P"), division("470100000000", "C"), division("470123000000", "X"),
            division("470123101000", "T"), division("470123101201", "V"),
        ],
        "bodies": [{"id": id("b0", 1), "name": words("应急局", "Emergency office")}],
        "people": [person(0, "王芳", "first"), person(1, "李强", "second"), supervisor],
        "sites": (1..=visits).map(site).collect::<Vec<_>>(),
        "checklists": [{"name": "supplies", "workbook": county::workbook()}],
        "plan": [{
            "id": id("e0", 1), "year": year, "body": id("b0", 1),
            "purpose": words("物资", "Supplies"), "sites": (1..=visits).map(|at| id("c0", at)).collect::<Vec<_>>(),
            "checklist": "supplies", "team": team, "from": "today-1", "to": "today+1", "minutes": 30,
        }],
        "permits": (1..=visits).map(permit).collect::<Vec<_>>(),
        "enrol_codes": [
            {"code": "first", "name": "first", "persons": [team[0]], "minutes": 600},
            {"code": "second", "name": "second", "persons": [team[1]], "minutes": 600},
        ],
    })
}
