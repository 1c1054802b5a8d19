//! What answers and photos cost on the wire, headers and signatures included.

use crate::office::{Office, counts, sync};
use crate::peer::{Documents, automerge, documents};
use crate::rows::{Row, Rows, Target};
use wurao_device::Phone;
use wurao_evidence::sample::{SampleSpec, camera_jpeg};
use wurao_protocol::DocumentId;
use wurao_tests::{Doing, Trouble};

const ANSWERS: usize = 10;

/// Runs the bench: all documents in sync, then a part of them answered on the phone and another part at a colleague's,
/// then one sync.
pub(crate) fn run(quick: bool, rows: &mut Rows) -> Result<(), Trouble> {
    let visits = if quick { 60 } else { 1000 };
    let dirty = visits as usize / 20;
    let office = Office::open(visits)?;
    let (first, second) = (office.phone("first")?, office.phone("second")?);
    let visited = office.start_all(&first)?;
    office.start_all(&second)?;
    let questions = counts(&first.form(visited[0], "en").doing("show a form")?);
    for document in &visited {
        first.answer(*document, &questions[0], "-", "1").doing("answer")?;
    }
    for phone in [&first, &second, &first] {
        sync(phone)?;
    }

    let shared = documents(&office.folder_of("first"))?;
    answer(&second, &visited[dirty..2 * dirty], &questions)?;
    sync(&second)?;
    answer(&first, &visited[..dirty], &questions)?;
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
    let (peer_bytes, peer_rounds) = automerge(&phone, &server, &shared)?;
    let peer = Some(("Automerge sync, bodies only", peer_bytes as f64));
    // The whole bench alone has the size that the target speaks of.
    let target = (!quick).then_some(Target::Ours(60_000.0));
    add(rows, format!("{what}: bytes on the wire"), "B", wire.bytes(), peer, target);
    let rounds = Some(("Automerge sync, rounds", f64::from(peer_rounds)));
    add(rows, format!("{what}: requests"), "", wire.requests as f64, rounds, Some(Target::Ours(1.0)));
    let floor = Some(("their raw changes under zstd 19", packed(&phone, &server, &shared)?));
    add(rows, "bytes per answer".to_owned(), "B", wire.bytes() / answers, floor.map(|(n, b)| (n, b / answers)), None);

    sync(&first)?;
    office.meter.read();
    sync(&first)?;
    let idle = office.meter.read();
    add(rows, "idle sync: bytes on the wire".to_owned(), "B", idle.bytes(), None, None);
    add(rows, "idle sync: requests".to_owned(), "", idle.requests as f64, None, Some(Target::Ours(1.0)));
    one_answer(&office, &first, visited[0], &questions, rows)?;
    one_photo(&office, &first, visited[0], &questions[0], rows)
}

fn answer(phone: &Phone, visited: &[DocumentId], questions: &[String]) -> Result<(), Trouble> {
    for (at, document) in visited.iter().enumerate() {
        for (nth, question) in questions.iter().skip(1).take(ANSWERS).enumerate() {
            let value = (at * 31 + nth * 7) % 500;
            phone.answer(*document, question, "-", &value.to_string()).doing("answer")?;
        }
    }
    Ok(())
}

fn one_answer(
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

fn one_photo(
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

fn add(
    rows: &mut Rows,
    metric: String,
    unit: &'static str,
    ours: f64,
    peer: Option<(&'static str, f64)>,
    target: Option<Target>,
) {
    rows.add(Row { bench: "sync", metric, unit, ours, peer, target });
}
