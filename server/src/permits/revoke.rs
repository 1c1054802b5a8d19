//! Revoking a phone.

use super::phones::inspects;
use super::{renew_for, trust};
use crate::store::Tx;
use crate::{Error, Keys, audit};
use rusqlite::{OptionalExtension, params};
use wurao_protocol::audit::Event;
use wurao_protocol::{DeviceId, PersonId, Problem};

/// Revokes a phone as of now: what it still sends is held, it learns nothing new, and once it holds nothing any more it
/// is told to destroy itself. The running permits of its people are signed anew without it, and the list says that
/// it shows none any more. Revoking again changes nothing.
pub fn revoke_device(
    tx: &Tx<'_>,
    keys: &Keys,
    device: &DeviceId,
    reason: &str,
    by: Option<PersonId>,
    now_ms: i64,
) -> Result<(), Error> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Error::refused(Problem::Field, "reason"));
    }
    let sql = "SELECT revoked_ms FROM device WHERE id = ?1";
    let found: Option<Option<i64>> =
        tx.prepare_cached(sql)?.query_row(params![device.0], |row| row.get(0)).optional()?;
    match found {
        None => return Err(Error::refused(Problem::NotFound, "device")),
        Some(Some(_)) => return Ok(()),
        Some(None) => {}
    }
    tx.execute(
        "UPDATE device SET revoked_ms = ?2, revoked_by = ?3, revoked_reason = ?4 WHERE id = ?1",
        params![device.0, now_ms, by.map(|person| person.0), reason],
    )?;
    audit::note(tx, Event::Phone, &[&device.0], "revoked")?;
    let people = {
        let mut statement = tx.prepare_cached("SELECT person FROM device_person WHERE device = ?1")?;
        let rows = statement.query_map(params![device.0], |row| Ok(PersonId(row.get(0)?)))?;
        rows.collect::<Result<Vec<_>, _>>()?
    };
    // When somebody ceased to inspect, their phones were left out: their colleagues need no newer permit once more.
    let mut inspectors = Vec::new();
    for person in people {
        if inspects(tx, &person)? {
            inspectors.push(person);
        }
    }
    renew_for(tx, keys, &inspectors, now_ms)?;
    // After the permits: a phone that has the list has the newer signature too.
    trust::follow_phones(tx, keys, now_ms)
}
