//! At a server, over HTTP: what a phone of its own, or nobody's, pushes.

mod chain;
mod page;

use super::office::{key, sealed};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use reqwest::blocking::Client;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tempfile::TempDir;
use wurao_protocol::cbor::{self, Bytes};
use wurao_protocol::enrol::{EnrolAnswer, EnrolRequest};
use wurao_protocol::envelope::{open, open_as};
use wurao_protocol::frame::Frame;
use wurao_protocol::key::{Signer as _, SoftwareKey};
use wurao_protocol::permit::Permit;
use wurao_protocol::record::{
    Cause, Decision, Deed, Device, Kind, Late, Leave, Order, Person, Receipt, Session, Stamp, State, TrustList,
    Verdict, Void,
};
use wurao_protocol::sync::{Answer, Feed, Holds, LogMark, Request, RequestHead, RequestStart, Status, frames_digest};
use wurao_protocol::{Digest, DocumentId, PersonId, ServerId};
use wurao_record::Ledger;
use wurao_server::{Clock, Config, Server, county};
use wurao_tests::county::{ADMINISTRATOR, County};
use wurao_tests::supervisor::Supervisor;
use wurao_tests::{Doing, Trouble};

/// A server in this process with two phones of its own.
pub(super) struct Field {
    url: String,
    http: Client,
    /// The phone whose owner is on a team.
    ours: Phone,
    /// A colleague's, on no team of ours.
    theirs: Phone,
    /// Another phone of our owner.
    second: Phone,
    /// Revoked and emptied.
    lost: Phone,
    visit: Permit,
    /// One that our owner is not on the team of.
    their_visit: Permit,
    /// What the visit's document holds.
    ledger: Ledger,
    /// Our last photo: its place in the chain, its name.
    chain: (u64, Option<Digest>),
    /// What villages say is sealed to it.
    feedback: [u8; 33],
    now_ms: i64,
    clock: Arc<HandClock>,
    server: Server,
    _folder: TempDir,
}

struct Phone {
    key: SoftwareKey,
    device: Vec<u8>,
    server: ServerId,
    person: PersonId,
    counter: u64,
}

/// The code that lets our phone in, and the other's; of the demo's county.
const OURS: &str = "demo-phone-03";
const THEIRS: &str = "demo-phone-11";
/// Codes beside those of the demo: another phone of our owner, one that is lost, one that nobody uses.
const SECOND: &str = "forge-second";
const LOST: &str = "forge-lost";
const FRESH: &str = "forge-fresh";
/// Longer than wrong codes are counted for.
const WHILE_MS: i64 = 61_000;

const STAMP: Stamp = Stamp { wall_ms: 0, mono_ms: 0, server_ms: None };

/// What was tried, what the server must say, what it said.
type Tried = (&'static str, &'static str, String);

impl Field {
    pub(super) fn new() -> Result<Self, Trouble> {
        let folder = tempfile::Builder::new().prefix("wurao-forge-").tempdir().doing("make a folder")?;
        let file = folder.path().join("county.json");
        let mut county = County::demo()?;
        for (code, login) in [(SECOND, "chenlixin"), (LOST, "wuxiaomei"), (FRESH, "wuxiaomei")] {
            county.add_code(code, code, &[login])?;
        }
        county.write(&file)?;
        let now_ms = jiff::Timestamp::now().as_millisecond();
        let clock = Arc::new(HandClock(AtomicI64::new(now_ms)));
        let mut config = Config::new(folder.path().join("server"), SocketAddr::from(([127, 0, 0, 1], 0)));
        config.clock = Arc::clone(&clock) as Arc<dyn Clock>;
        let server = Server::start(config).doing("start a server")?;
        county::load(server.app(), &file).doing("load the county")?;
        let url = format!("http://{}", server.address());
        let http = Client::builder().no_proxy().build().doing("make a client")?;
        let mut chance = StdRng::seed_from_u64(0);
        let mut ours = Phone::enrol(&http, &url, OURS, key(&mut chance))?;
        let mut theirs = Phone::enrol(&http, &url, THEIRS, key(&mut chance))?;
        let second = Phone::enrol(&http, &url, SECOND, key(&mut chance))?;
        let mut lost = Phone::enrol(&http, &url, LOST, key(&mut chance))?;
        lost.lose(&http, &url)?;
        let (mine, trust) = ours.pulled(&http, &url)?;
        let now_s = now_ms / 1000;
        let find = |mut permits: Vec<Permit>, who: PersonId| {
            permits.retain(|permit| (permit.not_before_s..permit.expires_s).contains(&now_s));
            let found = permits.into_iter().max_by_key(|permit| (!permit.names(&who), permit.visit.team.len()));
            let found = found.filter(|permit| !permit.names(&who));
            found.ok_or_else(|| Trouble::new("find a visit", "all are of both phones' owners"))
        };
        let visit = find(mine, theirs.person)?;
        let their_visit = find(theirs.pulled(&http, &url)?.0, ours.person)?;
        Ok(Self {
            url,
            http,
            ours,
            theirs,
            second,
            lost,
            visit,
            their_visit,
            ledger: Ledger::new(),
            chain: (0, None),
            feedback: trust.feedback_key,
            now_ms,
            clock,
            server,
            _folder: folder,
        })
    }

