//! A phone with hand-moved clocks, and an office that answers it as a server would, without a network.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use wurao_checklist::{Choice, Item, Kind, OnFail, Program, Question, Repeat, Section, Template, Text};
use wurao_device::{
    Clock, HttpAnswer, HttpRequest, KeyStore, KeyStoreError, Network, NetworkError, Phone, PhoneError, Ports, Random,
    Settings, WorkState,
};
use wurao_protocol::cbor::{self, Bytes};
use wurao_protocol::enrol::{EnrolAnswer, EnrolRequest};
use wurao_protocol::frame::{DocumentChanges, Frame};
use wurao_protocol::key::{Signer, SoftwareKey};
use wurao_protocol::permit::{Member, Permit, Visit};
use wurao_protocol::record::{
    Checklist, Checkpoint, Device, Heads, Kind as RecordKind, PermitKey, Person, PlanItem, RecordBody, Revocation,
    RevokedPhone, Site, TrustList,
};
use wurao_protocol::sync::parts::Part;
use wurao_protocol::sync::{
    Answer, DocumentStatus, Feed, IN_PARTS, LogMark, Outcome, Request, RequestHead, Shown, Status,
};
use wurao_protocol::*;
use wurao_record::{Genesis, GenesisSeed, tips};

/// Noon of a September day in 2026, UTC.
pub const NOON: i64 = 1_789_300_800_000;
pub const DAY_S: i64 = 86_400;

pub const PERSON: PersonId = PersonId([1; 16]);
pub const COLLEAGUE: PersonId = PersonId([2; 16]);
pub const SITE: SiteId = SiteId([3; 16]);
const BODY: BodyId = BodyId([4; 16]);
const PLAN_ITEM: PlanItemId = PlanItemId([5; 16]);

pub struct HandClock {
    pub wall: AtomicI64,
    pub mono: AtomicI64,
}

impl Clock for HandClock {
    fn wall_ms(&self) -> i64 {
        self.wall.load(Ordering::SeqCst)
    }
    fn mono_ms(&self) -> i64 {
        self.mono.load(Ordering::SeqCst)
    }
    fn offset_minutes(&self) -> i32 {
        480
    }
}

impl HandClock {
    pub fn pass(&self, ms: i64) {
        self.wall.fetch_add(ms, Ordering::SeqCst);
        self.mono.fetch_add(ms, Ordering::SeqCst);
    }
}

/// Different bytes each time, the same in every run.
pub struct Counted(pub AtomicU64);

impl Random for Counted {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), String> {
        let n = self.0.fetch_add(1, Ordering::SeqCst);
        for (at, byte) in buffer.iter_mut().enumerate() {
            *byte = n.to_be_bytes()[at % 8] ^ at as u8;
        }
        Ok(())
    }
}

/// The store's key in memory; only the encrypted build asks for it.
pub struct HeldKey(pub Mutex<Option<[u8; 32]>>);

impl Default for HeldKey {
    fn default() -> Self {
        Self(Mutex::new(Some([17; 32])))
    }
}

impl KeyStore for HeldKey {
    fn store_key(&self, _: bool) -> Result<[u8; 32], KeyStoreError> {
        self.0.lock().unwrap().ok_or(KeyStoreError::Missing)
    }
    fn destroy(&self) -> Result<(), KeyStoreError> {
        *self.0.lock().unwrap() = None;
        Ok(())
    }
}

pub fn key(n: u8) -> SoftwareKey {
    SoftwareKey::from_bytes(&[n; 32]).unwrap()
}

/// A key as a list of keys has it: since long ago, until further notice.
pub fn permit_key(n: u8) -> PermitKey {
    PermitKey { key: key(n).public().to_bytes(), from_s: 0, until_s: None, revoked_s: None }
}

/// The other side.
pub struct Office {
    pub id: Mutex<ServerId>,
    pub key: SoftwareKey,
    /// What signs permits now.
    pub permit_key: Mutex<SoftwareKey>,
    /// Who may work on the phones that it lets in.
    pub persons: Mutex<Vec<PersonId>>,
    /// When the next phone is let in.
    pub enrolled_ms: AtomicI64,
    /// What it answers to every sync instead of taking it.
    pub refuses: Mutex<Option<Problem>>,
    /// The headers of that answer.
    pub refuses_with: Mutex<Vec<(String, String)>>,
    /// The last request's address, and the authority it asked for.
    pub asked: Mutex<Option<(String, Option<[u8; 32]>)>>,
    pub feed: Mutex<Feed>,
    pub received: Mutex<Vec<Frame>>,
    /// What it says to every record.
    pub record_verdict: Mutex<Status>,
    /// What it says to every document entry.
    pub verdict: Mutex<DocumentStatus>,
    pub server_ms: AtomicI64,
    /// Its log's mark, and the checkpoint it shows once.
    pub log: Mutex<LogMark>,
    pub shown: Mutex<Option<Shown>>,
    /// What its log's root began with when it had as many entries as its mark says are kept.
    pub kept_root: Mutex<Option<Bytes>>,
    /// Bodies as they came.
    pub bodies: Mutex<Vec<Vec<u8>>>,
    /// The line is cut after the request has arrived.
    pub cut: Mutex<bool>,
    /// Of its answers no more than so many parts arrive.
    pub told: Mutex<Option<usize>>,
}

