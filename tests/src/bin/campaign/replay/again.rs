//! Sending again: as it was, or taken apart and put together anew in a request of its own, by the phone that sent it first or
//! by another.

use super::sent::{Heard, Sent, is_heads};
use crate::ground::{Ground, look, post};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use std::collections::BTreeMap;
use wurao_device::{HttpAnswer, HttpRequest, Network as _};
use wurao_protocol::cbor::Bytes;
use wurao_protocol::frame::{DocumentChanges, Frame};
use wurao_protocol::key::{Signer as _, SoftwareKey};
use wurao_protocol::record::Heads;
use wurao_protocol::sync::{
    Answer, DocumentStatus, Holds, LogMark, Outcome, Request, RequestHead, RequestStart, Status, frames_digest,
};
use wurao_protocol::{Digest, Problem, ServerId, envelope, merkle};
use wurao_tests::{Doing, Trouble};

/// The most things of one request.
const MOST: usize = 12;

/// Sends things again to one server at rest, and remembers what each came to: the same thing from the same phone comes to the
/// same every time.
pub(super) struct Again<'a> {
    ground: &'a Ground,
    sent: &'a Sent,
    counters: BTreeMap<usize, u64>,
    /// What a thing from a phone was told first.
    told: BTreeMap<(usize, Vec<u8>), String>,
    pub(super) things: u64,
    pub(super) failures: Vec<String>,
}

impl<'a> Again<'a> {
    pub(super) fn new(ground: &'a Ground, sent: &'a Sent) -> Result<Self, Trouble> {
        Ok(Self { ground, sent, counters: BTreeMap::new(), told: BTreeMap::new(), things: 0, failures: Vec::new() })
    }

    /// One sending.
    pub(super) fn once(&mut self, chance: &mut StdRng) -> Result<(), Trouble> {
        match chance.random_range(0..10) {
            0..3 => self.as_it_was(chance),
            _ => self.anew(chance),
        }
    }

    /// A whole request, word for word; now and then twice at the same moment.
    fn as_it_was(&mut self, chance: &mut StdRng) -> Result<(), Trouble> {
        let Some(request) = self.sent.whole.choose(chance) else { return Ok(()) };
        let answers = if chance.random_ratio(1, 8) { self.at_once(request)? } else { vec![self.ground.ask(request)?] };
        for answer in answers {
            self.things += 1;
            if let Some(wrong) = unexpected(request, &answer) {
                let said = String::from_utf8_lossy(&answer.body).chars().take(80).collect::<String>();
                self.failures.push(format!("{} {}: {wrong}: {} {said}", request.method, path(request), answer.status));
            }
        }
        Ok(())
    }

    /// The same from two threads.
    fn at_once(&self, request: &HttpRequest) -> Result<Vec<HttpAnswer>, Trouble> {
        let wires = [self.ground.wire(), self.ground.wire()];
        std::thread::scope(|scope| {
            let asking = wires.each_ref().map(|wire| scope.spawn(|| wire.exchange(request)));
            let doing = "ask twice at once";
            let answers = asking.into_iter().map(|asked| asked.join().map_err(|_| Trouble::new(doing, "it panicked")));
            answers.map(|answer| answer?.doing(doing)).collect()
        })
    }

    /// Things of earlier requests in a new one, properly signed.
    fn anew(&mut self, chance: &mut StdRng) -> Result<(), Trouble> {
        let phones: Vec<usize> = self.sent.heard.keys().copied().collect();
        let Some(phone) = phones.choose(chance).copied() else { return Ok(()) };
        let mut frames = self.frames(chance);
        let key = self.ground.key(phone)?;
        if chance.random_ratio(2, 3) {
            own_heads(&mut frames, &key)?;
        }
        let request = self.request(phone, &key, &frames)?;
        let request = post("/v1/sync", request.to_body());
        let answers = match chance.random_range(0..12) {
            0 => self.at_once(&request)?,
            1 => vec![self.ground.ask(&request)?, self.ground.ask(&request)?],
            _ => vec![self.ground.ask(&request)?],
        };
        let things = |frame: &Frame| {
            let changes = frame.documents.iter().map(|entry| entry.changes.len()).sum::<usize>();
            frame.records.iter().filter(|record| !is_heads(record)).count() + changes
        };
        // A request of nothing but heads is one thing.
        self.things += frames.iter().map(things).sum::<usize>().max(1) as u64;
        let said = |answer: &HttpAnswer| String::from_utf8_lossy(&answer.body).into_owned();
        let taken: Vec<&HttpAnswer> = answers.iter().filter(|answer| answer.status == 200).collect();
        let count = |problem: Problem| answers.iter().filter(|answer| said(answer) == problem.code()).count();
        // A phone that destroyed itself is heard no more; one that is about to gets its order once for each counter.
        let (stale, revoked) = (count(Problem::StaleCounter), count(Problem::Revoked));
        let once = taken.len() == 1 && taken.len() + stale + revoked == answers.len();
        if !once && revoked != answers.len() {
            let other = answers.iter().map(said).find(|said| said.len() < 40).unwrap_or_default();
            let (taken, times) = (taken.len(), answers.len());
            self.failures.push(format!("phone {phone}, anew: {taken} of {times} taken; {other}"));
        }
        for answer in taken {
            match Answer::from_body(&answer.body) {
                Ok(told) => self.compare(phone, &frames, &told),
                Err(problem) => self.failures.push(format!("phone {phone}, anew: {problem}")),
            }
        }
        Ok(())
    }

