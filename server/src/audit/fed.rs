//! Whether phones are told of what is in force: what must stand in the feed of a document, and which changes must not.
//!
//! What is fed to one person alone (permits and what they are made of, receipts) is not looked at, nor in which order it stands.

use super::verify::Altered;
use crate::Error;
use rusqlite::{Connection, params};
use wurao_protocol::Digest;
use wurao_protocol::record::Kind;

/// What must be fed to all who may see a document, and every phone; and what must not.
const FEED: [(&str, &str); 4] = [
    (
        "change",
        "SELECT hash, document FROM change WHERE state = 'accepted' \
         EXCEPT SELECT change, document FROM feed WHERE person IS NULL AND change IS NOT NULL",
    ),
    (
        "change",
        "SELECT change, document FROM feed WHERE change IS NOT NULL \
         EXCEPT SELECT hash, document FROM change WHERE state = 'accepted'",
    ),
    (
        // Who wrote what is in force, what was decided, and all that was registered, photographed, left or voided and took effect.
        "record",
        "SELECT record, document FROM (SELECT s.record, c.document FROM change c JOIN session s ON s.actor = c.actor \
         WHERE c.state = 'accepted' UNION ALL SELECT record, document FROM decision UNION ALL SELECT record, document FROM late \
         UNION ALL SELECT record, document FROM evidence WHERE held = 0 \
         UNION ALL SELECT record, document FROM leave WHERE held = 0 UNION ALL SELECT record, document FROM void WHERE held = 0) \
         EXCEPT SELECT record, document FROM feed WHERE person IS NULL AND document IS NOT NULL AND record IS NOT NULL",
    ),
    (
        "list of keys",
        "SELECT id, NULL FROM record WHERE kind = ?1 EXCEPT SELECT f.record, NULL FROM feed f \
         JOIN trust_list t ON t.record = f.record WHERE f.person IS NULL AND f.document IS NULL",
    ),
];

/// The first that is in force and not fed, or fed and not in force.
pub(super) fn compare(db: &Connection) -> Result<Option<Altered>, Error> {
    for (what, sql) in FEED {
        let mut statement = db.prepare(sql)?;
        let mut rows = match statement.parameter_count() {
            0 => statement.query([])?,
            _ => statement.query(params![Kind::TrustList.name()])?,
        };
        if let Some(row) = rows.next()? {
            return Ok(Some(Altered::Fed(what, Digest(row.get(0)?))));
        }
    }
    Ok(None)
}
