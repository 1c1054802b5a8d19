//! A supervisor at the page, who settles what phones differ on.

use super::template::supervisor;
use super::world::World;
use crate::{Doing, Trouble};
use rand::Rng;
use std::sync::Arc;
use wurao_record::{Map, OpId, Scalar};
use wurao_server::choices::{Pick, choose as choose_there};
use wurao_server::store::read;
use wurao_server::{App, Scope};

/// Settles one of the questions that are answered differently in an inspection, when there is any.
pub(super) fn choose(world: &mut World) -> Result<(), Trouble> {
    let Some(app) = world.app.clone() else { return Ok(()) };
    let at = world.draw(world.documents.len());
    let document = world.documents[at];
    let live = app.store().write_blocking(move |tx| read::live_ops(tx, &document)).doing("read what is answered")?;
    let keys = live.chunk_by(|a, b| (a.map, &a.key) == (b.map, &b.key)).filter(|ops| ops[0].map == Map::Answers);
    let differing = |ops: &[wurao_record::OpRow]| {
        let values: Vec<&Scalar> = ops.iter().map(|op| &op.value).collect();
        values.windows(2).any(|two| two[0] != two[1])
    };
    let open: Vec<_> = keys.filter(|ops| differing(ops)).collect();
    if open.is_empty() {
        return Ok(());
    }
    let ops = open[world.draw(open.len())];
    let mut among: Vec<OpId> = ops.iter().map(|op| op.id).collect();
    among.sort_unstable();
    let pick = Pick { key: ops[0].key.clone(), chosen: among[world.draw(among.len())], among };
    made(&app, document, pick, world.chance.random())
}

fn made(app: &App, document: wurao_protocol::DocumentId, pick: Pick, nonce: [u8; 16]) -> Result<(), Trouble> {
    let (keys, now, by, everywhere) = (Arc::clone(app.keys()), app.now_ms(), supervisor()?, [Scope::new("")]);
    let chosen =
        app.store().write_blocking(move |tx| choose_there(tx, &keys, &everywhere, &document, &pick, by, nonce, now));
    // Nobody comes between looking and choosing here.
    chosen.doing("choose on the page")?.map_err(|why| Trouble::new("choose on the page", why.code()))
}
