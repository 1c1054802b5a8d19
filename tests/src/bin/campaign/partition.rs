//! Phones kept apart from the server, and from each other by that: links of random groups cut, stalled and restored at random
//! moments while people answer, attach photos and sync, the server killed and started again meanwhile.
//!
//! When the network is whole again everybody is quiet within twenty rounds, everything that was saved is there, and all
//! replicas are equal. A seed decides what people do and what the weather does; which meets which is up to the
//! scheduler.

mod weather;

use crate::Trial;
use crate::party::{Party, left};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;
use weather::Weather;
use wurao_device::{Cancel, Phone, PhoneError, SyncOptions, SyncReport};
use wurao_evidence::sample::{SampleSpec, camera_jpeg};
use wurao_protocol::DocumentId;
use wurao_tests::compare::Comparison;
use wurao_tests::county::County;
use wurao_tests::link::Link;
use wurao_tests::sim::live;
use wurao_tests::{Doing, Trouble};

const TEAM: [&str; 3] = ["chenlixin", "wuxiaomei", "liujianguo"];
/// The last is a second phone of the first person.
const CODES: [&str; 4] = ["demo-phone-03", "demo-phone-05", "demo-phone-11", SECOND];
const SECOND: &str = "partition-second";
/// What only one phone answers, each its own: nobody overwrites it.
const OWN: [&str; 4] = ["water", "rations", "beds", "quilts"];
/// What all answer.
const SHARED: [&str; 2] = ["torches", "lamps"];
const VISITS: u32 = 2;
/// Trials in one world: what there is to compare grows with each.
const IN_ONE_WORLD: u32 = 10;
/// The most rounds until all is quiet.
const ROUNDS: usize = 20;
/// Bytes of a photo in one request, so that each takes many.
const CHUNK: usize = 4096;
/// Far longer than anybody needs once the network is whole: a phone gives a request up after two minutes.
const STUCK: Duration = Duration::from_secs(180);

/// Where the campaign plays; made anew now and then.
pub(crate) struct Partition {
    party: Option<Party>,
    used: u32,
    /// Syncs that came through bad weather, and that did not.
    through: u32,
    broken: u32,
}

/// What was called saved on a phone: by document and question, and photos.
#[derive(Default)]
struct Saved {
    answers: BTreeMap<(DocumentId, &'static str), String>,
    photos: Vec<(DocumentId, String)>,
    /// Syncs that came to their end in all that, and that did not.
    through: u32,
    broken: u32,
    /// What a phone said that is no network's fault.
    failures: Vec<String>,
}

impl Partition {
    pub(crate) fn new() -> Self {
        Self { party: None, used: 0, through: 0, broken: 0 }
    }

    pub(crate) fn trial(&mut self, seed: u64) -> Trial {
        let failures = match self.play(seed) {
            Ok(failures) => failures,
            Err(trouble) => vec![trouble.to_string()],
        };
        if !failures.is_empty() {
            // Nothing that is wrong with one trial is told again by the next.
            self.party = None;
        }
        Trial { tried: 1, failures }
    }

    fn play(&mut self, seed: u64) -> Result<Vec<String>, Trouble> {
        if self.used.is_multiple_of(IN_ONE_WORLD) {
            self.party = None;
        }
        self.used += 1;
        let party = match self.party.take() {
            Some(party) => party,
            None => gather()?,
        };
        let party = self.party.insert(party);
        let (saved, mut failures) = party.weather(seed)?;
        self.through += saved.iter().map(|saved| saved.through).sum::<u32>();
        self.broken += saved.iter().map(|saved| saved.broken).sum::<u32>();
        if self.used == IN_ONE_WORLD && (self.through < IN_ONE_WORLD || self.broken < IN_ONE_WORLD) {
            let (through, broken) = (self.through, self.broken);
            failures.push(format!("no weather to speak of: {through} syncs came through, {broken} did not"));
        }
        Ok(failures)
    }
}

fn gather() -> Result<Party, Trouble> {
    let mut county = County::demo()?;
    let permits = county.add_visits(&TEAM, VISITS)?;
    county.add_code(SECOND, "second", &TEAM[..1])?;
    Party::gather(county, &CODES, &permits)
}

impl Party {
    fn weather(&self, seed: u64) -> Result<(Vec<Saved>, Vec<String>), Trouble> {
        let saved = self.storm(seed)?;
        let mut failures: Vec<String> = Vec::new();
        for (at, saved) in saved.iter().enumerate() {
            failures.extend(saved.failures.iter().map(|what| format!("phone {at}: {what}")));
        }
        failures.extend(self.settle()?);
        for (at, saved) in saved.iter().enumerate() {
            failures.extend(self.lost(at, saved)?);
        }
        failures.extend(self.differing()?);
        Ok((saved, failures))
    }

