//! What the phone has said, and so what it must still say.

use super::county::{COMPUTED, permit};
use std::collections::{BTreeMap, BTreeSet};
use wurao_device::{RawValue, WorkItem};
use wurao_protocol::{DocumentId, PermitId};

/// A visit of the plan.
#[derive(Clone, Copy, Debug)]
pub(super) struct Planned {
    pub(super) permit: PermitId,
    pub(super) document: DocumentId,
    /// The answers that its start makes.
    pub(super) computed: &'static [&'static str],
}

impl Planned {
    /// As the work list has it.
    pub(super) fn of(item: &WorkItem) -> Self {
        let computed: &[&str] = if item.permit == permit(9) { &COMPUTED } else { &[] };
        Self { permit: item.permit, document: item.document, computed }
    }
}

/// Whether something has come about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Sure {
    /// It was not tried.
    #[default]
    No,
    /// It was tried and failed, which may have come before or after it was saved.
    Maybe,
    /// It was said to be saved.
    Yes,
}

impl Sure {
    /// A try that failed.
    pub(super) fn tried(&mut self) {
        if *self == Sure::No {
            *self = Sure::Maybe;
        }
    }

    /// What is seen; whether it can be.
    pub(super) fn fits(self, seen: bool) -> bool {
        self == Sure::Maybe || seen == (self == Sure::Yes)
    }
}

/// An answer: what was said to be saved last, and what was tried since.
#[derive(Clone, Debug, Default)]
pub(super) struct Cell {
    saved: String,
    tried: Vec<String>,
}

/// A row of a repeated group.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Row {
    pub(super) removed: Sure,
}

/// What is known of one visit on the phone.
#[derive(Debug, Default)]
pub(super) struct Visit {
    pub(super) started: Sure,
    pub(super) left: Sure,
    /// By `question@instance`.
    cells: BTreeMap<String, Cell>,
    pub(super) rows: BTreeMap<String, Row>,
    /// Rows that may be there beside these, under names that were not told.
    untold_rows: usize,
    /// By the original's hash.
    pub(super) photos: BTreeMap<String, Sure>,
    /// What the colleague answered: any of it may have arrived.
    pub(super) colleague: BTreeMap<String, Vec<String>>,
}

impl Visit {
    /// A call returned: this is saved.
    pub(super) fn saved(&mut self, key: &str, value: &str) {
        self.cells.insert(key.to_owned(), Cell { saved: value.to_owned(), tried: Vec::new() });
    }

    /// A call failed: this may be saved.
    pub(super) fn tried(&mut self, key: &str, value: &str) {
        self.cells.entry(key.to_owned()).or_default().tried.push(value.to_owned());
    }

    /// A row was to be added.
    pub(super) fn row_tried(&mut self) {
        self.untold_rows += 1;
    }

    /// A row is removed, and its answers with it.
    pub(super) fn row_removed(&mut self, instance: &str) {
        self.rows.insert(instance.to_owned(), Row { removed: Sure::Yes });
        let of_row = format!("@{instance}");
        for cell in self.cells.iter_mut().filter(|(key, _)| key.ends_with(&of_row)).map(|(_, cell)| cell) {
            *cell = Cell::default();
        }
    }

    /// What of these values cannot be. After an opening what is seen is what is: nothing that was tried comes about later.
    pub(super) fn compare(&mut self, seen: &[RawValue], started: bool, computed: &[&str], opened: bool) -> Vec<String> {
        let mut wrong = self.compare_rows(seen, opened);
        let answers: BTreeMap<&str, &RawValue> =
            seen.iter().filter(|value| value.map == "answers").map(|value| (value.key.as_str(), value)).collect();
        for (key, value) in &answers {
            let [only] = value.values.as_slice() else {
                wrong.push(format!("{key} has several values: {:?}", value.values));
                continue;
            };
            let may_be = match (self.cells.get(*key), self.colleague.get(*key)) {
                (Some(cell), _) => cell.may_be(only),
                (None, Some(said)) => said.contains(only),
                (None, None) => computed.contains(key),
            };
            if !may_be {
                wrong.push(format!("{key} is {only:?}, not {:?}", self.cells.get(*key)));
            }
        }
        for (key, cell) in &mut self.cells {
            let seen = answers.get(key.as_str()).and_then(|value| value.values.first()).cloned().unwrap_or_default();
            if !cell.may_be(&seen) {
                wrong.push(format!("{key} is {seen:?}, not {cell:?}"));
            }
            if opened {
                *cell = Cell { saved: seen, tried: Vec::new() };
            }
        }
        let missing = computed.iter().filter(|key| started && !answers.contains_key(*key));
        wrong.extend(missing.map(|key| format!("started, and {key} is not there")));
        wrong
    }

    /// The same of rows: each is there whole, and removed with all its answers or not at all.
    fn compare_rows(&mut self, seen: &[RawValue], opened: bool) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut parts: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for value in seen.iter().filter(|value| value.map == "repeats") {
            let (instance, part) = value.key.rsplit_once('.').unwrap_or((value.key.as_str(), ""));
            parts.entry(instance).or_default().insert(part);
        }
        for (instance, parts) in &parts {
            if !parts.contains("kind") || !parts.contains("order") {
                wrong.push(format!("row {instance} is there by half: {parts:?}"));
            }
            if !self.rows.contains_key(*instance) {
                match self.untold_rows.checked_sub(1) {
                    Some(left) => self.untold_rows = left,
                    None => wrong.push(format!("row {instance} was never added")),
                }
                self.rows.insert((*instance).to_owned(), Row::default());
            }
        }
        let mut removed_now = Vec::new();
        for (instance, row) in &mut self.rows {
            let Some(parts) = parts.get(instance.as_str()) else {
                wrong.push(format!("row {instance} is gone"));
                continue;
            };
            let removed = parts.contains("removed");
            if !row.removed.fits(removed) {
                wrong.push(format!("row {instance} is removed: {removed}, {:?} was said", row.removed));
            }
            if removed && row.removed == Sure::Maybe {
                removed_now.push(instance.clone());
            } else if opened && !removed {
                row.removed = Sure::No;
            }
        }
        if opened {
            self.untold_rows = 0;
        }
        // From here on its answers must be gone with it.
        for instance in removed_now {
            self.row_removed(&instance);
        }
        wrong
    }

    /// What is seen of photos.
    pub(super) fn compare_photos(&self, seen: &BTreeSet<String>) -> Vec<String> {
        let unknown = seen.iter().filter(|hash| !self.photos.contains_key(*hash));
        let wrong = self.photos.iter().filter(|(hash, sure)| !sure.fits(seen.contains(*hash)));
        unknown
            .map(|hash| format!("photo {hash} was never attached"))
            .chain(
                wrong.map(|(hash, sure)| format!("photo {hash} is there: {}, {sure:?} was said", seen.contains(hash))),
            )
            .collect()
    }
}

impl Cell {
    fn may_be(&self, seen: &str) -> bool {
        self.saved == seen || self.tried.iter().any(|tried| tried == seen)
    }
}
