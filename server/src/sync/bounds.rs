//! How much one phone may bring in the long run. A push has bounds of its own ([`super::load`]); these are over all of them,
//! so that a phone that is let in, and in wrong hands, cannot grow one document, or the disk, without end.
//!
//! An honest phone stays far below. What is refused stays on the phone and is shown there.

use crate::Error;
use crate::store::Tx;
use rusqlite::{OptionalExtension, Row, params};
use wurao_protocol::{DeviceId, DocumentId, Problem};

/// Sessions of one phone in one document: each is an actor, which stands in the clock of every change after it. A phone
/// that is opened and written on twenty times a day needs twelve days for it, longer than a visit is open.
const MAX_ACTORS: u64 = 256;
/// Changes of one phone in one document: a hundred answers to each of two hundred questions.
const MAX_CHANGES: u64 = 20_000;
/// Bytes of them and of their clocks.
const MAX_BYTES: u64 = 64 << 20;
/// Photos of one phone in one inspection; each announces up to three files.
const MAX_PHOTOS: u64 = 2000;
/// Records and bytes that one phone brings within a day, for whomever: two months offline are a tenth of it.
const MAX_DAY: (u64, u64) = (50_000, 256 << 20);
const DAY_MS: i64 = 24 * 3_600_000;

/// What a phone has brought of a document.
#[derive(Clone, Copy, Default)]
struct Brought {
    actors: u64,
    changes: u64,
    bytes: u64,
}

/// Counts a change of a phone, the first of its actor there or a later one; or says of what there would be too many.
pub(super) fn change(
    tx: &Tx<'_>,
    document: &DocumentId,
    device: &DeviceId,
    first: bool,
    bytes: usize,
) -> Result<Option<&'static str>, Error> {
    let sql = "SELECT actors, changes, bytes FROM brought WHERE document = ?1 AND device = ?2";
    let number = |row: &Row<'_>, at| row.get::<_, i64>(at).map(|number| number as u64);
    let row = |row: &Row<'_>| Ok(Brought { actors: number(row, 0)?, changes: number(row, 1)?, bytes: number(row, 2)? });
    let found = tx.prepare_cached(sql)?.query_row(params![document.0, device.0], row).optional()?;
    let mut brought = found.unwrap_or_default();
    brought.actors += u64::from(first);
    brought.changes += 1;
    brought.bytes += bytes as u64;
    let over = match brought {
        Brought { actors, .. } if actors > MAX_ACTORS => Some("sessions"),
        Brought { changes, .. } if changes > MAX_CHANGES => Some("changes"),
        Brought { bytes, .. } if bytes > MAX_BYTES => Some("bytes"),
        _ => None,
    };
    if over.is_none() {
        tx.prepare_cached(
            "INSERT INTO brought (document, device, actors, changes, bytes) VALUES (?1, ?2, ?3, ?4, ?5) \
             ON CONFLICT (document, device) DO UPDATE SET actors = excluded.actors, changes = excluded.changes, \
             bytes = excluded.bytes",
        )?
        .execute(params![
            document.0,
            device.0,
            brought.actors as i64,
            brought.changes as i64,
            brought.bytes as i64
        ])?;
    }
    Ok(over)
}

/// Whether there is room for one more photo of a phone in an inspection.
pub(super) fn has_room_for_photo(tx: &Tx<'_>, document: &DocumentId, device: &DeviceId) -> Result<bool, Error> {
    let sql = "SELECT COUNT(*) FROM evidence WHERE document = ?1 AND device = ?2";
    let here: i64 = tx.prepare_cached(sql)?.query_row(params![document.0, device.0], |row| row.get(0))?;
    Ok((here as u64) < MAX_PHOTOS)
}

/// Counts what a frame brings towards its phone's day. When that is too much, the frame is refused as a whole: what it
/// brings goes on another day.
pub(super) fn frame(tx: &Tx<'_>, device: &DeviceId, records: usize, bytes: usize, now_ms: i64) -> Result<(), Error> {
    let day = now_ms.div_euclid(DAY_MS);
    let sql = "SELECT records, bytes FROM brought_day WHERE device = ?1 AND day = ?2";
    let row = |row: &Row<'_>| Ok((row.get::<_, i64>(0)? as u64, row.get::<_, i64>(1)? as u64));
    let found = tx.prepare_cached(sql)?.query_row(params![device.0, day], row).optional()?;
    if found.is_none() {
        // The days before say nothing any more.
        tx.prepare_cached("DELETE FROM brought_day WHERE device = ?1 AND day < ?2")?.execute(params![device.0, day])?;
    }
    let (before_records, before_bytes) = found.unwrap_or_default();
    let (records, bytes) = (before_records + records as u64, before_bytes + bytes as u64);
    if records > MAX_DAY.0 || bytes > MAX_DAY.1 {
        return Err(Error::refused(Problem::TooMany, "of one phone on one day"));
    }
    tx.prepare_cached(
        "INSERT INTO brought_day (device, day, records, bytes) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (device, day) DO UPDATE SET records = excluded.records, bytes = excluded.bytes",
    )?
    .execute(params![device.0, day, records as i64, bytes as i64])?;
    Ok(())
}
