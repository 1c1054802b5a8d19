//! SQLite itself over a failing disk: it keeps what it was told to flush and loses what it was not.

use super::{Disk, Fault, Plan};
use rusqlite::{Connection, ErrorCode};
use std::path::Path;

fn folder() -> tempfile::TempDir {
    crate::sim::folder().unwrap()
}

fn open(folder: &Path, synchronous: &str) -> rusqlite::Result<Connection> {
    let db = Connection::open(folder.join("store"))?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", synchronous)?;
    db.pragma_update(None, "wal_autocheckpoint", 20)?;
    db.execute_batch("CREATE TABLE IF NOT EXISTS said (n INTEGER PRIMARY KEY, filling BLOB)")?;
    // A flush that fails while the file is changed to keep a log is told to nobody, and is known only once it was read again.
    let mode: String = db.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
    if mode == "wal" { Ok(db) } else { Err(rusqlite::Error::QueryReturnedNoRows) }
}

fn say(db: &Connection, n: i64) -> rusqlite::Result<usize> {
    db.execute("INSERT INTO said (n, filling) VALUES (?1, randomblob(?2))", (n, n * 37 % 3000))
}

/// How many rows there are: all up to some number, or something is broken.
fn rows(folder: &Path) -> Option<i64> {
    let db = Connection::open(folder.join("store")).ok()?;
    let sound: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).ok()?;
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).ok()?;
    if tables == 0 {
        return (sound == "ok").then_some(0);
    }
    let (count, last): (i64, i64) = db
        .query_row("SELECT count(*), coalesce(max(n), 0) FROM said", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .ok()?;
    (sound == "ok" && count == last).then_some(count)
}

/// Writes until the power is cut at some operation: how many rows were said to be kept, and how many are there then.
fn until_cut(seed: u64, synchronous: &str) -> (i64, Option<i64>) {
    let folder = folder();
    let disk = Disk::under(folder.path(), seed).unwrap();
    disk.plan(Plan { fault: Fault::Cut, at: 30 + seed * 3, lasts: true });
    let mut kept = 0;
    while !disk.is_cut() {
        let Ok(db) = open(folder.path(), synchronous) else { break };
        // An orderly end of the program now and then.
        for n in kept + 1..kept + 30 {
            match say(&db, n) {
                Ok(_) => kept = n,
                Err(_) => break,
            }
        }
    }
    assert!(disk.hits() > 0);
    disk.settle(seed).unwrap();
    (kept, rows(folder.path()))
}

#[test]
fn what_sqlite_was_told_to_flush_is_there_after_every_cut() {
    for seed in 0..150 {
        let (kept, there) = until_cut(seed, "FULL");
        assert!(there.is_some_and(|there| there == kept || there == kept + 1), "seed {seed}: {kept} {there:?}");
    }
}

#[test]
fn what_sqlite_was_not_told_to_flush_is_lost_or_broken_by_some_cuts() {
    let lost = |synchronous| {
        let lost = (0..150).map(|seed| until_cut(seed, synchronous));
        lost.fold((0, 0), |(lost, broken), (kept, there)| match there {
            None => (lost, broken + 1),
            Some(there) => (lost + usize::from(there < kept), broken),
        })
    };
    let (normal, off) = (lost("NORMAL"), lost("OFF"));
    assert!(normal.0 > 30, "{normal:?}");
    assert_eq!(normal.1, 0, "without a flush at each commit the end is lost and nothing is broken: {normal:?}");
    assert!(off.0 > 10 && off.1 > 10, "{off:?}");
}

#[test]
fn the_same_seed_leaves_the_same_disk() {
    let once = |seed| {
        let folder = folder();
        let disk = Disk::under(folder.path(), seed).unwrap();
        let db = open(folder.path(), "NORMAL").unwrap();
        for n in 1..200 {
            db.execute("INSERT INTO said (n, filling) VALUES (?1, zeroblob(?2))", (n, n * 37 % 3000)).unwrap();
        }
        disk.cut();
        drop(db);
        let trace = disk.trace();
        (trace, disk.settle(seed).unwrap())
    };
    assert_eq!(once(3), once(3));
    assert_ne!(once(3).1, once(4).1);
}

#[test]
fn a_full_disk_is_told_as_such_and_is_forgotten_once_there_is_room() {
    let folder = folder();
    let disk = Disk::under(folder.path(), 1).unwrap();
    let db = open(folder.path(), "FULL").unwrap();
    say(&db, 1).unwrap();
    disk.plan(Plan { fault: Fault::Full, at: 1, lasts: true });
    for _ in 0..3 {
        assert_eq!(say(&db, 2).unwrap_err().sqlite_error_code(), Some(ErrorCode::DiskFull));
    }
    disk.calm();
    say(&db, 2).unwrap();
    drop(db);
    assert_eq!(rows(folder.path()), Some(2));
}

#[test]
fn an_error_of_any_operation_is_an_error_to_who_asked_and_breaks_nothing() {
    let mut failed = 0;
    for at in 1..120 {
        let folder = folder();
        let disk = Disk::under(folder.path(), at).unwrap();
        disk.plan(Plan { fault: Fault::Failing, at, lasts: at % 2 == 0 });
        let mut kept = Vec::new();
        if let Ok(db) = open(folder.path(), "FULL") {
            kept.extend((1..12).filter(|n| say(&db, *n).is_ok()));
        }
        failed += usize::from(disk.hits() > 0 && kept.len() < 11);
        disk.calm();
        disk.cut();
        disk.settle(at).unwrap();
        let db = open(folder.path(), "FULL").unwrap();
        let mut there = db.prepare("SELECT n FROM said").unwrap();
        let there: Vec<i64> = there.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
        assert!(kept.iter().all(|n| there.contains(n)), "at {at}: {kept:?} {there:?}");
        let sound: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(sound, "ok", "at {at}");
    }
    assert!(failed > 60, "{failed}");
}

#[test]
fn a_file_left_open_is_told_and_other_folders_are_left_alone() {
    let (folder, elsewhere) = (folder(), folder());
    let disk = Disk::under(folder.path(), 1).unwrap();
    let db = open(folder.path(), "FULL").unwrap();
    let other = open(elsewhere.path(), "FULL").unwrap();
    disk.cut();
    assert!(say(&db, 1).is_err());
    say(&other, 1).unwrap();
    assert!(disk.settle(1).unwrap_err().to_string().contains("still open"));
    drop(db);
    disk.settle(1).unwrap();
    assert_eq!(rows(folder.path()), Some(0));
}
