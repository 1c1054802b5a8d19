//! The supervisors' pages: their routes, and the queries that fill their views. Signing in is in [`crate::people`].

use crate::App;
use axum::Router;

/// The pages.
pub fn routes() -> Router<App> {
    Router::new()
}
