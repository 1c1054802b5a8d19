//! A county of many villages under one team, a server over it in this process, and the team's phones.

use crate::meter::Meter;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use wurao_device::{Cancel, FieldStanding, Form, FormItem, Phone, SyncOptions, SyncReport};
use wurao_protocol::DocumentId;
use wurao_server::{Config, Server};
use wurao_tests::{Doing, Trouble, county, world};

/// A server with `visits` approved visits, and two phones of the team that makes them.
pub(crate) struct Office {
    /// Serves until this is dropped.
    _server: Server,
    pub(crate) meter: Meter,
    folder: TempDir,
}

impl Office {
    /// Loads the county and starts the server.
    pub(crate) fn open(visits: u32) -> Result<Self, Trouble> {
        let folder = tempfile::Builder::new().prefix("wurao-bench-").tempdir().doing("make a folder")?;
        let (file, data) = (folder.path().join("county.json"), folder.path().join("server"));
        std::fs::write(&file, made(visits).to_string()).doing("write the county")?;
        let load = ["wurao-server".into(), "load".into(), "--data".into(), data.clone().into_os_string(), file.into()];
        wurao_server::run(load, &mut std::io::sink()).doing("load the county")?;
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = Server::start(Config::new(data, listen)).doing("start the server")?;
        let meter = Meter::before(server.address())?;
        Ok(Self { _server: server, meter, folder })
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
        let phone = world::open(&self.folder_of(code))?;
        phone.enrol(&self.meter.url(), code, code).doing("enrol")?;
        sync(&phone)?;
        Ok(phone)
    }

    /// Starts every visit on this phone.
    pub(crate) fn start_all(&self, phone: &Phone) -> Result<Vec<DocumentId>, Trouble> {
        let work = phone.work().doing("list the work")?;
        work.iter().map(|item| phone.start(item.permit).doing("start")).collect()
    }
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

fn made(visits: u32) -> Value {
    let id = |prefix: &str, number: u32| format!("{prefix}{number:030x}");
    let words = |zh: &str, en: &str| json!({"zh": zh, "en": en});
    let team = [id("a0", 1), id("a0", 2)];
    let person = |at: usize, name: &str, login: &str| json!({"id": team[at], "name": name, "body": id("b0", 1), "login": login, "role": "inspector", "scope": ""});
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
        "people": [person(0, "王芳", "first"), person(1, "李强", "second")],
        "sites": (1..=visits).map(site).collect::<Vec<_>>(),
        "checklists": [{"name": "supplies", "workbook": county::workbook()}],
        "plan": [{
            "id": id("e0", 1), "year": jiff::Zoned::now().year(), "body": id("b0", 1),
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
