//! The village's page `/p`: is this visit approved? And what the village says of it.
//!
//! The page is files (`assets/village`), the same for everybody; it verifies in the browser. What the server adds: the
//! list of keys and withdrawals, a permit by its short code ([`routes`]), and the box that takes what a village says
//! ([`keep`]). The office sees it put together ([`totals`]).
//!
//! Deliberately absent: an account, an upload, a cookie, a track, any row that says who looked or who spoke.

mod code;
mod files;
mod keep;
mod office;
mod routes;
mod totals;

pub use keep::keep;
pub use routes::{MOST_SAID, open};
pub use totals::{BodyTotal, Comment, FEWEST, Onlooker, Rating, Refused, Totals, totals};

use crate::App;
use axum::Router;

/// The village's routes.
pub fn routes() -> Router<App> {
    routes::routes()
}
