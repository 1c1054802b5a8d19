//! The annual plan over HTTP, as planners, approvers and phones meet it.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

#[path = "../support/mod.rs"]
mod support;

mod approving;
mod bases;
mod drafting;
mod merging;
mod office;
mod parting;
mod rules;
mod scope;
