//! The page of one inspection.

use super::case::Case;
use super::fields::Fields;
use super::photos::Photos;
use super::words::words;
use super::{Checklists, Reader, findings, held, phones, sections, timeline};
use crate::choices::{self, NotChosen};
use crate::days;
use crate::page::view::{InspectionView, PermitView, WhereView};
use crate::people::Login;
use crate::store::read;
use crate::{App, Error};
use axum::http::StatusCode;
use axum::response::Response;
use rusqlite::Connection;
use wurao_protocol::DocumentId;
use wurao_protocol::record::Site;
use wurao_record::Map;

/// The page, which says what came of choosing when the reader has just tried to.
pub(crate) async fn page(
    app: &App,
    reader: &Reader,
    checklists: Checklists,
    document: DocumentId,
    status: StatusCode,
    not_chosen: Option<NotChosen>,
) -> Response {
    let (login, originals) = (reader.login.clone(), app.config().originals);
    match app.store().read(move |db| view(db, &checklists, &login, &document, originals)).await {
        Ok(Some(view)) => reader.page(status, InspectionView { not_chosen, ..view }.render(&reader.frame)),
        Ok(None) => reader.not_found(),
        Err(error) => reader.failed(&error),
    }
}

/// The inspection, when it is in the scope in which somebody reads.
fn view(
    db: &Connection,
    checklists: &Checklists,
    login: &Login,
    document: &DocumentId,
    originals: bool,
) -> Result<Option<InspectionView>, Error> {
    let scope = &login.reads();
    let Some(inspection) = read::inspection(db, scope, document)? else { return Ok(None) };
    let case = Case::read(db, checklists, inspection)?;
    let photos = Photos::of(&case);
    // What was chosen among is overwritten, and so not among the rows in force.
    let chosen = case.live.iter().any(|op| op.map == Map::Choices);
    let ops = if chosen { read::ops(db, document)? } else { Vec::new() };
    let not_theirs = match case.inspection.voided_ms {
        Some(_) => None,
        None => choices::not_theirs(db, &login.decides(), document, &login.person)?,
    };
    let fields = Fields { case: &case, photos: &photos, ops, not_theirs };
    let (held, declined): (Vec<_>, Vec<_>) =
        read::apart(db, document)?.into_iter().partition(|apart| apart.change.state == "held");
    Ok(Some(InspectionView {
        id: document.to_string(),
        place: place(&case.inspection.site),
        permit: case.inspection.permitted.then(|| permit(&case)),
        state: case.state(),
        late: case.inspection.late.clone(),
        refused: case.inspection.refused().map(|day| day.to_string()),
        team: case.team(),
        timeline: timeline::of(&fields),
        progress: case.progress(),
        sections: sections::sections(&fields),
        findings: findings::of(&case, &photos),
        held: held::of(&fields, &held),
        declined: held::of(&fields, &declined),
        phones: phones::of_inspection(db, scope, document, originals)?,
        photos: photos.into_all(),
        not_chosen: None,
    }))
}

fn place(site: &Site) -> WhereView {
    WhereView {
        site: site.id.to_string(),
        name: words(&site.name),
        division: site.division.clone(),
        path: site.above.iter().map(words).collect(),
    }
}

fn permit(case: &Case) -> PermitView {
    let permit = &case.inspection.permit;
    PermitView {
        number: number(&permit.id.to_string()),
        body: words(&case.inspection.permit.visit.body_name),
        purpose: words(&permit.visit.purpose),
        first_day: day(permit.not_before_s),
        // It ends with the last second of its last day.
        last_day: day(permit.expires_s - 1),
        ad_hoc: permit.visit.ad_hoc,
        withdrawn_ms: case.inspection.withdrawn_ms,
        checklist: words(&case.checklist.title),
        checklist_version: case.checklist.version.clone(),
        checklist_hash: case.checklist.hash.to_string(),
    }
}

/// A permit's name in groups of four, to be read out.
fn number(hex: &str) -> String {
    let digits: Vec<char> = hex.chars().collect();
    digits.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

fn day(second: i64) -> String {
    let date = second.checked_mul(1000).and_then(days::date_at);
    date.map_or_else(|| second.to_string(), |date| date.to_string())
}
