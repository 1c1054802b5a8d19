//! A workbook's cells as text, within bounds.
//!
//! The zip entries are measured by inflating them once into nothing, because sizes in a zip can lie;
//! only then does calamine read them. Cells are streamed, so that a sheet with one cell in its last
//! row costs one cell.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use calamine::{DataRef, Reader, Xlsx};

use super::ImportError;

/// The largest workbook read, in bytes.
pub const MAX_WORKBOOK: usize = 16 * 1024 * 1024;
/// The most bytes its entries may inflate to.
pub const MAX_INFLATED: u64 = 32 * 1024 * 1024;
/// The most cells read, and the most text in them.
const MAX_CELLS: usize = 100_000;
const MAX_TEXT: usize = 16 * 1024 * 1024;
/// The most tags its entries may have: rows, cells and shared texts cost time even when they are empty.
pub const MAX_TAGS: u64 = 600_000;
/// The most entries: sheets, styles, pictures.
const MAX_ENTRIES: usize = 2000;

/// The cells of one sheet that hold something, by row (from 1) and column (from 0).
#[derive(Debug, Default)]
pub(crate) struct Sheet {
    pub(crate) name: String,
    pub(crate) rows: BTreeMap<u32, BTreeMap<u32, String>>,
}

/// Reads the sheets whose lower-case names are wanted, and the names of all.
pub(crate) fn read(bytes: &[u8], wanted: &[&str]) -> Result<(Vec<Sheet>, Vec<String>), ImportError> {
    sniff(bytes)?;
    measure(bytes)?;
    let unreadable = |error: calamine::XlsxError| ImportError::Unreadable { reason: error.to_string() };
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(unreadable)?;
    let names = workbook.sheet_names();
    let mut sheets = Vec::new();
    let (mut cells, mut text) = (0, 0);
    for name in names.iter().filter(|name| wanted.contains(&name.trim().to_lowercase().as_str())) {
        let mut sheet = Sheet { name: name.clone(), rows: BTreeMap::new() };
        let mut reader = workbook.worksheet_cells_reader(name).map_err(unreadable)?;
        while let Some(cell) = reader.next_cell().map_err(unreadable)? {
            let content = content(cell.get_value());
            if content.is_empty() {
                continue;
            }
            cells += 1;
            text += content.len();
            if cells > MAX_CELLS || text > MAX_TEXT {
                return Err(ImportError::TooLarge);
            }
            let (row, column) = cell.get_position();
            sheet.rows.entry(row.saturating_add(1)).or_default().insert(column, content);
        }
        sheets.push(sheet);
    }
    Ok((sheets, names))
}

/// By content, not by name: an old workbook saved under a new ending is common.
fn sniff(bytes: &[u8]) -> Result<(), ImportError> {
    if bytes.len() > MAX_WORKBOOK {
        return Err(ImportError::TooLarge);
    }
    match bytes {
        [b'P', b'K', 3, 4, ..] => Ok(()),
        [0xD0, 0xCF, 0x11, 0xE0, ..] => Err(ImportError::OldWorkbook),
        _ => Err(ImportError::NotAWorkbook),
    }
}

fn measure(bytes: &[u8]) -> Result<(), ImportError> {
    let unreadable = |reason: String| ImportError::Unreadable { reason };
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| unreadable(error.to_string()))?;
    if archive.len() > MAX_ENTRIES {
        return Err(ImportError::TooLarge);
    }
    let (mut left, mut tags) = (MAX_INFLATED, 0);
    let mut block = vec![0; 64 * 1024];
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|error| unreadable(error.to_string()))?;
        let mut entry = entry.take(left + 1);
        loop {
            let size = entry.read(&mut block).map_err(|error| unreadable(error.to_string()))?;
            if size == 0 {
                break;
            }
            left = left.checked_sub(size as u64).ok_or(ImportError::TooLarge)?;
            // In every entry, whatever its name: a sheet may have any.
            tags += block[..size].iter().filter(|byte| **byte == b'<').count() as u64;
            if tags > MAX_TAGS {
                return Err(ImportError::TooLarge);
            }
        }
    }
    Ok(())
}

/// A cell as its author sees it: `1.0` is `1`, true is `TRUE`, a date is ISO.
fn content(data: &DataRef<'_>) -> String {
    match data {
        DataRef::Empty => String::new(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) => tidy(text),
        DataRef::SharedString(text) => tidy(text),
        DataRef::Bool(truth) => if *truth { "TRUE" } else { "FALSE" }.to_owned(),
        DataRef::DateTime(moment) => {
            let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
            if (hour, minute, second) == (0, 0, 0) {
                format!("{year:04}-{month:02}-{day:02}")
            } else {
                format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
            }
        }
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => tidy(text),
        DataRef::Error(error) => format!("{error:?}"),
    }
}

/// Trimmed, and with plain spaces where a word processor put others.
fn tidy(text: &str) -> String {
    text.replace('\u{a0}', " ").replace("\r\n", "\n").trim().to_owned()
}
