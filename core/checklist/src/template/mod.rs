//! The checklist as data: what is asked, in which words, under which rules.

mod canonical;
mod check;
mod points;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::text::Text;

pub(crate) use canonical::MAX_DEPTH;
pub(crate) use check::is_uid;

pub use check::TemplateError;
pub use points::Points;

/// The format of the JSON; a template of another format is refused, never half read.
pub(crate) const FORMAT: u32 = 1;

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A versioned checklist. Two templates with the same [`Template::hash`] ask the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// The format of this JSON.
    pub format: u32,
    /// The author's id of the form.
    pub form_id: String,
    /// The author's version, for people; what counts is the hash.
    #[serde(default, skip_serializing_if = "is_default")]
    pub version: String,
    /// The title.
    #[serde(default, skip_serializing_if = "is_default")]
    pub title: Text,
    /// The author's default language, as a tag.
    #[serde(default, skip_serializing_if = "is_default")]
    pub default_language: String,
    /// Choices by list.
    #[serde(default, skip_serializing_if = "is_default")]
    pub choices: BTreeMap<String, Vec<Choice>>,
    /// The form, in order.
    pub items: Vec<Item>,
    /// Where the template came from; outside the hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
}

/// Where a template came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// SHA-256 of the workbook, in hex.
    pub workbook: String,
    /// What made the template, with its version.
    pub importer: String,
}

/// Where in the workbook something was written; outside the hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The sheet.
    pub sheet: String,
    /// The row, from 1.
    pub row: u32,
}

/// One entry of the form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Item {
    /// A section: questions that belong together.
    Section(Section),
    /// A repeat: the same questions for each of many things.
    Repeat(Repeat),
    /// A question.
    Question(Box<Question>),
}

/// Questions that belong together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Section {
    /// The name.
    pub name: String,
    /// The heading.
    #[serde(skip_serializing_if = "is_default")]
    pub label: Text,
    /// A hint below the heading.
    #[serde(skip_serializing_if = "is_default")]
    pub hint: Text,
    /// When it is asked; always, without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relevant: Option<String>,
    /// How it is shown, as the author wrote it.
    #[serde(skip_serializing_if = "is_default")]
    pub appearance: String,
    /// What is in it.
    pub items: Vec<Item>,
    /// Where it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}

/// The same questions for each of many things.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Repeat {
    /// The identity across versions.
    pub uid: String,
    /// The name expressions use.
    pub name: String,
    /// The heading of a row.
    #[serde(skip_serializing_if = "is_default")]
    pub label: Text,
    /// A hint below the heading.
    #[serde(skip_serializing_if = "is_default")]
    pub hint: Text,
    /// When a row is asked; always, without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relevant: Option<String>,
    /// How many rows there are; as many as people add, without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<String>,
    /// How it is shown, as the author wrote it.
    #[serde(skip_serializing_if = "is_default")]
    pub appearance: String,
    /// The uid it had in an earlier version.
    #[serde(skip_serializing_if = "is_default")]
    pub was: String,
    /// What each row asks.
    pub items: Vec<Item>,
    /// Where it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}

/// What kind of answer a question takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Free text.
    #[default]
    Text,
    /// A whole number.
    Integer,
    /// A number with a fraction.
    Decimal,
    /// One choice of a list.
    SelectOne,
    /// Any choices of a list.
    SelectMultiple,
    /// Something to read.
    Note,
    /// A value from other values; never shown.
    Calculate,
    /// A date.
    Date,
    /// A time of day.
    Time,
    /// A date and a time.
    DateTime,
    /// A photo.
    Image,
    /// A position, taken once.
    Geopoint,
    /// Something to confirm.
    Acknowledge,
    /// When the inspection was begun.
    Start,
    /// When it was ended.
    End,
    /// The day it was begun.
    Today,
    /// The device it was begun on.
    DeviceId,
}

impl Kind {
    /// True when a person answers it on site.
    pub fn is_asked(self) -> bool {
        !matches!(self, Kind::Note | Kind::Calculate) && !self.is_metadata()
    }

    /// True for what the device knows by itself.
    pub fn is_metadata(self) -> bool {
        matches!(self, Kind::Start | Kind::End | Kind::Today | Kind::DeviceId)
    }

    /// True for one or several choices of a list.
    pub fn is_select(self) -> bool {
        matches!(self, Kind::SelectOne | Kind::SelectMultiple)
    }
}

