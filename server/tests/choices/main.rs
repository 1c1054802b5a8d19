//! Choosing between different answers on the page: what it makes, who may, when not, and who cannot forge it.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod choosing;
mod forged;
mod refused;
mod scene;
#[path = "../support/mod.rs"]
mod support;
