//! Tables that administrators bring: UTF-8, with a header, every fault with its line and column.

use super::fault::{CodeFault, Fault, LineFault};
use crate::people::text;
use crate::plan::days;

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
        for record in reader.records() {
            let fields = record.map_err(|error| at(number_of(&text, error.position()), "", LineFault::Fields))?;
            let number = number_of(&text, fields.position());
            if fields.iter().all(str::is_empty) {
                continue;
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

/// The line on which a record begins, from 1. The reader's own position lies before the empty lines above it.
fn number_of(text: &str, position: Option<&csv::Position>) -> u64 {
    let before = position.map_or(0, csv::Position::byte) as usize;
    let empty = text.as_bytes().iter().skip(before).take_while(|byte| **byte == b'\n').count();
    1 + text.bytes().take(before + empty).filter(|byte| *byte == b'\n').count() as u64
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
    fn what_is_no_such_table_says_where() {
        assert_eq!(fault(b"code,name_zh\n1,\xc9\xcf\xb4\xe5\n"), (2, "", LineFault::NotUtf8), "GBK");
        assert_eq!(fault(b"code;name_zh\n"), (1, "code", LineFault::NoColumn));
        assert_eq!(fault(b"code,name_zh,nmae\n"), (1, "", LineFault::OtherColumn("nmae".into())));
        assert_eq!(fault(b"code,name_zh\n1,2,3\n"), (2, "", LineFault::Fields));
        assert_eq!(fault(b""), (1, "code", LineFault::NoColumn));
    }
}
