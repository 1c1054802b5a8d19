//! At a server, over HTTP: what a phone of its own, or nobody's, pushes.

use super::office::{key, sealed};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use reqwest::blocking::Client;
use std::net::SocketAddr;
use tempfile::TempDir;
use wurao_protocol::cbor::{self, Bytes};
use wurao_protocol::enrol::{EnrolAnswer, EnrolRequest};
use wurao_protocol::envelope::open_as;
use wurao_protocol::frame::Frame;
use wurao_protocol::key::{Signer as _, SoftwareKey};
use wurao_protocol::permit::Permit;
use wurao_protocol::record::{
    Cause, Decision, Deed, Device, Late, Leave, Order, Person, Receipt, Session, Stamp, State, TrustList, Verdict, Void,
};
use wurao_protocol::sync::{Answer, Holds, LogMark, Request, RequestHead, RequestStart, Status, frames_digest};
use wurao_protocol::{Digest, DocumentId, PersonId, ServerId};
use wurao_server::{Config, Server, county};
use wurao_tests::county::County;
use wurao_tests::{Doing, Trouble};

/// A server in this process with two phones of its own.
pub(super) struct Field {
    url: String,
    http: Client,
    /// The phone whose owner is on a team.
    ours: Phone,
    /// A colleague's, on no team of ours.
    theirs: Phone,
    visit: Permit,
    _server: Server,
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

const STAMP: Stamp = Stamp { wall_ms: 0, mono_ms: 0, server_ms: None };

/// What was tried, what the server must say, what it said.
type Tried = (&'static str, &'static str, String);

impl Field {
    pub(super) fn new() -> Result<Self, Trouble> {
        let folder = tempfile::Builder::new().prefix("wurao-forge-").tempdir().doing("make a folder")?;
        let file = folder.path().join("county.json");
        County::demo()?.write(&file)?;
        let config = Config::new(folder.path().join("server"), SocketAddr::from(([127, 0, 0, 1], 0)));
        let server = Server::start(config).doing("start a server")?;
        county::load(server.app(), &file).doing("load the county")?;
        let url = format!("http://{}", server.address());
        let http = Client::builder().no_proxy().build().doing("make a client")?;
        let mut chance = StdRng::seed_from_u64(0);
        let mut ours = Phone::enrol(&http, &url, OURS, key(&mut chance))?;
        let theirs = Phone::enrol(&http, &url, THEIRS, key(&mut chance))?;
        let visit = ours.permits(&http, &url)?.into_iter().find(|permit| !permit.names(&theirs.person));
        let visit = visit.ok_or_else(|| Trouble::new("find a visit", "all are of both phones' owners"))?;
        Ok(Self { url, http, ours, theirs, visit, _server: server, _folder: folder })
    }

    /// Every forgery once; each session is a new one.
    pub(super) fn trial(&mut self, seed: u64) -> Result<Vec<Tried>, Trouble> {
        let mut chance = StdRng::seed_from_u64(seed);
        let mut tried = Vec::new();
        self.whole_requests(&mut chance, &mut tried);
        self.letting_in(&mut chance, &mut tried);
        self.records(&mut chance, &mut tried);
        Ok(tried)
    }

    fn whole_requests(&mut self, chance: &mut StdRng, tried: &mut Vec<Tried>) {
        let device = |phone: &Phone| phone.key.public().device();
        let honest = self.ours.request(vec![]);
        tried.push(("(honest) a request", "200", self.code_of(&honest)));
        tried.push(("a request sent twice", "stale-counter", self.code_of(&honest)));
        let counter = chance.random_range(0..self.ours.counter);
        let stale = self.ours.request_with(vec![], |head| head.counter = counter);
        tried.push(("a counter gone by", "stale-counter", self.code_of(&stale)));
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
        let frame = Frame { records: vec![Bytes(record.to_vec())], documents: vec![] };
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

    /// The permits that a first sync brings.
    fn permits(&mut self, http: &Client, url: &str) -> Result<Vec<Permit>, Trouble> {
        let (_, body) = raw(http, &format!("{url}/v1/sync"), self.request(vec![]).to_body())?;
        let answer = Answer::from_body(&body).map_err(|problem| Trouble::new("sync", problem.code()))?;
        let permit = |record: &Bytes| open_as::<Permit>(&record.0).ok().map(|opened| opened.body);
        Ok(answer.feed.records.iter().filter_map(permit).collect())
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
