//! One item's page.

use crate::days;
use crate::page::view::{
    PlanItemView, PlanJointRow, PlanMay, PlanMergeForm, PlanOverlapRow, PlanSiteRow, PlanStepRow, Text,
};
use crate::plan::Period;
use crate::plan::{Hand, Item, ItemSite, ItemState, Joint, Overlap, PlanFault, approve, merge, read};
use crate::store::read as store;
use crate::{Error, Role};
use rusqlite::Connection;
use std::collections::BTreeMap;
use wurao_protocol::{Digest, PlanItemId, SiteId, Words};

/// Words of data.
pub(super) fn words(words: &Words) -> Text {
    Text::new(&words.zh, &words.en)
}

/// The days of a period, first and last; empty without.
pub(super) fn days_of(period: Option<Period>) -> (String, String) {
    period.map_or_else(Default::default, |period| (days::show(period.from), days::show(period.to)))
}

/// What the reader sees of an item, and what they may do with it.
pub(super) fn item(db: &Connection, hand: &Hand, id: &PlanItemId) -> Result<Option<PlanItemView>, Error> {
    let Some(seen) = read::item(db, &hand.sight, id)? else { return Ok(None) };
    let whole = read::whole(db, id)?;
    let may = may(db, hand, &whole)?;
    let (from, to) = days_of(whole.content.period);
    let checklist = match &whole.content.checklist {
        Some(hash) => store::checklist(db, hash)?.map(|list| (words(&list.title), list.version)),
        None => None,
    };
    let against = if may.approve || may.own { approve::standing_against(db, &whole, hand.now_ms)? } else { Vec::new() };
    let merged_into = match &whole.merged_into {
        Some(into) => {
            let seen = read::item(db, &hand.sight, into)?.is_some();
            Some((if seen { into.to_string() } else { String::new() }, read::number(db, into)?))
        }
        None => None,
    };
    Ok(Some(PlanItemView {
        id: whole.id.to_string(),
        version: whole.version,
        label: whole.label(),
        year: whole.content.year,
        kind: whole.content.kind,
        reason: whole.content.reason.clone(),
        body: words(&whole.body_name),
        level: whole.content.level,
        purpose: words(&whole.content.purpose),
        checklist,
        from,
        to,
        minutes: whole.content.minutes,
        state: whole.state,
        override_reason: whole.override_reason.clone(),
        merged_into,
        hidden_sites: (whole.sites.len() - seen.sites.len()) as u32,
        sites: sites(db, hand, &seen)?,
        team: whole.team.iter().map(|person| (person.name.clone(), words(&person.body_name))).collect(),
        joint: joint(&whole.joint),
        overlaps: overlaps(db, hand, &whole, may)?,
        steps: steps(db, id)?,
        may,
        against,
        faults: Vec::new(),
        comment: String::new(),
    }))
}

fn may(db: &Connection, hand: &Hand, item: &Item) -> Result<PlanMay, Error> {
    let (plans, decides) = (hand.may_plan(item), hand.may_approve(item));
    let own = hand.submitted(db, item)?;
    let submitted = item.state == ItemState::Submitted;
    Ok(PlanMay {
        edit: plans && item.state.is_open(),
        take_back: plans && (item.state.is_open() || submitted),
        send_back: decides && submitted,
        approve: decides && submitted && !own,
        own: decides && submitted && own,
        withdraw: decides && item.state.is_in_force() && item.state != ItemState::Done,
    })
}

fn sites(db: &Connection, hand: &Hand, item: &Item) -> Result<Vec<PlanSiteRow>, Error> {
    let mut above: BTreeMap<SiteId, Vec<Words>> =
        store::sites(db, &hand.sight.reads)?.into_iter().map(|site| (site.id, site.above)).collect();
    let row = |site: &ItemSite| PlanSiteRow {
        id: site.id.to_string(),
        name: words(&site.name),
        path: above.remove(&site.id).unwrap_or_default().iter().map(words).collect(),
        document: site.document.map(|document| document.to_string()),
        withdrawn_ms: site.withdrawn_ms,
        voided: site.voided.clone(),
        begun: site.begun,
        closed_ms: site.closed_ms,
    };
    Ok(item.sites.iter().map(row).collect())
}

