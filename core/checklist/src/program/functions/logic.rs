//! Truth and choice between values.

use super::{Function, Lift, MANY, function};
use crate::expression::cast::Scalar;

pub(super) const TABLE: &[Function] = &[
    // Only the branch taken is evaluated.
    function("if", 3, 3, |at, call| at.scalar(if at.truth(call.arg(0))? { call.arg(1) } else { call.arg(2) })),
    function("coalesce", 1, MANY, |at, call| {
        for arg in &call.args {
            let value = at.scalar(arg)?;
            if !value.text().is_empty() {
                return Ok(value);
            }
        }
        Ok(Scalar::Text(String::new()))
    }),
    // Keeps what is there; the first value it gives is stored as an answer.
    function("once", 1, 1, |at, call| match &at.state.cell(&at.program.form, at.here.node, at.here.row).stored {
        Some(stored) if !stored.is_empty() => Ok(Scalar::read(stored)),
        _ => at.scalar(call.arg(0)),
    }),
    function("true", 0, 0, |_, _| Ok(Scalar::Bool(true))),
    function("false", 0, 0, |_, _| Ok(Scalar::Bool(false))),
    function("not", 1, 1, |at, call| Ok(Scalar::Bool(!at.truth(call.arg(0))?))),
    function("boolean", 1, 1, |at, call| Ok(Scalar::Bool(at.truth(call.arg(0))?))),
    function("boolean-from-string", 1, 1, |at, call| {
        Ok(Scalar::Bool(matches!(at.text(call.arg(0))?.to_lowercase().as_str(), "true" | "1")))
    }),
    Function {
        lift: Lift::Always,
        ..function("count", 1, 1, |at, call| Ok(Scalar::Number(at.scalars(call.arg(0))?.len() as f64)))
    },
    Function {
        lift: Lift::Always,
        ..function("count-non-empty", 1, 1, |at, call| {
            let filled = at.scalars(call.arg(0))?.iter().filter(|value| !value.text().is_empty()).count();
            Ok(Scalar::Number(filled as f64))
        })
    },
];
