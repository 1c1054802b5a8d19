//! `/v1/api/plan`.

use super::account::Drafter;
use super::paging::{Asked, MOST};
use super::words::Name;
use super::{Account, ApiError, Right, error::Problem};
use crate::days::{parse as parse_day, show as show_day};
use crate::plan::{
    Content, Filter, Hand, Item, Level, Period, PlanFault, Sight, YEARS, draft as plan_draft, read as plan_read,
};
use crate::{App, Error};
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use wurao_protocol::{PlanItemId, Words};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Year {
    /// Items of this year; of all when left out.
    #[param(minimum = 2000, maximum = 2100)]
    year: Option<u16>,
}

/// One approved kind of inspection, or one on its way there.
#[derive(Serialize, ToSchema)]
pub(super) struct PlanItem {
    /// Its id.
    id: String,
    /// Its number, once submitted.
    number: Option<String>,
    /// The body that inspects.
    body: String,
    body_name: Name,
    year: u16,
    /// `plan` or `ad-hoc`.
    kind: &'static str,
    /// What for.
    purpose: Name,
    /// `draft`, `submitted`, `returned`, `approved`, `running`, `done`, `withdrawn` or `merged`.
    state: &'static str,
    /// The first day of the visits.
    #[schema(format = Date)]
    from: Option<String>,
    /// The last day.
    #[schema(format = Date)]
    to: Option<String>,
    /// Expected minutes of a visit.
    minutes: Option<u16>,
    /// Those of its sites that lie in the account's scope.
    sites: Vec<PlanSite>,
    /// Whether an approver let it exceed the base count.
    exceeds: bool,
}

#[derive(Serialize, ToSchema)]
pub(super) struct PlanSite {
    /// The site's id.
    id: String,
    /// Its permit, once approved.
    permit: Option<String>,
    /// Its inspection, once approved.
    document: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Plan {
    items: Vec<PlanItem>,
}

/// The plan items in the account's scope; drafts only for an account that writes them.
#[utoipa::path(get, path = "/v1/api/plan", tag = "api", security(("token" = [])), params(Year), responses(
    (status = 200, body = Plan),
    (status = 401, description = "no good token", body = Problem),
    (status = 403, description = "the account lacks read-plan", body = Problem),
    (status = 422, description = "a parameter cannot be understood", body = Problem),
    (status = 429, description = "too many requests", body = Problem),
))]
pub(super) async fn list(
    State(app): State<App>,
    account: Account,
    Asked(asked): Asked<Year>,
) -> Result<Json<Plan>, ApiError> {
    let reads = account.may(Right::ReadPlan)?;
    let plans = account.may(Right::WritePlanDrafts).ok();
    let filter = Filter { year: asked.year, id: None };
    let items = app.store().read(move |db| plan_read::items(db, &Sight { reads, plans }, &filter)).await?;
    Ok(Json(Plan { items: items.iter().map(in_short).collect() }))
}

fn in_short(item: &Item) -> PlanItem {
    let content = &item.content;
    PlanItem {
        id: item.id.to_string(),
        number: item.number.clone(),
        body: item.body.to_string(),
        body_name: Name::from(&item.body_name),
        year: content.year,
        kind: content.kind.name(),
        purpose: Name::from(&content.purpose),
        state: item.state.name(),
        from: content.period.map(|period| show_day(period.from)),
        to: content.period.map(|period| show_day(period.to)),
        minutes: content.minutes,
        sites: item
            .sites
            .iter()
            .map(|site| PlanSite {
                id: site.id.to_string(),
                permit: site.permit.map(|permit| permit.to_string()),
                document: site.document.map(|document| document.to_string()),
            })
            .collect(),
        exceeds: item.override_reason.is_some(),
    }
}

