//! Taking a permit back.

use super::trust;
use crate::store::{Tx, rows};
use crate::sync::accepted_heads;
use crate::{Error, Keys};
use rusqlite::{OptionalExtension, params};
use wurao_protocol::envelope::seal;
use wurao_protocol::record::{Decision, Verdict};
use wurao_protocol::{DocumentId, PermitId, PersonId, Problem};

/// Withdraws a permit as of now: it goes on the list of withdrawals, and its team is told why. What is written from now
/// on is held; what was written before is as good as ever. Withdrawing again changes nothing.
pub fn withdraw(
    tx: &Tx<'_>,
    keys: &Keys,
    permit: &PermitId,
    reason: &str,
    by: PersonId,
    now_ms: i64,
) -> Result<(), Error> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Error::refused(Problem::Field, "reason"));
    }
    let sql = "SELECT document, withdrawn_ms FROM inspection WHERE permit = ?1 AND issued_s IS NOT NULL";
    let found: Option<([u8; 16], Option<i64>)> =
        tx.prepare_cached(sql)?.query_row(params![permit.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let (document, withdrawn) = found.ok_or_else(|| Error::refused(Problem::NotFound, "permit"))?;
    if withdrawn.is_some() {
        return Ok(());
    }
    let document = DocumentId(document);
    tx.execute(
        "UPDATE inspection SET withdrawn_ms = ?2, withdrawn_by = ?3, withdrawn_reason = ?4 WHERE document = ?1",
        params![document.0, now_ms, by.0, reason],
    )?;
    let decision = Decision {
        document,
        verdict: Verdict::Withdrawn,
        heads: accepted_heads(tx, &document)?,
        at_ms: now_ms,
        by: Some(by),
        reason: Some(reason.to_owned()),
    };
    rows::decided(tx, &seal(&keys.records, &decision)?, &decision, now_ms)?;
    trust::renew(tx, keys, now_ms)?;
    tx.touch(document);
    Ok(())
}
