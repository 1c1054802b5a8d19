//! A phone with no store and no rules: it sends what it is told to send.

use super::World;
use wurao_protocol::cbor::{self, Bytes};
use wurao_protocol::enrol::{EnrolAnswer, EnrolRequest};
use wurao_protocol::envelope::{open, open_as, seal};
use wurao_protocol::frame::{DocumentChanges, Frame};
use wurao_protocol::key::{Signer, SoftwareKey};
use wurao_protocol::permit::Permit;
use wurao_protocol::record::{Heads, Kind, Leave, RecordBody, Session, Stamp, TrustList};
use wurao_protocol::sync::parts;
use wurao_protocol::sync::{Answer, Holds, LogMark, Request, RequestHead, RequestStart, frames_digest};
use wurao_protocol::{Digest, DocumentId, PersonId, ServerId, merkle};
use wurao_record::{ActorId, Admitted, Genesis, History, Ledger, Map, Put, Scalar, admit, build, change_hash, tips};

pub const STAMP: Stamp = Stamp { wall_ms: super::MORNING_MS, mono_ms: 1000, server_ms: None };

pub struct Phone {
    pub key: SoftwareKey,
    pub person: PersonId,
    pub device: Vec<u8>,
    pub server: ServerId,
    pub counter: u64,
    pub cursor: Bytes,
    pub permit: Option<Permit>,
    pub ledger: Ledger,
    pub limit: u32,
    /// The log's mark that the next request sends.
    pub seen: LogMark,
    /// What its clock says.
    pub at: Stamp,
    /// What it says it holds beside a request.
    pub holds: Holds,
    /// The last list of permit keys it was given.
    pub trust: Option<TrustList>,
    /// The bytes of the newest permit.
    pub permit_bytes: Vec<u8>,
    /// The actor of its session.
    pub actor: [u8; 16],
    nonce: u8,
    http: reqwest::blocking::Client,
}

/// What a push shall carry.
#[derive(Clone, Default)]
pub struct Push {
    pub records: Vec<Vec<u8>>,
    pub documents: Vec<DocumentChanges>,
}

impl Phone {
    pub fn new(seed: u8, person: PersonId) -> Self {
        Self {
            key: SoftwareKey::from_bytes(&[seed; 32]).unwrap(),
            person,
            device: Vec::new(),
            server: ServerId([0; 16]),
            counter: 0,
            cursor: Bytes::default(),
            permit: None,
            ledger: Ledger::new(),
            seen: LogMark::default(),
            limit: 1 << 20,
            at: STAMP,
            holds: Holds::default(),
            trust: None,
            permit_bytes: Vec::new(),
            actor: [0; 16],
            nonce: 0,
            http: reqwest::blocking::Client::new(),
        }
    }

    pub fn enrol(&mut self, world: &World, code: &str) {
        let (status, body) = self.try_enrol(world, code);
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
        let answer: EnrolAnswer = cbor::decode(&body).unwrap();
        self.device = answer.device.0;
        self.server = answer.server;
    }

    pub fn try_enrol(&self, world: &World, code: &str) -> (u16, Vec<u8>) {
        let key = self.key.public().to_bytes();
        let request = EnrolRequest { code: code.to_owned(), key, name: String::new() };
        self.post(&world.url("/v1/enrol"), seal(&self.key, &request).unwrap())
    }

    pub fn post(&self, url: &str, body: Vec<u8>) -> (u16, Vec<u8>) {
        let answer = self.http.post(url).body(body).send().unwrap();
        (answer.status().as_u16(), answer.bytes().unwrap().to_vec())
    }

    /// Signs a record.
    pub fn seal<T: RecordBody>(&self, body: &T) -> Vec<u8> {
        seal(&self.key, body).unwrap()
    }

    /// Opens a new session; later changes are of its actor.
    pub fn session(&mut self) -> Vec<u8> {
        self.nonce += 1;
        let nonce = [self.nonce; 16];
        self.actor = Session::actor_of(&self.key.public(), &nonce);
        self.seal(&self.session_body())
    }

    pub fn session_body(&self) -> Session {
        Session {
            actor: self.actor,
            nonce: [self.nonce; 16],
            person: self.person,
            device: self.key.public().device(),
            began: self.at,
            engine: "test".to_owned(),
        }
    }

    pub fn actor(&self) -> [u8; 16] {
        self.actor
    }

    pub fn document(&self) -> DocumentId {
        self.permit.as_ref().unwrap().visit.document
    }

    pub fn genesis(&self) -> Genesis {
        let permit = self.permit.as_ref().unwrap();
        Genesis::of(wurao_record::DocumentId(permit.visit.document.0), permit.visit.checklist.0)
    }

