//! What answers and photos cost on the wire, headers and signatures included. Everything is seeded: bytes are the same in
//! every run but for a few that depend on what the server's log had taken in by then.

use crate::alone;
use crate::meter::{Meter, Reading};
use crate::odk::{self, Sink, Submission};
use crate::office::{Office, counts, sync};
use crate::peer::{Documents, automerge, documents};
use crate::pouch::{NAME, Pouch, as_documents};
use crate::rows::{Row, Rows, Target};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use wurao_device::Phone;
use wurao_protocol::DocumentId;
use wurao_tests::{Doing, Trouble};

const ANSWERS: usize = 10;
/// What an answer takes to be found and typed.
const ANSWER_MS: i64 = 9_000;

/// Runs the bench: all documents in sync, then a part of them answered on the phone and another part at a colleague's,
/// then one sync.
pub(crate) fn run(quick: bool, rows: &mut Rows) -> Result<(), Trouble> {
    let visits = if quick { 60 } else { 1000 };
    let dirty = visits as usize / 20;
    let office = Office::seeded(visits)?;
    let (first, second) = (office.phone("first")?, office.phone("second")?);
    let visited = office.start_all(&first)?;
    office.start_all(&second)?;
    let questions = counts(&first.form(visited[0], "en").doing("show a form")?);
    for document in &visited {
        office.pass(ANSWER_MS);
        first.answer(*document, &questions[0], "-", "1").doing("answer")?;
    }
    for phone in [&first, &second, &first] {
        sync(phone)?;
    }

    let (ours, theirs) = (&visited[..dirty], &visited[dirty..2 * dirty]);
    let mut pouch = Replica::start(&first, &visited)?;
    let shared = documents(&office.folder_of("first"))?;
    answer(&office, &second, theirs, &questions)?;
    sync(&second)?;
    answer(&office, &first, ours, &questions)?;
    let phone = documents(&office.folder_of("first"))?;
    let server = documents(&office.folder_of("second"))?;
    office.meter.read();
    let report = sync(&first)?;
    let wire = office.meter.read();
    let answers = (2 * dirty * ANSWERS) as f64;
    if report.changes_taken + report.changes_received != answers as u64 {
        return Err(Trouble::new("sync", format!("{report:?}")));
    }

    let what = format!("{visits} docs, {} dirty, {ANSWERS} answers each, both ways", 2 * dirty);
    let (bytes, requests) = (format!("{what}: bytes on the wire"), format!("{what}: requests"));
    let (peer_bytes, peer_rounds) = automerge(&phone, &server, &shared)?;
    let peer = Some(("Automerge sync, bodies only", peer_bytes as f64));
    // The whole bench alone has the size that the target speaks of.
    let target = (!quick).then_some(Target::Ours(60_000.0));
    add(rows, bytes.clone(), "B", wire.bytes(), peer, target);
    let rounds = Some(("Automerge sync, rounds", f64::from(peer_rounds)));
    add(rows, requests.clone(), "", wire.requests as f64, rounds, Some(Target::Ours(1.0)));
    let idle_of_pouch = match &mut pouch {
        Some(pouch) => {
            let (peer, idle) = pouch.sync(&first, ours, &second, theirs)?;
            let name = "PouchDB, without history and signatures";
            add(rows, bytes.clone(), "B", wire.bytes(), Some((name, peer.bytes())), None);
            add(rows, requests.clone(), "", wire.requests as f64, Some(("PouchDB", peer.requests as f64)), None);
            Some(idle)
        }
        None => None,
    };
    let posted = post(&first, ours)?;
    let name = "ODK's way, this phone's half alone";
    add(rows, bytes, "B", wire.bytes(), Some((name, posted.bytes())), None);
    add(rows, requests, "", wire.requests as f64, Some((name, posted.requests as f64)), None);
    let floor = Some(("their raw changes under zstd 19", packed(&phone, &server, &shared)?));
    add(rows, "bytes per answer".to_owned(), "B", wire.bytes() / answers, floor.map(|(n, b)| (n, b / answers)), None);

    sync(&first)?;
    office.meter.read();
    sync(&first)?;
    let idle = office.meter.read();
    let peer = |of: fn(Reading) -> f64| idle_of_pouch.map(|idle| ("PouchDB", of(idle)));
    add(rows, "idle sync: bytes on the wire".to_owned(), "B", idle.bytes(), peer(Reading::bytes), None);
    let (target, peer) = (Some(Target::Ours(1.0)), peer(|wire| wire.requests as f64));
    add(rows, "idle sync: requests".to_owned(), "", idle.requests as f64, peer, target);
    alone::answer(&office, &first, visited[0], &questions, rows)?;
    alone::photo(&office, &first, visited[0], &questions[0], rows)?;
    alone::texts(&office, &first, &visited[1..], &questions, rows)?;
    alone::whole_inspection(rows)
}

