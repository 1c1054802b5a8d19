//! Everything that phones and others sent, sent again: whole requests word for word, their records and changes in new
//! requests, shuffled, doubled, halved, by the phone that sent them first and by others, chunks of photos, what villages said,
//! enrolments; also twice at the same moment, and after restarts of the server.
//!
//! A server that is at rest holds afterwards what it held before, to the last row and byte; what counts how often it was
//! heard aside, and a heads record where other changes stand together than before. Whatever is refused is refused by its
//! code, and the same thing comes to the same each time. In between people work on, some requests are lost on the way and
//! come by somebody else's hand; in the end all replicas are equal.

mod again;
mod digest;
mod sent;

use crate::Trial;
use crate::ground::{Ground, post};
use again::Again;
use digest::{Holdings, counted_apart};
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, SeedableRng};
use sent::Sent;
use wurao_device::HttpRequest;
use wurao_tests::sim::live;
use wurao_tests::{Doing, Trouble};

/// How often people work on, with one seed.
const ROUNDS: usize = 4;
/// Requests between two looks at what the server holds.
const BATCH: usize = 120;
/// Batches after each bit of work.
const BATCHES: usize = 4;
/// The phones of the team, which go on working.
const TEAM: usize = 3;
/// Seldom enough that capabilities are tried both good and expired.
const HOUR_MS: i64 = 3_600_000;

/// Where each seed begins: one of everything has happened.
pub(crate) struct Replay {
    ground: Ground,
    sent: Sent,
}

impl Replay {
    pub(crate) fn new() -> Result<Self, Trouble> {
        let mut ground = Ground::new(2)?;
        ground.live()?;
        let mut sent = Sent::default();
        sent.note(ground.take_written());
        sent.whole.push(post("/p/say", ground.said(1, None)?));
        ground.close();
        Ok(Self { ground, sent })
    }

    pub(crate) fn trial(&mut self, seed: u64) -> Trial {
        let mut trial = Trial { tried: 0, failures: Vec::new() };
        if let Err(trouble) = self.play(seed, &mut trial) {
            trial.failures.push(trouble.to_string());
        }
        trial
    }

    fn play(&self, seed: u64, trial: &mut Trial) -> Result<(), Trouble> {
        let mut chance = StdRng::seed_from_u64(seed);
        let mut ground = self.ground.again(seed)?;
        let mut sent = self.sent.clone();
        for at in 0..TEAM {
            ground.open(at)?;
        }
        for round in 0..ROUNDS {
            work(&mut ground, &mut chance, &mut sent, round)?;
            for _ in 0..BATCHES {
                if chance.random() {
                    ground.start_server()?;
                }
                batch(&ground, &mut chance, &sent, trial)?;
            }
        }
        ground.round()?;
        trial.failures.extend(differing(&ground)?);
        Ok(())
    }
}

/// Some sendings, and what the server holds before and after.
fn batch(ground: &Ground, chance: &mut StdRng, sent: &Sent, trial: &mut Trial) -> Result<(), Trouble> {
    let (before, (entries, heads)) = (Holdings::of(ground)?, counted_apart(ground)?);
    let mut again = Again::new(ground, sent)?;
    for _ in 0..BATCH {
        again.once(chance)?;
    }
    trial.tried += again.things;
    trial.failures.append(&mut again.failures);
    trial.failures.extend(Holdings::of(ground)?.differences(&before));
    let (more_entries, more_heads) = counted_apart(ground)?;
    if more_entries - entries != more_heads - heads {
        let (grown, heads) = (more_entries - entries, more_heads - heads);
        trial.failures.push(format!("the audit log has grown by {grown}, heads records by {heads}"));
    }
    Ok(())
}

/// People work on: answers, photos, a village's words; some requests are lost on the way, and come later by another hand.
fn work(ground: &mut Ground, chance: &mut StdRng, sent: &mut Sent, round: usize) -> Result<(), Trouble> {
    ground.clock.pass(chance.random_range(0..3 * HOUR_MS));
    let mut stolen = Vec::new();
    for at in 0..TEAM {
        for _ in 0..chance.random_range(1..6) {
            let document = ground.documents[0];
            let value = chance.random_range(0..99_u32).to_string();
            let question = ["beds", "quilts", "water"].choose(chance).copied().unwrap_or("beds");
            ground.phone(at)?.answer(document, question, "-", &value).doing("answer")?;
        }
        if chance.random() {
            let file = ground.photo(chance.random())?;
            let document = ground.documents[0];
            ground.phone(at)?.attach_photo(document, "water", "-", &file).doing("attach a photo")?;
        }
        if chance.random_ratio(1, 4) {
            // Without a permit: held until somebody decides.
            let late = ground.late(at)?;
            ground.phone(at)?.answer(late, "beds", "-", "1").doing("answer")?;
        }
        if chance.random_ratio(1, 3) {
            stolen.push(lost(ground, at)?);
        }
    }
    stolen.shuffle(chance);
    for request in &stolen {
        // It was never answered: it is taken now, or comes too late.
        ground.ask(request)?;
    }
    let words = post("/p/say", ground.said(10 + round as u8, None)?);
    ground.ask(&words)?;
    for at in 0..TEAM {
        ground.open(at)?;
    }
    // Three times: what one brings the others have, and are done with.
    for _ in 0..3 {
        ground.round()?;
    }
    sent.note(ground.take_written());
    sent.whole.extend(stolen);
    sent.whole.push(words);
    Ok(())
}

/// A phone's next request, which somebody keeps from the server.
fn lost(ground: &mut Ground, at: usize) -> Result<HttpRequest, Trouble> {
    let thief = std::sync::Arc::new(Thief::default());
    ground.open_with(at, thief.clone())?;
    // No network, as far as the phone knows.
    let _ = ground.try_sync(at)?;
    let taken = thief.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
    taken.ok_or_else(|| Trouble::new("steal a request", "none was made"))
}

#[derive(Default)]
struct Thief(std::sync::Mutex<Option<HttpRequest>>);

impl wurao_device::Network for Thief {
    fn exchange(&self, request: &HttpRequest) -> Result<wurao_device::HttpAnswer, wurao_device::NetworkError> {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(request.clone());
        Err("lost".into())
    }
}

/// Where a phone of the team holds other values than the server, of the visit that nothing is held of.
fn differing(ground: &Ground) -> Result<Vec<String>, Trouble> {
    let of = format!("hex(c.document) = upper('{}')", ground.documents[0]);
    let server = live(&ground.store(), "name", &format!("state = 'accepted' AND {of}"))?;
    let mut found = Vec::new();
    for at in 0..TEAM {
        let phone = live(&ground.phones[at].folder.join("wurao.sqlite3"), "key", &of)?;
        let (here, there) = (phone.difference(&server).count(), server.difference(&phone).count());
        if here + there > 0 {
            found.push(format!("phone {at} differs from the server: {here} only here, {there} only there"));
        }
    }
    if server.is_empty() {
        found.push("nothing was compared".to_owned());
    }
    Ok(found)
}