    /// Every forgery once; each session is a new one.
    pub(super) fn trial(&mut self, seed: u64) -> Result<Vec<Tried>, Trouble> {
        let mut chance = StdRng::seed_from_u64(seed);
        let mut tried = Vec::new();
        self.whole_requests(&mut chance, &mut tried);
        self.emptied(&mut chance, &mut tried);
        // Wrong codes are counted: each seed has a while of its own.
        self.clock.set(self.now_ms + WHILE_MS * (1 + i64::try_from(seed % 1_000_000).unwrap_or(0)));
        self.letting_in(&mut chance, &mut tried);
        self.clock.set(self.now_ms);
        self.keys_brought(&mut chance, &mut tried);
        self.records(&mut chance, &mut tried);
        self.photos(&mut chance, &mut tried)?;
        self.changes(&mut chance, &mut tried)?;
        self.page(&mut chance, &mut tried)?;
        self.carried(&mut chance, &mut tried);
        Ok(tried)
    }

    fn whole_requests(&mut self, chance: &mut StdRng, tried: &mut Vec<Tried>) {
        let device = |phone: &Phone| phone.key.public().device();
        let honest = self.ours.request(vec![]);
        let last = self.ours.counter;
        tried.push(("(honest) a request", "200", self.code_of(&honest)));
        tried.push(("a request sent twice", "stale-counter", self.code_of(&honest)));
        let counter = chance.random_range(0..self.ours.counter);
        let stale = self.ours.request_with(vec![], |head| head.counter = counter);
        tried.push(("a counter gone by", "stale-counter", self.code_of(&stale)));
        let equal = self.ours.request_with(vec![], |head| head.counter = last);
        tried.push(("the last counter under other words", "stale-counter", self.code_of(&equal)));
        let far = self.ours.request_with(vec![], |head| head.counter = u64::MAX);
        tried.push(("a counter above all", "malformed", self.code_of(&far)));
        let elsewhere = ServerId(chance.random());
        let elsewhere = self.ours.request_with(vec![], |head| head.server = elsewhere);
        tried.push(("a request to another server", "other-server", self.code_of(&elsewhere)));
        let named = device(&self.theirs);
        let named = self.ours.request_with(vec![], |head| head.device = named);
        tried.push(("a request in another phone's name", "wrong-signature", self.code_of(&named)));

        let mut borrowed = self.ours.request(vec![]);
        borrowed.start.device = Bytes(self.theirs.device.clone());
        tried.push(("another phone's record beside a request", "wrong-signature", self.code_of(&borrowed)));
        let stranger = key(chance);
        let mut forged = self.ours.request(vec![]);
        forged.start.device = Bytes(sealed(&stranger, &self.device_of(&stranger)));
        tried.push(("a phone that let itself in", "unknown-device", self.code_of(&forged)));
        let mut forged = self.ours.request(vec![]);
        forged.start.device = Bytes(sealed(&self.ours.key, &self.device_of(&self.ours.key)));
        tried.push(("a phone that wrote its own record", "unknown-device", self.code_of(&forged)));

        let mut other = self.ours.request(vec![vec![0; 8]]);
        other.frames = vec![vec![1; 8]];
        other.start.frames = vec![Digest::of(&[&other.frames[0]])];
        tried.push(("frames that the phone did not sign for", "frame-hash", self.code_of(&other)));
        let first = self.ours.request(vec![vec![2; 8]]);
        let mut swapped = self.ours.request(vec![vec![3; 8]]);
        swapped.start.head = first.start.head;
        tried.push(("one request's frames under another's head", "frame-hash", self.code_of(&swapped)));
        let office = key(chance);
        let mut foreign = self.ours.request(vec![]);
        foreign.start.device = Bytes(sealed(&office, &self.device_of(&self.ours.key)));
        tried.push(("a phone let in by another server", "unknown-device", self.code_of(&foreign)));
        let mut more = self.ours.request(vec![]);
        let body = cbor::encode(&self.device_of(&self.ours.key));
        if let Ok(honest) = open(&self.ours.device) {
            let parts = super::cose::Parts::honest(Kind::Device, honest.key, body);
            more.start.device = Bytes(parts.with(&self.ours.device[self.ours.device.len() - 64..]));
        }
        tried.push(("more people written into a phone's record", "unknown-device", self.code_of(&more)));
        let mut changed = self.ours.request(vec![]);
        let at = changed.start.head.0.len() - 1 - chance.random_range(0..64);
        changed.start.head.0[at] ^= 1;
        tried.push(("a bit of the request's signature", "wrong-signature", self.code_of(&changed)));
    }

