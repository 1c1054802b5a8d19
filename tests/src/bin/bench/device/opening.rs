//! A phone opens with many inspections and lists them, in a fresh process so that nothing of this one is counted; beside it
//! Automerge with the same documents loaded, and SQLite with a plain row for each.

use super::quantile;
use crate::office::Office;
use crate::peer::{Documents, documents, load};
use crate::rows::{Row, Rows, Target};
use automerge::AutoCommit;
use rusqlite::Connection;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;
use wurao_tests::{Doing, Trouble};

/// The first arguments of the processes that are measured.
const OPENING: [&str; 3] = ["as-opening", "as-loading", "as-reading"];

/// Processes of each kind, in turn.
const TIMES: usize = 7;

/// Opens the phone of this folder; its peers have the same documents.
pub(super) fn run(office: &Office, phone: &str, visits: u32, rows: &mut Rows) -> Result<(), Trouble> {
    let folder = office.folder_of(phone);
    let (saved, plain) = (office.folder().join("saved.sqlite3"), office.folder().join("plain.sqlite3"));
    let loaded = save(&documents(&folder)?, &saved)?;
    keep_plain(&plain, visits).doing("keep plain rows")?;
    let program = std::env::current_exe().doing("find this program")?;
    let mut figures = vec![vec![Vec::new(); 3]; OPENING.len()];
    for _ in 0..TIMES {
        for (kind, path) in [folder.as_path(), &saved, &plain].into_iter().enumerate() {
            let output = Command::new(&program).arg(OPENING[kind]).arg(path).output().doing("measure in a process")?;
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            let read: Vec<f64> = text.split_whitespace().filter_map(|figure| figure.parse().ok()).collect();
            if read.len() != 3 {
                return Err(Trouble::new(OPENING[kind], String::from_utf8_lossy(&output.stderr)));
            }
            for (all, figure) in figures[kind].iter_mut().zip(read) {
                all.push(figure);
            }
        }
    }
    let mut median = |kind: usize, what: usize| quantile(&mut figures[kind][what], 0.5);
    let row = |metric, unit, ours, peer, target| Row { bench: "device", metric, unit, ours, peer, target };
    let automerge = |figure| Some(("Automerge, all loaded", figure));
    let metric = format!("open with {visits} inspections and list them");
    rows.add(row(metric, "ms", median(0, 0) + median(0, 1), automerge(median(1, 0)), None));
    let metric = format!("of that the list of {visits}");
    rows.add(row(metric, "ms", median(0, 1), Some(("SQLite, a plain row each", median(2, 1))), None));
    let metric = format!("memory grown by that, {loaded} docs synced, none open");
    rows.add(row(metric, "MB", median(0, 2), automerge(median(1, 2)), Some(Target::Ours(2.0))));
    Ok(())
}

/// Saves each document as Automerge does; how many.
fn save(all: &Documents, path: &Path) -> Result<usize, Trouble> {
    let connection = Connection::open(path).doing("open a database")?;
    connection.execute_batch("CREATE TABLE document (body BLOB NOT NULL); BEGIN").doing("make a table")?;
    for changes in all.values() {
        let sql = "INSERT INTO document (body) VALUES (?1)";
        connection.execute(sql, [load(changes)?.save()]).doing("keep a document")?;
    }
    connection.execute_batch("COMMIT").doing("commit")?;
    Ok(all.len())
}

/// What a list shows of each visit, in one table.
fn keep_plain(path: &Path, visits: u32) -> rusqlite::Result<()> {
    let connection = Connection::open(path)?;
    connection.execute_batch(
        "CREATE TABLE visit (id BLOB PRIMARY KEY, number TEXT, site TEXT, division TEXT, purpose TEXT, body TEXT, \
         checklist TEXT, team TEXT, not_before INTEGER, expires INTEGER, state INTEGER); BEGIN",
    )?;
    for at in 0..visits {
        let site = format!("样村 {at}");
        let sql = "INSERT INTO visit VALUES (randomblob(16), '2026-001', ?1, '470123101201', '物资', '应急局', '应急物资', \
                   '王芳 李强', ?2, ?3, 1)";
        connection.execute(sql, (site, i64::from(at) * 977 % 86_400, 1_800_000_000))?;
    }
    connection.execute_batch("COMMIT")
}

