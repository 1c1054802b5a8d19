//! Work written twice under one number, moved to an actor of its own.
//!
//! A cloned or restored phone can write a change under a number that is taken (`equivocation`). The later one is not lost: its author writes
//! the same puts again under another actor, with all that followed. Everybody who depended on it does the same with their own part.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::choice;
use crate::decode::{Draft, decode};
use crate::encode::encode;
use crate::error::AdmitError;
use crate::gate::admit;
use crate::genesis::Genesis;
use crate::ids::{ActorId, ChangeHash, OpId};
use crate::rows::{Admitted, ChangeRow, History};
use crate::value::{Map, Scalar};

/// The actor that takes over from `actor`, whose change `clash` is the first to be moved. Whoever computes it finds the same.
pub fn successor(actor: &ActorId, clash: &ChangeHash) -> ActorId {
    let hash: [u8; 32] = Sha256::new().chain_update(actor.0).chain_update(clash).finalize().into();
    let mut id = [0; 16];
    id.copy_from_slice(&hash[..16]);
    ActorId(id)
}

/// What has been moved so far, to be filled in the order of the changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moves {
    actors: BTreeMap<ActorId, (u64, ActorId)>,
    changes: BTreeMap<ChangeHash, ChangeHash>,
}

impl Moves {
    /// Nothing moved yet.
    pub fn new() -> Moves {
        Moves::default()
    }

    /// Old and new hash of each change moved: what the linking record says.
    pub fn changes(&self) -> impl Iterator<Item = (&ChangeHash, &ChangeHash)> {
        self.changes.iter()
    }

    /// Learns of a change that somebody else moved, from the rows of both; in the order of their changes.
    pub fn learn(&mut self, old: &ChangeRow, new: &ChangeRow) {
        self.actors.entry(old.actor).or_insert((old.start_op, new.actor));
        self.changes.insert(old.hash, new.hash);
    }

    fn id(&self, id: OpId) -> OpId {
        match self.actors.get(&id.actor) {
            Some((from, to)) if id.counter >= *from => OpId { counter: id.counter, actor: *to },
            _ => id,
        }
    }

    fn ids(&self, ids: &[OpId]) -> Vec<OpId> {
        let mut ids: Vec<OpId> = ids.iter().map(|id| self.id(*id)).collect();
        ids.sort_unstable();
        ids
    }
}

/// Writes a change again under the successor of its actor: same puts, time and counters; dependencies, overwritten operations
/// and choices among moved ones follow them. To be called for the clashing change first, then for each one after it, in causal
/// order, with the result applied to `history` in between. `history` holds none of the changes being moved.
pub fn reauthor<H: History>(
    genesis: &Genesis,
    history: &H,
    bytes: &[u8],
    moves: &mut Moves,
) -> Result<Admitted, AdmitError<H::Error>> {
    let (old, draft) = decode(bytes)?;
    let mut next = moves.clone();
    let (_, actor) = *next.actors.entry(draft.actor).or_insert((draft.start_op, successor(&draft.actor, &old)));
    let last = history.last(&actor).map_err(AdmitError::History)?;
    let mut deps: Vec<ChangeHash> = draft.deps.iter().map(|hash| *next.changes.get(hash).unwrap_or(hash)).collect();
    deps.sort_unstable();
    let mut moved = Draft { deps, actor, seq: last.map_or(0, |row| row.seq) + 1, ..draft };
    for op in &mut moved.ops {
        op.preds = next.ids(&op.preds);
        if op.put.map == Map::Choices
            && let Some(among) = choice::among(&op.put.value)
        {
            op.put.value = Scalar::Text(choice::among_text(&next.ids(&among)));
        }
    }
    let admitted = admit(genesis, history, &encode(&moved)?.0)?;
    next.changes.insert(old, admitted.row.hash);
    *moves = next;
    Ok(admitted)
}
