//! Whether tables say what people decided as the signed decisions have it: how an inspection ended, what became of a late
//! registration, what was said to declined work.
//!
//! The table of decisions is compared with the decisions themselves before ([`super::facts`]), so most of this asks that table.

use super::signed::each;
use super::verify::Altered;
use crate::Error;
use rusqlite::Connection;
use std::collections::HashMap;
use wurao_protocol::Digest;
use wurao_protocol::envelope::open_as;
use wurao_protocol::record::{Decision, Kind, Verdict};

/// The first that a table says otherwise than it was decided.
pub(super) fn compare(db: &Connection) -> Result<Option<Altered>, Error> {
    for (what, sql) in UNDECIDED {
        let mut statement = db.prepare(sql)?;
        if let Some(row) = statement.query([])?.next()? {
            return Ok(Some(Altered::Untold(what, hex::encode(row.get::<_, Vec<u8>>(0)?))));
        }
    }
    lates(db)
}

/// Inspections of which a table tells an end (or none) that is not that of a signed decision.
macro_rules! ended {
    ($verdict:literal, none: $none:literal, some: $some:literal) => {
        concat!(
            "SELECT document FROM inspection i WHERE NOT CASE WHEN ",
            $none,
            " THEN NOT EXISTS (SELECT 1 FROM decision d WHERE d.document = i.document AND d.verdict = '",
            $verdict,
            "') ELSE EXISTS (SELECT 1 FROM decision d WHERE d.document = i.document AND d.verdict = '",
            $verdict,
            "' AND ",
            $some,
            ") END LIMIT 1"
        )
    };
}

/// Declined work with other words than those of a signed decision on it, or on its author's registration.
macro_rules! declined {
    ($table:literal, $name:literal, $which:literal) => {
        concat!(
            "SELECT x.",
            $name,
            " FROM ",
            $table,
            " x WHERE ",
            $which,
            " AND NOT EXISTS (SELECT 1 FROM decision d WHERE d.document = x.document \
             AND d.verdict IN ('declined', 'not-registered') AND COALESCE(d.reason, '') = x.detail AND x.problem = 'declined') LIMIT 1"
        )
    };
}

/// What no decision tells so.
const UNDECIDED: [(&str, &str); 7] = [
    (
        "inspection that was not closed then",
        ended!("closed", none: "i.closed_ms IS NULL", some: "d.at_ms IS i.closed_ms"),
    ),
    (
        // When it was voided is as its author's clock had it, if that could be: else it is when that came.
        "inspection that was not voided then",
        ended!(
            "voided",
            none: "i.voided_ms IS NULL AND i.voided_reason IS NULL",
            some: "d.reason IS i.voided_reason AND EXISTS (SELECT 1 FROM void v WHERE v.document = d.document \
                   AND v.person IS d.person AND v.reason IS d.reason AND v.held = 0 AND i.voided_ms IN (v.wall_ms, d.at_ms))"
        ),
    ),
    (
        "inspection whose permit was not withdrawn then",
        ended!(
            "withdrawn",
            none: "i.withdrawn_ms IS NULL AND i.withdrawn_by IS NULL AND i.withdrawn_reason IS NULL",
            some: "d.at_ms IS i.withdrawn_ms AND d.person IS i.withdrawn_by AND d.reason IS i.withdrawn_reason"
        ),
    ),
    ("change that nobody declined so", declined!("change", "hash", "x.state <> 'accepted' AND x.state = 'declined'")),
    ("photo that nobody declined so", declined!("evidence", "record", "x.held = 2")),
    ("leave that nobody declined so", declined!("leave", "record", "x.held = 2")),
    ("void that nobody declined so", declined!("void", "record", "x.held = 2")),
];

/// Every late registration against the decision that names it, or against there being none.
fn lates(db: &Connection) -> Result<Option<Altered>, Error> {
    let mut decided: HashMap<Digest, Decision> = HashMap::new();
    each(db, Kind::Decision, |_, bytes| {
        let Ok(decision) = open_as::<Decision>(bytes).map(|opened| opened.body) else { return };
        if matches!(decision.verdict, Verdict::Registered | Verdict::NotRegistered) {
            for late in &decision.heads {
                decided.entry(*late).or_insert_with(|| decision.clone());
            }
        }
    })?;
    let sql = "SELECT record, document, registered, decided_by, decided_ms, decided_reason FROM late ORDER BY record";
    let mut statement = db.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let late = Digest(row.get(0)?);
        let here = (row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?);
        let said = match decided.get(&late) {
            Some(decision) if decision.document.0 != row.get::<_, [u8; 16]>(1)? => None,
            Some(Decision { verdict, by, at_ms, reason, .. }) => {
                let registered = i64::from(*verdict == Verdict::Registered);
                Some((Some(registered), by.map(|person| person.0), Some(*at_ms), reason.clone()))
            }
            None => Some((None, None, None, None)),
        };
        if said != Some(here) {
            return Ok(Some(Altered::Fact("late", late)));
        }
    }
    Ok(None)
}
