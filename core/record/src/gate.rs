//! The gate: what comes from outside is checked here before a store keeps it and before Automerge sees it.

use crate::clock::Clock;
use crate::decode::{Draft, DraftOp, decode};
use crate::error::{AdmitError, GateError};
use crate::field::live_at;
use crate::genesis::Genesis;
use crate::ids::{ChangeHash, OpId};
use crate::rows::{Admitted, ChangeRow, History, OpRow};
use wurao_planted::{Bug, is as planted};

/// Checks a change against the document's history and says what to store.
///
/// First what the bytes alone tell (size, run lengths, form, caps, one spelling), then its place: not another change under the same
/// number, dependencies here, following the actor's own last, counters starting right after them, and each put overwriting
/// exactly the live set of its key among its ancestors.
///
/// [`GateError::UnknownDependency`] alone may mend itself: what is missing may still come. [`GateError::AlreadyKnown`] is no fault.
pub fn admit<H: History>(genesis: &Genesis, history: &H, bytes: &[u8]) -> Result<Admitted, AdmitError<H::Error>> {
    let (hash, draft) = decode(bytes)?;
    let clock = place(genesis, history, hash, &draft)?;
    for op in &draft.ops {
        let live = history.live(op.put.map, &op.put.key).map_err(AdmitError::History)?;
        // An operation that is not live is an ancestor of a live one at its key. So an author who has seen all live ones
        // has seen all, and the history of the key, which may be long, need not be read.
        if seen_all(&live, &clock) && overwrites(op, &live) {
            continue;
        }
        let ops = history.ops(op.put.map, &op.put.key).map_err(AdmitError::History)?;
        check_preds(op, &ops, &clock)?;
    }
    Ok(admitted(draft, hash, bytes.to_vec(), clock))
}

/// The rows of a draft whose place is known. `clock` is that of its dependencies.
pub(crate) fn admitted(draft: Draft, hash: ChangeHash, bytes: Vec<u8>, mut clock: Clock) -> Admitted {
    let Draft { deps, actor, seq, start_op, time_ms, ops } = draft;
    clock.see(actor, seq);
    let max_op = start_op + ops.len() as u64 - 1;
    let ops = ops.into_iter().zip(start_op..).map(|(op, counter)| OpRow {
        map: op.put.map,
        key: op.put.key,
        id: OpId { counter, actor },
        seq,
        value: op.put.value,
        preds: op.preds,
        change: hash,
        time_ms,
    });
    Admitted { ops: ops.collect(), row: ChangeRow { hash, actor, seq, start_op, max_op, time_ms, clock }, deps, bytes }
}

/// What the dependencies have seen together, and the greatest counter among them.
pub(crate) fn seen<H: History>(
    genesis: &Genesis,
    history: &H,
    deps: &[ChangeHash],
) -> Result<(Clock, u64), AdmitError<H::Error>> {
    let mut clock = Clock::new();
    let mut max_op = 0;
    for dependency in deps {
        let row = match history.change(dependency).map_err(AdmitError::History)? {
            Some(row) => row,
            None if genesis.hash() == *dependency => genesis.row(),
            None if planted(Bug::DependencyUnchecked) => continue,
            None => return Err(GateError::UnknownDependency { dependency: *dependency }.into()),
        };
        clock.merge(&row.clock);
        max_op = max_op.max(row.max_op);
    }
    Ok((clock, max_op))
}

/// The clock of the dependencies, if the change may follow them.
fn place<H: History>(
    genesis: &Genesis,
    history: &H,
    hash: ChangeHash,
    draft: &Draft,
) -> Result<Clock, AdmitError<H::Error>> {
    let &Draft { actor, seq, start_op, .. } = draft;
    if let Some(known) = history.at_seq(&actor, seq).map_err(AdmitError::History)? {
        return Err(match known == hash {
            true => GateError::AlreadyKnown { actor, seq },
            false => GateError::Equivocation { actor, seq, known },
        }
        .into());
    }
    let (clock, max_op) = seen(genesis, history, &draft.deps)?;
    // What it builds on is here: when that has seen its author's change before it, that is the last one, for none has its own
    // number, and numbers have no gap.
    let last = match clock.get(&actor) {
        before if seq > 1 && before == seq - 1 => before,
        _ => history.last(&actor).map_err(AdmitError::History)?.map_or(0, |row| row.seq),
    };
    if seq != last + 1 {
        return Err(GateError::SeqGap { actor, seq, wanted: last + 1 }.into());
    }
    if clock.get(&actor) != last {
        return Err(GateError::NotAfterOwn { actor, seq }.into());
    }
    if start_op != max_op + 1 {
        return Err(GateError::StartOp { start_op, wanted: max_op + 1 }.into());
    }
    Ok(clock)
}

