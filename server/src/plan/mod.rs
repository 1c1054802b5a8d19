//! The annual plan: what bodies mean to inspect, who approves it, and how often villages may be visited.

use crate::App;
use axum::Router;

/// The plan's pages.
pub fn routes() -> Router<App> {
    Router::new()
}