/// A value a question starts with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DefaultValue {
    /// As written.
    Value(String),
    /// Computed once, where it first applies.
    Expression(String),
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// To be noted.
    #[default]
    Minor,
    /// To be put right.
    Major,
    /// Dangerous: to be put right now.
    Critical,
}

impl Severity {
    /// The word used in workbooks and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Minor => "minor",
            Severity::Major => "major",
            Severity::Critical => "critical",
        }
    }
}

/// What a failed answer asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OnFail {
    /// A remark.
    #[serde(skip_serializing_if = "is_default")]
    pub note: bool,
    /// A photo.
    #[serde(skip_serializing_if = "is_default")]
    pub photo: bool,
}

/// One question.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Question {
    /// The identity across versions.
    pub uid: String,
    /// The name expressions use.
    pub name: String,
    /// The kind of answer.
    pub kind: Kind,
    /// What is asked.
    #[serde(skip_serializing_if = "is_default")]
    pub label: Text,
    /// A hint below it.
    #[serde(skip_serializing_if = "is_default")]
    pub hint: Text,
    /// When an answer is required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required: Option<String>,
    /// What to say when it is missing.
    #[serde(skip_serializing_if = "is_default")]
    pub required_text: Text,
    /// When it is asked; always, without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relevant: Option<String>,
    /// What must hold for an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub constraint: Option<String>,
    /// What to say when it does not.
    #[serde(skip_serializing_if = "is_default")]
    pub constraint_text: Text,
    /// Where the value comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calculation: Option<String>,
    /// What it starts with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<DefaultValue>,
    /// When a person may not change it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub readonly: Option<String>,
    /// How it is shown, as the author wrote it.
    #[serde(skip_serializing_if = "is_default")]
    pub appearance: String,
    /// The list of choices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list: Option<String>,
    /// Which choices of the list are offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub choice_filter: Option<String>,
    /// What it counts in the score; 1 without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<Points>,
    /// When an answer fails, beside choices that do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fail: Option<String>,
    /// How bad a failure is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// What a failure asks for.
    #[serde(skip_serializing_if = "is_default")]
    pub on_fail: OnFail,
    /// What must be done about a failure.
    #[serde(skip_serializing_if = "is_default")]
    pub action_title: Text,
    /// The uid it had in an earlier version.
    #[serde(skip_serializing_if = "is_default")]
    pub was: String,
    /// Where it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}

/// One choice of a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Choice {
    /// The name answers store.
    pub name: String,
    /// What is shown.
    #[serde(skip_serializing_if = "is_default")]
    pub label: Text,
    /// Points it gives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<Points>,
    /// It fails the question.
    #[serde(skip_serializing_if = "is_default")]
    pub fail: bool,
    /// It says that the question does not apply, and leaves the score.
    #[serde(skip_serializing_if = "is_default")]
    pub na: bool,
    /// How bad it is, when it fails; the question's severity, without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Further columns, which choice filters read.
    #[serde(skip_serializing_if = "is_default")]
    pub columns: BTreeMap<String, String>,
    /// Where it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}

impl Template {
    /// A template without questions.
    pub fn new(form_id: impl Into<String>) -> Self {
        Self {
            format: FORMAT,
            form_id: form_id.into(),
            version: String::new(),
            title: Text::default(),
            default_language: String::new(),
            choices: BTreeMap::new(),
            items: Vec::new(),
            provenance: None,
        }
    }

    /// All questions in form order, those in sections and repeats included.
    pub fn questions(&self) -> Vec<&Question> {
        fn walk<'a>(items: &'a [Item], into: &mut Vec<&'a Question>) {
            for item in items {
                match item {
                    Item::Section(section) => walk(&section.items, into),
                    Item::Repeat(repeat) => walk(&repeat.items, into),
                    Item::Question(question) => into.push(question),
                }
            }
        }
        let mut found = Vec::new();
        walk(&self.items, &mut found);
        found
    }

    /// The question with a uid.
    pub fn question(&self, uid: &str) -> Option<&Question> {
        self.questions().into_iter().find(|question| question.uid == uid)
    }

    /// The choices of a question; none for other kinds.
    pub fn choices_of(&self, question: &Question) -> &[Choice] {
        question.list.as_ref().and_then(|list| self.choices.get(list)).map_or(&[], Vec::as_slice)
    }
}
