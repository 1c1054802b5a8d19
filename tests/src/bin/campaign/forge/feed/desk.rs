//! A phone at work, and the office that answers it; both in this process, without a network.

use super::super::office::{key, sealed};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tempfile::TempDir;
use wurao_checklist::{Item, Kind, Question, Template, Text};
use wurao_device::{Cancel, Clock, HttpAnswer, HttpRequest, Network, NetworkError, Phone, Ports, Random, Settings};
use wurao_protocol::cbor::{self, Bytes};
use wurao_protocol::enrol::{EnrolAnswer, EnrolRequest};
use wurao_protocol::envelope;
use wurao_protocol::frame::{DocumentChanges, Frame};
use wurao_protocol::key::{PublicKey, Signer, SoftwareKey};
use wurao_protocol::permit::{Member, Permit, Visit};
use wurao_protocol::record::{
    Checklist, Device, PermitKey, Person, PlanItem, Revocation, RevokedPhone, Session, Site, Stamp, TrustList,
};
use wurao_protocol::sync::{Answer, DocumentStatus, Feed, LogMark, Outcome, Request, Status};
use wurao_protocol::{
    BodyId, DeviceId, Digest, DocumentId, PermitId, PersonId, PlanItemId, Problem, ServerId, SiteId, Words,
};
use wurao_record::{Admitted, Genesis, GenesisSeed, Ledger, Map, Put, Scalar, admit};
use wurao_tests::{Doing, Trouble};

const DAY_S: i64 = 24 * 3600;
/// What is said of a phone that did as it was ordered; nothing more can be brought to it.
pub(super) const EMPTIED: &str = "emptied";

/// What a feed brings.
#[derive(Clone)]
pub(super) enum Brought {
    Record(Vec<u8>),
    Change(DocumentId, Vec<u8>),
}

/// A phone that writes what it is told to.
pub(super) struct Pen {
    pub(super) key: SoftwareKey,
    pub(super) person: PersonId,
    pub(super) session: Session,
}

/// The phone, all that it knows, and who brings it more.
pub(super) struct Desk {
    pub(super) chance: StdRng,
    pub(super) office: Arc<Office>,
    pub(super) phone: Phone,
    pub(super) device: SoftwareKey,
    pub(super) me: PersonId,
    /// Somebody who may work on each phone and is on no team.
    pub(super) second: PersonId,
    /// One of the team, at work on a phone of their own.
    pub(super) colleague: Pen,
    /// Let in as well, and not on the team.
    pub(super) stranger: Pen,
    pub(super) permit: Permit,
    /// Withdrawn since.
    pub(super) withdrawn: Permit,
    pub(super) trust: TrustList,
    /// The phone's own record as it was first.
    pub(super) first_record: Vec<u8>,
    /// The document as everybody knows it.
    pub(super) ledger: Ledger,
    /// The session in which the phone writes.
    pub(super) mine: [u8; 16],
    folder: TempDir,
}

