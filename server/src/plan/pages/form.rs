//! The form of an item: what can be chosen.

use super::fill::words;
use crate::days;
use crate::page::view::{PlanChoice, PlanFormView, PlanTyped, Text};
use crate::plan::{Hand, ItemKind, Level, PlanFault, read};
use crate::{Error, Scope};
use rusqlite::Connection;
use wurao_protocol::{BodyId, PlanItemId, Problem};

/// How many sites are shown at once; more are found by searching.
const SHOWN: usize = 60;

/// Which form it is, and what stands in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Open {
    pub(super) id: Option<PlanItemId>,
    pub(super) version: i64,
    pub(super) typed: PlanTyped,
    pub(super) faults: Vec<PlanFault>,
}

/// An empty form.
pub(super) fn fresh(hand: &Hand, year: &str, kind: &str) -> PlanTyped {
    let this_year = days::year_of(days::today(hand.now_ms)).unwrap_or_default().to_string();
    let area = hand.sight.plans.as_ref().map_or("", |scope| scope.prefix());
    PlanTyped {
        year: if year.parse::<u16>().is_ok() { year.to_owned() } else { this_year },
        kind: kind.parse::<ItemKind>().unwrap_or_default().name().to_owned(),
        level: Level::of_area(area).name().to_owned(),
        ..PlanTyped::default()
    }
}

/// The form with all that can be chosen.
pub(super) fn view(db: &Connection, hand: &Hand, open: Open) -> Result<PlanFormView, Error> {
    let scope = hand.sight.plans.as_ref().ok_or_else(|| Error::refused(Problem::Forbidden, "planner"))?;
    let Open { id, version, typed, faults } = open;
    let (label, body) = match &id {
        Some(id) => {
            let item = hand.planned(db, id)?;
            (item.label(), item.body)
        }
        None => (String::new(), hand.plans_for()),
    };
    let chosen: Vec<_> = typed.sites.iter().filter_map(|id| id.parse().ok()).collect();
    let found = read::choice_of_sites(db, scope, &typed.search, &chosen)?;
    let most = SHOWN.max(chosen.len());
    let sites = found.iter().take(most).map(|site| PlanChoice {
        id: site.id.to_string(),
        name: words(&site.name),
        more: path(&site.above),
        chosen: chosen.contains(&site.id),
    });
    Ok(PlanFormView {
        id: id.map_or_else(String::new, |id| id.to_string()),
        label,
        version,
        sites: sites.collect(),
        more_sites: found.len() > most,
        people: people(db, scope, &body, &typed)?,
        checklists: checklists(db, &typed)?,
        typed,
        faults,
    })
}

/// The divisions above a site, but those that every site of a county has in common.
fn path(above: &[wurao_protocol::Words]) -> Text {
    above.last().map(words).unwrap_or_default()
}

fn people(db: &Connection, scope: &Scope, body: &BodyId, typed: &PlanTyped) -> Result<Vec<PlanChoice>, Error> {
    let people = read::inspectors(db, scope, body)?.into_iter().map(|person| {
        let id = person.id.to_string();
        PlanChoice {
            chosen: typed.persons.contains(&id),
            id,
            name: Text::from(person.name),
            more: words(&person.body_name),
        }
    });
    Ok(people.collect())
}

fn checklists(db: &Connection, typed: &PlanTyped) -> Result<Vec<PlanChoice>, Error> {
    let lists = read::checklists(db)?.into_iter().map(|(hash, title, version)| {
        let id = hash.to_string();
        PlanChoice { chosen: typed.checklist == id, id, name: words(&title), more: Text::from(version) }
    });
    Ok(lists.collect())
}
