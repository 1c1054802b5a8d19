//! How values become text, numbers and truth: XPath 1.0, with dates as day numbers.

use crate::answers::Value;
use crate::date;

/// Numbers nearer than this are equal, as in Collect: `6.1 - 7.8 = -1.7` holds.
const EPSILON: f64 = 1e-12;

/// A value inside an expression that stands for no question.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Scalar {
    Text(String),
    Number(f64),
    Bool(bool),
}

impl Scalar {
    /// What an expression reads from an answer. Truth is read as the text that instances store.
    pub(crate) fn read(value: &Value) -> Self {
        match value {
            Value::Empty => Scalar::Text(String::new()),
            Value::Text(text) => Scalar::Text(text.clone()),
            Value::Int(number) => Scalar::Number(*number as f64),
            Value::Decimal(number) => Scalar::Number(*number),
            Value::Bool(truth) => Scalar::Text(truth.to_string()),
        }
    }

    /// What a calculation stores: a number that is none is no value, truth is its text.
    pub(crate) fn store(self) -> Value {
        match self {
            Scalar::Text(text) if text.is_empty() => Value::Empty,
            Scalar::Text(text) => Value::Text(text),
            Scalar::Bool(truth) => Value::Text(truth.to_string()),
            Scalar::Number(number) if number.is_nan() => Value::Empty,
            // Answers hold finite numbers only.
            Scalar::Number(number) if number.is_infinite() => Value::Text(number_text(number)),
            // 2^53: beyond it a float is no exact whole number any more.
            Scalar::Number(number) if number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0 => {
                Value::Int(number as i64)
            }
            Scalar::Number(number) => Value::Decimal(number),
        }
    }

    pub(crate) fn text(&self) -> String {
        match self {
            Scalar::Text(text) => text.clone(),
            Scalar::Number(number) => number_text(*number),
            Scalar::Bool(truth) => truth.to_string(),
        }
    }

    pub(crate) fn number(&self, offset_minutes: i32) -> f64 {
        match self {
            Scalar::Text(text) => text_number(text, offset_minutes),
            Scalar::Number(number) => *number,
            Scalar::Bool(truth) => f64::from(u8::from(*truth)),
        }
    }

    pub(crate) fn truth(&self) -> bool {
        match self {
            Scalar::Text(text) => !text.is_empty(),
            Scalar::Number(number) => *number != 0.0 && !number.is_nan(),
            Scalar::Bool(truth) => *truth,
        }
    }

    /// `=` as XPath casts it: truth before numbers before text.
    pub(crate) fn equals(&self, other: &Self, offset_minutes: i32) -> bool {
        match (self, other) {
            (Scalar::Bool(_), _) | (_, Scalar::Bool(_)) => self.truth() == other.truth(),
            (Scalar::Number(_), _) | (_, Scalar::Number(_)) => {
                let (left, right) = (self.number(offset_minutes), other.number(offset_minutes));
                left == right || (left - right).abs() < EPSILON
            }
            (Scalar::Text(left), Scalar::Text(right)) => left == right,
        }
    }
}

/// A number as XPath writes it: no exponent, no fraction when whole, no negative zero.
pub(crate) fn number_text(number: f64) -> String {
    if number.is_nan() {
        "NaN".into()
    } else if number.is_infinite() {
        if number > 0.0 { "Infinity".into() } else { "-Infinity".into() }
    } else if number == 0.0 {
        "0".into()
    } else {
        number.to_string()
    }
}

/// The number in a text: decimal digits, or the day number of a date; anything else is none.
pub(crate) fn text_number(text: &str, offset_minutes: i32) -> f64 {
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && digits.bytes().any(|byte| byte.is_ascii_digit());
    if plain {
        return text.parse().unwrap_or(f64::NAN);
    }
    date::parse_days(text, offset_minutes).unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_a_number_as_xpath_reads_it() {
        let cases: &[(&str, f64)] = &[
            ("1", 1.0),
            (" -1.5 ", -1.5),
            (".5", 0.5),
            ("5.", 5.0),
            ("007", 7.0),
            ("1970-01-02", 1.0),
            ("1970-01-02T12:00:00.000Z", 1.5),
        ];
        for (text, number) in cases {
            assert_eq!(text_number(text, 0), *number, "{text}");
        }
        for text in ["", " ", "abc", "1e3", "+1", "-", ".", "1.2.3", "1 2", "Infinity", "NaN", "2023-02-30"] {
            assert!(text_number(text, 0).is_nan(), "{text}");
        }
    }

    #[test]
    fn numbers_become_text_without_exponent_or_negative_zero() {
        let cases: &[(f64, &str)] = &[
            (1.0, "1"),
            (-0.0, "0"),
            (0.1, "0.1"),
            (1e21, "1000000000000000000000"),
            (1e-7, "0.0000001"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "Infinity"),
            (f64::NEG_INFINITY, "-Infinity"),
        ];
        for (number, text) in cases {
            assert_eq!(&number_text(*number), text);
        }
    }

    #[test]
    fn truth_of_text_is_that_it_is_not_empty() {
        assert!(Scalar::Text("false".into()).truth(), "a stored `false` is true");
        assert!(!Scalar::Text(String::new()).truth());
        assert!(!Scalar::Number(f64::NAN).truth());
        assert!(!Scalar::Number(0.0).truth());
        assert!(Scalar::Number(-0.1).truth());
    }

    #[test]
    fn equality_casts_to_truth_then_number_then_text() {
        let text = |text: &str| Scalar::Text(text.into());
        assert!(text("1.0").equals(&Scalar::Number(1.0), 0));
        assert!(!text("1.0").equals(&text("1"), 0));
        assert!(text("x").equals(&Scalar::Bool(true), 0));
        assert!(!text("").equals(&Scalar::Number(0.0), 0));
        assert!(Scalar::Number(6.1 - 7.8).equals(&Scalar::Number(-1.7), 0));
        assert!(!Scalar::Number(f64::NAN).equals(&Scalar::Number(f64::NAN), 0));
        assert!(text("1970-01-02").equals(&Scalar::Number(1.0), 0));
    }

    #[test]
    fn what_a_calculation_stores_is_typed() {
        assert_eq!(Scalar::Number(3.0).store(), Value::Int(3));
        assert_eq!(Scalar::Number(0.5).store(), Value::Decimal(0.5));
        assert_eq!(Scalar::Number(f64::NAN).store(), Value::Empty);
        assert_eq!(Scalar::Number(1e300).store(), Value::Decimal(1e300));
        assert_eq!(Scalar::Number(f64::INFINITY).store(), Value::Text("Infinity".into()));
        assert_eq!(Scalar::Bool(false).store(), Value::Text("false".into()));
        assert_eq!(Scalar::Text(String::new()).store(), Value::Empty);
    }
}
