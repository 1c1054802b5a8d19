//! One deterministic world: phones and a server in one process, one thread's order, one clock, one seed. Everything in it is
//! what ships, but the clock, chance and the network between.
//!
//! [`World`] is what there is, [`play`] what happens by chance, [`wire`] how the network fails, [`check`] what must hold
//! when it is over. A failure names its seed, and the same seed does the same again.
//!
//! Absent on purpose: photos' pixels are few, passwords and pages are elsewhere, and nothing here waits for time.

mod chance;
mod check;
mod page;
mod play;
mod template;
mod wire;
mod world;

pub use check::check;
pub use play::play;
pub use template::Template;
pub use world::World;

use crate::Trouble;

/// Plays one seed through and says what does not hold.
///
/// # Errors
/// When the world itself cannot be made.
pub fn simulate(template: &Template, seed: u64) -> Result<(u64, Vec<String>), Trouble> {
    let mut world = World::new(template, seed)?;
    let events = play(&mut world);
    let failures = match events {
        Ok(_) => check(&mut world).unwrap_or_else(|trouble| vec![trouble.to_string()]),
        Err(ref trouble) => vec![trouble.to_string()],
    };
    Ok((events.unwrap_or_default(), failures))
}
