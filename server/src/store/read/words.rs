//! What people said about an inspection as a whole: registered late, decided, voided, withdrew.

use crate::Error;
use rusqlite::{Connection, params};
use wurao_protocol::DocumentId;

/// A person's word on an inspection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// `late`, or the verdict: `accepted`, `declined`, `registered`, `not-registered`, `voided`, `withdrawn`, `closed`.
    pub deed: String,
    /// When; what was said on a phone, by that phone's clock.
    pub at_ms: i64,
    /// Who; empty when it was the server.
    pub name: String,
    /// On which phone; empty when at the page.
    pub device: String,
    /// Why, in their own words; may be empty.
    pub reason: String,
}

/// Every word on a document, in time's order.
pub fn words(db: &Connection, document: &DocumentId) -> Result<Vec<Word>, Error> {
    // Who voided it did so on a phone, by its clock; the signed decision only followed.
    let sql = "SELECT d.verdict, COALESCE(i.voided_ms, d.at_ms), COALESCE(p.name, ''), \
               COALESCE((SELECT e.name FROM void v JOIN device e ON e.id = v.device \
                         WHERE v.document = d.document AND v.wall_ms = i.voided_ms LIMIT 1), ''), COALESCE(d.reason, '') \
               FROM decision d LEFT JOIN person p ON p.id = d.person \
               LEFT JOIN inspection i ON i.document = d.document AND d.verdict = 'voided' WHERE d.document = ?1 \
               UNION ALL \
               SELECT 'late', l.filed_ms, p.name, e.name, l.reason FROM late l JOIN person p ON p.id = l.person \
               JOIN device e ON e.id = l.device WHERE l.document = ?1 ORDER BY 2";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![document.0], |row| {
        Ok(Word { deed: row.get(0)?, at_ms: row.get(1)?, name: row.get(2)?, device: row.get(3)?, reason: row.get(4)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
