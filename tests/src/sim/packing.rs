//! The server packs documents, between whatever else happens.

use super::world::World;
use crate::{Doing, Trouble};
use rand::Rng;
use wurao_server::compact::{Compacted, FIRST, compact_next};

/// Now and then, by a chance of its own: what a seed does otherwise is as it was before there was packing.
pub(super) fn now_and_then(world: &mut World) -> Result<(), Trouble> {
    if world.packing.random_ratio(1, 6) { one(world).map(|_| ()) } else { Ok(()) }
}

/// All that is ripe.
pub(super) fn all(world: &mut World) -> Result<(), Trouble> {
    while one(world)? {}
    Ok(())
}

/// One document; whether there was one.
fn one(world: &mut World) -> Result<bool, Trouble> {
    let Some(app) = world.app.clone() else { return Ok(false) };
    let done = world.net.block_on(async { compact_next(&app, FIRST, app.now_ms()).await }).doing("pack a document")?;
    if let Compacted::Quarantined { document, code } = done {
        world.wrong.push(format!("{document} could not be packed: {code}"));
    }
    world.trace.note(&format!("the server packs: {done:?}"));
    Ok(matches!(done, Compacted::Packed { .. }))
}
