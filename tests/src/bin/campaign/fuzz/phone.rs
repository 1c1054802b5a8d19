//! The answer to a request, at the phone that asked: it comes from a server, is changed on the way, and packed and signed
//! again.
//!
//! Whatever comes, the phone goes on: it says what was wrong by one of its codes, shows its work, lets people write, and
//! syncs the next time. Where the server's own keys have signed nonsense, which they do in every fourth answer to reach what
//! only they reach, all that is asked is that nothing panics and memory is bounded.

use super::corpus::{Corpus, is_small};
use super::item::Item;
use super::made::Made;
use super::mend::Keyring;
use super::pack::{bomb, many, pack};
use super::spoil;
use super::twist::Twister;
use super::watch::{self, Watch};
use crate::ground::{Ground, look};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use std::sync::{Arc, Mutex, PoisonError};
use wurao_device::{HttpAnswer, HttpRequest, Network, NetworkError, PhoneError};
use wurao_protocol::sync::counter::COUNTER_HEADER;
use wurao_protocol::sync::{Answer, IN_PARTS, MAX_ANSWER, MAX_ANSWER_ITEMS};
use wurao_protocol::{Problem, VERSION, cbor};
use wurao_tests::folder::copy;
use wurao_tests::sim::Wire;
use wurao_tests::{Doing, Trouble};

/// How many answers are tried with one seed.
const CASES: usize = 250;
/// After so many of them a phone is as it was at first: what a server's own key has signed may be the end of its work.
const AT_ONE_PHONE: usize = 50;

/// What is to be done to the next answer, and what was done to it.
#[derive(Default)]
struct Armed {
    twister: Option<Twister>,
    donors: Vec<Item>,
    /// The server's own keys sign too.
    official: bool,
    changed: Option<Item>,
}

/// A network that changes an answer.
struct Changing {
    wire: Wire,
    phones: Keyring,
    all: Keyring,
    armed: Arc<Mutex<Armed>>,
}

pub(super) fn session(made: &Made, seed: u64, watch: &mut Watch) -> Result<Vec<String>, Trouble> {
    let mut ground = made.ground.again(seed)?;
    let mut twister = Twister::new(seed ^ 1);
    let inputs: Vec<Item> = made.syncs.iter().filter_map(|sync| Item::read(&cbor::encode(&sync.answer))).collect();
    let mut corpora = [Corpus::new(inputs.clone()), Corpus::new(inputs)];
    let armed = Arc::new(Mutex::new(Armed::default()));
    for case in 0..CASES {
        if watch.is_enough() {
            break;
        }
        if case % AT_ONE_PHONE == 0 {
            begin(made, &mut ground, 0, &armed)?;
            begin(made, &mut ground, 1, &armed)?;
        }
        let official = twister.chance.random_ratio(1, 4);
        // What the server's keys have signed is kept apart, on a phone of its own, from what others can come by.
        let at = usize::from(official);
        if twister.chance.random() {
            let document = ground.documents.choose(&mut twister.chance).copied();
            let beds = twister.chance.random_range(0..99_u32).to_string();
            // Where somebody has left, or a list that a server's key signed has changed who may work, nothing is written.
            let _ = document.map(|document| ground.phone(at).map(|phone| phone.answer(document, "beds", "-", &beds)));
        }
        let corpus = &mut corpora[at];
        let donors = (0..3).filter_map(|_| corpus.pick(&mut twister.chance)).cloned().collect();
        *lock(&armed) = Armed { twister: Some(Twister::new(twister.chance.random())), donors, official, changed: None };
        let synced = watch.case(seed, &[], || ground.try_sync(at));
        let changed = lock(&armed).changed.take();
        lock(&armed).twister = None;
        let Some(synced) = synced else {
            begin(made, &mut ground, at, &armed)?;
            continue;
        };
        let mut outcomes = outcomes(&synced?);
        outcomes.extend(aside(&ground, at)?);
        for broken in outcomes.iter().filter(|said| !official && said.starts_with("unexpected")) {
            watch.fail(seed, &format!("at the phone: {broken}"));
        }
        let small = changed.filter(is_small);
        if let Some(item) = small {
            corpus.note(item, outcomes);
        }
        match watch.case(seed, &[], || goes_on(&ground, at)) {
            Some(Ok(())) => {}
            Some(Err(Stop::Emptied)) | None => begin(made, &mut ground, at, &armed)?,
            Some(Err(Stop::Broken(what))) => {
                if !official {
                    watch.fail(seed, &format!("at the phone, afterwards: {what}"));
                }
                begin(made, &mut ground, at, &armed)?;
            }
        }
    }
    Ok(corpora.into_iter().flat_map(|corpus| corpus.seen).map(|said| format!("phone: {said}")).collect())
}

