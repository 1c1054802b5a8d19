//! Signed states of the log, a new one once a day at most.

use super::mark::epoch;
use super::nodes::{Kept, at, size};
use crate::store::{Tx, rows};
use crate::{Error, Keys};
use rusqlite::{OptionalExtension, Row, params};
use wurao_protocol::cbor::Bytes;
use wurao_protocol::envelope::seal;
use wurao_protocol::merkle::log;
use wurao_protocol::record::Checkpoint;
use wurao_protocol::sync::Shown;
use wurao_protocol::{DeviceId, Digest};

/// How long a phone's witness is fresh enough, and a checkpoint new enough to be shown.
const DAY_MS: i64 = 24 * 3600 * 1000;

/// The checkpoint a phone is shown, when it has witnessed none for a day: the newest, with the proof that it continues the
/// one that this phone witnessed last.
pub(crate) fn show(tx: &Tx<'_>, keys: &Keys, device: &DeviceId, now_ms: i64) -> Result<Option<Shown>, Error> {
    let epoch = epoch(tx)?;
    let sql = "SELECT c.epoch, c.size, w.received_ms FROM witness w JOIN checkpoint c ON c.record = w.checkpoint \
               WHERE w.device = ?1 ORDER BY c.epoch DESC, c.size DESC LIMIT 1";
    let row = |row: &Row<'_>| Ok((row.get::<_, u32>(0)?, row.get::<_, i64>(1)? as u64, row.get::<_, i64>(2)?));
    let last = tx.prepare_cached(sql)?.query_row(params![device.0], row).optional()?;
    // A witness from a time that is still to come was given while the server's clock had leapt ahead: it says nothing of today.
    let today = |received_ms: i64| (0..DAY_MS).contains(&now_ms.saturating_sub(received_ms));
    if last.is_some_and(|(of, _, received_ms)| of == epoch && today(received_ms)) {
        return Ok(None);
    }
    let (record, checkpoint) = newest(tx, keys, now_ms)?;
    // Also of an earlier epoch: the phone knows what it was told of a restore.
    let from = last.map_or(0, |(_, size, _)| size);
    let proof = log::consistency(&Kept(tx), from, checkpoint.size)?;
    // A checkpoint that is older than what was witnessed has nothing new to show.
    Ok(proof.map(|proof| Shown { checkpoint: Bytes(record), from, proof }))
}

/// The newest checkpoint of this epoch; one that is a day old is followed by a new one.
fn newest(tx: &Tx<'_>, keys: &Keys, now_ms: i64) -> Result<(Vec<u8>, Checkpoint), Error> {
    let epoch = epoch(tx)?;
    let sql = "SELECT r.bytes, c.size, c.root, c.at_ms FROM checkpoint c JOIN record r ON r.id = c.record \
               WHERE c.epoch = ?1 AND c.at_ms > ?2 AND c.at_ms <= ?3 ORDER BY c.size DESC LIMIT 1";
    let row = |row: &Row<'_>| {
        let checkpoint =
            Checkpoint { epoch, size: row.get::<_, i64>(1)? as u64, root: Digest(row.get(2)?), at_ms: row.get(3)? };
        Ok((row.get(0)?, checkpoint))
    };
    let found = tx.prepare_cached(sql)?.query_row(params![epoch, now_ms - DAY_MS, now_ms], row).optional()?;
    match found {
        Some(found) => Ok(found),
        None => make(tx, keys, now_ms),
    }
}

/// Signs the log as it stands.
pub(super) fn make(tx: &Tx<'_>, keys: &Keys, now_ms: i64) -> Result<(Vec<u8>, Checkpoint), Error> {
    let of = at(tx, size(tx)?)?;
    let checkpoint = Checkpoint { epoch: epoch(tx)?, size: of.entries, root: of.root, at_ms: now_ms };
    let record = seal(&keys.records, &checkpoint)?;
    let id = rows::keep_own(tx, &record, now_ms)?;
    let sql = "INSERT INTO checkpoint (record, epoch, size, root, at_ms) VALUES (?1, ?2, ?3, ?4, ?5) \
               ON CONFLICT DO NOTHING";
    tx.execute(sql, params![id.0, checkpoint.epoch, checkpoint.size as i64, checkpoint.root.0, now_ms])?;
    Ok((record, checkpoint))
}