    fn letting_in(&self, chance: &mut StdRng, tried: &mut Vec<Tried>) {
        let stranger = key(chance);
        let ask = |code: &str, brought: &SoftwareKey| {
            let key = brought.public().to_bytes();
            let request = EnrolRequest { code: code.to_owned(), key, name: "伪造".to_owned() };
            self.post("/v1/enrol", sealed(&stranger, &request)).1
        };
        tried.push(("a code used twice", "enrol-code", ask(OURS, &stranger)));
        let guess: String = (0..8).map(|_| char::from(chance.random_range(b'A'..=b'Z'))).collect();
        tried.push(("a code guessed", "enrol-code", ask(&guess, &stranger)));
        tried.push(("a key brought that another holds", "wrong-signature", ask(OURS, &self.ours.key)));
    }

    /// Enrolments by a code that nobody has used, with keys that are not for it.
    fn keys_brought(&self, chance: &mut StdRng, tried: &mut Vec<Tried>) {
        let stranger = key(chance);
        let signed = |by: &SoftwareKey, brought: &SoftwareKey| {
            let key = brought.public().to_bytes();
            sealed(by, &EnrolRequest { code: FRESH.to_owned(), key, name: String::new() })
        };
        let (key, code) = (stranger.public().to_bytes(), FRESH.to_owned());
        let turned = sealed(&stranger, &EnrolRequest { code, key, name: "phone \u{202e}1".to_owned() });
        tried.push(("a phone's name that turns what is read", "field", self.post("/v1/enrol", turned).1));
        let stolen = self.post("/v1/enrol", signed(&stranger, &self.theirs.key)).1;
        tried.push(("another phone's key under a good code", "wrong-signature", stolen));
        let mut torn = signed(&stranger, &stranger);
        let at = torn.len() - 1 - chance.random_range(0..64);
        torn[at] ^= 1;
        tried.push(("a bit of an enrolment's signature", "wrong-signature", self.post("/v1/enrol", torn).1));
    }

    /// A phone that was told to destroy itself, found and used again.
    fn emptied(&mut self, chance: &mut StdRng, tried: &mut Vec<Tried>) {
        let told = self.lost.request_with(vec![], |head| head.cursor = Bytes(b"wiped".to_vec()));
        tried.push(("a request of an emptied phone", "destroy yourself", self.told_alone(&told)));
        tried.push(("a copy of an emptied phone", "device-revoked", self.code_of(&told)));
        let session = self.lost.seal(&self.lost.session(chance));
        let frame = Frame { records: vec![Bytes(session)], documents: vec![], proofs: None };
        let brings = self.lost.request(frame.pack().into_iter().collect());
        tried.push(("a session of an emptied phone", "Ok; destroy yourself", self.told_alone(&brings)));
    }