fn joint(joint: &[Joint]) -> Vec<PlanJointRow> {
    let mut rows: Vec<PlanJointRow> = Vec::new();
    for visit in joint {
        let id = visit.other.to_string();
        match rows.iter_mut().find(|row| row.id == id) {
            Some(row) => row.sites += 1,
            None => rows.push(PlanJointRow {
                id,
                number: visit.number.clone(),
                body: words(&visit.body_name),
                purpose: words(&visit.purpose),
                sites: 1,
            }),
        }
    }
    rows
}

/// What overlaps is told to whoever decides on it or plans it, and to who reads a place where both go; of sites, no more
/// than the reader's own.
fn overlaps(db: &Connection, hand: &Hand, item: &Item, may: PlanMay) -> Result<Vec<PlanOverlapRow>, Error> {
    if !matches!(item.state, ItemState::Draft | ItemState::Returned | ItemState::Submitted) {
        return Ok(Vec::new());
    }
    let mut found = read::overlaps(db, item)?;
    if !(hand.may_plan(item) || hand.may_approve(item)) {
        found.retain(|overlap| overlap.sites.iter().any(|(site, _)| visible(hand, item, site)));
    }
    found.iter().map(|overlap| row(db, hand, item, may, overlap)).collect()
}

/// Whether a site of an item lies where its reader reads.
fn visible(hand: &Hand, item: &Item, site: &SiteId) -> bool {
    item.sites.iter().any(|own| own.id == *site && hand.sight.reads.sees(&own.division))
}

fn row(db: &Connection, hand: &Hand, item: &Item, may: PlanMay, overlap: &Overlap) -> Result<PlanOverlapRow, Error> {
    let seen = read::item(db, &hand.sight, &overlap.other)?.is_some();
    let other = if seen { Some(read::whole(db, &overlap.other)?) } else { None };
    let mergeable = |other: &Item| {
        Ok::<_, Error>(
            may.approve
                && overlap.waits
                && merge::alike(item, other)
                && hand.may_approve(other)
                && !hand.submitted(db, other)?,
        )
    };
    let mergeable = other.as_ref().map(mergeable).transpose()?.unwrap_or_default();
    let merge = match other.as_ref().filter(|_| mergeable).zip(item.content.period) {
        Some((other, period)) => {
            let days = merge::proposed(&period, &overlap.period);
            let (from, to) = days_of(Some(days));
            let hashes = [item.content.checklist, other.content.checklist];
            Some(PlanMergeForm { other_version: other.version, from, to, checklists: titles(db, &hashes)? })
        }
        None => None,
    };
    let (from, to) = days_of(Some(overlap.period));
    Ok(PlanOverlapRow {
        id: if seen { overlap.other.to_string() } else { String::new() },
        number: overlap.number.clone(),
        body: words(&overlap.body_name),
        purpose: words(&overlap.purpose),
        from,
        to,
        sites: overlap.sites.iter().filter(|(id, _)| visible(hand, item, id)).map(|(_, name)| words(name)).collect(),
        merge,
        approved: !overlap.waits,
    })
}

fn titles(db: &Connection, hashes: &[Option<Digest>]) -> Result<Vec<(String, Text)>, Error> {
    let mut titles: Vec<(String, Text)> = Vec::new();
    for hash in hashes.iter().flatten() {
        let id = hash.to_string();
        if titles.iter().all(|(known, _)| *known != id) {
            let list = store::checklist(db, hash)?.ok_or(Error::Missing("a checklist"))?;
            let with = |title: &str| if title.is_empty() { String::new() } else { format!("{title} {}", list.version) };
            titles.push((id, Text::new(with(&list.title.zh), with(&list.title.en))));
        }
    }
    Ok(titles)
}

fn steps(db: &Connection, id: &PlanItemId) -> Result<Vec<PlanStepRow>, Error> {
    let steps = read::steps(db, id)?.into_iter().map(|step| PlanStepRow {
        at_ms: step.at_ms,
        by: step.by.unwrap_or_default(),
        deed: step.deed,
        comment: step.comment,
    });
    Ok(steps.collect())
}

/// Whether somebody with these roles may import base counts: who approves, and who looks after the server.
pub(super) fn imports(login: &crate::people::Login) -> Option<crate::Scope> {
    login.may(Role::Administrator).or_else(|| login.may(Role::Approver))
}

/// The view with what stood against what was asked for.
pub(super) fn refused(mut view: PlanItemView, faults: Vec<PlanFault>, comment: &str) -> PlanItemView {
    view.faults = faults;
    view.comment = comment.to_owned();
    view
}
