//! Rounds of calls, each with a fault in it, its recovery, and what must hold then.

use super::base::Base;
use super::calls;
use super::check;
use super::known::Sure;
use super::world::World;
use crate::Trouble;
use crate::fault::{Disk, Fault, Plan, seed_sqlite};
use rand::Rng;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Faults of one seed, each of which may be followed by others in its recovery.
const ROUNDS: usize = 10;
/// The most cuts in one recovery.
const MOST_AGAIN: usize = 3;

/// What one seed came to.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Faults that came.
    pub points: u64,
    /// What does not hold.
    pub failures: Vec<String>,
    /// What was seen on the way.
    pub seen: Seen,
    /// A number that is the same when both disks were used alike.
    pub trace: u64,
}

/// What was seen on the way, to know that a run that finds nothing has looked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Calls of the phone.
    pub calls: u64,
    /// Those that returned.
    pub returned: u64,
    /// Answers that were said to be saved.
    pub saved: u64,
    /// Photos that were.
    pub photos: u64,
    /// Syncs that went through.
    pub syncs: u64,
    /// Cuts of the phone's disk.
    pub phone_cuts: u64,
    /// Cuts of the server's disk.
    pub server_cuts: u64,
    /// Cuts of either in the recovery from another.
    pub again: u64,
    /// Writes and the like that were not flushed and were lost in cuts, or torn.
    pub lost: u64,
    /// Disks that were full.
    pub full: u64,
    /// Disks with errors.
    pub errors: u64,
}

impl Seen {
    /// Both together.
    pub fn add(&mut self, other: &Seen) {
        let Seen { calls, returned, saved, photos, syncs, phone_cuts, server_cuts, again, lost, full, errors } = other;
        self.calls += calls;
        self.returned += returned;
        self.saved += saved;
        self.photos += photos;
        self.syncs += syncs;
        self.phone_cuts += phone_cuts;
        self.server_cuts += server_cuts;
        self.again += again;
        self.lost += lost;
        self.full += full;
        self.errors += errors;
    }
}

/// Plays one seed through and says what does not hold.
///
/// # Errors
/// When the world itself cannot be made.
pub fn crash(base: &Base, seed: u64) -> Result<Outcome, Trouble> {
    seed_sqlite(seed + 1);
    let mut world = World::new(base, seed)?;
    for n in 0..ROUNDS {
        let round = catch_unwind(AssertUnwindSafe(|| round(&mut world)));
        let failure = match round {
            Ok(Ok(())) => None,
            Ok(Err(trouble)) => Some(trouble.to_string()),
            Err(_) => Some("something panicked".to_owned()),
        };
        world.failures.extend(failure);
        if !world.failures.is_empty() {
            world.failures = world.failures.iter().map(|what| format!("round {n}: {what}")).collect();
            break;
        }
    }
    if world.failures.is_empty() {
        check::agree(&mut world)?;
        check::server(&mut world)?;
        check::audited(&mut world)?;
    }
    let trace = world.phone_disk.trace() ^ world.server_disk.trace().rotate_left(1);
    let seen = world.seen;
    let points = seen.phone_cuts + seen.server_cuts + seen.full + seen.errors;
    Ok(Outcome { points, failures: std::mem::take(&mut world.failures), seen, trace })
}

/// Whose disk fails.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    Phone,
    Server,
}

