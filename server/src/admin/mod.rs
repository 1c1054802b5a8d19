//! Setting up and keeping a server: people and what they may do, bodies, divisions, sites, checklists, phones.
//!
//! Everything happens within the administrator's own scope. [`setup`] makes the first of them, [`steps`] leads them to a
//! first permit. What is typed wrong comes back as a [`Fault`] on the same page, and nothing is written then.
//!
//! Deliberately absent: approving (an administrator has no hand in it), changing one's own rights, and deleting: people
//! are disabled, divisions end, sites move.

mod bodies;
mod checklists;
mod csv;
mod divisions;
mod fault;
mod form;
mod pages;
mod people;
mod people_pages;
mod phones;
pub(crate) mod setup;
mod sites;
mod steps;

pub use divisions::Listed as DivisionRow;
pub(crate) use divisions::keep_current;
pub use fault::{CodeFault, Fault, LineFault};
pub use people::Known;
pub(crate) use phones::office;
pub use sites::{Listed as SiteListed, Taken as SitesTaken};
pub use steps::StepKind;

use crate::App;
use crate::page::address;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

/// The largest file that is taken.
const MAX_FILE: usize = 5 << 20;

/// The administrator's pages.
pub fn routes() -> Router<App> {
    let person = |deed: &str| format!("{}/{{person}}{deed}", address::ADMIN_PEOPLE);
    Router::new()
        .route(address::SETUP, get(setup::show).post(setup::make))
        .route(address::ADMIN, get(steps::show))
        .route(address::ADMIN_BODIES, get(bodies::show).post(bodies::add))
        .route(address::ADMIN_PEOPLE, get(people_pages::show).post(people_pages::add))
        .route(&person(""), get(people_pages::one))
        .route(&person("/grant"), post(people_pages::grant).get(form::back))
        .route(&person("/take-back"), post(people_pages::take_back).get(form::back))
        .route(&person("/disable"), post(people_pages::disable).get(form::back))
        .route(&person("/enable"), post(people_pages::enable).get(form::back))
        .route(&person("/link"), post(people_pages::link).get(form::back))
        .route(&format!("{}/add", address::ADMIN_SITES), post(pages::add_site).get(form::back))
        .route(&format!("{}/invite", address::PHONES), post(phones::invite).get(form::back))
        .route(&format!("{}/{{device}}/revoke", address::PHONES), post(phones::revoke).get(form::back))
        .layer(DefaultBodyLimit::max(64 << 10))
        .route(address::ADMIN_DIVISIONS, get(pages::divisions).post(pages::import_divisions))
        .route(address::ADMIN_SITES, get(pages::sites).post(pages::import_sites))
        .route(address::ADMIN_CHECKLISTS, get(checklists::show).post(checklists::take))
        .layer(DefaultBodyLimit::max(MAX_FILE + (64 << 10)))
}
