//! Requests of every version of the protocol, made once and kept: a server of today takes what phones of then send, over
//! data that a server of then has left, and tells them the same.
//!
//! `tests/golden/replay` has a server's keys and its database as text, and after each other what phones with fixed keys
//! sent to it (`*.hex`) with what became of it in words (`*.txt`). Where there is no such folder `WURAO_BLESS=1` makes it;
//! what is in it never changes. A new version of the protocol adds its own.

use crate::support::{LI, MORNING_MS, Phone, Push, WANG, World, ZHAO};
use rusqlite::Connection;
use rusqlite::types::Value;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use wurao_protocol::cbor::{self, Bytes};
use wurao_protocol::enrol::{EnrolAnswer, EnrolRequest};
use wurao_protocol::envelope::{open, seal};
use wurao_protocol::frame::Frame;
use wurao_protocol::key::Signer;
use wurao_protocol::sync::parts::{self, Part};
use wurao_protocol::sync::{Feed, IN_PARTS, Request, Status};
use wurao_protocol::{Digest, VERSION};
use wurao_record::change_hash;

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/replay")
}

/// The steps in their order: the path that each is sent to, and the name of its files.
fn steps() -> Vec<(String, PathBuf)> {
    let mut files: Vec<PathBuf> = fs::read_dir(golden()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|end| end == "hex"));
    files.sort();
    let path = |file: &Path| {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        if name.contains("enrol") { "/v1/enrol" } else { "/v1/sync" }.to_owned()
    };
    files.into_iter().map(|file| (path(&file), file)).collect()
}

fn bytes_of(file: &Path) -> Vec<u8> {
    hex::decode(fs::read_to_string(file).unwrap().split_whitespace().collect::<String>()).unwrap()
}

/// A server over the data of then, at the hour of then.
fn server_of_then() -> World {
    let folder = tempfile::tempdir().unwrap();
    let (data, keys) = (folder.path().join("data"), folder.path().join("data/keys"));
    fs::create_dir_all(&keys).unwrap();
    for entry in fs::read_dir(golden().join("keys")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), keys.join(entry.file_name())).unwrap();
    }
    let db = Connection::open(data.join("wurao.sqlite")).unwrap();
    db.execute_batch(&fs::read_to_string(golden().join("data.sql")).unwrap()).unwrap();
    drop(db);
    World::over(folder, MORNING_MS)
}

fn post(world: &World, path: &str, body: Vec<u8>) -> (u16, Vec<u8>) {
    let answer = reqwest::blocking::Client::new().post(world.url(path)).body(body).send().unwrap();
    (answer.status().as_u16(), answer.bytes().unwrap().to_vec())
}

/// An answer in words: all that decides what a phone does next, and nothing that may differ between two servers.
fn told(path: &str, (status, body): &(u16, Vec<u8>)) -> String {
    let mut text = format!("status {status}\n");
    if *status != 200 {
        writeln!(text, "{}", String::from_utf8_lossy(body)).unwrap();
        return text;
    }
    if path == "/v1/enrol" {
        let answer: EnrolAnswer = cbor::decode(body).unwrap();
        let device = open(&answer.device.0).unwrap();
        writeln!(text, "server {} signs {}", answer.server, device.kind.name()).unwrap();
        return text;
    }
    for part in parts::all(body).unwrap() {
        match part {
            Part::Begin(begin) => writeln!(text, "begin at {} kept {:?}", begin.server_ms, begin.kept),
            Part::Taken(taken) => {
                writeln!(text, "records {}", list(taken.records.iter().map(status_of))).unwrap();
                for (document, each) in taken.documents.iter().zip(taken.each.iter().map(Some).chain([None].repeat(99)))
                {
                    let status = status_of(&document.status);
                    let heads = list(document.heads.iter().map(Digest::to_string));
                    let each = list(each.into_iter().flatten().map(status_of));
                    writeln!(text, "document {status} stopped {:?} heads {heads} each {each}", document.stopped)
                        .unwrap();
                }
                Ok(())
            }
            Part::News(news) => writeln!(text, "{}", fed(&news.feed)),
            Part::End(end) => {
                let uploads = end.uploads.iter().map(|upload| format!("{} {:?}", upload.sha256, upload.has));
                writeln!(text, "end more {} uploads {} more {}", end.more, list(uploads), end.more_uploads)
            }
            Part::Fault(problem) => writeln!(text, "fault {problem}"),
        }
        .unwrap();
    }
    text
}

