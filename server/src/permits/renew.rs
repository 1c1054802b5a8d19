//! Signing a permit anew: the same visit, the phones as they are now, the current key.

use super::issue::{sign, tell, with_phones};
use crate::store::{Tx, rows};
use crate::{Error, Keys};
use rusqlite::{OptionalExtension, Params, params};
use wurao_protocol::envelope::open_as;
use wurao_protocol::permit::Permit;
use wurao_protocol::{Digest, PermitId, PersonId, Problem};

/// What makes a permit run: not over, not withdrawn, not voided. `?1` is now, in seconds.
pub(super) const RUNNING: &str = "to_s > ?1 AND withdrawn_ms IS NULL AND voided_ms IS NULL";

/// Signs a permit anew and tells its team. The permit keeps its name; who holds both goes by the newer.
pub fn renew(tx: &Tx<'_>, keys: &Keys, permit: &PermitId, now_ms: i64) -> Result<Digest, Error> {
    let sql = "SELECT record, issued_s FROM inspection WHERE permit = ?1 AND issued_s IS NOT NULL";
    let found: Option<([u8; 32], i64)> =
        tx.prepare_cached(sql)?.query_row(params![permit.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let (record, issued_s) = found.ok_or_else(|| Error::refused(Problem::NotFound, "permit"))?;
    let mut permit: Permit = open_as(&rows::record_bytes(tx, &Digest(record))?)?.body;
    permit = with_phones(tx, permit)?;
    let team: Vec<PersonId> = permit.visit.team.iter().map(|member| member.person).collect();
    // Newer than the last even within one second.
    permit.issued_s = now_ms.div_euclid(1000).max(issued_s + 1);
    let sql = "INSERT INTO superseded (record, permit) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    tx.prepare_cached(sql)?.execute(params![record, permit.id.0])?;
    let (record, key) = sign(tx, keys, &permit, now_ms)?;
    tx.execute(
        "UPDATE inspection SET record = ?2, issued_s = ?3, permit_key = ?4 WHERE permit = ?1",
        params![permit.id.0, record.0, permit.issued_s, key],
    )?;
    for person in &team {
        tell(tx, person, &permit, &record)?;
    }
    tx.touch(permit.visit.document);
    Ok(record)
}

/// Signs every running permit of these people anew: their phones came or went.
pub fn renew_for(tx: &Tx<'_>, keys: &Keys, people: &[PersonId], now_ms: i64) -> Result<(), Error> {
    let sql = format!(
        "SELECT i.permit FROM inspection i JOIN team t ON t.document = i.document WHERE {RUNNING} AND t.person = ?2"
    );
    let mut permits = Vec::new();
    for person in people {
        permits.extend(select(tx, &sql, params![now_ms.div_euclid(1000), person.0])?);
    }
    permits.sort_unstable();
    permits.dedup();
    renew_all(tx, keys, &permits, now_ms)
}

/// Signs every running permit anew that a key signed.
pub(super) fn renew_signed_by(tx: &Tx<'_>, keys: &Keys, number: u32, now_ms: i64) -> Result<(), Error> {
    let sql = format!("SELECT permit FROM inspection WHERE {RUNNING} AND permit_key = ?2 ORDER BY permit");
    let permits = select(tx, &sql, params![now_ms.div_euclid(1000), number])?;
    renew_all(tx, keys, &permits, now_ms)
}

fn renew_all(tx: &Tx<'_>, keys: &Keys, permits: &[PermitId], now_ms: i64) -> Result<(), Error> {
    permits.iter().try_for_each(|permit| renew(tx, keys, permit, now_ms).map(|_| ()))
}

fn select(tx: &Tx<'_>, sql: &str, values: impl Params) -> Result<Vec<PermitId>, Error> {
    let mut statement = tx.prepare_cached(sql)?;
    let rows = statement.query_map(values, |row| Ok(PermitId(row.get(0)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
