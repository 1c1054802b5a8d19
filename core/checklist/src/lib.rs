//! Checklists: what is asked on site, and what follows from the answers.
//!
//! A [`Template`] is a versioned checklist, addressed by the hash of its meaning. It is made from a
//! workbook by [`import::workbook`], compiled once into a [`Program`], and evaluated over the
//! [`Answers`] of one inspection at one [`Moment`]: relevance, calculations, violations, findings.
//!
//! Where to start: [`import::workbook`], then [`Program::compile`], then [`Program::evaluate`];
//! [`parse_answer`] checks one thing a person typed.
//!
//! What it deliberately does not do: it stores nothing, reads no clock, makes no random ids, knows
//! neither documents nor devices, and never evaluates an expression that did not compile.

mod answer;
mod answers;
mod date;
mod evaluation;
mod expression;
pub mod import;
mod program;
mod template;
mod text;

pub use answer::{AnswerError, parse_answer};
pub use answers::{Answers, Key, Moment, ROOT, Row, Value};
pub use evaluation::{
    Computed, Diagnostic, Evaluation, ImpliedFinding, Missing, Needed, Node, NodeKind, Score, Violation,
};
pub use expression::{ExpressionError, Reason};
pub use program::{Column, CompileError, Program};
pub use template::{
    Choice, DefaultValue, Item, Kind, OnFail, Points, Provenance, Question, Repeat, Section, Severity, Source,
    Template, TemplateError,
};
pub use text::Text;
