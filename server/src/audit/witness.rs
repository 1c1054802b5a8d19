//! Phones' witness of checkpoints.

use crate::Error;
use crate::store::Tx;
use rusqlite::params;
use wurao_protocol::record::Witness;
use wurao_protocol::{DeviceId, Digest};

/// Keeps a witness that was taken. One to a checkpoint that is not here is kept too: it tells of a past that is lost.
pub(crate) fn keep(
    tx: &Tx<'_>,
    record: &Digest,
    device: &DeviceId,
    witness: &Witness,
    now_ms: i64,
) -> Result<(), Error> {
    let sql = "INSERT INTO witness (record, device, checkpoint, received_ms) VALUES (?1, ?2, ?3, ?4) \
               ON CONFLICT DO NOTHING";
    tx.prepare_cached(sql)?.execute(params![record.0, device.0, witness.checkpoint.0, now_ms])?;
    Ok(())
}
