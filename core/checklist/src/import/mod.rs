//! Workbooks to templates: XLSForm as ODK, Kobo and Enketo users write it, with columns of our own.
//!
//! Sheets `survey` (required), `choices`, `settings`. Beside the usual columns `choices` may have
//! `score`, `fail`, `na`, `severity`, and `survey` may have `weight`, `fail`, `severity`, `on_fail`
//! (`note`, `photo`), `action_title`, `uid`, `was`. Whatever is not understood is told with its
//! cell, never dropped in silence.

mod choices;
mod columns;
mod expressions;
mod kinds;
mod note;
mod settings;
mod sheets;
mod survey;

use sha2::{Digest, Sha256};

use crate::template::{Provenance, Template};

pub use note::{Note, NoteSeverity};
pub use sheets::{MAX_INFLATED, MAX_TAGS, MAX_WORKBOOK};

/// A template and what was noticed on the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// The template. It compiles when no note is an error.
    pub template: Template,
    /// All notes, in the order of sheets and rows.
    pub report: Vec<Note>,
}

/// Why a file cannot be read as a workbook at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// Not a workbook.
    #[error("this is not an .xlsx workbook")]
    NotAWorkbook,
    /// A workbook of before 2007.
    #[error("this is an old .xls workbook; save it as .xlsx")]
    OldWorkbook,
    /// Larger than any checklist.
    #[error("the workbook is too large")]
    TooLarge,
    /// Damaged.
    #[error("the workbook cannot be read: {reason}")]
    Unreadable {
        /// What the reader said.
        reason: String,
    },
    /// No `survey` sheet.
    #[error("the workbook has no sheet called survey; it has {}", .sheets.join(", "))]
    NoSurvey {
        /// The sheets it has.
        sheets: Vec<String>,
    },
    /// A survey sheet without the columns `type` and `name`.
    #[error("the survey sheet has no column called {column}")]
    NoColumn {
        /// The missing column.
        column: &'static str,
    },
}

impl ImportError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            ImportError::NotAWorkbook => "not-a-workbook",
            ImportError::OldWorkbook => "old-workbook",
            ImportError::TooLarge => "workbook-too-large",
            ImportError::Unreadable { .. } => "workbook-unreadable",
            ImportError::NoSurvey { .. } => "no-survey-sheet",
            ImportError::NoColumn { .. } => "no-column",
        }
    }
}

/// Imports a workbook (.xlsx).
pub fn workbook(bytes: &[u8]) -> Result<Import, ImportError> {
    let (sheets, names) = sheets::read(bytes, &["survey", "choices", "settings"])?;
    let find = |name: &str| sheets.iter().find(|sheet| sheet.name.trim().eq_ignore_ascii_case(name));
    let survey = find("survey").ok_or_else(|| ImportError::NoSurvey { sheets: names.clone() })?;

    let mut report = Report::default();
    let mut template = Template::new("");
    if let Some(sheet) = find("settings") {
        settings::read(sheet, &mut template, &mut report);
    }
    if let Some(sheet) = find("choices") {
        choices::read(sheet, &mut template, &mut report);
    }
    let columns = survey::read(survey, &mut template, &mut report)?;
    expressions::check(&template, survey, &columns, &mut report);
    for name in names.iter().filter(|name| !name.starts_with('_') && find(name).is_none()) {
        report.add(name, String::new(), NoteSeverity::Info, "sheet-ignored", "the sheet is not read".into());
    }
    template.provenance = Some(Provenance {
        workbook: Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect(),
        importer: concat!("wurao-checklist ", env!("CARGO_PKG_VERSION")).to_owned(),
    });
    Ok(Import { template, report: report.notes })
}

/// Notes being gathered.
#[derive(Debug, Default)]
pub(crate) struct Report {
    notes: Vec<Note>,
}

impl Report {
    fn add(&mut self, sheet: &str, cell: String, severity: NoteSeverity, code: &'static str, text: String) {
        self.notes.push(Note { sheet: sheet.to_owned(), cell, severity, code, text });
    }
}

/// `yes` and its other spellings; `None` for what is neither.
pub(crate) fn yes_no(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "yes" | "true" | "true()" | "1" | "y" => Some(true),
        "no" | "false" | "false()" | "0" | "n" => Some(false),
        _ => None,
    }
}

/// A severity by its word.
pub(crate) fn severity(text: &str) -> Option<crate::template::Severity> {
    use crate::template::Severity::{Critical, Major, Minor};
    [Minor, Major, Critical].into_iter().find(|severity| severity.as_str() == text.to_lowercase())
}
