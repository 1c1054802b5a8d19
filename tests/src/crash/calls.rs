//! What the inspector does, by chance, and what is known after each call.

use super::known::{Row, Sure};
use super::world::{World, sync};
use crate::fault::Fault;
use crate::sim::{URL, code};
use wurao_device::{Phone, PhoneError};
use wurao_protocol::DocumentId;

/// What is answered, and by what.
pub(super) const QUESTIONS: [(&str, &[&str]); 9] = [
    ("water", &["10", "20", "30", ""]),
    ("water_sealed", &["yes", "no"]),
    ("rations", &["100", "200"]),
    ("beds", &["1", "2", "3"]),
    ("quilts", &["5", "6", ""]),
    ("torches", &["7", "8"]),
    ("fuel", &["1.5", "20.5"]),
    ("generator_starts", &["pass", "fail"]),
    ("extinguishers", &["3", "9"]),
];
/// What the colleague answers.
const COLLEAGUES: [(&str, &[&str]); 3] = [("sirens", &["1", "2"]), ("gongs", &["3", "4"]), ("ropes", &["5", "6"])];
const NOTES: [&str; 3] = ["one stood behind the door", "标签掉了", "seen again"];
pub(super) const ROW: &str = "lot";
pub(super) const OF_ROW: [(&str, &[&str]); 2] =
    [("lot/lot_count", &["40", "50"]), ("lot/expiry", &["2026-12-01", "2027-01-01"])];

/// What became of a call.
enum Called<T> {
    Returned(T),
    /// It failed for the disk or the network: nobody knows whether it came about.
    Failed,
    /// The phone said no, and nothing came about.
    Refused,
    /// There was no phone.
    None,
}

/// One thing that an inspector does.
pub(super) fn one(world: &mut World<'_>) {
    let passed = world.draw(40_000) as i64;
    world.clock.pass(passed);
    if world.phone.is_none() {
        return reopen(world);
    }
    if world.let_in != Sure::Yes {
        return enrol(world);
    }
    if !world.has_work {
        return send(world);
    }
    let document = document(world);
    if world.visits[&document].started != Sure::Yes {
        return start(world, document);
    }
    match world.draw(100) {
        0..=41 => answer(world, document),
        42..=49 => note(world, document),
        50..=58 => add_row(world, document),
        59..=66 => answer_in_row(world, document),
        67..=70 => remove_row(world, document),
        71..=74 => photo(world, document),
        75..=79 => look(world, document),
        80..=84 => reopen(world),
        85..=97 => send(world),
        98 => start(world, document),
        _ => leave(world, document),
    }
}

fn document(world: &mut World<'_>) -> DocumentId {
    let at = world.draw(world.base.visits.len());
    world.base.visits[at].document
}

/// Calls the phone; an error that nothing excuses is a failure.
fn call<T>(world: &mut World<'_>, what: &str, call: impl FnOnce(&Phone) -> Result<T, PhoneError>) -> Called<T> {
    let Some(phone) = &world.phone else { return Called::None };
    let before = Hits::of(world);
    world.seen.calls += 1;
    match call(phone) {
        Ok(value) => {
            world.seen.returned += 1;
            Called::Returned(value)
        }
        Err(error) => judge(world, what, &error, before),
    }
}

/// The same of a call that writes in a visit: refused is who has left there, and nobody else.
fn write<T>(
    world: &mut World<'_>,
    document: DocumentId,
    what: &str,
    write: impl FnOnce(&Phone) -> Result<T, PhoneError>,
) -> Called<T> {
    let called = call(world, what, write);
    match (&called, world.visits[&document].left) {
        (Called::Returned(_), Sure::Yes) => world.fail(format!("{what}: done by who has left")),
        (Called::Refused, Sure::No) => world.fail(format!("{what}: refused, and nobody has left")),
        _ => {}
    }
    called
}

/// How often the disks have failed.
#[derive(Clone, Copy)]
pub(super) struct Hits {
    phone: u64,
    server: u64,
}

