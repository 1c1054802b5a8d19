//! What there is to decide.

use crate::page::view::Text;
use crate::store::read::OPS_OF_CHANGE;
use crate::{Error, Scope};
use rusqlite::{Connection, Row, params};
use std::collections::BTreeMap;
use wurao_protocol::{BodyId, Digest, DocumentId, PersonId, Problem};
use wurao_record::{Map, Scalar};

/// The inspections that count, by their site and body: `?1` and `?2` are the scope's.
const IN_SCOPE: &str = "JOIN site s ON s.id = i.site \
                        WHERE substr(s.division, 1, length(?1)) = ?1 AND (?2 IS NULL OR i.body = ?2)";

/// What one person's phone has written in one inspection and is held, for one reason.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldWork {
    /// The inspection.
    pub document: DocumentId,
    /// The site's name.
    pub site: Text,
    /// The site's division.
    pub division: String,
    /// The body's name.
    pub body: Text,
    /// The body that inspects.
    pub body_id: Option<BodyId>,
    /// The checklist it answers.
    pub checklist: Digest,
    /// Who wrote it, by name.
    pub person: String,
    /// Who wrote it.
    pub person_id: PersonId,
    /// On which phone.
    pub device: String,
    /// The code of the problem.
    pub problem: String,
    /// More about it, such as a permit's standing.
    pub detail: String,
    /// When the first of it came.
    pub since_ms: i64,
    /// When the last of all came that is held of its inspection: who decides has seen so much, and nothing that came later.
    pub until_ms: i64,
    /// How many changes, photos, leaves and voids that are.
    pub things: u32,
    /// How many changes.
    pub changes: u32,
    /// The answers in it, each key (`question@instance`) once with what was answered last.
    pub answers: Vec<(String, Scalar)>,
    /// Photos that are held beside.
    pub photos: u32,
    /// Leaves that are held beside.
    pub leaves: u32,
    /// Voids that are held beside.
    pub voids: u32,
}

/// A late registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LateRow {
    /// Its record.
    pub record: Digest,
    /// The inspection.
    pub document: DocumentId,
    /// The site's name.
    pub site: Text,
    /// The site's division.
    pub division: String,
    /// The body's name.
    pub body: Text,
    /// The body that inspects.
    pub body_id: Option<BodyId>,
    /// Who registers, by name.
    pub person: String,
    /// Who registers.
    pub person_id: PersonId,
    /// The code of the cause.
    pub cause: String,
    /// Their reason.
    pub reason: String,
    /// How the permit stood on the phone.
    pub standing: String,
    /// When the visit began, as far as is known, by the author's clock.
    pub visit_ms: i64,
    /// When it came.
    pub received_ms: i64,
    /// How many changes wait for it.
    pub changes: u32,
    /// The checklist it answers.
    pub checklist: Digest,
    /// The answers in them, as those of held work; none once it is decided.
    pub answers: Vec<(String, Scalar)>,
    /// Registered, not registered, or none while it waits.
    pub registered: Option<bool>,
}

impl LateRow {
    /// Whole days from the visit to the arrival of its registration: a phone files when the visit begins, and what counts
    /// is when the office could know of it.
    pub fn days(&self) -> i64 {
        const DAY_MS: i64 = 24 * 3600 * 1000;
        (self.received_ms - self.visit_ms).max(0) / DAY_MS
    }
}

