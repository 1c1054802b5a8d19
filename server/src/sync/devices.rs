//! Which phone pushes, and that its counter rises.

use super::push::Push;
use crate::Error;
use crate::store::{Tx, rows};
use rusqlite::params;
use wurao_protocol::envelope::open;
use wurao_protocol::record::Device;
use wurao_protocol::{DeviceId, Problem};

/// Lets the request pass when its counter is above all before it. A device that we signed in and do not know, as after
/// a restore from a backup, is taken in again by its own record.
pub(super) fn admit(tx: &Tx<'_>, push: &Push, now_ms: i64) -> Result<(), Error> {
    keep_device(tx, &push.device, &push.device_bytes, now_ms)?;
    let counter = i64::try_from(push.head.counter).map_err(|_| Problem::Malformed)?;
    let sql = "UPDATE device SET counter = ?2, seen_ms = ?3 WHERE id = ?1 AND counter < ?2";
    let raised = tx.prepare_cached(sql)?.execute(params![push.device.id.0, counter, now_ms])?;
    if raised == 0 {
        return Err(Error::refused(Problem::StaleCounter, format!("{} at {counter}", push.device.id)));
    }
    Ok(())
}

/// Keeps a device record and its row, unless they are here.
pub(crate) fn keep_device(tx: &Tx<'_>, device: &Device, bytes: &[u8], now_ms: i64) -> Result<(), Error> {
    let DeviceId(id) = device.id;
    if tx.prepare_cached("SELECT 1 FROM device WHERE id = ?1")?.exists(params![id])? {
        return Ok(());
    }
    let envelope = open(bytes)?;
    rows::keep_record(tx, &envelope, bytes, None, now_ms)?;
    tx.execute(
        "INSERT INTO device (id, record, name, counter, enrolled_ms) VALUES (?1, ?2, ?3, 0, ?4)",
        params![id, envelope.id.0, device.name, device.enrolled_ms],
    )?;
    for person in &device.persons {
        tx.execute(
            "INSERT INTO device_person (device, person) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            params![id, person.0],
        )?;
    }
    Ok(())
}
