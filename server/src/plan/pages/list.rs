//! The plan of a year, and what waits for an approver.

use super::fill::{days_of, imports, words};
use crate::page::view::{PlanCount, PlanRow, PlanView};
use crate::people::Login;
use crate::plan::{Filter, Hand, Item, ItemKind, ItemState, Level, base, read};
use crate::{Error, Role};
use rusqlite::Connection;
use wurao_protocol::BodyId;

/// Which of a year's items are shown.
#[derive(Clone, Debug, Default)]
pub(super) struct Shown {
    pub(super) state: Option<ItemState>,
    pub(super) body: Option<BodyId>,
}

pub(super) fn plan(db: &Connection, hand: &Hand, login: &Login, year: u16, shown: &Shown) -> Result<PlanView, Error> {
    let items = read::items(db, &hand.sight, &Filter { year: Some(year), id: None })?;
    let mut view = PlanView {
        year,
        counts: counts(db, &items, year)?,
        state: shown.state,
        body: shown.body.map_or_else(String::new, |body| body.to_string()),
        bodies: bodies(&items),
        may_plan: hand.sight.plans.is_some(),
        may_approve: login.may(Role::Approver).is_some(),
        may_import: imports(login).is_some(),
        waiting: waiting(db, hand)?.len() as u32,
        ..PlanView::default()
    };
    for item in &items {
        if shown.state.is_some_and(|state| state != item.state) || shown.body.is_some_and(|body| body != item.body) {
            continue;
        }
        let row = row(db, item)?;
        match item.content.kind {
            ItemKind::Plan => view.items.push(row),
            ItemKind::AdHoc => view.ad_hoc.push(row),
        }
    }
    Ok(view)
}

/// The items that somebody may decide on, in the order they were numbered.
pub(super) fn waiting(db: &Connection, hand: &Hand) -> Result<Vec<PlanRow>, Error> {
    let mut rows = Vec::new();
    if hand.approves.is_none() {
        return Ok(rows);
    }
    for item in read::items(db, &hand.sight, &Filter::default())? {
        if item.state == ItemState::Submitted && hand.may_approve(&read::whole(db, &item.id)?) {
            rows.push(row(db, &item)?);
        }
    }
    Ok(rows)
}

fn row(db: &Connection, item: &Item) -> Result<PlanRow, Error> {
    let (from, to) = days_of(item.content.period);
    let waits = matches!(item.state, ItemState::Draft | ItemState::Returned | ItemState::Submitted);
    Ok(PlanRow {
        id: item.id.to_string(),
        label: item.label(),
        kind: item.content.kind,
        body: words(&item.bodies()),
        level: item.content.level,
        purpose: words(&item.content.purpose),
        first_site: item.sites.first().map(|site| words(&site.name)).unwrap_or_default(),
        sites: item.sites.len() as u32,
        from,
        to,
        state: item.state,
        overridden: item.override_reason.is_some(),
        // Of a visit that is not made nothing is saved.
        avoided: item
            .joint
            .iter()
            .filter(|joint| item.sites.iter().any(|site| site.id == joint.site && site.stands()))
            .count() as u32,
        merged_into: item.merged_into.map(|into| read::number(db, &into)).transpose()?,
        overlaps: if waits { read::overlaps(db, item)?.len() as u32 } else { 0 },
    })
}

fn bodies(items: &[Item]) -> Vec<(String, crate::page::view::Text)> {
    let mut bodies = Vec::new();
    for item in items {
        let entry = (item.body.to_string(), words(&item.body_name));
        if !bodies.contains(&entry) {
            bodies.push(entry);
        }
    }
    bodies
}

/// By body and level: of every body that has an item here or a base. The numbers are the body's own, whatever part of
/// them is in the scope: a base is not divided by villages.
fn counts(db: &Connection, items: &[Item], year: u16) -> Result<Vec<PlanCount>, Error> {
    let mut pairs: Vec<(BodyId, wurao_protocol::Words, Level)> = Vec::new();
    for item in items {
        let pair = (item.body, item.body_name.clone(), item.content.level);
        if !pairs.contains(&pair) {
            pairs.push(pair);
        }
    }
    pairs.sort_by(|a, b| (&a.1.zh, &a.1.en, a.0, a.2).cmp(&(&b.1.zh, &b.1.en, b.0, b.2)));
    let count = |(body, name, level): &(BodyId, wurao_protocol::Words, Level)| {
        let waits = |item: &&Item| {
            item.body == *body
                && item.content.level == *level
                && item.content.kind == ItemKind::Plan
                && item.state == ItemState::Submitted
        };
        Ok(PlanCount {
            body: words(name),
            level: *level,
            base: base::of(db, body, *level, year)?.map(|base| (base.year, base.visits)),
            approved: read::approved(db, body, *level, year, ItemKind::Plan)?,
            waiting: items.iter().filter(waits).map(Item::visits).sum(),
            ad_hoc: read::approved(db, body, *level, year, ItemKind::AdHoc)?,
        })
    };
    pairs.iter().map(count).collect()
}
