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
