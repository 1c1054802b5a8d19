//! The signed list of permit keys and withdrawals: what phones and villages judge permits by.

use super::keys;
use crate::days::DAY_S;
use crate::store::{Tx, rows};
use crate::{App, Error, Keys};
use rusqlite::{Connection, OptionalExtension, params};
use std::sync::Arc;
use wurao_protocol::envelope::seal;
use wurao_protocol::key::Signer;
use wurao_protocol::record::{Revocation, TrustList};
use wurao_protocol::{Digest, PermitId};

/// How long a list says something.
const GOOD_FOR_S: i64 = 90 * DAY_S;
/// A list older than this is replaced when it is asked for.
const FRESH_FOR_S: i64 = DAY_S;
/// How long after its last day a withdrawn permit, or that of a voided visit, stays on the list.
const REMEMBERED_S: i64 = 60 * DAY_S;

/// The list as it stands, as a record's bytes; none before the first.
pub fn current(db: &Connection) -> Result<Option<Vec<u8>>, Error> {
    let sql = "SELECT r.bytes FROM trust_list t JOIN record r ON r.id = t.record ORDER BY t.sequence DESC LIMIT 1";
    Ok(db.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?)
}

/// The list as it is served: at most a day old.
pub async fn serve(app: &App) -> Result<Vec<u8>, Error> {
    let now = app.now_ms();
    let fresh = app.store().read(move |db| Ok(if is_fresh(db, now)? { current(db)? } else { None })).await?;
    if let Some(bytes) = fresh {
        return Ok(bytes);
    }
    let keys = Arc::clone(app.keys());
    let renewed = app.store().write(move |tx| {
        freshen(tx, &keys, now)?;
        current(tx)
    });
    renewed.await?.ok_or(Error::Missing("the list of permit keys"))
}

/// Makes a new list when the last is older than a day.
pub(crate) fn freshen(tx: &Tx<'_>, keys: &Keys, now_ms: i64) -> Result<(), Error> {
    if is_fresh(tx, now_ms)? { Ok(()) } else { renew(tx, keys, now_ms).map(|_| ()) }
}

/// Makes a new list and gives it to every phone.
pub fn renew(tx: &Tx<'_>, keys: &Keys, now_ms: i64) -> Result<Digest, Error> {
    let now_s = now_ms.div_euclid(1000);
    let last: Option<i64> = tx.query_row("SELECT MAX(sequence) FROM trust_list", [], |row| row.get(0))?;
    // Counted in seconds and not from one, so that a server brought back from a backup does not fall behind its phones.
    let sequence = last.map_or(now_s, |last| now_s.max(last + 1)).max(1);
    let list = TrustList {
        sequence: sequence as u64,
        at_s: now_s,
        good_until_s: now_s + GOOD_FOR_S,
        keys: keys::all(tx)?.into_iter().map(|row| row.key).collect(),
        revoked: revoked(tx, now_s)?,
        feedback_key: keys.feedback.public().to_bytes(),
        drain_key: keys.drain.public().to_bytes(),
    };
    let record = rows::keep_own(tx, &seal(&keys.records, &list)?, now_ms)?;
    let sql = "INSERT INTO trust_list (sequence, record, at_s) VALUES (?1, ?2, ?3)";
    tx.execute(sql, params![sequence, record.0, now_s])?;
    rows::feed_everyone(tx, &record)?;
    Ok(record)
}

fn is_fresh(db: &Connection, now_ms: i64) -> Result<bool, Error> {
    let sql = "SELECT at_s FROM trust_list ORDER BY sequence DESC LIMIT 1";
    let at_s: Option<i64> = db.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?;
    Ok(at_s.is_some_and(|at_s| now_ms.div_euclid(1000) - at_s < FRESH_FOR_S))
}

fn revoked(db: &Connection, now_s: i64) -> Result<Vec<Revocation>, Error> {
    // A voided visit's permit is good for nothing more, from the void on. Whichever came first counts.
    let sql = "SELECT permit, COALESCE(MIN(withdrawn_ms, voided_ms), withdrawn_ms, voided_ms) FROM inspection \
               WHERE (withdrawn_ms IS NOT NULL OR voided_ms IS NOT NULL) AND to_s > ?1";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![now_s - REMEMBERED_S], |row| {
        Ok(Revocation::whole(&PermitId(row.get(0)?), row.get::<_, i64>(1)?.div_euclid(1000)))
    })?;
    let mut all: Vec<Revocation> = rows.collect::<Result<_, _>>()?;
    all.sort_unstable_by_key(|entry| entry.mark);
    Ok(all)
}
