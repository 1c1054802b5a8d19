//! Rows that exist by themselves.

use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use wurao_planted::{Bug, is as planted};

use super::Program;
use super::form::{FormKind, NodeId};
use super::state::{RowId, State};
use crate::answers::{Answers, ROOT, Row, Value};

/// The most rows that come to exist by themselves in one inspection: counted repeats within counted repeats multiply.
const MAX_ROWS: usize = 5000;

pub(crate) fn automatic(program: &Program, answers: &Answers, state: &State) -> Vec<Row> {
    let mut made = Vec::new();
    let keys = answers.values.iter().filter(|(_, value)| **value != Value::Empty).map(|(key, _)| key);
    let written = keys.chain(answers.photos.keys()).map(|key| key.instance.as_str());
    let written: BTreeSet<&str> = written.chain(answers.revived.iter().map(String::as_str)).collect();
    for (row_id, row) in state.rows.iter().enumerate() {
        for (node, form) in program.form.nodes.iter().enumerate() {
            if form.kind == FormKind::Repeat && form.scope == row.scope {
                add(program, (answers, &written), state, row_id, node, &mut made);
            }
        }
    }
    made
}

fn add(
    program: &Program,
    (answers, written): (&Answers, &BTreeSet<&str>),
    state: &State,
    parent: RowId,
    repeat: NodeId,
    made: &mut Vec<Row>,
) {
    let cell = state.cell(&program.form, repeat, parent);
    let parent_relevant = parent == super::state::ROOT_ROW || state.row_relevant(&program.form, parent);
    if !cell.relevant || !parent_relevant {
        return;
    }
    let existing = state.children(parent, repeat);
    let around = &state.rows[parent].id;
    let kind = &program.form.nodes[repeat].uid;
    let wanted = match cell.value {
        Value::Int(count) => count,
        // The first row is there to be written in; once it was, rows that people add stand beside it.
        _ if planted(Bug::AutomaticRowForgotten) => i64::from(existing.is_empty()),
        _ => i64::from(existing.is_empty() || written.contains(instance(around, kind, 0).as_str())),
    };
    for index in 0..wanted {
        if state.rows.len() + made.len() >= MAX_ROWS {
            return;
        }
        let instance = instance(around, kind, index);
        let exists = existing.iter().any(|row| state.rows[*row].id == instance);
        if !exists && !answers.removed.contains(&instance) {
            let parent = (around != ROOT).then(|| around.clone());
            // Six digits sort before the letters that orders made by people begin with.
            made.push(Row { instance, kind: kind.clone(), parent, order: format!("{index:06}") });
        }
    }
}

/// The first 16 hex digits of SHA-256 over parent instance, repeat and index, each on its line.
fn instance(parent: &str, repeat: &str, index: i64) -> String {
    let digest = Sha256::digest(format!("{parent}\n{repeat}\n{index}"));
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
