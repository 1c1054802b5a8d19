//! What must hold when everything is over: faults end, everybody is let in and syncs, all that is held is decided, and then
//! nothing is lost, nothing differs, nothing goes on talking.

use super::world::{Name, World, changes, look};
use super::{force, lost_phone, office, packing, play, reassign, talk};
use crate::{Doing, Trouble};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use wurao_device::SyncReport;
use wurao_protocol::DocumentId;
use wurao_protocol::key::{Signer as _, SoftwareKey};
use wurao_record::Map;
use wurao_server::audit::verify::{files, verify};

const HOUR_MS: i64 = 3_600_000;

/// The most rounds until all is quiet.
const ROUNDS: usize = 20;

/// What does not hold.
pub(super) fn check(world: &mut World) -> Result<Vec<String>, Trouble> {
    let mut failures = std::mem::take(&mut world.wrong);
    world.trace.note("faults end");
    for one in &mut world.phones {
        (one.trouble, one.apart) = (0, false);
    }
    for request in std::mem::take(&mut world.late) {
        drop(talk::arrived(world, &request, None));
    }
    office::let_all_in(world)?;
    reassign::again(world)?;
    // What is long overdue is closed an hour after the first request that finds it so. That may break as any may.
    drop(world.sync(0)?);
    world.clock.pass(HOUR_MS);
    lost_phone::empty(world, &mut failures)?;
    settle(world, &mut failures)?;
    shown(world, &mut failures)?;
    while failures.is_empty() && office::accept_all(world)? {
        settle(world, &mut failures)?;
    }
    packing::all(world)?;
    lost(world, &mut failures)?;
    records_lost(world, &mut failures)?;
    photos(world, &mut failures)?;
    sound(world, &mut failures)?;
    witnessed(world, &mut failures)?;
    Ok(failures)
}

/// What must hold of everything that is there, whatever is not.
pub(super) fn sound(world: &mut World, failures: &mut Vec<String>) -> Result<(), Trouble> {
    quiet(world, failures)?;
    open(world, failures)?;
    force::in_force(world, failures)?;
    differing(world, failures)?;
    amended(world, failures)?;
    foreign(world, failures)?;
    set_aside(world, failures)?;
    revived(world, failures)?;
    audited(world, failures)?;
    failures.append(&mut world.wrong);
    Ok(())
}

/// Syncs everybody in turn until a whole turn changes nothing.
pub(super) fn settle(world: &mut World, failures: &mut Vec<String>) -> Result<(), Trouble> {
    for round in 1..=2 * ROUNDS {
        let mut quiet = true;
        for n in 0..world.phones.len() {
            world.clock.pass(60_000);
            match world.sync(n)? {
                Ok(report) => quiet &= says_nothing(&report),
                Err(error) => failures.push(format!("phone {n} cannot sync: {error}")),
            }
        }
        if quiet || !failures.is_empty() {
            if round > ROUNDS {
                failures.push(format!("quiet after {round} rounds"));
            }
            return Ok(());
        }
    }
    failures.push(format!("not quiet after {} rounds", 2 * ROUNDS));
    Ok(())
}

/// Whether a sync moved nothing either way.
fn says_nothing(report: &SyncReport) -> bool {
    let settled = report.changes_taken + report.changes_held + report.changes_refused + report.records_settled;
    let came = report.changes_received + report.records_received;
    settled + came + report.offered_again + report.signed_anew + u64::from(report.photos_uploaded) == 0
}

fn quiet(world: &mut World, failures: &mut Vec<String>) -> Result<(), Trouble> {
    for n in 0..world.phones.len() {
        let most = if world.phones[n].twice { 2 } else { 1 };
        match world.sync(n)? {
            Ok(report) if says_nothing(&report) && report.requests <= most => {}
            Ok(report) => failures.push(format!("phone {n} goes on talking: {report:?}")),
            Err(error) => failures.push(format!("phone {n} cannot sync: {error}")),
        }
    }
    Ok(())
}

/// Everything that the screen called saved is at the server, unless every machine that held it was set back.
pub(super) fn lost(world: &World, failures: &mut Vec<String>) -> Result<(), Trouble> {
    let here = changes(&world.server_store(), "")?;
    let missing: Vec<_> =
        world.saved.iter().filter(|hash| !here.contains(*hash) && !world.gone.contains(*hash)).collect();
    for hash in missing.iter().take(3) {
        failures.push(format!("saved and lost: {}", hex::encode(hash)));
    }
    if missing.len() > 3 {
        failures.push(format!("and {} more lost", missing.len() - 3));
    }
    Ok(())
}

