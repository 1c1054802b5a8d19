use super::{PhotoView, Severity, Text, count};

/// One section of the checklist with what was answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SectionView {
    /// Stable within the inspection, so that a reader's place survives an update.
    pub key: String,
    /// The section's title.
    pub title: Text,
    /// Its questions outside repeats, in the form's order.
    pub fields: Vec<FieldView>,
    /// Its repeats, in the form's order.
    pub repeats: Vec<RepeatView>,
}

/// One question and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldView {
    /// `question@instance`, stable within the inspection.
    pub key: String,
    /// The question.
    pub label: Text,
    /// What sort of answer it takes.
    pub kind: FieldKind,
    /// The unit of a number.
    pub unit: Option<Text>,
    /// What was answered.
    pub standing: Standing,
    /// Whether the value is computed and nobody's answer.
    pub calculated: bool,
    /// The rule the value breaks, as the checklist words it.
    pub violation: Option<Text>,
    /// The severity of the finding the value implies.
    pub finding: Option<Severity>,
    /// Photos taken for this question.
    pub photos: Vec<PhotoView>,
}

/// What sort of answer a question takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Words.
    Text,
    /// A number.
    Number,
    /// One of several choices.
    Choice,
    /// Any of several choices.
    Choices,
    /// A day or a moment.
    Date,
    /// A position.
    Place,
    /// A photo; its answer is in `photos`.
    Photo,
    /// A sentence to read; takes no answer.
    Note,
}

/// Where a question stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// No value.
    Empty,
    /// A value; of a calculated one only the value is shown.
    Answered(Said),
    /// Several people gave the same value.
    Agreed {
        /// The value.
        value: Text,
        /// Who, and when.
        by: Vec<Who>,
    },
    /// People answered differently and nobody has chosen.
    Conflict {
        /// All that was answered.
        values: Vec<Said>,
    },
    /// People answered differently and someone chose.
    Chosen {
        /// The value chosen.
        value: Text,
        /// Who chose, and when.
        by: Who,
        /// What was chosen among.
        among: Vec<Said>,
    },
}

/// A value with who gave it, when and on what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// The value as words; a choice by its label.
    pub value: Text,
    /// Who.
    pub name: String,
    /// When, unix ms.
    pub at_ms: i64,
    /// On which phone, or that it was on the page.
    pub device: String,
}

/// A person and a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Who {
    /// Who.
    pub name: String,
    /// When, unix ms.
    pub at_ms: i64,
}

/// A repeat as a table, e.g. the lots on a shelf.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RepeatView {
    /// Stable within the inspection.
    pub key: String,
    /// The repeat's title.
    pub title: Text,
    /// The questions, one a column.
    pub columns: Vec<Text>,
    /// The rows, in the inspectors' order.
    pub rows: Vec<RepeatRow>,
}

/// One row of a repeat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RepeatRow {
    /// The instance id, hex.
    pub key: String,
    /// One field for each column, in the columns' order.
    pub cells: Vec<FieldView>,
}

/// A conflict lifted to the top of its section.
pub(in crate::page) struct Conflict<'a> {
    pub(in crate::page) field: &'a FieldView,
    pub(in crate::page) values: &'a [Said],
    /// The title of the repeat and the row's number, from 1, when it is in one.
    pub(in crate::page) row: Option<(&'a Text, u32)>,
}

impl SectionView {
    /// All that nobody has chosen on, in the form's order.
    pub(in crate::page) fn conflicts(&self) -> Vec<Conflict<'_>> {
        let plain = self.fields.iter().map(|field| (field, None));
        let repeated = self.repeats.iter().flat_map(|repeat| {
            let numbered = (1..).zip(&repeat.rows);
            numbered
                .flat_map(move |(number, row)| row.cells.iter().map(move |cell| (cell, Some((&repeat.title, number)))))
        });
        let all = plain.chain(repeated);
        all.filter_map(|(field, row)| match &field.standing {
            Standing::Conflict { values } => Some(Conflict { field, values, row }),
            _ => None,
        })
        .collect()
    }

    pub(in crate::page) fn conflict_count(&self) -> u32 {
        count(self.conflicts())
    }
}
