//! `/v1/api/burden`.

use super::inspections::{Site, site};
use super::paging::Asked;
use super::{Account, ApiError, Right, error::Problem};
use crate::App;
use crate::page::view::Burden;
use crate::pages::{Case, Checklists, burden};
use crate::plan;
use crate::store::read;
use axum::extract::State;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Year {
    /// Which year; the present one when left out.
    #[param(minimum = 2000, maximum = 2199)]
    year: Option<i16>,
}

/// What a year's inspections have cost one site.
#[derive(Serialize, ToSchema)]
pub(super) struct Cost {
    site: Site,
    /// Visits that began.
    visits: u32,
    /// Minutes on site, from the first to the last sign of life of each day.
    minutes: u32,
    /// Questions answered.
    questions: u32,
    /// Photos taken.
    photos: u32,
    /// Visits that were not made because two bodies came together.
    avoided: u32,
    /// Visits that the village refused.
    refused: u32,
}

/// What a year's inspections have cost the sites in the account's scope.
#[derive(Serialize, ToSchema)]
pub(super) struct Costs {
    year: i16,
    /// Sites that were visited, spared a visit, or refused one.
    sites: Vec<Cost>,
}

/// What inspections cost the villages.
#[utoipa::path(get, path = "/v1/api/burden", tag = "api", security(("token" = [])), params(Year), responses(
    (status = 200, body = Costs),
    (status = 401, description = "no good token", body = Problem),
    (status = 403, description = "the account lacks read-inspections", body = Problem),
    (status = 422, description = "a parameter cannot be understood", body = Problem),
    (status = 429, description = "too many requests", body = Problem),
))]
pub(super) async fn list(
    State(app): State<App>,
    Extension(checklists): Extension<Checklists>,
    account: Account,
    Asked(asked): Asked<Year>,
) -> Result<Json<Costs>, ApiError> {
    let scope = account.may(Right::ReadInspections)?;
    let year = asked.year.unwrap_or_else(|| burden::year(app.now_ms()));
    if !(2000..2200).contains(&year) {
        return Err(ApiError::Invalid(format!("year: {year} is not between 2000 and 2199")));
    }
    let read = app.store().read(move |db| {
        let mut costs = BTreeMap::new();
        for inspection in read::inspections(db, &scope)? {
            let case = Case::read(db, &checklists, inspection)?;
            let none = || (site(&case.inspection.site), Burden { year, ..Burden::default() });
            let (_, sum) = costs.entry(case.inspection.site.id).or_insert_with(none);
            *sum = burden::sum(*sum, burden::of(&case, year));
        }
        for (site, (_, sum)) in &mut costs {
            sum.avoided = plan::avoided(db, &scope, site, year as u16)?;
        }
        let visited = costs.into_values().filter(|(_, sum)| sum.visits + sum.avoided + sum.refused > 0);
        let cost = |(site, sum): (Site, Burden)| Cost {
            site,
            visits: sum.visits,
            minutes: sum.minutes,
            questions: sum.questions,
            photos: sum.photos,
            avoided: sum.avoided,
            refused: sum.refused,
        };
        Ok(Costs { year, sites: visited.map(cost).collect() })
    });
    Ok(Json(read.await?))
}
