//! A request at the server: the whole path of `POST /v1/sync`, over a server in which one of everything happened.
//!
//! None may make the server fail (500), none that it takes may leave it without an answer that can be read. After all of
//! a seed honest phones sync, take all that they are fed, documents are documents, and the audit log is whole.

use super::change;
use super::corpus::{Corpus, is_small};
use super::item::Item;
use super::made::Made;
use super::mend::{self, Keyring, payload};
use super::pack::{bomb, many, pack, record};
use super::spoil;
use super::twist::Twister;
use super::watch::Watch;
use crate::ground::{Ground, look, post};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use wurao_device::HttpAnswer;
use wurao_protocol::sync::counter::COUNTER_HEADER;
use wurao_protocol::sync::parts::{self, Part};
use wurao_protocol::sync::{Answer, IN_PARTS, Request, Status, frames_digest};
use wurao_protocol::{Digest, DocumentId, VERSION, cbor};
use wurao_record::{Genesis, GenesisSeed, verify_with_automerge};
use wurao_server::audit::verify::{Altered, verify};
use wurao_tests::{Doing, Trouble};

/// How many requests are tried with one seed.
const CASES: usize = 250;
/// The phones that push.
const PHONES: usize = 3;
/// Rounds until honest phones are quiet.
const ROUNDS: usize = 20;

/// A request apart: what stands before the frames, and the frames, unpacked; and whose it is.
#[derive(Clone)]
struct Asked {
    phone: usize,
    item: Item,
}

/// Who sends them.
struct Sender<'a> {
    ring: &'a Keyring,
    counters: [u64; PHONES],
    devices: Vec<Vec<u8>>,
}

pub(super) fn session(made: &Made, seed: u64, watch: &mut Watch) -> Result<Vec<String>, Trouble> {
    let mut ground = made.ground.again(seed)?;
    let ring = made.keyring();
    let mut twister = Twister::new(seed);
    let mut corpus = Corpus::new(inputs(made)?);
    let mut sender = Sender::new(made, &ring, &ground)?;
    for _ in 0..CASES {
        if watch.is_enough() {
            break;
        }
        let Some(mut asked) = corpus.pick(&mut twister.chance).cloned() else { break };
        let donors: Vec<&Item> = (0..3).filter_map(|_| corpus.pick(&mut twister.chance)).map(|one| &one.item).collect();
        if twister.chance.random_ratio(1, 40) {
            catalogue(&mut twister.chance, &mut asked.item);
        } else {
            twister.twist(&mut asked.item, &donors);
        }
        let body = sender.body(&mut twister.chance, &mut asked);
        let answer = watch.case(seed, &body, || {
            // What a phone would make of its own request is asked too: the reader is the same.
            let read = Request::from_body(&body).map(|_| ());
            (read, ground.ask(&post("/v1/sync", body.clone())))
        });
        let outcomes = match answer {
            None => Vec::new(),
            Some((_, Err(trouble))) => vec![trouble.to_string()],
            Some((read, Ok(answer))) => {
                if answer.status == 500 {
                    let said = String::from_utf8_lossy(&answer.body).into_owned();
                    watch.fail(seed, &format!("the server failed: {said}"));
                }
                if answer.status == 200 {
                    // A fault in parts says that the rest of the request was refused.
                    match parts::all(&answer.body) {
                        Ok(told) if matches!(told.last(), Some(Part::Fault(_))) => {}
                        Ok(_) if read.is_ok() => {}
                        Ok(_) => watch.fail(seed, "the server took what is no request"),
                        Err(problem) => watch.fail(seed, &format!("what the server answers cannot be read: {problem}")),
                    }
                }
                sender.hear(asked.phone, &answer);
                outcomes(&answer)
            }
        };
        if is_small(&asked.item) {
            corpus.note(asked, outcomes);
        }
    }
    for what in wrong(&mut ground)? {
        watch.fail(seed, &format!("after all requests of the seed (the input is the last): {what}"));
    }
    Ok(corpus.seen.into_iter().collect())
}

