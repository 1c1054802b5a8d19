//! One thing a person typed, checked and typed.

use crate::answers::Value;
use crate::date;
use crate::template::{Choice, Kind, Question};

/// The longest text one answer holds, in bytes.
pub(crate) const MAX_ANSWER: usize = 16 * 1024;

/// Why what was typed is no answer to the question.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// The question takes no answer.
    #[error("`{question}` takes no answer")]
    NotAsked {
        /// The uid of the question.
        question: String,
    },
    /// Not a whole number.
    #[error("`{raw}` is not a whole number")]
    Integer {
        /// What was typed.
        raw: String,
    },
    /// Not a number.
    #[error("`{raw}` is not a number")]
    Decimal {
        /// What was typed.
        raw: String,
    },
    /// Not a date that exists, `YYYY-MM-DD`.
    #[error("`{raw}` is not a date")]
    Date {
        /// What was typed.
        raw: String,
    },
    /// Not a time of day, `HH:MM`, or not a date with one.
    #[error("`{raw}` is not a time")]
    Time {
        /// What was typed.
        raw: String,
    },
    /// Not a position: latitude, longitude, and perhaps altitude and accuracy.
    #[error("`{raw}` is not a position")]
    Position {
        /// What was typed.
        raw: String,
    },
    /// No such choice.
    #[error("`{choice}` is not a choice of `{question}`")]
    Choice {
        /// The uid of the question.
        question: String,
        /// The choice.
        choice: String,
    },
    /// Longer than an answer may be.
    #[error("the answer is longer than {MAX_ANSWER} bytes")]
    TooLong,
}

impl AnswerError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            AnswerError::NotAsked { .. } => "answer-not-asked",
            AnswerError::Integer { .. } => "answer-integer",
            AnswerError::Decimal { .. } => "answer-decimal",
            AnswerError::Date { .. } => "answer-date",
            AnswerError::Time { .. } => "answer-time",
            AnswerError::Position { .. } => "answer-position",
            AnswerError::Choice { .. } => "answer-choice",
            AnswerError::TooLong => "answer-too-long",
        }
    }
}

/// Types what a person typed. `choices` are the question's own, from
/// [`Template::choices_of`](crate::Template::choices_of). Nothing but spaces clears the answer;
/// several choices come out sorted, so that the same choices are the same answer.
pub fn parse_answer(question: &Question, choices: &[Choice], raw: &str) -> Result<Value, AnswerError> {
    if matches!(question.kind, Kind::Note | Kind::Calculate) {
        return Err(AnswerError::NotAsked { question: question.uid.clone() });
    }
    if raw.len() > MAX_ANSWER {
        return Err(AnswerError::TooLong);
    }
    let text = raw.trim();
    if text.is_empty() {
        return Ok(Value::Empty);
    }
    if question.kind.is_select() {
        return select(question, choices, text);
    }
    let value = read(question.kind, text);
    if fits(question.kind, &value) {
        return Ok(value);
    }
    let raw = raw.to_owned();
    Err(match question.kind {
        Kind::Integer => AnswerError::Integer { raw },
        Kind::Decimal => AnswerError::Decimal { raw },
        Kind::Date | Kind::Today => AnswerError::Date { raw },
        Kind::Geopoint => AnswerError::Position { raw },
        _ => AnswerError::Time { raw },
    })
}

fn select(question: &Question, choices: &[Choice], text: &str) -> Result<Value, AnswerError> {
    let mut names: Vec<&str> = match question.kind {
        Kind::SelectMultiple => text.split_whitespace().collect(),
        _ => vec![text],
    };
    names.sort_unstable();
    names.dedup();
    match names.iter().find(|name| !choices.iter().any(|choice| choice.name == **name)) {
        Some(unknown) => Err(AnswerError::Choice { question: question.uid.clone(), choice: (*unknown).to_owned() }),
        None => Ok(Value::Text(names.join(" "))),
    }
}

/// The typed value of a text; text that is not of the kind stays text.
pub(crate) fn read(kind: Kind, text: &str) -> Value {
    let typed = match kind {
        Kind::Integer => text.parse().ok().map(Value::Int),
        Kind::Decimal => decimal(text).map(Value::Decimal),
        _ => None,
    };
    typed.unwrap_or_else(|| Value::Text(text.to_owned()))
}

/// Is the value one that the kind takes? Which choices exist is asked elsewhere.
pub(crate) fn fits(kind: Kind, value: &Value) -> bool {
    match (kind, value) {
        (Kind::Integer, value) => matches!(value, Value::Int(_)),
        (Kind::Decimal, value) => match value {
            Value::Int(_) => true,
            Value::Decimal(number) => number.is_finite(),
            _ => false,
        },
        (Kind::Date | Kind::Today, Value::Text(text)) => date::parse_day(text).is_some(),
        (Kind::Time, Value::Text(text)) => {
            let clock = text.split(['+', '-', 'Z']).next().unwrap_or(text);
            date::parse_time(clock).is_some()
        }
        (Kind::DateTime | Kind::Start | Kind::End, Value::Text(text)) => {
            text.contains('T') && date::parse_days(text, 0).is_some()
        }
        (Kind::Geopoint, Value::Text(text)) => position(text),
        (Kind::Text | Kind::SelectOne | Kind::SelectMultiple, value) => !matches!(value, Value::Bool(_)),
        (Kind::Image | Kind::Acknowledge | Kind::DeviceId | Kind::Note | Kind::Calculate, _) => true,
        _ => false,
    }
}

/// Plain digits: `parse` alone would take `inf`, `nan` and `1e9`.
fn decimal(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+'));
    text.parse().ok().filter(|number: &f64| plain && number.is_finite())
}

fn position(text: &str) -> bool {
    let numbers: Option<Vec<f64>> = text.split_whitespace().map(decimal).collect();
    numbers.is_some_and(|numbers| {
        (2..=4).contains(&numbers.len())
            && numbers[0].abs() <= 90.0
            && numbers[1].abs() <= 180.0
            && numbers.get(3).is_none_or(|accuracy| *accuracy >= 0.0)
    })
}
