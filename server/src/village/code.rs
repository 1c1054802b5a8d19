//! Short codes: nine digits that stand for a permit where a code cannot be scanned.

use crate::random::draw;
use crate::store::Tx;
use crate::{Error, Random};
use rusqlite::{Connection, OptionalExtension, params};
use wurao_protocol::PermitId;

/// Nine digits, the first of them not zero, so that nobody leaves it out.
const FROM: u32 = 100_000_000;
const COUNT: u32 = 900_000_000;

/// The permit's short code, drawn when it has none yet; it stays when the permit is signed anew.
pub fn short_code(tx: &Tx<'_>, permit: &PermitId, random: &dyn Random) -> Result<u32, Error> {
    loop {
        if let Some(code) = code_of(tx, permit)? {
            return Ok(code);
        }
        let drawn = u64::from_be_bytes(draw(random)?);
        let code = FROM + (drawn % u64::from(COUNT)) as u32;
        let sql = "INSERT INTO short_code (code, permit) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        tx.execute(sql, params![code, permit.0])?;
    }
}

/// The short code of a permit that has one.
pub fn code_of(db: &Connection, permit: &PermitId) -> Result<Option<u32>, Error> {
    let mut statement = db.prepare_cached("SELECT code FROM short_code WHERE permit = ?1")?;
    Ok(statement.query_row(params![permit.0], |row| row.get(0)).optional()?)
}

/// Reads what was typed: nine digits, spaces and dashes between them do not matter.
pub(super) fn parse(typed: &str) -> Option<u32> {
    let digits: String = typed.chars().filter(|letter| !matches!(letter, ' ' | '-')).collect();
    let plain = digits.len() == 9 && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

/// The newest record of the permit that a short code stands for.
pub(super) fn permit_record(db: &Connection, code: u32) -> Result<Option<Vec<u8>>, Error> {
    let sql = "SELECT r.bytes FROM short_code c JOIN inspection i ON i.permit = c.permit \
               JOIN record r ON r.id = i.record WHERE c.code = ?1";
    Ok(db.prepare_cached(sql)?.query_row(params![code], |row| row.get(0)).optional()?)
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
