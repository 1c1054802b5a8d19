//! What every template must satisfy, whoever made it.

use std::collections::BTreeSet;

use super::canonical::MAX_DEPTH;
use super::{FORMAT, Item, Template};

/// Why a template is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// Not the JSON of a template.
    #[error("not a template: {reason}")]
    Json {
        /// What the reader said, with line and column.
        reason: String,
    },
    /// Made by a newer version.
    #[error("template format {format} is not known here")]
    Format {
        /// The format it names.
        format: u32,
    },
    /// A uid is empty or holds a character that keys need.
    #[error("`{uid}` cannot be a uid")]
    Uid {
        /// The uid.
        uid: String,
    },
    /// Two questions or repeats share a uid.
    #[error("uid `{uid}` is used twice")]
    DuplicateUid {
        /// The uid.
        uid: String,
    },
    /// A select names a list that is not there.
    #[error("question `{question}` names the list `{list}`, which does not exist")]
    UnknownList {
        /// The question.
        question: String,
        /// The list.
        list: String,
    },
    /// Sections and repeats are nested too deep.
    #[error("sections and repeats are nested deeper than {MAX_DEPTH}")]
    TooDeep,
}

impl TemplateError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            TemplateError::Json { .. } => "template-json",
            TemplateError::Format { .. } => "template-format",
            TemplateError::Uid { .. } => "template-uid",
            TemplateError::DuplicateUid { .. } => "template-duplicate-uid",
            TemplateError::UnknownList { .. } => "template-unknown-list",
            TemplateError::TooDeep => "template-too-deep",
        }
    }
}

/// A uid is part of the keys of an inspection document, where `@` and `#` separate.
pub(crate) fn is_uid(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 200
        && !text.chars().any(|c| c == '@' || c == '#' || c.is_whitespace() || c.is_control())
}

impl Template {
    pub(crate) fn check(&self) -> Result<(), TemplateError> {
        if self.format != FORMAT {
            return Err(TemplateError::Format { format: self.format });
        }
        self.check_items(&self.items, 1, &mut BTreeSet::new())
    }

    fn check_items<'a>(
        &self,
        items: &'a [Item],
        depth: usize,
        seen: &mut BTreeSet<&'a str>,
    ) -> Result<(), TemplateError> {
        if depth > MAX_DEPTH {
            return Err(TemplateError::TooDeep);
        }
        let mut take = |uid: &'a str| {
            if !is_uid(uid) {
                return Err(TemplateError::Uid { uid: uid.to_owned() });
            }
            if !seen.insert(uid) {
                return Err(TemplateError::DuplicateUid { uid: uid.to_owned() });
            }
            Ok(())
        };
        for item in items {
            match item {
                Item::Section(_) => {}
                Item::Repeat(repeat) => take(&repeat.uid)?,
                Item::Question(question) => {
                    take(&question.uid)?;
                    let list = question.list.clone().unwrap_or_default();
                    if question.kind.is_select() && !self.choices.contains_key(&list) {
                        return Err(TemplateError::UnknownList { question: question.uid.clone(), list });
                    }
                }
            }
        }
        for item in items {
            match item {
                Item::Section(section) => self.check_items(&section.items, depth + 1, seen)?,
                Item::Repeat(repeat) => self.check_items(&repeat.items, depth + 1, seen)?,
                Item::Question(_) => {}
            }
        }
        Ok(())
    }
}