fn inputs(made: &Made) -> Result<Vec<Asked>, Trouble> {
    let mut inputs = Vec::new();
    // One that brings nothing, and all that bring something.
    let mut idle = 0;
    for sync in made.syncs.iter().filter(|sync| sync.phone < PHONES) {
        idle += usize::from(sync.request.frames.is_empty());
        if sync.request.frames.is_empty() && idle > 1 {
            continue;
        }
        let read = |bytes: &[u8]| Item::read(bytes).ok_or_else(|| Trouble::new("take apart", "a request"));
        let frame = |wire: &Vec<u8>| {
            let plain = wurao_protocol::frame::unpack(wire, wurao_protocol::frame::MAX_FRAME);
            read(&plain.map_err(|problem| Trouble::new("unpack", problem.code()))?)
        };
        let start = read(&cbor::encode(&sync.request.start))?;
        let frames = sync.request.frames.iter().map(frame).collect::<Result<_, _>>()?;
        inputs.push(Asked { phone: sync.phone, item: Item::List(vec![start, Item::List(frames)]) });
    }
    Ok(inputs)
}

impl<'a> Sender<'a> {
    fn new(made: &Made, ring: &'a Keyring, ground: &Ground) -> Result<Self, Trouble> {
        let db = look(&ground.store())?;
        let counters = db.query_row("SELECT MAX(counter) FROM device", [], |row| row.get::<_, i64>(0));
        let counter = counters.doing("read counters")? as u64;
        let of = |phone: usize| made.syncs.iter().rfind(|sync| sync.phone == phone);
        let devices = (0..PHONES).filter_map(of).map(|sync| sync.request.start.device.0.clone()).collect();
        Ok(Self { ring, counters: [counter; PHONES], devices })
    }

    /// The body of a request, made right around what was changed in it; not always.
    fn body(&mut self, chance: &mut StdRng, asked: &mut Asked) -> Vec<u8> {
        let Item::List(parts) = &mut asked.item else { return asked.item.bytes() };
        let [start, frames, ..] = parts.as_mut_slice() else { return start_only(parts) };
        let mut list: Vec<&mut Item> = match frames {
            Item::List(frames) => frames.iter_mut().collect(),
            other => vec![other],
        };
        // In version 2 each frame stands alone, with the signature over its own changes.
        let version = if chance.random() { IN_PARTS } else { VERSION };
        if chance.random_ratio(4, 5) {
            if version == IN_PARTS {
                list.iter_mut().for_each(|frame| mend::cover(std::slice::from_mut(frame)));
            } else {
                mend::cover(&mut list);
            }
        }
        if chance.random_ratio(9, 10) {
            list.iter_mut().for_each(|frame| self.ring.sign(frame));
        }
        let wires: Vec<Vec<u8>> = list.iter().map(|frame| pack(chance, &frame.bytes(), true)).collect();
        self.head(chance, asked.phone, start, &wires);
        let mut body = vec![if chance.random_ratio(1, 80) { chance.random() } else { version }];
        body.extend(start.bytes());
        for wire in &wires {
            let length = if chance.random_ratio(1, 80) { spoil::edge(chance) as u32 } else { wire.len() as u32 };
            body.extend(length.to_be_bytes());
            body.extend(wire);
        }
        if chance.random_ratio(1, 15) {
            spoil::bytes(chance, &mut body);
        }
        body
    }

    /// Goes on after what the server has heard of a phone.
    fn hear(&mut self, phone: usize, answer: &HttpAnswer) {
        let known = answer.header(COUNTER_HEADER).and_then(|known| known.parse().ok());
        self.counters[phone] = known.unwrap_or(self.counters[phone]);
    }

    /// Hashes, counter and signature of a request.
    fn head(&mut self, chance: &mut StdRng, phone: usize, start: &mut Item, wires: &[Vec<u8>]) {
        let hashes: Vec<Digest> = wires.iter().map(|wire| Digest::of(&[wire])).collect();
        if chance.random_ratio(1, 25) {
            return;
        }
        if let Some(list) = start.at(2) {
            *list = Item::List(hashes.iter().map(|hash| Item::Bytes(hash.0.to_vec())).collect());
        }
        if let (true, Some(record)) = (chance.random_ratio(9, 10), start.at(1)) {
            *record = Item::Bytes(self.devices[phone].clone());
        }
        self.counters[phone] += 1;
        let counter = self.counters[phone];
        if let Some(head) = start.at(0).and_then(Item::within).and_then(payload) {
            if let Some(over) = head.at(3) {
                *over = Item::Bytes(frames_digest(&hashes).0.to_vec());
            }
            if let (true, Some(said)) = (chance.random_ratio(19, 20), head.at(2)) {
                *said = Item::number(counter);
            }
        }
        self.ring.sign(start);
    }
}