    /// Everybody works while links come and go; what each called saved.
    fn storm(&self, seed: u64) -> Result<Vec<Saved>, Trouble> {
        let folder = self.world.folder();
        let documents = &self.documents;
        std::thread::scope(|scope| {
            let (over, ended) = channel();
            let mut working = Vec::new();
            for (at, phone) in self.phones.iter().enumerate() {
                let over = over.clone();
                let hands = Hands { at, phone: &phone.phone, documents, folder, seed };
                working.push(scope.spawn(move || {
                    let saved = hands.work();
                    let _ = over.send(());
                    saved
                }));
            }
            let links: Vec<&Link> = self.phones.iter().map(|phone| &phone.link).collect();
            let mut weather = Weather::new(seed, &links, &self.world.server);
            let stormed = weather.rage(&ended, working.len());
            // Whatever became of it: nobody is left waiting.
            weather.clear()?;
            stormed?;
            wait(&ended, working.len() - weather.ended)?;
            let joined = working.into_iter().map(|hands| hands.join());
            joined.map(|saved| saved.map_err(|_| Trouble::new("work", "a phone panicked"))?).collect()
        })
    }

    /// Everybody syncs in turn until nobody has anything to say.
    fn settle(&self) -> Result<Vec<String>, Trouble> {
        let mut last = String::new();
        for _ in 0..ROUNDS {
            let mut quiet = true;
            for (at, phone) in self.phones.iter().enumerate() {
                match sync(&phone.phone) {
                    Ok(report) => {
                        let moved = report.changes_taken + report.changes_received + report.records_received;
                        let more = report.records_settled + u64::from(report.photos_uploaded);
                        quiet &= moved + more == 0 && report.requests == 1;
                        if moved + more > 0 {
                            last = format!("phone {at}: {report:?}");
                        }
                    }
                    Err(error) => {
                        quiet = false;
                        last = format!("phone {at}: {error}");
                    }
                }
            }
            if quiet {
                return Ok(Vec::new());
            }
        }
        Ok(vec![format!("not quiet after {ROUNDS} rounds; last: {last}")])
    }

    /// What was saved on a phone and is not there, or not through.
    fn lost(&self, at: usize, saved: &Saved) -> Result<Vec<String>, Trouble> {
        let phone = &self.phones[at].phone;
        let mut lost = Vec::new();
        for document in &self.documents {
            let values = phone.values(*document).doing("read values")?;
            let photos = phone.photos(*document).doing("list photos")?;
            for ((_, question), value) in saved.answers.iter().filter(|((of, _), _)| of == document) {
                let key = format!("{question}@-");
                let there = values.iter().find(|found| found.key == key).map(|found| found.values.clone());
                if there.as_ref() != Some(&vec![value.clone()]) {
                    lost.push(format!("phone {at}: {key} = {value} was saved, and now there is {there:?}"));
                }
            }
            for (_, photo) in saved.photos.iter().filter(|(of, _)| of == document) {
                if !photos.iter().any(|found| found.original == *photo) {
                    lost.push(format!("phone {at}: photo {photo} was saved and is gone"));
                }
            }
        }
        lost.extend(left(phone)?.map(|left| format!("phone {at}: left when all is quiet: {left}")));
        Ok(lost)
    }

