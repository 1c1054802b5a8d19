//! Why a checklist cannot be used.

use wurao_checklist::{CompileError, TemplateError};

/// Why a checklist cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChecklistError {
    /// It is no template.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// It is another template than the one asked for.
    #[error("hashes to {found}, not {wanted}")]
    Hash {
        /// The hash it has, in hex.
        found: String,
        /// The hash it is known by, in hex.
        wanted: String,
    },
    /// Some of its expressions cannot run.
    #[error("{}", .errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Expressions {
        /// All of them.
        errors: Vec<CompileError>,
    },
}

impl ChecklistError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            ChecklistError::Template(error) => error.code(),
            ChecklistError::Hash { .. } => "checklist-hash",
            ChecklistError::Expressions { .. } => "checklist-expressions",
        }
    }
}