fn start_only(parts: &[Item]) -> Vec<u8> {
    [vec![VERSION], parts.first().map(Item::bytes).unwrap_or_default()].concat()
}

/// What is known to have been tried elsewhere, or to be worth trying.
fn catalogue(chance: &mut StdRng, item: &mut Item) {
    const FRAME: usize = 1 << 20;
    let Item::List(parts) = item else { return };
    let Some(Item::List(frames)) = parts.get_mut(1) else { return };
    let frame =
        |records: Item, documents: Item| Item::Map(vec![(Item::number(0), records), (Item::number(1), documents)]);
    let none = || Item::List(Vec::new());
    let entry = |document: [u8; 16], heads: Item, changes: Item| {
        let heads = vec![(Item::number(0), Item::Bytes(document.to_vec())), (Item::number(1), heads)];
        Item::Map(heads.into_iter().chain([(Item::number(2), changes)]).collect())
    };
    let nothing = || Item::Raw(vec![0xf6]);
    let room = FRAME - 64;
    match chance.random_range(0..9) {
        // Changes of a document that there is, on what never comes.
        8 => {
            let entries = hopeless(chance, frames);
            frames.push(frame(none(), Item::List(entries)));
        }
        0 => frames.push(frame(bomb(chance, room), none())),
        1 => frames.push(frame(none(), bomb(chance, room))),
        // Documents that there are not, thousands in one push.
        2 => {
            let one = |_| entry(chance.random(), nothing(), none());
            let entries = (0..5_000).map(one).collect();
            frames.push(frame(none(), Item::List(entries)));
        }
        // Heads that nobody has, changes that are none.
        3 => {
            let hashes = many(4, &[&[0x58, 0x20][..], &[9; 32]].concat(), room / 2);
            frames.push(frame(none(), Item::List(vec![entry([7; 16], hashes, many(4, &[0x40], room / 3))])));
        }
        // Large records that unpack to far more than was sent, as many as fit.
        4 => {
            let one = frame(Item::List(vec![Item::Bytes(record(chance, room))]), none());
            frames.extend(std::iter::repeat_n(one, 33));
        }
        5 => {
            let one = frame(many(4, &[0x40], room), none());
            frames.extend(std::iter::repeat_n(one, chance.random_range(1..200)));
        }
        // The same again and again, and everything backwards.
        6 => {
            let all = frames.clone();
            (0..6).for_each(|_| frames.extend(all.iter().cloned()));
            frames.reverse();
        }
        _ => {
            let hashes = chance.random_range(900..20_000);
            parts[0] = Item::Map(vec![
                (Item::number(0), Item::Bytes(vec![])),
                (Item::number(1), Item::Bytes(vec![])),
                (Item::number(2), Item::List(vec![Item::Bytes(vec![1; 32]); hashes])),
            ]);
        }
    }
}

/// Entries like those that are there, each with a change that depends on one that nobody has.
fn hopeless(chance: &mut StdRng, frames: &mut [Item]) -> Vec<Item> {
    let mut found = Vec::new();
    for frame in frames {
        frame.each(&mut |item| {
            if let Some(Item::List(changes)) = item.at(2)
                && let Some(Item::Change(change)) = changes.first().cloned()
                && let Some(document) = item.at(0).cloned()
            {
                found.push((document, change));
            }
        });
    }
    let entry = |_| {
        let (document, change) = found.choose(chance)?.clone();
        let change = change::hopeless(chance, &change);
        let parts = [document, Item::Raw(vec![0xf6]), Item::List(vec![Item::Bytes(change)])];
        Some(Item::Map(parts.into_iter().zip(0..).map(|(item, key)| (Item::number(key), item)).collect()))
    };
    (0..2_000).filter_map(entry).collect()
}

