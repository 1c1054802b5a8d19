//! The expressions of a template just imported, each fault told at its cell.

use super::Report;
use super::columns::Columns;
use super::note::{NoteSeverity, cell_name};
use super::sheets::Sheet;
use crate::program::{CompileError, Program};
use crate::template::Template;

pub(crate) fn check(template: &Template, sheet: &Sheet, columns: &Columns, report: &mut Report) {
    let (compiled, doubts) = Program::compile_with_doubts(template);
    let mut tell = |error: CompileError, severity, code| {
        let cell = error.row.map(|row| cell_name(row, columns.column(error.column.as_str()))).unwrap_or_default();
        let text = format!("{} of `{}`, at {}: {}", error.column, error.question, error.offset, error.reason);
        report.add(&sheet.name, cell, severity, code, text);
    };
    for doubt in doubts {
        tell(doubt, NoteSeverity::Warning, "read-as-empty");
    }
    for error in compiled.err().into_iter().flatten() {
        let code = error.code();
        tell(error, NoteSeverity::Error, code);
    }
}
