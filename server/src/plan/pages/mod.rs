//! The plan's pages: routes, and how their views are filled.

mod export;
mod fill;
mod form;
mod handlers;
mod list;
mod steps;

pub(super) use handlers::routes;