impl Desk {
    pub(super) fn new(seed: u64) -> Result<Self, Trouble> {
        let mut chance = StdRng::seed_from_u64(seed);
        let now_s = chance.random_range(1_700_000_000..1_900_000_000);
        let office = Arc::new(Office::new(&mut chance, now_s));
        let device = key(&mut chance);
        let folder = tempfile::Builder::new().prefix("wurao-feed-").tempdir().doing("make a folder")?;
        let ports = Ports {
            clock: Arc::new(Stopped(now_s * 1000)),
            random: Arc::new(Drawn(Mutex::new(StdRng::seed_from_u64(chance.random())))),
            signer: Arc::new(SoftwareKey::from_bytes(&device.to_bytes()).doing("copy a key")?),
            keys: None,
            network: Arc::new(Line(Arc::clone(&office))),
        };
        let settings = Settings { folder: folder.path().to_owned() };
        let phone = Phone::open(&settings, ports).doing("open a phone")?;
        let [me, second] = office.persons;
        phone.enrol("http://office", "CODE", "01").doing("let a phone in")?;
        phone.use_person(me, None).doing("begin to work")?;
        let [colleague, stranger] = std::array::from_fn(|_| Pen::new(&mut chance, now_s * 1000));
        let template = template();
        let team = [(me, "王芳"), (colleague.person, "李强")];
        let permit = office.permit(&mut chance, &template, &team, &device);
        let withdrawn = office.permit(&mut chance, &template, &team, &device);
        let revoked = vec![Revocation::of(&withdrawn.id, now_s - 60)];
        let trust = TrustList { revoked, ..office.trust(&mut chance) };
        let mut desk = Self {
            first_record: office.device_record(&device.public(), &[me, second], 1),
            chance,
            office,
            phone,
            device,
            me,
            second,
            colleague,
            stranger,
            permit,
            withdrawn,
            trust,
            ledger: Ledger::new(),
            mine: [0; 16],
            folder,
        };
        desk.begin(&template)?;
        Ok(desk)
    }

    /// All that a visit needs comes, the visit begins, and the office holds the first answer.
    fn begin(&mut self, template: &Template) -> Result<(), Trouble> {
        let office = Arc::clone(&self.office);
        let earlier = TrustList { sequence: self.trust.sequence - 1, revoked: Vec::new(), ..self.trust.clone() };
        let mut first = vec![self.official(&earlier), self.official(&self.trust)];
        for permit in [&self.permit, &self.withdrawn] {
            first.push(self.official(&self.site(permit.visit.site, "石桥村")));
            first.push(self.official(&self.plan_item(permit)));
            first.push(sealed(&office.permits, permit));
        }
        first.push(self.official(&checklist(template)));
        for pen in [&self.colleague, &self.stranger] {
            first.push(self.official(&Person { id: pen.person, name: "李强".to_owned(), body: office.body }));
            first.push(office.device_record(&pen.key.public(), &[pen.person, self.second], 1));
            first.push(pen.seal(&pen.session));
        }
        first.push(self.first_record.clone());
        first.push(office.device_record(&self.device.public(), &[self.me], 1));
        for record in first {
            let said = self.offer(&Brought::Record(record))?;
            if !said.starts_with("taken") {
                return Err(Trouble::new("bring what a visit needs", said));
            }
        }
        let document = self.phone.start(self.permit.id).doing("start")?;
        let water = self.chance.random_range(1..1000).to_string();
        self.phone.answer(document, "water", "-", &water).doing("answer")?;
        office.state().verdict = Status::because(Outcome::Held, Problem::Late, "left");
        self.sync()?;
        office.state().verdict = Status::plain(Outcome::Ok);
        let sent = std::mem::take(&mut office.state().received);
        for record in sent.iter().flat_map(|frame| &frame.records) {
            if let Ok(session) = envelope::open_as::<Session>(&record.0) {
                self.mine = session.body.actor;
            }
        }
        for change in sent.iter().flat_map(|frame| &frame.documents).flat_map(|entry| &entry.changes) {
            let change = admit(&self.genesis(), &self.ledger, &change.0).map_err(|why| why.to_string());
            self.ledger.apply(change.doing("read what the phone wrote")?);
        }
        Ok(())
    }

    /// What the phone says to it: the problem it sets it aside for, or `taken`; and whether anything looks otherwise.
    pub(super) fn offer(&mut self, brought: &Brought) -> Result<String, Trouble> {
        let before = (self.set_aside()?, self.view());
        {
            let mut state = self.office.state();
            match brought {
                Brought::Record(bytes) => state.feed.records.push(Bytes(bytes.clone())),
                Brought::Change(document, bytes) => state.feed.documents.push(DocumentChanges {
                    document: *document,
                    heads: None,
                    changes: vec![Bytes(bytes.clone())],
                }),
            }
        }
        let synced = self.sync();
        if !self.store().exists() {
            return Ok(EMPTIED.to_owned());
        }
        synced?;
        let after = (self.set_aside()?, self.view());
        let code = match after.0.get(before.0.len()..) {
            Some([]) => "taken".to_owned(),
            Some(codes) => codes.join(" and "),
            None => "taken up".to_owned(),
        };
        Ok(if before.1 == after.1 { code } else { code + " and shown" })
    }

