//! Short codes: what was typed, and the permits it may stand for.

use crate::Error;
use crate::store::Tx;
use rusqlite::{Connection, params};
use wurao_protocol::PermitId;
use wurao_protocol::cbor::Bytes;

/// The most permits that one answer names; two are rare.
const MOST: i64 = 4;

/// Reads what was typed: nine digits, spaces and dashes between them do not matter.
pub(super) fn parse(typed: &str) -> Option<u32> {
    let digits: String = typed.chars().filter(|letter| !matches!(letter, ' ' | '-')).collect();
    let plain = digits.len() == 9 && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

/// Notes the codes of permits that have none noted yet; whether there were any.
pub(super) fn note(tx: &Tx<'_>) -> Result<bool, Error> {
    let mut statement = tx.prepare_cached(NOT_NOTED)?;
    let permits: Vec<_> = statement.query_map([], |row| Ok(PermitId(row.get(0)?)))?.collect::<Result<_, _>>()?;
    for permit in &permits {
        let sql = "INSERT INTO short_code (permit, code) VALUES (?1, ?2)";
        tx.prepare_cached(sql)?.execute(params![permit.0, permit.short_code()])?;
    }
    Ok(!permits.is_empty())
}

/// Whether there are permits whose codes are not noted.
pub(super) fn is_behind(db: &Connection) -> Result<bool, Error> {
    Ok(db.prepare_cached(NOT_NOTED)?.exists([])?)
}

const NOT_NOTED: &str = "SELECT i.permit FROM inspection i WHERE i.issued_s IS NOT NULL \
     AND NOT EXISTS (SELECT 1 FROM short_code c WHERE c.permit = i.permit)";

/// The newest signatures of the permits that a code may stand for, those that last longest first. A visit that was
/// registered late without a permit has none, and what its inspector wrote is nobody's here.
pub(super) fn records(db: &Connection, code: u32) -> Result<Vec<Bytes>, Error> {
    let sql = "SELECT r.bytes FROM short_code c JOIN inspection i ON i.permit = c.permit \
               JOIN record r ON r.id = i.record WHERE c.code = ?1 AND i.issued_s IS NOT NULL ORDER BY i.closes_ms DESC LIMIT ?2";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![code, MOST], |row| Ok(Bytes(row.get(0)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_nine_digits_however_they_are_grouped() {
        assert_eq!(parse("123 456-789"), Some(123_456_789));
        for wrong in ["", "12345678", "1234567890", "12345678x", "１２３４５６７８９"] {
            assert_eq!(parse(wrong), None, "{wrong:?}");
        }
    }
}
