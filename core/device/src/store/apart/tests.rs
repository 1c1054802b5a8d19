//! Against the closure over dependencies, and a ledger of what is in force alone.

use super::{puts, refresh};
use crate::store::documents::{self, Rows};
use crate::store::{DocumentRow, migrate, standing};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rusqlite::{Connection, Transaction};
use std::collections::{BTreeSet, HashSet};
use wurao_protocol::sync::{Outcome, Status};
use wurao_protocol::{Digest, DocumentId, PermitId, Problem, SiteId};
use wurao_record::{ActorId, Admitted, ChangeHash, Genesis, History, Ledger, Map, OpId, Put, Scalar, build};

const KEYS: [&str; 3] = ["water@-", "beds@-", "quilts@-"];

fn genesis() -> (Genesis, DocumentRow) {
    let row = |id| DocumentRow {
        id,
        permit: PermitId([1; 16]),
        site: SiteId([2; 16]),
        checklist: Digest([3; 32]),
        started_ms: None,
    };
    let genesis = row(DocumentId([0; 16])).genesis();
    let id = DocumentId(genesis.document().0);
    (genesis, row(id))
}

fn store() -> Connection {
    let mut db = Connection::open_in_memory().unwrap();
    migrate::run(&mut db).unwrap();
    db
}

/// Somebody's next change, as it stands here; its value is the number of its actor.
fn written(
    tx: &Transaction<'_>,
    row: &DocumentRow,
    ledger: &mut Ledger,
    actor: u8,
    standing: &'static str,
) -> ChangeHash {
    let put = Put::new(Map::Answers, KEYS[0].to_owned(), Scalar::Int(i64::from(actor)));
    let change = build(&row.genesis(), ledger, &ActorId([actor; 16]), i64::from(actor), &[put]).unwrap();
    ledger.apply(change.clone());
    documents::add(tx, &row.id, &change, standing).unwrap();
    change.row.hash
}

/// A history of three people who write apart and hear of each other now and then, in a causal order.
fn history(random: &mut StdRng, genesis: &Genesis) -> Vec<Admitted> {
    let mut seen = [Ledger::new(), Ledger::new(), Ledger::new()];
    let mut all: Vec<Admitted> = Vec::new();
    for at in 0..random.random_range(4..40) {
        let who = random.random_range(0..3);
        if random.random_bool(0.3) {
            for change in &all {
                if seen[who].row(&change.row.hash).is_none() {
                    seen[who].apply(change.clone());
                }
            }
        }
        // Now and then somebody opens their phone anew.
        let actor = ActorId([1 + who as u8 * 16 + random.random_range(0..2); 16]);
        let put = Put::new(Map::Answers, KEYS[random.random_range(0..3)].to_owned(), Scalar::Int(at));
        let change = build(genesis, &seen[who], &actor, at, &[put]).unwrap();
        seen[who].apply(change.clone());
        all.push(change);
    }
    all
}

/// Those that are apart by the closure itself: over dependencies, not over clocks.
fn closure(all: &[Admitted], down: &HashSet<ChangeHash>) -> HashSet<ChangeHash> {
    let mut apart = HashSet::new();
    for change in all {
        if down.contains(&change.row.hash) || change.deps.iter().any(|dep| apart.contains(dep)) {
            apart.insert(change.row.hash);
        }
    }
    apart
}

fn live(db: &Connection, id: &DocumentId) -> BTreeSet<(String, OpId)> {
    documents::live(db, id).unwrap().into_iter().map(|op| (op.key, op.id)).collect()
}

#[test]
fn whatever_is_turned_down_and_taken_after_all_the_document_goes_on_from_what_is_in_force() {
    for seed in 0..150 {
        let mut random = StdRng::seed_from_u64(seed);
        let (genesis, row) = genesis();
        let mut db = Connection::open_in_memory().unwrap();
        migrate::run(&mut db).unwrap();
        let tx = db.transaction().unwrap();
        documents::keep(&tx, &row).unwrap();
        let all = history(&mut random, &genesis);
        let mut down: HashSet<ChangeHash> = HashSet::new();
        let mut here = 0;
        while here < all.len() || random.random_bool(0.8) {
            if here < all.len() && random.random_bool(0.7) {
                documents::add(&tx, &row.id, &all[here], "taken").unwrap();
                here += 1;
            } else if here > 0 {
                let hash = all[random.random_range(0..here)].row.hash;
                let taken = down.remove(&hash);
                let standing = if taken { "taken" } else { ["declined", "refused"][random.random_range(0..2)] };
                let sql = "UPDATE change SET standing = ?2 WHERE hash = ?1";
                tx.execute(sql, (hash, standing)).unwrap();
                if !taken {
                    down.insert(hash);
                }
                refresh(&tx, &row.id).unwrap();
            }
            let apart = closure(&all[..here], &down);
            let mut model = Ledger::new();
            for change in all[..here].iter().filter(|change| !apart.contains(&change.row.hash)) {
                model.apply(change.clone());
            }
            let rows = Rows { connection: &tx, document: row.id };
            assert_eq!(rows.heads().unwrap(), model.heads().unwrap(), "seed {seed}: heads");
            let expected: BTreeSet<(String, OpId)> =
                KEYS.iter().flat_map(|key| model.live(Map::Answers, key).unwrap()).map(|op| (op.key, op.id)).collect();
            assert_eq!(live(&tx, &row.id), expected, "seed {seed}: live");
            let beside = puts(&tx, &row.id).unwrap();
            assert!(beside.iter().all(|(op, _)| apart.contains(&op.change)), "seed {seed}: shown beside");
            assert_eq!(beside.is_empty(), apart.is_empty(), "seed {seed}: shown beside");
            // Whoever writes now writes on from that.
            let put = Put::new(Map::Answers, KEYS[0].to_owned(), Scalar::Int(-1));
            let next = build(&genesis, &rows, &ActorId([255; 16]), 0, &[put]).unwrap();
            assert!(next.deps.iter().all(|dep| !apart.contains(dep)), "seed {seed}: written on what is apart");
        }
    }
}

