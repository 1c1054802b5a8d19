//! What an evaluation reads: the answers of one inspection, and the moment it is read at.

use std::collections::{BTreeMap, BTreeSet};

use crate::date;

/// The instance id of everything outside repeats.
pub const ROOT: &str = "-";

/// The value of one answer. Dates and times are text in ISO 8601.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// No answer.
    #[default]
    Empty,
    /// Text; also a choice, several choices (sorted, space separated), a date, a position.
    Text(String),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Decimal(f64),
    /// True or false, read by expressions as the text `true` or `false`.
    Bool(bool),
}

impl Value {
    /// True for [`Value::Empty`] and for empty text.
    pub fn is_empty(&self) -> bool {
        match self {
            Value::Empty => true,
            Value::Text(text) => text.is_empty(),
            _ => false,
        }
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Value::Empty => Ok(()),
            Value::Text(text) => f.write_str(text),
            Value::Int(number) => write!(f, "{number}"),
            Value::Decimal(number) => write!(f, "{number}"),
            Value::Bool(truth) => write!(f, "{truth}"),
        }
    }
}

/// Which answer: a question in one repeat instance ([`ROOT`] outside repeats).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The question's uid.
    pub question: String,
    /// The instance id of the row the question is in.
    pub instance: String,
}

impl Key {
    /// The key of a question in an instance.
    pub fn new(question: impl Into<String>, instance: impl Into<String>) -> Self {
        Self { question: question.into(), instance: instance.into() }
    }

    /// The key of the remark a failed answer asks for: the question's uid followed by `#note`.
    pub fn note(question: &str, instance: impl Into<String>) -> Self {
        Self::new(format!("{question}#note"), instance)
    }
}

/// One row of a repeat.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// The row's own instance id.
    pub instance: String,
    /// The uid of the repeat.
    pub kind: String,
    /// The instance id of the row around it; `None` outside repeats.
    pub parent: Option<String>,
    /// Orders the rows of one repeat; ties break by instance id.
    pub order: String,
}

/// Everything answered in one inspection.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answers {
    /// The answers. An absent key was never answered and takes its default; a key with
    /// [`Value::Empty`] was cleared and stays empty.
    pub values: BTreeMap<Key, Value>,
    /// The rows alive.
    pub rows: Vec<Row>,
    /// Instance ids of rows a person removed; no automatic row comes back under them.
    pub removed: BTreeSet<String>,
    /// Instance ids of rows that somebody removed who had not seen what stands in them: they stand, automatic ones too.
    pub revived: BTreeSet<String>,
    /// How many photos each question has.
    pub photos: BTreeMap<Key, u32>,
}

impl Answers {
    /// Puts one answer.
    pub fn set(&mut self, question: &str, instance: &str, value: Value) {
        self.values.insert(Key::new(question, instance), value);
    }
}

/// The pinned clock of an evaluation: milliseconds since 1970 UTC and the offset of local time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    unix_ms: i64,
    offset_minutes: i32,
}

impl Moment {
    /// A moment; both numbers are brought into the years 0 to 9999 and a day's offset.
    pub fn new(unix_ms: i64, offset_minutes: i32) -> Self {
        Self {
            unix_ms: unix_ms.clamp(-62_135_596_800_000, 253_402_214_400_000),
            offset_minutes: offset_minutes.clamp(-1439, 1439),
        }
    }

    /// The local date, `YYYY-MM-DD`.
    pub fn today(&self) -> String {
        date::day_text(date::floor_days(self.local_ms()))
    }

    /// The local date and time with its offset, `YYYY-MM-DDTHH:MM:SS.mmm+HH:MM`.
    pub fn now(&self) -> String {
        date::instant_text(self.local_ms(), self.offset_minutes)
    }

    /// Offset of local time from UTC, in minutes.
    pub fn offset_minutes(&self) -> i32 {
        self.offset_minutes
    }

    fn local_ms(&self) -> i64 {
        self.unix_ms + i64::from(self.offset_minutes) * 60_000
    }
}
