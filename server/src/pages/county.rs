//! The county at a glance.

use super::case::Case;
use super::words::words;
use super::{Checklists, burden, phones};
use crate::page::view::{Burden, BySeverity, Counts, CountyView, InspectionRow, InspectionState, VillageRow};
use crate::plan;
use crate::store::read;
use crate::{Error, Scope};
use rusqlite::Connection;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use wurao_protocol::SiteId;
use wurao_protocol::record::Site;

/// Everything in a scope.
pub(super) fn view(
    db: &Connection,
    checklists: &Checklists,
    scope: &Scope,
    now_ms: i64,
    originals: bool,
) -> Result<CountyView, Error> {
    let year = burden::year(now_ms);
    let sites = read::sites(db, scope)?;
    let mut view = CountyView {
        counts: Counts { villages: sites.len() as u32, ..Counts::default() },
        burden: Burden { year, ..Burden::default() },
        villages: Vec::with_capacity(sites.len()),
        phones: phones::all(db, scope, originals)?,
    };
    let mut by_site: BTreeMap<SiteId, Vec<(InspectionRow, Burden)>> = BTreeMap::new();
    for inspection in read::inspections(db, scope)? {
        let case = Case::read(db, checklists, inspection)?;
        let row = row(&case);
        count(&mut view.counts, &row);
        by_site.entry(case.inspection.site.id).or_default().push((row, burden::of(&case, year)));
    }
    for site in &sites {
        let inspections = by_site.remove(&site.id).unwrap_or_default();
        let avoided = plan::avoided(db, scope, &site.id, u16::try_from(year).unwrap_or_default())?;
        let cost = inspections
            .iter()
            .fold(Burden { year, avoided, ..Burden::default() }, |sum, (_, of)| burden::sum(sum, *of));
        view.burden = burden::sum(view.burden, cost);
        view.villages.push(village(site, inspections.into_iter().map(|(row, _)| row).collect(), cost));
    }
    Ok(view)
}

fn village(site: &Site, mut inspections: Vec<InspectionRow>, cost: Burden) -> VillageRow {
    // What is going on first, then what is to come, then what is over, the latest first.
    inspections.sort_by_key(|row| {
        let place = match row.state {
            InspectionState::UnderWay | InspectionState::LeftBySome => 0,
            InspectionState::Planned | InspectionState::Undecided => 1,
            InspectionState::Closed => 2,
            InspectionState::Voided | InspectionState::Withdrawn | InspectionState::NotRegistered => 3,
        };
        (place, Reverse(row.started_ms))
    });
    VillageRow {
        site: site.id.to_string(),
        name: words(&site.name),
        division: site.division.clone(),
        path: site.above.iter().map(words).collect(),
        inspections,
        visits: cost.visits,
        minutes: cost.minutes,
        avoided: cost.avoided,
        refused: cost.refused,
    }
}

fn row(case: &Case) -> InspectionRow {
    let inspection = &case.inspection;
    let row = InspectionRow {
        id: inspection.document.to_string(),
        body: words(&inspection.permit.visit.body_name),
        purpose: words(&inspection.permit.visit.purpose),
        state: case.state(),
        late: inspection.late.is_some(),
        withdrawn: inspection.withdrawn_ms.is_some() && case.state() != InspectionState::Withdrawn,
        refused: inspection.refused().map(|day| day.to_string()),
        started_ms: case.started_ms(),
        closed_ms: inspection.closed_ms,
        team: case.team(),
        progress: case.progress(),
        findings: case.by_severity(),
        conflicts: case.conflicts(),
        photos_arrived: case.photos.len() as u32 - not_arrived(case),
        photos: case.photo_count(),
        noted: case.noted().count() as u32,
        held: case.changes_in("held"),
    };
    if row.state == InspectionState::Voided { voided(row) } else { row }
}

/// What was found and photographed in a voided inspection is nobody's to look after. What is held of it still waits for
/// somebody's decision.
fn voided(row: InspectionRow) -> InspectionRow {
    InspectionRow { findings: BySeverity::default(), conflicts: 0, photos_arrived: 0, photos: 0, noted: 0, ..row }
}

/// Photos announced of which not even the rendition is here.
fn not_arrived(case: &Case) -> u32 {
    case.photos.iter().filter(|info| !info.arrived.rendition && !info.arrived.original).count() as u32
}

fn count(counts: &mut Counts, row: &InspectionRow) {
    match row.state {
        InspectionState::Planned => counts.planned += 1,
        InspectionState::UnderWay | InspectionState::LeftBySome => counts.open += 1,
        InspectionState::Closed => counts.closed += 1,
        // It waits, with what may be held of it.
        InspectionState::Undecided => counts.held += u32::from(row.held == 0),
        // They count for nothing.
        InspectionState::Voided | InspectionState::Withdrawn | InspectionState::NotRegistered => {}
    }
    counts.findings.minor += row.findings.minor;
    counts.findings.major += row.findings.major;
    counts.findings.critical += row.findings.critical;
    counts.conflicts += row.conflicts;
    counts.photos_on_phones += row.photos - row.photos_arrived;
    counts.held += row.held;
}
