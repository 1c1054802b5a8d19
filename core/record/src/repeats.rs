//! Rows of repeated groups: how they are kept, removed, and come back.
//!
//! A row is an instance id and up to four keys in `repeats`: `<instance>.kind`, `.parent`, `.order`, `.removed`. Its answers are
//! `question@instance` in `answers`. A removal writes `.removed` and nulls every live answer of the row in the same change; kind, parent and order stay,
//! so that a row which comes back knows what it is. A non-null answer that is live after that is one the remover had not seen: the
//! row is alive.

use crate::field::live;
use crate::rows::OpRow;
use crate::value::{Map, Put, Scalar};
use wurao_planted::{Bug, is as planted};

/// One key of a row in `repeats`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowPart {
    /// Which repeated group: text.
    Kind,
    /// The instance it lies in: text; absent at the top.
    Parent,
    /// A fractional order among its siblings: text.
    Order,
    /// `true` when removed.
    Removed,
}

impl RowPart {
    /// All parts.
    pub const ALL: [RowPart; 4] = [RowPart::Kind, RowPart::Parent, RowPart::Order, RowPart::Removed];

    /// The suffix of the key.
    pub fn name(self) -> &'static str {
        match self {
            RowPart::Kind => "kind",
            RowPart::Parent => "parent",
            RowPart::Order => "order",
            RowPart::Removed => "removed",
        }
    }
}

/// The key in `repeats` of a part of a row.
pub fn row_key(instance: &str, part: RowPart) -> String {
    format!("{instance}.{}", part.name())
}

/// The row and part a key in `repeats` speaks of.
pub fn split_row_key(key: &str) -> Option<(&str, RowPart)> {
    let (instance, name) = key.rsplit_once('.')?;
    RowPart::ALL.into_iter().find(|part| part.name() == name).map(|part| (instance, part))
}

/// The instance a key in `answers` belongs to.
pub fn instance_of_answer(key: &str) -> Option<&str> {
    key.rsplit_once('@').map(|(_, instance)| instance)
}

/// The puts that add a row, for one change.
pub fn add_row_puts(instance: &str, kind: &str, parent: Option<&str>, order: &str) -> Vec<Put> {
    let put = |part, text: &str| Put::new(Map::Repeats, row_key(instance, part), Scalar::Text(text.to_owned()));
    let mut puts = vec![put(RowPart::Kind, kind)];
    puts.extend(parent.map(|parent| put(RowPart::Parent, parent)));
    puts.push(put(RowPart::Order, order));
    puts
}

/// The puts that remove a row, for one change. `answers` are the operations at all keys of `answers` that belong to the row; keys
/// that hold nothing but null are left alone.
pub fn removal_puts(instance: &str, answers: &[OpRow]) -> Vec<Put> {
    let mut keys: Vec<&str> = holding(answers).map(|op| op.key.as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    let tombstone = Put::new(Map::Repeats, row_key(instance, RowPart::Removed), Scalar::Bool(true));
    let nulls = keys.into_iter().map(|key| Put::new(Map::Answers, key, Scalar::Null));
    std::iter::once(tombstone).chain(nulls).collect()
}

/// Whether a row stands: not removed, or removed by people who had not seen an answer that survives, or by some while others put it back.
/// `removed` are the operations at its `.removed` key, `answers` those at all its keys in `answers`.
pub fn is_row_alive(removed: &[OpRow], answers: &[OpRow]) -> bool {
    let removals = live(removed);
    let gone = !removals.is_empty() && removals.iter().all(|op| op.value == Scalar::Bool(true));
    !gone || holding(answers).next().is_some() && !planted(Bug::RevivedForgotten)
}

/// Live operations that hold a value. Operations of several keys may be given at once: ids and preds never cross keys.
fn holding(ops: &[OpRow]) -> impl Iterator<Item = &OpRow> {
    live(ops).into_iter().filter(|op| op.value != Scalar::Null)
}
