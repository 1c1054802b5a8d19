//! The PouchDB peer: express-pouchdb and a PouchDB that replicates with it, each in a process of its own, both in memory.

use crate::rows::note;
use serde_json::{Map, Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use wurao_device::{FormItem, Phone};
use wurao_protocol::DocumentId;
use wurao_tests::process::Process;
use wurao_tests::{Doing, Trouble};

/// Where `tests/bench/run` has installed it.
const PLACE: &str = "WURAO_PEERS";
/// The database of both.
pub(crate) const NAME: &str = "inspections";

/// A server and a phone, both running.
pub(crate) struct Pouch {
    /// Ends with this.
    _server: Process,
    phone: Process,
    pub(crate) address: SocketAddr,
}

impl Pouch {
    /// Starts both; none where it is not installed.
    pub(crate) fn start() -> Result<Option<Self>, Trouble> {
        let Some(place) = std::env::var_os(PLACE).map(PathBuf::from).filter(|place| place.join(INSTALLED).exists())
        else {
            note("PouchDB is not installed: its rows are left out");
            return Ok(None);
        };
        let server = node("server", &place)?;
        let port = answer(&server)?["port"].as_u64().and_then(|port| u16::try_from(port).ok());
        let port = port.ok_or_else(|| Trouble::new("start express-pouchdb", "no port"))?;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        Ok(Some(Self { _server: server, phone: node("phone", &place)?, address }))
    }

    /// The way to the server that is measured; what is put there past the phone goes straight.
    pub(crate) fn at(&mut self, measured: &str) -> Result<(), Trouble> {
        let past = format!("http://{}", self.address);
        self.tell(&json!({"do": "at", "measured": measured, "past": past})).map(drop)
    }

    /// Writes documents on the phone.
    pub(crate) fn put(&mut self, documents: &[Value]) -> Result<(), Trouble> {
        self.tell(&json!({"do": "put", "docs": documents})).map(drop)
    }

    /// Writes documents at the server, as a colleague's sync would have.
    pub(crate) fn put_there(&mut self, documents: &[Value]) -> Result<(), Trouble> {
        self.tell(&json!({"do": "put-there", "docs": documents})).map(drop)
    }

    /// One replication both ways: how many documents went up and came down.
    pub(crate) fn sync(&mut self) -> Result<(u64, u64), Trouble> {
        let report = self.tell(&json!({"do": "sync"}))?;
        Ok((report["pushed"].as_u64().unwrap_or(0), report["pulled"].as_u64().unwrap_or(0)))
    }

    /// Begins to push for as long as it takes, so many documents in a request.
    pub(crate) fn begin_push(&mut self, batch: u32) -> Result<(), Trouble> {
        self.phone.say(&json!({"do": "push", "batch": batch}).to_string())
    }

    /// Whether that is through.
    pub(crate) fn has_pushed(&self) -> Result<bool, Trouble> {
        self.phone.line_if_there().map_or(Ok(false), |line| read(&line).map(|_| true))
    }

    fn tell(&mut self, what: &Value) -> Result<Value, Trouble> {
        self.phone.say(&what.to_string())?;
        answer(&self.phone)
    }
}

/// What says that it is installed whole.
const INSTALLED: &str = "pouch/installed.json";

fn node(part: &str, place: &Path) -> Result<Process, Trouble> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/peers/pouch/pouch.js");
    Process::start(Path::new("node"), &[script.as_os_str(), part.as_ref(), place.as_os_str()])
}

fn answer(process: &Process) -> Result<Value, Trouble> {
    read(&process.line()?)
}

fn read(line: &str) -> Result<Value, Trouble> {
    let answer: Value = serde_json::from_str(line).doing("read what PouchDB says")?;
    match answer["ok"].as_bool() {
        Some(false) => Err(Trouble::new("ask PouchDB", answer["why"].as_str().unwrap_or_default().to_owned())),
        _ => Ok(answer),
    }
}

/// One document for each inspection, each answer with who and when, for that is what has to arrive; without what was there
/// before, and unsigned.
pub(crate) fn as_documents(phone: &Phone, visited: &[DocumentId]) -> Result<Vec<Value>, Trouble> {
    let document = |document: &DocumentId| {
        let form = phone.form(*document, "zh").doing("show a form")?;
        let mut answers = Map::new();
        form.sections.iter().for_each(|section| gather(&section.items, &mut answers));
        Ok(json!({"_id": document.to_string(), "site": form.site, "answers": answers}))
    };
    visited.iter().map(document).collect()
}

fn gather(items: &[FormItem], answers: &mut Map<String, Value>) {
    for item in items {
        match item {
            FormItem::Field(field) => {
                for held in &field.held {
                    let by = held.by.first();
                    let (who, at) = (by.map(|by| by.person.clone()), by.map(|by| by.at_ms));
                    let key = format!("{}@{}", field.question, field.instance);
                    answers.insert(key, json!({"value": held.value, "by": who, "at": at}));
                }
            }
            FormItem::Rows { rows, .. } => rows.iter().for_each(|row| gather(&row.items, answers)),
        }
    }
}
