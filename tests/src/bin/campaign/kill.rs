//! Phones and servers killed at random moments.
//!
//! Two phones of one team work on the same inspections. Each trial does some work on one of them, kills something in
//! the middle, opens the phone again, looks for everything that was acknowledged, and lets it sync: then phone and
//! server must agree. A seed decides what is done and where it is cut; the rest is up to the scheduler.

use crate::Trial;
use crate::party::{Party, left};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;
use wurao_evidence::sample::{SampleSpec, camera_jpeg};
use wurao_protocol::DocumentId;
use wurao_tests::compare::Comparison;
use wurao_tests::county::County;
use wurao_tests::link::{Link, Way};
use wurao_tests::shell::Shell;
use wurao_tests::world::{FieldPhone, World};
use wurao_tests::{Doing, Trouble};

const VISITS: u32 = 12;
const QUESTIONS: [&str; 6] = ["water", "rations", "beds", "quilts", "torches", "lamps"];
/// A held connection lets go after this, should a phone not have been killed by then.
const DEADLINE: Duration = Duration::from_secs(60);

/// What is killed, and doing what.
#[derive(Clone, Copy, Debug)]
enum Blow {
    PhoneAnswering,
    PhoneSyncing,
    PhoneUploading,
    ServerSyncing,
    ServerUploading,
}

const BLOWS: [Blow; 5] =
    [Blow::PhoneAnswering, Blow::PhoneSyncing, Blow::PhoneUploading, Blow::ServerSyncing, Blow::ServerUploading];

/// Where the campaign plays.
pub(crate) struct Field {
    /// None while a phone is struck.
    phones: Vec<Option<FieldPhone>>,
    /// The rest of them.
    party: Party,
}

/// What a phone said was saved.
#[derive(Default)]
struct Saved {
    answers: Vec<(&'static str, String)>,
    photos: Vec<String>,
}

impl Field {
    pub(crate) fn new() -> Result<Self, Trouble> {
        let mut county = County::demo()?;
        let permits = county.add_visits(&["chenlixin", "wuxiaomei"], VISITS)?;
        let mut party = Party::gather(county, &["demo-phone-03", "demo-phone-05"], &permits)?;
        Ok(Self { phones: party.phones.drain(..).map(Some).collect(), party })
    }

    /// One blow and what came of it.
    pub(crate) fn trial(&mut self, seed: u64) -> Trial {
        let mut random = StdRng::seed_from_u64(seed);
        let blow = BLOWS[random.random_range(0..BLOWS.len())];
        let failures = match self.strike(blow, seed, &mut random) {
            Ok(failures) => failures,
            Err(trouble) => vec![trouble.to_string()],
        };
        Trial { tried: 1, failures: failures.into_iter().map(|what| format!("{blow:?}: {what}")).collect() }
    }

