//! Signing an approved visit for the first time.

use super::keys;
use super::phones::inspects;
use crate::days::{DAY_S, midnight_s};
use crate::store::{Tx, rows};
use crate::sync::decide;
use crate::{Error, Keys};
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use wurao_protocol::envelope::{open_as, seal};
use wurao_protocol::permit::{Member, Permit, Visit};
use wurao_protocol::present;
use wurao_protocol::record::Site;
use wurao_protocol::{BodyId, DeviceId, Digest, DocumentId, PermitId, PersonId, PlanItemId, Problem, SiteId, Words};
use wurao_record::{Genesis, GenesisSeed};

/// How long after its last day an inspection stays open for a colleague who is still without a network.
pub(crate) const OPEN_FOR_S: i64 = 10 * DAY_S;

/// A visit that was approved.
#[derive(Clone, Debug)]
pub struct Approved {
    /// The permit's name, freshly drawn; issuing the same again changes nothing.
    pub id: PermitId,
    /// The plan item or ad-hoc item it comes from.
    pub plan_item: PlanItemId,
    /// That item's number as people say it.
    pub number: String,
    /// Whether it is an ad-hoc item.
    pub ad_hoc: bool,
    /// The body that inspects.
    pub body: BodyId,
    /// Its name.
    pub body_name: Words,
    /// What for.
    pub purpose: Words,
    /// Where.
    pub site: SiteId,
    /// The checklist version.
    pub checklist: Digest,
    /// Who.
    pub team: Vec<PersonId>,
    /// First day, as days since 1970-01-01 in the county's zone.
    pub from_day: i32,
    /// Last day, likewise.
    pub to_day: i32,
    /// The plan's year.
    pub year: u16,
}

/// A permit that was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Issued {
    /// The permit.
    pub permit: PermitId,
    /// Its inspection's document.
    pub document: DocumentId,
    /// The permit's record.
    pub record: Digest,
    /// Whether it is new.
    pub new: bool,
}

/// Signs the permit and opens its inspection, unless it is here. The site, the checklist, the plan item's record and
/// the people must be in the database; the team is fed what the permit is made of, then the permit. A visit that was registered
/// late under this very permit, by who had it from a past that a restore has lost, becomes the permit's: its team is the permit's
/// from now on, and what somebody else began under its name is held.
pub fn issue(tx: &Tx<'_>, keys: &Keys, approved: &Approved, now_ms: i64) -> Result<Issued, Error> {
    let known = known(tx, &approved.id)?;
    if let Some(Known { document, record, is_signed: true }) = known {
        return Ok(Issued { permit: approved.id, document, record, new: false });
    }
    let permit = draft(tx, approved, now_ms)?;
    if known.as_ref().is_some_and(|late| late.document != permit.visit.document) {
        return Err(Error::refused(Problem::PermitState, "registered late for another site or checklist"));
    }
    if !present::fits(&permit) {
        return Err(Error::refused(Problem::PlanRule, "permit-size"));
    }
    let document = permit.visit.document;
    let (record, key) = sign(tx, keys, &permit, now_ms)?;
    tx.execute(
        "INSERT INTO inspection (document, permit, record, plan_item, site, checklist, year, closes_ms, body, from_s, \
         to_s, issued_s, permit_key, approved_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) \
         ON CONFLICT (document) DO UPDATE SET record = ?3, plan_item = ?4, year = ?7, closes_ms = ?8, body = ?9, \
         from_s = ?10, to_s = ?11, issued_s = ?12, permit_key = ?13, approved_ms = ?14",
        params![
            document.0,
            permit.id.0,
            record.0,
            approved.plan_item.0,
            approved.site.0,
            approved.checklist.0,
            approved.year,
            (permit.expires_s + OPEN_FOR_S) * 1000,
            approved.body.0,
            permit.not_before_s,
            permit.expires_s,
            permit.issued_s,
            key,
            now_ms,
        ],
    )?;
    let fresh = set_team(tx, &document, &approved.team)?;
    for person in &approved.team {
        tell(tx, person, &permit, &record)?;
    }
    tx.touch(document);
    if known.is_some() {
        for person in fresh {
            rows::feed_whole_document(tx, &person, &document)?;
        }
        decide(tx, keys, &document, now_ms)?;
    }
    Ok(Issued { permit: approved.id, document, record, new: true })
}

