//! Phones that come and go: who works on them inspects, or does not any more. Running permits are signed anew with the
//! phones as they are, and the list names those that show none any more.

use super::{renew_for, trust};
use crate::people::{self, Role};
use crate::store::Tx;
use crate::{Error, Keys};
use rusqlite::{Connection, params};
use wurao_protocol::PersonId;

/// Whether somebody is an inspector, wherever, and not shut out: only phones of such people are named in permits.
pub(super) fn inspects(db: &Connection, person: &PersonId) -> Result<bool, Error> {
    Ok(people::grants(db, person)?.iter().any(|grant| grant.role == Role::Inspector))
}

/// Changes what somebody may do, and has their phones follow: those of who inspects no more show no permit from here on,
/// those of who inspects again show them all.
pub(crate) fn following(
    tx: &Tx<'_>,
    keys: &Keys,
    person: &PersonId,
    now_ms: i64,
    change: impl FnOnce() -> Result<(), Error>,
) -> Result<(), Error> {
    let before = inspects(tx, person)?;
    change()?;
    if before == inspects(tx, person)? {
        return Ok(());
    }
    if has_phone(tx, person)? {
        renew_for(tx, keys, &[*person], now_ms)?;
    }
    // After the permits: a phone that has the list has the newer signature too.
    trust::follow_phones(tx, keys, now_ms)
}

fn has_phone(db: &Connection, person: &PersonId) -> Result<bool, Error> {
    let sql = "SELECT 1 FROM device_person dp JOIN device d ON d.id = dp.device \
               WHERE dp.person = ?1 AND d.revoked_ms IS NULL";
    Ok(db.prepare_cached(sql)?.exists(params![person.0])?)
}