    fn strike(&mut self, blow: Blow, seed: u64, random: &mut StdRng) -> Result<Vec<String>, Trouble> {
        let which = random.random_range(0..self.phones.len());
        let Party { documents, world, supervisor, .. } = &self.party;
        let document = documents[random.random_range(0..documents.len())];
        let phone =
            self.phones[which].take().ok_or_else(|| Trouble::new("take a phone", "an earlier trial lost it"))?;
        let (phone, saved) = phone.away(|folder, link| {
            let mut shell = Shell::open(world.program(), folder)?;
            let saved = work(world, &mut shell, document, blow, seed, random)?;
            hit(world, shell, link, document, blow, random)?;
            Ok(saved)
        })?;
        let phone = self.phones[which].insert(phone);
        let mut failures = lost(phone, document, &saved)?;
        phone.sync()?;
        let mut compared = Comparison::default();
        compared.inspection("after the sync", &phone.phone, document, supervisor)?;
        failures.extend(compared.differences);
        failures.extend(left(&phone.phone)?.map(|left| format!("left after the sync: {left}")));
        Ok(failures)
    }
}

/// Some answers, and a photo where one is to go up.
fn work(
    world: &World,
    shell: &mut Shell,
    document: DocumentId,
    blow: Blow,
    seed: u64,
    random: &mut StdRng,
) -> Result<Saved, Trouble> {
    let mut saved = Saved::default();
    for _ in 0..random.random_range(1..6) {
        let (question, value) = answer(random);
        shell.ask(&format!("answer {document} {question} {value}"))?;
        saved.answers.retain(|(answered, _)| *answered != question);
        saved.answers.push((question, value));
    }
    if matches!(blow, Blow::PhoneUploading | Blow::ServerUploading) {
        let spec = SampleSpec { seed, width: 480, height: 360, ..SampleSpec::default() };
        let file = world.folder().join(format!("{seed}.jpg"));
        std::fs::write(&file, camera_jpeg(&spec).doing("draw a photo")?).doing("write a photo")?;
        let said = shell.ask(&format!("photo {document} water {}", file.display()))?;
        let hash = said.first().and_then(|line| line.split(' ').nth(1));
        saved.photos.push(hash.ok_or_else(|| Trouble::new("attach a photo", said.join("; ")))?.to_owned());
    }
    Ok(saved)
}

fn answer(random: &mut StdRng) -> (&'static str, String) {
    (QUESTIONS[random.random_range(0..QUESTIONS.len())], random.random_range(0..100_000).to_string())
}

/// Strikes in the middle of an answer or a sync; the phone is dead in the end, whatever was struck.
fn hit(
    world: &World,
    mut shell: Shell,
    link: &Link,
    document: DocumentId,
    blow: Blow,
    random: &mut StdRng,
) -> Result<(), Trouble> {
    let way = if random.random_bool(0.5) { Way::Up } else { Way::Down };
    let small = random.random_range(0..if way == Way::Up { 1500 } else { 400 });
    let large = random.random_range(0..60_000);
    match blow {
        Blow::PhoneAnswering => {
            // A question of its own, so that an answer cut off stands in the way of none acknowledged.
            shell.tell(&format!("answer {document} radios {}", random.random_range(0..100)))?;
            std::thread::sleep(Duration::from_micros(random.random_range(0..12_000)));
            shell.kill();
        }
        Blow::PhoneSyncing => kill_phone(shell, link, way, small)?,
        Blow::PhoneUploading => kill_phone(shell, link, Way::Up, large)?,
        Blow::ServerSyncing => kill_server(world, shell, link, way, small)?,
        Blow::ServerUploading => kill_server(world, shell, link, Way::Up, large)?,
    }
    link.forget_cut();
    Ok(())
}

/// Kills a phone when so many bytes of its sync have gone, or when that is over before.
fn kill_phone(mut shell: Shell, link: &Link, way: Way, bytes: usize) -> Result<(), Trouble> {
    let (reached, at) = channel();
    let (dead, go_on) = channel::<()>();
    link.cut_after(way, bytes, move || {
        let _ = reached.send(());
        // No more goes; the other end of this is dropped when the phone is dead.
        let _ = go_on.recv_timeout(DEADLINE);
    });
    shell.tell("sync --chunk 4096")?;
    while at.try_recv().is_err() && !shell.is_over() {
        std::thread::sleep(Duration::from_micros(200));
    }
    shell.kill();
    drop(dead);
    Ok(())
}

/// Kills the server when so many bytes of a sync have gone, and starts it again.
fn kill_server(world: &World, mut shell: Shell, link: &Link, way: Way, bytes: usize) -> Result<(), Trouble> {
    let server = Arc::clone(&world.server);
    link.cut_after(way, bytes, move || server.kill());
    shell.tell("sync --chunk 4096")?;
    // `ok`, or an error when the server died first: both are right.
    let _ = shell.answered();
    world.server.restart()
}

/// What was acknowledged and is gone.
fn lost(phone: &FieldPhone, document: DocumentId, saved: &Saved) -> Result<Vec<String>, Trouble> {
    let values = phone.phone.values(document).doing("read values")?;
    let photos = phone.phone.photos(document).doing("list photos")?;
    let mut lost = Vec::new();
    for (question, value) in &saved.answers {
        let key = format!("{question}@-");
        if !values.iter().any(|found| found.key == key && found.values.contains(value)) {
            lost.push(format!("{key} = {value} was saved and is gone"));
        }
    }
    for photo in saved.photos.iter().filter(|photo| !photos.iter().any(|found| found.original == **photo)) {
        lost.push(format!("photo {photo} was saved and is gone"));
    }
    Ok(lost)
}