/// Makes these the team, and nobody else; says who was not on it before.
fn set_team(tx: &Tx<'_>, document: &DocumentId, team: &[PersonId]) -> Result<Vec<PersonId>, Error> {
    let before: Vec<PersonId> = {
        let mut statement = tx.prepare_cached("SELECT person FROM team WHERE document = ?1 ORDER BY person")?;
        let rows = statement.query_map(params![document.0], |row| Ok(PersonId(row.get(0)?)))?;
        rows.collect::<Result<_, _>>()?
    };
    for gone in before.iter().filter(|person| !team.contains(person)) {
        rows::feed_decisions(tx, gone, document)?;
        tx.execute("DELETE FROM team WHERE document = ?1 AND person = ?2", params![document.0, gone.0])?;
    }
    let fresh: Vec<PersonId> = team.iter().filter(|person| !before.contains(person)).copied().collect();
    for person in &fresh {
        let sql = "INSERT INTO team (document, person) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        tx.execute(sql, params![document.0, person.0])?;
    }
    Ok(fresh)
}

/// Whether a permit of this could be shown, whatever phones its team will have: as a whole it must fit the code that is
/// shown in the village. Writes nothing.
pub fn fits(tx: &Tx<'_>, approved: &Approved, now_ms: i64) -> Result<bool, Error> {
    Ok(present::fits(&draft(tx, approved, now_ms)?))
}

fn draft(tx: &Tx<'_>, approved: &Approved, now_ms: i64) -> Result<Permit, Error> {
    if approved.team.is_empty() || approved.to_day < approved.from_day {
        return Err(Error::refused(
            Problem::Field,
            "a permit wants a team and a last day that is not before the first",
        ));
    }
    let seed = GenesisSeed { permit: approved.id.0, site: approved.site.0, checklist: approved.checklist.0 };
    let document = DocumentId(Genesis::new(&seed).document().0);
    let not_before_s = midnight_s(approved.from_day);
    let permit = Permit {
        expires_s: midnight_s(approved.to_day.saturating_add(1)),
        not_before_s,
        issued_s: now_ms.div_euclid(1000),
        id: approved.id,
        visit: Visit {
            plan_item: approved.plan_item,
            number: approved.number.clone(),
            ad_hoc: approved.ad_hoc,
            body: approved.body,
            body_name: approved.body_name.clone(),
            purpose: approved.purpose.clone(),
            site: approved.site,
            site_name: site_name(tx, &approved.site)?,
            checklist: approved.checklist,
            team: approved.team.iter().map(|person| member(tx, person)).collect::<Result<_, _>>()?,
            devices: Vec::new(),
            visits: visits(tx, &approved.site, approved.year, not_before_s)?,
            document,
        },
    };
    with_phones(tx, permit)
}

/// How many visits a site has had or is to have in a year before a day's first second; withdrawn and voided ones do not
/// count. Of several on one day those count that were approved first.
pub fn visits(db: &Connection, site: &SiteId, year: u16, before_s: i64) -> Result<u16, Error> {
    // One that was registered late without a permit has no day to come: it was made.
    let sql = "SELECT COUNT(*) FROM inspection WHERE site = ?1 AND year = ?2 AND voided_ms IS NULL \
               AND withdrawn_ms IS NULL AND COALESCE(from_s, 0) <= ?3";
    let count: i64 = db.prepare_cached(sql)?.query_row(params![site.0, year, before_s], |row| row.get(0))?;
    Ok(u16::try_from(count).unwrap_or(u16::MAX))
}

/// An inspection under a permit's name.
struct Known {
    document: DocumentId,
    /// The permit's, or the late registration's that opened it.
    record: Digest,
    is_signed: bool,
}

fn known(tx: &Tx<'_>, permit: &PermitId) -> Result<Option<Known>, Error> {
    let sql = "SELECT document, record, issued_s IS NOT NULL FROM inspection WHERE permit = ?1";
    let row = |row: &Row<'_>| {
        Ok(Known { document: DocumentId(row.get(0)?), record: Digest(row.get(1)?), is_signed: row.get(2)? })
    };
    Ok(tx.prepare_cached(sql)?.query_row(params![permit.0], row).optional()?)
}