impl Office {
    pub fn new() -> Arc<Self> {
        let ok = DocumentStatus { status: Status::plain(Outcome::Ok), stopped: None, heads: Vec::new() };
        Arc::new(Self {
            id: Mutex::new(ServerId([7; 16])),
            key: key(9),
            permit_key: Mutex::new(key(31)),
            persons: Mutex::new(vec![PERSON]),
            enrolled_ms: AtomicI64::new(NOON),
            refuses: Mutex::default(),
            refuses_with: Mutex::default(),
            asked: Mutex::default(),
            feed: Mutex::default(),
            received: Mutex::default(),
            record_verdict: Mutex::new(Status::plain(Outcome::Ok)),
            verdict: Mutex::new(ok),
            server_ms: AtomicI64::new(NOON),
            log: Mutex::default(),
            shown: Mutex::default(),
            kept_root: Mutex::default(),
            bodies: Mutex::default(),
            cut: Mutex::new(false),
            told: Mutex::default(),
        })
    }

    pub fn record<T: RecordBody>(&self, body: &T) -> Vec<u8> {
        envelope::seal(&self.key, body).unwrap()
    }

    pub fn give<T: RecordBody>(&self, body: &T) {
        let bytes = self.record(body);
        self.give_bytes(bytes);
    }

    /// The list of keys and withdrawals, this its number.
    pub fn trust(&self, sequence: u64) -> TrustList {
        let at_s = NOON / 1000 - 5 * DAY_S;
        TrustList {
            sequence,
            at_s,
            good_until_s: at_s + 90 * DAY_S,
            keys: vec![permit_key(31)],
            revoked: Vec::new(),
            feedback_key: key(41).public().to_bytes(),
            drain_key: key(42).public().to_bytes(),
            phones: Vec::new(),
        }
    }

    /// A list that also says that a permit was withdrawn.
    pub fn withdraws(&self, sequence: u64, permit: PermitId) -> TrustList {
        let revoked = vec![Revocation::of(&permit, NOON / 1000)];
        TrustList { revoked, ..self.trust(sequence) }
    }

    /// A list that also says that a phone shows no permit any more.
    pub fn without(&self, sequence: u64, device: DeviceId) -> TrustList {
        let phones = vec![RevokedPhone { device, at_s: NOON / 1000 }];
        TrustList { phones, ..self.trust(sequence) }
    }

    /// A permit under the key that signs permits now.
    pub fn give_permit(&self, permit: &Permit) {
        let bytes = envelope::seal(&*self.permit_key.lock().unwrap(), permit).unwrap();
        self.give_bytes(bytes);
    }

    /// What phones have pushed so far goes out to whoever syncs next.
    pub fn relay(&self) {
        for frame in std::mem::take(&mut *self.received.lock().unwrap()) {
            for record in frame.records {
                if envelope::open(&record.0).unwrap().kind != RecordKind::Heads {
                    self.give_bytes(record.0);
                }
            }
            for document in frame.documents {
                self.give_changes(document.document, document.changes.into_iter().map(|bytes| bytes.0).collect());
            }
        }
    }

    /// What goes out next comes with the server's word for it.
    pub fn prove_feed(&self) {
        let mut feed = self.feed.lock().unwrap();
        let heads = |entry: &DocumentChanges| tips(entry.changes.iter().map(|change| change.0.as_slice())).unwrap();
        let leaf = |entry: &DocumentChanges| {
            merkle::leaf(&entry.document, &heads(entry).into_iter().map(Digest).collect::<Vec<_>>())
        };
        let leaves: Vec<Digest> = feed.documents.iter().map(leaf).collect();
        feed.proof = Some(Bytes(self.record(&Heads::over(&leaves))));
    }

