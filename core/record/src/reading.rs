//! A whole document as it reads now: of several live values the one shown counts, until a person chooses.

use std::collections::{BTreeMap, BTreeSet};

use crate::repeats::{RowPart, instance_of_answer, is_row_alive, row_key, split_row_key};
use crate::rows::OpRow;
use crate::value::{Map, Scalar};

/// What a document says, ready for an evaluation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Question, instance and value of every key of `answers`; null where an answer was cleared.
    pub answers: Vec<(String, String, Scalar)>,
    /// The rows that stand.
    pub rows: Vec<ReadRow>,
    /// Instances of rows that were removed.
    pub removed: BTreeSet<String>,
    /// Those that were removed by who had not seen an answer in them, and so stand.
    pub revived: BTreeSet<String>,
    /// How many photos there are, by question and instance.
    pub photos: BTreeMap<(String, String), u32>,
}

/// A row of a repeated group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadRow {
    /// Its instance.
    pub instance: String,
    /// Which repeated group.
    pub kind: String,
    /// The instance it lies in; none at the top.
    pub parent: Option<String>,
    /// Its order among its siblings.
    pub order: String,
}

/// Reads a document from its live operations, all of them and in any order.
pub fn read(live: &[OpRow]) -> Reading {
    let keys = winners(live);
    let mut reading = Reading::default();
    let mut instances = BTreeSet::new();
    for ((map, key), op) in &keys {
        match map {
            Map::Answers => {
                if let Some((question, instance)) = key.rsplit_once('@') {
                    reading.answers.push((question.to_owned(), instance.to_owned(), op.value.clone()));
                }
            }
            Map::Repeats => instances.extend(split_row_key(key).map(|(instance, _)| instance)),
            Map::Evidence => {
                if let Scalar::Text(at) = &op.value
                    && let Some((question, instance)) = at.rsplit_once('@')
                {
                    *reading.photos.entry((question.to_owned(), instance.to_owned())).or_default() += 1;
                }
            }
            Map::Meta | Map::Findings | Map::Choices => {}
        }
    }
    let by_row = by_row(live, &instances);
    for instance in instances {
        let text = |part| match keys.get(&(Map::Repeats, row_key(instance, part).as_str())).map(|op| &op.value) {
            Some(Scalar::Text(text)) => Some(text.clone()),
            _ => None,
        };
        let (removed, answers) =
            by_row.get(instance).map_or((&[][..], &[][..]), |(removed, answers)| (removed, answers));
        if !is_row_alive(removed, answers) {
            reading.removed.insert(instance.to_owned());
            continue;
        }
        if !removed.is_empty() {
            reading.revived.insert(instance.to_owned());
        }
        if let Some(kind) = text(RowPart::Kind) {
            let (parent, order) = (text(RowPart::Parent), text(RowPart::Order).unwrap_or_default());
            reading.rows.push(ReadRow { instance: instance.to_owned(), kind, parent, order });
        }
    }
    reading
}

/// The operations at each row's `.removed` key, and those at its answers. Looked for once and not once for each row: there may
/// be many.
fn by_row<'a>(live: &'a [OpRow], instances: &BTreeSet<&'a str>) -> BTreeMap<&'a str, (Vec<OpRow>, Vec<OpRow>)> {
    let mut found: BTreeMap<&str, (Vec<OpRow>, Vec<OpRow>)> = BTreeMap::new();
    for op in live {
        match op.map {
            Map::Repeats => {
                if let Some((instance, RowPart::Removed)) = split_row_key(&op.key) {
                    found.entry(instance).or_default().0.push(op.clone());
                }
            }
            Map::Answers => {
                if let Some(instance) = instance_of_answer(&op.key).filter(|instance| instances.contains(instance)) {
                    found.entry(instance).or_default().1.push(op.clone());
                }
            }
            Map::Evidence | Map::Meta | Map::Findings | Map::Choices => {}
        }
    }
    found
}

fn winners(live: &[OpRow]) -> BTreeMap<(Map, &str), &OpRow> {
    let mut winners: BTreeMap<(Map, &str), &OpRow> = BTreeMap::new();
    for op in live {
        let winner = winners.entry((op.map, op.key.as_str())).or_insert(op);
        if op.id > winner.id {
            *winner = op;
        }
    }
    winners
}