    fn sync(&self) -> Result<(), Trouble> {
        self.phone.sync(&Default::default(), &(), &Cancel::new()).map(|_| ()).doing("sync")
    }

    /// All that the phone shows, in both languages.
    fn view(&self) -> String {
        let (phone, document) = (&self.phone, self.permit.visit.document);
        let forms = [phone.form(document, "zh"), phone.form(document, "en")];
        let lists = (phone.persons(), phone.sites(), phone.checklists(), phone.outbox());
        format!("{:?} {forms:?} {:?} {lists:?}", phone.work(), phone.values(document))
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join("wurao.sqlite3")
    }

    /// The problems of all that was set aside, in order.
    fn set_aside(&self) -> Result<Vec<String>, Trouble> {
        let read = || {
            let store = rusqlite::Connection::open(self.store())?;
            let mut statement = store.prepare("SELECT problem FROM quarantine ORDER BY position")?;
            statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()
        };
        read().doing("look at what was set aside")
    }

    pub(super) fn genesis(&self) -> Genesis {
        genesis(&self.permit)
    }

    /// Signed by the office.
    pub(super) fn official<T: wurao_protocol::record::RecordBody>(&self, body: &T) -> Vec<u8> {
        sealed(&self.office.records, body)
    }

    pub(super) fn site(&self, id: SiteId, name: &str) -> Site {
        Site { id, name: Words::new(name, "Shiqiao"), division: "430999101201".to_owned(), above: vec![] }
    }

    pub(super) fn plan_item(&self, permit: &Permit) -> PlanItem {
        let visit = &permit.visit;
        PlanItem {
            id: visit.plan_item,
            year: 2026,
            body: visit.body,
            body_name: visit.body_name.clone(),
            purpose: visit.purpose.clone(),
            sites: vec![visit.site],
            checklist: visit.checklist,
            team: visit.team.iter().map(|member| member.person).collect(),
            from_day: 0,
            to_day: 1,
            minutes: 30,
        }
    }

    pub(super) fn stamp(&self) -> Stamp {
        stamp(self.office.now_ms)
    }

    /// What somebody answers next, on all that is known.
    pub(super) fn answer(&mut self, actor: [u8; 16], map: Map, key: &str) -> Result<Admitted, Trouble> {
        let text = self.chance.random_range(1..1000).to_string();
        build(&self.genesis(), &self.ledger, actor, self.office.now_ms, Put::new(map, key, Scalar::Text(text)))
    }
}

impl Pen {
    pub(super) fn new(chance: &mut StdRng, now_ms: i64) -> Self {
        let (key, person) = (key(chance), PersonId(chance.random()));
        let session = session(chance, &key, person, now_ms);
        Self { key, person, session }
    }

    pub(super) fn seal<T: wurao_protocol::record::RecordBody>(&self, body: &T) -> Vec<u8> {
        sealed(&self.key, body)
    }
}

/// A session on a phone.
pub(super) fn session(chance: &mut StdRng, key: &SoftwareKey, person: PersonId, now_ms: i64) -> Session {
    let nonce: [u8; 16] = chance.random();
    let actor = Session::actor_of(&key.public(), &nonce);
    let device = key.public().device();
    Session { actor, nonce, person, device, began: stamp(now_ms), engine: "forge".to_owned() }
}

/// One change.
pub(super) fn build(
    genesis: &Genesis,
    ledger: &Ledger,
    actor: [u8; 16],
    time_ms: i64,
    put: Put,
) -> Result<Admitted, Trouble> {
    let built = wurao_record::build(genesis, ledger, &wurao_record::ActorId(actor), time_ms, &[put]);
    built.map_err(|why| why.to_string()).doing("write a change")
}