/// A plan item to be drafted. What is left out is for a planner to add before it is submitted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Draft {
    #[schema(minimum = 2000, maximum = 2100)]
    year: u16,
    /// `plan` or `ad-hoc`.
    #[schema(pattern = "^(plan|ad-hoc)$")]
    kind: String,
    /// Why an ad-hoc item cannot wait for the plan.
    #[serde(default)]
    #[schema(max_length = 500)]
    reason: String,
    /// The level of the body that inspects: `province`, `city`, `county` or `township`.
    #[schema(pattern = "^(province|city|county|township)$")]
    level: String,
    /// What for, in Chinese.
    #[schema(max_length = 100)]
    zh: String,
    /// What for, in English.
    #[serde(default)]
    #[schema(max_length = 100)]
    en: String,
    /// The ids of the sites.
    #[serde(default)]
    #[schema(max_items = 200)]
    sites: Vec<String>,
    /// The first day of the visits.
    #[schema(format = Date)]
    from: Option<String>,
    /// The last day.
    #[schema(format = Date)]
    to: Option<String>,
    /// Expected minutes of a visit.
    #[schema(minimum = 1, maximum = 1440)]
    minutes: Option<u16>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Drafted {
    /// The new item's id.
    id: String,
}

/// Drafts a plan item for the account's body; people look it over, submit and approve it.
#[utoipa::path(post, path = "/v1/api/plan", tag = "api", security(("token" = [])), request_body = Draft, responses(
    (status = 201, body = Drafted),
    (status = 401, description = "no good token", body = Problem),
    (status = 403, description = "the account lacks write-plan-drafts", body = Problem),
    (status = 422, description = "the draft cannot be understood, or names what is not in scope", body = Problem),
    (status = 429, description = "too many requests", body = Problem),
))]
pub(super) async fn draft(
    State(app): State<App>,
    account: Account,
    given: Result<Json<Draft>, JsonRejection>,
) -> Result<(StatusCode, Json<Drafted>), ApiError> {
    let Drafter { id, scope, body } = account.drafter()?;
    let Json(given) = given.map_err(|error| ApiError::Invalid(error.body_text()))?;
    let content = given.content()?;
    let fresh = PlanItemId(app.random()?);
    let hand = Hand {
        // Whoever reads the item's history sees that no person wrote it.
        person: id,
        body,
        sight: Sight { reads: scope.clone(), plans: Some(scope) },
        approves: None,
        now_ms: app.now_ms(),
    };
    let drafted = app.store().write(move |tx| plan_draft::draft(tx, &hand, fresh, &content)).await;
    match drafted {
        Ok(Ok(())) => Ok((StatusCode::CREATED, Json(Drafted { id: fresh.to_string() }))),
        Ok(Err(faults)) => Err(ApiError::Invalid(faults.iter().map(PlanFault::code).collect::<Vec<_>>().join("; "))),
        Err(refused @ Error::Refused { .. }) => Err(ApiError::Invalid(refused.to_string())),
        Err(error) => Err(error.into()),
    }
}

impl Draft {
    fn content(self) -> Result<Content, ApiError> {
        let wrong = |field: &str| ApiError::Invalid(format!("{field}: cannot be understood"));
        if !YEARS.contains(&self.year) {
            return Err(wrong("year"));
        }
        if self.minutes.is_some_and(|minutes| !(1..=1440).contains(&minutes)) {
            return Err(wrong("minutes"));
        }
        if self.sites.len() > MOST as usize {
            return Err(ApiError::Invalid(format!("sites: more than {MOST}")));
        }
        let line = |field: &str, text: &str, most: usize| match crate::people::text::name_or_nothing(text) {
            Ok(text) if text.chars().count() <= most => Ok(text),
            Ok(_) => Err(ApiError::Invalid(format!("{field}: too long"))),
            Err(fault) => Err(ApiError::Invalid(format!("{field}: {fault}"))),
        };
        let days = |field: &str, text: &Option<String>| {
            text.as_deref().map(|text| parse_day(text).ok_or_else(|| wrong(field))).transpose()
        };
        let period = match (days("from", &self.from)?, days("to", &self.to)?) {
            (None, None) => None,
            (Some(from), Some(to)) if from <= to => Some(Period { from, to }),
            _ => return Err(wrong("to")),
        };
        Ok(Content {
            year: self.year,
            kind: self.kind.parse().map_err(|()| wrong("kind"))?,
            reason: line("reason", &self.reason, 100)?,
            level: Level::BODIES.into_iter().find(|level| level.name() == self.level).ok_or_else(|| wrong("level"))?,
            purpose: Words { zh: line("zh", &self.zh, 100)?, en: line("en", &self.en, 100)? },
            sites: self.sites.iter().map(|id| id.parse().map_err(|_| wrong("sites"))).collect::<Result<_, _>>()?,
            period,
            checklist: None,
            team: Vec::new(),
            minutes: self.minutes,
        })
    }
}