    /// Some frames as they were, halved, doubled or shuffled, and some of single things.
    fn frames(&self, chance: &mut StdRng) -> Vec<Frame> {
        let mut frames: Vec<Frame> = Vec::new();
        for _ in 0..chance.random_range(0..3) {
            let Some(mut frame) = self.sent.frames.choose(chance).cloned() else { break };
            match chance.random_range(0..4) {
                0 => {
                    frame.records.truncate(frame.records.len() / 2);
                    frame.documents.iter_mut().for_each(|entry| entry.changes.truncate(entry.changes.len() / 2));
                }
                1 => {
                    frame.records.extend_from_within(..);
                    frame.documents.extend_from_within(..);
                }
                2 => {
                    frame.records.shuffle(chance);
                    frame.documents.shuffle(chance);
                    frame.documents.iter_mut().for_each(|entry| entry.changes.shuffle(chance));
                }
                _ => {}
            }
            frames.push(frame);
        }
        let mut single = Frame::default();
        for _ in 0..chance.random_range(1..MOST) {
            if chance.random() {
                single.records.extend(self.sent.records.choose(chance).cloned());
            } else if let Some((document, change)) = self.sent.changes.choose(chance).cloned() {
                single.documents.push(DocumentChanges { document, heads: None, changes: vec![change] });
            }
        }
        frames.push(single);
        frames.shuffle(chance);
        frames
    }

    fn request(&mut self, phone: usize, key: &SoftwareKey, frames: &[Frame]) -> Result<Request, Trouble> {
        let pack = |frame: &Frame| frame.pack().map_err(|problem| Trouble::new("pack", problem.code()));
        let frames = frames.iter().map(pack).collect::<Result<Vec<_>, _>>()?;
        let Heard { device, cursor, log } = self.sent.heard.get(&phone).cloned().unwrap_or_default();
        let counter = self.counter(phone, key)?;
        request(key, self.sent.server.unwrap_or(ServerId([0; 16])), device, counter, cursor, log, frames)
    }

    /// The next counter of a phone, by what the server has heard.
    fn counter(&mut self, phone: usize, key: &SoftwareKey) -> Result<u64, Trouble> {
        let next = match self.counters.get(&phone) {
            Some(counter) => counter + 1,
            None => {
                let sql = "SELECT counter FROM device WHERE id = ?1";
                let id = key.public().device().0;
                let heard = look(&self.ground.store())?.query_row(sql, [id], |row| row.get::<_, i64>(0));
                heard.doing("find a counter")? as u64 + 1
            }
        };
        self.counters.insert(phone, next);
        Ok(next)
    }

    /// Nothing is new, and each thing is told what it was told before.
    fn compare(&mut self, phone: usize, frames: &[Frame], told: &Answer) {
        let records: Vec<&Bytes> = frames.iter().flat_map(|frame| &frame.records).collect();
        let entries: Vec<&DocumentChanges> = frames.iter().flat_map(|frame| &frame.documents).collect();
        if records.len() != told.records.len() || entries.len() != told.documents.len() {
            self.failures.push(format!("phone {phone}: a status for each thing is missing"));
            return;
        }
        for (record, status) in records.into_iter().zip(&told.records).filter(|(record, _)| !is_heads(record)) {
            if status.outcome == Outcome::Ok || status.outcome == Outcome::Waiting {
                self.failures.push(format!("phone {phone}: a record sent again is new: {}", name(record)));
            }
            self.as_before(phone, &record.0, status, name(record));
        }
        for (entry, status) in entries.into_iter().zip(&told.documents) {
            let DocumentStatus { status, stopped, .. } = status;
            let here = matches!(status.outcome, Outcome::Have | Outcome::Held);
            if stopped.is_some() || !(here || entry.changes.is_empty()) {
                let what = format!("phone {phone}: changes sent again are not all here: {status:?}, {stopped:?}");
                self.failures.push(what);
            }
            if let [change] = entry.changes.as_slice() {
                self.as_before(phone, &change.0, status, format!("a change of {}", entry.document));
            }
        }
    }

