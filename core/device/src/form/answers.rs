//! A document's values as a checklist's, and back.

use crate::error::Error;
use crate::store::documents;
use rusqlite::Connection;
use wurao_checklist::{Answers, Key, Moment, Program, Row, Value};
use wurao_protocol::DocumentId;
use wurao_record::{OpRow, ReadRow, Scalar, read};

/// The answers of a document as an evaluation reads them.
pub(crate) fn answers(
    connection: &Connection,
    document: &DocumentId,
    program: &Program,
    moment: &Moment,
) -> Result<Answers, Error> {
    Ok(answers_of(&documents::live(connection, document)?, program, moment))
}

/// A document's live puts as an evaluation reads them.
///
/// Rows that are there by themselves (a repeat's first, a counted repeat's) are never stored: they follow from the
/// answers, and a row within a row follows from that.
pub(crate) fn answers_of(ops: &[OpRow], program: &Program, moment: &Moment) -> Answers {
    let reading = read(ops);
    let mut answers = Answers { removed: reading.removed, ..Answers::default() };
    for (question, instance, value) in &reading.answers {
        answers.set(question, instance, value_of(value));
    }
    for ReadRow { instance, kind, parent, order } in reading.rows {
        answers.rows.push(Row { instance, kind, parent, order });
    }
    for ((question, instance), count) in reading.photos {
        answers.photos.insert(Key::new(question, instance), count);
    }
    loop {
        let rows = program.automatic_rows(&answers, moment);
        if rows.is_empty() {
            return answers;
        }
        answers.rows.extend(rows);
    }
}

fn value_of(scalar: &Scalar) -> Value {
    match scalar {
        Scalar::Null => Value::Empty,
        Scalar::Bool(truth) => Value::Bool(*truth),
        Scalar::Int(number) => Value::Int(*number),
        Scalar::Float(number) => Value::Decimal(*number),
        Scalar::Text(text) => Value::Text(text.clone()),
        Scalar::Bytes(bytes) => Value::Text(hex::encode(bytes)),
    }
}

/// A checklist's value as a document keeps it; no answer is null, for documents never delete a key.
pub(crate) fn scalar(value: &Value) -> Scalar {
    match value {
        Value::Empty => Scalar::Null,
        Value::Text(text) if text.is_empty() => Scalar::Null,
        Value::Text(text) => Scalar::Text(text.clone()),
        Value::Int(number) => Scalar::Int(*number),
        Value::Decimal(number) => Scalar::Float(*number),
        Value::Bool(truth) => Scalar::Bool(*truth),
    }
}

/// A document's value as text, as a person would enter it; nothing is the empty text.
pub(crate) fn text_of(value: &Scalar) -> String {
    match value {
        Scalar::Null => String::new(),
        Scalar::Bool(truth) => truth.to_string(),
        Scalar::Int(number) => number.to_string(),
        Scalar::Float(number) => number.to_string(),
        Scalar::Text(text) => text.clone(),
        Scalar::Bytes(bytes) => hex::encode(bytes),
    }
}
