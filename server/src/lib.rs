//! The server of Wurao: sync, evidence and the supervisors' page.
//!
//! Start with [`Server::start`] (a server in this process) or [`run`] (the command line). [`sync`] is the one round
//! trip of the phones, [`store`] the database under it, [`uploads`] where photos arrive, [`county`] what a server is
//! filled with, [`page`] and [`pages`] what supervisors see. Every route works on an [`App`].
//!
//! Deliberately absent: a village account, any upload by a village, loading an inspection's document to answer a
//! request, and a clock or randomness of its own: both come with the [`Config`].

pub mod admin;
pub mod api;
mod app;
mod args;
pub mod audit;
mod body;
pub mod choices;
mod clock;
pub mod compact;
mod config;
pub mod county;
mod days;
pub mod drain;
pub mod enrol;
mod error;
pub mod export;
mod files;
mod headers;
pub mod held;
mod keys;
mod limiter;
pub mod live;
pub mod page;
pub mod pages;
mod peer;
pub mod people;
pub mod permits;
mod places;
pub mod plan;
mod public_url;
mod random;
mod routes;
mod scope;
mod server;
pub mod store;
pub mod sync;
pub mod tls;
pub mod uploads;
pub mod village;

pub use app::App;
pub use args::run;
pub use clock::{Clock, SystemClock};
pub use config::Config;
pub use error::Error;
pub use files::Files;
pub use keys::Keys;
pub(crate) use peer::Peer;
pub use people::Role;
pub use public_url::{Doubt, PublicUrl, PublicUrlError};
pub use random::{Random, SystemRandom};
pub use routes::{Route, list as routes, router};
pub use scope::Scope;
pub use server::Server;
