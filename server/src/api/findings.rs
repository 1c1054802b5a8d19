//! `/v1/api/findings`.

use super::inspections::{Site, cases, site};
use super::paging::{Asked, Page};
use super::words::Name;
use super::{Account, ApiError, Right, error::Problem};
use crate::App;
use crate::pages::{Case, Checklists};
use axum::extract::State;
use axum::{Extension, Json};
use serde::Serialize;
use utoipa::ToSchema;

/// Something that is wrong, as the answers imply it.
#[derive(Serialize, ToSchema)]
pub(super) struct Finding {
    /// The inspection it is of.
    document: String,
    /// Where.
    site: Site,
    /// The question it follows from.
    question: String,
    /// The row of a repeat, or `-`.
    instance: String,
    /// `minor`, `major` or `critical`.
    severity: &'static str,
    /// What is wrong.
    title: Name,
}

/// The findings of a page of inspections.
#[derive(Serialize, ToSchema)]
pub(super) struct Findings {
    findings: Vec<Finding>,
    /// Ask with `after` set to this for the findings of the next inspections; none when there are no more.
    next: Option<String>,
}

/// The findings of all inspections in the account's scope that are not voided, so many inspections a page.
#[utoipa::path(get, path = "/v1/api/findings", tag = "api", security(("token" = [])), params(Page), responses(
    (status = 200, body = Findings),
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
) -> Result<Json<Findings>, ApiError> {
    let scope = account.may(Right::ReadInspections)?;
    let (limit, after) = (page.limit()?, page.after()?);
    let read = app.store().read(move |db| {
        let (cases, next) = cases(db, &checklists, &scope, after, limit)?;
        Ok(Findings {
            findings: cases.iter().filter(|case| case.inspection.voided_ms.is_none()).flat_map(of).collect(),
            next,
        })
    });
    Ok(Json(read.await?))
}

fn of(case: &Case) -> Vec<Finding> {
    let findings = case.evaluation.findings.iter().map(|finding| Finding {
        document: case.inspection.document.to_string(),
        site: site(&case.inspection.site),
        question: finding.question.clone(),
        instance: finding.instance.clone(),
        severity: finding.severity.as_str(),
        title: Name::from(&[finding.title.get("zh").to_owned(), finding.title.get("en").to_owned()]),
    });
    findings.collect()
}