fn round(world: &mut World<'_>) -> Result<(), Trouble> {
    let whose = if world.happens(70) { Whose::Phone } else { Whose::Server };
    let plan = planned(world);
    let trouble = if world.happens(70) { 0 } else { 30 };
    world.trouble(trouble);
    if world.happens(15) && world.let_in == Sure::Yes {
        calls::colleague(world).map_err(|error| Trouble::new("let the colleague work", error.to_string()))?;
    }
    disk(world, whose).plan(plan);
    let before = disk(world, whose).hits();
    let calls = 1 + world.draw(8);
    for _ in 0..calls {
        if whose == Whose::Server && world.happens(50) {
            calls::send_if_ready(world);
        } else {
            calls::one(world);
        }
        // Nobody goes on with a phone that is off; of a server that is, phones know nothing.
        if world.phone_disk.is_cut() || !world.failures.is_empty() {
            break;
        }
    }
    if !world.failures.is_empty() {
        return Ok(());
    }
    let came = disk(world, whose).hits() > before;
    let opened = match plan.fault {
        Fault::Cut => {
            // A power cut comes also when nothing is written.
            disk(world, whose).cut();
            recover(world, whose)?;
            whose == Whose::Phone
        }
        Fault::Full | Fault::Failing => {
            disk(world, whose).calm();
            world.seen.full += u64::from(came && plan.fault == Fault::Full);
            world.seen.errors += u64::from(came && plan.fault == Fault::Failing);
            // It goes on as it is, or opened again.
            let reopens = world.phone.is_none() || world.happens(40);
            if reopens && whose == Whose::Phone || world.phone.is_none() {
                calls::reopen(world);
            }
            if whose == Whose::Server && world.happens(40) {
                world.end_server();
                world.open_server()?;
            }
            reopens && whose == Whose::Phone
        }
    };
    if !world.failures.is_empty() {
        return Ok(());
    }
    if world.phone.is_none() {
        calls::reopen(world);
    }
    check::phone(world, opened)?;
    if whose == Whose::Server {
        check::server(world)?;
    }
    if world.failures.is_empty() && (whose == Whose::Server || world.happens(30)) {
        check::agree(world)?;
    }
    Ok(())
}

/// A fault, soon as a rule.
fn planned(world: &mut World<'_>) -> Plan {
    let fault =
        [Fault::Cut, Fault::Cut, Fault::Cut, Fault::Cut, Fault::Cut, Fault::Full, Fault::Failing][world.draw(7)];
    let within = [8, 40, 120, 300][world.draw(4)];
    let within = if fault == Fault::Full { within / 4 } else { within };
    Plan { fault, at: 1 + world.draw(within) as u64, lasts: world.happens(50) }
}

fn disk<'w>(world: &'w World<'_>, whose: Whose) -> &'w Disk {
    match whose {
        Whose::Phone => &world.phone_disk,
        Whose::Server => &world.server_disk,
    }
}

/// Ends what ran over a disk that was cut, and opens it over what is left; the power may go again meanwhile.
fn recover(world: &mut World<'_>, whose: Whose) -> Result<(), Trouble> {
    for again in 0.. {
        match whose {
            Whose::Phone => world.phone = None,
            Whose::Server => world.end_server(),
        }
        let seed = world.chance.random();
        let settled = disk(world, whose).settle(seed)?;
        world.seen.lost += settled.lost as u64;
        world.seen.again += u64::from(again > 0);
        match whose {
            Whose::Phone => world.seen.phone_cuts += 1,
            Whose::Server => world.seen.server_cuts += 1,
        }
        let goes_again = again < MOST_AGAIN && world.happens(40);
        if goes_again {
            let at = 1 + world.draw(40) as u64;
            disk(world, whose).plan(Plan { fault: Fault::Cut, at, lasts: true });
        }
        let opened = match whose {
            Whose::Phone => world.open_phone().map_err(|error| error.to_string()),
            Whose::Server => world.open_server().map_err(|error| error.to_string()),
        };
        if opened.is_ok() && goes_again {
            // Opening alone changes little: the first work after it, and an orderly end.
            for _ in 0..2 {
                if disk(world, whose).is_cut() || !world.failures.is_empty() {
                    break;
                }
                if whose == Whose::Server { calls::send_if_ready(world) } else { calls::one(world) }
            }
        }
        if !disk(world, whose).is_cut() {
            disk(world, whose).calm();
            return opened.map_err(|error| Trouble::new("open after a cut", error));
        }
    }
    Ok(())
}