#[test]
fn what_stands_on_refused_work_is_refused_here_and_what_does_not_is_sent() {
    let (genesis, row) = genesis();
    let mut db = store();
    let tx = db.transaction().unwrap();
    documents::keep(&tx, &row).unwrap();
    let write = |ledger: &mut Ledger, actor: u8, value| {
        let put = Put::new(Map::Answers, KEYS[0].to_owned(), Scalar::Int(value));
        let change = build(&genesis, ledger, &ActorId([actor; 16]), value, &[put]).unwrap();
        ledger.apply(change.clone());
        documents::add(&tx, &row.id, &change, "unsent").unwrap();
        change.row.hash
    };
    let mut first = Ledger::new();
    let refused = write(&mut first, 1, 1);
    write(&mut first, 1, 2);
    let beside = write(&mut Ledger::new(), 2, 3);
    tx.execute("UPDATE change SET standing = 'refused', problem = 'field-refused' WHERE hash = ?1", [refused]).unwrap();
    assert_eq!(refresh(&tx, &row.id).unwrap(), 1);
    let unsent: Vec<ChangeHash> = standing::unsent(&tx).unwrap().into_iter().map(|change| change.hash).collect();
    assert_eq!(unsent, [beside]);
    assert_eq!(refresh(&tx, &row.id).unwrap(), 0, "and once");
}

#[test]
fn a_colleagues_change_above_refused_work_stays_theirs_and_comes_into_force_when_the_server_has_it() {
    let (_, row) = genesis();
    let mut db = store();
    let tx = db.transaction().unwrap();
    documents::keep(&tx, &row).unwrap();
    let mut ledger = Ledger::new();
    let hashes =
        [(1, "refused"), (2, "handed")].map(|(actor, standing)| written(&tx, &row, &mut ledger, actor, standing));
    assert_eq!(refresh(&tx, &row.id).unwrap(), 1);
    let sql = "SELECT standing FROM change WHERE hash = ?1";
    let stands: String = tx.query_row(sql, [hashes[1]], |row| row.get(0)).unwrap();
    assert_eq!(stands, "unrelayed");
    tx.execute("UPDATE change SET standing = 'taken', problem = NULL WHERE hash = ?1", [hashes[0]]).unwrap();
    assert!(standing::fed(&tx, &row.id, &hashes[1]).unwrap());
    refresh(&tx, &row.id).unwrap();
    assert!(puts(&tx, &row.id).unwrap().is_empty());
}

#[test]
fn an_old_refusal_that_is_handed_over_sets_nothing_apart_that_the_server_has_taken_since() {
    let (_, row) = genesis();
    let mut db = store();
    let tx = db.transaction().unwrap();
    documents::keep(&tx, &row).unwrap();
    let hash = written(&tx, &row, &mut Ledger::new(), 1, "handed");
    let name = [Digest(hash)];
    let is_apart = || -> bool { !puts(&tx, &row.id).unwrap().is_empty() };
    standing::decide(&tx, &row.id, &name, standing::Word::Declined("not yours")).unwrap();
    assert!(is_apart(), "nobody has said otherwise");
    // The server was set back behind that word, and has taken the change when it came again.
    let taken = Status { outcome: Outcome::Ok, problem: None, detail: None };
    standing::settle(&tx, &row.id, &hash, &taken, 7).unwrap();
    refresh(&tx, &row.id).unwrap();
    standing::decide(&tx, &row.id, &name, standing::Word::Declined("not yours")).unwrap();
    assert!(!is_apart());
}

#[test]
fn an_acceptance_that_is_handed_over_has_the_server_asked_once_more() {
    let (_, row) = genesis();
    let mut db = store();
    let tx = db.transaction().unwrap();
    documents::keep(&tx, &row).unwrap();
    let hash = written(&tx, &row, &mut Ledger::new(), 1, "unsent");
    let name = [Digest(hash)];
    let stands =
        || -> String { tx.query_row("SELECT standing FROM change WHERE hash = ?1", [hash], |row| row.get(0)).unwrap() };
    let held = Status { outcome: Outcome::Held, problem: Some(Problem::Late), detail: None };
    standing::settle(&tx, &row.id, &hash, &held, 7).unwrap();
    assert_eq!(stands(), "held");
    // The server may have been set back behind that word, and hold the change again.
    standing::decide(&tx, &row.id, &name, standing::Word::AcceptedByHand).unwrap();
    assert_eq!(stands(), "unsent");
    standing::settle(&tx, &row.id, &hash, &held, 9).unwrap();
    standing::decide(&tx, &row.id, &name, standing::Word::Accepted).unwrap();
    assert_eq!(stands(), "taken", "the server itself says so");
}
