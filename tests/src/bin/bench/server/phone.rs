//! A phone without a store: what it pushes is built, signed and packed as a phone's, and may be prepared beforehand.
//!
//! Only a request's head is signed when it is sent: it says what the answer before it said.

use super::{county, now_ms};
use wurao_protocol::cbor::{self, Bytes};
use wurao_protocol::enrol::{EnrolAnswer, EnrolRequest};
use wurao_protocol::envelope::{open, open_as, seal};
use wurao_protocol::frame::{DocumentChanges, Frame};
use wurao_protocol::key::{Signer, SoftwareKey};
use wurao_protocol::permit::Permit;
use wurao_protocol::record::{Checkpoint, Heads, Kind, Person, Session, Stamp, Witness};
use wurao_protocol::sync::parts::all;
use wurao_protocol::sync::{
    Answer, Holds, LogMark, Outcome, Request, RequestHead, RequestStart, Shown, Status, frames_digest,
};
use wurao_protocol::{Digest, DocumentId, Problem, ServerId, merkle};
use wurao_record::{ActorId, Genesis, History, Ledger, Map, Put, Scalar, build};
use wurao_tests::{Doing, Trouble};

/// One inspector's phone.
pub(super) struct Phone {
    key: SoftwareKey,
    device: Bytes,
    server: ServerId,
    counter: u64,
    cursor: Bytes,
    seen: LogMark,
    actor: [u8; 16],
    /// Goes with the first push.
    session: Option<Vec<u8>>,
    questions: Vec<String>,
    pub(super) visits: Vec<Visit>,
}

/// One inspection as the phone has it.
pub(super) struct Visit {
    pub(super) document: DocumentId,
    pub(super) genesis: Genesis,
    pub(super) ledger: Ledger,
    answers: usize,
}

/// What a push brings, packed, and the same as it is.
pub(super) struct Prepared {
    frame: Vec<u8>,
    pub(super) documents: Vec<DocumentChanges>,
}

impl Phone {
    /// Lets the phone of an inspector in; `post` brings a body to a path.
    pub(super) fn enrol(
        number: usize,
        questions: &[String],
        post: &mut impl FnMut(&str, Vec<u8>) -> Result<Vec<u8>, Trouble>,
    ) -> Result<Self, Trouble> {
        let seed = Digest::of(&[b"bench", &number.to_be_bytes()]);
        let key = SoftwareKey::from_bytes(&seed.0).doing("make a key")?;
        let public = key.public();
        let asked = EnrolRequest { code: county::code(number), key: public.to_bytes(), name: String::new() };
        let answer = post("/v1/enrol", seal(&key, &asked).doing("sign")?)?;
        let answer: EnrolAnswer = cbor::decode(&answer).doing("read an enrolment")?;
        let person = answer.persons.first().ok_or_else(|| Trouble::new("enrol", "nobody"))?;
        let person = open_as::<Person>(&person.0).doing("read a person")?.body.id;
        let nonce = seed.first_16();
        let actor = Session::actor_of(&public, &nonce);
        let began = Stamp { wall_ms: now_ms(), mono_ms: 1000, server_ms: Some(answer.server_ms) };
        let session = Session { actor, nonce, person, device: public.device(), began, engine: "bench".to_owned() };
        let session = Some(seal(&key, &session).doing("sign")?);
        let mut phone = Self {
            key,
            device: answer.device,
            server: answer.server,
            counter: 0,
            cursor: Bytes::default(),
            seen: LogMark::default(),
            actor,
            session,
            questions: questions.to_vec(),
            visits: Vec::new(),
        };
        let body = phone.body(&[])?;
        let shown = phone.hear(&post("/v1/sync", body)?)?;
        // As phones do once a day: one that does not is shown the log with each answer.
        if let Some(witness) = shown.map(|shown| phone.witness(&shown)).transpose()? {
            let body = phone.body(&[&witness])?;
            phone.hear(&post("/v1/sync", body)?)?;
        }
        Ok(phone)
    }

    fn witness(&self, shown: &Shown) -> Result<Prepared, Trouble> {
        let opened = open_as::<Checkpoint>(&shown.checkpoint.0).doing("read a checkpoint")?;
        let (epoch, size, checkpoint) = (opened.body.epoch, opened.body.size, opened.envelope.id);
        let at = Stamp { wall_ms: now_ms(), mono_ms: 2000, server_ms: Some(opened.body.at_ms) };
        let witness = seal(&self.key, &Witness { epoch, size, checkpoint, at, signed: None }).doing("sign")?;
        let frame = Frame { records: vec![Bytes(witness)], documents: Vec::new(), proofs: None };
        Ok(Prepared { frame: frame.pack().map_err(problem)?, documents: Vec::new() })
    }