    /// The heads of all syncs, the first one first.
    pub fn heads(&self) -> Vec<RequestHead> {
        let bodies = self.bodies.lock().unwrap();
        let requests = bodies.iter().filter_map(|body| Request::from_body(body).ok());
        requests.map(|request| envelope::open_as::<RequestHead>(&request.start.head.0).unwrap().body).collect()
    }

    /// The last of them.
    pub fn last_head(&self) -> RequestHead {
        self.heads().pop().unwrap()
    }

    pub fn give_bytes(&self, record: Vec<u8>) {
        self.feed.lock().unwrap().records.push(Bytes(record));
    }

    pub fn give_changes(&self, document: DocumentId, changes: Vec<Vec<u8>>) {
        let changes = changes.into_iter().map(Bytes).collect();
        self.feed.lock().unwrap().documents.push(DocumentChanges { document, heads: None, changes });
    }

    /// All that a visit needs; returns its permit.
    pub fn give_work(&self) -> Permit {
        self.give_work_under(&template())
    }

    /// The same under a checklist of one's own.
    pub fn give_work_under(&self, template: &Template) -> Permit {
        let permit = permit(template);
        self.give(&self.trust(1));
        self.give(&Person { id: COLLEAGUE, name: "李强".into(), body: BODY });
        self.give(&Site {
            id: SITE,
            name: Words::new("石桥村", "Shiqiao"),
            division: "430999101201".into(),
            above: vec![],
        });
        self.give(&PlanItem {
            id: PLAN_ITEM,
            year: 2026,
            body: BODY,
            body_name: Words::new("应急局", "Emergency office"),
            purpose: Words::new("物资", "Supplies"),
            sites: vec![SITE],
            checklist: permit.visit.checklist,
            team: permit.visit.team.iter().map(|member| member.person).collect(),
            from_day: 0,
            to_day: 1,
            minutes: 30,
        });
        self.give(&Checklist {
            hash: permit.visit.checklist,
            title: Words::new("清单", "Checklist"),
            version: "1".into(),
            template: template.to_json(),
        });
        self.give_permit(&permit);
        permit
    }

    fn enrol(&self, body: &[u8]) -> Vec<u8> {
        let request = envelope::open_as::<EnrolRequest>(body).unwrap().body;
        let device_key = key::PublicKey::from_bytes(&request.key).unwrap();
        let device = Device {
            id: device_key.device(),
            key: request.key,
            name: request.name,
            persons: self.persons.lock().unwrap().clone(),
            enrolled_ms: self.enrolled_ms.load(Ordering::SeqCst),
        };
        let names = [(PERSON, "王芳"), (COLLEAGUE, "李强")];
        let people = names.map(|(id, name)| Bytes(self.record(&Person { id, name: name.into(), body: BODY })));
        cbor::encode(&EnrolAnswer {
            server: *self.id.lock().unwrap(),
            server_key: self.key.public().to_bytes(),
            device: Bytes(self.record(&device)),
            persons: people.to_vec(),
            server_ms: NOON,
        })
    }

    fn sync(&self, body: &[u8]) -> Vec<u8> {
        let request = Request::from_body(body).unwrap();
        let frames: Vec<Frame> = request.frames.iter().map(|frame| Frame::unpack(frame).unwrap()).collect();
        let records = frames.iter().map(|frame| frame.records.len()).sum();
        let documents = frames.iter().map(|frame| frame.documents.len()).sum();
        self.received.lock().unwrap().extend(frames);
        let answer = Answer {
            server_ms: self.server_ms.load(Ordering::SeqCst),
            records: vec![self.record_verdict.lock().unwrap().clone(); records],
            documents: vec![self.verdict.lock().unwrap().clone(); documents],
            cursor: Bytes(vec![1]),
            more: false,
            feed: std::mem::take(&mut self.feed.lock().unwrap()),
            uploads: Vec::new(),
            more_uploads: false,
            log: self.log.lock().unwrap().clone(),
            shown: self.shown.lock().unwrap().take(),
        };
        let (root, told) = (self.kept_root.lock().unwrap().clone(), *self.told.lock().unwrap());
        if root.is_none() && told.is_none() {
            return answer.to_body().unwrap();
        }
        let mut parts = answer.into_parts();
        let Some(Part::Begin(begin)) = parts.first_mut() else { panic!("an answer begins") };
        begin.root = begin.kept.and(root);
        parts.truncate(told.unwrap_or(parts.len()));
        parts.iter().fold(vec![IN_PARTS], |body, part| [body, part.to_bytes().unwrap()].concat())
    }