/// What is held in the scope, the oldest first.
pub fn work(db: &Connection, scope: &Scope) -> Result<Vec<HeldWork>, Error> {
    let sql = format!(
        "SELECT c.document, s.zh, s.en, b.zh, b.en, p.name, d.name, COALESCE(c.problem, ''), COALESCE(c.detail, ''), \
         c.received_ms, s.division, i.body, i.checklist, c.hash, p.id FROM change c JOIN inspection i ON i.document = c.document \
         JOIN session w ON w.actor = c.actor JOIN person p ON p.id = w.person JOIN device d ON d.id = w.device \
         LEFT JOIN body b ON b.id = i.body {IN_SCOPE} AND c.state <> 'accepted' AND c.state = 'held' AND COALESCE(c.problem, '') <> ?3 \
         ORDER BY c.received_ms, c.document, c.position"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let late = Problem::LateRegistration.code();
    let mut rows = statement.query(params![scope.prefix(), scope.body_bytes(), late])?;
    let mut found: Vec<(HeldWork, BTreeMap<String, Scalar>)> = Vec::new();
    while let Some(row) = rows.next()? {
        let one = held(row, 14)?;
        let answers = answers(db, &one.document, &row.get::<_, [u8; 32]>(13)?)?;
        let same = |known: &&mut (HeldWork, BTreeMap<String, Scalar>)| {
            (known.0.document, known.0.person_id, &known.0.device, &known.0.problem, &known.0.detail)
                == (one.document, one.person_id, &one.device, &one.problem, &one.detail)
        };
        match found.iter_mut().find(same) {
            Some((known, keys)) => {
                known.changes += 1;
                known.until_ms = known.until_ms.max(one.until_ms);
                keys.extend(answers);
            }
            None => found.push((one, answers.into_iter().collect())),
        }
    }
    let mut work: Vec<HeldWork> =
        found.into_iter().map(|(work, keys)| HeldWork { answers: keys.into_iter().collect(), ..work }).collect();
    apart(db, scope, &mut work)?;
    let mut whole: BTreeMap<DocumentId, (i64, u32)> = BTreeMap::new();
    for one in &work {
        let (until_ms, things) = whole.entry(one.document).or_default();
        *until_ms = one.until_ms.max(*until_ms);
        *things += one.changes + one.photos + one.leaves + one.voids;
    }
    for one in &mut work {
        (one.until_ms, one.things) = whole.get(&one.document).copied().unwrap_or_default();
    }
    Ok(work)
}

/// The person's id stands where the query has it.
fn held(row: &Row<'_>, person_at: usize) -> Result<HeldWork, rusqlite::Error> {
    Ok(HeldWork {
        document: DocumentId(row.get(0)?),
        site: Text::new(row.get::<_, String>(1)?, row.get::<_, String>(2)?),
        body: body_name(row, 3)?,
        person: row.get(5)?,
        person_id: PersonId(row.get(person_at)?),
        device: row.get(6)?,
        problem: row.get(7)?,
        detail: row.get(8)?,
        since_ms: row.get(9)?,
        until_ms: row.get(9)?,
        things: 0,
        division: row.get(10)?,
        body_id: row.get::<_, Option<[u8; 16]>>(11)?.map(BodyId),
        checklist: Digest(row.get(12)?),
        changes: 1,
        answers: Vec::new(),
        photos: 0,
        leaves: 0,
        voids: 0,
    })
}

fn body_name(row: &Row<'_>, at: usize) -> Result<Text, rusqlite::Error> {
    let zh: Option<String> = row.get(at)?;
    let en: Option<String> = row.get(at + 1)?;
    Ok(Text::new(zh.unwrap_or_default(), en.unwrap_or_default()))
}

/// The answers that a change gives, with their keys.
fn answers(db: &Connection, document: &DocumentId, change: &[u8; 32]) -> Result<Vec<(String, Scalar)>, Error> {
    let sql = format!(
        "SELECT o.name, o.value FROM {OPS_OF_CHANGE} WHERE c.document = ?1 AND c.hash = ?2 AND o.map = ?3 ORDER BY o.counter"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query(params![document.0, change, i64::from(Map::Answers.number())])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push((row.get(0)?, Scalar::from_bytes(&row.get::<_, Vec<u8>>(1)?)?));
    }
    Ok(found)
}

/// Photos, leaves and voids that are kept apart: with the work held for the same, or alone when there is none. What waits for
/// a late registration is decided with that.
fn apart(db: &Connection, scope: &Scope, work: &mut Vec<HeldWork>) -> Result<(), Error> {
    let sql = format!(
        "SELECT x.document, s.zh, s.en, b.zh, b.en, p.name, d.name, COALESCE(x.problem, ''), COALESCE(x.detail, ''), \
         MIN(r.received_ms), s.division, i.body, i.checklist, SUM(x.what = 0), SUM(x.what = 1), SUM(x.what = 2), p.id, MAX(r.received_ms) \
         FROM (SELECT document, person, device, record, problem, detail, 0 AS what FROM evidence WHERE held = 1 \
         UNION ALL SELECT document, person, device, record, problem, detail, 1 FROM leave WHERE held = 1 \
         UNION ALL SELECT document, person, device, record, problem, detail, 2 FROM void WHERE held = 1) x \
         JOIN inspection i ON i.document = x.document JOIN record r ON r.id = x.record \
         JOIN person p ON p.id = x.person JOIN device d ON d.id = x.device LEFT JOIN body b ON b.id = i.body \
         {IN_SCOPE} AND COALESCE(x.problem, '') <> ?3 GROUP BY x.document, p.id, d.id, x.problem, x.detail ORDER BY 10"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let late = Problem::LateRegistration.code();
    let mut rows = statement.query(params![scope.prefix(), scope.body_bytes(), late])?;
    while let Some(row) = rows.next()? {
        let (photos, leaves, voids) = (row.get(13)?, row.get(14)?, row.get(15)?);
        let alone = HeldWork { changes: 0, photos, leaves, voids, until_ms: row.get(17)?, ..held(row, 16)? };
        let same = |known: &&mut HeldWork| {
            (known.document, known.person_id, &known.device, &known.problem, &known.detail)
                == (alone.document, alone.person_id, &alone.device, &alone.problem, &alone.detail)
        };
        match work.iter_mut().find(same) {
            Some(known) => {
                (known.photos, known.leaves, known.voids) = (photos, leaves, voids);
                known.until_ms = known.until_ms.max(alone.until_ms);
            }
            None => work.push(alone),
        }
    }
    Ok(())
}

/// The late registrations in the scope of which the visit's year is this, those that wait first.
pub fn lates(db: &Connection, scope: &Scope, year: i16) -> Result<Vec<LateRow>, Error> {
    let sql = format!(
        "SELECT l.record, l.document, s.zh, s.en, b.zh, b.en, p.name, l.cause, l.reason, l.standing, l.filed_ms, \
         l.received_ms, l.registered, (SELECT COUNT(*) FROM change c JOIN session w ON w.actor = c.actor \
         WHERE c.document = l.document AND w.person = l.person AND c.state <> 'accepted' AND c.state = 'held'), \
         (SELECT MIN(c.time_ms) FROM change c JOIN session w ON w.actor = c.actor \
         WHERE c.document = l.document AND w.person = l.person), s.division, i.body, p.id, i.checklist \
         FROM late l JOIN inspection i ON i.document = l.document JOIN person p ON p.id = l.person \
         LEFT JOIN body b ON b.id = i.body {IN_SCOPE} AND (l.registered IS NULL OR i.year = ?3) \
         ORDER BY l.registered IS NOT NULL, l.received_ms, l.record"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let row = |row: &Row<'_>| {
        let filed_ms: i64 = row.get(10)?;
        Ok(LateRow {
            record: Digest(row.get(0)?),
            document: DocumentId(row.get(1)?),
            site: Text::new(row.get::<_, String>(2)?, row.get::<_, String>(3)?),
            body: body_name(row, 4)?,
            person: row.get(6)?,
            person_id: PersonId(row.get(17)?),
            cause: row.get(7)?,
            reason: row.get(8)?,
            standing: row.get(9)?,
            visit_ms: row.get::<_, Option<i64>>(14)?.unwrap_or(filed_ms),
            received_ms: row.get(11)?,
            changes: row.get(13)?,
            checklist: Digest(row.get(18)?),
            answers: Vec::new(),
            registered: row.get(12)?,
            division: row.get(15)?,
            body_id: row.get::<_, Option<[u8; 16]>>(16)?.map(BodyId),
        })
    };
    let rows = statement.query_map(params![scope.prefix(), scope.body_bytes(), year], row)?;
    let mut lates: Vec<LateRow> = rows.collect::<Result<_, _>>()?;
    for late in lates.iter_mut().filter(|late| late.registered.is_none()) {
        late.answers = waiting_answers(db, late)?;
    }
    Ok(lates)
}

/// What waits for a late registration, each key once with what was answered last.
fn waiting_answers(db: &Connection, late: &LateRow) -> Result<Vec<(String, Scalar)>, Error> {
    let sql = "SELECT c.hash FROM change c JOIN session w ON w.actor = c.actor WHERE c.document = ?1 AND w.person = ?2 \
               AND c.state <> 'accepted' AND c.state = 'held' ORDER BY c.position";
    let mut statement = db.prepare_cached(sql)?;
    let hashes = statement.query_map(params![late.document.0, late.person_id.0], |row| row.get::<_, [u8; 32]>(0))?;
    let mut keys = BTreeMap::new();
    for hash in hashes {
        keys.extend(answers(db, &late.document, &hash?)?);
    }
    Ok(keys.into_iter().collect())
}

/// How many late registrations each body has in a year, by name.
pub fn counts(db: &Connection, scope: &Scope, year: i16) -> Result<Vec<(Text, u32)>, Error> {
    let sql = format!(
        "SELECT b.zh, b.en, COUNT(*) FROM late l JOIN inspection i ON i.document = l.document \
         LEFT JOIN body b ON b.id = i.body {IN_SCOPE} AND i.year = ?3 GROUP BY i.body ORDER BY 3 DESC, 1"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let row = |row: &Row<'_>| Ok((body_name(row, 0)?, row.get(2)?));
    Ok(statement.query_map(params![scope.prefix(), scope.body_bytes(), year], row)?.collect::<Result<_, _>>()?)
}
