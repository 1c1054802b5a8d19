//! The phone against an office that is not there. One program for all of it: each would link the whole phone again.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod attacks;
mod common;
mod encrypted;
mod handover;
mod inspecting;
mod journal;
mod log;
mod older;
mod page;
mod permits;
mod registering;
mod sharing;
mod syncing;
