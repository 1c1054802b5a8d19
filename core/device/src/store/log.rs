//! The server's log: what was told when, and what this phone has witnessed of it.

use super::{AGAIN, apart, pasts};
use crate::error::Error;
use rusqlite::{Connection, Params, Row, Transaction};
use wurao_planted::{Bug, is as planted};
use wurao_protocol::record::{Checkpoint, Kind};
use wurao_protocol::{Digest, DocumentId, Problem, envelope};

/// When the server last said that it was set back, or was first found to be, by its own clock, ms; for as long as its office may still
/// be entering anew what that has lost.
pub(crate) const RESTORED: &str = "restored-ms";

/// Offers again what the server was told, or has told, after so many entries of its log: it has lost that. How many
/// changes and records those are.
pub(crate) fn offer_again(transaction: &Transaction<'_>, kept: u64) -> Result<usize, Error> {
    if planted(Bug::NotOfferedAgain) {
        return Ok(0);
    }
    let kept = i64::try_from(kept).unwrap_or(i64::MAX);
    // What it refused it would refuse again; heads records are made anew for each push.
    let changes = transaction.execute(
        &format!(
            "UPDATE change SET {AGAIN}
             WHERE standing IN ('taken', 'waiting', ?2, 'declined') AND (told IS NULL OR told > ?1)"
        ),
        (kept, if planted(Bug::HeldNotOffered) { "nothing" } else { "held" }),
    )?;
    let records = transaction.execute(
        &format!(
            "UPDATE record SET {AGAIN}
             WHERE standing IN ('taken', 'waiting', 'held', 'declined') AND kind <> ?2 AND (told IS NULL OR told > ?1)
             AND (?3 OR kind = 'wurao/session')"
        ),
        (kept, Kind::Heads.name(), !planted(Bug::RecordsNotOffered)),
    )?;
    // What others wrote may be here alone: what a colleague's phone had brought here, and what the server itself had fed.
    let mut others = 0;
    for (table, which) in [("change", "1"), ("record", THEIRS)] {
        let sql = format!(
            "UPDATE {table} SET {HANDED}
             WHERE standing = 'relayed' AND (told IS NULL OR told > ?1) OR standing = 'received' AND told > ?1 AND {which}"
        );
        others += transaction.execute(&sql, [kept])?;
    }
    Ok(changes + records + others)
}

/// A server that has given out the permit of an inspection takes what it refused for want of that: it was brought back from a backup
/// meanwhile.
pub(crate) fn permitted(transaction: &Transaction<'_>, document: &DocumentId) -> Result<(), Error> {
    let wanting = listed(&[Problem::NoPermit, Problem::NotOnTeam]);
    changes_again(transaction, document, &wanting)?;
    records_again(transaction, &format!("problem IN ({wanting}) AND {THEIRS} AND subject = ?1"), [document.0])?;
    Ok(())
}

/// Offers again what the server has refused for want of what its office enters: permits, teams, who works on a phone. How many
/// changes and records those are.
pub(crate) fn refused_again(transaction: &Transaction<'_>) -> Result<u64, Error> {
    let wanting = wanting();
    let documents: Vec<[u8; 16]> = {
        let sql = format!(
            "SELECT DISTINCT document FROM change WHERE standing IN ('refused', 'unrelayed') AND problem IN ({wanting})"
        );
        let mut statement = transaction.prepare(&sql)?;
        let rows = statement.query_map([], |row| row.get(0))?;
        rows.collect::<Result<_, _>>()?
    };
    let mut count = records_again(transaction, &format!("problem IN ({wanting})"), [])?;
    for document in documents {
        count += changes_again(transaction, &DocumentId(document), &wanting)?;
    }
    Ok(count as u64)
}

/// The problems of what was refused for want of what the office enters, as SQL lists them.
pub(crate) fn wanting() -> String {
    listed(&[Problem::NoPermit, Problem::NotOnTeam, Problem::NoSession, Problem::Forbidden, Problem::NotFound])
}

/// An inspection's changes that were refused for one of these, a colleague's that were brought here too, with what was refused for
/// standing on them.
fn changes_again(transaction: &Transaction<'_>, document: &DocumentId, wanting: &str) -> Result<usize, Error> {
    let mut count = 0;
    for (standing, again) in [("refused", AGAIN), ("unrelayed", HANDED)] {
        let sql =
            format!("UPDATE change SET {again} WHERE document = ?1 AND standing = ?2 AND problem IN ({wanting}, ?3)");
        let of = (document.0, standing, Problem::AfterRefused.code());
        count += transaction.prepare_cached(&sql)?.execute(of)?;
    }
    if count > 0 {
        apart::refresh(transaction, document)?;
    }
    Ok(count)
}

/// The same of records, of which none stands on another.
fn records_again(transaction: &Transaction<'_>, which: &str, of: impl Params + Clone) -> Result<usize, Error> {
    let mut count = 0;
    for (standing, again) in [("refused", AGAIN), ("unrelayed", HANDED)] {
        let sql = format!("UPDATE record SET {again} WHERE standing = '{standing}' AND {which}");
        count += transaction.prepare_cached(&sql)?.execute(of.clone())?;
    }
    Ok(count)
}

/// Problems as SQL lists them.
fn listed(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("'{}'", problem.code())).collect::<Vec<_>>().join(", ")
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

/// How what a colleague wrote is to be brought to the server, or brought again.
const HANDED: &str = "standing = 'handed', problem = NULL, detail = NULL, told = NULL";

/// What people sign about inspections, as the index has it.
const THEIRS: &str = "kind IN ('wurao/session', 'wurao/late', 'wurao/evidence', 'wurao/void', 'wurao/leave')";

/// The checkpoint that was witnessed last, of those that every past since then has.
pub(crate) fn witnessed(connection: &Connection) -> Result<Option<Checkpoint>, Error> {
    let sql = "SELECT epoch, size, root FROM checkpoint ORDER BY epoch DESC, size DESC";
    let mut statement = connection.prepare_cached(sql)?;
    for known in statement.query_map([], checkpoint)? {
        let known = known?;
        if known.size <= pasts::common(connection, known.epoch)? {
            return Ok(Some(known));
        }
    }
    Ok(None)
}

/// Whether the server has taken the word that this one was witnessed.
pub(crate) fn is_witness_taken(connection: &Connection, known: &Checkpoint) -> Result<bool, Error> {
    let sql = "SELECT record FROM checkpoint WHERE epoch = ?1 AND size = ?2 AND root = ?3";
    let of = (known.epoch, known.size as i64, known.root.0);
    let signed: Vec<u8> = connection.prepare_cached(sql)?.query_row(of, |row| row.get(0))?;
    let sql = "SELECT 1 FROM record WHERE kind = ?1 AND subject = ?2 AND standing = 'taken'";
    let id = envelope::open(&signed)?.id;
    Ok(connection.prepare_cached(sql)?.exists((Kind::Witness.name(), id.0))?)
}

/// Those that were witnessed of a log with so many entries: of one past, as a rule.
pub(crate) fn witnessed_at(connection: &Connection, size: u64) -> Result<Vec<Checkpoint>, Error> {
    let mut statement = connection.prepare_cached("SELECT epoch, size, root FROM checkpoint WHERE size = ?1")?;
    let found = statement.query_map([size as i64], checkpoint)?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn checkpoint(row: &Row<'_>) -> rusqlite::Result<Checkpoint> {
    let size = row.get::<_, i64>(1)? as u64;
    Ok(Checkpoint { epoch: row.get(0)?, size, root: Digest(row.get(2)?), at_ms: 0 })
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
