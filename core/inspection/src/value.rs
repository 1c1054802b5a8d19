//! A document's values as a checklist's, and back.

use wurao_checklist::Value;
use wurao_record::Scalar;

/// A document's value as an evaluation reads it; bytes, which no question asks for, as their hex digits.
pub fn value(scalar: &Scalar) -> Value {
    match scalar {
        Scalar::Null => Value::Empty,
        Scalar::Bool(truth) => Value::Bool(*truth),
        Scalar::Int(number) => Value::Int(*number),
        Scalar::Float(number) => Value::Decimal(*number),
        Scalar::Text(_) | Scalar::Bytes(_) => Value::Text(text(scalar)),
    }
}

/// A checklist's value as a document keeps it; no answer is null, for documents never delete a key.
pub fn scalar(value: &Value) -> Scalar {
    match value {
        Value::Empty => Scalar::Null,
        Value::Text(text) if text.is_empty() => Scalar::Null,
        Value::Text(text) => Scalar::Text(text.clone()),
        Value::Int(number) => Scalar::Int(*number),
        Value::Decimal(number) => Scalar::Float(*number),
        Value::Bool(truth) => Scalar::Bool(*truth),
    }
}

/// A document's value as a person would enter it; nothing is the empty text.
pub fn text(scalar: &Scalar) -> String {
    match scalar {
        Scalar::Null => String::new(),
        Scalar::Bool(truth) => truth.to_string(),
        Scalar::Int(number) => number.to_string(),
        Scalar::Float(number) => number.to_string(),
        Scalar::Text(text) => text.clone(),
        Scalar::Bytes(bytes) => hex::encode(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::{scalar, text, value};
    use wurao_checklist::Value;
    use wurao_record::Scalar;

    #[test]
    fn a_value_that_a_checklist_knows_comes_back_from_a_document_as_it_was() {
        let values = [Value::Empty, Value::Text("水".into()), Value::Int(-3), Value::Decimal(2.5), Value::Bool(false)];
        for given in values {
            assert_eq!(value(&scalar(&given)), given);
            assert_eq!(text(&scalar(&given)), given.to_string());
        }
    }

    #[test]
    fn empty_text_is_no_answer() {
        assert_eq!(scalar(&Value::Text(String::new())), Scalar::Null);
    }

    #[test]
    fn bytes_are_read_as_hex_digits() {
        assert_eq!(value(&Scalar::Bytes(vec![0, 0xab])), Value::Text("00ab".into()));
    }
}
