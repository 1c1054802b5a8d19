//! What a planner does: draft, edit, submit, take back.

use super::fault::{Outcome, PlanFault, PlanField};
use super::hand::Hand;
use super::item::{Content, Deed, Item, ItemState};
use super::{force, merge, read, rule, store};
use crate::days;
use crate::store::Tx;
use crate::{Error, Scope};
use rusqlite::params;
use wurao_protocol::{BodyId, PlanItemId, Problem, Words};

/// A new draft of the hand's body.
pub fn draft(tx: &Tx<'_>, hand: &Hand, fresh: PlanItemId, content: &Content) -> Outcome<()> {
    let scope = plans(hand)?;
    let faults = unknown(tx, scope, &hand.plans_for(), content)?;
    if !faults.is_empty() {
        return Ok(Err(faults));
    }
    store::insert(tx, &fresh, &hand.plans_for(), scope.prefix(), &hand.person, content)?;
    store::step(tx, &fresh, Some(&hand.person), Deed::Drafted, "", hand.now_ms)?;
    Ok(Ok(()))
}

/// Writes a draft, or what was returned, anew.
pub fn edit(tx: &Tx<'_>, hand: &Hand, id: &PlanItemId, version: i64, content: &Content) -> Outcome<()> {
    let item = hand.planned(tx, id)?;
    let mut faults = open(&item, version);
    faults.extend(unknown(tx, plans(hand)?, &item.body, content)?);
    if !faults.is_empty() {
        return Ok(Err(faults));
    }
    store::write(tx, id, content)?;
    store::step(tx, id, Some(&hand.person), Deed::Edited, "", hand.now_ms)?;
    Ok(Ok(()))
}

/// Hands an item to the approvers; it gets its number now.
pub fn submit(tx: &Tx<'_>, hand: &Hand, id: &PlanItemId, version: i64) -> Outcome<()> {
    let mut item = hand.planned(tx, id)?;
    let mut faults = open(&item, version);
    faults.extend(unknown(tx, plans(hand)?, &item.body, &item.content)?);
    let sites: Vec<(Words, String)> =
        item.sites.iter().map(|site| (site.name.clone(), site.division.clone())).collect();
    let today = days::today(hand.now_ms);
    faults.extend(rule::complete(&item.content, &item.division, &sites, &read::rules(tx)?, today));
    if !faults.is_empty() {
        return Ok(Err(faults));
    }
    let series = store::series(item.content.year, item.content.kind);
    let fitting = item.number.take().filter(|number| number.starts_with(&series));
    // Before a number is drawn: one that is refused must leave none behind. The permit's is as long as any.
    item.number = Some(fitting.clone().unwrap_or_else(|| format!("{series}000")));
    // As the approver will be told: by then nobody but the planner can mend it.
    let lost = read::out_of_place(tx, id)?;
    if !lost.is_empty() {
        return Ok(Err(lost.into_iter().map(PlanFault::Team).collect()));
    }
    if let Some(fault) = force::fits(tx, &item, hand.now_ms)? {
        return Ok(Err(vec![fault]));
    }
    if fitting.is_none() {
        let number = store::draw_number(tx, item.content.year, item.content.kind)?;
        store::set_number(tx, id, &number)?;
    }
    tx.execute("UPDATE plan_item SET submitted_by = ?2 WHERE id = ?1", params![id.0, hand.person.0])?;
    store::set_state(tx, id, ItemState::Submitted)?;
    store::step(tx, id, Some(&hand.person), Deed::Submitted, "", hand.now_ms)?;
    Ok(Ok(()))
}

/// Takes an item back that is not approved. What was merged into it is handed in again by itself, and what it gave to
/// items that still wait is no part of them any more.
pub fn take_back(tx: &Tx<'_>, hand: &Hand, id: &PlanItemId, comment: &str) -> Outcome<()> {
    let item = hand.planned(tx, id)?;
    if !item.state.is_open() && item.state != ItemState::Submitted {
        return Ok(Err(vec![PlanFault::State(item.state)]));
    }
    merge::part(tx, hand, &item)?;
    merge::leave(tx, hand, &item)?;
    store::set_state(tx, id, ItemState::Withdrawn)?;
    store::step(tx, id, Some(&hand.person), Deed::Withdrawn, comment, hand.now_ms)?;
    Ok(Ok(()))
}

fn plans(hand: &Hand) -> Result<&Scope, Error> {
    hand.sight.plans.as_ref().ok_or_else(|| Error::refused(Problem::Forbidden, "planner"))
}

fn open(item: &Item, version: i64) -> Vec<PlanFault> {
    if !item.state.is_open() {
        vec![PlanFault::State(item.state)]
    } else if item.version != version {
        vec![PlanFault::Changed]
    } else {
        Vec::new()
    }
}

/// What the content names that is not there, or not the planner's to name.
fn unknown(tx: &Tx<'_>, scope: &Scope, body: &BodyId, content: &Content) -> Result<Vec<PlanFault>, Error> {
    let mut faults = Vec::new();
    let sql = "SELECT 1 FROM site WHERE id = ?2 AND substr(division, 1, length(?1)) = ?1";
    for site in &content.sites {
        if !tx.prepare_cached(sql)?.exists(params![scope.prefix(), site.0])? {
            faults.push(PlanFault::Unknown(PlanField::Sites));
            break;
        }
    }
    if let Some(hash) = content.checklist
        && !tx.prepare_cached("SELECT 1 FROM checklist WHERE hash = ?1")?.exists(params![hash.0])?
    {
        faults.push(PlanFault::Unknown(PlanField::Checklist));
    }
    let inspectors = read::inspectors(tx, scope, body)?;
    if content.team.iter().any(|person| inspectors.iter().all(|known| known.id != *person)) {
        faults.push(PlanFault::Unknown(PlanField::Team));
    }
    Ok(faults)
}
