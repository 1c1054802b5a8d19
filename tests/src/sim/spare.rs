//! Somebody of the team is given another phone in the middle of everything, and goes on with it; the first may go on as well.

use super::reassign;
use super::template::{self, SPARE, URL};
use super::world::{One, World, permit};
use crate::{Doing, Trouble};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// In one world of how many it happens, and in which of them.
const ONE_IN: (u64, u64) = (8, 5);

/// What is to happen, and what has happened of it.
pub(super) struct Spare {
    /// Its own, so that other worlds are as they were before there was this.
    chance: StdRng,
    /// After how many events.
    at: usize,
}

impl Spare {
    /// Of a world, if it happens there.
    pub(super) fn of(seed: u64) -> Option<Self> {
        if seed % ONE_IN.0 != ONE_IN.1 {
            return None;
        }
        let mut chance = StdRng::seed_from_u64(seed ^ 0x0073_7061_7265);
        let at = chance.random_range(5..60);
        Some(Self { chance, at })
    }
}

/// After an event: the phone is given when it is time to, and its person may begin their visits on it.
pub(super) fn now_and_then(world: &mut World, event: usize) -> Result<(), Trouble> {
    let Some(mut it) = world.spare.take() else { return Ok(()) };
    let done = step(world, &mut it, event);
    world.spare = Some(it);
    done
}

fn step(world: &mut World, it: &mut Spare, event: usize) -> Result<(), Trouble> {
    if event == it.at {
        let trouble = [0, 10, 30][it.chance.random_range(0..3)];
        return give(world, trouble);
    }
    let given = world.phones.iter().position(|one| one.key == template::SPARE_KEY);
    if let Some(n) = given
        && it.chance.random_ratio(1, 3)
    {
        let visit = it.chance.random_range(1..template::VISITS);
        reassign::begin(world, n, permit(visit))?;
    }
    Ok(())
}

/// To the one whom the county's code for it names; they may be shut out just then, and are given none.
fn give(world: &mut World, trouble: u32) -> Result<(), Trouble> {
    let folder = world.folder.join("phone-spare");
    let mut one = One::of(SPARE.0, folder, template::SPARE_KEY, &world.clock);
    one.trouble = trouble;
    // What somebody has left they go on with nowhere.
    let first = world.phones.iter().find(|one| one.person == SPARE.0);
    one.left = first.map(|first| first.left.clone()).unwrap_or_default();
    world.phones.push(one);
    let n = world.phones.len() - 1;
    world.open_phone(n)?;
    match world.phone(n)?.enrol(URL, SPARE.1, "spare") {
        Ok(_) => {
            world.trace.note(&format!("person {} is given phone {n}", SPARE.0));
            Ok(())
        }
        Err(error) if ["forbidden", "enrol-code"].contains(&error.code()) => {
            world.trace.note(&format!("person {} is given no phone: {error}", SPARE.0));
            world.phones.pop();
            Ok(())
        }
        Err(error) => Err(error).doing("let a spare phone in"),
    }
}
