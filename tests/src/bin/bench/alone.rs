//! One thing synced by itself: an answer, a photo, texts, a whole inspection.

use crate::bare;
use crate::inspector::{Event, Inspector};
use crate::office::{Office, sync};
use crate::peer::{documents, load};
use crate::rows::{Rows, Target};
use crate::sync::add;
use flate2::Compression;
use flate2::write::GzEncoder;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Map, Value, json};
use std::io::Write;
use wurao_device::Phone;
use wurao_evidence::sample::{SampleSpec, camera_jpeg};
use wurao_protocol::DocumentId;
use wurao_tests::{Doing, Trouble};

/// Remarks that are written for [`texts`].
const TEXTS: usize = 50;

/// One answer.
pub(crate) fn answer(
    office: &Office,
    phone: &Phone,
    document: DocumentId,
    questions: &[String],
    rows: &mut Rows,
) -> Result<(), Trouble> {
    phone.answer(document, &questions[1], "-", "321").doing("answer")?;
    office.meter.read();
    sync(phone)?;
    let wire = office.meter.read();
    add(rows, "one answer synced alone: bytes on the wire".to_owned(), "B", wire.bytes(), None, None);
    Ok(())
}

/// One photo, beside its files.
pub(crate) fn photo(
    office: &Office,
    phone: &Phone,
    document: DocumentId,
    question: &str,
    rows: &mut Rows,
) -> Result<(), Trouble> {
    let file = office.folder().join("camera.jpg");
    let photo = camera_jpeg(&SampleSpec::default()).doing("make a photo")?;
    std::fs::write(&file, &photo).doing("write a photo")?;
    let view = phone.attach_photo(document, question, "-", &file).doing("attach a photo")?;
    let size = |path: Option<std::path::PathBuf>| {
        path.and_then(|path| std::fs::metadata(path).ok()).map_or(0, |about| about.len())
    };
    let files = size(view.thumbnail) + size(view.rendition);
    office.meter.read();
    let report = sync(phone)?;
    let wire = office.meter.read();
    let peer = Some(("its thumbnail and rendition as files", files as f64));
    add(rows, "one photo synced: bytes on the wire".to_owned(), "B", wire.bytes(), peer, Some(Target::Ratio(1.15)));
    let text = report.text_bytes_up + report.text_bytes_down;
    add(rows, "one photo synced: text of it, entry and receipt".to_owned(), "B", text as f64, None, None);
    Ok(())
}

/// Remarks that no dictionary knows: any Chinese characters, and Latin letters without a language.
pub(crate) fn texts(
    office: &Office,
    phone: &Phone,
    visited: &[DocumentId],
    questions: &[String],
    rows: &mut Rows,
) -> Result<(), Trouble> {
    let mut chance = StdRng::seed_from_u64(7);
    let texts: Vec<String> = (0..TEXTS).map(|_| text(&mut chance)).collect();
    for (at, text) in texts.iter().enumerate() {
        office.pass(20_000);
        let question = format!("{}#note", questions[at % questions.len()]);
        phone.answer(visited[at % visited.len()], &question, "-", text).doing("remark")?;
    }
    office.meter.read();
    sync(phone)?;
    let wire = office.meter.read().bytes() / TEXTS as f64;
    let raw = zstd::bulk::compress(texts.concat().as_bytes(), 19).doing("compress")?.len() as f64 / TEXTS as f64;
    let metric = format!("{TEXTS} remarks unlike any dictionary, each in another inspection: bytes on the wire, each");
    add(rows, metric, "B", wire, Some(("the bare texts under zstd 19", raw)), None);
    Ok(())
}

fn text(chance: &mut StdRng) -> String {
    let length = chance.random_range(5..60);
    let chinese = chance.random_ratio(3, 5);
    let character = |_| match chinese {
        true => char::from_u32(chance.random_range(0x4e00..0x9fa6)).unwrap_or('一'),
        false => char::from(chance.random_range(b'a'..b'{')),
    };
    (0..length).map(character).collect()
}

/// A whole inspection made without a network, its history with it, in the phone's next sync.
pub(crate) fn whole_inspection(rows: &mut Rows) -> Result<(), Trouble> {
    let office = Office::seeded(1)?;
    let phone = office.phone("first")?;
    let document = office.start_all(&phone)?[0];
    let mut inspector = Inspector::on(&phone, &office, 1);
    inspector.inspect(document)?;
    let events = inspector.events;
    office.meter.read();
    let report = sync(&phone)?;
    let wire = office.meter.read();
    let what = format!("a whole inspection, {} answers and remarks with their history", events.len());
    let snapshot = ("gzip of its last state as JSON", gzip(&last_state(&events))?);
    let bytes = format!("{what}: bytes on the wire");
    add(rows, bytes, "B", wire.bytes(), Some(snapshot), None);
    add(rows, format!("{what}: requests"), "", wire.requests as f64, None, Some(Target::Ours(1.0)));
    let body = format!("{what}: the request's body");
    let stored = documents(&office.folder_of("first"))?;
    let changes = stored.get(&document.0).ok_or_else(|| Trouble::new("read a phone's store", "no such inspection"))?;
    let saved = load(changes)?.save().len() as f64;
    add(rows, body.clone(), "B", report.text_bytes_up as f64, Some(("Automerge save of it", saved)), None);
    let packed = bare::packed(&events)?.len() as f64;
    add(rows, body, "B", report.text_bytes_up as f64, Some(("packed by hand under zstd 19", packed)), None);
    Ok(())
}

/// What a form's app would send: each answer with who and when, without what was there before.
fn last_state(events: &[Event]) -> Value {
    let mut answers = Map::new();
    for event in events {
        let key = event.row.map_or(event.key.clone(), |row| format!("{}@{row}", event.key));
        answers.insert(key, json!({"value": event.value, "by": "王芳", "at_ms": event.at_ms}));
    }
    json!({"id": events[0].document.to_string(), "site": "样村 1", "answers": answers})
}

fn gzip(value: &Value) -> Result<f64, Trouble> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(value.to_string().as_bytes()).doing("compress")?;
    Ok(packed.finish().doing("compress")?.len() as f64)
}