    fn records(&mut self, chance: &mut StdRng, tried: &mut Vec<Tried>) {
        let session = self.ours.session(chance);
        let theirs = self.theirs.session(chance);
        let (mine, document) = (session.actor, self.visit.visit.document);
        let (me, them) = (self.ours.person, self.theirs.person);
        let team = self.visit.visit.team.iter().map(|member| member.person);
        let colleague = team.into_iter().find(|person| *person != me).unwrap_or(them);
        let opened = self.pushed(&self.ours.seal(&session), true);
        tried.push(("(honest) a session", "Ok", opened));
        let opened = self.pushed(&self.theirs.seal(&theirs), false);
        tried.push(("(honest) a session of the other phone", "Ok", opened));

        let leave = |person, actor, document| Leave { document, person, actor, heads: vec![], at: STAMP };
        let void = |person, actor| Void { document, person, actor, reason: "误开".to_owned(), at: STAMP };
        let late = |person, actor| Late {
            document,
            permit: self.visit.id,
            site: self.visit.visit.site,
            checklist: self.visit.visit.checklist,
            person,
            actor,
            cause: Cause::Urgent,
            reason: "汛情".to_owned(),
            standing: "expired".to_owned(),
            at: STAMP,
        };
        let other_device = self.theirs.key.public().device();
        let stranger = key(chance);
        let ours = &self.ours;
        let nobody: [u8; 16] = chance.random();
        let elsewhere = DocumentId(chance.random());
        let digest = Digest(chance.random());
        let decision =
            |verdict| Decision { document, verdict, heads: vec![digest], at_ms: 0, by: Some(me), reason: None };
        let trust = TrustList {
            sequence: u64::MAX,
            at_s: 0,
            good_until_s: i64::MAX,
            keys: vec![],
            revoked: vec![],
            feedback_key: stranger.public().to_bytes(),
            drain_key: stranger.public().to_bytes(),
            phones: vec![],
        };
        let mut longer = self.visit.clone();
        longer.expires_s += 86_400;
        let mut torn = ours.seal(&leave(me, mine, document));
        if let Some(last) = torn.last_mut() {
            *last ^= 1;
        }
        let list: Vec<(&'static str, &'static str, Vec<u8>)> = vec![
            (
                "a session for another phone",
                "forged-actor",
                ours.seal(&Session { device: other_device, ..session.clone() }),
            ),
            (
                "a session under another's actor",
                "forged-actor",
                ours.seal(&Session { actor: theirs.actor, ..session.clone() }),
            ),
            (
                "a session under no one's actor",
                "forged-actor",
                ours.seal(&Session { actor: nobody, ..session.clone() }),
            ),
            (
                "a session of a person not on this phone",
                "not-on-team",
                ours.seal(&Session { person: them, ..session.clone() }),
            ),
            ("another phone's session, signed anew", "forged-actor", ours.seal(&theirs)),
            ("a session signed by a stranger", "wrong-signature", sealed(&stranger, &self.ours.session(chance))),
            ("a leave for somebody else", "forged-actor", ours.seal(&leave(colleague, mine, document))),
            ("a leave in another phone's session", "forged-actor", ours.seal(&leave(me, theirs.actor, document))),
            ("a leave in no session", "no-session", ours.seal(&leave(me, nobody, document))),
            ("a leave of an inspection that there is not", "no-permit", ours.seal(&leave(me, mine, elsewhere))),
            ("a leave signed by a stranger", "wrong-signature", sealed(&stranger, &leave(me, mine, document))),
            ("a leave with a bit changed", "wrong-signature", torn),
            ("a voiding for somebody else", "forged-actor", ours.seal(&void(colleague, mine))),
            ("a voiding in no session", "no-session", ours.seal(&void(me, nobody))),
            ("a late registration for somebody else", "forged-actor", ours.seal(&late(colleague, mine))),
            ("a late registration in no session", "no-session", ours.seal(&late(me, nobody))),
            ("a permit signed by a phone", "kind-not-taken", ours.seal(&longer)),
            ("a list signed by a phone", "kind-not-taken", ours.seal(&trust)),
            ("a late registration approved by a phone", "kind-not-taken", ours.seal(&decision(Verdict::Registered))),
            ("held work accepted by a phone", "kind-not-taken", ours.seal(&decision(Verdict::Accepted))),
            (
                "an order to another phone, by a phone",
                "kind-not-taken",
                ours.seal(&Order { device: other_device, what: Deed::Wipe, at_ms: 0 }),
            ),
            (
                "a receipt written by a phone",
                "kind-not-taken",
                ours.seal(&Receipt { records: vec![digest], state: State::Accepted, at_ms: 0 }),
            ),
            (
                "a person made by a phone",
                "kind-not-taken",
                ours.seal(&Person { id: them, name: "陈强".to_owned(), body: self.visit.visit.body }),
            ),
            ("a phone let in by a phone", "kind-not-taken", ours.seal(&self.device_of(&stranger))),
            (
                "an enrolment pushed as work",
                "kind-not-taken",
                ours.seal(&EnrolRequest {
                    code: OURS.to_owned(),
                    key: stranger.public().to_bytes(),
                    name: String::new(),
                }),
            ),
        ];
        let theirs_list = [
            (
                "a leave by somebody not on the team",
                "not-on-team",
                self.theirs.seal(&leave(them, theirs.actor, document)),
            ),
            ("a voiding by somebody not on the team", "not-on-team", self.theirs.seal(&void(them, theirs.actor))),
            (
                "a late registration by somebody not on the team",
                "not-on-team",
                self.theirs.seal(&late(them, theirs.actor)),
            ),
            (
                "another phone's leave, carried and signed anew",
                "forged-actor",
                self.theirs.seal(&leave(me, mine, document)),
            ),
        ];
        for (name, expect, record) in list {
            tried.push((name, expect, self.pushed(&record, true)));
        }
        for (name, expect, record) in theirs_list {
            tried.push((name, expect, self.pushed(&record, false)));
        }
    }

