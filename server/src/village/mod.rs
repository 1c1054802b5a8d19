//! The village's page `/p`: is this visit approved? And what the village says of it. No account, no upload, no cookie.

use crate::App;
use axum::Router;

/// The village's routes.
pub fn routes() -> Router<App> {
    Router::new()
}
