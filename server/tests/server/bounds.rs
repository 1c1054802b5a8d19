//! What a phone that is let in, and in wrong hands, may bring in the long run.

use crate::support::{Phone, Push, World};
use rusqlite::{Connection, params};
use wurao_protocol::Problem;
use wurao_protocol::key::Signer;
use wurao_protocol::sync::{Answer, Outcome};
use wurao_record::Admitted;

fn database(world: &World) -> Connection {
    Connection::open(world.folder.path().join("data/wurao.sqlite")).unwrap()
}

fn ready(world: &World) -> [Phone; 2] {
    let [mut li, mut wang, _] = world.phones();
    for phone in [&mut li, &mut wang] {
        phone.sync(world, &Push::default());
        let session = phone.session();
        phone.sync(world, &Push { records: vec![session], documents: vec![] });
    }
    [li, wang]
}

/// Pushes one more answer.
fn pushes(world: &World, phone: &mut Phone) -> Answer {
    let change = phone.answer("water", 1);
    let push = phone.covered(&[&change]);
    phone.sync(world, &push)
}

/// The outcome, problem and detail of its one document.
fn told(answer: &Answer) -> (Outcome, Option<Problem>, Option<&str>) {
    let status = &answer.documents[0].status;
    (status.outcome, status.problem, status.detail.as_deref())
}

/// What is counted of a phone in the visit.
fn counted(world: &World, phone: &Phone) -> (i64, i64, i64) {
    let sql = "SELECT actors, changes, bytes FROM brought WHERE device = ?1";
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    database(world).query_row(sql, params![phone.key.public().device().0], row).unwrap()
}

#[test]
fn a_phone_opens_so_many_sessions_in_one_document_and_its_colleagues_go_on() {
    let world = World::new();
    let [mut li, mut wang] = ready(&world);
    assert_eq!(told(&pushes(&world, &mut li)).0, Outcome::Ok);
    let before = li.ledger.clone();
    let opened = li.actor;
    database(&world).execute("UPDATE brought SET actors = 256", []).unwrap();
    let session = li.session();
    assert_eq!(li.sync(&world, &Push { records: vec![session], documents: vec![] }).records[0].outcome, Outcome::Ok);
    let answer = pushes(&world, &mut li);
    assert_eq!(told(&answer), (Outcome::Refused, Some(Problem::TooMany), Some("sessions")));
    assert_eq!(answer.documents[0].stopped, Some(0));
    // Under a session that is there already it writes on, and others open theirs.
    (li.ledger, li.actor) = (before, opened);
    assert_eq!(told(&pushes(&world, &mut li)).0, Outcome::Ok);
    assert_eq!(told(&pushes(&world, &mut wang)).0, Outcome::Ok);
}

#[test]
fn changes_and_bytes_of_a_phone_in_one_document_have_an_end() {
    let world = World::new();
    let [mut li, mut wang] = ready(&world);
    let kept = |change: &Admitted| (change.bytes.len() + change.row.clock.to_bytes().len()) as i64;
    let first = li.answer("water", 1);
    li.sync(&world, &li.covered(&[&first]));
    assert_eq!(counted(&world, &li), (1, 1, kept(&first)));
    // The same once more counts once.
    li.sync(&world, &li.covered(&[&first]));
    let second = li.answer("water", 2);
    li.sync(&world, &li.covered(&[&second]));
    assert_eq!(counted(&world, &li), (1, 2, kept(&first) + kept(&second)));
    let whole = li.ledger.clone();
    for (column, most) in [("changes", 20_000), ("bytes", 64 << 20)] {
        let set = |most: i64| {
            let device = li.key.public().device().0;
            database(&world)
                .execute(&format!("UPDATE brought SET {column} = ?2 WHERE device = ?1"), params![device, most])
        };
        set(most).unwrap();
        let answer = pushes(&world, &mut li);
        assert_eq!(told(&answer), (Outcome::Refused, Some(Problem::TooMany), Some(column)));
        li.ledger = whole.clone();
        let device = li.key.public().device().0;
        database(&world)
            .execute(&format!("UPDATE brought SET {column} = 5 WHERE device = ?1"), params![device])
            .unwrap();
    }
    assert_eq!(told(&pushes(&world, &mut wang)).0, Outcome::Ok);
    assert_eq!(told(&pushes(&world, &mut li)).0, Outcome::Ok);
}

#[test]
fn what_a_phone_brings_on_one_day_has_an_end_and_the_next_day_goes_on() {
    let world = World::new();
    let [mut li, mut wang] = ready(&world);
    let of_today = |column: &str, count: i64| {
        let device = li.key.public().device().0;
        let sql = format!("UPDATE brought_day SET {column} = ?2 WHERE device = ?1");
        assert_eq!(database(&world).execute(&sql, params![device, count]).unwrap(), 1);
    };
    of_today("records", 50_000);
    let change = li.answer("water", 1);
    let push = li.covered(&[&change]);
    let refused = (429, "too-many".to_owned());
    let body = li.body(&push);
    assert_eq!(li.sync_refused(&world, body), refused);
    let device = li.key.public().device().0;
    let sql = "UPDATE brought_day SET records = 0, bytes = ?2 WHERE device = ?1";
    database(&world).execute(sql, params![device, 256 << 20]).unwrap();
    let body = li.body(&push);
    assert_eq!(li.sync_refused(&world, body), refused);
    assert_eq!(told(&pushes(&world, &mut wang)).0, Outcome::Ok, "nobody else's day");
    // Who brings nothing may still ask what is new.
    li.sync(&world, &Push::default());
    world.pass_days(1);
    assert_eq!(told(&li.sync(&world, &push)).0, Outcome::Ok);
    let days: i64 = database(&world)
        .query_row("SELECT COUNT(*) FROM brought_day WHERE device = ?1", params![device], |row| row.get(0))
        .unwrap();
    assert_eq!(days, 1);
}

#[test]
fn photos_of_a_phone_in_one_visit_have_an_end() {
    let world = World::new();
    let [mut li, _] = ready(&world);
    let db = database(&world);
    let sql = "INSERT INTO evidence (record, document, person, device, sequence, original, original_bytes, media_type, \
               rendition, rendition_bytes, thumbnail, thumbnail_bytes) VALUES (?1, ?2, ?3, ?4, ?5, zeroblob(32), 1, '', zeroblob(32), 1, zeroblob(32), 1)";
    let entry = |world: &World, li: &mut Phone, sequence: u64| {
        let photo = crate::uploads::Photo::new();
        let previous = (sequence > 1).then_some(wurao_protocol::Digest([9; 32]));
        let entry = crate::uploads::entry(li, &photo, sequence, previous);
        let answer = li.sync(world, &Push { records: vec![entry], documents: vec![] });
        (answer.records[0].outcome, answer.records[0].problem)
    };
    assert_eq!(entry(&world, &mut li, 1), (Outcome::Ok, None));
    db.execute_batch("BEGIN").unwrap();
    for at in 3..2002_i64 {
        let id: [u8; 32] = std::array::from_fn(|n| at.to_be_bytes()[n % 8]);
        let device = li.key.public().device().0;
        db.execute(sql, params![id, li.document().0, li.person.0, device, at * 10]).unwrap();
    }
    db.execute_batch("COMMIT").unwrap();
    assert_eq!(entry(&world, &mut li, 5), (Outcome::Refused, Some(Problem::TooMany)));
}
