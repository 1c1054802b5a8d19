//! What other systems may read: JSON under `/v1/api`, for service accounts with tokens.
//!
//! An account ([`account`]) has a [`Scope`](crate::Scope) and [`Right`]s, and is made and revoked on `/admin/accounts` or by
//! the command line; its token is shown once and stored hashed. A request carries it as `Authorization: Bearer`. What is
//! wrong is said as `{"problem", "detail"}` ([`ApiError`]). Lists go on from the `next` of the page before. The whole of
//! it is described at `/v1/openapi.json`.
//!
//! Deliberately absent: a cookie (so no page of another site can use it), people's names, photos and their addresses.

pub mod account;
mod burden;
mod command;
mod error;
mod feedback;
mod findings;
mod inspections;
mod openapi;
mod page;
mod paging;
mod plan;
mod sites;
mod words;

pub use account::{Account, AccountInfo, NewAccount, Right};
pub(crate) use command::TokenCommand;
pub use error::ApiError;

use crate::App;
use crate::pages::Checklists;
use axum::{Extension, Router};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The integrators' routes.
pub fn routes() -> Router<App> {
    let (router, description) = described().split_for_parts();
    router.layer(Extension(Checklists::default())).merge(openapi::routes(description)).merge(page::routes())
}

fn described() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(inspections::list))
        .routes(routes!(inspections::one))
        .routes(routes!(findings::list))
        .routes(routes!(plan::list, plan::draft))
        .routes(routes!(sites::list))
        .routes(routes!(burden::list))
        .routes(routes!(feedback::totals))
}
