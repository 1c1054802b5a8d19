//! Documents of a few puts, read under small checklists.

mod answers;
mod checklist;
mod outline;
mod people;
mod world;
