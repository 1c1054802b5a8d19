//! Choices and rows.

use super::super::code::{Call, Code};
use super::super::form::FormKind;
use super::super::interpret::{Fault, Interpreter};
use super::{Function, MANY, function};
use crate::expression::cast::Scalar;

pub(super) const TABLE: &[Function] = &[
    function("selected", 2, 2, selected),
    function("is-selected", 2, 2, selected),
    function("selected-at", 2, 2, |at, call| {
        let chosen = at.text(call.arg(0))?;
        let index = at.number(call.arg(1))?;
        let found = if index >= 0.0 { chosen.split_whitespace().nth(index as usize) } else { None };
        Ok(Scalar::Text(found.unwrap_or_default().to_owned()))
    }),
    function("count-selected", 1, 1, |at, call| {
        Ok(Scalar::Number(at.text(call.arg(0))?.split_whitespace().count() as f64))
    }),
    Function { paths: &[1], ..function("jr:choice-name", 2, 2, choice_name) },
    Function { paths: &[0], ..function("position", 0, 1, position) },
    Function { paths: &[0], ..function("indexed-repeat", 3, MANY, indexed_repeat) },
];

fn selected(at: &Interpreter<'_>, call: &Call) -> Result<Scalar, Fault> {
    let (chosen, wanted) = (at.text(call.arg(0))?, at.text(call.arg(1))?);
    Ok(Scalar::Bool(chosen.split_whitespace().any(|choice| choice == wanted.trim())))
}

/// The label of a choice in the checklist's default language: the same text on every device.
fn choice_name(at: &Interpreter<'_>, call: &Call) -> Result<Scalar, Fault> {
    let name = at.text(call.arg(0))?;
    let Code::Ref(place) = call.arg(1) else {
        return Err("function-needs-question");
    };
    let template = &at.program.template;
    let question = at.program.form.nodes[place.target].question.as_ref();
    let choice = question
        .and_then(|question| template.choices_of(question).iter().find(|choice| choice.name == name))
        .map_or("", |choice| choice.label.get(&template.default_language));
    Ok(Scalar::Text(choice.to_owned()))
}

/// Which row of its repeat a place is in, from 1.
fn position(at: &Interpreter<'_>, call: &Call) -> Result<Scalar, Fault> {
    let row = match call.args.first() {
        Some(Code::Ref(place)) => at.places(place).first().map(|place| place.row),
        _ => Some(at.here.row),
    };
    Ok(Scalar::Number(row.map_or(f64::NAN, |row| f64::from(at.state.rows[row].position.max(1)))))
}

/// `indexed-repeat(question, repeat, index, ...)`: the question in the row of that index, from 1.
fn indexed_repeat(at: &Interpreter<'_>, call: &Call) -> Result<Scalar, Fault> {
    let form = &at.program.form;
    let Code::Ref(target) = call.arg(0) else {
        return Err("function-needs-question");
    };
    let mut row = None;
    for pair in call.args[1..].chunks(2) {
        let [Code::Ref(repeat), index] = pair else {
            return Err("function-arguments");
        };
        let repeat = repeat.target;
        if form.nodes[repeat].kind != FormKind::Repeat {
            return Err("function-needs-repeat");
        }
        let around = row.unwrap_or(at.here.row);
        let around = at.state.climb(around, form.nodes[repeat].scope);
        let index = at.number(index)?;
        let rows = at.state.children(around, repeat);
        let found = if index >= 1.0 { rows.get(index as usize - 1) } else { None };
        match found {
            Some(found) => row = Some(*found),
            None => return Ok(Scalar::Text(String::new())),
        }
    }
    // The same path, read from the row found.
    let mut there = *at;
    there.here.row = row.unwrap_or(at.here.row);
    let scope = form.rows_of(target.target);
    let common = form.shared(at.state.rows[there.here.row].scope, scope);
    there.scalar(&Code::Ref(super::super::code::Ref { target: target.target, common }))
}
