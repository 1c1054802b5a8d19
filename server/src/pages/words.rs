//! From values and names to the words a page shows.

use super::checklists::Compiled;
use crate::page::view::Text;
use wurao_checklist::{Question, Value};
use wurao_protocol::Words;
use wurao_record::Scalar;

/// A document's value as a person would enter it; nothing is the empty text. The phones write it the same way.
pub(crate) fn scalar_text(value: &Scalar) -> String {
    match value {
        Scalar::Null => String::new(),
        Scalar::Bool(truth) => truth.to_string(),
        Scalar::Int(number) => number.to_string(),
        Scalar::Float(number) => number.to_string(),
        Scalar::Text(text) => text.clone(),
        Scalar::Bytes(bytes) => hex::encode(bytes),
    }
}

/// A document's value as an evaluation reads it.
pub(super) fn value(scalar: &Scalar) -> Value {
    match scalar {
        Scalar::Null => Value::Empty,
        Scalar::Bool(truth) => Value::Bool(*truth),
        Scalar::Int(number) => Value::Int(*number),
        Scalar::Float(number) => Value::Decimal(*number),
        Scalar::Text(_) | Scalar::Bytes(_) => Value::Text(scalar_text(scalar)),
    }
}

/// Words of a record.
pub(super) fn words(words: &Words) -> Text {
    Text::new(&words.zh, &words.en)
}

/// Words of a checklist.
pub(super) fn text(text: &wurao_checklist::Text) -> Text {
    Text::new(text.get("zh"), text.get("en"))
}

/// A value as people read it: the labels of choices instead of their names.
pub(super) fn shown(checklist: &Compiled, question: Option<&Question>, value: &str) -> Text {
    let Some(question) = question.filter(|question| question.kind.is_select()) else {
        return Text::from(value);
    };
    let choices = checklist.program.template().choices_of(question);
    let label = |name: &str, language: &str| match choices.iter().find(|choice| choice.name == name) {
        Some(choice) if !choice.label.is_empty() => choice.label.get(language).to_owned(),
        _ => name.to_owned(),
    };
    let all = |language, between| {
        value.split_whitespace().map(|name| label(name, language)).collect::<Vec<_>>().join(between)
    };
    Text::new(all("zh", "、"), all("en", ", "))
}

/// A value that was taken away.
pub(super) fn cleared() -> Text {
    Text::new("（已清空）", "(cleared)")
}

/// What a question asks; its name when the checklist has no words for it.
pub(super) fn label(checklist: &Compiled, uid: &str) -> Text {
    match checklist.question(uid) {
        Some(question) if !question.label.is_empty() => text(&question.label),
        Some(question) => Text::from(question.name.as_str()),
        None => Text::from(uid),
    }
}

/// The question that a remark on a failed answer is about.
pub(super) fn noted(question: &str) -> Option<&str> {
    question.strip_suffix("#note")
}

/// The label of a remark.
pub(super) fn remark(checklist: &Compiled, question: &str) -> Text {
    let about = label(checklist, question);
    let (zh, en) = (about.of(crate::page::Lang::Zh), about.of(crate::page::Lang::En));
    Text::new(format!("说明：{zh}"), format!("Remark: {en}"))
}