    /// Answers a question; the change is known here and not sent.
    pub fn answer(&mut self, question: &str, value: i64) -> Admitted {
        self.put(Put::new(Map::Answers, format!("{question}@-"), Scalar::Int(value)))
    }

    pub fn put(&mut self, put: Put) -> Admitted {
        self.put_all(&[put])
    }

    /// One change with all of these.
    pub fn put_all(&mut self, puts: &[Put]) -> Admitted {
        let change = build(&self.genesis(), &self.ledger, &ActorId(self.actor), self.at.wall_ms, puts).unwrap();
        self.ledger.apply(change.clone());
        change
    }

    /// A leave over all that is known here.
    pub fn leave(&self) -> Vec<u8> {
        let heads = self.ledger.heads().unwrap().into_iter().map(Digest).collect();
        self.seal(&Leave { document: self.document(), person: self.person, actor: self.actor, heads, at: self.at })
    }

    /// A document entry of these changes.
    pub fn entry(&self, changes: &[&Admitted]) -> DocumentChanges {
        let changes = changes.iter().map(|change| Bytes(change.bytes.clone())).collect();
        DocumentChanges { document: self.document(), heads: None, changes }
    }

    /// The heads record over these entries.
    pub fn heads(&self, documents: &[DocumentChanges]) -> Vec<u8> {
        let leaf = |item: &DocumentChanges| {
            let heads = item.heads.clone().unwrap_or_else(|| {
                let tips = tips(item.changes.iter().map(|change| change.0.as_slice())).unwrap();
                tips.into_iter().map(Digest).collect()
            });
            merkle::leaf(&item.document, &heads)
        };
        self.seal(&Heads::over(&documents.iter().map(leaf).collect::<Vec<_>>()))
    }

    /// A whole request body, its counter raised.
    pub fn body(&mut self, push: &Push) -> Vec<u8> {
        let records = push.records.iter().cloned().map(Bytes).collect();
        let frame = Frame { records, documents: push.documents.clone(), proofs: None };
        self.body_of(if frame == Frame::default() { Vec::new() } else { vec![frame.pack().unwrap()] })
    }

    /// A whole request body of these frames, its counter raised.
    pub fn body_of(&mut self, frames: Vec<Vec<u8>>) -> Vec<u8> {
        self.counter += 1;
        let hashes: Vec<Digest> = frames.iter().map(|frame| Digest::of(&[frame])).collect();
        let head = RequestHead {
            server: self.server,
            device: self.key.public().device(),
            counter: self.counter,
            frames: frames_digest(&hashes),
            cursor: self.cursor.clone(),
            seen: self.seen.clone(),
            limit: self.limit,
            holds: self.holds,
        };
        let start = RequestStart { head: Bytes(self.seal(&head)), device: Bytes(self.device.clone()), frames: hashes };
        Request { start, frames }.to_body()
    }

    /// Pushes and takes in what comes back.
    pub fn sync(&mut self, world: &World, push: &Push) -> Answer {
        let body = self.body(push);
        let (status, body) = self.post(&world.url("/v1/sync"), body);
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
        self.hear(&body)
    }

    /// Takes in an answer of any version.
    pub fn hear(&mut self, body: &[u8]) -> Answer {
        let answer = Answer::of_parts(parts::all(body).unwrap()).unwrap();
        self.cursor = answer.cursor.clone();
        for record in &answer.feed.records {
            match open(&record.0).unwrap().kind {
                Kind::Permit => {
                    self.permit = Some(open_as::<Permit>(&record.0).unwrap().body);
                    self.permit_bytes = record.0.clone();
                }
                Kind::TrustList => self.trust = Some(open_as::<TrustList>(&record.0).unwrap().body),
                _ => {}
            }
        }
        for entry in &answer.feed.documents {
            for change in &entry.changes {
                if self.ledger.row(&change_hash(&change.0).unwrap()).is_some() {
                    continue;
                }
                let change = admit(&self.genesis(), &self.ledger, &change.0).unwrap();
                self.ledger.apply(change);
            }
        }
        answer
    }

    /// Pushes what must be refused as a whole, and says with which status and code.
    pub fn sync_refused(&self, world: &World, body: Vec<u8>) -> (u16, String) {
        let (status, body) = self.post(&world.url("/v1/sync"), body);
        (status, String::from_utf8(body).unwrap())
    }

    /// A push of these changes with a heads record over them.
    /// A new session with one answer about water in it, and the push of both.
    pub fn begins(&mut self, water: i64) -> (Admitted, Push) {
        let session = self.session();
        let change = self.answer("water", water);
        let mut push = self.covered(&[&change]);
        push.records.insert(0, session);
        (change, push)
    }

    pub fn covered(&self, changes: &[&Admitted]) -> Push {
        let documents = vec![self.entry(changes)];
        Push { records: vec![self.heads(&documents)], documents }
    }
}
