//! Setting up and keeping a server: people and what they may do, bodies, divisions, sites, checklists, phones.

use crate::App;
use axum::Router;

/// The administrator's pages.
pub fn routes() -> Router<App> {
    Router::new()
}
