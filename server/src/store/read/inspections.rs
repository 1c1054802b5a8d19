//! Inspections, and what they are about.

use super::body;
use crate::Error;
use crate::scope::Scope;
use rusqlite::{Connection, OptionalExtension, Params, params};
use std::collections::BTreeMap;
use wurao_protocol::permit::Permit;
use wurao_protocol::record::{Checklist, PlanItem, Site};
use wurao_protocol::{Digest, DocumentId, PersonId, Words};

/// One inspection: its permit and what that names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// Its document.
    pub document: DocumentId,
    /// The approval.
    pub permit: Permit,
    /// The permit's record.
    pub permit_record: Digest,
    /// What the permit comes from.
    pub plan_item: PlanItem,
    /// Where.
    pub site: Site,
    /// When it closed, if it has.
    pub closed_ms: Option<i64>,
}

/// All inspections in the scope, by division and permit.
pub fn inspections(db: &Connection, scope: &Scope) -> Result<Vec<Inspection>, Error> {
    select(db, "1 = 1 ORDER BY s.division, p.id, i.permit", params![scope.prefix(), scope.body_bytes()])
}

/// One inspection, when it is in the scope.
pub fn inspection(db: &Connection, scope: &Scope, document: &DocumentId) -> Result<Option<Inspection>, Error> {
    Ok(select(db, "i.document = ?3", params![scope.prefix(), scope.body_bytes(), document.0])?.pop())
}

fn select(db: &Connection, condition: &str, values: impl Params) -> Result<Vec<Inspection>, Error> {
    let sql = format!(
        "SELECT i.document, i.record, ir.bytes, pr.bytes, sr.bytes, i.closed_ms FROM inspection i \
         JOIN site s ON s.id = i.site JOIN plan_item p ON p.id = i.plan_item \
         JOIN record ir ON ir.id = i.record JOIN record pr ON pr.id = p.record JOIN record sr ON sr.id = s.record \
         WHERE substr(s.division, 1, length(?1)) = ?1 AND (?2 IS NULL OR i.body = ?2) AND {condition}"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query(values)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(Inspection {
            document: DocumentId(row.get(0)?),
            permit_record: Digest(row.get(1)?),
            permit: body(row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?)?,
            plan_item: body(row.get_ref(3)?.as_blob().map_err(rusqlite::Error::from)?)?,
            site: body(row.get_ref(4)?.as_blob().map_err(rusqlite::Error::from)?)?,
            closed_ms: row.get(5)?,
        });
    }
    Ok(found)
}

/// All sites in the scope, by division.
pub fn sites(db: &Connection, scope: &Scope) -> Result<Vec<Site>, Error> {
    let sql = "SELECT r.bytes FROM site s JOIN record r ON r.id = s.record \
               WHERE substr(s.division, 1, length(?1)) = ?1 ORDER BY s.division, s.id";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![scope.prefix()], |row| row.get::<_, Vec<u8>>(0))?;
    rows.map(|bytes| body(&bytes?)).collect()
}

/// A checklist by the hash of its meaning.
pub fn checklist(db: &Connection, hash: &Digest) -> Result<Option<Checklist>, Error> {
    let sql = "SELECT r.bytes FROM checklist c JOIN record r ON r.id = c.record WHERE c.hash = ?1";
    let mut statement = db.prepare_cached(sql)?;
    let bytes: Option<Vec<u8>> = statement.query_row(params![hash.0], |row| row.get(0)).optional()?;
    bytes.map(|bytes| body(&bytes)).transpose()
}

/// The names of a document's team.
pub fn people(db: &Connection, document: &DocumentId) -> Result<BTreeMap<PersonId, String>, Error> {
    let sql = "SELECT p.id, p.name FROM team t JOIN person p ON p.id = t.person WHERE t.document = ?1";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![document.0], |row| Ok((PersonId(row.get(0)?), row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The name of the division that a scope stands for.
pub fn division(db: &Connection, scope: &Scope) -> Result<Option<Words>, Error> {
    let code = format!("{:0<12}", scope.prefix());
    let mut statement =
        db.prepare_cached("SELECT zh, en FROM division WHERE code = ?1 ORDER BY from_day DESC LIMIT 1")?;
    let row = statement.query_row(params![code], |row| Ok(Words { zh: row.get(0)?, en: row.get(1)? }));
    Ok(row.optional()?)
}
