//! What goes wrong around a phone: its clock jumps, its disk is full, its person begins without a permit.

use super::template::TEAM;
use super::world::World;
use super::{machines, play};
use crate::fault::{Disk, Fault, Plan};
use crate::visit::unplanned;
use crate::{Doing, Trouble};

/// The most visits that are begun without a permit.
const MOST_BEGUN: usize = 2;
const MINUTE_MS: i64 = 60_000;

/// Somebody sets a phone's clock, or its battery was empty: days ahead or behind, or right again.
pub(super) fn clock_jumps(world: &mut World, n: usize) -> Result<(), Trouble> {
    let most = [9, 90, 3 * 24 * 60][world.draw(3)];
    let off = world.draw(2 * most) as i64 - most as i64;
    world.trace.note(&format!("the clock of phone {n} is off by {off} minutes"));
    world.phones[n].clock.is_off_by(off * MINUTE_MS);
    Ok(())
}

/// There is no room on a phone for a while: what it says is saved is, and the rest comes about or not, but not by half.
pub(super) fn disk_is_full(world: &mut World, n: usize) -> Result<(), Trouble> {
    world.trace.note(&format!("the disk of phone {n} is full"));
    world.phones[n].phone = None;
    let disk = Disk::under(&world.phones[n].folder, world.seed)?;
    world.open_phone(n)?;
    disk.plan(Plan { fault: Fault::Full, at: 1 + world.draw(30) as u64, lasts: true });
    world.phones[n].disk = Some(disk);
    for _ in 0..1 + world.draw(4) {
        play::write(world, n)?;
    }
    // It may go through, or say why it does not.
    let report = world.sync(n)?;
    world.trace.note(&format!("phone {n} has synced: {}", report.is_ok()));
    if let Some(disk) = world.phones[n].disk.take() {
        disk.calm();
    }
    // Its files are watched for as long as they are open.
    machines::reopen(world, n)
}

/// Somebody begins a visit that no permit is for, and writes that down.
pub(super) fn begins_late(world: &mut World, n: usize) -> Result<(), Trouble> {
    let person = world.phones[n].person;
    if world.begun.len() >= MOST_BEGUN || person >= TEAM {
        return Ok(());
    }
    if world.phone(n)?.work().doing("list the work")?.is_empty() {
        // It was let in just now, and has not heard of any village.
        return Ok(());
    }
    let late = unplanned(world.phone(n)?, None, "simulated")?;
    let before = play::last(world, n)?;
    match world.phone(n)?.start_late(&late) {
        Ok(document) => {
            world.trace.note(&format!("phone {n} begins without a permit"));
            world.begun.push((person, document));
            play::remember(world, n, before)
        }
        Err(error) if error.code() == "device-revoked" => Ok(()),
        Err(error) => Err(error).doing("begin without a permit"),
    }
}