/// What an answer says, each thing on its own.
fn outcomes(answer: &HttpAnswer) -> Vec<String> {
    let said = |what: &str, status: &Status| {
        let problem = status.problem.map_or("", |problem| problem.code());
        let detail: String = status.detail.iter().flat_map(|text| text.chars()).take(24).collect();
        format!("{what} {:?} {problem} {}", status.outcome, detail.replace(|letter: char| !letter.is_alphabetic(), ""))
    };
    match Answer::from_body(&answer.body) {
        Ok(told) => {
            let records = told.records.iter().map(|status| said("record", status));
            let documents = told.documents.iter().map(|entry| {
                let stopped = if entry.stopped.is_some() { "stopped" } else { "" };
                said("document", &entry.status) + stopped
            });
            records.chain(documents).chain(["answered".to_owned()]).collect()
        }
        Err(problem) if answer.status == 200 => vec![format!("stopped by {problem}")],
        Err(_) => vec![format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body))],
    }
}

/// What does not hold any more once honest people go on.
fn wrong(ground: &mut Ground) -> Result<Vec<String>, Trouble> {
    let mut wrong = Vec::new();
    for at in 0..PHONES {
        ground.open(at)?;
        let mut quiet = false;
        for _ in 0..ROUNDS {
            match ground.try_sync(at)? {
                Ok(report) if report.quarantined > 0 => {
                    wrong.push(format!("phone {at} is fed what it does not take: {report:?}, {}", aside(ground, at)?));
                }
                Ok(report) if report.requests == 1 && report.changes_received + report.records_received == 0 => {
                    quiet = true;
                    break;
                }
                Ok(_) => {}
                Err(error) => {
                    wrong.push(format!("phone {at} does not sync any more: {error}"));
                    break;
                }
            }
        }
        if !quiet && wrong.is_empty() {
            wrong.push(format!("phone {at} is not quiet after {ROUNDS} rounds"));
        }
        ground.close_phone(at);
    }
    let key = wurao_protocol::key::Signer::public(&ground.app()?.keys().records);
    let verdict = ground.write(move |tx, _, _| verify(tx, &key))?;
    // Here phones lie: that one has witnessed another past is what is to be said then.
    let fault = verdict.fault.filter(|fault| !matches!(fault, Altered::Witnessed(..)));
    wrong.extend(fault.map(|fault| format!("audit: {fault}")));
    let db = look(&ground.store())?;
    let sound: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).doing("check the store")?;
    if sound != "ok" {
        wrong.push(format!("the store: {sound}"));
    }
    wrong.extend(documents(&db)?);
    Ok(wrong)
}

/// What a phone has set aside last.
fn aside(ground: &Ground, at: usize) -> Result<String, Trouble> {
    let db = look(&ground.phones[at].folder.join("wurao.sqlite3"))?;
    let sql = "SELECT problem || ' ' || detail FROM quarantine ORDER BY rowid DESC LIMIT 1";
    db.query_row(sql, [], |row| row.get(0)).doing("look at what was set aside")
}

/// Every document's accepted changes make a document.
fn documents(db: &rusqlite::Connection) -> Result<Vec<String>, Trouble> {
    let mut wrong = Vec::new();
    let mut statement =
        db.prepare("SELECT document, permit, site, checklist FROM inspection").doing("list documents")?;
    let rows = statement
        .query_map([], |row| {
            let document: [u8; 16] = row.get(0)?;
            let seed = GenesisSeed { permit: row.get(1)?, site: row.get(2)?, checklist: row.get(3)? };
            Ok((DocumentId(document), seed))
        })
        .doing("list documents")?;
    let sql = "SELECT bytes FROM change WHERE document = ?1 AND state = 'accepted' ORDER BY position";
    let mut changes = db.prepare(sql).doing("read changes")?;
    for row in rows {
        let (document, seed) = row.doing("list documents")?;
        let rows = changes.query_map([document.0], |row| row.get::<_, Vec<u8>>(0)).doing("read changes")?;
        let bytes: Vec<Vec<u8>> = rows.collect::<Result<_, _>>().doing("read changes")?;
        if let Err(error) = verify_with_automerge(&Genesis::new(&seed), bytes) {
            wrong.push(format!("{document} is no document: {error}"));
        }
    }
    Ok(wrong)
}