    /// A record that says it lets this key in.
    fn device_of(&self, key: &SoftwareKey) -> Device {
        let public = key.public();
        let persons = vec![self.ours.person, self.theirs.person];
        Device { id: public.device(), key: public.to_bytes(), name: "伪造".to_owned(), persons, enrolled_ms: 0 }
    }

    /// What the server makes of one record in a push of ours, or of theirs.
    fn pushed(&mut self, record: &[u8], ours: bool) -> String {
        let frame = Frame { records: vec![Bytes(record.to_vec())], documents: vec![], proofs: None };
        let Ok(frame) = frame.pack() else { return "not packed".to_owned() };
        let phone = if ours { &mut self.ours } else { &mut self.theirs };
        let request = phone.request(vec![frame]);
        let (status, body) = self.raw("/v1/sync", request.to_body());
        match Answer::from_body(&body) {
            Ok(Answer { records, .. }) => records.first().map_or_else(|| "no status".to_owned(), in_a_word),
            Err(_) => format!("{status} {}", String::from_utf8_lossy(&body)),
        }
    }

    fn code_of(&self, request: &Request) -> String {
        match self.post("/v1/sync", request.to_body()) {
            (200, _) => "200".to_owned(),
            (_, code) => code,
        }
    }

    /// What became of the one record of a request, and what its phone is told to do, when it is told nothing else.
    fn told_alone(&self, request: &Request) -> String {
        let (status, body) = self.raw("/v1/sync", request.to_body());
        let Ok(answer) = Answer::from_body(&body) else {
            return format!("{status} {}", String::from_utf8_lossy(&body));
        };
        let mut said: Vec<String> = answer.records.iter().map(in_a_word).collect();
        let Feed { records, documents, proof } = &answer.feed;
        said.push(match records.as_slice() {
            [order] if documents.is_empty() && proof.is_none() => match open_as::<Order>(&order.0) {
                Ok(order) if order.body.what == Deed::Wipe => "destroy yourself".to_owned(),
                _ => "told something else".to_owned(),
            },
            _ => format!("told {} records and changes of {}", records.len(), documents.len()),
        });
        said.join("; ")
    }