fn status_of(status: &Status) -> String {
    let problem = status.problem.map(|problem| format!(" {problem}")).unwrap_or_default();
    let detail = status.detail.as_ref().map(|detail| format!(" ({detail})")).unwrap_or_default();
    format!("{:?}{problem}{detail}", status.outcome)
}

fn fed(feed: &Feed) -> String {
    let kinds = feed.records.iter().map(|record| open(&record.0).unwrap().kind.name().to_owned());
    let changes = feed.documents.iter().flat_map(|entry| &entry.changes);
    let names = changes.map(|change| Digest(change_hash(&change.0).unwrap()).to_string());
    format!("news {} changes {} proof {}", list(kinds), list(names), feed.proof.is_some())
}

fn list(items: impl IntoIterator<Item = String>) -> String {
    format!("[{}]", items.into_iter().collect::<Vec<_>>().join(", "))
}

#[test]
fn requests_of_every_version_are_taken_as_they_were() {
    if !golden().exists() && std::env::var_os("WURAO_BLESS").is_some() {
        bless();
    }
    let world = server_of_then();
    let (mut versions, mut seen) = ([0; IN_PARTS as usize + 1], 0);
    for (path, file) in steps() {
        let body = bytes_of(&file);
        if path == "/v1/sync" {
            versions[usize::from(body[0])] += 1;
        }
        let answer = post(&world, &path, body);
        let due = fs::read_to_string(file.with_extension("txt")).unwrap();
        assert_eq!(told(&path, &answer), due, "{}", file.display());
        seen += 1;
    }
    assert!(seen > 10);
    for version in VERSION..=IN_PARTS {
        assert!(versions[usize::from(version)] > 3, "no requests of version {version} are kept");
    }
    let verified = world.command(&["audit", "verify", "--data", "DATA"]);
    assert!(verified.is_ok(), "{verified:?}");
}

/// A request of a version that was never there.
#[test]
fn a_request_of_no_version_is_refused_as_that() {
    let world = server_of_then();
    let (_, file) = steps().into_iter().find(|(path, _)| path == "/v1/sync").unwrap();
    let mut body = bytes_of(&file);
    body[0] = IN_PARTS + 1;
    assert_eq!(post(&world, "/v1/sync", body), (400, b"unknown-version".to_vec()));
}

/// Makes all of it.
fn bless() {
    let mut world = World::new();
    let let_in = [(1, LI, "code-li"), (2, WANG, "code-wang")].map(|(seed, person, code)| {
        let mut phone = Phone::new(seed, person);
        phone.enrol(&world, code);
        phone
    });
    let [mut li, mut wang] = let_in;
    world.stop();
    let (data, kept) = (world.folder.path().join("data"), golden());
    fs::create_dir_all(kept.join("keys")).unwrap();
    for entry in fs::read_dir(data.join("keys")).unwrap() {
        let entry = entry.unwrap();
        if entry.path().extension().is_some_and(|end| end == "key") {
            fs::copy(entry.path(), kept.join("keys").join(entry.file_name())).unwrap();
        }
    }
    fs::write(kept.join("data.sql"), dump(&Connection::open(data.join("wurao.sqlite")).unwrap())).unwrap();
    world.start();

    let mut made = Made { world: &world, count: 0 };
    let zhao = Phone::new(3, ZHAO);
    let key = zhao.key.public().to_bytes();
    let enrol = EnrolRequest { code: "code-zhao".to_owned(), key, name: "phone 3".to_owned() };
    made.step("enrol", "/v1/enrol", seal(&zhao.key, &enrol).unwrap());

    // Version 1: all frames are one.
    made.sync(&mut li, "pull", 1, &[Push::default()]);
    let session = li.session();
    let first = li.answer("water", 12);
    let mut push = li.covered(&[&first]);
    push.records.insert(0, session);
    let again = made.sync(&mut li, "push", 1, &[push]);
    let (second, third) = (li.answer("water", 13), li.answer("remark", 2));
    // One signature over both, in the first of them.
    let entries = [li.entry(&[&first, &second]), li.entry(&[&third])];
    let records = vec![li.heads(&entries)];
    let [one, two] = entries;
    let one = Push { records, documents: vec![one] };
    made.sync(&mut li, "two-frames-and-one-known", 1, &[one, Push { records: vec![], documents: vec![two] }]);
    let entry = crate::uploads::entry(&li, &crate::uploads::Photo::new(), 1, None);
    made.sync(&mut li, "photo", 1, &[Push { records: vec![entry], documents: vec![] }]);
    let opened = li.actor;
    li.actor = [0xee; 16];
    let mut aside = li.ledger.clone();
    std::mem::swap(&mut li.ledger, &mut aside);
    let strange = li.answer("remark", 9);
    let push = li.covered(&[&strange]);
    made.sync(&mut li, "no-session", 1, &[push]);
    (li.actor, li.ledger) = (opened, aside);
    made.step("v1-replayed", "/v1/sync", again);

    // Version 2: each frame for itself, the answer in parts.
    made.sync(&mut wang, "pull", 2, &[Push::default()]);
    let session = wang.session();
    let (first, second) = (wang.answer("water", 20), wang.answer("remark", 3));
    let mut pushes = [wang.covered(&[&first]), wang.covered(&[&second])];
    pushes[0].records.insert(0, session);
    made.sync(&mut wang, "two-frames", 2, &pushes);
    let known = wang.covered(&[&first, &second]);
    made.sync(&mut wang, "known", 2, &[known]);
    // Li's work, of which the server hears by Wang.
    let passed = li.answer("water", 14);
    let frame = crate::relay::handed(&li, Vec::new(), &[&passed]);
    made.frames(&mut wang, "passed-on", 2, vec![frame]);
    let leave = wang.leave();
    made.sync(&mut wang, "leave", 2, &[Push { records: vec![leave], documents: vec![] }]);
    let late = wang.answer("remark", 4);
    let push = wang.covered(&[&second, &late]);
    made.sync(&mut wang, "late", 2, &[push]);
    let whole = wang.body_of(vec![vec![1, 2, 3]]);
    made.step("v2-no-frame", "/v1/sync", Request::from_body(&whole).unwrap().to_body_in_parts());
    made.sync(&mut li, "pull-again", 1, &[Push::default()]);
}

