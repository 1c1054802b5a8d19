//! What an approver does: approve, return, withdraw.

use super::fault::{Outcome, PlanFault, PlanField};
use super::hand::Hand;
use super::item::{Deed, Item, ItemState};
use super::{base, force, merge, read, rule, store};
use crate::days;
use crate::store::Tx;
use crate::{Error, Keys, Random, permits};
use rusqlite::{Connection, params};
use wurao_protocol::{PlanItemId, SiteId, Words};

/// What stands against approving an item, whoever approves: levels, days that have passed, a team
/// that may not inspect there any more, and the count.
pub(super) fn standing_against(db: &Connection, item: &Item, now_ms: i64) -> Result<Vec<PlanFault>, Error> {
    let content = &item.content;
    let sites: Vec<(Words, String)> =
        item.sites.iter().map(|site| (site.name.clone(), site.division.clone())).collect();
    let mut faults = rule::levels(content.level, &sites, &read::rules(db)?);
    if content.period.is_some_and(|period| period.to < days::today(now_ms)) {
        faults.push(PlanFault::Past);
    }
    faults.extend(read::out_of_place(db, &item.id)?.into_iter().map(PlanFault::Team));
    faults.extend(over(db, item)?);
    Ok(faults)
}

/// Whether the item would exceed the base.
fn over(db: &Connection, item: &Item) -> Result<Option<PlanFault>, Error> {
    let content = &item.content;
    let base = base::of(db, &item.body, content.level, content.year)?.map(|base| base.visits);
    let approved = read::approved(db, &item.body, content.level, content.year, content.kind)?;
    Ok(rule::count(content.kind, base, approved, item.visits()))
}

/// Approves: the permits are issued in the same write. `reason` overrides the count, and nothing but the count.
pub fn approve(
    tx: &Tx<'_>,
    keys: &Keys,
    random: &dyn Random,
    hand: &Hand,
    id: &PlanItemId,
    version: i64,
    reason: &str,
) -> Outcome<()> {
    let item = hand.decided(tx, id)?;
    let mut faults = hand.against(tx, &item, version)?;
    if faults.is_empty() {
        faults = standing_against(tx, &item, hand.now_ms)?;
    }
    let overridden = !reason.is_empty() && faults.iter().any(|fault| matches!(fault, PlanFault::Count { .. }));
    if overridden {
        faults.retain(|fault| !matches!(fault, PlanFault::Count { .. }));
    }
    if !faults.is_empty() {
        return Ok(Err(faults));
    }
    force::put(tx, keys, &item, random, hand.now_ms)?;
    if overridden {
        tx.execute("UPDATE plan_item SET override_reason = ?2 WHERE id = ?1", params![id.0, reason])?;
        store::step(tx, id, Some(&hand.person), Deed::Overridden, reason, hand.now_ms)?;
    }
    store::set_state(tx, id, ItemState::Approved)?;
    store::step(tx, id, Some(&hand.person), Deed::Approved, "", hand.now_ms)?;
    Ok(Ok(()))
}

/// Sends an item back. What was merged into it is handed in again by itself.
pub fn send_back(tx: &Tx<'_>, hand: &Hand, id: &PlanItemId, version: i64, comment: &str) -> Outcome<()> {
    let item = hand.decided(tx, id)?;
    let mut faults = hand.against(tx, &item, version)?;
    // Sending back one's own is no approval.
    faults.retain(|fault| *fault != PlanFault::Own);
    if comment.is_empty() {
        faults.push(PlanFault::Missing(PlanField::Comment));
    }
    if !faults.is_empty() {
        return Ok(Err(faults));
    }
    merge::part(tx, hand, &item)?;
    merge::leave(tx, hand, &item)?;
    store::set_state(tx, id, ItemState::Returned)?;
    store::step(tx, id, Some(&hand.person), Deed::Returned, comment, hand.now_ms)?;
    Ok(Ok(()))
}

/// Withdraws the permits of an item in force, or that of one site. Visits that are over stay as they are.
pub fn withdraw(
    tx: &Tx<'_>,
    keys: &Keys,
    hand: &Hand,
    id: &PlanItemId,
    only: Option<&SiteId>,
    reason: &str,
) -> Outcome<()> {
    let item = hand.decided(tx, id)?;
    let mut faults = Vec::new();
    if reason.is_empty() {
        faults.push(PlanFault::Missing(PlanField::Comment));
    }
    let asked = item.sites.iter().filter(|site| only.is_none_or(|only| *only == site.id));
    let permits: Vec<_> = asked
        .filter(|site| site.stands() && site.closed_ms.is_none())
        .filter_map(|site| site.permit.map(|permit| (permit, &site.name)))
        .collect();
    if permits.is_empty() {
        faults.push(PlanFault::State(item.state));
    }
    if !faults.is_empty() {
        return Ok(Err(faults));
    }
    for (permit, _) in &permits {
        permits::withdraw(tx, keys, permit, reason, hand.person, hand.now_ms)?;
    }
    store::touch(tx, id)?;
    match (only, permits.first()) {
        (Some(_), Some((_, name))) => {
            let place = if name.zh.is_empty() { &name.en } else { &name.zh };
            let comment = format!("{place}：{reason}");
            store::step(tx, id, Some(&hand.person), Deed::VisitWithdrawn, &comment, hand.now_ms)?;
        }
        _ => {
            merge::leave(tx, hand, &item)?;
            store::step(tx, id, Some(&hand.person), Deed::Withdrawn, reason, hand.now_ms)?;
        }
    }
    Ok(Ok(()))
}
