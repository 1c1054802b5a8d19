//! Whether an inspection is of the visit that was permitted, or registered late: its permit, site and checklist, which make its
//! document's name, and the body and days that the permit says.

use super::signed::each;
use super::verify::Altered;
use crate::Error;
use crate::permits::OPEN_FOR_S;
use rusqlite::{Connection, Row};
use std::collections::BTreeMap;
use wurao_protocol::envelope::open_as;
use wurao_protocol::permit::Permit;
use wurao_protocol::record::{Kind, Late};
use wurao_protocol::{Digest, DocumentId};
use wurao_record::{Genesis, GenesisSeed};

/// The first that is of another visit, or has a permit and no inspection.
pub(super) fn compare(db: &Connection) -> Result<Option<Altered>, Error> {
    let (mut permits, mut lates) = (newest(db)?, registered(db)?);
    let sql = "SELECT document, permit, site, checklist, record, plan_item, body, from_s, to_s, issued_s, closes_ms \
               FROM inspection ORDER BY document";
    let mut statement = db.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (document, record) = (DocumentId(row.get(0)?), Digest(row.get(4)?));
        let seed = GenesisSeed { permit: row.get(1)?, site: row.get(2)?, checklist: row.get(3)? };
        let named = Genesis::new(&seed).document().0 == document.0;
        let here = Visit::of(row)?;
        let lates = lates.remove(&document).unwrap_or_default();
        // Signed anew, a permit goes by the newest; what was registered late before it was permitted goes on without one.
        let fits = match permits.remove(&document) {
            Some((newest, permit)) => newest == record && here == Visit::said(&permit),
            None => lates.contains(&record) && here == Visit { body: here.body.clone(), ..Visit::default() },
        };
        if !named || !fits {
            return Ok(Some(Altered::Fact("inspection", record)));
        }
    }
    let gone = permits.into_values().map(|(record, _)| record).next();
    let gone = gone.or_else(|| lates.into_values().flatten().next());
    Ok(gone.map(|record| Altered::Fact("inspection", record)))
}

/// What a row repeats of a permit; nothing of it without one, but for the body, which is its author's.
#[derive(Default, PartialEq, Eq)]
struct Visit {
    plan_item: Vec<u8>,
    body: Option<Vec<u8>>,
    from_s: Option<i64>,
    to_s: Option<i64>,
    issued_s: Option<i64>,
    /// When it closes by itself; of one without a permit that hangs on when it came.
    closes_ms: Option<i64>,
}

impl Visit {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let issued_s: Option<i64> = row.get(9)?;
        let closes_ms = if issued_s.is_some() { row.get(10)? } else { None };
        Ok(Self {
            plan_item: row.get(5)?,
            body: row.get(6)?,
            from_s: row.get(7)?,
            to_s: row.get(8)?,
            issued_s,
            closes_ms,
        })
    }

    fn said(permit: &Permit) -> Self {
        Self {
            plan_item: permit.visit.plan_item.0.to_vec(),
            body: Some(permit.visit.body.0.to_vec()),
            from_s: Some(permit.not_before_s),
            to_s: Some(permit.expires_s),
            issued_s: Some(permit.issued_s),
            closes_ms: Some((permit.expires_s + OPEN_FOR_S) * 1000),
        }
    }
}

/// Of each document the permit that was signed last.
fn newest(db: &Connection) -> Result<BTreeMap<DocumentId, (Digest, Permit)>, Error> {
    let mut newest: BTreeMap<DocumentId, (Digest, Permit)> = BTreeMap::new();
    each(db, Kind::Permit, |id, bytes| {
        let Ok(permit) = open_as::<Permit>(bytes).map(|opened| opened.body) else { return };
        let document = permit.visit.document;
        if newest.get(&document).is_none_or(|(_, known)| known.issued_s < permit.issued_s) {
            newest.insert(document, (id, permit));
        }
    })?;
    Ok(newest)
}

/// The late registrations of each document.
fn registered(db: &Connection) -> Result<BTreeMap<DocumentId, Vec<Digest>>, Error> {
    let mut lates: BTreeMap<DocumentId, Vec<Digest>> = BTreeMap::new();
    each(db, Kind::Late, |id, bytes| {
        if let Ok(late) = open_as::<Late>(bytes) {
            lates.entry(late.body.document).or_default().push(id);
        }
    })?;
    Ok(lates)
}
