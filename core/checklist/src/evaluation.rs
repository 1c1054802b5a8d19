//! What an evaluation says.

use crate::answers::{Key, Value};
use crate::template::Severity;
use crate::text::Text;

/// The state of a whole checklist over one set of answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evaluation {
    /// Every section, repeat, row and question in form order, also those not relevant.
    pub nodes: Vec<Node>,
    /// What is still needed before the inspection is complete, in form order.
    pub missing: Vec<Missing>,
    /// Findings that the answers imply, in form order.
    pub findings: Vec<ImpliedFinding>,
    /// The score, when the checklist has scored choices and one of them counts.
    pub score: Option<Score>,
    /// Values computed once (defaults that read the clock, `once()`), to be stored as answers
    /// marked computed so that they never change again.
    pub to_store: Vec<Computed>,
    /// Expressions that failed at run time; their question was treated as empty.
    pub diagnostics: Vec<Diagnostic>,
}

impl Evaluation {
    /// The node of a question in an instance.
    pub fn question(&self, question: &str, instance: &str) -> Option<&Node> {
        self.nodes
            .iter()
            .find(|node| node.kind == NodeKind::Question && node.question == question && node.instance == instance)
    }
}

/// What a node stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// A section; `question` is its path of names.
    Section,
    /// A repeat as a whole, before its rows; `instance` is the row it stands in.
    Repeat,
    /// One row of a repeat; `instance` is the row's own.
    Row,
    /// A question.
    Question,
}

/// The state of one place in the form.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// The uid of the question or repeat; the path of a section.
    pub question: String,
    /// The instance id of the row it is in.
    pub instance: String,
    /// How deep it stands below the root.
    pub depth: usize,
    /// The place among its siblings, from 1; 0 for what is no row.
    pub position: u32,
    /// Relevant itself and in all that is around it.
    pub relevant: bool,
    /// An answer is required.
    pub required: bool,
    /// A person may not change it.
    pub readonly: bool,
    /// The effective value: the answer, the calculation or the default; empty when not relevant.
    pub value: Value,
    /// What is wrong with the value.
    pub violation: Option<Violation>,
    /// The answer fails its question.
    pub failed: bool,
    /// The failed answer asks for a photo.
    pub photo_required: bool,
    /// The failed answer asks for a remark, answered under [`Key::note`].
    pub note_required: bool,
    /// The choices that a choice filter leaves; `None` when all are offered.
    pub choices: Option<Vec<String>>,
}

/// Why a value is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Violation {
    /// The constraint does not hold; its text, empty when the checklist gives none.
    Constraint(Text),
    /// The value is not of the question's kind.
    Type,
    /// The value names a choice that is not on offer.
    Choice,
}

impl Violation {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Violation::Constraint(_) => "constraint",
            Violation::Type => "type",
            Violation::Choice => "choice",
        }
    }
}

/// Something needed that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Where.
    pub key: Key,
    /// What.
    pub needed: Needed,
}

/// What can be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needed {
    /// The answer itself.
    Answer,
    /// A photo.
    Photo,
    /// A remark on a failed answer.
    Note,
}

/// A finding that follows from an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImpliedFinding {
    /// The uid of the question.
    pub question: String,
    /// The instance id of its row.
    pub instance: String,
    /// How bad it is.
    pub severity: Severity,
    /// What must be done, or else the question's label.
    pub title: Text,
    /// What was answered: the choice's label, or the value.
    pub detail: Text,
}

/// Points reached, in millionths (score times weight), exact on every device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Weighted points reached.
    pub points: i128,
    /// Weighted points possible among what was answered and applies.
    pub of: i128,
    /// A critical question failed; the score says nothing good then.
    pub failed_critical: bool,
}

/// A value computed once.
#[derive(Clone, Debug, PartialEq)]
pub struct Computed {
    /// Where it belongs.
    pub key: Key,
    /// The value.
    pub value: Value,
}

/// An expression that failed at run time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The uid of the question.
    pub question: String,
    /// The instance id of its row.
    pub instance: String,
    /// A stable code.
    pub code: &'static str,
}
