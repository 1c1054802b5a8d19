//! The phones, and what of an area's inspections is still on them.

use super::Reader;
use crate::page::view::{Holds, PhoneRow, PhonesOffice, PhonesView, Pile, Unsent};
use crate::people::Role;
use crate::{App, Error, Scope, admin};
use axum::http::StatusCode;
use axum::response::Response;
use rusqlite::{Connection, Row, params};
use std::collections::BTreeMap;
use wurao_protocol::{DeviceId, DocumentId};

/// The inspections that count: those in the scope (`?1`), or one of them (`?2`).
const COUNTED: &str = "JOIN inspection i ON i.document = x.document JOIN site s ON s.id = i.site \
                       WHERE substr(s.division, 1, length(?1)) = ?1 \
                       AND (?2 IS NULL OR x.document = ?2) AND (?3 IS NULL OR i.body = ?3)";

/// The persons a reader may know of: who may do something in the scope, and whoever inspects in it; of the scope's body,
/// when it is only one's.
const KNOWN: &str = "(EXISTS (SELECT 1 FROM role_grant g \
                     WHERE g.person = p.id AND substr(g.prefix, 1, length(?1)) = ?1) OR EXISTS (SELECT 1 FROM team t \
                     JOIN inspection i ON i.document = t.document JOIN site s ON s.id = i.site \
                     WHERE t.person = p.id AND substr(s.division, 1, length(?1)) = ?1)) \
                     AND (?2 IS NULL OR p.body = ?2)";

/// The phones of all whom a reader may know of, by name. Counts are of inspections in the scope alone.
pub(super) fn all(db: &Connection, scope: &Scope, originals: bool) -> Result<Vec<PhoneRow>, Error> {
    rows(db, scope, None, originals)
}

/// The phones with something of one inspection that is not here yet, or not in force.
pub(super) fn of_inspection(
    db: &Connection,
    scope: &Scope,
    document: &DocumentId,
    originals: bool,
) -> Result<Vec<PhoneRow>, Error> {
    let mut phones = rows(db, scope, Some(document), originals)?;
    phones.retain(|phone| phone.unsent != Unsent::default() || phone.held > 0 || phone.waiting > 0);
    Ok(phones)
}

fn rows(
    db: &Connection,
    scope: &Scope,
    document: Option<&DocumentId>,
    originals: bool,
) -> Result<Vec<PhoneRow>, Error> {
    let mut unsent = unsent(db, scope, document, originals)?;
    let mut undecided = undecided(db, scope, document)?;
    let sql = format!(
        "SELECT d.id, d.name, d.seen_ms, p.name, d.revoked_ms, d.wiped_ms, d.holds_changes, d.holds_records, \
         d.holds_files, d.holds_bytes FROM device d JOIN device_person dp ON dp.device = d.id \
         JOIN person p ON p.id = dp.person WHERE {KNOWN} ORDER BY d.name, d.id, p.name"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query(params![scope.prefix(), scope.body_bytes()])?;
    let mut phones: Vec<PhoneRow> = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, person) = (DeviceId(row.get(0)?), row.get::<_, String>(3)?);
        let device = id.to_string();
        // One row for each of its persons, one after the other.
        if let Some(known) = phones.last_mut().filter(|phone| phone.device == device) {
            known.person = format!("{} · {person}", known.person);
            continue;
        }
        let (held, waiting) = undecided.remove(&id).unwrap_or_default();
        phones.push(PhoneRow {
            device,
            name: row.get(1)?,
            person,
            last_seen_ms: row.get(2)?,
            unsent: unsent.remove(&id).unwrap_or_default(),
            held,
            waiting,
            revoked_ms: row.get(4)?,
            wiped_ms: row.get(5)?,
            holds: holds(row)?,
        });
    }
    Ok(phones)
}

fn holds(row: &Row<'_>) -> Result<Holds, rusqlite::Error> {
    let count = |at| row.get::<_, i64>(at).map(|count| count.max(0) as u64);
    Ok(Holds { changes: count(6)?, records: count(7)?, files: count(8)?, bytes: count(9)? })
}

/// The page, with what an administrator can do on it.
pub(crate) async fn page(app: &App, reader: &Reader, status: StatusCode, office: Option<PhonesOffice>) -> Response {
    let (scope, originals, own) = (reader.scope.clone(), app.config().originals, reader.login.may(Role::Administrator));
    let read = app.store().read(move |db| {
        let office = own.map(|own| admin::office(db, &own)).transpose()?;
        Ok((all(db, &scope, originals)?, office))
    });
    match read.await {
        Ok((phones, known)) => {
            let inspectors = known.map(|known| known.inspectors);
            let office = inspectors.map(|inspectors| PhonesOffice { inspectors, ..office.unwrap_or_default() });
            reader.page(status, PhonesView { phones, office }.render(&reader.frame))
        }
        Err(error) => reader.failed(&error),
    }
}

/// What each phone has announced and not sent. Originals count where the server asks for them.
fn unsent(
    db: &Connection,
    scope: &Scope,
    document: Option<&DocumentId>,
    originals: bool,
) -> Result<BTreeMap<DeviceId, Unsent>, Error> {
    let pile = |blob: &str| {
        let absent = format!("EXISTS (SELECT 1 FROM blob b WHERE b.sha256 = x.{blob})");
        format!("SUM(CASE WHEN {absent} THEN 0 ELSE 1 END), SUM(CASE WHEN {absent} THEN 0 ELSE x.{blob}_bytes END)")
    };
    let sql = format!(
        "SELECT x.device, {}, {}, {} FROM evidence x {COUNTED} GROUP BY x.device",
        pile("thumbnail"),
        pile("rendition"),
        pile("original"),
    );
    let pile = |row: &Row<'_>, at: usize| -> Result<Pile, rusqlite::Error> {
        Ok(Pile { count: row.get(at)?, bytes: row.get::<_, i64>(at + 1)? as u64 })
    };
    let mut statement = db.prepare_cached(&sql)?;
    let rows = statement.query_map(
        params![scope.prefix(), document.map(|document| document.0), scope.body_bytes()],
        |row| {
            let originals = if originals { pile(row, 5)? } else { Pile::default() };
            let unsent = Unsent { thumbnails: pile(row, 1)?, renditions: pile(row, 3)?, originals };
            Ok((DeviceId(row.get(0)?), unsent))
        },
    )?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// How many changes of each phone are held, and how many wait for a signature.
fn undecided(
    db: &Connection,
    scope: &Scope,
    document: Option<&DocumentId>,
) -> Result<BTreeMap<DeviceId, (u32, u32)>, Error> {
    let sql = format!(
        "SELECT w.device, SUM(CASE WHEN x.state = 'held' THEN 1 ELSE 0 END), \
         SUM(CASE WHEN x.state = 'waiting' THEN 1 ELSE 0 END) \
         FROM change x JOIN session w ON w.actor = x.actor {COUNTED} \
         AND x.state <> 'accepted' AND x.state IN ('held', 'waiting') GROUP BY w.device"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let rows = statement
        .query_map(params![scope.prefix(), document.map(|document| document.0), scope.body_bytes()], |row| {
            Ok((DeviceId(row.get(0)?), (row.get(1)?, row.get(2)?)))
        })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
