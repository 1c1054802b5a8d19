//! `/v1/api/inspections`.

use super::paging::{Asked, Page};
use super::words::{Name, moment};
use super::{Account, ApiError, Right, error::Problem};
use crate::page::view::InspectionState;
use crate::pages::{Case, Checklists, ChosenAnswer, chosen, scalar_text};
use crate::store::read;
use crate::{App, Error, Scope};
use axum::extract::{Path, State};
use axum::{Extension, Json};
use rusqlite::{Connection, params};
use serde::Serialize;
use utoipa::ToSchema;
use wurao_protocol::DocumentId;
use wurao_record::{Map, field};

/// One visit to one site, in numbers.
#[derive(Serialize, ToSchema)]
pub(super) struct Inspection {
    /// Its id, 32 hexadecimal digits.
    document: String,
    /// The id of its permit.
    permit: String,
    /// Where.
    site: Site,
    /// The body that inspects.
    body: Body,
    /// What for.
    purpose: Name,
    /// `planned`, `under-way`, `left-by-some`, `closed`, `voided`, `withdrawn` (before anybody began), or of a late
    /// registration `undecided` or `not-registered`.
    state: &'static str,
    /// The first answer's time.
    #[schema(format = DateTime)]
    started: Option<String>,
    /// When it closed.
    #[schema(format = DateTime)]
    closed: Option<String>,
    /// When its permit was withdrawn.
    #[schema(format = DateTime)]
    withdrawn: Option<String>,
    /// The hash of the checklist's meaning.
    checklist: String,
    /// Questions that apply.
    questions: u32,
    /// Of these, answered.
    answered: u32,
    /// Questions whose different values nobody has chosen between.
    conflicts: u32,
    /// Questions whose different values somebody has chosen between.
    chosen: u32,
    /// Changes that wait for a decision.
    held_changes: u32,
    /// Photos, noted ones included.
    photos: u32,
    /// Findings that follow from the answers.
    findings: u32,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Site {
    /// Its id.
    id: String,
    name: Name,
    /// The twelve digits of its division.
    division: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Body {
    /// Its id.
    id: String,
    name: Name,
}

/// One question's values. Several are a conflict: people wrote different things, and nobody has chosen yet.
#[derive(Serialize, ToSchema)]
pub(super) struct Answer {
    /// The question's name in the checklist, and `@` with the row of a repeat.
    key: String,
    /// The different values in force, the one shown first.
    values: Vec<String>,
    /// The choices behind these values. Beside another value: it came without knowing of the choice, and the conflict is
    /// open again. Several with different values: people chose differently, and it is open too.
    choices: Vec<Choice>,
}

/// Somebody chose between different values.
#[derive(Clone, Serialize, ToSchema)]
pub(super) struct Choice {
    /// What they chose.
    value: String,
    /// When.
    #[schema(format = DateTime)]
    at: String,
    /// On the office's page; otherwise on a phone.
    at_page: bool,
    /// What had been answered or chosen before, in the order in which it was.
    among: Vec<String>,
}

/// An inspection with its answers.
#[derive(Serialize, ToSchema)]
pub(super) struct Whole {
    #[serde(flatten)]
    inspection: Inspection,
    answers: Vec<Answer>,
}

/// A page of the list.
#[derive(Serialize, ToSchema)]
pub(super) struct Inspections {
    inspections: Vec<Inspection>,
    /// Ask with `after` set to this for the next page; none when this is the last.
    next: Option<String>,
}

/// The inspections in the account's scope, in the order of their ids.
#[utoipa::path(get, path = "/v1/api/inspections", tag = "api", security(("token" = [])), params(Page), responses(
    (status = 200, body = Inspections),
    (status = 401, description = "no good token", body = Problem),
    (status = 403, description = "the account lacks read-inspections", body = Problem),
    (status = 422, description = "a parameter cannot be understood", body = Problem),
    (status = 429, description = "too many requests", body = Problem),
))]
pub(super) async fn list(
    State(app): State<App>,
    Extension(checklists): Extension<Checklists>,
    account: Account,
    Asked(page): Asked<Page>,
) -> Result<Json<Inspections>, ApiError> {
    let scope = account.may(Right::ReadInspections)?;
    let (limit, after) = (page.limit()?, page.after()?);
    let read = app.store().read(move |db| {
        let (cases, next) = cases(db, &checklists, &scope, after, limit)?;
        Ok(Inspections { inspections: cases.iter().map(in_short).collect(), next })
    });
    Ok(Json(read.await?))
}