    /// Where a phone and the server differ: in their stores, and as far as anybody at the page can see.
    fn differing(&self) -> Result<Vec<String>, Trouble> {
        let server = live(&self.world.server.data().join("wurao.sqlite"), "name", "state = 'accepted'")?;
        let mut compared = Comparison::default();
        for (at, phone) in self.phones.iter().enumerate() {
            let here = live(&phone.folder.join("wurao.sqlite3"), "key", "1")?;
            let (only_here, only_there) = (here.difference(&server).count(), server.difference(&here).count());
            if only_here + only_there > 0 {
                compared.differ(format!("phone {at}'s store: {only_here} only here, {only_there} only at the server"));
            }
            for document in &self.documents {
                compared.inspection(&format!("phone {at}"), &phone.phone, *document, &self.supervisor)?;
            }
        }
        if compared.values == 0 {
            compared.differ("nothing was compared".to_owned());
        }
        Ok(compared.differences)
    }
}

/// Waits until so many phones are done.
fn wait(ended: &Receiver<()>, phones: usize) -> Result<(), Trouble> {
    for _ in 0..phones {
        match ended.recv_timeout(STUCK) {
            Ok(()) => {}
            Err(RecvTimeoutError::Timeout) => return Err(Trouble::new("work", "a phone is stuck")),
            // Its thread is over, and says itself how.
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
    Ok(())
}

/// Who works with one phone.
struct Hands<'a> {
    at: usize,
    phone: &'a Phone,
    documents: &'a [DocumentId],
    folder: &'a Path,
    seed: u64,
}

impl Hands<'_> {
    fn work(&self) -> Result<Saved, Trouble> {
        let mut chance = StdRng::seed_from_u64(self.seed.wrapping_mul(31).wrapping_add(self.at as u64));
        let mut saved = Saved::default();
        for step in 0..chance.random_range(8..16_u32) {
            let document = self.documents.choose(&mut chance).copied();
            let document = document.ok_or_else(|| Trouble::new("work", "nothing was begun"))?;
            match chance.random_range(0..10) {
                0..3 => {
                    let value = chance.random_range(0..100_000_u32).to_string();
                    self.phone.answer(document, OWN[self.at], "-", &value).doing("answer")?;
                    saved.answers.insert((document, OWN[self.at]), value);
                }
                3 => {
                    let question = SHARED.choose(&mut chance).copied().unwrap_or(SHARED[0]);
                    let value = chance.random_range(0..100_u32).to_string();
                    self.phone.answer(document, question, "-", &value).doing("answer")?;
                }
                4 | 5 => {
                    let photo = self.phone.attach_photo(document, "water", "-", &self.draw(step)?).doing("attach")?;
                    saved.photos.push((document, photo.original));
                }
                _ => match sync(self.phone) {
                    Ok(_) => saved.through += 1,
                    Err(PhoneError::Offline { .. }) => saved.broken += 1,
                    Err(error) => saved.failures.push(format!("a sync in bad weather says {error}")),
                },
            }
        }
        Ok(saved)
    }

    fn draw(&self, step: u32) -> Result<PathBuf, Trouble> {
        let seed = self.seed.wrapping_mul(1000).wrapping_add(self.at as u64 * 100 + u64::from(step));
        let spec = SampleSpec { seed, width: 320, height: 240, ..SampleSpec::default() };
        let file = self.folder.join(format!("{seed}.jpg"));
        std::fs::write(&file, camera_jpeg(&spec).doing("draw a photo")?).doing("write a photo")?;
        Ok(file)
    }
}

fn sync(phone: &Phone) -> Result<SyncReport, PhoneError> {
    phone.sync(&SyncOptions { chunk: CHUNK, ..SyncOptions::default() }, &(), &Cancel::new())
}
