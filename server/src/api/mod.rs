//! What other systems may read: JSON under `/v1`, for service accounts with scoped tokens.

use crate::App;
use axum::Router;

/// The integrators' routes.
pub fn routes() -> Router<App> {
    Router::new()
}
