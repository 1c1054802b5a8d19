//! Everything the server says and does over HTTP. One program for all of it: each would link the whole server again.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod admin;
mod api;
mod attacks;
mod audit;
mod audit_tables;
mod bounds;
mod choices;
mod compaction;
mod county;
mod drain;
mod headers;
mod held;
mod held_order;
mod held_rights;
mod pages;
mod parts;
mod people;
mod permits;
mod places;
mod plan;
mod program;
mod regained;
mod relay;
mod replay;
mod store;
mod support;
mod sync;
mod tls;
mod together;
mod uploads;
mod village;
