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
        /// The different values, each with all who gave it.
        sides: Vec<Side>,
        /// Whether the reader may choose.
        choosing: Choosing,
    },
    /// People answered differently and someone chose.
    Chosen {
        /// The value chosen, and who chose it when.
        by: Said,
        /// It was chosen when the inspection had closed.
        after_close: bool,
        /// What was chosen among.
        among: Vec<Said>,
    },
}

/// One of several different values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Side {
    /// One of its puts, by which a form names it.
    pub op: String,
    /// The value.
    pub value: Text,
    /// Who gave or chose it.
    pub said: Vec<Said>,
    /// What a choice of it was made among; empty when nobody chose it.
    pub among: Vec<Said>,
}

/// Whether the reader may choose between different values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Choosing {
    /// It is not theirs to choose.
    #[default]
    No,
    /// They answered the question themselves.
    Own,
    /// They may.
    Yes {
        /// The puts that stand there, as the form names them.
        among: String,
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
    pub device: Text,
    /// It was on the page.
    pub at_page: bool,
    /// It was a choice among what others had said.
    pub chose: bool,
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
    pub(in crate::page) sides: &'a [Side],
    pub(in crate::page) choosing: &'a Choosing,
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
            Standing::Conflict { sides, choosing } => Some(Conflict { field, sides, choosing, row }),
            _ => None,
        })
        .collect()
    }

    pub(in crate::page) fn conflict_count(&self) -> u32 {
        count(self.conflicts())
    }
}

impl Conflict<'_> {
    /// How many of the values somebody chose: after one there is another that the choice had not seen.
    pub(in crate::page) fn chosen(&self) -> usize {
        self.sides.iter().filter(|side| side.said.iter().any(|said| said.chose)).count()
    }
}
