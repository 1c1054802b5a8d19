//! A tap until it is durable beside SQLite alone; a phone opening with many inspections.

use crate::office::{Office, counts, sync};
use crate::rows::{Row, Rows, Target};
use rusqlite::Connection;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;
use wurao_protocol::DocumentId;
use wurao_tests::{Doing, Trouble};

/// The first argument of the process whose opening is measured.
const OPENING: &str = "as-opening";

/// Runs the bench.
pub(crate) fn run(quick: bool, rows: &mut Rows) -> Result<(), Trouble> {
    let (visits, taps) = if quick { (50, 200) } else { (1000, 2000) };
    let office = Office::open(visits)?;
    let first = office.phone("first")?;
    let documents = office.start_all(&first)?;
    taps_beside_commits(&office, &first, &documents, taps, rows)?;

    // The second phone's store is made by the work of a colleague: every inspection with five answers, synced.
    let questions = counts(&first.form(documents[0], "en").doing("show a form")?);
    for document in &documents {
        for (question, value) in questions.iter().zip(["12", "30", "2", "7", "450"]) {
            first.answer(*document, question, "-", value).doing("answer")?;
        }
    }
    sync(&first)?;
    drop(office.phone("second")?);
    opening(&office.folder_of("second"), visits, rows)
}

fn taps_beside_commits(
    office: &Office,
    phone: &wurao_device::Phone,
    documents: &[DocumentId],
    taps: usize,
    rows: &mut Rows,
) -> Result<(), Trouble> {
    let questions = counts(&phone.form(documents[0], "en").doing("show a form")?);
    let bare = bare(&office.folder().join("bare.sqlite3")).doing("open a bare database")?;
    let (mut ours, mut theirs) = (Vec::with_capacity(taps), Vec::with_capacity(taps));
    for at in 0..taps {
        // One inspection after the other, every question answered twice, as people do who correct themselves.
        let document = documents[at / (2 * questions.len()) % documents.len()];
        let (question, value) = (&questions[at % questions.len()], (at % 97).to_string());
        let start = Instant::now();
        phone.answer(document, question, "-", &value).doing("answer")?;
        ours.push(start.elapsed().as_secs_f64() * 1e3);
        let start = Instant::now();
        bare.execute("INSERT INTO answer (value) VALUES (?1)", [&value]).doing("commit one row")?;
        theirs.push(start.elapsed().as_secs_f64() * 1e3);
    }
    for (name, share, target) in [("p50", 0.5, None), ("p95", 0.95, Some(Target::Ratio(1.5)))] {
        let metric = format!("tap to durable, {name} of {taps}");
        let peer = Some(("one-row SQLite commit", quantile(&mut theirs, share)));
        rows.add(Row { bench: "device", metric, unit: "ms", ours: quantile(&mut ours, share), peer, target });
    }
    Ok(())
}

/// SQLite alone with the phone's own settings.
fn bare(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute_batch("CREATE TABLE answer (id INTEGER PRIMARY KEY, value TEXT NOT NULL)")?;
    Ok(connection)
}

fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * share) as usize]
}

/// Opens the store in fresh processes, so that nothing of this one is counted; the median of seven.
fn opening(folder: &Path, visits: u32, rows: &mut Rows) -> Result<(), Trouble> {
    let program = std::env::current_exe().doing("find this program")?;
    let (mut times, mut memories) = (Vec::new(), Vec::new());
    for _ in 0..7 {
        let output = Command::new(&program).arg(OPENING).arg(folder).output().doing("open in a process")?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let figures: Vec<f64> = text.split_whitespace().filter_map(|figure| figure.parse().ok()).collect();
        let [time, memory] = figures[..] else {
            return Err(Trouble::new("open in a process", String::from_utf8_lossy(&output.stderr)));
        };
        times.push(time);
        memories.push(memory);
    }
    let (time, memory) = (quantile(&mut times, 0.5), quantile(&mut memories, 0.5));
    let row = |metric: String, unit, ours, target| Row { bench: "device", metric, unit, ours, peer: None, target };
    rows.add(row(format!("open with {visits} inspections and list them"), "ms", time, None));
    let metric = format!("memory grown by that, {visits} inspections, none open");
    rows.add(row(metric, "MB", memory, Some(Target::Ours(2.0))));
    Ok(())
}

/// Plays the process whose opening is measured: prints ms and MB.
#[expect(clippy::print_stdout, reason = "the figures are what the parent reads")]
pub(crate) fn play_opening() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()? != OPENING {
        return None;
    }
    let folder = arguments.next()?;
    Some(match measure(Path::new(&folder)) {
        Ok((ms, mb)) => {
            println!("{ms} {mb}");
            ExitCode::SUCCESS
        }
        Err(trouble) => wurao_tests::roles::complain(&trouble.to_string()),
    })
}

fn measure(folder: &Path) -> Result<(f64, f64), Trouble> {
    // Ports first: the HTTP client and its threads are no part of opening a store.
    let ports = wurao_device::system::ports(folder).doing("make ports")?;
    let before = resident()?;
    let start = Instant::now();
    let phone =
        wurao_device::Phone::open(&wurao_device::Settings { folder: folder.to_owned() }, ports).doing("open")?;
    let listed = phone.work().doing("list the work")?.len();
    let ms = start.elapsed().as_secs_f64() * 1e3;
    let grown = resident()? - before;
    if listed == 0 { Err(Trouble::new("list the work", "nothing there")) } else { Ok((ms, grown)) }
}

/// Memory of its own that this process holds in MB, code and mapped files left out: those are shared and given back.
fn resident() -> Result<f64, Trouble> {
    let status = std::fs::read_to_string("/proc/self/status").doing("read /proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    let kb = line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kb.map(|kb| kb / 1024.0).ok_or_else(|| Trouble::new("read /proc/self/status", "no RssAnon"))
}
