//! Numbers.

use super::super::code::Call;
use super::super::interpret::{Fault, Interpreter};
use super::{Function, Lift, MANY, function};
use crate::expression::cast::Scalar;

pub(super) const TABLE: &[Function] = &[
    function("number", 0, 1, |at, call| number(at.number(call.arg(0))?)),
    function("int", 1, 1, |at, call| number(at.number(call.arg(0))?.trunc())),
    function("round", 1, 2, |at, call| {
        let value = at.number(call.arg(0))?;
        let places = match call.args.get(1) {
            Some(arg) => at.number(arg)?.clamp(-15.0, 15.0).trunc(),
            None => 0.0,
        };
        let factor = 10_f64.powf(places);
        // Half rounds up, also below zero, as XPath says.
        number((value * factor + 0.5).floor() / factor)
    }),
    function("floor", 1, 1, |at, call| number(at.number(call.arg(0))?.floor())),
    function("ceiling", 1, 1, |at, call| number(at.number(call.arg(0))?.ceil())),
    function("abs", 1, 1, |at, call| number(at.number(call.arg(0))?.abs())),
    function("pow", 2, 2, |at, call| number(at.number(call.arg(0))?.powf(at.number(call.arg(1))?))),
    function("sqrt", 1, 1, |at, call| number(at.number(call.arg(0))?.sqrt())),
    function("exp", 1, 1, |at, call| number(at.number(call.arg(0))?.exp())),
    function("exp10", 1, 1, |at, call| number(10_f64.powf(at.number(call.arg(0))?))),
    function("log", 1, 1, |at, call| number(at.number(call.arg(0))?.ln())),
    function("log10", 1, 1, |at, call| number(at.number(call.arg(0))?.log10())),
    function("sin", 1, 1, |at, call| number(at.number(call.arg(0))?.sin())),
    function("cos", 1, 1, |at, call| number(at.number(call.arg(0))?.cos())),
    function("tan", 1, 1, |at, call| number(at.number(call.arg(0))?.tan())),
    function("asin", 1, 1, |at, call| number(at.number(call.arg(0))?.asin())),
    function("acos", 1, 1, |at, call| number(at.number(call.arg(0))?.acos())),
    function("atan", 1, 1, |at, call| number(at.number(call.arg(0))?.atan())),
    function("atan2", 2, 2, |at, call| number(at.number(call.arg(0))?.atan2(at.number(call.arg(1))?))),
    function("pi", 0, 0, |_, _| number(std::f64::consts::PI)),
    Function { lift: Lift::Single, ..function("sum", 1, MANY, |at, call| number(filled(at, call)?.iter().sum())) },
    Function {
        lift: Lift::Single,
        ..function("min", 1, MANY, |at, call| number(filled(at, call)?.into_iter().fold(f64::NAN, f64::min)))
    },
    Function {
        lift: Lift::Single,
        ..function("max", 1, MANY, |at, call| number(filled(at, call)?.into_iter().fold(f64::NAN, f64::max)))
    },
];

fn number(value: f64) -> Result<Scalar, Fault> {
    Ok(Scalar::Number(value))
}

/// The numbers among all places of all arguments: what is not filled in yet does not spoil a sum.
fn filled(at: &Interpreter<'_>, call: &Call) -> Result<Vec<f64>, Fault> {
    let mut numbers = Vec::new();
    for arg in &call.args {
        numbers.extend(at.scalars(arg)?.iter().map(|value| at.as_number(value)).filter(|number| !number.is_nan()));
    }
    Ok(numbers)
}
