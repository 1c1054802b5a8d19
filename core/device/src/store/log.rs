//! The server's log: what was told when, and what this phone has witnessed of it.

use crate::error::Error;
use rusqlite::{Connection, OptionalExtension, Row, Transaction};
use wurao_planted::{Bug, is as planted};
use wurao_protocol::Digest;
use wurao_protocol::record::{Checkpoint, Kind};

/// Offers again what the server was told, or has told, after so many entries of its log: it has lost that. How many
/// changes and records those are.
pub(crate) fn offer_again(transaction: &Transaction<'_>, kept: u64) -> Result<usize, Error> {
    if planted(Bug::NotOfferedAgain) {
        return Ok(0);
    }
    let kept = i64::try_from(kept).unwrap_or(i64::MAX);
    // What it refused it would refuse again; heads records are made anew for each push.
    let changes = transaction.execute(
        "UPDATE change SET standing = 'unsent', problem = NULL, detail = NULL, told = NULL
         WHERE standing IN ('taken', 'waiting', ?2, 'declined') AND (told IS NULL OR told > ?1)",
        (kept, if planted(Bug::HeldNotOffered) { "nothing" } else { "held" }),
    )?;
    let records = transaction.execute(
        "UPDATE record SET standing = 'unsent', problem = NULL, detail = NULL, told = NULL
         WHERE standing IN ('taken', 'waiting', 'held', 'declined') AND kind <> ?2 AND (told IS NULL OR told > ?1)",
        (kept, Kind::Heads.name()),
    )?;
    // What others wrote may be here alone: what a colleague's phone had brought here, and what the server itself had fed.
    let mut others = 0;
    for (table, which) in [("change", "1"), ("record", THEIRS)] {
        let sql = format!(
            "UPDATE {table} SET standing = 'handed', problem = NULL, detail = NULL, told = NULL
             WHERE standing = 'relayed' AND (told IS NULL OR told > ?1) OR standing = 'received' AND told > ?1 AND {which}"
        );
        others += transaction.execute(&sql, [kept])?;
    }
    Ok(changes + records + others)
}

/// Notes how many entries the server's log had when it fed what came just now.
pub(crate) fn fed(transaction: &Transaction<'_>, size: u64) -> Result<(), Error> {
    if planted(Bug::FedForgotten) {
        return Ok(());
    }
    for (table, which) in [("change", "1"), ("record", THEIRS)] {
        let sql = format!("UPDATE {table} SET told = ?1 WHERE standing = 'received' AND told IS NULL AND {which}");
        transaction.prepare_cached(&sql)?.execute([size as i64])?;
    }
    Ok(())
}

/// What people sign about inspections, as the index has it.
const THEIRS: &str = "kind IN ('wurao/session', 'wurao/late', 'wurao/evidence', 'wurao/void', 'wurao/leave')";

/// The checkpoint that was witnessed last.
pub(crate) fn witnessed(connection: &Connection) -> Result<Option<Checkpoint>, Error> {
    let row = |row: &Row<'_>| {
        let size = row.get::<_, i64>(1)? as u64;
        Ok(Checkpoint { epoch: row.get(0)?, size, root: Digest(row.get(2)?), at_ms: 0 })
    };
    Ok(connection
        .prepare_cached("SELECT epoch, size, root FROM checkpoint ORDER BY epoch DESC, size DESC LIMIT 1")?
        .query_row([], row)
        .optional()?)
}

/// The roots that this phone has witnessed of a log with so many entries: of one past, as a rule.
pub(crate) fn roots(connection: &Connection, size: u64) -> Result<Vec<Digest>, Error> {
    let mut statement = connection.prepare_cached("SELECT root FROM checkpoint WHERE size = ?1")?;
    let roots = statement.query_map([size as i64], |row| Ok(Digest(row.get(0)?)))?;
    Ok(roots.collect::<Result<_, _>>()?)
}

/// Keeps a checkpoint that was found to continue the one before.
pub(crate) fn witness(transaction: &Transaction<'_>, checkpoint: &Checkpoint, record: &[u8]) -> Result<(), Error> {
    transaction
        .prepare_cached(
            "INSERT INTO checkpoint (epoch, size, root, record) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        )?
        .execute((checkpoint.epoch, checkpoint.size as i64, checkpoint.root.0, record))?;
    Ok(())
}
