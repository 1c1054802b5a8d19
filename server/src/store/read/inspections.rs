//! Inspections, and what they are about.

use super::body;
use crate::Error;
use crate::days::{self, DAY_S};
use crate::scope::Scope;
use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension, Params, Row, params};
use std::collections::BTreeMap;
use wurao_protocol::permit::{Member, Permit, Visit};
use wurao_protocol::record::{Checklist, Late, PlanItem, Site};
use wurao_protocol::{BodyId, Digest, DocumentId, PersonId, PlanItemId, Words};

/// One inspection: its permit and what that names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// Its document.
    pub document: DocumentId,
    /// The approval; of one registered late without a permit, what would stand in it.
    pub permit: Permit,
    /// Whether there is a permit.
    pub permitted: bool,
    /// The record of the permit, or of the late registration.
    pub permit_record: Digest,
    /// What the permit comes from.
    pub plan_item: PlanItem,
    /// Where.
    pub site: Site,
    /// When it closed, if it has.
    pub closed_ms: Option<i64>,
    /// When its permit was withdrawn, if it was.
    pub withdrawn_ms: Option<i64>,
    /// When it was voided, if it was.
    pub voided_ms: Option<i64>,
    /// When its permit was signed first.
    pub approved_ms: Option<i64>,
    /// Why it was registered late, in the inspector's words, if it was.
    pub late: Option<String>,
    /// How a late registration was decided, once one was: whether one counts.
    pub registered: Option<bool>,
    /// The last day a village refused it, in days since 1970-01-01, if one did.
    pub refused_day: Option<i64>,
}

impl Inspection {
    /// The last day a village refused it, if one did. The hour is not kept, nor who it was.
    pub fn refused(&self) -> Option<Date> {
        days::date_of(i32::try_from(self.refused_day?).ok()?)
    }
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
        "SELECT i.document, i.record, ir.bytes, pr.bytes, sr.bytes, i.closed_ms, i.withdrawn_ms, i.voided_ms, \
         (SELECT l.reason FROM late l WHERE l.document = i.document ORDER BY l.received_ms LIMIT 1), \
         (SELECT MAX(f.day) FROM feedback f WHERE f.permit = i.permit AND f.said = 0), i.approved_ms, \
         (SELECT CASE WHEN MAX(l.registered) = 1 THEN 1 WHEN COUNT(l.registered) < COUNT(*) OR COUNT(*) = 0 THEN NULL ELSE 0 END \
         FROM late l WHERE l.document = i.document) \
         FROM inspection i JOIN site s ON s.id = i.site JOIN record ir ON ir.id = i.record \
         JOIN record sr ON sr.id = s.record \
         LEFT JOIN plan_item p ON p.id = i.plan_item LEFT JOIN record pr ON pr.id = p.record \
         WHERE substr(s.division, 1, length(?1)) = ?1 AND (?2 IS NULL OR i.body = ?2) AND {condition}"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query(values)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let document = DocumentId(row.get(0)?);
        let site: Site = body(row.get_ref(4)?.as_blob().map_err(rusqlite::Error::from)?)?;
        let approval = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
        let (permit, plan_item, permitted) = match row.get_ref(3)?.as_blob_or_null().map_err(rusqlite::Error::from)? {
            Some(plan_item) => (body(approval)?, body(plan_item)?, true),
            None => {
                let (permit, plan_item) = registered_late(db, &document, &site, &body(approval)?)?;
                (permit, plan_item, false)
            }
        };
        found.push(Inspection {
            document,
            permit_record: Digest(row.get(1)?),
            permit,
            permitted,
            plan_item,
            site,
            closed_ms: row.get(5)?,
            withdrawn_ms: row.get(6)?,
            voided_ms: row.get(7)?,
            late: row.get(8)?,
            refused_day: row.get(9)?,
            approved_ms: row.get(10)?,
            registered: row.get(11)?,
        });
    }
    Ok(found)
}

/// What a permit and its plan item would have said of a visit that had neither: the day is that of the registration, the
/// body is the inspector's, the team its author.
fn registered_late(
    db: &Connection,
    document: &DocumentId,
    site: &Site,
    late: &Late,
) -> Result<(Permit, PlanItem), Error> {
    let sql = "SELECT p.name, b.id, b.zh, b.en FROM person p JOIN body b ON b.id = p.body WHERE p.id = ?1";
    let mut statement = db.prepare_cached(sql)?;
    let (name, inspects, body_name) = statement.query_row(params![late.person.0], |row| {
        Ok((row.get(0)?, BodyId(row.get(1)?), Words { zh: row.get(2)?, en: row.get(3)? }))
    })?;
    let purpose = Words::new("补登", "Late registration");
    let filed_s = late.at.wall_ms.div_euclid(1000);
    let visit = Visit {
        plan_item: PlanItemId([0; 16]),
        number: String::new(),
        ad_hoc: true,
        body: inspects,
        body_name: body_name.clone(),
        purpose: purpose.clone(),
        site: late.site,
        site_name: site.name.clone(),
        checklist: late.checklist,
        team: vec![Member { person: late.person, name }],
        devices: Vec::new(),
        visits: 0,
        document: *document,
    };
    let permit = Permit {
        expires_s: filed_s.saturating_add(DAY_S),
        not_before_s: filed_s,
        issued_s: filed_s,
        id: late.permit,
        visit,
    };
    let day = i32::try_from(filed_s.div_euclid(DAY_S)).unwrap_or_default();
    let plan_item = PlanItem {
        id: PlanItemId([0; 16]),
        year: 0,
        body: inspects,
        body_name,
        purpose,
        sites: vec![late.site],
        checklist: late.checklist,
        team: vec![late.person],
        from_day: day,
        to_day: day,
        minutes: 0,
    };
    Ok((permit, plan_item))
}

/// A body's own name.
pub fn body_name(db: &Connection, body: &BodyId) -> Result<Option<Words>, Error> {
    let mut statement = db.prepare_cached("SELECT zh, en FROM body WHERE id = ?1")?;
    let row = |row: &Row<'_>| Ok(Words { zh: row.get(0)?, en: row.get(1)? });
    Ok(statement.query_row(params![body.0], row).optional()?)
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
