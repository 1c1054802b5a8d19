//! The visit itself: people come, show their permits, answer, photograph, and leave.

use super::Visit;
use super::door::Door;
use super::team::{Breaks, Leaves, Team};
use crate::sim::world::{World, permit};
use crate::sim::{machines, play, talk};
use crate::{Doing, Trouble};
use wurao_device::WorkState;

const MINUTE_MS: usize = 60_000;

/// From the morning until the last one is gone.
pub(super) fn day(world: &mut World, team: &mut Team, visit: &mut Visit) -> Result<(), Trouble> {
    let until_there = 10 * MINUTE_MS + world.draw(5 * 60 * MINUTE_MS);
    world.clock.pass(until_there as i64);
    let door = Door::new(world)?;
    let steps = 20 + world.draw(50);
    for _ in 0..steps {
        let passed = world.draw(3 * MINUTE_MS) as i64;
        world.clock.pass(passed);
        team.set_clocks(world);
        let there = there(world, team);
        if there.is_empty() {
            break;
        }
        let n = there[world.draw(there.len())];
        if !is_at_work(world, n)? {
            arrive(world, n, &door, visit)?;
        } else if team.of(world, n).breaks == Some(Breaks::InVisit) && world.happens(10) {
            team.breaks(world, n, visit)?;
        } else {
            work(world, team, n)?;
        }
    }
    team.break_all(world, Breaks::InVisit, visit)?;
    for n in there(world, team) {
        if team.of(world, n).leaves == Leaves::There {
            let passed = world.draw(10 * MINUTE_MS) as i64;
            world.clock.pass(passed);
            team.set_clocks(world);
            leave(world, n)?;
        }
    }
    Ok(())
}

/// The phones of those who came.
fn there(world: &World, team: &Team) -> Vec<usize> {
    team.phones(world).into_iter().filter(|n| team.of(world, *n).comes).collect()
}

/// Whether its person is at work there on this phone.
fn is_at_work(world: &World, n: usize) -> Result<bool, Trouble> {
    let work = world.phone(n)?.work().doing("list the work")?;
    Ok(work.iter().any(|item| item.permit == permit(1) && item.state == WorkState::Started))
}

/// Shows the permit and begins. Who cannot begin would have to register late.
fn arrive(world: &mut World, n: usize, door: &Door, visit: &mut Visit) -> Result<(), Trouble> {
    door.show(world, n, visit)?;
    world.trace.note(&format!("phone {n} begins"));
    if let Err(error) = world.phone(n)?.start(permit(1)) {
        visit.supervised.push(format!("phone {n} cannot begin: {}", error.code()));
    }
    Ok(())
}

fn work(world: &mut World, team: &mut Team, n: usize) -> Result<(), Trouble> {
    let document = world.documents[0];
    match world.draw(20) {
        0 => machines::reopen(world, n),
        1 => machines::kill(world, n),
        2..=4 if team.of(world, n).network => sync(world, team, n),
        _ => play::write_in(world, n, document),
    }
}

/// A sync over a network that may be as bad as any.
pub(super) fn sync(world: &mut World, team: &mut Team, n: usize) -> Result<(), Trouble> {
    team.sees_network(world, n);
    world.phones[n].trouble = [0, 0, 10, 30, 60][world.draw(5)];
    let options = talk::options(world);
    match talk::alone(world, n, &options)? {
        Err(error) if !talk::passes(&error) => Err(error).doing(format!("sync phone {n}")),
        _ => Ok(()),
    }
}

/// Says that this person is done, if they are at work.
pub(super) fn leave(world: &mut World, n: usize) -> Result<(), Trouble> {
    let document = world.documents[0];
    if !is_at_work(world, n)? || !world.phones[n].left.insert(document) {
        return Ok(());
    }
    world.trace.note(&format!("phone {n} leaves"));
    match world.phone(n)?.leave(document) {
        // Another phone of theirs had said so before it broke.
        Err(error) if error.code() == "has-left" || error.code() == "closed" => Ok(()),
        done => done.doing("leave"),
    }
}
