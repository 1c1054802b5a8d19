//! From values and names to the words a page shows.

use crate::page::Lang;
use crate::page::view::Text;
use wurao_checklist::Question;
use wurao_inspection::{Compiled, remarked};
use wurao_protocol::Words;

pub(crate) use wurao_inspection::text as scalar_text;

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
    match question {
        Some(question) if question.kind.is_select() => both(|language| checklist.shown(question, value, language)),
        _ => Text::from(value),
    }
}

/// A value that was taken away.
pub(super) fn cleared() -> Text {
    Text::new("（已清空）", "(cleared)")
}

/// What a question asks, or what a remark is about; its uid when the checklist does not know it.
pub(super) fn label(checklist: &Compiled, uid: &str) -> Text {
    let asked = |uid| match checklist.question(uid) {
        Some(question) => both(|language| wurao_inspection::label(question, language).to_owned()),
        None => Text::from(uid),
    };
    let Some(about) = remarked(uid).map(asked) else { return asked(uid) };
    Text::new(format!("说明：{}", about.of(Lang::Zh)), format!("Remark: {}", about.of(Lang::En)))
}

fn both(words: impl Fn(&str) -> String) -> Text {
    Text::new(words("zh"), words("en"))
}
