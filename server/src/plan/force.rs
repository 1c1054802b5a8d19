//! Putting an approved item in force: its record, and one permit for each site.

use super::fault::PlanFault;
use super::item::{Item, joined};
use super::read;
use super::store;
use crate::permits::{self, Approved};
use crate::random::draw;
use crate::store::{Tx, rows};
use crate::{Error, Keys, Random};
use rusqlite::params;
use wurao_protocol::envelope::seal;
use wurao_protocol::present::MAX_PERMIT;
use wurao_protocol::record::PlanItem;
use wurao_protocol::{PermitId, PersonId, Problem, SiteId, Words};

/// A device's name in a permit: its tag and sixteen bytes.
const DEVICE_BYTES: usize = 17;

/// Keeps the item's record and issues its permits, one for each site.
pub(super) fn put(tx: &Tx<'_>, keys: &Keys, item: &Item, random: &dyn Random, now_ms: i64) -> Result<(), Error> {
    for visit in visits(tx, keys, item, now_ms, || Ok(PermitId(draw(random)?)))? {
        let issued = permits::issue(tx, keys, &visit, now_ms)?;
        store::set_permit(tx, &item.id, &visit.site, &issued.permit)?;
    }
    Ok(())
}

/// Whether every permit of the item would fit into a code, with a phone for each of the team. The permits are made and
/// undone: nothing else knows as well what they would be.
pub(super) fn fits(tx: &Tx<'_>, keys: &Keys, item: &Item, now_ms: i64) -> Result<Option<PlanFault>, Error> {
    tx.execute_batch("SAVEPOINT probe")?;
    let largest = largest(tx, keys, item, now_ms);
    tx.execute_batch("ROLLBACK TO probe; RELEASE probe")?;
    match largest {
        Ok(bytes) => Ok((bytes > MAX_PERMIT).then_some(PlanFault::PermitSize)),
        Err(Error::Refused { problem: Problem::PlanRule, .. }) => Ok(Some(PlanFault::PermitSize)),
        Err(error) => Err(error),
    }
}

fn largest(tx: &Tx<'_>, keys: &Keys, item: &Item, now_ms: i64) -> Result<usize, Error> {
    let mut largest = 0;
    for visit in visits(tx, keys, item, now_ms, || Ok(PermitId(visit_probe(item))))? {
        // One name is enough for all: each is undone before the next.
        tx.execute_batch("SAVEPOINT visit")?;
        let issued = permits::issue(tx, keys, &visit, now_ms)?;
        let bytes = rows::record_bytes(tx, &issued.record)?;
        let permit = wurao_protocol::envelope::open_as::<wurao_protocol::permit::Permit>(&bytes)?.body;
        let unknown = visit.team.len().saturating_sub(permit.visit.devices.len());
        largest = largest.max(bytes.len() + unknown * DEVICE_BYTES);
        tx.execute_batch("ROLLBACK TO visit; RELEASE visit")?;
    }
    Ok(largest)
}

/// A name no permit has: the item's own.
fn visit_probe(item: &Item) -> [u8; 16] {
    item.id.0
}

/// The visits of an item, its record kept.
fn visits(
    tx: &Tx<'_>,
    keys: &Keys,
    item: &Item,
    now_ms: i64,
    name: impl Fn() -> Result<PermitId, Error>,
) -> Result<Vec<Approved>, Error> {
    let content = &item.content;
    let (Some(period), Some(checklist)) = (content.period, content.checklist) else {
        return Err(Error::Missing("a submitted item's days and checklist"));
    };
    let number = item.number.clone().ok_or(Error::Missing("a submitted item's number"))?;
    let record = PlanItem {
        id: item.id,
        year: content.year,
        body: item.body,
        body_name: item.bodies(),
        purpose: item.purposes(),
        sites: content.sites.clone(),
        checklist,
        team: item.team.iter().map(|person| person.id).collect(),
        from_day: period.from,
        to_day: period.to,
        minutes: content.minutes.unwrap_or_default(),
    };
    let digest = rows::keep_own(tx, &seal(&keys.records, &record)?, now_ms)?;
    tx.execute("UPDATE plan_item SET record = ?2 WHERE id = ?1", params![item.id.0, digest.0])?;
    let visit = |site: &SiteId| {
        let (body_name, purpose, team) = who(tx, item, site)?;
        Ok(Approved {
            id: name()?,
            plan_item: item.id,
            number: number.clone(),
            ad_hoc: content.kind == super::ItemKind::AdHoc,
            body: item.body,
            body_name,
            purpose,
            site: *site,
            checklist,
            team,
            from_day: period.from,
            to_day: period.to,
            year: content.year,
        })
    };
    content.sites.iter().map(visit).collect()
}

/// Who comes to a site and what for: at a joint visit, the others too.
fn who(tx: &Tx<'_>, item: &Item, site: &SiteId) -> Result<(Words, Words, Vec<PersonId>), Error> {
    let here: Vec<_> = item.joint.iter().filter(|joint| joint.site == *site).collect();
    let bodies = joined(&item.body_name, here.iter().map(|joint| &joint.body_name), "、", " and ");
    let purposes = joined(&item.content.purpose, here.iter().map(|joint| &joint.purpose), "；", "; ");
    let mut team = item.content.team.clone();
    for joint in here {
        for person in read::team(tx, &joint.other)? {
            if !team.contains(&person.id) {
                team.push(person.id);
            }
        }
    }
    Ok((bodies, purposes, team))
}
