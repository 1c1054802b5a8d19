//! A template made ready to run: names looked up, order of evaluation fixed.
//!
//! Read in this order: `form` (the tree and its scopes), `resolve` (names to places), `graph` (what
//! needs what), then `state`, `run` and `report`, which are one evaluation from rows to result.

mod code;
mod form;
mod functions;
mod graph;
mod interpret;
mod report;
mod resolve;
mod rows;
mod run;
mod state;

use std::fmt;

use crate::answers::{Answers, Moment, Row};
use crate::evaluation::Evaluation;
use crate::expression::Reason;
use crate::template::Template;
use code::NodeCode;
use form::Form;
use graph::Graph;
use resolve::Compiled;

/// The column of a workbook that an expression stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// When it is asked.
    Relevant,
    /// When it must be answered.
    Required,
    /// When it may not be changed.
    Readonly,
    /// What must hold for the answer.
    Constraint,
    /// Where the value comes from.
    Calculation,
    /// What it starts with.
    Default,
    /// When the answer fails.
    Fail,
    /// How many rows a repeat has.
    RepeatCount,
    /// Which choices are offered.
    ChoiceFilter,
}

impl Column {
    /// The heading of the column.
    pub fn as_str(self) -> &'static str {
        match self {
            Column::Relevant => "relevant",
            Column::Required => "required",
            Column::Readonly => "readonly",
            Column::Constraint => "constraint",
            Column::Calculation => "calculation",
            Column::Default => "default",
            Column::Fail => "fail",
            Column::RepeatCount => "repeat_count",
            Column::ChoiceFilter => "choice_filter",
        }
    }
}

/// Why an expression of a template cannot run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{question}, {column}, at {offset}: {reason}")]
pub struct CompileError {
    /// The uid of the question or repeat, or the path of the section.
    pub question: String,
    /// The column.
    pub column: Column,
    /// The byte in the expression.
    pub offset: usize,
    /// What is wrong.
    pub reason: Reason,
    /// The row of the survey sheet, when the template knows it.
    pub row: Option<u32>,
}

impl CompileError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        self.reason.code()
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A checklist ready to be evaluated. Holds nothing of any inspection; share it freely.
#[derive(Debug)]
pub struct Program {
    template: Template,
    form: Form,
    /// By node of the form.
    code: Vec<NodeCode>,
    graph: Graph,
}

impl Program {
    /// Compiles every expression of a template; all errors are told, not the first alone.
    pub fn compile(template: &Template) -> Result<Program, Vec<CompileError>> {
        Program::compile_with_doubts(template).0
    }

    /// Also tells what was read leniently.
    pub(crate) fn compile_with_doubts(template: &Template) -> (Result<Program, Vec<CompileError>>, Vec<CompileError>) {
        let form = Form::new(template);
        let Compiled { code, mut errors, doubts } = resolve::compile(template, &form);
        let graph = Graph::new(&form, &code).unwrap_or_else(|cycle| {
            errors.push(cycle);
            Graph::default()
        });
        let program = Program { template: template.clone(), form, code, graph };
        (if errors.is_empty() { Ok(program) } else { Err(errors) }, doubts)
    }

    /// The template it was compiled from.
    pub fn template(&self) -> &Template {
        &self.template
    }

    /// Evaluates the whole checklist.
    pub fn evaluate(&self, answers: &Answers, moment: &Moment) -> Evaluation {
        report::report(self, answers, moment, &run::run(self, answers, moment))
    }

    /// Rows that exist by themselves and are not among the answers yet: the first row of a repeat
    /// without rows, and the rows a `repeat_count` asks for. Their ids are the same on every device.
    /// New rows may hold further repeats: ask again until nothing comes.
    pub fn automatic_rows(&self, answers: &Answers, moment: &Moment) -> Vec<Row> {
        rows::automatic(self, answers, &run::run(self, answers, moment))
    }

    /// What can change when the answer to a question does: uids of questions and repeats and paths of
    /// sections, in the order they are evaluated.
    pub fn dependents(&self, question: &str) -> Vec<&str> {
        let Some(start) = self.form.question(question) else {
            return Vec::new();
        };
        self.graph.dependents(start).into_iter().map(|node| self.form.nodes[node].uid.as_str()).collect()
    }
}