pub(super) fn genesis(permit: &Permit) -> Genesis {
    let visit = &permit.visit;
    Genesis::new(&GenesisSeed { permit: permit.id.0, site: visit.site.0, checklist: visit.checklist.0 })
}

pub(super) fn checklist(template: &Template) -> Checklist {
    Checklist {
        hash: Digest(template.hash()),
        title: Words::new("清单", "Checklist"),
        version: "1".to_owned(),
        template: template.to_json(),
    }
}

/// How much water there is, and a remark.
pub(super) fn template() -> Template {
    let question = |name: &str, kind| {
        let (uid, label) = (name.to_owned(), Text::plain(name));
        Item::Question(Box::new(Question { name: uid.clone(), uid, kind, label, ..Question::default() }))
    };
    let mut template = Template::new("supplies");
    template.items = vec![question("water", Kind::Integer), question("remark", Kind::Text)];
    template
}

fn stamp(now_ms: i64) -> Stamp {
    Stamp { wall_ms: now_ms, mono_ms: 0, server_ms: Some(now_ms) }
}

/// Answers as a server does.
pub(super) struct Office {
    pub(super) records: SoftwareKey,
    /// Signs permits now.
    pub(super) permits: SoftwareKey,
    /// Signed permits until it was rotated out.
    pub(super) former: SoftwareKey,
    pub(super) body: BodyId,
    pub(super) now_ms: i64,
    pub(super) server: ServerId,
    persons: [PersonId; 2],
    state: Mutex<State>,
}

pub(super) struct State {
    feed: Feed,
    received: Vec<Frame>,
    verdict: Status,
}

