//! The router: every address of the server in one place.

use crate::{App, admin, api, enrol, export, live, pages, people, plan, sync, uploads, village};
use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::routing::get;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;

/// Everything the server answers.
pub fn router(app: App) -> Router {
    let patience = app.config().patience;
    Router::new()
        .route("/healthz", get(async || "ok"))
        .merge(sync::routes())
        .merge(enrol::routes())
        .merge(uploads::routes())
        .merge(people::routes())
        .merge(live::routes())
        .merge(pages::routes())
        .merge(export::routes())
        .merge(plan::routes())
        .merge(admin::routes())
        .merge(api::routes())
        .merge(village::routes())
        .layer(axum::middleware::from_fn(people::origin::only_ours))
        .layer(always(header::CONTENT_SECURITY_POLICY, "default-src 'self'; frame-ancestors 'none'"))
        // Not `no-referrer`: under that a browser names its own page's forms `Origin: null`, and nobody could sign in.
        .layer(always(header::REFERRER_POLICY, "same-origin"))
        .layer(always(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(always(header::X_FRAME_OPTIONS, "DENY"))
        .layer(RequestBodyTimeoutLayer::new(patience))
        .with_state(app)
}

/// A header of every answer that does not set it itself.
fn always(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}