/// The steps as they are made.
struct Made<'a> {
    world: &'a World,
    count: u32,
}

impl Made<'_> {
    /// Sends a request, keeps it and its answer; what was answered.
    fn step(&mut self, name: &str, path: &str, body: Vec<u8>) -> (u16, Vec<u8>) {
        self.count += 1;
        let stem = golden().join(format!("{:02}-{name}", self.count));
        let text: Vec<String> = body.chunks(60).map(hex::encode).collect();
        fs::write(stem.with_extension("hex"), text.join("\n") + "\n").unwrap();
        let answer = post(self.world, path, body);
        fs::write(stem.with_extension("txt"), told(path, &answer)).unwrap();
        answer
    }

    /// A request of these frames in this version; its body. The phone takes in what it is told.
    fn sync(&mut self, phone: &mut Phone, name: &str, version: u8, pushes: &[Push]) -> Vec<u8> {
        let frame = |push: &Push| Frame {
            records: push.records.iter().cloned().map(Bytes).collect(),
            documents: push.documents.clone(),
            proofs: None,
        };
        let frames = pushes.iter().map(frame).filter(|frame| *frame != Frame::default());
        self.frames(phone, name, version, frames.collect())
    }

    fn frames(&mut self, phone: &mut Phone, name: &str, version: u8, frames: Vec<Frame>) -> Vec<u8> {
        let body = phone.body_of(frames.iter().map(|frame| frame.pack().unwrap()).collect());
        let body = if version == 1 { body } else { Request::from_body(&body).unwrap().to_body_in_parts() };
        let (status, answer) = self.step(&format!("v{version}-{name}"), "/v1/sync", body.clone());
        assert_eq!(status, 200);
        phone.hear(&answer);
        body
    }
}

/// A database as the text that makes it again.
fn dump(db: &Connection) -> String {
    let mut text = String::new();
    let listed = |kind: &str| -> Vec<(String, String)> {
        let sql = "SELECT name, sql FROM sqlite_master WHERE type = ?1 AND sql IS NOT NULL ORDER BY name";
        let mut statement = db.prepare(sql).unwrap();
        let rows = statement.query_map([kind], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    };
    for (table, sql) in listed("table") {
        writeln!(text, "{sql};").unwrap();
        let mut statement = db.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let values = (0..columns).map(|at| quoted(row.get::<_, Value>(at).unwrap()));
            writeln!(text, "INSERT INTO {table} VALUES ({});", values.collect::<Vec<_>>().join(", ")).unwrap();
        }
    }
    for (_, sql) in listed("index") {
        writeln!(text, "{sql};").unwrap();
    }
    text
}

fn quoted(value: Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => format!("'{}'", text.replace('\'', "''")),
        Value::Blob(bytes) => format!("x'{}'", hex::encode(bytes)),
    }
}
