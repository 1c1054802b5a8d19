//! What must hold when everything is over: faults end, everybody syncs, and then nothing is lost, nothing differs, nothing goes
//! on talking.

use super::play::is_network;
use super::template::TEAM;
use super::world::World;
use crate::{Doing, Trouble};
use std::collections::BTreeSet;
use std::path::Path;
use wurao_protocol::key::Signer as _;
use wurao_server::audit::verify::verify;

/// The most rounds until all is quiet.
const ROUNDS: usize = 20;

/// What does not hold.
pub fn check(world: &mut World) -> Result<Vec<String>, Trouble> {
    let mut failures = Vec::new();
    for n in 0..TEAM {
        world.trouble(n, 0);
    }
    match settle(world)? {
        None => failures.push(format!("not quiet after {ROUNDS} rounds")),
        Some(rounds) if rounds > ROUNDS => failures.push(format!("quiet after {rounds} rounds")),
        Some(_) => {}
    }
    for n in 0..TEAM {
        let report = world.sync(n)?;
        if report.requests > 1 || report.changes_received > 0 || report.records_settled > 0 {
            failures.push(format!("phone {n} goes on talking: {report:?}"));
        }
    }
    lost(world, &mut failures)?;
    differing(world, &mut failures)?;
    audited(world, &mut failures)?;
    Ok(failures)
}

/// Syncs everybody in turn until a whole turn changes nothing; after how many.
fn settle(world: &mut World) -> Result<Option<usize>, Trouble> {
    for round in 1..=2 * ROUNDS {
        let mut quiet = true;
        for n in 0..TEAM {
            world.clock.pass(60_000);
            let report = match world.sync(n) {
                Ok(report) => report,
                Err(trouble) if is_network(&trouble) => return Err(trouble),
                Err(trouble) => return Err(trouble),
            };
            let said = report.changes_taken + report.changes_received + report.records_received + report.offered_again;
            quiet &= said == 0 && report.signed_anew == 0 && report.requests == 1;
        }
        if quiet {
            return Ok(Some(round));
        }
    }
    Ok(None)
}

/// Everything that the screen called saved is at the server, unless every machine that held it was set back.
fn lost(world: &World, failures: &mut Vec<String>) -> Result<(), Trouble> {
    let here = World::changes(&world.server_store(), "")?;
    let missing: Vec<_> =
        world.saved.iter().filter(|hash| !here.contains(*hash) && !world.gone.contains(*hash)).collect();
    for hash in missing.iter().take(3) {
        failures.push(format!("saved and lost: {}", hex::encode(hash)));
    }
    if missing.len() > 3 {
        failures.push(format!("and {} more lost", missing.len() - 3));
    }
    let waiting = World::changes(&world.server_store(), "WHERE state = 'waiting'")?;
    if !waiting.is_empty() {
        failures.push(format!("{} changes wait for ever", waiting.len()));
    }
    Ok(())
}

/// The same values are live on every phone and at the server; what is held is in neither.
fn differing(world: &World, failures: &mut Vec<String>) -> Result<(), Trouble> {
    let server = live(&world.server_store(), "name", "state = 'accepted'")?;
    let held = World::changes(&world.server_store(), "WHERE state IN ('held', 'declined')")?;
    if !held.is_empty() {
        // Whoever's work is held sees it on their own phone; then phones rightly differ.
        return Ok(());
    }
    for n in 0..TEAM {
        let phone = live(&world.phone_store(n), "key", "1")?;
        if phone != server {
            let (only_here, only_there) = (phone.difference(&server).count(), server.difference(&phone).count());
            failures.push(format!("phone {n} differs from the server: {only_here} only here, {only_there} only there"));
        }
    }
    Ok(())
}

/// An op that is live: document, map, key, counter, actor, value.
pub type Live = (Vec<u8>, i64, String, i64, Vec<u8>, Vec<u8>);

/// What is live in a store: `key` is what the store calls a key, the condition is one on changes `c`.
pub fn live(database: &Path, key: &str, condition: &str) -> Result<BTreeSet<Live>, Trouble> {
    let db = rusqlite::Connection::open_with_flags(database, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)
        .doing("look into a store")?;
    let sql = format!(
        "SELECT o.document, o.map, o.{key}, o.counter, o.actor, o.value FROM op o \
         JOIN change c ON c.document = o.document AND c.hash = o.change WHERE o.live = 1 AND {condition}"
    );
    let mut statement = db.prepare(&sql).doing("look into a store")?;
    let rows = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?)))
        .doing("look into a store")?;
    rows.collect::<Result<_, _>>().doing("look into a store")
}

fn audited(world: &World, failures: &mut Vec<String>) -> Result<(), Trouble> {
    let app = world.app.as_ref().ok_or_else(|| Trouble::new("find the server", "it is down"))?;
    let key = app.keys().records.public();
    let verdict = app.store().write_blocking(move |tx| verify(tx, &key)).doing("read the log again")?;
    if let Some(fault) = verdict.fault {
        failures.push(format!("audit: {fault}"));
    }
    Ok(())
}
