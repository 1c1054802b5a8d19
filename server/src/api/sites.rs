//! `/v1/api/sites`.

use super::inspections::{Site, site};
use super::paging::{Asked, Page};
use super::{Account, ApiError, Right, error::Problem};
use crate::App;
use crate::store::read;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

/// A page of the sites.
#[derive(Serialize, ToSchema)]
pub(super) struct Sites {
    sites: Vec<Site>,
    /// Ask with `after` set to this for the next page; none when this is the last.
    next: Option<String>,
}

/// The sites in the account's scope, in the order of their ids.
#[utoipa::path(get, path = "/v1/api/sites", tag = "api", security(("token" = [])), params(Page), responses(
    (status = 200, body = Sites),
    (status = 401, description = "no good token", body = Problem),
    (status = 403, description = "the account has neither read-inspections nor read-plan", body = Problem),
    (status = 422, description = "a parameter cannot be understood", body = Problem),
    (status = 429, description = "too many requests", body = Problem),
))]
pub(super) async fn list(
    State(app): State<App>,
    account: Account,
    Asked(page): Asked<Page>,
) -> Result<Json<Sites>, ApiError> {
    let scope = account.may_either(&[Right::ReadInspections, Right::ReadPlan])?;
    let (limit, after) = (page.limit()?, page.after()?);
    let mut sites = app.store().read(move |db| read::sites(db, &scope)).await?;
    sites.retain(|site| after.is_none_or(|after| site.id.0 > after));
    sites.sort_by_key(|site| site.id);
    let more = sites.len() > limit;
    sites.truncate(limit);
    let next = sites.last().filter(|_| more).map(|site| site.id.to_string());
    Ok(Json(Sites { sites: sites.iter().map(site).collect(), next }))
}