/// Every record that a phone knows for settled is at the server: its own, and what others have signed about inspections. A server
/// that was set back has been brought them once more. Heads are signed anew for each push.
fn records_lost(world: &World, failures: &mut Vec<String>) -> Result<(), Trouble> {
    let here = records(&world.server_store(), "1")?;
    for n in 0..world.phones.len() {
        // What one of two has brought, the other may have seen lost.
        if world.phones[n].twice {
            continue;
        }
        let settled = records(
            &world.phone_store(n),
            "standing IN ('taken', 'held', 'declined') AND kind <> 'wurao/heads' OR standing IN ('received', 'relayed') \
             AND kind IN ('wurao/session', 'wurao/late', 'wurao/evidence', 'wurao/void', 'wurao/leave')",
        )?;
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        for (id, kind) in &settled {
            if !here.contains_key(id) {
                *kinds.entry(kind).or_default() += 1;
            }
        }
        failures.extend(kinds.iter().map(|(kind, count)| format!("{count} records of phone {n} are lost: {kind}")));
    }
    Ok(())
}

/// The records in a machine's store, those of this condition, each with its kind.
fn records(database: &Path, which: &str) -> Result<BTreeMap<Name, String>, Trouble> {
    let db = look(database)?;
    let sql = format!("SELECT id, kind FROM record WHERE {which}");
    let mut statement = db.prepare(&sql).doing("look into a store")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).doing("look into a store")?;
    rows.collect::<Result<_, _>>().doing("look into a store")
}

/// Nothing waits for ever, and nothing stands open on its phone.
fn open(world: &World, failures: &mut Vec<String>) -> Result<(), Trouble> {
    let waiting = changes(&world.server_store(), "WHERE state = 'waiting'")?;
    if !waiting.is_empty() {
        failures.push(format!("{} changes wait for ever", waiting.len()));
    }
    for n in 0..world.phones.len() {
        let db = look(&world.phone_store(n))?;
        let sql = "SELECT kind || ' ' || standing || ' ' || coalesce(problem, ''), count(*) FROM ( \
                   SELECT 'change' AS kind, standing, problem FROM change UNION ALL \
                   SELECT kind, standing, problem FROM record WHERE kind <> 'wurao/heads') \
                   WHERE standing NOT IN ('taken', 'received', 'relayed', 'declined') GROUP BY 1";
        let mut statement = db.prepare(sql).doing("look into a store")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).doing("look into a store")?;
        for row in rows {
            let (standing, count): (String, i64) = row.doing("look into a store")?;
            failures.push(format!("{count} of phone {n} stand open: {standing}"));
        }
    }
    Ok(())
}

/// What is held is shown as such on the phone that wrote it.
fn shown(world: &World, failures: &mut Vec<String>) -> Result<(), Trouble> {
    for n in 0..world.phones.len() {
        // Of two with one key, either may have written it.
        if world.phones[n].twice {
            continue;
        }
        let device = SoftwareKey::from_bytes(&world.phones[n].key).doing("make a key")?.public().device();
        let own = format!(
            "WHERE state = 'held' AND actor IN (SELECT actor FROM session WHERE device = x'{}')",
            hex::encode(device.0)
        );
        // What stands on declined work, its phone knows by itself for declined.
        let told = changes(&world.phone_store(n), "WHERE standing IN ('held', 'declined')")?;
        let silent = changes(&world.server_store(), &own)?.difference(&told).count();
        if silent > 0 {
            failures.push(format!("{silent} held changes are not shown on phone {n}, which wrote them"));
        }
    }
    Ok(())
}

