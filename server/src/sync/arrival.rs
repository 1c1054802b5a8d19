//! When what comes now came: never before what it comes after, whatever the clock says that may have been set since.

use crate::Error;
use crate::store::Tx;
use rusqlite::params;
use wurao_protocol::{DeviceId, DocumentId};

/// When what comes now from a phone came. What comes once the phone was revoked came after that, and what is of an inspection that
/// was voided came after the void.
pub(super) fn arrived(
    tx: &Tx<'_>,
    device: Option<&DeviceId>,
    document: Option<&DocumentId>,
    now_ms: i64,
) -> Result<i64, Error> {
    let sql = "SELECT MAX(?1, COALESCE((SELECT revoked_ms FROM device WHERE id = ?2), 0), \
               COALESCE((SELECT MIN(at_ms) + 1 FROM decision WHERE document = ?3 AND verdict = 'voided'), 0))";
    let values = params![now_ms, device.map(|device| device.0), document.map(|document| document.0)];
    Ok(tx.prepare_cached(sql)?.query_row(values, |row| row.get(0))?)
}