    fn as_before(&mut self, phone: usize, thing: &[u8], status: &Status, name: String) {
        let said = format!("{:?} {:?} {:?}", status.outcome, status.problem, status.detail);
        let first = self.told.entry((phone, thing.to_vec())).or_insert_with(|| said.clone());
        if *first != said {
            self.failures.push(format!("phone {phone}: {name} was told {first} and then {said}"));
        }
    }
}

/// A request of a phone, signed.
pub(super) fn request(
    key: &SoftwareKey,
    server: ServerId,
    device: Bytes,
    counter: u64,
    cursor: Bytes,
    seen: LogMark,
    frames: Vec<Vec<u8>>,
) -> Result<Request, Trouble> {
    let hashes: Vec<Digest> = frames.iter().map(|frame| Digest::of(&[frame])).collect();
    let head = RequestHead {
        server,
        device: key.public().device(),
        counter,
        frames: frames_digest(&hashes),
        cursor,
        seen,
        limit: 1 << 20,
        holds: Holds::default(),
    };
    let head = Bytes(envelope::seal(key, &head).doing("sign a request")?);
    Ok(Request { start: RequestStart { head, device, frames: hashes }, frames })
}

/// Puts a heads record of this phone over all that the frames bring, in the place of those they came with.
fn own_heads(frames: &mut Vec<Frame>, key: &SoftwareKey) -> Result<(), Trouble> {
    let mut leaves = Vec::new();
    for entry in frames.iter().flat_map(|frame| &frame.documents) {
        let heads = match &entry.heads {
            Some(heads) => heads.clone(),
            None => {
                let tips = wurao_record::tips(entry.changes.iter().map(|change| change.0.as_slice()));
                tips.doing("find the heads")?.into_iter().map(Digest).collect()
            }
        };
        leaves.push(merkle::leaf(&entry.document, &heads));
    }
    frames.iter_mut().for_each(|frame| frame.records.retain(|record| !is_heads(record)));
    let heads = Bytes(envelope::seal(key, &Heads::over(&leaves)).doing("sign heads")?);
    frames.insert(0, Frame { records: vec![heads], documents: Vec::new(), proofs: None });
    Ok(())
}

fn name(record: &Bytes) -> String {
    envelope::open(&record.0)
        .map_or_else(|_| "no record".to_owned(), |record| format!("{} {}", record.kind.name(), record.id))
}

fn path(request: &HttpRequest) -> String {
    request.url.trim_start_matches(wurao_tests::sim::URL).chars().take(24).collect()
}

/// What an answer to a request that was answered before must not be.
fn unexpected(request: &HttpRequest, answer: &HttpAnswer) -> Option<&'static str> {
    let said = String::from_utf8_lossy(&answer.body);
    let path = path(request);
    let is = |problem: Problem| answer.status == problem.status() && said == problem.code();
    if path.starts_with("/v1/sync") {
        let stale = is(Problem::StaleCounter) && answer.headers.iter().any(|(name, _)| name == "wurao-counter");
        return (!stale && !is(Problem::Revoked)).then_some("a request was taken twice");
    }
    if path.starts_with("/v1/enrol") {
        // The same phone is told the same again, as long as the code is good.
        let again = answer.status == 200 || is(Problem::EnrolCode) || is(Problem::Busy);
        return (!again).then_some("an enrolment");
    }
    if path.starts_with("/v1/uploads") {
        // All bytes are here: nothing is appended, nothing begins anew. A capability is good for a day.
        let right = match request.method {
            "HEAD" => answer.status == 200 && answer.header("upload-offset") == answer.header("upload-length"),
            "PATCH" => answer.status == 409,
            _ => answer.status == 201,
        };
        // An answer to HEAD has no body that could name the problem.
        let over = is(Problem::Capability) || request.method == "HEAD" && answer.status == Problem::Capability.status();
        return (!right && !over).then_some("an upload");
    }
    (answer.status != 204).then_some("something else")
}