    /// Shows a checkpoint of its first epoch with so many entries, whose root is all of this byte.
    pub fn shows(&self, size: u64, root: u8) {
        let checkpoint = Checkpoint { epoch: 1, size, root: Digest([root; 32]), at_ms: NOON };
        let shown = Shown { checkpoint: Bytes(self.record(&checkpoint)), from: 0, proof: Vec::new() };
        *self.shown.lock().unwrap() = Some(shown);
    }
}

pub struct Line(pub Arc<Office>);

impl Network for Line {
    fn exchange(&self, request: &HttpRequest) -> Result<HttpAnswer, NetworkError> {
        self.0.bodies.lock().unwrap().push(request.body.clone());
        if *self.0.cut.lock().unwrap() {
            return Err("cut".into());
        }
        *self.0.asked.lock().unwrap() = Some((request.url.clone(), request.pin));
        let refusal = *self.0.refuses.lock().unwrap();
        let body = match request.url.as_str() {
            "http://office/v1/enrol" => self.0.enrol(&request.body),
            "http://office/v1/sync" if let Some(problem) = refusal => {
                let body = problem.code().as_bytes().to_vec();
                let headers = self.0.refuses_with.lock().unwrap().clone();
                return Ok(HttpAnswer { status: problem.status(), headers, body });
            }
            "http://office/v1/sync" => self.0.sync(&request.body),
            other => panic!("no such address {other}"),
        };
        Ok(HttpAnswer { status: 200, headers: Vec::new(), body })
    }
}

/// A phone of the person, its clock and its office.
pub struct Desk {
    pub phone: Phone,
    pub clock: Arc<HandClock>,
    pub office: Arc<Office>,
    pub keys: Arc<HeldKey>,
    pub ports: Ports,
    pub folder: tempfile::TempDir,
}

impl Desk {
    /// Opened, enrolled, nothing on it yet.
    pub fn enrolled() -> Self {
        Self::of(Office::new(), 11)
    }

    /// Another phone of an office, under a key of its own.
    pub fn of(office: Arc<Office>, n: u8) -> Self {
        let clock = Arc::new(HandClock { wall: AtomicI64::new(NOON), mono: AtomicI64::new(1000) });
        let keys = Arc::new(HeldKey::default());
        let ports = Ports {
            clock: clock.clone(),
            random: Arc::new(Counted(AtomicU64::new(u64::from(n) << 32 | 1))),
            signer: Arc::new(key(n)),
            keys: Some(keys.clone()),
            network: Arc::new(Line(office.clone())),
        };
        let folder = tempfile::tempdir().unwrap();
        let phone = open(folder.path(), &ports);
        phone.enrol("http://office/", "CODE", &format!("phone {n}")).unwrap();
        Self { phone, clock, office, keys, ports, folder }
    }

    /// With one visit's work, started.
    pub fn at_work() -> (Self, DocumentId) {
        let desk = Self::enrolled();
        let permit = desk.office.give_work();
        desk.sync();
        let document = desk.phone.start(permit.id).unwrap();
        (desk, document)
    }

    pub fn sync(&self) -> wurao_device::SyncReport {
        self.phone.sync(&Default::default(), &(), &wurao_device::Cancel::new()).unwrap()
    }

    /// Closed: what lies on disk, and what it was opened with.
    pub fn shut(self) -> (tempfile::TempDir, Ports) {
        drop(self.phone);
        (self.folder, self.ports)
    }

    /// As after a kill: what lies on disk now, opened by another process.
    pub fn reopen(self) -> Self {
        self.reopen_after(|_| ())
    }

    /// The same after something was done to the folder.
    pub fn reopen_after(self, job: impl FnOnce(&Path)) -> Self {
        let Self { phone, clock, office, keys, ports, folder } = self;
        let found = tempfile::tempdir().unwrap();
        copy(folder.path(), found.path());
        drop(phone);
        job(found.path());
        Self { phone: open(found.path(), &ports), clock, office, keys, ports, folder: found }
    }
}

/// What `begin` does when there is no room for what it computes comes about by nothing, and then as if it had not been tried.
pub fn begins_whole(desk: &Desk, begin: impl Fn() -> Result<DocumentId, PhoneError>) {
    let store = store_in(desk.folder.path());
    let no_room = "CREATE TRIGGER no_room BEFORE INSERT ON change BEGIN SELECT RAISE(ABORT, 'no room'); END";
    store.execute_batch(no_room).unwrap();
    assert_eq!(begin().unwrap_err().code(), "store");
    assert_eq!(desk.phone.work().unwrap()[0].state, WorkState::Planned);
    store.execute_batch("DROP TRIGGER no_room").unwrap();
    let document = begin().unwrap();
    let keys: Vec<String> = desk.phone.values(document).unwrap().into_iter().map(|value| value.key).collect();
    assert_eq!(keys, ["day@-"]);
}

