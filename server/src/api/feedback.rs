//! `/v1/api/feedback`.

use super::words::Name;
use super::{Account, ApiError, Right, error::Problem};
use crate::App;
use crate::village::{BodyTotal, Onlooker, Rating, totals as of_area};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

/// What villages said of one body's visits.
#[derive(Serialize, ToSchema)]
pub(super) struct Said {
    body: Name,
    /// Visits approved.
    visits: u32,
    /// Of these, refused by the village.
    refused: u32,
    /// The mean of the ratings, one to five; none while there are too few, or when the account is the body's own.
    stars: Option<f64>,
}

/// What villages said in the account's scope.
#[derive(Serialize, ToSchema)]
pub(super) struct Feedback {
    bodies: Vec<Said>,
}

/// What villages said, as sums that lead to nobody.
#[utoipa::path(get, path = "/v1/api/feedback", tag = "api", security(("token" = [])), responses(
    (status = 200, body = Feedback),
    (status = 401, description = "no good token", body = Problem),
    (status = 403, description = "the account lacks read-feedback-aggregates", body = Problem),
    (status = 429, description = "too many requests", body = Problem),
))]
pub(super) async fn totals(State(app): State<App>, account: Account) -> Result<Json<Feedback>, ApiError> {
    let scope = account.may(Right::ReadFeedbackAggregates)?;
    // An account of no body is nobody's own: the id of no body stands for that.
    let onlooker = Onlooker::Of(scope.body().unwrap_or(wurao_protocol::BodyId([0; 16])));
    let totals = app.store().read(move |db| of_area(db, &scope, onlooker)).await?;
    Ok(Json(Feedback { bodies: totals.bodies.iter().map(said).collect() }))
}

fn said(total: &BodyTotal) -> Said {
    let stars = match total.rating {
        Rating::Mean { stars, .. } => Some(stars),
        Rating::TooFew | Rating::Own => None,
    };
    Said { body: Name::from(&total.name), visits: total.visits, refused: total.refused, stars }
}
