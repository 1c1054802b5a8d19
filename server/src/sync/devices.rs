//! Which phone pushes, that its counter rises, and what becomes of one that was revoked.

use super::push::Push;
use crate::store::{Tx, rows};
use crate::{Error, Keys, audit};
use rusqlite::{Connection, OptionalExtension, Row, params};
use wurao_planted::{Bug, is as planted};
use wurao_protocol::audit::Event;
use wurao_protocol::envelope::{open, seal};
use wurao_protocol::record::{Deed, Device, Order};
use wurao_protocol::sync::RequestHead;
use wurao_protocol::sync::counter::{self, MAX_LEAP};
use wurao_protocol::{DeviceId, Digest, DocumentId, Problem};

/// How the pushing phone stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// At work.
    Good,
    /// Revoked: what it brings is held, and it learns nothing.
    Revoked,
}

impl Standing {
    fn of(revoked: bool) -> Self {
        if revoked { Self::Revoked } else { Self::Good }
    }
}

/// What a phone says as its cursor that has read the order to destroy itself.
pub(super) const WIPED: &[u8] = b"wiped";

/// Lets the request pass when its counter is above all before it, and keeps what the phone says it holds. A device that
/// we signed in and do not know, as after a restore from a backup, is taken in again by its own record.
///
/// A phone that was told to destroy itself may have written since, or may never have read that: what it brings is held like all that
/// a revoked phone brings, and it is told again. So is what a copy of it from before brings, once its counter is beyond what was used.
pub(super) fn admit(tx: &Tx<'_>, head: &RequestHead, push: &Push, keys: &Keys, now_ms: i64) -> Result<Standing, Error> {
    keep_device(tx, &push.device, &push.device_bytes, now_ms)?;
    let id = push.device.id.0;
    let sql = "SELECT revoked_ms IS NOT NULL, wiped_ms IS NOT NULL, counter FROM device WHERE id = ?1";
    let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)? as u64));
    let (revoked, wiped, known): (bool, bool, u64) = tx.prepare_cached(sql)?.query_row(params![id], row)?;
    if wiped && head.counter <= known {
        return Err(Error::refused(Problem::Revoked, push.device.id.to_string()));
    }
    if head.counter > known.saturating_add(MAX_LEAP) {
        return Err(Error::refused(Problem::Malformed, "the counter leaps"));
    }
    let counter = i64::try_from(head.counter).map_err(|_| Problem::Malformed)?;
    let holds = &head.holds;
    let sql = "UPDATE device SET counter = ?2, seen_ms = ?3, holds_changes = ?4, holds_records = ?5, holds_files = ?6, \
               holds_bytes = ?7 WHERE id = ?1 AND (counter < ?2 OR ?8)";
    let raised = tx.prepare_cached(sql)?.execute(params![
        id,
        counter,
        now_ms,
        holds.changes,
        holds.records,
        holds.files,
        i64::try_from(holds.bytes).map_err(|_| Problem::Malformed)?,
        planted(Bug::ReplayAccepted),
    ])?;
    if raised == 0 {
        let (device, proof) = (push.device.id, counter::prove(&keys.records, &push.device.id, known)?);
        return Err(Error::StaleCounter { device, counter: known, proof });
    }
    Ok(Standing::of(revoked))
}

/// How a phone stands now: it may be revoked while its request is still coming or its answer is still being told.
pub(super) fn standing(db: &Connection, device: &DeviceId) -> Result<Standing, Error> {
    let sql = "SELECT revoked_ms IS NOT NULL FROM device WHERE id = ?1";
    Ok(Standing::of(db.prepare_cached(sql)?.query_row(params![device.0], |row| row.get(0))?))
}

/// Tells a revoked phone to destroy itself.
pub(super) fn wipe(tx: &Tx<'_>, keys: &Keys, device: &DeviceId, now_ms: i64) -> Result<Vec<u8>, Error> {
    let sql = "UPDATE device SET wiped_ms = ?2 WHERE id = ?1 AND wiped_ms IS NULL";
    if tx.execute(sql, params![device.0, now_ms])? > 0 {
        audit::note(tx, Event::Phone, &[&device.0], "wiped")?;
    }
    Ok(seal(&keys.records, &Order { device: *device, what: Deed::Wipe, at_ms: now_ms })?)
}

/// Keeps a device record and its row, unless they are here, or a newer one; whether it is new. One that is newer than what is here
/// was signed in a past that a restore has lost.
pub(crate) fn keep_device(tx: &Tx<'_>, device: &Device, bytes: &[u8], now_ms: i64) -> Result<bool, Error> {
    let DeviceId(id) = device.id;
    let sql = "SELECT enrolled_ms FROM device WHERE id = ?1";
    let known: Option<i64> = tx.prepare_cached(sql)?.query_row(params![id], |row| row.get(0)).optional()?;
    if known.is_some_and(|known| known >= device.enrolled_ms) {
        return Ok(false);
    }
    let envelope = open(bytes)?;
    rows::keep_record(tx, &envelope, bytes, None, now_ms)?;
    let sql = "INSERT INTO device (id, record, name, counter, enrolled_ms) VALUES (?1, ?2, ?3, 0, ?4) \
               ON CONFLICT (id) DO UPDATE SET record = ?2, name = ?3, enrolled_ms = ?4";
    tx.execute(sql, params![id, envelope.id.0, device.name, device.enrolled_ms])?;
    for person in &device.persons {
        let sql = "INSERT INTO device_person (device, person) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        let came = tx.prepare_cached(sql)?.execute(params![id, person.0])? > 0;
        // The feed of a phone in use is beyond what was for them.
        if came && known.is_some() {
            rows::feed_again(tx, person)?;
        }
    }
    if known.is_some() {
        tell_colleagues(tx, &device.id, &envelope.id)?;
    }
    Ok(known.is_none())
}

/// Colleagues judge sessions by the newest record: somebody may have come to this phone.
fn tell_colleagues(tx: &Tx<'_>, device: &DeviceId, record: &Digest) -> Result<(), Error> {
    let sql = "SELECT DISTINCT document FROM feed WHERE document IS NOT NULL AND record IN \
               (SELECT record FROM session WHERE device = ?1)";
    let mut statement = tx.prepare_cached(sql)?;
    let documents = statement.query_map(params![device.0], |row| Ok(DocumentId(row.get(0)?)))?;
    let documents: Vec<DocumentId> = documents.collect::<Result<_, _>>()?;
    documents.iter().try_for_each(|document| rows::feed_document(tx, document, record))
}