    /// A push of so many answers in each of these inspections, by place.
    pub(super) fn answer(&mut self, visits: &[usize], answers: usize) -> Result<Prepared, Trouble> {
        let (mut documents, mut leaves) = (Vec::new(), Vec::new());
        for at in visits {
            let visit = self.visits.get_mut(*at).ok_or_else(|| Trouble::new("answer", "no such visit"))?;
            let changes = visit.answer(&self.actor, &self.questions, answers)?;
            let heads: Vec<Digest> = visit.ledger.heads().doing("find heads")?.into_iter().map(Digest).collect();
            leaves.push(merkle::leaf(&visit.document, &heads));
            documents.push(DocumentChanges { document: visit.document, heads: None, changes });
        }
        let heads = seal(&self.key, &Heads::over(&leaves)).doing("sign")?;
        let records = self.session.take().into_iter().chain([heads]).map(Bytes).collect();
        let frame = Frame { records, documents: documents.clone(), proofs: None };
        Ok(Prepared { frame: frame.pack().map_err(problem)?, documents })
    }

    /// The next request, of the frames of these.
    pub(super) fn body(&mut self, prepared: &[&Prepared]) -> Result<Vec<u8>, Trouble> {
        self.counter += 1;
        let frames: Vec<Vec<u8>> = prepared.iter().map(|one| one.frame.clone()).collect();
        let hashes: Vec<Digest> = frames.iter().map(|frame| Digest::of(&[frame])).collect();
        let head = RequestHead {
            server: self.server,
            device: self.key.public().device(),
            counter: self.counter,
            frames: frames_digest(&hashes),
            cursor: self.cursor.clone(),
            seen: self.seen.clone(),
            limit: 1 << 20,
            holds: Holds::default(),
        };
        let head = Bytes(seal(&self.key, &head).doing("sign")?);
        let start = RequestStart { head, device: self.device.clone(), frames: hashes };
        Ok(Request { start, frames }.to_body_in_parts())
    }

    /// Reads an answer: all that was brought must be in force. What of the log it is to witness, if anything.
    pub(super) fn hear(&mut self, body: &[u8]) -> Result<Option<Shown>, Trouble> {
        let answer = Answer::of_parts(all(body).map_err(problem)?).map_err(problem)?;
        let taken = |status: &Status| status.outcome == Outcome::Ok;
        let whole = answer.documents.iter().all(|one| one.stopped.is_none() && taken(&one.status));
        if !whole || !answer.records.iter().all(taken) {
            return Err(Trouble::new("push", format!("{:?} {:?}", answer.records, answer.documents)));
        }
        (self.cursor, self.seen) = (answer.cursor, answer.log);
        for record in &answer.feed.records {
            if open(&record.0).doing("read a record")?.kind == Kind::Permit {
                self.visits.push(Visit::of(&open_as::<Permit>(&record.0).doing("read a permit")?.body));
            }
        }
        Ok(answer.shown)
    }
}

impl Visit {
    fn of(permit: &Permit) -> Self {
        let document = permit.visit.document;
        let genesis = Genesis::of(wurao_record::DocumentId(document.0), permit.visit.checklist.0);
        Self { document, genesis, ledger: Ledger::new(), answers: 0 }
    }

    /// One change for each answer, question after question and again from the first.
    fn answer(&mut self, actor: &[u8; 16], questions: &[String], answers: usize) -> Result<Vec<Bytes>, Trouble> {
        let mut changes = Vec::with_capacity(answers);
        for _ in 0..answers {
            let key = format!("{}@-", questions[self.answers % questions.len()]);
            let put = Put::new(Map::Answers, key, Scalar::Int((self.answers * 37 % 500) as i64));
            let change = build(&self.genesis, &self.ledger, &ActorId(*actor), now_ms(), &[put]).doing("answer")?;
            changes.push(Bytes(change.bytes.clone()));
            self.ledger.apply(change);
            self.answers += 1;
        }
        Ok(changes)
    }
}

fn problem(problem: Problem) -> Trouble {
    Trouble::new("speak with the server", problem.code())
}