/// One inspection.
#[utoipa::path(get, path = "/v1/api/inspections/{document}", tag = "api", security(("token" = [])),
    params(("document" = String, Path, description = "its id", pattern = "^[0-9a-f]{32}$")),
    responses(
    (status = 200, body = Whole),
    (status = 401, description = "no good token", body = Problem),
    (status = 403, description = "the account lacks read-inspections", body = Problem),
    (status = 404, description = "nothing of that id in scope", body = Problem),
    (status = 429, description = "too many requests", body = Problem),
))]
pub(super) async fn one(
    State(app): State<App>,
    Extension(checklists): Extension<Checklists>,
    account: Account,
    Path(document): Path<String>,
) -> Result<Json<Whole>, ApiError> {
    let scope = account.may(Right::ReadInspections)?;
    let document: DocumentId = document.parse().map_err(|_| ApiError::NotFound)?;
    let read = app.store().read(move |db| {
        let found = read::inspection(db, &scope, &document)?;
        found.map(|found| whole(db, &Case::read(db, &checklists, found)?)).transpose()
    });
    read.await?.map(Json).ok_or(ApiError::NotFound)
}

/// The inspections of one page of a scope, and where the next page begins.
pub(super) fn cases(
    db: &Connection,
    checklists: &Checklists,
    scope: &Scope,
    after: Option<[u8; 16]>,
    limit: usize,
) -> Result<(Vec<Case>, Option<String>), Error> {
    let sql = "SELECT i.document FROM inspection i JOIN site s ON s.id = i.site \
               WHERE substr(s.division, 1, length(?1)) = ?1 AND (?2 IS NULL OR i.body = ?2) \
               AND (?3 IS NULL OR i.document > ?3) ORDER BY i.document LIMIT ?4";
    let mut statement = db.prepare_cached(sql)?;
    let values = params![scope.prefix(), scope.body_bytes(), after, limit as i64 + 1];
    let mut ids = statement.query_map(values, |row| Ok(DocumentId(row.get(0)?)))?.collect::<Result<Vec<_>, _>>()?;
    let more = ids.len() > limit;
    ids.truncate(limit);
    let next = ids.last().filter(|_| more).map(DocumentId::to_string);
    let mut cases = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(inspection) = read::inspection(db, scope, &id)? {
            cases.push(Case::read(db, checklists, inspection)?);
        }
    }
    Ok((cases, next))
}

fn in_short(case: &Case) -> Inspection {
    let inspection = &case.inspection;
    let visit = &inspection.permit.visit;
    Inspection {
        document: inspection.document.to_string(),
        permit: inspection.permit.id.to_string(),
        site: site(&inspection.site),
        body: Body { id: visit.body.to_string(), name: Name::from(&visit.body_name) },
        purpose: Name::from(&visit.purpose),
        state: match case.state() {
            InspectionState::Planned => "planned",
            InspectionState::UnderWay => "under-way",
            InspectionState::LeftBySome => "left-by-some",
            InspectionState::Closed => "closed",
            InspectionState::Voided => "voided",
            InspectionState::Withdrawn => "withdrawn",
            InspectionState::Undecided => "undecided",
            InspectionState::NotRegistered => "not-registered",
        },
        started: case.started_ms().map(moment),
        closed: inspection.closed_ms.map(moment),
        withdrawn: inspection.withdrawn_ms.map(moment),
        checklist: visit.checklist.to_string(),
        questions: case.questions(),
        answered: case.answered(),
        conflicts: case.conflicts(),
        chosen: case.chosen(),
        held_changes: case.changes_in("held"),
        photos: case.photo_count(),
        findings: case.evaluation.findings.len() as u32,
    }
}

pub(super) fn site(site: &wurao_protocol::record::Site) -> Site {
    Site { id: site.id.to_string(), name: Name::from(&site.name), division: site.division.clone() }
}

fn whole(db: &Connection, case: &Case) -> Result<Whole, Error> {
    let mut answers: Vec<Answer> = case
        .live
        .chunk_by(|a, b| (a.map, &a.key) == (b.map, &b.key))
        .filter(|ops| ops[0].map == Map::Answers)
        .map(|ops| Answer {
            key: ops[0].key.clone(),
            values: field(ops, &[]).values.iter().map(|held| scalar_text(&held.value)).collect(),
            choices: Vec::new(),
        })
        .collect();
    for ChosenAnswer { key, chosen, among } in chosen(db, case)? {
        let among = among.into_iter().map(|said| said.value).collect();
        let choice = Choice { value: chosen.value, at: moment(chosen.at_ms), at_page: chosen.at_page, among };
        answers.iter_mut().filter(|answer| answer.key == key).for_each(|answer| answer.choices.push(choice.clone()));
    }
    Ok(Whole { inspection: in_short(case), answers })
}