/// The same values are live on every phone and at the server.
fn differing(world: &World, failures: &mut Vec<String>) -> Result<(), Trouble> {
    let server = live(&world.server_store(), "name", "state = 'accepted'")?;
    for n in 0..world.phones.len() {
        let phone = live(&world.phone_store(n), "key", "1")?;
        let own: BTreeSet<[u8; 16]> = world.documents_of(n).iter().map(|document| document.0).collect();
        let here: BTreeSet<_> = phone.iter().filter(|op| own.contains(&op.0)).collect();
        let there: BTreeSet<_> = server.iter().filter(|op| own.contains(&op.0)).collect();
        if here != there {
            let (only_here, only_there) = (here.difference(&there).count(), there.difference(&here).count());
            failures.push(format!("phone {n} differs from the server: {only_here} only here, {only_there} only there"));
        }
    }
    Ok(())
}

/// Every question that was answered by what is not in force is shown beside the inspection, on each phone that has it, and nothing
/// else is.
fn amended(world: &World, failures: &mut Vec<String>) -> Result<(), Trouble> {
    for n in 0..world.phones.len() {
        let db = look(&world.phone_store(n))?;
        let sql = "SELECT DISTINCT o.key FROM op o JOIN change c ON c.document = o.document AND c.hash = o.change \
                   WHERE o.document = ?1 AND o.map = ?2 AND (c.standing IN ('declined', 'refused', 'held') OR c.problem = 'declined')";
        let mut statement = db.prepare(sql).doing("look into a store")?;
        for document in world.documents_on(n)? {
            let rows = statement.query_map((document.0, Map::Answers.number()), |row| row.get(0));
            let kept: BTreeSet<String> = rows.and_then(Iterator::collect).doing("look into a store")?;
            let form = world.phone(n)?.form(document, "en").doing("read a form")?;
            let answers = form.amendment.iter().filter(|amended| amended.original.is_none());
            let shown = answers.map(|amended| format!("{}@{}", amended.question, amended.instance)).collect();
            if kept != shown {
                let (hidden, odd) = (kept.difference(&shown).count(), shown.difference(&kept).count());
                failures.push(format!("phone {n} amends otherwise than was turned down: {hidden} hidden, {odd} more"));
            }
        }
    }
    Ok(())
}

/// An op that is live: document, map, key, counter, actor, value.
pub type Live = ([u8; 16], i64, String, i64, Vec<u8>, Vec<u8>);

/// What is live in a store: `key` is what the store calls a key, the condition is one on changes `c`.
///
/// # Errors
/// When it cannot be looked into.
pub fn live(database: &Path, key: &str, condition: &str) -> Result<BTreeSet<Live>, Trouble> {
    let db = look(database)?;
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

/// Nobody has anything of an inspection that is not theirs.
fn foreign(world: &World, failures: &mut Vec<String>) -> Result<(), Trouble> {
    for n in 0..world.phones.len() {
        let own: BTreeSet<[u8; 16]> = world.documents_of(n).iter().map(|document| document.0).collect();
        let db = look(&world.phone_store(n))?;
        let sql = "SELECT DISTINCT document FROM change UNION SELECT DISTINCT subject FROM record WHERE kind IN \
                   ('wurao/leave', 'wurao/evidence', 'wurao/decision') UNION SELECT document FROM quarantine \
                   WHERE document IS NOT NULL";
        let mut statement = db.prepare(sql).doing("look into a store")?;
        let rows = statement.query_map([], |row| row.get::<_, [u8; 16]>(0)).doing("look into a store")?;
        for document in rows {
            if !own.contains(&document.doing("look into a store")?) {
                failures.push(format!("phone {n} has what is not its own"));
            }
        }
    }
    Ok(())
}

/// An honest server sends nothing that a phone must set aside.
fn set_aside(world: &World, failures: &mut Vec<String>) -> Result<(), Trouble> {
    for n in 0..world.phones.len() {
        let db = look(&world.phone_store(n))?;
        let sql = "SELECT problem, bytes FROM quarantine WHERE problem NOT IN ('replaced', 'rolled-back')";
        let mut statement = db.prepare(sql).doing("look into a store")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).doing("look into a store")?;
        let mut found: BTreeMap<String, u64> = BTreeMap::new();
        for row in rows {
            let (problem, bytes): (String, Vec<u8>) = row.doing("look into a store")?;
            // Whoever forges brings no record of other phones.
            let is_loose = ["not-covered", "unknown-dependency", "unknown-device"].contains(&&*problem)
                && world.loose.contains(&bytes);
            if !is_loose {
                *found.entry(problem).or_default() += 1;
            }
        }
        failures.extend(found.iter().map(|(problem, count)| format!("phone {n} has set aside {count} as {problem}")));
    }
    Ok(())
}

