//! Changes at a place in the history where they do not belong.

use super::column::PRED_COUNTER;
use super::forge::{forged, sleb};
use super::{Attack, Scene, answer, genesis_actor};
use automerge::legacy::{Key, ObjectId, OpId as AmOpId};
use automerge::{ActorId as AmActorId, ChangeHash as AmHash};
use std::num::NonZeroU64;
use wurao_record::limits::MAX_DEPS;
use wurao_record::{Admitted, Genesis, GenesisSeed, Ledger, build};

fn start(counter: u64) -> NonZeroU64 {
    NonZeroU64::new(counter).unwrap()
}

/// The operation of a change that has one.
fn op_of(change: &Admitted) -> AmOpId {
    AmOpId(change.ops[0].id.counter, AmActorId::from(change.row.actor.0))
}

pub(super) fn counters(scene: &Scene<'_>) -> Vec<Attack> {
    let from = |counter: u64| scene.forged(|change| change.start_op = start(counter));
    let far = [&[0x7f][..], &sleb(1 << 40)].concat();
    scene.on_base([
        ("gap in seq", scene.forged(|change| change.seq = 5), "seq-gap"),
        ("seq zero", scene.respelled(|parts| parts.seq = 0), "seq-gap"),
        ("seq near 2^64", scene.respelled(|parts| parts.seq = u64::MAX), "counter-too-large"),
        ("start_op not above the op it overwrites", from(2), "start-op"),
        ("start_op ahead by one", from(11), "start-op"),
        ("start_op zero", scene.respelled(|parts| parts.start_op = 0), "start-op"),
        ("start_op near 2^32", from(u64::from(u32::MAX)), "counter-too-large"),
        ("start_op near 2^64", scene.respelled(|parts| parts.start_op = u64::MAX), "counter-too-large"),
        ("pred counter near 2^40", scene.column(PRED_COUNTER, &far), "counter-too-large"),
        ("pred counter below zero", scene.column(PRED_COUNTER, &[0x7f, 0x7f]), "damaged"),
    ])
}

/// What belongs to no document, or to another.
pub(super) fn grafts(scene: &Scene<'_>) -> Vec<Attack> {
    let other = Genesis::new(&GenesisSeed { permit: [9; 16], site: [2; 16], checklist: [3; 32] });
    let village_b = [answer("q1", "village B")];
    let time_ms = scene.honest.row.time_ms;
    let graft = build(&other, &Ledger::new(), &scene.cast.actors[1], time_ms, &village_b).unwrap();
    let rootless = scene.forged(|change| {
        change.deps = vec![];
        change.start_op = start(1);
        change.operations[0].pred = vec![].into();
    });
    scene.on_base([
        ("a change of another document", graft.bytes, "unknown-dependency"),
        ("no dependency at all", rootless, "no-deps"),
    ])
}

pub(super) fn order(scene: &Scene<'_>) -> Vec<Attack> {
    let beside = scene.forged(|change| {
        change.actor_id = scene.actor(0);
        change.seq = 2;
        change.deps = vec![AmHash(scene.cast.genesis.hash())];
        change.start_op = start(9);
        change.operations[0].key = Key::Map("q2".into());
        change.operations[0].pred = vec![].into();
    });
    let clone = scene.cast.next(&Ledger::new(), 0, &[answer("q1", "clone")]);
    let missing = scene.forged(|change| change.deps = vec![AmHash([8; 32])]);
    let dep = |at: usize| [&at.to_be_bytes()[..], &[0; 24]].concat().try_into().unwrap();
    scene.on_base([
        ("seq 2 that does not descend from seq 1", beside, "not-after-own"),
        ("the same seq with other bytes", clone.bytes, "equivocation"),
        ("a change that is here", scene.first.bytes.clone(), "already-known"),
        ("a dependency that is not here", missing, "unknown-dependency"),
        ("the same dep twice", scene.respelled(|parts| parts.deps.push(parts.deps[0])), "dep-twice"),
        ("deps not sorted", scene.respelled(|parts| parts.deps = vec![[9; 32], [8; 32]]), "deps-unsorted"),
        ("too many deps", scene.respelled(|parts| parts.deps = (0..=MAX_DEPS).map(dep).collect()), "too-many"),
    ])
}

/// Preds other than the live set.
pub(super) fn preds(scene: &Scene<'_>) -> Vec<Attack> {
    let naming = |pred: Vec<AmOpId>| scene.op(|op| op.pred = pred.into());
    let first = op_of(&scene.first);
    let other_map = scene.op(|op| op.obj = ObjectId::Id(AmOpId(5, genesis_actor())));
    scene.on_base([
        ("pred of an unknown actor", naming(vec![AmOpId(3, AmActorId::from([77; 16]))]), "pred-unknown"),
        ("pred of an unknown op", naming(vec![AmOpId(555, scene.actor(0))]), "pred-unknown"),
        ("pred left out", naming(vec![]), "pred-missing"),
        ("the same pred twice", naming(vec![first.clone(), first]), "pred-twice"),
        ("pred of an op under another key", scene.op(|op| op.key = Key::Map("q2".into())), "pred-unknown"),
        ("pred of an op of another map", other_map, "pred-unknown"),
    ])
}

/// A pred that is here but was not seen; one overwritten before. These meet more than the base.
pub(super) fn unseen(scene: &Scene<'_>) -> Vec<Attack> {
    let cast = scene.cast;
    let mut beside = scene.base.clone();
    let third = cast.write(&mut beside, 2, &[answer("q1", "three")]);
    let not_seen = scene.op(|op| op.pred = vec![op_of(&scene.first), op_of(&third)].into());
    let mut later = scene.base.clone();
    let again = cast.write(&mut later, 0, &[answer("q1", "one more")]);
    let next = cast.next(&later, 1, &[answer("q1", "two")]);
    let both = vec![op_of(&scene.first), op_of(&again)];
    let not_live = forged(&next.bytes, |change| change.operations[0].pred = both.into());
    vec![
        Attack { name: "pred that is no ancestor", history: beside, bytes: not_seen, due: "pred-not-ancestor" },
        Attack { name: "pred overwritten before", history: later, bytes: not_live, due: "pred-not-live" },
    ]
}
