//! Setting a server up and looking after it, over HTTP.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

#[path = "../support/mod.rs"]
mod support;

mod attacks;
mod divisions;
mod office;
mod people;
mod setup;
mod things;
