//! One deterministic world: phones and a server in one process, one thread's order, one clock, one seed. Everything in it is
//! what ships, but the clock, chance and the network between.
//!
//! [`World`] is what there is, [`play`] what happens by chance, [`machines`] what happens to phones and server, [`mishaps`] clocks that jump, disks that are full and visits without a permit, [`talk`] how phones
//! sync meanwhile, [`net`] the way to the server, [`handover`] the way without one, [`office`] what the office does, [`reassign`] how it gives a visit to others, [`spare`] how somebody is given another phone, [`packing`] how the server packs, [`forge`] who
//! carries what is not theirs, [`lost_phone`] what becomes of one that is revoked, [`check`] what must hold when it is over, [`force`] what may be in force then. [`honest`] plays visits in the same world in which nobody
//! does anything wrong.
//! A failure names its seed, and the same seed does the same again: [`Outcome::trace`] is the same.
//!
//! Absent on purpose: nothing here waits for time.

mod chance;
mod check;
mod desk;
mod force;
mod forge;
mod handover;
pub mod honest;
mod lost_phone;
mod machines;
mod mishaps;
mod net;
mod office;
mod packing;
mod page;
mod play;
mod reassign;
mod spare;
mod talk;
mod template;
mod trace;
mod wire;
mod world;

pub use chance::{Clock, Seeded};
pub use check::{Live, live};
pub use net::Door;
pub use template::{MORNING_MS, Template, URL, config, folder};
pub(crate) use template::{code, county_server, text};
pub use wire::Wire;

use crate::Trouble;
use world::World;

/// What a seed came to.
pub struct Outcome {
    /// What does not hold.
    pub failures: Vec<String>,
    /// All that happened, as a hash.
    pub trace: [u8; 32],
}

/// Plays one seed through and says what does not hold.
///
/// # Errors
/// When the world itself cannot be made.
pub fn simulate(template: &Template, seed: u64) -> Result<Outcome, Trouble> {
    let mut world = World::new(template, seed)?;
    world.reassigned = reassign::Reassigned::of(seed);
    world.spare = spare::Spare::of(seed);
    let failures = match play::play(&mut world) {
        Ok(()) => check::check(&mut world).unwrap_or_else(|trouble| vec![trouble.to_string()]),
        Err(trouble) => vec![trouble.to_string()],
    };
    Ok(Outcome { failures, trace: world.trace.digest() })
}