/// Plays a process that is measured: prints the ms to open and to list, and the MB grown.
#[expect(clippy::print_stdout, reason = "the figures are what the parent reads")]
pub(crate) fn play() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    let first = arguments.next()?;
    let kind = OPENING.iter().position(|name| first == *name)?;
    let path = arguments.next()?;
    let path = Path::new(&path);
    let measured = match kind {
        0 => opened(path),
        1 => loaded(path),
        _ => listed(path).doing("read plain rows"),
    };
    Some(match measured {
        Ok([open, list, grown]) => {
            println!("{open} {list} {grown}");
            ExitCode::SUCCESS
        }
        Err(trouble) => wurao_tests::roles::complain(&trouble.to_string()),
    })
}

fn opened(folder: &Path) -> Result<[f64; 3], Trouble> {
    // Ports first: the HTTP client and its threads are no part of opening a store.
    let ports = wurao_device::system::ports(folder).doing("make ports")?;
    let before = resident()?;
    let start = Instant::now();
    let phone =
        wurao_device::Phone::open(&wurao_device::Settings { folder: folder.to_owned() }, ports).doing("open")?;
    let open = ms(start);
    let start = Instant::now();
    let listed = phone.work().doing("list the work")?.len();
    let list = ms(start);
    let grown = resident()? - before;
    if listed == 0 { Err(Trouble::new("list the work", "nothing there")) } else { Ok([open, list, grown]) }
}

fn loaded(path: &Path) -> Result<[f64; 3], Trouble> {
    let before = resident()?;
    let start = Instant::now();
    let bodies = read(path, "SELECT body FROM document", |row| row.get::<_, Vec<u8>>(0)).doing("read documents")?;
    let documents: Result<Vec<AutoCommit>, _> = bodies.iter().map(|body| AutoCommit::load(body)).collect();
    let documents = documents.doing("load a document")?;
    drop(bodies);
    let (took, grown) = (ms(start), resident()? - before);
    if documents.is_empty() { Err(Trouble::new("load", "nothing there")) } else { Ok([took, 0.0, grown]) }
}

fn listed(path: &Path) -> Result<[f64; 3], Box<dyn std::error::Error + Send + Sync>> {
    let before = resident()?;
    let start = Instant::now();
    let sql = "SELECT id, number, site, division, purpose, body, checklist, team, not_before, expires, state \
               FROM visit ORDER BY not_before, division";
    let rows = read(path, sql, |row| {
        let texts = (1..8).map(|at| row.get::<_, String>(at)).collect::<Result<Vec<_>, _>>()?;
        let numbers = (8..11).map(|at| row.get::<_, i64>(at)).collect::<Result<Vec<_>, _>>()?;
        Ok((row.get::<_, [u8; 16]>(0)?, texts, numbers))
    })?;
    let (took, grown) = (ms(start), resident()? - before);
    if rows.is_empty() { Err("nothing there".into()) } else { Ok([0.0, took, grown]) }
}

fn read<T>(
    path: &Path,
    sql: &str,
    row: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    let connection = Connection::open(path)?;
    let mut statement = connection.prepare(sql)?;
    statement.query_map([], row)?.collect()
}

fn ms(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}

/// Memory of its own that this process holds in MB, code and mapped files left out: those are shared and given back.
fn resident() -> Result<f64, Trouble> {
    let status = std::fs::read_to_string("/proc/self/status").doing("read /proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    let kb = line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kb.map(|kb| kb / 1024.0).ok_or_else(|| Trouble::new("read /proc/self/status", "no RssAnon"))
}
