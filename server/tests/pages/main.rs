//! The supervisors' pages over HTTP: what a phone has pushed is what they show, and only to those who may see it.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

#[path = "../support/mod.rs"]
mod support;

mod content;
mod county;
mod reader;
mod scope;
