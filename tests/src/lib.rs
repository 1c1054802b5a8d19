//! Whole-system stories: real phones, a real server process, real connections.
//!
//! Start with [`world::World`]: a county loaded into a server process, phones with a [`link::Link`] each that can be
//! taken down or cut at a byte, [`shell::Shell`] for phones that are to be killed, [`supervisor::Supervisor`] for what
//! the page shows, [`compare::Comparison`] for whether all of them agree. `tests/` has the stories, `src/bin/` the
//! demo, the campaigns and the benches.
//!
//! Absent on purpose: what one crate can test alone is tested in that crate.

pub mod camera;
pub mod compare;
pub mod county;
pub mod crash;
pub mod fault;
pub mod folder;
pub mod link;
pub mod planning;
pub mod process;
pub mod reader;
pub mod roles;
pub mod server;
pub mod shaper;
pub mod shell;
pub mod sim;
pub mod supervisor;
mod trouble;
pub mod visit;
pub mod world;

pub use trouble::{Doing, Trouble};