impl Office {
    fn new(chance: &mut StdRng, now_s: i64) -> Self {
        let [records, permits, former] = std::array::from_fn(|_| key(chance));
        let state = State { feed: Feed::default(), received: Vec::new(), verdict: Status::plain(Outcome::Ok) };
        Self {
            records,
            permits,
            former,
            body: BodyId(chance.random()),
            now_ms: now_s * 1000,
            server: ServerId(chance.random()),
            persons: [PersonId(chance.random()), PersonId(chance.random())],
            state: Mutex::new(state),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn permit(
        &self,
        chance: &mut StdRng,
        template: &Template,
        team: &[(PersonId, &str)],
        device: &SoftwareKey,
    ) -> Permit {
        let now_s = self.now_ms / 1000;
        let member = |(person, name): &(PersonId, &str)| Member { person: *person, name: (*name).to_owned() };
        let mut permit = Permit {
            expires_s: now_s + chance.random_range(1..5 * DAY_S),
            not_before_s: now_s - chance.random_range(1..5 * DAY_S),
            issued_s: now_s - chance.random_range(6 * DAY_S..20 * DAY_S),
            id: PermitId(chance.random()),
            visit: Visit {
                plan_item: PlanItemId(chance.random()),
                number: format!("2026-{:03}", chance.random_range(1..1000)),
                ad_hoc: false,
                body: self.body,
                body_name: Words::new("应急管理局", "Emergency Bureau"),
                purpose: Words::new("汛期避险物资", "Flood shelter stocks"),
                site: SiteId(chance.random()),
                site_name: Words::new("石桥村", "Shiqiao"),
                checklist: Digest(template.hash()),
                team: team.iter().map(member).collect(),
                devices: vec![device.public().device()],
                visits: chance.random_range(1..9),
                document: DocumentId([0; 16]),
            },
        };
        permit.visit.document = DocumentId(genesis(&permit).document().0);
        permit
    }

    fn trust(&self, chance: &mut StdRng) -> TrustList {
        let now_s = self.now_ms / 1000;
        let rotated_s = now_s - 60 * DAY_S;
        TrustList {
            sequence: chance.random_range(10..1000),
            at_s: now_s - chance.random_range(0..5 * DAY_S),
            good_until_s: now_s + 80 * DAY_S,
            keys: vec![listed(&self.former, 0, Some(rotated_s)), listed(&self.permits, rotated_s, None)],
            revoked: Vec::new(),
            feedback_key: key(chance).public().to_bytes(),
            drain_key: key(chance).public().to_bytes(),
            phones: vec![RevokedPhone { device: DeviceId(chance.random()), at_s: now_s - 60 }],
        }
    }

    pub(super) fn device_record(&self, key: &PublicKey, persons: &[PersonId], enrolled_ms: i64) -> Vec<u8> {
        sealed(&self.records, &device(key, persons, enrolled_ms))
    }

    fn enrol(&self, body: &[u8]) -> Option<Vec<u8>> {
        let request = envelope::open_as::<EnrolRequest>(body).ok()?.body;
        let device = self.device_record(&PublicKey::from_bytes(&request.key).ok()?, &self.persons, 1);
        let person = |id: &PersonId| sealed(&self.records, &Person { id: *id, name: "王芳".into(), body: self.body });
        Some(cbor::encode(&EnrolAnswer {
            server: self.server,
            server_key: self.records.public().to_bytes(),
            device: Bytes(device),
            persons: self.persons.iter().map(person).map(Bytes).collect(),
            server_ms: self.now_ms,
        }))
    }

    fn sync(&self, body: &[u8]) -> Option<Vec<u8>> {
        let request = Request::from_body(body).ok()?;
        let frames: Vec<Frame> =
            request.frames.iter().map(|frame| Frame::unpack(frame)).collect::<Result<_, _>>().ok()?;
        let records = frames.iter().map(|frame| frame.records.len()).sum();
        let documents = frames.iter().map(|frame| frame.documents.len()).sum();
        let mut state = self.state();
        state.received.extend(frames);
        let verdict = DocumentStatus { status: state.verdict.clone(), stopped: None, heads: Vec::new() };
        let answer = Answer {
            server_ms: self.now_ms,
            records: vec![Status::plain(Outcome::Ok); records],
            documents: vec![verdict; documents],
            cursor: Bytes(vec![1]),
            more: false,
            feed: std::mem::take(&mut state.feed),
            uploads: Vec::new(),
            more_uploads: false,
            log: LogMark::default(),
            shown: None,
        };
        answer.to_body().ok()
    }
}

/// What is said of a phone that was let in.
pub(super) fn device(key: &PublicKey, persons: &[PersonId], enrolled_ms: i64) -> Device {
    let persons = persons.to_vec();
    Device { id: key.device(), key: key.to_bytes(), name: "01".to_owned(), persons, enrolled_ms }
}

/// A key as a list has it.
pub(super) fn listed(key: &SoftwareKey, from_s: i64, until_s: Option<i64>) -> PermitKey {
    PermitKey { key: key.public().to_bytes(), from_s, until_s, revoked_s: None }
}

struct Line(Arc<Office>);

impl Network for Line {
    fn exchange(&self, request: &HttpRequest) -> Result<HttpAnswer, NetworkError> {
        let body =
            if request.url.ends_with("/v1/enrol") { self.0.enrol(&request.body) } else { self.0.sync(&request.body) };
        let body = body.ok_or_else(|| NetworkError::Offline("not understood".to_owned()))?;
        Ok(HttpAnswer { status: 200, headers: Vec::new(), body })
    }
}

/// It is the same moment all the while: what changes on the screen was brought.
struct Stopped(i64);

impl Clock for Stopped {
    fn wall_ms(&self) -> i64 {
        self.0
    }
    fn mono_ms(&self) -> i64 {
        1000
    }
    fn offset_minutes(&self) -> i32 {
        480
    }
}

struct Drawn(Mutex<StdRng>);

impl Random for Drawn {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill(buffer);
        Ok(())
    }
}
