//! Held work and late registrations: what there is to decide in a scope, the page that shows it, and the decisions.
//!
//! Held work is decided on by supervisors and approvers, late registrations by approvers alone. What somebody may not
//! see does not exist for them.

mod act;
mod read;
mod routes;

pub use act::{Choice, decide, decide_late};
pub use read::{HeldWork, LateRow, counts, lates, work};
pub use routes::routes;
