//! Putting an approved item in force: its record, and one permit for each site.

use super::fault::PlanFault;
use super::item::{Item, joined};
use super::period::Period;
use super::read;
use super::store;
use crate::permits::{self, Approved};
use crate::random::draw;
use crate::store::{Tx, rows};
use crate::{Error, Keys, Random};
use rusqlite::params;
use wurao_protocol::envelope::seal;
use wurao_protocol::record::PlanItem;
use wurao_protocol::{Digest, PermitId, PersonId, SiteId, Words};

/// Keeps the item's record and issues its permits, one for each site.
pub(super) fn put(tx: &Tx<'_>, keys: &Keys, item: &Item, random: &dyn Random, now_ms: i64) -> Result<(), Error> {
    keep_record(tx, keys, item, now_ms)?;
    for visit in visits(tx, item, || Ok(PermitId(draw(random)?)))? {
        let issued = permits::issue(tx, keys, &visit, now_ms)?;
        store::set_permit(tx, &item.id, &visit.site, &issued.permit)?;
    }
    Ok(())
}

/// Whether every permit of the item would fit into a code, with a phone for each of the team.
pub(super) fn fits(tx: &Tx<'_>, item: &Item, now_ms: i64) -> Result<Option<PlanFault>, Error> {
    // No name is drawn for what is only measured; all are as long.
    for visit in visits(tx, item, || Ok(PermitId(item.id.0)))? {
        if !permits::fits(tx, &visit, now_ms)? {
            return Ok(Some(PlanFault::PermitSize));
        }
    }
    Ok(None)
}

/// Signs and keeps what phones are told of the item.
fn keep_record(tx: &Tx<'_>, keys: &Keys, item: &Item, now_ms: i64) -> Result<(), Error> {
    let content = &item.content;
    let (period, checklist) = when_and_what(item)?;
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
    Ok(())
}

fn when_and_what(item: &Item) -> Result<(Period, Digest), Error> {
    item.content.period.zip(item.content.checklist).ok_or(Error::Missing("a submitted item's days and checklist"))
}

/// The visits of an item, one for each site.
fn visits(tx: &Tx<'_>, item: &Item, name: impl Fn() -> Result<PermitId, Error>) -> Result<Vec<Approved>, Error> {
    let content = &item.content;
    let (period, checklist) = when_and_what(item)?;
    let number = item.number.clone().ok_or(Error::Missing("a submitted item's number"))?;
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
