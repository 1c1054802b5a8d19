//! The signed list of permit keys, withdrawals and phones: what phones and villages judge permits by.

use super::keys;
use super::renew::RUNNING;
use crate::days::DAY_S;
use crate::store::{Tx, rows};
use crate::{App, Error, Keys};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeMap;
use std::sync::Arc;
use wurao_protocol::envelope::{open_as, seal};
use wurao_protocol::key::Signer;
use wurao_protocol::record::{Revocation, RevokedPhone, TrustList};
use wurao_protocol::{DeviceId, Digest, PermitId};

/// How long a list says something.
const GOOD_FOR_S: i64 = 90 * DAY_S;
/// A list older than this is replaced when it is asked for.
const FRESH_FOR_S: i64 = DAY_S;
/// By how much a clock that is put right may go back.
const CLOCK_S: i64 = 600;
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

/// Makes a new list when phones came to show permits no more, or came back, since the last.
pub(crate) fn follow_phones(tx: &Tx<'_>, keys: &Keys, now_ms: i64) -> Result<(), Error> {
    // One that an earlier server wrote in another form says nothing of phones.
    let said = current(tx)?.and_then(|bytes| open_as::<TrustList>(&bytes).ok()).map(|opened| opened.body.phones);
    if said == Some(phones(tx, now_ms.div_euclid(1000))?) { Ok(()) } else { renew(tx, keys, now_ms).map(|_| ()) }
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
        phones: phones(tx, now_s)?,
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
    // One of the future was signed by a clock that was wrong, and phones would take every right one for wrong.
    Ok(at_s.is_some_and(|at_s| (-CLOCK_S..FRESH_FOR_S).contains(&(now_ms.div_euclid(1000) - at_s))))
}

fn revoked(db: &Connection, now_s: i64) -> Result<Vec<Revocation>, Error> {
    // A voided visit's permit is good for nothing more, from the void on. Whichever came first counts.
    let sql = "SELECT permit, COALESCE(MIN(withdrawn_ms, voided_ms), withdrawn_ms, voided_ms) FROM inspection \
               WHERE (withdrawn_ms IS NOT NULL OR voided_ms IS NOT NULL) AND to_s > ?1";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![now_s - REMEMBERED_S], |row| {
        Ok(Revocation::of(&PermitId(row.get(0)?), row.get::<_, i64>(1)?.div_euclid(1000)))
    })?;
    let mut all: Vec<Revocation> = rows.collect::<Result<_, _>>()?;
    all.sort_unstable_by_key(|entry| entry.mark);
    Ok(all)
}

/// The phones that show no permit any more, since when: they were revoked, or nobody who works on them inspects. A permit
/// that is over, or withdrawn, needs no such word; one whose team has none of the phone's people never named it.
fn phones(db: &Connection, now_s: i64) -> Result<Vec<RevokedPhone>, Error> {
    // Who is disabled and has no role has been without the right since the first of both.
    let sql = format!(
        "SELECT dp.device, d.revoked_ms, d.enrolled_ms, \
         p.disabled_ms IS NULL AND g.person IS NOT NULL, p.disabled_ms, \
         CASE WHEN g.person IS NULL THEN (SELECT MAX(s.at_ms) FROM right_step s \
         WHERE s.person = p.id AND s.deed = 'taken' AND s.role = 'inspector') END \
         FROM device d JOIN device_person dp ON dp.device = d.id JOIN person p ON p.id = dp.person \
         LEFT JOIN role_grant g ON g.person = p.id AND g.role = 'inspector' \
         WHERE EXISTS (SELECT 1 FROM device_person o JOIN team t ON t.person = o.person \
         JOIN inspection i ON i.document = t.document WHERE o.device = d.id AND {RUNNING})"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query(params![now_s])?;
    // By phone: since when it is revoked, and since when nobody inspects on it.
    let mut found: BTreeMap<DeviceId, (Option<i64>, Option<i64>)> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let (revoked_ms, enrolled_ms): (Option<i64>, i64) = (row.get(1)?, row.get(2)?);
        let (inspects, disabled_ms, taken_ms): (bool, Option<i64>, Option<i64>) =
            (row.get(3)?, row.get(4)?, row.get(5)?);
        // Who never inspected did not on this phone.
        let stopped_ms = disabled_ms.into_iter().chain(taken_ms).min().unwrap_or(enrolled_ms);
        let (_, last) = found.entry(DeviceId(row.get(0)?)).or_insert((revoked_ms, Some(i64::MIN)));
        *last = last.filter(|_| !inspects).map(|last| last.max(stopped_ms));
    }
    let since = |(device, (revoked_ms, stopped_ms)): (_, (Option<i64>, Option<i64>))| {
        let at_ms = revoked_ms.into_iter().chain(stopped_ms).min()?;
        Some(RevokedPhone { device, at_s: at_ms.div_euclid(1000) })
    };
    Ok(found.into_iter().filter_map(since).collect())
}
