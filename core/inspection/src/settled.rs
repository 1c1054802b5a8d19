//! What people chose among: a choice with all that had been answered before it.

use std::collections::BTreeSet;
use wurao_record::{Choice, Field, OpId, OpRow};

/// A choice behind a value that is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled<'a> {
    /// The choice.
    pub choice: &'a Choice,
    /// What it was made among, in the order in which it was put; where an earlier choice was among it, that with all it was
    /// made among.
    pub among: Vec<Among<'a>>,
}

/// A value that was chosen among.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Among<'a> {
    /// The put.
    pub op: &'a OpRow,
    /// It was a choice itself.
    pub chose: bool,
}

/// The choices behind the values of a field, the first one first. `answers` are all puts at its key and `choices` all at its
/// [`wurao_record::choice_key`], overwritten ones too.
pub fn settled<'a>(field: &'a Field, answers: &'a [OpRow], choices: &[OpRow]) -> Vec<Settled<'a>> {
    let mut all: Vec<Settled<'a>> =
        field.choices.iter().map(|choice| Settled { choice, among: among(&choice.among, answers, choices) }).collect();
    all.sort_by_key(|settled| (settled.choice.stamp.time_ms, settled.choice.stamp.id));
    all
}

fn among<'a>(named: &[OpId], answers: &'a [OpRow], choices: &[OpRow]) -> Vec<Among<'a>> {
    let (mut found, mut seen, mut open) = (Vec::new(), BTreeSet::new(), named.to_vec());
    while let Some(id) = open.pop() {
        let Some(op) = answers.iter().find(|op| op.id == id).filter(|op| seen.insert(op.id)) else { continue };
        let chose = choices.iter().any(|choice| choice.change == op.change);
        if chose {
            open.extend(&op.preds);
        }
        found.push(Among { op, chose });
    }
    found.sort_by_key(|among| (among.op.time_ms, among.op.id));
    found
}
