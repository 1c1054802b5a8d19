//! A second county in the same server, in which every word for people carries a token that no other county has.

use crate::support::{MORNING_MS, Phone, Push, World};
use reqwest::blocking::{Client, Response};
use reqwest::redirect::Policy;
use rusqlite::params;
use rust_xlsxwriter::Workbook;
use serde_json::Value;
use wurao_protocol::record::{Blob, Capture, EvidenceEntry, Image, Stamp};
use wurao_protocol::{Digest, DocumentId, PersonId};
use wurao_record::{ActorId, Admitted, Map, Put, Scalar, build};
use wurao_server::county;

pub(crate) const SUN: PersonId = PersonId([0x21; 16]);
pub(crate) const QIAN: PersonId = PersonId([0x22; 16]);

/// What a hostile author or inspector would write.
pub(crate) const HOSTILE: &str = "canary<script>alert(1)</script>\"'><img src=x onerror=alert(2)>";

/// Two counties in one server: Li and Wang's, and the canaries'.
pub(crate) struct Two {
    pub(crate) world: World,
    pub(crate) sun: Phone,
    pub(crate) qian: Phone,
}

impl Two {
    pub(crate) fn new() -> Self {
        let world = World::new();
        write_workbook(&world);
        let file = world.folder.path().join("canary.json");
        std::fs::write(&file, COUNTY.replace("HOSTILE", &HOSTILE.replace('"', "\\\""))).unwrap();
        county::load(world.server().app(), &file).unwrap();
        let mut sun = Phone::new(21, SUN);
        let mut qian = Phone::new(22, QIAN);
        for (phone, code) in [(&mut sun, "code-sun"), (&mut qian, "code-qian")] {
            phone.enrol(&world, code);
            phone.sync(&world, &Push::default());
        }
        Self { world, sun, qian }
    }

    pub(crate) fn document(&self) -> DocumentId {
        self.sun.document()
    }

    /// Signed in as somebody, in English.
    pub(crate) fn reader(&self, login: &str) -> Reader {
        let reader = Reader::stranger(&self.world);
        let form = [("name", login), ("password", "undisturbed")];
        let answer = reader.client.post(self.world.url("/login")).form(&form).send().unwrap();
        assert_eq!(answer.status(), 303, "{login}");
        reader
    }

    /// The file of a photo has arrived, as after its upload.
    pub(crate) fn arrive(&self, bytes: &[u8]) {
        let app = self.world.server().app();
        let blob = blob(bytes);
        let path = app.files().blob(&blob.sha256);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
        let row = (blob.sha256.0, blob.bytes as i64);
        let sql = "INSERT INTO blob (sha256, bytes, arrived_ms) VALUES (?1, ?2, ?3)";
        app.store().write_blocking(move |tx| Ok(tx.execute(sql, params![row.0, row.1, MORNING_MS])?)).unwrap();
    }
}

/// Somebody at the page.
pub(crate) struct Reader {
    client: Client,
    base: String,
}

impl Reader {
    pub(crate) fn stranger(world: &World) -> Self {
        let client = Client::builder().redirect(Policy::none()).cookie_store(true).build().unwrap();
        Self { client, base: world.url("") }
    }

    pub(crate) fn get(&self, path: &str) -> Response {
        self.client.get(format!("{}{path}", self.base)).header("accept-language", "en").send().unwrap()
    }

    pub(crate) fn page(&self, path: &str) -> String {
        let answer = self.get(path);
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().unwrap()
    }

    pub(crate) fn inspection(&self, document: DocumentId) -> String {
        self.page(&format!("/inspections/{document}"))
    }

    pub(crate) fn export(&self, document: DocumentId) -> Value {
        serde_json::from_str(&self.page(&format!("/inspections/{document}/export.json"))).unwrap()
    }
}

/// An answer given in words.
pub(crate) fn say(phone: &mut Phone, key: &str, words: &str) -> Admitted {
    phone.put(Put::new(Map::Answers, key, Scalar::Text(words.to_owned())))
}

/// Several puts in one change.
pub(crate) fn put_all(phone: &mut Phone, puts: &[Put]) -> Admitted {
    let actor = ActorId(phone.session_body().actor);
    let change = build(&phone.genesis(), &phone.ledger, &actor, MORNING_MS, puts).unwrap();
    phone.ledger.apply(change.clone());
    change
}

/// Opens a session and pushes it.
pub(crate) fn begin(phone: &mut Phone, world: &World) {
    let session = phone.session();
    phone.sync(world, &Push { records: vec![session], documents: Vec::new() });
}

/// Pushes changes under the phone's signature.
pub(crate) fn push(phone: &mut Phone, world: &World, changes: &[&Admitted]) {
    let push = phone.covered(changes);
    phone.sync(world, &push);
}

pub(crate) fn blob(bytes: &[u8]) -> Blob {
    Blob { sha256: Digest::of(&[bytes]), bytes: bytes.len() as u64 }
}

