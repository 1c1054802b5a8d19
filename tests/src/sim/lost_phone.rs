//! A phone is lost, and revoked: what it still brings, somebody writing on, comes to the server, and then it is emptied.

use super::template::TEAM;
use super::world::World;
use super::{office, play, talk};
use crate::{Doing, Trouble};
use wurao_device::SyncOptions;
use wurao_protocol::key::{Signer as _, SoftwareKey};

/// How many syncs may break before the network is good.
const BROKEN: usize = 6;

/// How many syncs over a good network it takes at most.
const MOST: usize = 12;
/// After how many of those a day passes: what a restored server had refused is brought once a day.
const TODAY: usize = 8;
const DAY_MS: i64 = 24 * 3_600_000;

/// One of the phones, now and then. It is none of the world's afterwards.
pub(super) fn empty(world: &mut World, failures: &mut Vec<String>) -> Result<(), Trouble> {
    if !world.happens(25) {
        return Ok(());
    }
    let n = world.draw(world.phones.len());
    let one = &world.phones[n];
    // Of two with one key the other would be heard no more, whatever it held.
    if one.person >= TEAM || one.twice {
        return Ok(());
    }
    let device = SoftwareKey::from_bytes(&one.key).doing("make a key")?.public().device();
    // A server that was set back to before this phone was let in has nothing to revoke until the phone comes again.
    if !office::knows(world, &device)? {
        return Ok(());
    }
    office::revoke(world, &device)?;
    world.phones[n].trouble = 60;
    for at in 0..BROKEN + MOST {
        if at == BROKEN {
            world.phones[n].trouble = 0;
        }
        if world.happens(30) && at < BROKEN {
            play::write(world, n)?;
        }
        world.clock.pass(if at == BROKEN + TODAY { DAY_MS } else { 60_000 });
        if talk::alone(world, n, &SyncOptions::default())?.is_err_and(|error| error.code() == "wiped") {
            world.trace.note(&format!("phone {n} is emptied"));
            world.phones.remove(n);
            world.files.clear();
            return Ok(());
        }
    }
    failures.push(format!("phone {n} was revoked and is not emptied"));
    Ok(())
}
