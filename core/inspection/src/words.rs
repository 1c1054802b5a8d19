//! What people read instead of names.

use crate::compiled::Compiled;
use wurao_checklist::{Choice, Question, Text};

/// What a question asks, in a language; its name when the checklist has no words for it.
pub fn label<'q>(question: &'q Question, language: &str) -> &'q str {
    or_name(&question.label, &question.name, language)
}

/// What a choice says, in a language; its name when the checklist has no words for it.
pub fn choice_label<'c>(choice: &'c Choice, language: &str) -> &'c str {
    or_name(&choice.label, &choice.name, language)
}

fn or_name<'t>(label: &'t Text, name: &'t str, language: &str) -> &'t str {
    if label.is_empty() { name } else { label.get(language) }
}

impl Compiled {
    /// An answer as people read it in a language: what the choices say instead of their names. A name that is not
    /// among the choices stays as it is.
    pub fn shown(&self, question: &Question, value: &str, language: &str) -> String {
        if !question.kind.is_select() {
            return value.to_owned();
        }
        let choices = self.template().choices_of(question);
        let word = |name| {
            let known = choices.iter().find(|choice| choice.name == name);
            known.map_or(name, |choice| choice_label(choice, language))
        };
        let comma = if language.starts_with("zh") { "、" } else { ", " };
        value.split_whitespace().map(word).collect::<Vec<_>>().join(comma)
    }
}
