//! The village's page `/p`: is this visit approved? And what the village says of it.
//!
//! The page is files (`assets/village`), the same for everybody; it verifies in the browser. What the server adds:
//! the list of keys and withdrawals, a permit by its short code, and the box that takes what a village says.
//!
//! Deliberately absent: an account, an upload, a cookie, a track, any row that says who looked or who spoke.

mod code;
mod files;
mod keep;
mod totals;

pub use code::{code_of, short_code};
pub use keep::keep;
pub use totals::{BodyTotal, Comment, FEWEST, Onlooker, Rating, Refused, Totals, totals};

use crate::App;
use axum::Router;

/// The village's routes.
pub fn routes() -> Router<App> {
    files::routes()
}
