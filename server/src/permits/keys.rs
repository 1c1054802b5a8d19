//! Which keys sign permits, and when: rows. Their secrets are files ([`crate::Keys`]).

use crate::store::Tx;
use crate::{Error, Keys, Random};
use rusqlite::{Connection, OptionalExtension, Row, params};
use wurao_protocol::key::{PublicKey, Signer};
use wurao_protocol::record::PermitKey;

/// One key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyRow {
    pub(crate) number: u32,
    pub(crate) key: PermitKey,
}

/// All keys, oldest first.
pub(crate) fn all(db: &Connection) -> Result<Vec<KeyRow>, Error> {
    let mut statement =
        db.prepare_cached("SELECT number, public, from_s, until_s, revoked_s FROM permit_key ORDER BY number")?;
    let row = |row: &Row<'_>| {
        let key = PermitKey { key: row.get(1)?, from_s: row.get(2)?, until_s: row.get(3)?, revoked_s: row.get(4)? };
        Ok(KeyRow { number: row.get(0)?, key })
    };
    Ok(statement.query_map([], row)?.collect::<Result<_, _>>()?)
}

/// The number of the key that signs now.
pub(crate) fn current(db: &Connection) -> Result<u32, Error> {
    let sql = "SELECT number FROM permit_key WHERE until_s IS NULL AND revoked_s IS NULL ORDER BY number DESC LIMIT 1";
    let number = db.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?;
    number.ok_or(Error::Missing("a permit key that is in use"))
}

/// Sees that there is a key to sign with, and that the secrets are there of it and of every key that signed a running
/// permit: who finds that out only at the next renewal finds it out too late.
pub(crate) fn ensure(tx: &Tx<'_>, keys: &Keys, random: &dyn Random, now_ms: i64) -> Result<(), Error> {
    let known = all(tx)?;
    if known.is_empty() {
        // Nothing was signed before it, so that no moment is too early for it: clocks have been wrong before.
        return add(tx, keys.permit_or_new(1, random)?.public(), 1, 0);
    }
    let sql = "SELECT DISTINCT permit_key FROM inspection WHERE to_s > ?1 AND withdrawn_ms IS NULL \
               AND voided_ms IS NULL AND permit_key IS NOT NULL";
    let running = tx
        .prepare_cached(sql)?
        .query_map(params![now_ms.div_euclid(1000)], |row| row.get::<_, u32>(0))?
        .collect::<Result<Vec<_>, _>>()?;
    let current = current(tx)?;
    for row in known.iter().filter(|row| row.number == current || running.contains(&row.number)) {
        if row.key.revoked_s.is_none() && keys.permit(row.number)?.public().to_bytes() != row.key.key {
            let path = keys.folder().join(format!("permit-{}.key", row.number));
            return Err(Error::OtherKey { path });
        }
    }
    Ok(())
}

/// From here on a new key signs; says its number. What the old one signed stays good.
pub(crate) fn rotate(tx: &Tx<'_>, keys: &Keys, random: &dyn Random, now_ms: i64) -> Result<u32, Error> {
    let number = all(tx)?.last().map_or(1, |last| last.number + 1);
    let public = keys.permit_or_new(number, random)?.public();
    let now_s = now_ms.div_euclid(1000);
    // What was signed up to now stays within the old key's time, this very second included.
    let signed: Option<i64> = tx.query_row("SELECT MAX(issued_s) FROM inspection", [], |row| row.get(0))?;
    let until = signed.unwrap_or(now_s).max(now_s) + 1;
    tx.execute("UPDATE permit_key SET until_s = ?1 WHERE until_s IS NULL AND revoked_s IS NULL", params![until])?;
    add(tx, public, number, now_s)?;
    super::trust::renew(tx, keys, now_ms)?;
    Ok(number)
}

/// Nothing that this key ever signed is good any more. When it was the one in use, a new one follows it; every running
/// permit that it signed is signed anew.
pub(crate) fn revoke(tx: &Tx<'_>, keys: &Keys, random: &dyn Random, number: u32, now_ms: i64) -> Result<(), Error> {
    let known = all(tx)?;
    let Some(row) = known.iter().find(|row| row.number == number) else {
        return Err(Error::Usage(format!("there is no permit key {number}")));
    };
    if row.key.revoked_s.is_some() {
        return Err(Error::Usage(format!("permit key {number} was revoked before")));
    }
    let in_use = current(tx)? == number;
    let now_s = now_ms.div_euclid(1000);
    tx.execute("UPDATE permit_key SET revoked_s = ?2 WHERE number = ?1", params![number, now_s])?;
    if in_use {
        rotate(tx, keys, random, now_ms)?;
    } else {
        super::trust::renew(tx, keys, now_ms)?;
    }
    super::renew::renew_signed_by(tx, keys, number, now_ms)
}

fn add(tx: &Tx<'_>, public: PublicKey, number: u32, from_s: i64) -> Result<(), Error> {
    let sql = "INSERT INTO permit_key (number, public, from_s) VALUES (?1, ?2, ?3)";
    tx.execute(sql, params![number, public.to_bytes(), from_s])?;
    Ok(())
}