/// The phone as it was made, opened anew.
fn begin(made: &Made, ground: &mut Ground, at: usize, armed: &Arc<Mutex<Armed>>) -> Result<(), Trouble> {
    ground.close_phone(at);
    let folder = ground.phones[at].folder.clone();
    std::fs::remove_dir_all(&folder).doing("remove a phone")?;
    copy(&made.ground.phones[at].folder, &folder)?;
    let changing =
        Changing { wire: ground.wire(), phones: made.phones_keys(), all: made.keyring(), armed: Arc::clone(armed) };
    ground.open_with(at, Arc::new(changing))
}

/// Why a phone is not gone on with.
enum Stop {
    /// It was ordered to destroy itself, and has.
    Emptied,
    Broken(String),
}

/// It shows its work, and syncs when nobody changes anything.
fn goes_on(ground: &Ground, at: usize) -> Result<(), Stop> {
    let phone = ground.phone(at).map_err(|trouble| Stop::Broken(trouble.to_string()))?;
    let broken = |what: &str, error: PhoneError| match error {
        PhoneError::NotAllowed { code } if code == "wiped" => Stop::Emptied,
        PhoneError::Unexpected { .. } => Stop::Broken(format!("{what}: {error}")),
        // That its person may not, or that the server says no, is an answer.
        _ => Stop::Emptied,
    };
    let work = phone.work().map_err(|error| broken("list the work", error))?;
    for item in &work {
        phone.values(item.document).map_err(|error| broken("read values", error))?;
    }
    phone.outbox().map_err(|error| broken("look at the outbox", error))?;
    let synced = ground.try_sync(at).map_err(|trouble| Stop::Broken(trouble.to_string()))?;
    synced.map_err(|error| broken("sync", error)).map(|_| ())
}

fn outcomes(synced: &Result<wurao_device::SyncReport, PhoneError>) -> Vec<String> {
    match synced {
        Ok(report) => {
            let aside = if report.quarantined > 0 { "with something set aside" } else { "whole" };
            let forked = if report.log_forked { ", forked" } else { "" };
            vec![format!("taken, {aside}{forked}")]
        }
        Err(error @ PhoneError::Unexpected { .. }) => vec![format!("unexpected {error}")],
        Err(error) => vec![error.code().to_owned()],
    }
}

/// Why things were set aside on this phone.
fn aside(ground: &Ground, at: usize) -> Result<Vec<String>, Trouble> {
    let db = look(&ground.phones[at].folder.join("wurao.sqlite3"));
    // A phone that was emptied has none.
    let Ok(db) = db else { return Ok(Vec::new()) };
    let Ok(mut statement) = db.prepare("SELECT DISTINCT problem FROM quarantine") else { return Ok(Vec::new()) };
    let rows = statement.query_map([], |row| row.get::<_, String>(0)).doing("look at what was set aside")?;
    rows.map(|row| row.map(|problem| format!("aside: {problem}"))).collect::<Result<_, _>>().doing("look at it")
}

impl Network for Changing {
    fn exchange(&self, request: &HttpRequest) -> Result<HttpAnswer, NetworkError> {
        let answer = self.wire.exchange(request)?;
        let mut armed = lock(&self.armed);
        if answer.status != 200 || !request.url.ends_with("/v1/sync") {
            return Ok(answer);
        }
        let Some(mut twister) = armed.twister.take() else { return Ok(answer) };
        let item = Answer::from_body(&answer.body).ok().and_then(|answer| Item::read(&cbor::encode(&answer)));
        let Some(mut item) = item else { return Ok(answer) };
        let donors: Vec<&Item> = armed.donors.iter().collect();
        let ring = if armed.official { &self.all } else { &self.phones };
        let body = changed(&mut twister, &mut item, &donors, ring);
        let mut changed = HttpAnswer { body, ..answer };
        around(&mut twister.chance, &mut changed);
        armed.changed = Some(item);
        drop(armed);
        watch::comes(&changed.body);
        Ok(changed)
    }
}