    fn post(&self, path: &str, body: Vec<u8>) -> (u16, String) {
        let (status, body) = self.raw(path, body);
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    fn raw(&self, path: &str, body: Vec<u8>) -> (u16, Vec<u8>) {
        raw(&self.http, &format!("{}{path}", self.url), body).unwrap_or_else(|trouble| (0, trouble.to_string().into()))
    }
}

fn in_a_word(status: &Status) -> String {
    status.problem.map_or_else(|| format!("{:?}", status.outcome), |problem| problem.code().to_owned())
}

fn raw(http: &Client, url: &str, body: Vec<u8>) -> Result<(u16, Vec<u8>), Trouble> {
    let answer = http.post(url).body(body).send().doing(format!("post to {url}"))?;
    let status = answer.status().as_u16();
    Ok((status, answer.bytes().doing(format!("read from {url}"))?.to_vec()))
}

impl Phone {
    fn enrol(http: &Client, url: &str, code: &str, key: SoftwareKey) -> Result<Self, Trouble> {
        let request = EnrolRequest { code: code.to_owned(), key: key.public().to_bytes(), name: String::new() };
        let (_, body) = raw(http, &format!("{url}/v1/enrol"), sealed(&key, &request))?;
        let doing = || format!("let {code} in");
        let answer: EnrolAnswer = cbor::decode(&body).doing(doing())?;
        let person = answer.persons.first().ok_or_else(|| Trouble::new(doing(), "nobody may work on it"))?;
        let person = open_as::<Person>(&person.0).doing(doing())?.body.id;
        Ok(Self { key, device: answer.device.0, server: answer.server, person, counter: 0 })
    }

    /// The permits that a first sync brings, and the list of keys.
    fn pulled(&mut self, http: &Client, url: &str) -> Result<(Vec<Permit>, TrustList), Trouble> {
        let (_, body) = raw(http, &format!("{url}/v1/sync"), self.request(vec![]).to_body())?;
        let answer = Answer::from_body(&body).map_err(|problem| Trouble::new("sync", problem.code()))?;
        let permit = |record: &Bytes| open_as::<Permit>(&record.0).ok().map(|opened| opened.body);
        let trust = |record: &Bytes| open_as::<TrustList>(&record.0).ok().map(|opened| opened.body);
        let trust = answer.feed.records.iter().find_map(trust);
        let trust = trust.ok_or_else(|| Trouble::new("sync", "no list of keys came"))?;
        Ok((answer.feed.records.iter().filter_map(permit).collect(), trust))
    }

    /// It is revoked at the page, holds nothing, and is told to destroy itself.
    fn lose(&mut self, http: &Client, url: &str) -> Result<(), Trouble> {
        let office = Supervisor::sign_in(url, ADMINISTRATOR.0, ADMINISTRATOR.1)?;
        let path = format!("/phones/{}/revoke", self.key.public().device());
        let posted = office.post(&path, &[("reason", "丢失")])?;
        if posted.status != 303 {
            return Err(Trouble::new("revoke a phone", format!("{} {}", posted.status, posted.body)));
        }
        raw(http, &format!("{url}/v1/sync"), self.request(vec![]).to_body())?;
        Ok(())
    }

    fn seal<T: wurao_protocol::record::RecordBody>(&self, body: &T) -> Vec<u8> {
        sealed(&self.key, body)
    }

    fn session(&self, chance: &mut StdRng) -> Session {
        let nonce: [u8; 16] = chance.random();
        Session {
            actor: Session::actor_of(&self.key.public(), &nonce),
            nonce,
            person: self.person,
            device: self.key.public().device(),
            began: STAMP,
            engine: "forge".to_owned(),
        }
    }

    fn request(&mut self, frames: Vec<Vec<u8>>) -> Request {
        self.request_with(frames, |_| {})
    }

    /// A request whose head says something else, properly signed.
    fn request_with(&mut self, frames: Vec<Vec<u8>>, change: impl FnOnce(&mut RequestHead)) -> Request {
        self.counter += 1;
        let hashes: Vec<Digest> = frames.iter().map(|frame| Digest::of(&[frame])).collect();
        let mut head = RequestHead {
            server: self.server,
            device: self.key.public().device(),
            counter: self.counter,
            frames: frames_digest(&hashes),
            cursor: Bytes::default(),
            seen: LogMark::default(),
            limit: 1 << 20,
            holds: Holds::default(),
        };
        change(&mut head);
        let start = RequestStart { head: Bytes(self.seal(&head)), device: Bytes(self.device.clone()), frames: hashes };
        Request { start, frames }
    }
}

/// A clock moved by hand.
struct HandClock(AtomicI64);

impl HandClock {
    fn get(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    fn set(&self, ms: i64) {
        self.0.store(ms, Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now_ms(&self) -> i64 {
        self.get()
    }
}