impl Hits {
    pub(super) fn of(world: &World<'_>) -> Self {
        Self { phone: world.phone_disk.hits(), server: world.server_disk.hits() }
    }
}

fn judge<T>(world: &mut World<'_>, what: &str, error: &PhoneError, before: Hits) -> Called<T> {
    let after = Hits::of(world);
    let full = world.phone_disk.planned().is_some_and(|plan| plan.fault == Fault::Full);
    let excused = match error {
        PhoneError::NotAllowed { code } if code == "has-left" => return Called::Refused,
        PhoneError::DiskFull => after.phone > before.phone && full,
        // What a full disk does not let be made when a phone is opened is a file that cannot be opened, as SQLite tells it.
        PhoneError::Unexpected { code, .. } if code == "store" => {
            after.phone > before.phone && (!full || what == "open")
        }
        // An answer that was cut off.
        PhoneError::Unexpected { code, .. } if code == "bad-record" => what == "let in" && world.is_in_trouble(),
        // The network, or a server that cannot.
        PhoneError::Offline { .. } => world.is_in_trouble() || after.server > before.server,
        PhoneError::Server { code } => match code.as_str() {
            "busy" | "internal" => after.server > before.server,
            "empty-body" | "truncated-body" | "malformed" | "unknown-version" => world.is_in_trouble(),
            _ => false,
        },
        _ => false,
    };
    if !excused {
        world.fail(format!("{what}: nothing excuses {error:?}"));
    }
    Called::Failed
}

fn answer(world: &mut World<'_>, document: DocumentId) {
    let (question, values) = QUESTIONS[world.draw(QUESTIONS.len())];
    let value = values[world.draw(values.len())];
    put(world, document, question, "-", value);
}

fn note(world: &mut World<'_>, document: DocumentId) {
    let (question, _) = QUESTIONS[world.draw(QUESTIONS.len())];
    let note = NOTES[world.draw(NOTES.len())];
    put(world, document, &format!("{question}#note"), "-", note);
}

fn answer_in_row(world: &mut World<'_>, document: DocumentId) {
    let Some(row) = standing_row(world, document) else { return add_row(world, document) };
    let (question, values) = OF_ROW[world.draw(OF_ROW.len())];
    let value = values[world.draw(values.len())];
    put(world, document, question, &row, value);
}

fn put(world: &mut World<'_>, document: DocumentId, question: &str, instance: &str, value: &str) {
    let what = format!("answer {question}@{instance} {value:?}");
    let called = write(world, document, &what, |phone| phone.answer(document, question, instance, value));
    let key = format!("{question}@{instance}");
    let visit = world.visits.entry(document).or_default();
    match called {
        Called::Returned(()) => {
            visit.saved(&key, value);
            world.seen.saved += 1;
        }
        Called::Failed => visit.tried(&key, value),
        Called::Refused | Called::None => {}
    }
}

fn add_row(world: &mut World<'_>, document: DocumentId) {
    let called = write(world, document, "add a row", |phone| phone.add_row(document, ROW, "-"));
    let visit = world.visits.entry(document).or_default();
    match called {
        Called::Returned(instance) => _ = visit.rows.insert(instance, Row::default()),
        Called::Failed => visit.row_tried(),
        Called::Refused | Called::None => {}
    }
}

fn remove_row(world: &mut World<'_>, document: DocumentId) {
    let Some(row) = standing_row(world, document) else { return };
    let called = write(world, document, "remove a row", |phone| phone.remove_row(document, &row));
    let visit = world.visits.entry(document).or_default();
    match called {
        Called::Returned(()) => visit.row_removed(&row),
        Called::Failed => visit.rows.entry(row).or_default().removed.tried(),
        Called::Refused | Called::None => {}
    }
}

/// A row that is surely there.
fn standing_row(world: &mut World<'_>, document: DocumentId) -> Option<String> {
    let rows = world.visits[&document].rows.iter().filter(|(_, row)| row.removed == Sure::No);
    let rows: Vec<String> = rows.map(|(instance, _)| instance.clone()).collect();
    if rows.is_empty() { None } else { Some(rows[world.draw(rows.len())].clone()) }
}

