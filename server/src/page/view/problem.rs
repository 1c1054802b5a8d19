use crate::page::Frame;
use crate::page::words::Words;
use askama::Template;

/// The page for a request that cannot be served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProblemView {
    /// What is the matter.
    pub problem: Problem,
    /// What to quote when asking for help, e.g. the request's id in the log.
    pub reference: Option<String>,
}

impl ProblemView {
    /// The whole page.
    ///
    /// # Errors
    /// When writing into the string fails, which leaves nothing to show.
    pub fn render(&self, frame: &Frame) -> Result<String, askama::Error> {
        ProblemPage { v: self, f: frame, w: Words::of(frame.lang) }.render()
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    v: &'a ProblemView,
    f: &'a Frame,
    w: &'static Words,
}

/// Why a request cannot be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// 403: outside the reader's scope or role.
    Forbidden,
    /// 404: no such page in the reader's scope.
    NotFound,
    /// 500: the server failed.
    Internal,
}

impl Problem {
    /// The HTTP status of the answer.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Internal => 500,
        }
    }
}
