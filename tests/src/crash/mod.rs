//! One phone and its server over disks that fail: what was said to be saved is there, whatever the disk did.
//!
//! [`Base`] is what every seed begins with, copied. [`crash`] plays a seed: rounds of calls by chance ([`calls`]), each with a
//! fault somewhere in it, then the recovery and what must hold ([`check`]). [`known`] keeps what the phone has said, and so
//! what it must still say: a call that returned is certain, one that failed may have come about or not, but not by half.
//!
//! Absent on purpose: what lies past SQLite (photos, keys, the sealed journal) is on a sound disk.

mod base;
mod calls;
mod check;
mod county;
mod known;
mod look;
mod play;
mod tap;
mod world;

pub use base::Base;
pub use play::{Outcome, Seen, crash};

#[cfg(test)]
mod tests;