/// Signs a permit with the current key and keeps it; its record and the key's number.
pub(super) fn sign(tx: &Tx<'_>, keys: &Keys, permit: &Permit, now_ms: i64) -> Result<(Digest, u32), Error> {
    let number = keys::current(tx)?;
    let bytes = seal(&*keys.permit(number)?, permit)?;
    Ok((rows::keep_own(tx, &bytes, now_ms)?, number))
}

/// A person of the team gets what the permit is made of, then the permit.
pub(super) fn tell(tx: &Tx<'_>, person: &PersonId, permit: &Permit, record: &Digest) -> Result<(), Error> {
    let one = |sql: &str, id: &[u8], what: &'static str| -> Result<(), Error> {
        let found = tx.prepare_cached(sql)?.query_row(params![id], |row| Ok(Digest(row.get(0)?))).optional()?;
        rows::feed_person(tx, person, &found.ok_or(Error::Missing(what))?)
    };
    one("SELECT record FROM site WHERE id = ?1", &permit.visit.site.0, "the permit's site")?;
    one("SELECT record FROM checklist WHERE hash = ?1", &permit.visit.checklist.0, "the permit's checklist")?;
    one("SELECT record FROM plan_item WHERE id = ?1", &permit.visit.plan_item.0, "the permit's plan item")?;
    for colleague in &permit.visit.team {
        one("SELECT record FROM person WHERE id = ?1", &colleague.person.0, "a person of the team")?;
    }
    rows::feed_person(tx, person, record)
}

/// The permit with the phones of its team as they are now, revoked ones and those of members who inspect no more left out:
/// the newest of each person, then others as long as the code holds them and keeps room for whoever has none.
pub(super) fn with_phones(tx: &Tx<'_>, mut permit: Permit) -> Result<Permit, Error> {
    let sql = "SELECT d.id, d.enrolled_ms FROM device d JOIN device_person dp ON dp.device = d.id \
               WHERE dp.person = ?1 AND d.revoked_ms IS NULL ORDER BY d.enrolled_ms DESC, d.id";
    let (mut newest, mut others, mut without) = (BTreeSet::new(), Vec::new(), 0);
    for member in &permit.visit.team {
        let mut found: Vec<(DeviceId, i64)> = Vec::new();
        if inspects(tx, &member.person)? {
            let mut statement = tx.prepare_cached(sql)?;
            let rows = statement.query_map(params![member.person.0], |row| Ok((DeviceId(row.get(0)?), row.get(1)?)))?;
            found = rows.collect::<Result<_, _>>()?;
        }
        let mut phones = found.into_iter();
        match phones.next() {
            Some((phone, _)) => newest.insert(phone),
            None => {
                without += 1;
                false
            }
        };
        others.extend(phones);
    }
    others.sort_by_key(|(phone, enrolled_ms)| (Reverse(*enrolled_ms), *phone));
    permit.visit.devices = newest.iter().copied().collect();
    for (phone, _) in others {
        if !newest.contains(&phone) && present::room_for(&permit) > without {
            newest.insert(phone);
            permit.visit.devices = newest.iter().copied().collect();
        }
    }
    Ok(permit)
}

fn member(tx: &Tx<'_>, person: &PersonId) -> Result<Member, Error> {
    let mut statement = tx.prepare_cached("SELECT name FROM person WHERE id = ?1")?;
    let name = statement.query_row(params![person.0], |row| row.get(0)).optional()?;
    Ok(Member { person: *person, name: name.ok_or(Error::Missing("a person of the team"))? })
}

/// What a villager calls home: the township's name, then the site's.
fn site_name(tx: &Tx<'_>, site: &SiteId) -> Result<Words, Error> {
    let mut statement =
        tx.prepare_cached("SELECT r.bytes FROM site s JOIN record r ON r.id = s.record WHERE s.id = ?1")?;
    let bytes: Option<Vec<u8>> = statement.query_row(params![site.0], |row| row.get(0)).optional()?;
    let site = open_as::<Site>(&bytes.ok_or(Error::Missing("the permit's site"))?)?.body;
    let name = site.name.filled();
    Ok(match site.above.last().map(Words::filled) {
        Some(above) => Words::new(format!("{}{}", above.zh, name.zh), format!("{}, {}", name.en, above.en)),
        None => name,
    })
}