fn seen_all(ops: &[OpRow], clock: &Clock) -> bool {
    ops.iter().all(|op| clock.covers(&op.id.actor, op.seq))
}

/// Whether the put overwrites these and nothing else. Its preds are sorted.
fn overwrites(op: &DraftOp, live: &[OpRow]) -> bool {
    let mut live: Vec<OpId> = live.iter().map(|row| row.id).collect();
    live.sort_unstable();
    live == op.preds
}

/// The put overwrites exactly what was live at its key for its author. Anything else panics Automerge in one order of arrival, makes its
/// saved form unreadable, or drops a value without a person having seen it.
fn check_preds(op: &DraftOp, ops: &[OpRow], clock: &Clock) -> Result<(), GateError> {
    let (map, key) = (op.put.map, || op.put.key.clone());
    let mut live: Vec<OpId> = live_at(ops, clock).iter().map(|row| row.id).collect();
    live.sort_unstable();
    let stray = op.preds.iter().find(|pred| live.binary_search(pred).is_err());
    if let Some(&pred) = stray {
        return Err(match ops.iter().find(|row| row.id == pred) {
            None => GateError::PredUnknown { map, key: key(), pred },
            Some(row) if !clock.covers(&row.id.actor, row.seq) => GateError::PredNotAncestor { map, key: key(), pred },
            Some(_) => GateError::PredNotLive { map, key: key(), pred },
        });
    }
    match live.into_iter().find(|id| op.preds.binary_search(id).is_err()) {
        Some(pred) => Err(GateError::PredMissing { map, key: key(), pred }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::build;
    use crate::genesis::GenesisSeed;
    use crate::ids::ActorId;
    use crate::ledger::Ledger;
    use crate::value::{Map, Put, Scalar};
    use std::cell::Cell;
    use std::convert::Infallible;

    /// A store that marks what is live, and counts how often it is asked for all.
    struct Marked<'a>(&'a Ledger, Cell<usize>);

    impl History for Marked<'_> {
        type Error = Infallible;

        fn change(&self, hash: &ChangeHash) -> Result<Option<ChangeRow>, Infallible> {
            self.0.change(hash)
        }

        fn at_seq(&self, actor: &ActorId, seq: u64) -> Result<Option<ChangeHash>, Infallible> {
            self.0.at_seq(actor, seq)
        }

        fn last(&self, actor: &ActorId) -> Result<Option<ChangeRow>, Infallible> {
            self.0.last(actor)
        }

        fn ops(&self, map: Map, key: &str) -> Result<Vec<OpRow>, Infallible> {
            self.1.set(self.1.get() + 1);
            self.0.ops(map, key)
        }

        fn live(&self, map: Map, key: &str) -> Result<Vec<OpRow>, Infallible> {
            self.0.live(map, key)
        }

        fn heads(&self) -> Result<Vec<ChangeHash>, Infallible> {
            self.0.heads()
        }
    }

    #[test]
    fn the_history_of_a_key_is_read_only_for_an_author_who_has_not_seen_all_of_it() {
        let genesis = Genesis::new(&GenesisSeed { permit: [1; 16], site: [2; 16], checklist: [3; 32] });
        let next = |ledger: &Ledger, actor, value| {
            let put = Put::new(Map::Answers, "q1", Scalar::Int(value));
            build(&genesis, ledger, &ActorId([actor; 16]), 0, &[put]).unwrap()
        };
        let reads = |ledger: &Ledger, change: &Admitted| {
            let marked = Marked(ledger, Cell::new(0));
            assert_eq!(&admit(&genesis, &marked, &change.bytes).unwrap(), change);
            marked.1.get()
        };
        let mut ledger = Ledger::new();
        for value in 0..20 {
            let change = next(&ledger, 1, value);
            assert_eq!(reads(&ledger, &change), 0);
            ledger.apply(change);
        }
        let apart = next(&Ledger::new(), 2, 1);
        assert_eq!(reads(&ledger, &apart), 1);
        ledger.apply(apart);
        assert_eq!(reads(&ledger, &next(&ledger, 1, 20)), 0, "it joins what was apart");
    }
}
