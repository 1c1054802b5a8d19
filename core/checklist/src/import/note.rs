//! What the import has to say about a workbook.

use std::fmt;

/// How much a note matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoteSeverity {
    /// Understood, and worth knowing.
    Info,
    /// Something was left out or read leniently; the checklist works without it.
    Warning,
    /// The checklist does not say what its author meant.
    Error,
}

/// One remark about one cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The sheet, as it is called in the workbook.
    pub sheet: String,
    /// The cell, `B7`; empty when it is about the sheet as a whole.
    pub cell: String,
    /// How much it matters.
    pub severity: NoteSeverity,
    /// A stable code.
    pub code: &'static str,
    /// What it is about, in plain English.
    pub text: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}!{} {:?} {}: {}", self.sheet, self.cell, self.severity, self.code, self.text)
    }
}

/// `B7` for row 7, column 1 (rows from 1, columns from 0).
pub(crate) fn cell_name(row: u32, column: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        letters.push(char::from(b'A' + ((rest - 1) % 26) as u8));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect::<String>() + &row.to_string()
}

#[cfg(test)]
mod tests {
    use super::cell_name;

    #[test]
    fn cells_are_called_as_spreadsheets_call_them() {
        for (column, name) in [(0, "A1"), (25, "Z1"), (26, "AA1"), (701, "ZZ1"), (702, "AAA1"), (16_383, "XFD1")] {
            assert_eq!(cell_name(1, column), name);
        }
    }
}