fn photo(world: &mut World<'_>, document: DocumentId) {
    let at = world.draw(world.base.photos.len());
    let file = world.base.photos[at].path.clone();
    let hash = world.base.photos[at].sha256.clone();
    let called = write(world, document, "attach a photo", |phone| phone.attach_photo(document, "water", "-", &file));
    let visit = world.visits.entry(document).or_default();
    match called {
        Called::Returned(view) => {
            visit.photos.insert(hash.clone(), Sure::Yes);
            world.seen.photos += 1;
            if view.original != hash {
                world.fail(format!("attached {hash}, is {}", view.original));
            }
        }
        Called::Failed => visit.photos.entry(hash).or_default().tried(),
        Called::Refused | Called::None => {}
    }
}

fn start(world: &mut World<'_>, document: DocumentId) {
    let Some(visit) = world.base.visits.iter().find(|visit| visit.document == document) else { return };
    let permit = visit.permit;
    let called = write(world, document, "start", |phone| phone.start(permit));
    let visit = world.visits.entry(document).or_default();
    match called {
        Called::Returned(_) => visit.started = Sure::Yes,
        Called::Failed => visit.started.tried(),
        Called::Refused | Called::None => {}
    }
}

/// Seldom: little is done there afterwards.
fn leave(world: &mut World<'_>, document: DocumentId) {
    if world.happens(60) {
        return;
    }
    let called = write(world, document, "leave", |phone| phone.leave(document));
    let visit = world.visits.entry(document).or_default();
    match called {
        Called::Returned(()) => visit.left = Sure::Yes,
        Called::Failed => visit.left.tried(),
        Called::Refused | Called::None => {}
    }
}

fn enrol(world: &mut World<'_>) {
    let code = code(world.number);
    match call(world, "let in", |phone| phone.enrol(URL, &code, "phone")) {
        Called::Returned(_) => world.let_in = Sure::Yes,
        Called::Failed => world.let_in.tried(),
        Called::Refused | Called::None => {}
    }
}

fn send(world: &mut World<'_>) {
    let called = call(world, "sync", sync);
    if let Called::Returned(report) = called {
        world.seen.syncs += 1;
        world.has_work = true;
        let odd = report.changes_refused + report.changes_held + report.records_refused + report.quarantined;
        if odd + report.offered_again + report.signed_anew > 0 || report.log_forked || report.photos_damaged > 0 {
            world.fail(format!("sync: {report:?}"));
        }
    }
}

/// Syncs, as far as the phone is.
pub(super) fn send_if_ready(world: &mut World<'_>) {
    if world.phone.is_some() && world.let_in == Sure::Yes { send(world) } else { one(world) }
}

/// Everything that a screen shows.
fn look(world: &mut World<'_>, document: DocumentId) {
    let _ = call(world, "list the work", Phone::work);
    let _ = call(world, "show the form", |phone| phone.form(document, "zh"));
    let _ = call(world, "show the outbox", Phone::outbox);
    let _ = call(world, "list photos", |phone| phone.photos(document));
}

/// An orderly end of the app, and another opening.
pub(super) fn reopen(world: &mut World<'_>) {
    let before = Hits::of(world);
    world.phone = None;
    world.seen.calls += 1;
    if let Err(error) = world.open_phone() {
        judge::<()>(world, "open", &error, before);
    }
}

/// The colleague answers and syncs, on a sound disk.
pub(super) fn colleague(world: &mut World<'_>) -> Result<(), PhoneError> {
    let (question, values) = COLLEAGUES[world.draw(COLLEAGUES.len())];
    let value = values[world.draw(values.len())];
    let (Some(phone), Ok(shared)) = (&world.colleague, world.base.shared()) else { return Ok(()) };
    phone.answer(shared.document, question, "-", value)?;
    let visit = world.visits.entry(shared.document).or_default();
    visit.colleague.entry(format!("{question}@-")).or_default().push(value.to_owned());
    sync(phone)?;
    Ok(())
}
