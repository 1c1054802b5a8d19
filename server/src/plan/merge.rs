//! Two items on the same sites in the same weeks become one visit.
//!
//! The visits that both would make are made together: they stay with one item, and the other gives them up. An item that
//! has given up all its visits closes as merged. Nothing is approved by this; what comes of it still waits.

use super::fault::{Outcome, PlanFault, PlanField};
use super::hand::Hand;
use super::item::{Deed, Item, ItemState};
use super::period::Period;
use super::{force, read, store};
use crate::Error;
use crate::store::Tx;
use rusqlite::params;
use wurao_protocol::{BodyId, Digest, PlanItemId, SiteId};

/// How two items are to be merged.
#[derive(Clone, Copy, Debug)]
pub struct Merge {
    /// The item that stays.
    pub into: PlanItemId,
    /// As it was when the approver read it.
    pub version: i64,
    /// The item that gives up its visits.
    pub other: PlanItemId,
    /// As that one was when the approver read it.
    pub other_version: i64,
    /// The days of the common visit.
    pub period: Period,
    /// Its checklist: that of one of the two.
    pub checklist: Digest,
}

/// The days proposed for a common visit: those both have, else from the first day to the last.
#[must_use]
pub fn proposed(a: &Period, b: &Period) -> Period {
    a.common(b).unwrap_or_else(|| a.span(b))
}

/// Merges.
pub fn merge(tx: &Tx<'_>, hand: &Hand, merge: &Merge) -> Outcome<()> {
    let (into, other) = (hand.decided(tx, &merge.into)?, hand.decided(tx, &merge.other)?);
    let mut faults = hand.against(tx, &into, merge.version)?;
    faults.extend(hand.against(tx, &other, merge.other_version)?);
    faults.dedup();
    let shared = shared(&into, &other);
    if shared.is_empty() || into.id == other.id {
        faults.push(PlanFault::NoOverlap);
    } else if !alike(&into, &other) {
        faults.push(PlanFault::Merge);
    }
    let span = into.content.period.zip(other.content.period).map(|(a, b)| a.span(&b));
    let within = |period: &Period| {
        period.from <= period.to && span.is_some_and(|span| span.from <= period.from && period.to <= span.to)
    };
    if !within(&merge.period) {
        faults.push(PlanFault::Unreadable(PlanField::From));
    }
    if ![into.content.checklist, other.content.checklist].contains(&Some(merge.checklist)) {
        faults.push(PlanFault::Unknown(PlanField::Checklist));
    }
    if !faults.is_empty() {
        return Ok(Err(faults));
    }
    // Whether the codes still hold what is to be said is known only afterwards.
    let fault = tx.unless(|| {
        join(tx, hand, merge, &into, &other, &shared)?;
        force::fits(tx, &read::whole(tx, &into.id)?, hand.now_ms)
    })?;
    Ok(fault.map_or(Ok(()), |fault| Err(vec![fault])))
}

fn join(tx: &Tx<'_>, hand: &Hand, merge: &Merge, into: &Item, other: &Item, shared: &[SiteId]) -> Result<(), Error> {
    for site in shared {
        tx.execute("DELETE FROM plan_site WHERE item = ?1 AND site = ?2", params![other.id.0, site.0])?;
        // What had joined the other item here comes along.
        let sql = "UPDATE plan_joint SET item = ?1 WHERE item = ?2 AND site = ?3";
        tx.execute(sql, params![into.id.0, other.id.0, site.0])?;
        let sql = "INSERT INTO plan_joint (item, site, other) VALUES (?1, ?2, ?3)";
        tx.execute(sql, params![into.id.0, site.0, other.id.0])?;
    }
    let sql = "UPDATE plan_item SET from_day = ?2, to_day = ?3, checklist = ?4, minutes = MAX(COALESCE(minutes, 0), ?5) \
               WHERE id = ?1";
    let minutes = other.content.minutes.unwrap_or_default();
    tx.execute(sql, params![into.id.0, merge.period.from, merge.period.to, merge.checklist.0, minutes])?;
    store::touch(tx, &into.id)?;
    store::step(tx, &into.id, Some(&hand.person), Deed::Merged, &other.label(), hand.now_ms)?;
    if shared.len() == other.sites.len() {
        store::set_state(tx, &other.id, ItemState::Merged)?;
        let sql = "UPDATE plan_item SET merged_into = ?2 WHERE id = ?1 OR (merged_into = ?1 AND state = 'merged')";
        tx.execute(sql, params![other.id.0, into.id.0])?;
    } else {
        store::touch(tx, &other.id)?;
    }
    store::step(tx, &other.id, Some(&hand.person), Deed::Joined, &into.label(), hand.now_ms)
}