/// The entry of a photo whose thumbnail and rendition are these bytes.
pub(crate) fn photo(phone: &Phone, question: &str, thumbnail: &[u8], rendition: &[u8]) -> Vec<u8> {
    let session = phone.session_body();
    phone.seal(&EvidenceEntry {
        document: phone.document(),
        question: question.to_owned(),
        instance: "-".to_owned(),
        original: blob(b"canary original"),
        media_type: "image/jpeg".to_owned(),
        rendition: Image { blob: blob(rendition), width: 2016, height: 1512 },
        thumbnail: Image { blob: blob(thumbnail), width: 320, height: 240 },
        pipeline: "test".to_owned(),
        perceptual: 0,
        capture: Capture {
            attached: Stamp { wall_ms: MORNING_MS, mono_ms: 0, server_ms: None },
            camera_time: None,
            position: None,
            orientation: 1,
            camera: None,
        },
        person: phone.person,
        actor: session.actor,
        sequence: 1,
        previous: None,
    })
}

fn write_workbook(world: &World) {
    let mut workbook = Workbook::new();
    let survey: [&[&str]; 11] = [
        &[
            "type",
            "name",
            "label::English (en)",
            "label::中文 (zh)",
            "relevant",
            "calculation",
            "fail",
            "on_fail",
            "required",
        ],
        &["begin_group", "power", "canary Power", "canary 电力"],
        &["select_one works", "generator", HOSTILE, "canary 发电机", "", "", "", "note", "yes"],
        &["integer", "fuel", "canary Fuel", "canary 燃油", "${generator} = 'yes'", "", ". < 50"],
        &["calculate", "days", "canary Days it lasts", "canary 可用天数", "", "${fuel} div 2"],
        &["date", "tried", "canary Last tried", "canary 上次试机", "", "", "int(today()) - int(.) > 30"],
        &["end_group"],
        &["begin_repeat", "lot", "canary Lot", "canary 批次"],
        &["text", "item", "canary Item", "canary 物品"],
        &["end_repeat"],
        &["text", "remark", "canary Remark", "canary 备注"],
    ];
    let choices: [&[&str]; 3] = [
        &["list_name", "name", "label::English (en)", "label::中文 (zh)", "fail"],
        &["works", "yes", "canary Runs", "canary 正常", ""],
        &["works", "no", "canary Does not run", "canary 不正常", "yes"],
    ];
    let settings: [&[&str]; 2] = [&["form_title", "form_id", "version"], &["canary Checks", "canary", "1"]];
    for (name, rows) in [("survey", &survey[..]), ("choices", &choices[..]), ("settings", &settings[..])] {
        let sheet = workbook.add_worksheet().set_name(name).unwrap();
        for (row, cells) in (0..).zip(rows) {
            for (column, text) in (0..).zip(*cells).filter(|(_, text)| !text.is_empty()) {
                sheet.write_string(row, column, *text).unwrap();
            }
        }
    }
    workbook.save(world.folder.path().join("canary.xlsx")).unwrap();
}

const COUNTY: &str = r#"{
  "divisions": [
    {"code": "431123000000", "name": {"zh": "canary 县", "en": "canary County"}},
    {"code": "431123101000", "name": {"zh": "canary 镇", "en": "canary Town"}}
  ],
  "bodies": [{"id": "b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2", "name": {"zh": "canary 局", "en": "canary Bureau"}}],
  "people": [
    {"id": "21212121212121212121212121212121", "name": "canary Sun", "body": "b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2",
     "login": "sun", "password": "undisturbed", "role": "inspector", "scope": "431123"},
    {"id": "22222222222222222222222222222222", "name": "canary Qian", "body": "b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2",
     "login": "qian", "role": "inspector", "scope": "431123"}
  ],
  "sites": [{"id": "52525252525252525252525252525252", "name": {"zh": "HOSTILE", "en": "HOSTILE"},
             "division": "431123101203"}],
  "checklists": [{"name": "canary", "workbook": "canary.xlsx"}],
  "plan": [{"id": "a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2", "year": 2026, "body": "b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2",
            "purpose": {"zh": "canary 检查", "en": "canary inspection"}, "sites": ["52525252525252525252525252525252"],
            "checklist": "canary", "team": ["21212121212121212121212121212121", "22222222222222222222222222222222"],
            "from": "today", "to": "today+2", "minutes": 90}],
  "permits": [{"id": "c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2", "plan_item": "a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2",
               "site": "52525252525252525252525252525252", "from": "today", "to": "today+2"}],
  "enrol_codes": [
    {"code": "code-sun", "name": "canary phone 1", "persons": ["21212121212121212121212121212121"], "minutes": 15},
    {"code": "code-qian", "name": "canary phone 2", "persons": ["22222222222222222222222222222222"], "minutes": 15}
  ]
}"#;
