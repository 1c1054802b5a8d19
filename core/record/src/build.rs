//! Writing a change by hand, from rows, without a document.

use crate::decode::{Draft, DraftOp, check};
use crate::encode::encode;
use crate::error::{AdmitError, GateError};
use crate::field::live_at;
use crate::gate::{admitted, seen};
use crate::genesis::Genesis;
use crate::ids::{ActorId, ChangeHash, OpId};
use crate::limits::{MAX_DEPS, check_put};
use crate::rows::{Admitted, History};
use crate::value::Put;

/// Builds the next change of `actor`: depends on the heads, and each put overwrites all that is live at its key.
///
/// The bytes are those Automerge would write for a plain put. Automerge itself leaves no trace of putting the value that already
/// wins; this always does. `actor` belongs to one session of one device, which alone builds under it.
pub fn build<H: History>(
    genesis: &Genesis,
    history: &H,
    actor: &ActorId,
    time_ms: i64,
    puts: &[Put],
) -> Result<Admitted, AdmitError<H::Error>> {
    let last = history.last(actor).map_err(AdmitError::History)?;
    let (deps, all) = dependencies(genesis, history, last.as_ref().map(|row| (row.actor, row.seq)))?;
    let (clock, max_op) = seen(genesis, history, &deps)?;
    let mut ops = Vec::with_capacity(puts.len());
    for put in puts {
        check_put(put)?;
        let mut preds: Vec<OpId> = if all {
            // A change that has seen everything overwrites what is live now.
            let live = history.live(put.map, &put.key).map_err(AdmitError::History)?;
            live.iter().map(|row| row.id).collect()
        } else {
            let known = history.ops(put.map, &put.key).map_err(AdmitError::History)?;
            live_at(&known, &clock).iter().map(|row| row.id).collect()
        };
        preds.sort_unstable();
        ops.push(DraftOp { put: put.clone(), preds });
    }
    let seq = last.map_or(0, |row| row.seq) + 1;
    let draft = Draft { deps, actor: *actor, seq, start_op: max_op + 1, time_ms, ops };
    check(&draft)?;
    let (bytes, hash) = encode(&draft)?;
    Ok(admitted(draft, hash, bytes, clock))
}

/// The sorted heads, and whether these are all. When there are more than a change may name, those that come first, but
/// always the one that has seen the actor's own last change; the rest is joined by later changes.
fn dependencies<H: History>(
    genesis: &Genesis,
    history: &H,
    last: Option<(ActorId, u64)>,
) -> Result<(Vec<ChangeHash>, bool), AdmitError<H::Error>> {
    let mut heads = history.heads().map_err(AdmitError::History)?;
    heads.sort_unstable();
    heads.dedup();
    if heads.is_empty() {
        heads.push(genesis.hash());
    }
    let all = heads.len() <= MAX_DEPS;
    if let (false, Some((actor, seq))) = (all, last) {
        for at in 0..heads.len() {
            let row = history.change(&heads[at]).map_err(AdmitError::History)?;
            let row = row.ok_or(GateError::UnknownDependency { dependency: heads[at] })?;
            if row.clock.covers(&actor, seq) {
                heads.swap(0, at);
                break;
            }
        }
    }
    heads.truncate(MAX_DEPS);
    heads.sort_unstable();
    Ok((heads, all))
}
