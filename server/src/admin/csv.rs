//! Tables that administrators bring: UTF-8, with a header, every fault with its line and column.

use super::fault::{CodeFault, Fault, LineFault};
use crate::days;
use crate::people::text;

/// The most lines that are taken at a time: every village of a large prefecture.
pub(super) const MAX_LINES: usize = 20_000;

/// The lines of a table under known columns.
pub(super) struct Table {
    columns: &'static [&'static str],
    /// Where each column stands in a line, when the header has it.
    places: Vec<Option<usize>>,
    pub(super) lines: Vec<Line>,
}

/// One line of a table.
pub(super) struct Line {
    pub(super) number: u64,
    fields: csv::StringRecord,
}

impl Table {
    /// Reads a table; `needed` columns must be in its header, the others may.
    pub(super) fn read(bytes: &[u8], columns: &'static [&'static str], needed: usize) -> Result<Self, Fault> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        if let Err(error) = std::str::from_utf8(bytes) {
            let line = 1 + bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() as u64;
            return Err(Fault::Line { line, column: "", fault: LineFault::NotUtf8 });
        }
        // One sort of line end, so that lines can be counted.
        let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(text.as_bytes());
        let at = |line, column, fault| Fault::Line { line, column, fault };
        let header = reader.headers().map_err(|_| at(1, "", LineFault::Fields))?.clone();
        let places: Vec<_> = columns.iter().map(|name| header.iter().position(|found| found == *name)).collect();
        if let Some(lacking) = places.iter().take(needed).position(Option::is_none) {
            return Err(at(1, columns[lacking], LineFault::NoColumn));
        }
        if let Some(other) = header.iter().find(|name| !name.is_empty() && !columns.contains(name)) {
            return Err(at(1, "", LineFault::OtherColumn(other.chars().take(40).collect())));
        }
        let mut lines = Vec::new();
        let mut count = LineCount::of(&text);
        for record in reader.records() {
            let fields = record.map_err(|error| at(count.at(error.position()), "", LineFault::Fields))?;
            let number = count.at(fields.position());
            if fields.iter().all(str::is_empty) {
                continue;
            }
            if lines.len() == MAX_LINES {
                return Err(at(number, "", LineFault::TooMany(MAX_LINES)));
            }
            // Excel leaves out what is empty at the end of a line.
            if fields.len() > header.len() {
                return Err(at(number, "", LineFault::Fields));
            }
            lines.push(Line { number, fields });
        }
        Ok(Self { columns, places, lines })
    }

    /// A field by its column's name; empty when the line or the header has none.
    pub(super) fn field<'a>(&self, line: &'a Line, column: &'static str) -> &'a str {
        let at = self.columns.iter().position(|name| *name == column).and_then(|at| self.places[at]);
        at.and_then(|at| line.fields.get(at)).unwrap_or("")
    }

    pub(super) fn name(&self, line: &Line, column: &'static str) -> Result<String, Fault> {
        text::name(self.field(line, column)).map_err(|fault| line.fault(column, LineFault::Text(fault)))
    }

    pub(super) fn name_or_nothing(&self, line: &Line, column: &'static str) -> Result<String, Fault> {
        text::name_or_nothing(self.field(line, column)).map_err(|fault| line.fault(column, LineFault::Text(fault)))
    }

    /// A day, when one is written.
    pub(super) fn day(&self, line: &Line, column: &'static str) -> Result<Option<i32>, Fault> {
        match self.field(line, column) {
            "" => Ok(None),
            written => days::parse(written).map(Some).ok_or_else(|| line.fault(column, LineFault::Day)),
        }
    }

    /// A code whose digits can be those of a division.
    pub(super) fn code(&self, line: &Line, column: &'static str) -> Result<String, Fault> {
        let code = self.field(line, column);
        super::divisions::shape(code).map_err(|fault| line.fault(column, LineFault::Code(fault)))?;
        Ok(code.to_owned())
    }
}

