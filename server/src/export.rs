//! A case as a file that anybody can verify without this server.

use crate::App;
use axum::Router;

/// The exports.
pub fn routes() -> Router<App> {
    Router::new()
}
