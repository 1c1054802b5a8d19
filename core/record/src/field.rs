//! What a key holds: the live set, and what it means to a person.

use std::collections::BTreeMap;

use crate::choice::among;
use crate::clock::Clock;
use crate::ids::{ChangeHash, OpId};
use crate::rows::OpRow;
use crate::value::Scalar;

/// The operations at a key that no other has overwritten: Automerge's `get_all`.
pub fn live(ops: &[OpRow]) -> Vec<&OpRow> {
    live_among(ops.iter())
}

/// The live set as seen by a change whose dependencies have seen `clock`.
pub fn live_at<'a>(ops: &'a [OpRow], clock: &Clock) -> Vec<&'a OpRow> {
    live_among(ops.iter().filter(|op| clock.covers(&op.id.actor, op.seq)))
}

fn live_among<'a>(ops: impl Iterator<Item = &'a OpRow> + Clone) -> Vec<&'a OpRow> {
    let mut overwritten: Vec<OpId> = ops.clone().flat_map(|op| op.preds.iter().copied()).collect();
    overwritten.sort_unstable();
    ops.filter(|op| overwritten.binary_search(&op.id).is_err()).collect()
}

/// Who put a value: enough to find name and time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The operation; its actor is the session.
    pub id: OpId,
    /// The change it is part of.
    pub change: ChangeHash,
    /// When, by its author's clock.
    pub time_ms: i64,
}

impl Stamp {
    fn of(op: &OpRow) -> Stamp {
        Stamp { id: op.id, change: op.change, time_ms: op.time_ms }
    }
}

/// A live value and all who hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The value.
    pub value: Scalar,
    /// Who put it, the latest operation first.
    pub stamps: Vec<Stamp>,
}

/// A choice that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The put in `choices`.
    pub stamp: Stamp,
    /// What was chosen.
    pub chosen: Scalar,
    /// The operations chosen among, sorted.
    pub among: Vec<OpId>,
}

/// How a field stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Never answered, or cleared by all.
    Empty,
    /// One value, though perhaps from several people.
    Agreed,
    /// Several different live values; cleared counts as a value here. A person must choose.
    Conflict,
    /// One value, and a person chose it.
    Chosen,
}

/// A field as a person sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The value of the greatest live operation, the one Automerge shows; null when there is none. Shown until a conflict is settled.
    pub winner: Scalar,
    /// How it stands.
    pub standing: Standing,
    /// The different live values, the winner first.
    pub values: Vec<Held>,
    /// The choices behind live values. Two in a conflict mean that two people chose differently.
    pub choices: Vec<Choice>,
}

/// What the operations of a key, and those of its [`crate::choice_key`] in `choices`, amount to.
///
/// Equal concurrent values are agreement. A choice settles what it saw: a value put without knowledge of it opens the conflict again,
/// a value put over it simply takes its place. Two concurrent choices of different values are a conflict again.
pub fn field(ops: &[OpRow], choice_ops: &[OpRow]) -> Field {
    let mut live = live(ops);
    live.sort_unstable_by_key(|op| std::cmp::Reverse(op.id));
    let mut values: Vec<Held> = Vec::new();
    let mut places: BTreeMap<&Scalar, usize> = BTreeMap::new();
    for op in &live {
        let place = *places.entry(&op.value).or_insert_with(|| {
            values.push(Held { value: op.value.clone(), stamps: Vec::new() });
            values.len() - 1
        });
        values[place].stamps.push(Stamp::of(op));
    }
    let choices = live.iter().filter_map(|op| {
        let row = choice_ops.iter().find(|choice| choice.change == op.change)?;
        Some(Choice { stamp: Stamp::of(row), chosen: op.value.clone(), among: among(&row.value)? })
    });
    let choices: Vec<Choice> = choices.collect();
    let standing = match values.as_slice() {
        [] => Standing::Empty,
        [_, _, ..] => Standing::Conflict,
        [_] if !choices.is_empty() => Standing::Chosen,
        [Held { value: Scalar::Null, .. }] => Standing::Empty,
        [_] => Standing::Agreed,
    };
    let winner = values.first().map_or(Scalar::Null, |held| held.value.clone());
    Field { winner, standing, values, choices }
}
