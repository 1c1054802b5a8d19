//! What may be in force at the server: what is signed, stands on what is in force, came in time, or was accepted.

use super::template::supervisor;
use super::world::{World, look};
use crate::{Doing, Trouble};

/// What is in force at the server is signed by its author's device, stands on nothing that is not, and is there once.
pub(super) fn in_force(world: &World, failures: &mut Vec<String>) -> Result<(), Trouble> {
    let db = look(&world.server_store())?;
    let count = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).doing("look into a store");
    if count("SELECT count(*) FROM change WHERE state = 'accepted' AND covered = 0")? > 0 {
        failures.push("accepted without its author's signature".to_owned());
    }
    let loose = "SELECT count(*) FROM dependency d JOIN change c ON c.document = d.document AND c.hash = d.change \
                 JOIN change e ON e.document = d.document AND e.hash = d.dependency \
                 WHERE c.state = 'accepted' AND e.state <> 'accepted'";
    // Beside changes there is the document's first one, which everybody makes alike.
    let absent = "SELECT coalesce(max(n), 0) FROM (SELECT count(DISTINCT dependency) AS n FROM dependency d WHERE NOT EXISTS \
                  (SELECT 1 FROM change e WHERE e.document = d.document AND e.hash = d.dependency) GROUP BY document)";
    if count(loose)? > 0 || count(absent)? > 1 {
        failures.push("accepted without what it stands on".to_owned());
    }
    let twice =
        "SELECT count(*) FROM (SELECT 1 FROM feed GROUP BY person, document, record, change HAVING count(*) > 1)";
    late(world, &db, failures)?;
    withdrawn(&db, failures)?;
    if !world.fed_again && count(twice)? > 0 {
        failures.push("fed twice".to_owned());
    }
    Ok(())
}

/// What came after an inspection was closed, or after its author had left, is in force only if their leave, or a colleague's, had
/// seen it, or somebody has accepted it.
fn late(world: &World, db: &rusqlite::Connection, failures: &mut Vec<String>) -> Result<(), Trouble> {
    let bytes = |sql: &str, document: &[u8; 16]| -> Result<Vec<Vec<u8>>, Trouble> {
        let mut statement = db.prepare(sql).doing("look into a store")?;
        let rows = statement.query_map([document], |row| row.get(0)).doing("look into a store")?;
        rows.collect::<Result<_, _>>().doing("look into a store")
    };
    let at_page = supervisor()?;
    let anew = world.reassigned.as_ref().and_then(|it| it.document);
    for document in world.documents.iter().chain(&anew) {
        let heads = bytes("SELECT heads FROM leave WHERE document = ?1 AND held = 0", &document.0)?.concat();
        let mut seen = wurao_record::Clock::new();
        for head in heads.chunks(32) {
            let clock =
                db.query_row("SELECT clock FROM change WHERE document = ?1 AND hash = ?2", (document.0, head), |row| {
                    row.get::<_, Vec<u8>>(0)
                });
            if let Ok(clock) = clock {
                seen.merge(&wurao_record::Clock::from_bytes(&clock).doing("read a clock")?);
            }
        }
        let words = bytes(
            "SELECT r.bytes FROM decision d JOIN record r ON r.id = d.record WHERE d.document = ?1 AND d.verdict = 'accepted'",
            &document.0,
        )?;
        let sql = "SELECT c.hash, c.actor, c.seq FROM change c JOIN inspection i ON i.document = c.document \
                   JOIN session s ON s.actor = c.actor WHERE c.document = ?1 AND c.state = 'accepted' AND s.person <> ?2 \
                   AND (c.received_ms > i.closed_ms OR EXISTS (SELECT 1 FROM leave l JOIN record r ON r.id = l.record \
                   WHERE l.document = c.document AND l.person = s.person AND l.held = 0 AND r.received_ms < c.received_ms \
                   AND NOT EXISTS (SELECT 1 FROM decision d JOIN record w ON w.id = d.record \
                   WHERE d.document = l.document AND d.verdict = 'accepted' AND instr(w.bytes, l.record) > 0)))";
        let mut statement = db.prepare(sql).doing("look into a store")?;
        // What somebody settles at the page comes after the end by right; a leave that was held counts from its acceptance.
        let rows = statement
            .query_map((document.0, at_page.0), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .doing("look into a store")?;
        for row in rows {
            let (hash, actor, seq): ([u8; 32], [u8; 16], i64) = row.doing("look into a store")?;
            let said = words.iter().any(|bytes| bytes.windows(32).any(|part| part == hash));
            if !said && !seen.covers(&wurao_record::ActorId(actor), seq as u64) {
                failures.push(format!("in force though it came after the end: {}", hex::encode(hash)));
            }
        }
    }
    Ok(())
}

/// What was written after its permit was withdrawn, and came then, is in force only if somebody has accepted it, or something of
/// its author's after it was written.
fn withdrawn(db: &rusqlite::Connection, failures: &mut Vec<String>) -> Result<(), Trouble> {
    let sql = "SELECT hex(c.hash) FROM change c JOIN inspection i ON i.document = c.document \
               JOIN session s ON s.actor = c.actor WHERE c.state = 'accepted' AND s.person <> ?1 \
               AND c.time_ms >= i.withdrawn_ms AND c.received_ms > i.withdrawn_ms \
               AND NOT EXISTS (SELECT 1 FROM decision d JOIN record r ON r.id = d.record \
               WHERE d.document = c.document AND d.verdict = 'accepted' AND instr(r.bytes, c.hash) > 0) \
               AND NOT EXISTS (SELECT 1 FROM waiver w \
               WHERE w.document = c.document AND w.person = s.person AND w.problem = 'withdrawn' AND w.at_ms > c.time_ms)";
    let mut statement = db.prepare(sql).doing("look into a store")?;
    let rows = statement.query_map([supervisor()?.0], |row| row.get(0)).doing("look into a store")?;
    for row in rows {
        let hash: String = row.doing("look into a store")?;
        failures.push(format!("in force though written after the permit was withdrawn: {hash}"));
    }
    Ok(())
}
