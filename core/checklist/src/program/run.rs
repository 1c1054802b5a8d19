//! One evaluation: every vertex of the graph in order, over all rows.

use super::Program;
use super::code::Code;
use super::form::{FormKind, NodeId, ROOT_NODE};
use super::graph::Vertex;
use super::interpret::{Fault, Interpreter, Place};
use super::state::{Cell, RowId, State};
use crate::answer;
use crate::answers::{Answers, Moment, Value};
use crate::expression::cast::Scalar;
use crate::template::{DefaultValue, Kind, Question};

/// The most rows a `repeat_count` may ask for.
pub(crate) const MAX_COUNT: i64 = 1000;

/// Computes relevance and values; the order makes each vertex see only finished ones.
pub(crate) fn run(program: &Program, answers: &Answers, moment: &Moment) -> State {
    let mut state = State::new(&program.form, answers);
    for vertex in &program.graph.order {
        evaluate(program, moment, &mut state, *vertex);
    }
    state
}

/// One vertex over all its rows: the unit that an evaluation of only what changed would repeat.
fn evaluate(program: &Program, moment: &Moment, state: &mut State, vertex: Vertex) {
    let scope = program.form.nodes[vertex.node()].scope;
    for index in 0..state.rows_in(scope).len() {
        let row = state.rows_in(scope)[index];
        match vertex {
            Vertex::Relevance(node) => {
                let relevant = relevance(program, moment, state, node, row);
                state.cell_mut(&program.form, node, row).relevant = relevant;
            }
            Vertex::Value(node) => {
                let (value, to_store) = value(program, moment, state, node, row);
                let cell = state.cell_mut(&program.form, node, row);
                cell.value = value;
                cell.to_store = to_store;
            }
        }
    }
}

/// Relevance is inherited: what stands in something not relevant is not relevant.
fn relevance(program: &Program, moment: &Moment, state: &mut State, node: NodeId, row: RowId) -> bool {
    if node == ROOT_NODE {
        return true;
    }
    let parent = program.form.nodes[node].parent;
    let inherited = match program.form.nodes[parent].kind {
        FormKind::Repeat => state.row_relevant(&program.form, row),
        _ => state.cell(&program.form, parent, row).relevant,
    };
    inherited
        && match &program.code[node].relevant {
            Some(code) => {
                // What fails is shown rather than hidden.
                let found = interpreter(program, moment, state, node, row).truth(code);
                told(state, node, row, found).unwrap_or(true)
            }
            None => true,
        }
}

/// The effective value, and whether it is to be stored.
fn value(program: &Program, moment: &Moment, state: &mut State, node: NodeId, row: RowId) -> (Value, bool) {
    if !state.cell(&program.form, node, row).relevant {
        return (Value::Empty, false);
    }
    match (program.form.nodes[node].kind, &program.form.nodes[node].question) {
        (FormKind::Repeat, _) => (count(program, moment, state, node, row), false),
        (_, Some(question)) => answer_value(program, moment, state, Place { node, row }, question),
        _ => (Value::Empty, false),
    }
}

fn count(program: &Program, moment: &Moment, state: &mut State, node: NodeId, row: RowId) -> Value {
    let Some(code) = &program.code[node].count else {
        return Value::Empty;
    };
    let found = interpreter(program, moment, state, node, row).number(code);
    let number = told(state, node, row, found).unwrap_or(0.0);
    // A number that is none becomes 0.
    Value::Int((number as i64).clamp(0, MAX_COUNT))
}

fn answer_value(
    program: &Program,
    moment: &Moment,
    state: &mut State,
    place: Place,
    question: &Question,
) -> (Value, bool) {
    let Place { node, row } = place;
    let Cell { stored, .. } = state.cell(&program.form, node, row);
    if let Some(stored) = stored.clone().filter(|_| question.kind != Kind::Calculate) {
        return (stored, false);
    }
    let mut compute = |code: &Code| {
        let found = interpreter(program, moment, state, node, row).scalar(code);
        told(state, node, row, found).map_or(Value::Empty, Scalar::store)
    };
    let own = &program.code[node];
    if let Some(code) = &own.calculation {
        let value = compute(code);
        let keep = code.calls("once") && !value.is_empty();
        let known = state.cell(&program.form, node, row).stored.as_ref() == Some(&value);
        return (value, keep && !known);
    }
    if let Some(code) = &own.default {
        let value = compute(code);
        let to_store = !value.is_empty();
        return (value, to_store);
    }
    match (&question.default, question.kind) {
        (Some(DefaultValue::Value(text)), _) => (answer::read(question.kind, text), false),
        (None, Kind::Today) => (Value::Text(moment.today()), true),
        (None, Kind::Start) => (Value::Text(moment.now()), true),
        _ => (Value::Empty, false),
    }
}

/// An interpreter at a place.
pub(crate) fn interpreter<'a>(
    program: &'a Program,
    moment: &'a Moment,
    state: &'a State,
    node: NodeId,
    row: RowId,
) -> Interpreter<'a> {
    Interpreter { program, state, moment, here: Place { node, row }, choice: None }
}

/// Notes a failure and goes on without the value.
fn told<T>(state: &mut State, node: NodeId, row: RowId, found: Result<T, Fault>) -> Option<T> {
    found.map_err(|fault| state.faults.push((node, row, fault))).ok()
}