/// Counts lines on the way down a text, so that every byte is looked at once.
struct LineCount<'a> {
    rest: &'a [u8],
    gone: usize,
    number: u64,
}

impl<'a> LineCount<'a> {
    fn of(text: &'a str) -> Self {
        Self { rest: text.as_bytes(), gone: 0, number: 1 }
    }

    /// The line on which the next record begins, from 1. The reader's own position lies before the empty lines above it.
    fn at(&mut self, position: Option<&csv::Position>) -> u64 {
        let before = position.map_or(0, csv::Position::byte) as usize;
        let ahead = before.saturating_sub(self.gone).min(self.rest.len());
        let empty = self.rest[ahead..].iter().take_while(|byte| **byte == b'\n').count();
        let (passed, rest) = self.rest.split_at(ahead + empty);
        self.number += passed.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.gone += passed.len();
        self.rest = rest;
        self.number
    }
}

impl Line {
    /// What is wrong in a column of this line.
    pub(super) fn fault(&self, column: &'static str, fault: LineFault) -> Fault {
        Fault::Line { line: self.number, column, fault }
    }

    /// What is wrong with a code in a column of this line.
    pub(super) fn code_fault(&self, column: &'static str, fault: CodeFault) -> Fault {
        self.fault(column, LineFault::Code(fault))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[&str] = &["code", "name_zh", "name_en"];

    fn fault(bytes: &[u8]) -> (u64, &'static str, LineFault) {
        match Table::read(bytes, COLUMNS, 2) {
            Err(Fault::Line { line, column, fault }) => (line, column, fault),
            other => panic!("{:?}", other.map(|table| table.lines.len())),
        }
    }

    #[test]
    fn a_table_may_begin_with_a_byte_order_mark_and_end_its_lines_as_windows_does() {
        let table =
            Table::read("\u{feff}code,name_zh\r\n1,\"上,村\"\r\n\r\n2,下村\r\n".as_bytes(), COLUMNS, 2).unwrap();
        assert_eq!(table.lines.len(), 2);
        assert_eq!(table.field(&table.lines[0], "name_zh"), "上,村");
        assert_eq!(table.field(&table.lines[1], "name_en"), "");
        assert_eq!(table.lines[1].number, 4);
    }

    #[test]
    fn lines_are_counted_through_empty_ones_and_quoted_line_ends() {
        let table = Table::read(b"code,name_zh\n\n\n1,\"a\nb\"\n2,c\n\n3,d\n", COLUMNS, 2).unwrap();
        let numbers: Vec<_> = table.lines.iter().map(|line| line.number).collect();
        assert_eq!(numbers, [4, 6, 8]);
    }

    #[test]
    fn a_table_has_so_many_lines_and_says_which_is_one_too_many() {
        let lines = |count: usize| ["code,name_zh\n".to_owned(), "1,x\n".repeat(count)].concat();
        assert_eq!(Table::read(lines(MAX_LINES).as_bytes(), COLUMNS, 2).unwrap().lines.len(), MAX_LINES);
        let more = fault(lines(MAX_LINES + 1).as_bytes());
        assert_eq!(more, (MAX_LINES as u64 + 2, "", LineFault::TooMany(MAX_LINES)));
    }

    #[test]
    fn what_is_no_such_table_says_where() {
        assert_eq!(fault(b"code,name_zh\n1,\xc9\xcf\xb4\xe5\n"), (2, "", LineFault::NotUtf8), "GBK");
        assert_eq!(fault(b"code;name_zh\n"), (1, "code", LineFault::NoColumn));
        assert_eq!(fault(b"code,name_zh,nmae\n"), (1, "", LineFault::OtherColumn("nmae".into())));
        assert_eq!(fault(b"code,name_zh\n1,2,3\n"), (2, "", LineFault::Fields));
        assert_eq!(fault(b""), (1, "code", LineFault::NoColumn));
    }
}
