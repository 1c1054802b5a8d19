//! What the screen shows of an inspection: sections, questions, rows, what is wrong, what people disagree about.
//!
//! Everything is computed from the rows of the projection; no document is loaded. The shapes are here, how they are
//! made from a reading of the document is in `screen.rs`.

mod amendment;
mod screen;

use crate::fate::LateView;
use crate::photo::PhotoView;
use crate::work::Unsettled;
use wurao_protocol::DocumentId;

/// An inspection on the screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    /// Which inspection.
    pub document: DocumentId,
    /// The checklist's title.
    pub title: String,
    /// The site's name.
    pub site: String,
    /// What is asked outside any section comes in a section without a title.
    pub sections: Vec<SectionView>,
    /// What the answers imply is wrong.
    pub findings: Vec<FormFinding>,
    /// Questions still to be answered, photos and notes still to be given.
    pub missing: u32,
    /// Fields on which people disagree.
    pub conflicts: u32,
    /// Begun without a valid permit, and what has become of that.
    pub late: Option<LateView>,
    /// It shall not count; why.
    pub voided: Option<String>,
    /// Its permit was withdrawn; why.
    pub withdrawn: Option<String>,
    /// This phone's work in it that the server holds, has refused, or that was declined.
    pub problems: Vec<Unsettled>,
    /// What was written and is not in force: declined, refused, or standing on such. Nothing of it is in the sections, in the order
    /// in which it was written; of what was answered several times, the last.
    pub amendment: Vec<Amended>,
}

/// An answer, a remark or a photo that is kept beside the inspection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amended {
    /// The question's uid; of a remark, with `#note` behind it.
    pub question: String,
    /// The instance id.
    pub instance: String,
    /// What is asked.
    pub label: String,
    /// The value as it would be entered; empty when cleared, and of a photo.
    pub value: String,
    /// The value as it is shown.
    pub shown: String,
    /// Of a photo, the SHA-256 of its original, in hex.
    pub original: Option<String>,
    /// That photo, when it was taken on this phone.
    pub photo: Option<PhotoView>,
    /// Who, and when.
    pub by: HeldBy,
    /// How it stands: `declined`, `refused`; what stands on such, `unsent` or `held`.
    pub standing: String,
    /// Why, by its code.
    pub problem: Option<String>,
    /// More about that; of what was declined, the reason given.
    pub detail: Option<String>,
}

/// One section.
#[derive(Clone, Debug, PartialEq)]
pub struct SectionView {
    /// Its heading; empty outside any section.
    pub title: String,
    /// What is in it, in order.
    pub items: Vec<FormItem>,
}

/// One thing in a section.
#[derive(Clone, Debug, PartialEq)]
pub enum FormItem {
    /// A question.
    Field(Box<Field>),
    /// The rows of a repeated group.
    Rows {
        /// The repeat's uid, for adding a row.
        kind: String,
        /// The instance the rows lie in.
        parent: String,
        /// Its heading.
        title: String,
        /// The rows, in order.
        rows: Vec<RowView>,
    },
}

/// One row of a repeated group.
#[derive(Clone, Debug, PartialEq)]
pub struct RowView {
    /// Its instance id.
    pub instance: String,
    /// Its heading.
    pub title: String,
    /// Its questions, and rows within it.
    pub items: Vec<FormItem>,
}

/// One question.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The question's uid.
    pub question: String,
    /// The instance id.
    pub instance: String,
    /// What is asked.
    pub label: String,
    /// More about it.
    pub hint: String,
    /// The kind of answer, as workbooks name it: `integer`, `select_one`, `note`, ...
    pub kind: &'static str,
    /// The value as it would be entered.
    pub value: String,
    /// The value as it is shown: the choice's label.
    pub shown: String,
    /// An answer is required and missing.
    pub missing: bool,
    /// Nobody may change it.
    pub readonly: bool,
    /// What is wrong with the value: `constraint`, `type` or `choice`.
    pub violation: Option<String>,
    /// What the checklist says about that.
    pub violation_text: String,
    /// The answer fails.
    pub failed: bool,
    /// A photo is still needed.
    pub needs_photo: bool,
    /// A note is still needed.
    pub needs_note: bool,
    /// How the answer stands among people.
    pub standing: FieldStanding,
    /// The different values held, the shown one first.
    pub held: Vec<Held>,
    /// The puts that these values are from, in a conflict: [`crate::Phone::choose_among`] is told them, so that nobody chooses
    /// among what this form did not show. Empty otherwise.
    pub among: String,
    /// The choices behind these values. One beside another value: that came without knowing of the choice. Several with
    /// different values: people chose differently.
    pub settled: Vec<Settled>,
    /// The choices on offer: name and label.
    pub choices: Vec<(String, String)>,
    /// Photos attached on this phone, but for those that are set apart.
    pub photos: Vec<PhotoView>,
}

/// How an answer stands among people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldStanding {
    /// No answer.
    Empty,
    /// One value.
    Agreed,
    /// Several values; a person must choose.
    Conflict,
    /// One value, which a person chose among several.
    Chosen,
}

/// A value and who gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The value as it would be entered; empty when cleared.
    pub value: String,
    /// The value as it is shown.
    pub shown: String,
    /// Who, the latest first.
    pub by: Vec<HeldBy>,
}

/// Who gave a value, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldBy {
    /// The person's name.
    pub person: String,
    /// The phone's name; or that it was on the server's page.
    pub device: String,
    /// When, ms since 1970 UTC by their clock.
    pub at_ms: i64,
}

/// Somebody chose between different values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// What they chose, as it is shown.
    pub shown: String,
    /// Who, and when.
    pub by: HeldBy,
    /// All that had been answered or chosen before, in the order in which it was.
    pub among: Vec<Among>,
}

/// A value that was chosen among.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Among {
    /// The value as it is shown; empty when cleared.
    pub shown: String,
    /// Who, and when.
    pub by: HeldBy,
    /// It was a choice itself.
    pub chose: bool,
}

/// Something wrong that follows from an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormFinding {
    /// The question.
    pub question: String,
    /// The instance.
    pub instance: String,
    /// `minor`, `major` or `critical`, as the checklist says.
    pub severity: &'static str,
    /// What must be done, or the question.
    pub title: String,
    /// What was found.
    pub detail: String,
}
