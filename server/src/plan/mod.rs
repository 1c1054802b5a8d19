//! The annual plan: what bodies mean to inspect, who approves it, and how often villages may be visited.
//!
//! [`rule`], [`Period`] and [`Level`] are the rules, without a database. [`draft`], [`approve`] and [`merge`] are what
//! people do, each in one write; what is refused comes back as [`PlanFault`]s and nothing is done then. [`read`] is what
//! pages see: no item without a [`Sight`].
//!
//! Deliberately absent: a stored `running` or `done` (they follow from the inspections), and any way past a rule but the
//! count, which an approver may exceed with a reason that stays visible.

pub mod approve;
mod base;
pub mod draft;
mod fault;
mod force;
mod form;
mod hand;
mod item;
mod level;
pub mod merge;
mod pages;
mod period;
pub mod read;
pub mod rule;
pub(crate) mod store;

pub(crate) use base::YEARS;
pub use base::{Base, BaseFault, BaseWhy, parse as parse_base};
pub use fault::{Outcome, PlanFault, PlanField};
pub use hand::Hand;
pub use item::{Content, Deed, Item, ItemKind, ItemPerson, ItemSite, ItemState, Joint, Step, Voided};
pub use level::{Level, LevelRules};
pub use period::Period;
pub use read::{Filter, Overlap, Sight, avoided};

use crate::App;
use axum::Router;

/// The plan's pages: `/plan` and below.
pub fn routes() -> Router<App> {
    pages::routes()
}
