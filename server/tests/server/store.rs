//! The store: migrations, and one commit for many writes.

use rusqlite::{Connection, params};
use std::net::SocketAddr;
use wurao_protocol::Problem;
use wurao_protocol::key::Signer;
use wurao_server::live::Live;
use wurao_server::store::Store;
use wurao_server::{App, Config, Error};

fn open(folder: &std::path::Path, queue: usize) -> Result<Store, Error> {
    let mut config = Config::new(folder, SocketAddr::from(([127, 0, 0, 1], 0)));
    config.queue = queue;
    Store::open(&folder.join("test.sqlite"), &config, Live::new(0))
}

fn put(tx: &rusqlite::Connection, name: &str) -> Result<(), Error> {
    tx.execute("INSERT INTO meta (name, value) VALUES (?1, ?2)", params![name, [1_u8]])?;
    Ok(())
}

fn names(folder: &std::path::Path) -> Vec<String> {
    let db = Connection::open(folder.join("test.sqlite")).unwrap();
    let mut statement = db.prepare("SELECT name FROM meta ORDER BY name").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

#[test]
fn a_database_is_opened_again_as_it_was_left_and_a_newer_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), 8).unwrap();
    store.write_blocking(|tx| put(tx, "a")).unwrap();
    drop(store);
    drop(open(folder.path(), 8).unwrap());
    assert_eq!(names(folder.path()), ["a"]);
    let db = Connection::open(folder.path().join("test.sqlite")).unwrap();
    db.execute("INSERT INTO migration (number) VALUES (999)", []).unwrap();
    assert_eq!(open(folder.path(), 8).err().unwrap().code(), "newer-database");
}

#[test]
fn a_write_that_fails_or_panics_takes_back_its_own_rows_and_nobody_else_s() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), 8).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
    let (entered, inside) = std::sync::mpsc::channel();
    let (go, gate) = std::sync::mpsc::channel::<()>();
    runtime.block_on(async {
        // The first write holds the writer until the others wait, so that they share one commit.
        let first = store.write(move |tx| {
            entered.send(()).unwrap();
            gate.recv().unwrap();
            put(tx, "first")
        });
        let fine = store.write(|tx| put(tx, "fine"));
        let failed = store.write(|tx| {
            put(tx, "failed")?;
            Err::<(), _>(Error::Missing("a reason"))
        });
        let panicked = store.write(|tx| -> Result<(), Error> {
            put(tx, "panicked")?;
            panic!("on purpose")
        });
        let last = store.write(|tx| put(tx, "last"));
        let release = async {
            tokio::task::spawn_blocking(move || inside.recv().unwrap()).await.unwrap();
            go.send(()).unwrap();
        };
        let (first, (), fine, failed, panicked, last) = tokio::join!(first, release, fine, failed, panicked, last);
        assert!(first.is_ok() && fine.is_ok() && last.is_ok());
        assert_eq!(failed.err().unwrap().code(), "missing");
        assert_eq!(panicked.err().unwrap().code(), "panicked");
    });
    assert_eq!(names(folder.path()), ["fine", "first", "last"]);
}

#[test]
fn a_full_queue_is_told_to_come_back_later() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), 1).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
    let (entered, inside) = std::sync::mpsc::channel();
    let (go, gate) = std::sync::mpsc::channel::<()>();
    runtime.block_on(async {
        let holding = store.write(move |tx| {
            entered.send(()).unwrap();
            gate.recv().unwrap();
            put(tx, "holding")
        });
        let others = async {
            tokio::task::spawn_blocking(move || inside.recv().unwrap()).await.unwrap();
            let (waiting, refused) = tokio::join!(store.write(|tx| put(tx, "waiting")), async {
                let refused = store.write(|tx| put(tx, "refused")).await;
                go.send(()).unwrap();
                refused
            });
            assert!(waiting.is_ok());
            assert_eq!(refused.err().unwrap().problem(), Problem::Busy);
        };
        let (holding, ()) = tokio::join!(holding, others);
        assert!(holding.is_ok());
    });
    assert_eq!(names(folder.path()), ["holding", "waiting"]);
}

#[test]
fn a_server_does_not_start_over_its_data_without_the_key_that_signed_it() {
    let folder = tempfile::tempdir().unwrap();
    let config = || Config::new(folder.path(), SocketAddr::from(([127, 0, 0, 1], 0)));
    let first = App::open(config()).unwrap().keys().records.public().to_bytes();
    assert_eq!(App::open(config()).unwrap().keys().records.public().to_bytes(), first);

    let (key, away) = (folder.path().join("keys/records.key"), folder.path().join("away"));
    std::fs::rename(&key, &away).unwrap();
    let error = App::open(config()).err().unwrap();
    assert_eq!(error.code(), "key-missing");
    assert!(error.to_string().contains("keys/records.key"), "{error}");
    assert!(!key.exists(), "no new one was drawn");

    std::fs::rename(&away, &key).unwrap();
    for name in ["feedback.key", "drain.key", "uploads.key"] {
        let other = folder.path().join("keys").join(name);
        std::fs::rename(&other, &away).unwrap();
        let error = App::open(config()).err().unwrap();
        assert_eq!(error.code(), "key-missing");
        assert!(error.to_string().contains(name) && !other.exists(), "{error}");
        std::fs::rename(&away, &other).unwrap();
    }
    std::fs::rename(&key, &away).unwrap();
    std::fs::write(&key, format!("{}\n", "07".repeat(32))).unwrap();
    assert_eq!(App::open(config()).err().unwrap().code(), "other-key");
    std::fs::rename(&away, &key).unwrap();
    assert_eq!(App::open(config()).unwrap().keys().records.public().to_bytes(), first);
}