/// The store's file seen from outside, as the phone itself opens it.
pub fn store_in(folder: &Path) -> rusqlite::Connection {
    let store = rusqlite::Connection::open(folder.join("wurao.sqlite3")).unwrap();
    #[cfg(feature = "encrypted")]
    {
        let mut key = [0; 32];
        hkdf::Hkdf::<sha2::Sha256>::new(None, &[17; 32]).expand(b"wurao-store-1", &mut key).unwrap();
        store.pragma_update(None, "key", format!("x'{}'", hex::encode(key))).unwrap();
    }
    store
}

/// All files below a folder, with their bytes.
pub fn files(folder: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let bytes = std::fs::read(&path).unwrap();
            found.push((path, bytes));
        }
    }
    found.sort();
    found
}

pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            std::fs::copy(from, to).unwrap();
        }
    }
}

fn open(folder: &Path, ports: &Ports) -> Phone {
    Phone::open(&Settings { folder: folder.to_owned() }, ports.clone()).unwrap()
}

/// A question without anything beside it.
fn question(name: &str, kind: Kind) -> Question {
    Question { uid: name.into(), name: name.into(), kind, label: Text::plain(name), ..Question::default() }
}

/// The checklist with one answer more, `day`, which a start makes by itself.
pub fn dated_template() -> Template {
    let mut template = template();
    template.items.push(Item::Question(Box::new(question("day", Kind::Today))));
    template
}

/// A section with a count, a test with choices and a text, and a repeat of lots.
pub fn template() -> Template {
    let mut template = Template::new("supplies");
    template.choices.insert(
        "result".into(),
        vec![
            Choice { name: "ok".into(), label: Text::plain("works"), ..Choice::default() },
            Choice { name: "bad".into(), label: Text::plain("fails"), fail: true, ..Choice::default() },
        ],
    );
    let generator = Question {
        list: Some("result".into()),
        on_fail: OnFail { note: true, photo: true },
        required: Some("true()".into()),
        ..question("generator", Kind::SelectOne)
    };
    let water = Question { constraint: Some(". >= 0".into()), ..question("water", Kind::Integer) };
    let lots = Repeat {
        uid: "lots".into(),
        name: "lots".into(),
        label: Text::plain("lot"),
        hint: Text::default(),
        relevant: None,
        count: None,
        appearance: String::new(),
        was: String::new(),
        items: vec![Item::Question(Box::new(Question {
            uid: "lots/count".into(),
            ..question("count", Kind::Integer)
        }))],
        source: None,
    };
    template.items = vec![Item::Section(Section {
        name: "stock".into(),
        label: Text::plain("Stock"),
        hint: Text::default(),
        relevant: None,
        appearance: String::new(),
        items: vec![
            Item::Question(Box::new(water)),
            Item::Question(Box::new(generator)),
            Item::Question(Box::new(question("remark", Kind::Text))),
            Item::Repeat(lots),
        ],
        source: None,
    })];
    Program::compile(&template).unwrap();
    template
}

pub fn permit(template: &Template) -> Permit {
    permit_with(template, PermitId([6; 16]), SITE)
}

/// A permit of another visit.
pub fn permit_with(template: &Template, id: PermitId, site: SiteId) -> Permit {
    let checklist = template.hash();
    let document = Genesis::new(&GenesisSeed { permit: id.0, site: site.0, checklist }).document();
    let noon = NOON / 1000;
    let member = |person, name: &str| Member { person, name: name.into() };
    Permit {
        expires_s: noon + DAY_S,
        not_before_s: noon - 3600,
        issued_s: noon - DAY_S,
        id,
        visit: Visit {
            plan_item: PLAN_ITEM,
            number: "2026-017".into(),
            ad_hoc: false,
            body: BODY,
            body_name: Words::new("应急局", "Emergency office"),
            purpose: Words::new("物资", "Supplies"),
            site,
            site_name: Words::new("石桥村", "Shiqiao"),
            checklist: Digest(checklist),
            team: vec![member(PERSON, "王芳"), member(COLLEAGUE, "李强")],
            devices: vec![key(11).public().device()],
            visits: 2,
            document: DocumentId(document.0),
        },
    }
}

/// The bodies of a kind among what the office has received.
pub fn received<T: RecordBody>(desk: &Desk) -> Vec<T> {
    let frames = desk.office.received.lock().unwrap();
    let records = frames.iter().flat_map(|frame| &frame.records);
    records.filter_map(|record| Some(envelope::open_as::<T>(&record.0).ok()?.body)).collect()
}
