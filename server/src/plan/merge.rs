//! Two items on the same sites in the same weeks become one visit.
//!
//! The visits that both would make are made together: they stay with one item, and the other gives them up. An item that
//! has given up all its visits closes as merged. Nothing is approved by this; what comes of it still waits.

use super::days::Period;
use super::fault::{Outcome, PlanFault, PlanField};
use super::hand::Hand;
use super::item::{Deed, Item, ItemState};
use super::{force, read, store};
use crate::store::Tx;
use crate::{Error, Keys};
use rusqlite::params;
use wurao_protocol::{Digest, PlanItemId, SiteId};

/// How two items are to be merged.
#[derive(Clone, Copy, Debug)]
pub struct Merge {
    /// The item that stays.
    pub into: PlanItemId,
    /// As it was when the approver read it.
    pub version: i64,
    /// The item that gives up its visits.
    pub other: PlanItemId,
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
pub fn merge(tx: &Tx<'_>, keys: &Keys, hand: &Hand, merge: &Merge) -> Outcome<()> {
    let (into, other) = (hand.decided(tx, &merge.into)?, hand.decided(tx, &merge.other)?);
    let mut faults = hand.against(&into, merge.version);
    faults.extend(hand.against(&other, other.version));
    faults.dedup();
    let shared = shared(&into, &other);
    if shared.is_empty() || into.id == other.id {
        faults.push(PlanFault::NoOverlap);
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
    // In a savepoint of its own: whether the codes still hold what is to be said is known only afterwards.
    tx.execute_batch("SAVEPOINT merge")?;
    let done = join(tx, hand, merge, &into, &other, &shared);
    let done = done.and_then(|()| force::fits(tx, keys, &read::whole(tx, &into.id)?, hand.now_ms));
    tx.execute_batch(match &done {
        Ok(None) => "RELEASE merge",
        _ => "ROLLBACK TO merge; RELEASE merge",
    })?;
    Ok(done?.map_or(Ok(()), |fault| Err(vec![fault])))
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

/// The sites of both, when they have a week in common.
fn shared(into: &Item, other: &Item) -> Vec<SiteId> {
    let together = into.content.period.zip(other.content.period).is_some_and(|(a, b)| a.shares_a_week(&b));
    let both = into.sites.iter().filter(|site| other.sites.iter().any(|theirs| theirs.id == site.id));
    both.filter(|_| together).map(|site| site.id).collect()
}

/// Gives back the visits that were merged into an item which is not to be approved as it is.
pub(super) fn part(tx: &Tx<'_>, hand: &Hand, item: &Item) -> Result<(), Error> {
    let mut others: Vec<PlanItemId> = Vec::new();
    for joint in &item.joint {
        store::give_site(tx, &joint.other, &joint.site)?;
        if !others.contains(&joint.other) {
            others.push(joint.other);
        }
    }
    tx.execute("DELETE FROM plan_joint WHERE item = ?1", params![item.id.0])?;
    for other in &others {
        let sql = "UPDATE plan_item SET state = 'submitted', merged_into = NULL WHERE id = ?1 AND state = 'merged'";
        tx.execute(sql, params![other.0])?;
        store::touch(tx, other)?;
        store::step(tx, other, Some(&hand.person), Deed::Parted, &item.label(), hand.now_ms)?;
    }
    Ok(())
}
