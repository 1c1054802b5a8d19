//! Packing what is long over: everybody gets the same bytes as before, and what cannot be packed is left alone.

use crate::audit_tables::found;
use crate::support::{DAY_MS, MORNING_MS, Phone, Push, World};
use rusqlite::{Connection, params};
use std::collections::BTreeMap;
use wurao_protocol::sync::Outcome;
use wurao_protocol::{Digest, DocumentId};
use wurao_record::{Put, Scalar};
use wurao_server::audit::verify::Altered;
use wurao_server::compact::{Compacted, FIRST, compact_next, faults};

const MONTH: i64 = 31;

fn compact(world: &World) -> Compacted {
    let app = world.server().app();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(compact_next(app, FIRST, app.now_ms())).unwrap()
}

fn database(world: &World) -> Connection {
    Connection::open(world.folder.path().join("data/wurao.sqlite")).unwrap()
}

/// The bytes that lie in the rows of changes of this state, by their name.
fn in_rows(world: &World, state: &str) -> BTreeMap<[u8; 32], Vec<u8>> {
    let db = database(world);
    let mut statement = db.prepare("SELECT hash, bytes FROM change WHERE state = ?1").unwrap();
    let rows = statement.query_map(params![state], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

/// What a phone has, by name.
fn on(phone: &Phone) -> BTreeMap<[u8; 32], Vec<u8>> {
    phone.ledger.changes().map(|(hash, bytes)| (hash, bytes.to_vec())).collect()
}

/// Li and Wang make a visit of so many answers, meet once in between, and it is closed.
fn visit(world: &World, answers: i64) -> [Phone; 2] {
    let [mut li, mut wang, _] = world.phones();
    for phone in [&mut li, &mut wang] {
        phone.at.wall_ms = world.server().app().now_ms();
        phone.sync(world, &Push::default());
        let session = phone.session();
        phone.sync(world, &Push { records: vec![session], documents: vec![] });
    }
    for at in 0..answers {
        let phone = if at % 2 == 0 { &mut li } else { &mut wang };
        let change = phone.put(Put::new(wurao_record::Map::Answers, format!("q{}@-", at % 7), Scalar::Int(at)));
        let answer = phone.sync(world, &phone.covered(&[&change]));
        assert_eq!(answer.documents[0].status.outcome, Outcome::Ok);
    }
    for phone in [&mut li, &mut wang] {
        phone.sync(world, &Push::default());
        let leave = phone.leave();
        phone.sync(world, &Push { records: vec![leave], documents: vec![] });
    }
    [li, wang]
}

/// Changes made after a visit was closed, and held for that.
fn late(world: &World, phone: &mut Phone, count: i64) {
    for at in 0..count {
        let change = phone.answer("remark", 1000 + at);
        let answer = phone.sync(world, &phone.covered(&[&change]));
        assert_eq!(answer.documents[0].status.outcome, Outcome::Held);
    }
}

fn decide(world: &World, document: DocumentId, choice: &str) {
    let now = (MORNING_MS + 100 * DAY_MS).to_string();
    let form = [("choice", choice), ("reason", "因为"), ("seen", now.as_str())];
    let path = world.url(&format!("/held/{document}"));
    assert_eq!(world.page_of("chen").post(path).form(&form).send().unwrap().status(), 303);
}

/// A phone of Li's that is let in anew, and is fed everything.
fn fed_anew(world: &World, li: &Phone, code: &str) -> Phone {
    let mut phone = Phone::new(code.len() as u8 + 40, li.person);
    phone.enrol(world, code);
    phone.sync(world, &Push::default());
    phone
}

#[test]
fn a_visit_that_is_long_over_is_packed_and_everybody_gets_the_same_bytes() {
    let world = World::new();
    let [li, mut wang] = visit(&world, 40);
    let before = in_rows(&world, "accepted");
    assert_eq!(before, on(&wang));
    assert_eq!(compact(&world), Compacted::Nothing, "closed a moment ago");
    // A phone that is let in now is fed from rows, later from the pack.
    let spare = fed_anew(&world, &li, "code-spare");
    world.pass_days(MONTH);
    let packed = compact(&world);
    let Compacted::Packed { document, changes: 40, before: bytes, after } = packed else { panic!("{packed:?}") };
    assert_eq!(document, li.document());
    assert_eq!(bytes, before.values().map(|bytes| bytes.len() as u64).sum::<u64>());
    assert!(after * 2 < bytes, "{after} of {bytes}");
    assert!(in_rows(&world, "accepted").values().all(Vec::is_empty));
    assert_eq!(compact(&world), Compacted::Nothing, "once");

    let mut again = spare;
    (again.cursor, again.ledger) = (Default::default(), Default::default());
    again.sync(&world, &Push::default());
    assert_eq!(on(&again), before);
    // In pieces, each of which opens the pack for itself.
    (again.cursor, again.ledger, again.limit) = (Default::default(), Default::default(), 500);
    while again.sync(&world, &Push::default()).more {}
    assert_eq!(on(&again), before);
    assert!(world.command(&["audit", "verify", "--data", "DATA"]).is_ok());
    let told = world.command(&["compaction", "list", "--data", "DATA"]).unwrap();
    assert_eq!(told, format!("1 documents packed: 40 changes, {bytes} bytes, now {after}\n"));

    // And what its rows repeat of it is compared with what lies in the pack.
    for column in ["time_ms = time_ms + 1", "max_op = max_op + 1", "clock = x''", "dependencies = x''"] {
        let sql = format!("UPDATE change SET {column} WHERE packed = 1");
        assert!(matches!(found(&world, &sql), Some(Altered::Shown(..))), "{column}");
    }

    // What was packed is known when it comes once more.
    let (_, known) = wang.ledger.changes().next().map(|(hash, bytes)| (hash, bytes.to_vec())).unwrap();
    let entry = wurao_protocol::frame::DocumentChanges {
        document,
        heads: None,
        changes: vec![wurao_protocol::cbor::Bytes(known)],
    };
    let push = Push { records: vec![wang.heads(std::slice::from_ref(&entry))], documents: vec![entry] };
    assert_eq!(wang.sync(&world, &push).documents[0].status.outcome, Outcome::Have);
}

#[test]
fn held_work_is_never_packed_and_is_once_it_was_accepted() {
    let world = World::new();
    let [mut li, mut wang] = visit(&world, 20);
    late(&world, &mut li, 20);
    world.pass_days(MONTH);
    let held = in_rows(&world, "held");
    assert!(matches!(compact(&world), Compacted::Packed { changes: 20, .. }));
    assert_eq!(in_rows(&world, "held"), held, "as it was");
    assert_eq!(compact(&world), Compacted::Nothing);

    decide(&world, li.document(), "accept");
    wang.sync(&world, &Push::default());
    assert_eq!(on(&wang), on(&li));
    assert!(matches!(compact(&world), Compacted::Packed { changes: 40, .. }), "all in one");
    (wang.cursor, wang.ledger) = (Default::default(), Default::default());
    wang.sync(&world, &Push::default());
    assert_eq!(on(&wang), on(&li));

    late(&world, &mut wang, 20);
    let declined = in_rows(&world, "held");
    decide(&world, li.document(), "decline");
    assert_eq!((compact(&world), in_rows(&world, "declined")), (Compacted::Nothing, declined));
    assert!(world.command(&["audit", "verify", "--data", "DATA"]).is_ok());
}

#[test]
fn a_document_that_does_not_prove_itself_is_left_as_it_is_and_told() {
    let world = World::new();
    let [li, _] = visit(&world, 20);
    world.pass_days(MONTH);
    // A bit of the disk, say.
    let db = database(&world);
    let sql = "SELECT hash, bytes FROM change WHERE state = 'accepted' ORDER BY position LIMIT 1";
    let (hash, sound): ([u8; 32], Vec<u8>) = db.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let mut spoiled = sound.clone();
    *spoiled.last_mut().unwrap() ^= 1;
    let write =
        |bytes: &[u8]| db.execute("UPDATE change SET bytes = ?2 WHERE hash = ?1", params![hash, bytes]).unwrap();
    write(&spoiled);
    let before = in_rows(&world, "accepted");
    let document = li.document();
    let done = compact(&world);
    assert!(matches!(done, Compacted::Quarantined { document: which, .. } if which == document), "{done:?}");
    assert_eq!(in_rows(&world, "accepted"), before);
    assert_eq!(compact(&world), Compacted::Nothing, "not again and again");
    let faults = faults(&db).unwrap();
    assert_eq!((faults.len(), faults[0].document), (1, document));
    let told = world.command(&["compaction", "list", "--data", "DATA"]).unwrap();
    assert!(told.contains(&format!("{document} is left as it is")) && told.contains(&faults[0].code), "{told}");
    assert!(
        world.page_of("chen").get(world.url(&format!("/inspections/{document}"))).send().unwrap().status().is_success()
    );
}

#[test]
fn what_could_not_be_packed_is_tried_again_when_somebody_says_so() {
    let mut world = World::at(now());
    let [li, _] = visit(&world, 20);
    let db = database(&world);
    let sql = "INSERT INTO pack_fault (document, code, detail, at_ms) VALUES (?1, 'heads-differ', '', 0)";
    db.execute(sql, params![li.document().0]).unwrap();
    db.execute("UPDATE inspection SET closed_ms = 0", []).unwrap();
    assert_eq!(compact(&world), Compacted::Nothing);
    world.stop();
    let told = world.command(&["compaction", "run", "--data", "DATA"]).unwrap();
    assert!(told.starts_with("0 documents packed") && told.contains("heads-differ"), "{told}");
    let told = world.command(&["compaction", "run", "--data", "DATA", "--again"]).unwrap();
    assert!(told.starts_with("1 documents packed: 20 changes") && !told.contains("heads-differ"), "{told}");
}

/// Commands go by the system's clock, and so does what they are to find ripe.
fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

#[test]
fn a_pack_that_was_altered_is_found_by_whoever_verifies_and_stops_nobody_else() {
    let world = World::new();
    let [li, _] = visit(&world, 20);
    world.pass_days(MONTH);
    assert!(matches!(compact(&world), Compacted::Packed { .. }));
    let db = database(&world);
    let pack: Vec<u8> = db.query_row("SELECT bytes FROM pack", [], |row| row.get(0)).unwrap();
    for spoil in [pack.len() - 1, 20, 0] {
        let mut spoiled = pack.clone();
        spoiled[spoil] ^= 1;
        db.execute("UPDATE pack SET bytes = ?1", params![spoiled]).unwrap();
        assert_eq!(world.command(&["audit", "verify", "--data", "DATA"]).unwrap_err().code(), "audit-fault", "{spoil}");
    }
    let name = Digest(li.ledger.changes().next().unwrap().0);
    db.execute("UPDATE pack SET bytes = ?1", params![pack]).unwrap();
    assert!(world.command(&["audit", "verify", "--data", "DATA"]).is_ok());
    db.execute("UPDATE change SET packed = 0 WHERE hash = ?1", params![name.0]).unwrap();
    assert_eq!(world.command(&["audit", "verify", "--data", "DATA"]).unwrap_err().code(), "audit-fault");
}
