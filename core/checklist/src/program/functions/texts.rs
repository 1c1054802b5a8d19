//! Text.

use super::super::code::Call;
use super::super::interpret::{Fault, Interpreter, MAX_TEXT, TEXT_TOO_LONG};
use super::super::resolve::pattern;
use super::{Function, Lift, MANY, function};
use crate::expression::cast::Scalar;

pub(super) const TABLE: &[Function] = &[
    function("string", 0, 1, |at, call| made(at.text(call.arg(0))?)),
    Function { lift: Lift::Single, ..function("concat", 1, MANY, |at, call| joined(at, call, 0, "")) },
    Function {
        lift: Lift::Always,
        ..function("join", 1, MANY, |at, call| {
            let between = at.text(call.arg(0))?;
            joined(at, call, 1, &between)
        })
    },
    function("substr", 2, 3, substr),
    function("substring-before", 2, 2, |at, call| {
        let (text, part) = (at.text(call.arg(0))?, at.text(call.arg(1))?);
        made(text.split_once(&part).map_or("", |(before, _)| before))
    }),
    function("substring-after", 2, 2, |at, call| {
        let (text, part) = (at.text(call.arg(0))?, at.text(call.arg(1))?);
        made(text.split_once(&part).map_or("", |(_, after)| after))
    }),
    function("translate", 3, 3, |at, call| {
        let from: Vec<char> = at.text(call.arg(1))?.chars().collect();
        let to: Vec<char> = at.text(call.arg(2))?.chars().collect();
        let swap = |c: char| match from.iter().position(|other| *other == c) {
            Some(index) => to.get(index).copied(),
            None => Some(c),
        };
        made(at.text(call.arg(0))?.chars().filter_map(swap).collect::<String>())
    }),
    function("string-length", 0, 1, |at, call| {
        let text = match call.args.first() {
            Some(arg) => at.text(arg)?,
            None => at.read(at.here).text(),
        };
        Ok(Scalar::Number(text.chars().count() as f64))
    }),
    function("normalize-space", 1, 1, |at, call| {
        made(at.text(call.arg(0))?.split_whitespace().collect::<Vec<_>>().join(" "))
    }),
    function("contains", 2, 2, |at, call| Ok(Scalar::Bool(at.text(call.arg(0))?.contains(&at.text(call.arg(1))?)))),
    function("starts-with", 2, 2, |at, call| {
        Ok(Scalar::Bool(at.text(call.arg(0))?.starts_with(&at.text(call.arg(1))?)))
    }),
    function("ends-with", 2, 2, |at, call| Ok(Scalar::Bool(at.text(call.arg(0))?.ends_with(&at.text(call.arg(1))?)))),
    function("regex", 2, 2, |at, call| {
        let text = at.text(call.arg(0))?;
        let matches = match &call.pattern {
            Some(pattern) => pattern.is_match(&text),
            None => pattern(&at.text(call.arg(1))?).ok_or("pattern")?.is_match(&text),
        };
        Ok(Scalar::Bool(matches))
    }),
];

fn made(text: impl Into<String>) -> Result<Scalar, Fault> {
    Ok(Scalar::Text(text.into()))
}

fn joined(at: &Interpreter<'_>, call: &Call, from: usize, between: &str) -> Result<Scalar, Fault> {
    let mut text = String::new();
    let mut first = true;
    for arg in call.args.iter().skip(from) {
        for value in at.scalars(arg)? {
            if !first {
                text.push_str(between);
            }
            first = false;
            text.push_str(&value.text());
            if text.len() > MAX_TEXT {
                return Err(TEXT_TOO_LONG);
            }
        }
    }
    made(text)
}

/// From `start` to before `end`, from 0; negative numbers count from the end.
fn substr(at: &Interpreter<'_>, call: &Call) -> Result<Scalar, Fault> {
    let text: Vec<char> = at.text(call.arg(0))?.chars().collect();
    let length = text.len() as f64;
    let place = |number: f64| {
        let from_start = if number < 0.0 { length + number } else { number };
        // A number that is none becomes 0.
        from_start.clamp(0.0, length) as usize
    };
    let start = place(at.number(call.arg(1))?);
    let end = match call.args.get(2) {
        Some(arg) => place(at.number(arg)?),
        None => text.len(),
    };
    made(text.get(start..end).unwrap_or_default().iter().collect::<String>())
}
