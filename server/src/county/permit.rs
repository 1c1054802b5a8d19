//! One approved visit: the permit, its inspection, and who is told.

use super::file::{PermitEntry, PlanEntry};
use super::insert::{Days, Into, ZONE_S};
use crate::Error;
use crate::store::rows::feed_person;
use rusqlite::params;
use wurao_protocol::permit::{Member, Permit, Visit};
use wurao_protocol::{BodyId, DeviceId, Digest, DocumentId, PersonId, SiteId, Words};
use wurao_record::{Genesis, GenesisSeed};

/// How long after its last day an inspection stays open for a colleague who is still without a network.
const OPEN_FOR_S: i64 = 10 * DAY_S;
const DAY_S: i64 = 24 * 3600;

/// Signs the permit and opens its inspection, unless it is here.
pub(super) fn insert(
    into: &Into<'_>,
    entry: &PermitEntry,
    item: &PlanEntry,
    checklist: Digest,
    team: &[PersonId],
    days: Days,
) -> Result<usize, Error> {
    if into.has("SELECT 1 FROM inspection WHERE permit = ?1", &entry.id.0)? {
        return Ok(0);
    }
    let seed = GenesisSeed { permit: entry.id.0, site: entry.site.0, checklist: checklist.0 };
    let document = DocumentId(Genesis::new(&seed).document().0);
    let permit = Permit {
        expires_s: midnight(days.to + 1),
        not_before_s: midnight(days.from),
        issued_s: into.now_ms.div_euclid(1000),
        id: entry.id,
        visit: Visit {
            plan_item: item.id,
            number: String::new(),
            ad_hoc: false,
            body: item.body,
            body_name: body_name(into, &item.body)?,
            purpose: item.purpose.words(),
            site: entry.site,
            site_name: site_name(into, &entry.site)?,
            checklist,
            team: team.iter().map(|person| member(into, person)).collect::<Result<_, _>>()?,
            devices: devices(into, team)?,
            visits: visits(into, entry, item)?,
            document,
        },
    };
    let record = into.record(&permit)?;
    into.tx.execute(
        "INSERT INTO inspection (document, permit, record, plan_item, site, checklist, body, year, closes_ms) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            document.0,
            entry.id.0,
            record.0,
            item.id.0,
            entry.site.0,
            checklist.0,
            item.body.0,
            item.year,
            (permit.expires_s + OPEN_FOR_S) * 1000,
        ],
    )?;
    for person in team {
        let sql = "INSERT INTO team (document, person) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        into.tx.execute(sql, params![document.0, person.0])?;
    }
    for person in team {
        tell(into, person, &permit, &record)?;
    }
    into.tx.touch(document);
    Ok(1)
}

/// A person of the team gets what the permit is made of, then the permit.
fn tell(into: &Into<'_>, person: &PersonId, permit: &Permit, record: &Digest) -> Result<(), Error> {
    let one = |sql: &str, id: &[u8]| -> Result<(), Error> {
        let found = into.tx.prepare_cached(sql)?.query_row(params![id], |row| Ok(Digest(row.get(0)?)))?;
        feed_person(into.tx, person, &found)
    };
    one("SELECT record FROM site WHERE id = ?1", &permit.visit.site.0)?;
    one("SELECT record FROM checklist WHERE hash = ?1", &permit.visit.checklist.0)?;
    one("SELECT record FROM plan_item WHERE id = ?1", &permit.visit.plan_item.0)?;
    for colleague in &permit.visit.team {
        one("SELECT record FROM person WHERE id = ?1", &colleague.person.0)?;
    }
    feed_person(into.tx, person, record)
}

/// The team's devices that are known now.
fn devices(into: &Into<'_>, team: &[PersonId]) -> Result<Vec<DeviceId>, Error> {
    let mut devices = Vec::new();
    for person in team {
        let mut statement = into.tx.prepare_cached("SELECT device FROM device_person WHERE person = ?1")?;
        for device in statement.query_map(params![person.0], |row| Ok(DeviceId(row.get(0)?)))? {
            devices.push(device?);
        }
    }
    devices.sort_unstable();
    devices.dedup();
    Ok(devices)
}

/// Visits approved for this site in the plan's year before this one.
fn visits(into: &Into<'_>, entry: &PermitEntry, item: &PlanEntry) -> Result<u16, Error> {
    let sql = "SELECT COUNT(*) FROM inspection WHERE site = ?1 AND year = ?2";
    Ok(into.tx.prepare_cached(sql)?.query_row(params![entry.site.0, item.year], |row| row.get(0))?)
}

/// The second a day of the county's zone begins.
fn midnight(day: i32) -> i64 {
    i64::from(day) * DAY_S - i64::from(ZONE_S)
}

fn member(into: &Into<'_>, person: &PersonId) -> Result<Member, Error> {
    let mut statement = into.tx.prepare_cached("SELECT name FROM person WHERE id = ?1")?;
    Ok(Member { person: *person, name: statement.query_row(params![person.0], |row| row.get(0))? })
}

fn body_name(into: &Into<'_>, body: &BodyId) -> Result<Words, Error> {
    words(into, "SELECT zh, en FROM body WHERE id = ?1", &body.0)
}

fn site_name(into: &Into<'_>, site: &SiteId) -> Result<Words, Error> {
    words(into, "SELECT zh, en FROM site WHERE id = ?1", &site.0)
}

fn words(into: &Into<'_>, sql: &str, id: &[u8]) -> Result<Words, Error> {
    let mut statement = into.tx.prepare_cached(sql)?;
    Ok(statement.query_row(params![id], |row| Ok(Words { zh: row.get(0)?, en: row.get(1)? }))?)
}
