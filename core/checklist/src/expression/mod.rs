//! Expressions: the ODK dialect of XPath, from text to a syntax tree.
//!
//! Read in this order: `lexer`, `parser` (precedence), `ast`, then `cast` (how values become text,
//! numbers and truth). What names and functions mean is `program`'s.

pub(crate) mod ast;
pub(crate) mod cast;
mod lexer;
mod parser;

pub(crate) use parser::parse;

/// Why an expression is not understood, and at which byte of its text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason} (at {offset})")]
pub struct ExpressionError {
    /// Byte offset in the expression.
    pub offset: usize,
    /// What is wrong there.
    pub reason: Reason,
}

/// What is wrong with an expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// Longer than any person writes.
    #[error("the expression is too long")]
    TooLong,
    /// Parentheses or operators nested too deep.
    #[error("the expression is nested too deep")]
    TooDeep,
    /// A character that means nothing.
    #[error("`{0}` means nothing here")]
    Character(char),
    /// A text without its closing quote.
    #[error("a quoted text is not closed")]
    OpenText,
    /// A `${` without its `}`.
    #[error("a `${{` is not closed")]
    OpenName,
    /// Something else was needed.
    #[error("found {found} where {wanted} was needed")]
    Unexpected {
        /// What is there.
        found: String,
        /// What was needed.
        wanted: &'static str,
    },
    /// No function of that name.
    #[error("`{0}()` is not a function known here")]
    UnknownFunction(String),
    /// A function that needs what a checklist never has: files, randomness, a network.
    #[error("`{0}()` is known but not supported")]
    UnsupportedFunction(String),
    /// A function got too few or too many arguments.
    #[error("`{name}()` does not take {given} arguments")]
    Arguments {
        /// The function.
        name: &'static str,
        /// How many there are.
        given: usize,
    },
    /// A function needs a path where something else stands.
    #[error("`{0}()` needs a question here")]
    NeedsPath(&'static str),
    /// No question of that name.
    #[error("there is no question `{0}`")]
    UnknownName(String),
    /// Several questions of that name.
    #[error("several questions are called `{0}`")]
    AmbiguousName(String),
    /// A path that leads nowhere.
    #[error("the path `{0}` leads nowhere")]
    UnknownPath(String),
    /// A path with a predicate or an instance, which checklists do not have.
    #[error("paths with `[...]` and instances are not supported")]
    UnsupportedPath,
    /// A pattern that is no regular expression.
    #[error("`{0}` is not a pattern")]
    Pattern(String),
    /// Values that need each other.
    #[error("these need each other: {}", .0.join(" -> "))]
    Cycle(Vec<String>),
}

impl Reason {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Reason::TooLong => "expression-too-long",
            Reason::TooDeep => "expression-too-deep",
            Reason::Character(_) => "expression-character",
            Reason::OpenText => "expression-open-text",
            Reason::OpenName => "expression-open-name",
            Reason::Unexpected { .. } => "expression-unexpected",
            Reason::UnknownFunction(_) => "unknown-function",
            Reason::UnsupportedFunction(_) => "unsupported-function",
            Reason::Arguments { .. } => "function-arguments",
            Reason::NeedsPath(_) => "function-needs-question",
            Reason::UnknownName(_) => "unknown-name",
            Reason::AmbiguousName(_) => "ambiguous-name",
            Reason::UnknownPath(_) => "unknown-path",
            Reason::UnsupportedPath => "unsupported-path",
            Reason::Pattern(_) => "expression-pattern",
            Reason::Cycle(_) => "cycle",
        }
    }
}