/// Whether what two items have in common may be one visit: both of one year and kind, so that no visit leaves the count
/// it belongs to, and no body comes along with itself.
pub(super) fn alike(into: &Item, other: &Item) -> bool {
    let comes = |item: &Item, site: &SiteId, body: BodyId| {
        item.body == body || item.joint.iter().any(|joint| joint.site == *site && joint.body == body)
    };
    let with_itself = |site: &SiteId| {
        let joint = other.joint.iter().filter(|joint| joint.site == *site).map(|joint| joint.body);
        joint.chain([other.body]).any(|body| comes(into, site, body))
    };
    into.content.year == other.content.year
        && into.content.kind == other.content.kind
        && !shared(into, other).iter().any(with_itself)
}

/// The sites of both, when they have a week in common.
fn shared(into: &Item, other: &Item) -> Vec<SiteId> {
    let together = into.content.period.zip(other.content.period).is_some_and(|(a, b)| a.shares_a_week(&b));
    let both = into.sites.iter().filter(|site| other.sites.iter().any(|theirs| theirs.id == site.id));
    both.filter(|_| together).map(|site| site.id).collect()
}

/// Gives back the visits that were merged into an item which is not to be approved as it is. An item that was approved or
/// withdrawn meanwhile gets none back: nobody approved them there. Its history says which.
pub(super) fn part(tx: &Tx<'_>, hand: &Hand, item: &Item) -> Result<(), Error> {
    let mut others: Vec<PlanItemId> = item.joint.iter().map(|joint| joint.other).collect();
    others.sort_unstable();
    others.dedup();
    for id in others {
        let here: Vec<SiteId> = item.joint.iter().filter(|joint| joint.other == id).map(|joint| joint.site).collect();
        let comment = match read::whole(tx, &id)?.state {
            state if state.is_in_force() || state == ItemState::Withdrawn => {
                let lost = item.sites.iter().filter(|site| here.contains(&site.id));
                let names = lost.map(|site| if site.name.zh.is_empty() { &*site.name.en } else { &*site.name.zh });
                format!("{}：{}", item.label(), names.collect::<Vec<_>>().join("、"))
            }
            _ => {
                for site in &here {
                    store::give_site(tx, &id, site)?;
                }
                item.label()
            }
        };
        let sql = "UPDATE plan_item SET state = 'submitted', merged_into = NULL WHERE id = ?1 AND state = 'merged'";
        tx.execute(sql, params![id.0])?;
        store::touch(tx, &id)?;
        store::step(tx, &id, Some(&hand.person), Deed::Parted, &comment, hand.now_ms)?;
    }
    tx.execute("DELETE FROM plan_joint WHERE item = ?1", params![item.id.0])?;
    Ok(())
}

/// Ends the visits that an item gave to others which still wait: its planner may write it anew or has no more use for it,
/// and what was read of it there is not what would be approved. Those in force keep what was approved.
pub(super) fn leave(tx: &Tx<'_>, hand: &Hand, item: &Item) -> Result<(), Error> {
    let sql = "DELETE FROM plan_joint WHERE other = ?1 \
               AND item IN (SELECT id FROM plan_item WHERE state <> 'approved') RETURNING item, site";
    let mut statement = tx.prepare_cached(sql)?;
    let ended = statement.query_map(params![item.id.0], |row| Ok((PlanItemId(row.get(0)?), SiteId(row.get(1)?))))?;
    let ended: Vec<(PlanItemId, SiteId)> = ended.collect::<Result<_, _>>()?;
    let mut targets: Vec<PlanItemId> = ended.iter().map(|(target, _)| *target).collect();
    targets.sort_unstable();
    targets.dedup();
    // What is in force has its permits; a visit that comes back to it would have none.
    if !item.state.is_in_force() {
        for (_, site) in &ended {
            store::give_site(tx, &item.id, site)?;
        }
    }
    for target in &targets {
        store::touch(tx, target)?;
        store::step(tx, target, Some(&hand.person), Deed::Parted, &item.label(), hand.now_ms)?;
    }
    Ok(())
}
