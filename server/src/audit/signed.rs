//! Whether every record bears the signature of who must have signed it, and is kept as that phone's.

use super::verify::Altered;
use crate::Error;
use rusqlite::{Connection, params};
use std::collections::HashMap;
use wurao_protocol::envelope::{open, open_as};
use wurao_protocol::key::PublicKey;
use wurao_protocol::record::{Device, Kind, SignedBy};
use wurao_protocol::{DeviceId, Digest};

/// The signature of every record under the key of this server or of a phone that it has let in, and whose it is said to be. The
/// name of a record says nothing of its signature.
pub(super) fn compare(db: &Connection, records_key: &PublicKey) -> Result<Option<Altered>, Error> {
    let mut keys = HashMap::from([(records_key.id(), records_key.clone())]);
    let mut statement = db.prepare("SELECT r.bytes FROM device d JOIN record r ON r.id = d.record")?;
    for bytes in statement.query_map([], |row| row.get::<_, Vec<u8>>(0))? {
        keys.extend(let_in(&bytes?, records_key).map(|(_, key)| (key.id(), key)));
    }
    let mut statement = db.prepare("SELECT id, bytes, device FROM record ORDER BY received_ms, id")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (bytes, device): (Vec<u8>, Option<Vec<u8>>) = (row.get(1)?, row.get(2)?);
        let is = |key: &PublicKey| device.as_deref() == Some(&key.device().0);
        let holds = open(&bytes).is_ok_and(|record| match record.kind.signer() {
            // Checked with what it permits, by whoever reads one.
            SignedBy::PermitKey => true,
            SignedBy::Server => record.verify(records_key).is_ok(),
            SignedBy::Device => keys.get(&record.key).is_some_and(|key| record.verify(key).is_ok() && is(key)),
        });
        if !holds {
            return Ok(Some(Altered::Signature(Digest(row.get(0)?))));
        }
    }
    Ok(None)
}

/// The phone that a record of this server let in, and its key.
pub(super) fn let_in(record: &[u8], records_key: &PublicKey) -> Option<(DeviceId, PublicKey)> {
    let device = open_as::<Device>(record).ok()?.verified(records_key).ok()?;
    let key = PublicKey::from_bytes(&device.key).ok()?;
    Some((device.id, key))
}

/// Every record of a kind, in the order in which they came.
pub(super) fn each(db: &Connection, kind: Kind, mut hear: impl FnMut(Digest, &[u8])) -> Result<(), Error> {
    let mut statement = db.prepare("SELECT id, bytes FROM record WHERE kind = ?1 ORDER BY received_ms, id")?;
    let mut rows = statement.query(params![kind.name()])?;
    while let Some(row) = rows.next()? {
        hear(Digest(row.get(0)?), &row.get::<_, Vec<u8>>(1)?);
    }
    Ok(())
}