fn changed(twister: &mut Twister, item: &mut Item, donors: &[&Item], ring: &Keyring) -> Vec<u8> {
    // The feed of another answer, mostly: that of the moment is often empty.
    if let (true, Some(donor)) = (twister.chance.random_ratio(2, 3), donors.first()) {
        let feed = (*donor).clone().at(5).cloned();
        if let (Some(feed), Some(place)) = (feed, item.at(5)) {
            *place = feed;
        }
    }
    if twister.chance.random_ratio(1, 40) {
        catalogue(&mut twister.chance, item);
    } else {
        twister.twist(item, donors);
    }
    if twister.chance.random_ratio(9, 10) {
        ring.sign(item);
    }
    let mut body = body(twister, item);
    if twister.chance.random_ratio(1, 20) {
        spoil::bytes(&mut twister.chance, &mut body);
    }
    body
}

/// The body of an answer; where it still is one, as often in parts, of which some go astray, come twice or in another order.
fn body(twister: &mut Twister, item: &Item) -> Vec<u8> {
    let answer: Option<Answer> = cbor::decode_at_most(&item.bytes(), MAX_ANSWER_ITEMS).ok();
    let Some(answer) = answer.filter(|_| twister.chance.random()) else {
        return [vec![VERSION], pack(&mut twister.chance, &item.bytes(), true)].concat();
    };
    let mut parts: Vec<Vec<u8>> = answer.into_parts().iter().map(cbor::encode).collect();
    if twister.chance.random_ratio(1, 6) {
        spoil::list(&mut twister.chance, &mut parts);
    }
    let mut body = vec![IN_PARTS];
    for part in parts {
        let mut part = Item::read(&part).unwrap_or(Item::Raw(part));
        if twister.chance.random_ratio(1, 6) {
            twister.twist(&mut part, &[]);
        }
        let packed = pack(&mut twister.chance, &part.bytes(), true);
        let length = if twister.chance.random_ratio(1, 60) {
            spoil::edge(&mut twister.chance) as u32
        } else {
            packed.len() as u32
        };
        body.extend(length.to_be_bytes());
        body.extend(packed);
    }
    body
}

/// Status and headers, now and then.
fn around(chance: &mut StdRng, answer: &mut HttpAnswer) {
    match chance.random_range(0..60) {
        0 => {
            answer.status = 409;
            answer.body = Problem::StaleCounter.code().as_bytes().to_vec();
            answer.headers.push((COUNTER_HEADER.to_owned(), spoil::edge(chance).to_string()));
        }
        1 => answer.status = [100, 204, 301, 400, 404, 500, 503, 999].choose(chance).copied().unwrap_or(500),
        2 => answer.body.clear(),
        _ => {}
    }
}

/// Answers that are small packed and large unpacked, or long where none is.
fn catalogue(chance: &mut StdRng, item: &mut Item) {
    let most = (MAX_ANSWER >> chance.random_range(0..4)) - 4096;
    let hashes = || many(4, &[&[0x58, 0x20][..], &[9; 32]].concat(), most);
    let feed =
        |records: Item, documents: Item| Item::Map(vec![(Item::number(0), records), (Item::number(1), documents)]);
    let none = || Item::List(Vec::new());
    let (key, value) = match chance.random_range(0..7) {
        0 => (5, feed(bomb(chance, most), none())),
        1 => (5, feed(none(), bomb(chance, most))),
        2 => (1, bomb(chance, most)),
        3 => (6, bomb(chance, most)),
        4 => {
            let entry = [Item::Bytes(vec![7; 16]), hashes(), none()];
            let entry = entry.into_iter().zip(0..).map(|(item, key)| (Item::number(key), item)).collect();
            (5, feed(none(), Item::List(vec![Item::Map(entry)])))
        }
        // Proofs without end.
        5 => {
            let shown = [Item::Bytes(vec![1; 80]), Item::number(spoil::edge(chance)), hashes()];
            (9, Item::Map(shown.into_iter().zip(0..).map(|(item, key)| (Item::number(key), item)).collect()))
        }
        _ => (0, Item::Number { below: chance.random(), value: spoil::edge(chance) >> 1 }),
    };
    match item.at(key) {
        Some(place) => *place = value,
        None => {
            if let Item::Map(entries) = item {
                entries.push((Item::number(key), value));
            }
        }
    }
}

fn lock(armed: &Mutex<Armed>) -> std::sync::MutexGuard<'_, Armed> {
    armed.lock().unwrap_or_else(PoisonError::into_inner)
}