/// A row that holds an answer is shown: whoever removed it had not seen that answer.
fn revived(world: &World, failures: &mut Vec<String>) -> Result<(), Trouble> {
    for n in 0..world.phones.len() {
        for document in world.documents_on(n)? {
            let shown = play::rows(world, n, document)?;
            for row in answered_rows(world, n, document)? {
                if !shown.contains(&row) {
                    failures.push(format!("phone {n} does not show row {row}, which holds an answer"));
                }
            }
        }
    }
    Ok(())
}

/// Rows with an answer that is not cleared.
fn answered_rows(world: &World, n: usize, document: DocumentId) -> Result<Vec<String>, Trouble> {
    let values = world.phone(n)?.values(document).doing("read values")?;
    let answered =
        values.into_iter().filter(|value| value.map == "answers" && value.values.iter().any(|v| !v.is_empty()));
    Ok(answered.filter_map(|value| value.key.strip_prefix("lot/lot_count@").map(str::to_owned)).collect())
}

/// Photos that were called saved are announced, and their files are at the server.
pub(super) fn photos(world: &World, failures: &mut Vec<String>) -> Result<(), Trouble> {
    let here = photos_at_server(world)?;
    for (person, document, original) in &world.photos {
        // A phone that was brought back from a backup has lost photos with it.
        let is_set_back = world.phones.iter().any(|one| one.person == *person && one.twice);
        if !is_set_back && !here.contains(&(*document, original.clone())) {
            failures.push(format!("photo {original} is not at the server"));
        }
    }
    Ok(())
}

/// The photos whose entry, thumbnail and rendition the server has.
pub(super) fn photos_at_server(world: &World) -> Result<BTreeSet<(DocumentId, String)>, Trouble> {
    let db = look(&world.server_store())?;
    let sql = "SELECT e.document, lower(hex(e.original)) FROM evidence e JOIN blob t ON t.sha256 = e.thumbnail \
               JOIN blob r ON r.sha256 = e.rendition";
    let mut statement = db.prepare(sql).doing("look for photos")?;
    let rows = statement.query_map([], |row| Ok((DocumentId(row.get(0)?), row.get(1)?))).doing("look for photos")?;
    rows.collect::<Result<_, _>>().doing("look for photos")
}

/// Whatever was lost and brought back: on another day each phone witnesses the log as it is.
fn witnessed(world: &mut World, failures: &mut Vec<String>) -> Result<(), Trouble> {
    world.clock.pass(25 * HOUR_MS);
    for n in 0..world.phones.len() {
        // It is shown with the answer to one sync, and the phone's word goes with the next.
        for _ in 0..2 {
            if let Err(error) = world.sync(n)? {
                failures.push(format!("phone {n} cannot sync on another day: {error}"));
            }
        }
    }
    let db = look(&world.server_store())?;
    let newest = "SELECT max(epoch) FROM checkpoint";
    let newest: i64 = db.query_row(newest, [], |row| row.get(0)).doing("look for checkpoints")?;
    for (n, one) in world.phones.iter().enumerate().filter(|(_, one)| !one.twice) {
        let device = SoftwareKey::from_bytes(&one.key).doing("make a key")?.public().device();
        let sql = "SELECT max(c.epoch) FROM witness w JOIN checkpoint c ON c.record = w.checkpoint WHERE w.device = ?1";
        let seen: Option<i64> = db.query_row(sql, [device.0], |row| row.get(0)).doing("look for witnesses")?;
        if seen != Some(newest) {
            failures.push(format!("phone {n} has witnessed epoch {seen:?} of {newest}"));
        }
    }
    Ok(())
}

fn audited(world: &World, failures: &mut Vec<String>) -> Result<(), Trouble> {
    let app = world.app.as_ref().ok_or_else(|| Trouble::new("find the server", "it is down"))?;
    let key = app.keys().records.public();
    let verdict = app.store().write_blocking(move |tx| verify(tx, &key)).doing("read the log again")?;
    let files_kept = app.files().clone();
    let altered = app.store().write_blocking(move |tx| files(tx, &files_kept)).doing("read the files again")?;
    failures.extend(verdict.fault.or(altered).map(|fault| format!("audit: {fault}")));
    Ok(())
}
