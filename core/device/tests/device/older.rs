//! Stores that an older phone has left: each step of the schema, opened by this one.

use crate::common::*;
use rusqlite::Connection;
use rusqlite::types::Value;
use std::path::Path;
use wurao_device::Phone;

/// What each step was made of, the oldest first.
const STEPS: [&str; 7] = [
    include_str!("../../migrations/0001_initial.sql"),
    include_str!("../../migrations/0002_permits.sql"),
    include_str!("../../migrations/0003_people.sql"),
    include_str!("../../migrations/0004_log.sql"),
    include_str!("../../migrations/0005_handover.sql"),
    include_str!("../../migrations/0006_apart.sql"),
    include_str!("../../migrations/0007_unproven.sql"),
];

fn words(db: &Connection, sql: &str) -> Vec<String> {
    let mut statement = db.prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// The folder's store with the schema of so many steps, in the place of the newest: every row, in the columns that there were.
fn put_back(folder: &Path, steps: usize) {
    let before = tempfile::tempdir().unwrap();
    let (newest, older) = (store_in(folder), store_in(before.path()));
    for step in &STEPS[..steps] {
        older.execute_batch(step).unwrap();
    }
    older.pragma_update(None, "user_version", steps as i64).unwrap();
    let tables = words(&older, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'");
    for table in tables {
        let columns = words(&older, &format!("SELECT name FROM pragma_table_info('{table}')"));
        let list = columns.join(", ");
        let places = vec!["?"; columns.len()].join(", ");
        let mut insert = older.prepare(&format!("INSERT INTO {table} ({list}) VALUES ({places})")).unwrap();
        let mut select = newest.prepare(&format!("SELECT {list} FROM {table}")).unwrap();
        let mut rows = select.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let values: Vec<Value> = (0..columns.len()).map(|at| row.get(at).unwrap()).collect();
            insert.execute(rusqlite::params_from_iter(values)).unwrap();
        }
    }
    drop((newest, older));
    for name in ["wurao.sqlite3", "wurao.sqlite3-wal", "wurao.sqlite3-shm"] {
        let (from, to) = (before.path().join(name), folder.join(name));
        drop(std::fs::remove_file(&to));
        drop(std::fs::copy(from, to));
    }
}

fn version(folder: &Path) -> usize {
    store_in(folder).query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0)).unwrap() as usize
}

/// How many rows there are of what has been there since the first step.
fn rows(folder: &Path) -> Vec<String> {
    let tables = ["meta", "record", "document", "change", "head", "op"];
    let count = |table| words(&store_in(folder), &format!("SELECT '{table} ' || count(*) FROM {table}")).remove(0);
    tables.map(count).to_vec()
}

/// What a person sees of an inspection, and what has not reached the server.
fn seen(phone: &Phone, document: wurao_protocol::DocumentId) -> (String, String) {
    (format!("{:?}", phone.values(document).unwrap()), format!("{:?}", phone.outbox().unwrap()))
}

#[test]
fn a_store_of_any_older_step_opens_keeps_its_rows_and_goes_on() {
    for steps in 1..=STEPS.len() {
        let (desk, document) = Desk::at_work();
        desk.phone.answer(document, "water", "-", "180").unwrap();
        desk.sync();
        desk.phone.answer(document, "generator", "-", "ok").unwrap();
        let (before, work) = (seen(&desk.phone, document), format!("{:?}", desk.phone.work().unwrap()));
        let rows = rows(desk.folder.path());
        let desk = desk.reopen_after(|folder| put_back(folder, steps));
        assert_eq!(version(desk.folder.path()), STEPS.len(), "from step {steps}");
        assert_eq!(self::rows(desk.folder.path()), rows, "from step {steps}");
        if steps == 1 {
            // Which signature of a permit counts is noted since the second step: it is shown again once a permit has come again.
            assert_eq!(desk.phone.values(document).unwrap_err().code(), "not-on-team");
            assert_eq!(desk.sync().changes_taken, 1, "what waits to be sent goes all the same");
            desk.office.give_work();
            desk.sync();
            assert_eq!(seen(&desk.phone, document).0, before.0);
            continue;
        }
        assert_eq!(seen(&desk.phone, document), before, "from step {steps}");
        assert_eq!(format!("{:?}", desk.phone.work().unwrap()), work, "from step {steps}");
        desk.phone.answer(document, "water", "-", "181").unwrap();
        assert_eq!(desk.sync().changes_taken, 2, "from step {steps}");
        assert!(desk.phone.outbox().unwrap().changes.is_empty(), "from step {steps}");
    }
}

#[test]
fn what_an_older_phone_could_not_prove_goes_up_once_more() {
    let (desk, document) = Desk::at_work();
    desk.phone.answer(document, "water", "-", "180").unwrap();
    desk.sync();
    let unproven = "UPDATE change SET standing = 'unrelayed', problem = 'forged-actor', told = 3";
    let desk = desk.reopen_after(|folder| {
        put_back(folder, 6);
        assert!(store_in(folder).execute(unproven, []).unwrap() > 0);
    });
    let standing =
        "SELECT DISTINCT standing || ' ' || coalesce(problem, '-') || ' ' || coalesce(told, '-') FROM change";
    assert_eq!(words(&store_in(desk.folder.path()), standing), ["handed - -"]);
}

#[test]
fn a_store_of_a_newer_phone_is_left_as_it_is() {
    let (desk, document) = Desk::at_work();
    let before = seen(&desk.phone, document);
    let (folder, ports) = desk.shut();
    store_in(folder.path()).pragma_update(None, "user_version", STEPS.len() as i64 + 1).unwrap();
    let settings = wurao_device::Settings { folder: folder.path().to_owned() };
    assert_eq!(Phone::open(&settings, ports.clone()).err().unwrap().code(), "update-app");
    store_in(folder.path()).pragma_update(None, "user_version", STEPS.len() as i64).unwrap();
    assert_eq!(seen(&Phone::open(&settings, ports).unwrap(), document), before);
}