/// A database as it was before the migration of this number, with nothing in it.
fn before(number: usize, path: &std::path::Path) -> Connection {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let db = Connection::open(path).unwrap();
    db.execute_batch("CREATE TABLE migration (number BIGINT PRIMARY KEY NOT NULL)").unwrap();
    for (number, file) in (1_i64..).zip(&files[..number - 1]) {
        db.execute_batch(&std::fs::read_to_string(file).unwrap()).unwrap();
        db.execute("INSERT INTO migration (number) VALUES (?1)", [number]).unwrap();
    }
    db
}

/// What a query gives, each row as one text.
fn rows(db: &Connection, sql: &str) -> Vec<String> {
    let mut statement = db.prepare(sql).unwrap();
    let columns = statement.column_count();
    let row = |row: &rusqlite::Row<'_>| {
        let values = (0..columns).map(|at| match row.get_ref(at).unwrap() {
            rusqlite::types::ValueRef::Null => "-".to_owned(),
            rusqlite::types::ValueRef::Integer(number) => number.to_string(),
            rusqlite::types::ValueRef::Text(text) => String::from_utf8(text.to_vec()).unwrap(),
            rusqlite::types::ValueRef::Blob(bytes) => hex::encode(bytes),
            other => panic!("{other:?}"),
        });
        Ok(values.collect::<Vec<_>>().join(" "))
    };
    statement.query_map([], row).unwrap().collect::<Result<_, _>>().unwrap()
}

#[test]
fn all_that_a_database_held_before_its_rows_were_laid_closer_is_in_it_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let db = before(15, &folder.path().join("test.sqlite"));
    // Two documents whose changes came in turn; the second one's last has two below it and is held, and one is packed.
    db.execute_batch(
        "INSERT INTO change (document, hash, position, actor, seq, start_op, max_op, time_ms, clock, bytes, covered, state, \
         received_ms, problem, detail, packed) VALUES \
         (X'02', X'21', 1, X'A1', 1, 7, 8, 100, X'C1', X'B1', 1, 'accepted', 1000, NULL, NULL, 0), \
         (X'01', X'11', 1, X'A2', 1, 7, 7, 101, X'C2', X'',   1, 'accepted', 1001, NULL, NULL, 1), \
         (X'02', X'22', 2, X'A3', 1, 7, 7, 102, X'C3', X'B3', 1, 'accepted', 1002, NULL, NULL, 0), \
         (X'02', X'20', 3, X'A1', 2, 9, 9, 103, X'C4', X'B4', 1, 'held', 1003, 'late', 'closed', 0); \
         INSERT INTO dependency (document, dependency, change) VALUES (X'02', X'22', X'20'), (X'02', X'21', X'20'), \
         (X'01', X'FF', X'11'); \
         INSERT INTO op (document, map, name, counter, actor, seq, value, preds, change, time_ms, live, top) VALUES \
         (X'02', 1, 'water@-', 7, X'A1', 1, X'D1', X'', X'21', 100, 1, 0), \
         (X'02', 1, 'beds@-', 8, X'A1', 1, X'D2', X'', X'21', 100, 1, 1), \
         (X'02', 1, 'water@-', 9, X'A1', 2, X'D3', X'E1', X'20', 103, 0, 1); \
         INSERT INTO feed (position, person, document, record, change) VALUES (3, NULL, X'02', X'0A', NULL), \
         (5, NULL, X'02', NULL, X'21'), (9, X'0B', NULL, X'0C', NULL); \
         INSERT INTO brought (document, device, actors, changes, bytes) VALUES (X'02', X'0D', 2, 3, 44); \
         INSERT INTO audit_entry (position, bytes) VALUES (0, X'0E'), (1, X'0F'); \
         INSERT INTO audit_node (level, place, hash) VALUES (0, 0, X'1E'), (0, 1, X'1F'), (1, 0, X'2E');",
    )
    .unwrap();
    let kept = [
        "SELECT document, hash, actor, seq, start_op, max_op, time_ms, clock, bytes, covered, state, received_ms, problem, \
         detail, packed FROM change ORDER BY document, position",
        "SELECT * FROM dependency ORDER BY 1, 2, 3",
        "SELECT document, map, name, counter, actor, seq, value, preds, change, time_ms, live, top FROM op ORDER BY 1, 4, 5",
        "SELECT position, person, document, record, change FROM feed ORDER BY position",
        "SELECT document, device, actors, changes, bytes FROM brought",
        "SELECT position, bytes FROM audit_entry ORDER BY position",
        "SELECT level, place, hash FROM audit_node ORDER BY level, place",
    ];
    let held: Vec<_> = kept.iter().map(|sql| rows(&db, sql)).collect();
    drop(db);
    drop(open(folder.path(), 8).unwrap());
    let db = Connection::open(folder.path().join("test.sqlite")).unwrap();
    for (sql, held) in kept.iter().zip(held) {
        assert!(!held.is_empty());
        assert_eq!(rows(&db, sql), held, "{sql}");
    }
    let mut below = rows(&db, "SELECT hash, dependencies FROM change ORDER BY hash");
    // The order of what one builds on says nothing.
    below[1] = below[1].replace("2221", "2122");
    assert_eq!(below, ["11 ff", "20 2122", "21 ", "22 "]);
}
