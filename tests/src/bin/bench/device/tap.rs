//! Taps through the facade and bare commits of one row, in turn, each step by another of them first.

use super::quantile;
use crate::office::{Office, counts};
use crate::rows::{Row, Rows, Target};
use rusqlite::Connection;
use std::path::Path;
use std::time::Instant;
use wurao_device::{Field, Form, FormItem, Phone};
use wurao_protocol::DocumentId;
use wurao_tests::{Doing, Trouble};

/// Rows of the large document, two answers each.
const ROWS: usize = 240;

/// One kind of write: the step's number, what it cost is measured.
type Write<'a> = Box<dyn FnMut(usize) -> Result<(), Trouble> + 'a>;

/// Taps in many small documents, then in a large one, at the top and in a row of its repeated group.
pub(super) fn run(
    office: &Office,
    phone: &Phone,
    (small, large): (&[DocumentId], DocumentId),
    taps: usize,
    rows: &mut Rows,
) -> Result<(), Trouble> {
    let questions = counts(&phone.form(large, "en").doing("show a form")?);
    let bare = bare(&office.folder().join("bare.sqlite3")).doing("open a bare database")?;
    let commit = |at: usize| {
        let value = (at % 97).to_string();
        bare.execute("INSERT INTO answer (value) VALUES (?1)", [value]).map(|_| ()).doing("commit one row")
    };
    // One inspection after the other, every question answered twice, as people do who correct themselves.
    let tap = |at: usize| {
        let document = small[at / (2 * questions.len()) % small.len()];
        let (question, value) = (&questions[at % questions.len()], (at % 97).to_string());
        phone.answer(document, question, "-", &value).doing("answer")
    };
    let mut times = in_turn(taps, vec![Box::new(tap), Box::new(commit)])?;
    report("tap to durable", taps, &mut times, rows);

    let (instances, count) = fill(phone, large, &questions)?;
    let at_top = |at: usize| {
        let (question, value) = (&questions[at % questions.len()], (at % 97).to_string());
        phone.answer(large, question, "-", &value).doing("answer")
    };
    let in_a_row = |at: usize| {
        let value = (at % 97).to_string();
        phone.answer(large, &count, &instances[at % instances.len()], &value).doing("answer in a row")
    };
    let taps = taps / 3;
    let writes: Vec<Write<'_>> = vec![Box::new(at_top), Box::new(in_a_row), Box::new(commit)];
    let mut times = in_turn(taps, writes)?;
    let commits = times.pop().ok_or_else(|| Trouble::new("measure", "no commits"))?;
    let size = format!("among {ROWS} rows and {} answers", 2 * ROWS + questions.len());
    for (ours, what) in times.into_iter().zip(["tap", "tap in a row,"]) {
        report(&format!("{what} {size}"), taps, &mut [ours, commits.clone()], rows);
    }
    Ok(())
}

/// The times in ms of each kind of write. Each step makes one of each, beginning with another: what the disk does behind a
/// write meets all of them alike.
fn in_turn(steps: usize, mut writes: Vec<Write<'_>>) -> Result<Vec<Vec<f64>>, Trouble> {
    let mut times = vec![Vec::with_capacity(steps); writes.len()];
    for at in 0..steps {
        for turn in 0..writes.len() {
            let which = (at + turn) % writes.len();
            let start = Instant::now();
            writes[which](at)?;
            times[which].push(start.elapsed().as_secs_f64() * 1e3);
        }
    }
    Ok(times)
}

fn report(what: &str, taps: usize, times: &mut [Vec<f64>], rows: &mut Rows) {
    let [ours, theirs] = times else { return };
    for (name, share, target) in [("p50", 0.5, None), ("p95", 0.95, Some(Target::Ratio(1.5)))] {
        let metric = format!("{what}, {name} of {taps}");
        let peer = Some(("one-row SQLite commit", quantile(theirs, share)));
        rows.add(Row { bench: "device", metric, unit: "ms", ours: quantile(ours, share), peer, target });
    }
}

/// Adds the rows and answers two questions in each, and all at the top: the rows' instances, and a question of theirs that
/// takes a whole number.
fn fill(phone: &Phone, document: DocumentId, questions: &[String]) -> Result<(Vec<String>, String), Trouble> {
    for question in questions {
        phone.answer(document, question, "-", "7").doing("answer")?;
    }
    let (kind, _) = repeat(&phone.form(document, "en").doing("show a form")?)?;
    let mut instances = Vec::with_capacity(ROWS);
    for _ in 0..ROWS {
        instances.push(phone.add_row(document, &kind, "-").doing("add a row")?);
    }
    // What is picked first decides what else is asked.
    let mut count = String::new();
    for kind in ["select_one", "integer"] {
        let (_, fields) = repeat(&phone.form(document, "en").doing("show a form")?)?;
        let field = fields.into_iter().find(|field| field.kind == kind);
        let field = field.ok_or_else(|| Trouble::new("find a question in rows", kind))?;
        let value = field.choices.first().map_or("24", |(name, _)| name);
        for instance in &instances {
            phone.answer(document, &field.question, instance, value).doing("answer in a row")?;
        }
        count = field.question;
    }
    Ok((instances, count))
}

/// The first repeated group, and the questions of its first row.
fn repeat(form: &Form) -> Result<(String, Vec<Field>), Trouble> {
    for item in form.sections.iter().flat_map(|section| &section.items) {
        let FormItem::Rows { kind, rows, .. } = item else { continue };
        let items = rows.first().map_or(&[][..], |row| &row.items);
        let fields = items.iter().filter_map(|item| match item {
            FormItem::Field(field) => Some(Field::clone(field)),
            FormItem::Rows { .. } => None,
        });
        return Ok((kind.clone(), fields.collect()));
    }
    Err(Trouble::new("find a repeated group", "the form has none"))
}

/// SQLite alone with the phone's own settings.
fn bare(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute_batch("CREATE TABLE answer (id INTEGER PRIMARY KEY, value TEXT NOT NULL)")?;
    Ok(connection)
}
