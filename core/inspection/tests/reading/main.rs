//! Documents of a few puts, read under small checklists.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod answers;
mod checklist;
mod outline;
mod people;
mod world;