fn answer(office: &Office, phone: &Phone, visited: &[DocumentId], questions: &[String]) -> Result<(), Trouble> {
    // Numbers and pauses that no pattern foretells, the same in every run.
    let mut chance = StdRng::seed_from_u64(visited.first().map_or(0, |document| u64::from(document.0[0])));
    for document in visited {
        for question in questions.iter().skip(1).take(ANSWERS) {
            office.pass(ANSWER_MS + chance.random_range(0..7_000));
            let value: u32 = chance.random_range(0..500);
            phone.answer(*document, question, "-", &value.to_string()).doing("answer")?;
        }
    }
    Ok(())
}

/// PouchDB beside us, the same documents in sync.
struct Replica {
    pouch: Pouch,
    meter: Meter,
}

impl Replica {
    fn start(phone: &Phone, visited: &[DocumentId]) -> Result<Option<Self>, Trouble> {
        let Some(mut pouch) = Pouch::start()? else { return Ok(None) };
        let meter = Meter::before(pouch.address)?;
        pouch.at(&meter.url())?;
        pouch.put(&as_documents(phone, visited)?)?;
        pouch.sync()?;
        // It notes how far it came under what it knows then; from here on it need not look for that.
        pouch.sync()?;
        Ok(Some(Self { pouch, meter }))
    }

    /// What one replication of the same answers costs, and one with nothing to say.
    fn sync(
        &mut self,
        first: &Phone,
        ours: &[DocumentId],
        second: &Phone,
        theirs: &[DocumentId],
    ) -> Result<(Reading, Reading), Trouble> {
        self.pouch.put(&as_documents(first, ours)?)?;
        self.pouch.put_there(&as_documents(second, theirs)?)?;
        self.meter.read();
        let (pushed, pulled) = self.pouch.sync()?;
        let wire = self.meter.read();
        if (pushed, pulled) != (ours.len() as u64, theirs.len() as u64) {
            return Err(Trouble::new(format!("replicate {NAME}"), format!("{pushed} up, {pulled} down")));
        }
        self.pouch.sync()?;
        self.meter.read();
        self.pouch.sync()?;
        Ok((wire, self.meter.read()))
    }
}

/// What it costs to post these forms whole.
fn post(phone: &Phone, visited: &[DocumentId]) -> Result<Reading, Trouble> {
    let sink = Sink::start()?;
    let (meter, client) = (Meter::before(sink.address)?, odk::client()?);
    for document in visited {
        let (id, form) = (document.to_string(), phone.form(*document, "en").doing("show a form")?);
        let submission = Submission { xml: odk::xml(&id, &form), id, photos: Vec::new() };
        odk::post_to(&client, &meter.url(), &submission);
    }
    match sink.whole() {
        whole if whole == visited.len() => Ok(meter.read()),
        whole => Err(Trouble::new("post forms", format!("{whole} of {} were taken", visited.len()))),
    }
}

/// What both sides lack, every change raw, one zstd frame: no ids, no signatures, no headers.
fn packed(phone: &Documents, server: &Documents, shared: &Documents) -> Result<f64, Trouble> {
    let fresh = |documents: &Documents| -> Vec<u8> {
        let changes = documents.iter().flat_map(|(id, changes)| {
            let known = shared.get(id);
            changes.iter().filter(move |(hash, _)| known.is_none_or(|known| !known.contains_key(*hash)))
        });
        changes.flat_map(|(_, bytes)| bytes.clone()).collect()
    };
    let both = [fresh(phone), fresh(server)];
    let mut total = 0;
    for side in both {
        total += zstd::bulk::compress(&side, 19).doing("compress")?.len();
    }
    Ok(total as f64)
}

/// Adds a row of this bench.
pub(crate) fn add(
    rows: &mut Rows,
    metric: String,
    unit: &'static str,
    ours: f64,
    peer: Option<(&'static str, f64)>,
    target: Option<Target>,
) {
    rows.add(Row { bench: "sync", metric, unit, ours, peer, target });
}
