//! The rows of one inspection and the cells in them.

use std::collections::{BTreeMap, BTreeSet};

use super::form::{Form, NodeId, ROOT_NODE};
use crate::answers::{Answers, ROOT, Row, Value};

/// Index of a row; 0 is the root.
pub(crate) type RowId = usize;

pub(crate) const ROOT_ROW: RowId = 0;

/// One node in one row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cell {
    /// The answer; `None` when it was never answered.
    pub(crate) stored: Option<Value>,
    /// What is read: answer, calculation or default, empty when not relevant.
    pub(crate) value: Value,
    pub(crate) relevant: bool,
    /// The value was computed once and belongs among the answers.
    pub(crate) to_store: bool,
}

/// One row of a repeat, or the root.
#[derive(Debug)]
pub(crate) struct RowState {
    pub(crate) id: String,
    /// The repeat, or the root.
    pub(crate) scope: NodeId,
    pub(crate) parent: RowId,
    /// From 1.
    pub(crate) position: u32,
    pub(crate) cells: Vec<Cell>,
    children: BTreeMap<NodeId, Vec<RowId>>,
}

/// All rows, parents before children.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) rows: Vec<RowState>,
    /// By scope.
    by_scope: BTreeMap<NodeId, Vec<RowId>>,
    /// Run-time failures: node, row and code.
    pub(crate) faults: Vec<(NodeId, RowId, &'static str)>,
}

impl State {
    /// Rows whose repeat or parent is unknown belong to another version and are left out.
    pub(crate) fn new(form: &Form, answers: &Answers) -> Self {
        let mut waiting: BTreeMap<(String, NodeId), Vec<&Row>> = BTreeMap::new();
        for row in &answers.rows {
            if let Some(repeat) = form.repeat(&row.kind) {
                let parent = row.parent.as_deref().unwrap_or(ROOT).to_owned();
                waiting.entry((parent, repeat)).or_default().push(row);
            }
        }
        waiting.values_mut().for_each(|rows| {
            rows.sort_by(|left, right| (&left.order, &left.instance).cmp(&(&right.order, &right.instance)));
        });

        let mut state = State { rows: Vec::new(), by_scope: BTreeMap::new(), faults: Vec::new() };
        state.add(form, ROOT.to_owned(), ROOT_NODE, ROOT_ROW, 0);
        let mut seen = BTreeSet::from([ROOT]);
        let mut next = ROOT_ROW;
        while next < state.rows.len() {
            let scope = state.rows[next].scope;
            let repeats: Vec<NodeId> =
                form.slots.keys().copied().filter(|id| *id != ROOT_NODE && form.nodes[*id].scope == scope).collect();
            for repeat in repeats {
                let rows = waiting.remove(&(state.rows[next].id.clone(), repeat)).unwrap_or_default();
                let mut position = 0;
                for row in rows {
                    if seen.insert(&row.instance) {
                        position += 1;
                        let id = state.add(form, row.instance.clone(), repeat, next, position);
                        state.rows[next].children.entry(repeat).or_default().push(id);
                    }
                }
            }
            next += 1;
        }
        state.read(form, answers);
        state
    }

    fn add(&mut self, form: &Form, id: String, scope: NodeId, parent: RowId, position: u32) -> RowId {
        let cells = vec![Cell::default(); form.slots.get(&scope).copied().unwrap_or_default()];
        let row = self.rows.len();
        self.rows.push(RowState { id, scope, parent, position, cells, children: BTreeMap::new() });
        self.by_scope.entry(scope).or_default().push(row);
        row
    }

    fn read(&mut self, form: &Form, answers: &Answers) {
        let by_id: BTreeMap<String, RowId> =
            self.rows.iter().enumerate().map(|(index, row)| (row.id.clone(), index)).collect();
        for (key, value) in &answers.values {
            let (Some(node), Some(row)) = (form.question(&key.question), by_id.get(&key.instance)) else {
                continue;
            };
            if form.nodes[node].scope == self.rows[*row].scope {
                self.rows[*row].cells[form.nodes[node].slot].stored = Some(value.clone());
            }
        }
    }

    /// The rows of a scope.
    pub(crate) fn rows_in(&self, scope: NodeId) -> &[RowId] {
        self.by_scope.get(&scope).map_or(&[], Vec::as_slice)
    }

    /// The rows of a repeat inside a row, in order.
    pub(crate) fn children(&self, row: RowId, repeat: NodeId) -> &[RowId] {
        self.rows[row].children.get(&repeat).map_or(&[], Vec::as_slice)
    }

    /// Climbs to the row of a scope around.
    pub(crate) fn climb(&self, mut row: RowId, scope: NodeId) -> RowId {
        while row != ROOT_ROW && self.rows[row].scope != scope {
            row = self.rows[row].parent;
        }
        row
    }

    /// The cell of a node whose scope is that of the row.
    pub(crate) fn cell(&self, form: &Form, node: NodeId, row: RowId) -> &Cell {
        &self.rows[row].cells[form.nodes[node].slot]
    }

    pub(crate) fn cell_mut(&mut self, form: &Form, node: NodeId, row: RowId) -> &mut Cell {
        &mut self.rows[row].cells[form.nodes[node].slot]
    }

    /// A row of a repeat is relevant when its repeat is and its count reaches it.
    pub(crate) fn row_relevant(&self, form: &Form, row: RowId) -> bool {
        let own = &self.rows[row];
        if row == ROOT_ROW {
            return self.cell(form, ROOT_NODE, ROOT_ROW).relevant;
        }
        let repeat = self.cell(form, own.scope, own.parent);
        repeat.relevant
            && match repeat.value {
                Value::Int(count) => i64::from(own.position) <= count,
                _ => true,
            }
    }
}
