//! The expressions of a template just imported, each fault told at its cell.

use super::Report;
use super::columns::Columns;
use super::note::{NoteSeverity, cell_name};
use super::sheets::Sheet;
use crate::program::Program;
use crate::template::Template;

pub(crate) fn check(template: &Template, sheet: &Sheet, columns: &Columns, report: &mut Report) {
    let Err(errors) = Program::compile(template) else {
        return;
    };
    for error in errors {
        let cell = error.row.map(|row| cell_name(row, columns.column(error.column.as_str()))).unwrap_or_default();
        let text = format!("{} of `{}`, at {}: {}", error.column, error.question, error.offset, error.reason);
        report.add(&sheet.name, cell, NoteSeverity::Error, error.code(), text);
    }
}
