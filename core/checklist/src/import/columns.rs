//! Headings: which column is which, and in which language.

use std::collections::BTreeMap;

use super::Report;
use super::note::{NoteSeverity, cell_name};
use super::sheets::Sheet;
use crate::text::Text;

/// The columns of one sheet.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    plain: BTreeMap<&'static str, u32>,
    /// By heading: language tag and column.
    texts: BTreeMap<&'static str, Vec<(String, u32)>>,
    /// Columns of a choices sheet that only choice filters read, by their own heading.
    pub(crate) further: Vec<(String, u32)>,
    pub(crate) header_row: u32,
}

/// What a sheet may have: headings, their other spellings, and which may name a language.
pub(crate) struct Known {
    pub(crate) plain: &'static [(&'static str, &'static [&'static str])],
    pub(crate) texts: &'static [(&'static str, &'static [&'static str])],
    /// Known to other tools; nothing here follows from them.
    pub(crate) ignored: &'static [&'static str],
    pub(crate) keeps_further: bool,
}

impl Columns {
    /// Reads the first row that holds anything; headings not known are told.
    pub(crate) fn read(sheet: &Sheet, known: &Known, report: &mut Report) -> Self {
        let mut columns = Columns::default();
        let Some((row, cells)) = sheet.rows.first_key_value() else {
            return columns;
        };
        columns.header_row = *row;
        for (column, heading) in cells {
            if let Some(problem) = columns.take(known, *column, heading) {
                let (severity, code, text) = problem;
                report.add(&sheet.name, cell_name(*row, *column), severity, code, text);
            }
        }
        columns
    }

    fn take(&mut self, known: &Known, column: u32, heading: &str) -> Option<(NoteSeverity, &'static str, String)> {
        let (name, language) = split(heading);
        let lower = name.to_lowercase().replace(' ', "_");
        let spelled = |list: &[(&'static str, &[&str])]| {
            list.iter().find(|(own, others)| *own == lower || others.contains(&lower.as_str())).map(|(own, _)| *own)
        };
        let twice = || (NoteSeverity::Warning, "column-twice", format!("`{heading}` is there twice; the first counts"));
        if let Some(own) = spelled(known.texts) {
            let tag = language.map(tag).unwrap_or_default();
            let list = self.texts.entry(own).or_default();
            if list.iter().any(|(other, _)| *other == tag) {
                return Some(twice());
            }
            list.push((tag, column));
            return None;
        }
        if language.is_none()
            && let Some(own) = spelled(known.plain)
        {
            if self.plain.contains_key(own) {
                return Some(twice());
            }
            self.plain.insert(own, column);
            return None;
        }
        if known.ignored.iter().any(|own| lower == *own || lower.starts_with(&format!("{own}::"))) {
            return Some((NoteSeverity::Info, "column-ignored", format!("`{heading}` means nothing here")));
        }
        if known.keeps_further && language.is_none() {
            self.further.push((name.to_owned(), column));
            return None;
        }
        Some((
            NoteSeverity::Warning,
            "column-unknown",
            format!("`{heading}` is not understood; the column is left out"),
        ))
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.plain.contains_key(name)
    }

    /// The column of a heading; the first column, when it is not there.
    pub(crate) fn column(&self, name: &str) -> u32 {
        self.plain
            .get(name)
            .copied()
            .or_else(|| self.texts.get(name).and_then(|list| list.first()).map(|(_, column)| *column))
            .unwrap_or_default()
    }

    pub(crate) fn get<'a>(&self, row: &'a BTreeMap<u32, String>, name: &str) -> Option<&'a str> {
        self.plain.get(name).and_then(|column| row.get(column)).map(String::as_str)
    }

    pub(crate) fn text(&self, row: &BTreeMap<u32, String>, name: &str) -> Text {
        let mut text = Text::default();
        for (language, column) in self.texts.get(name).into_iter().flatten() {
            if let Some(content) = row.get(column) {
                text.set(language.clone(), content.clone());
            }
        }
        text
    }
}

/// `label::English (en)` and the old `label:English` to heading and language.
fn split(heading: &str) -> (&str, Option<&str>) {
    let heading = heading.trim();
    if let Some((name, language)) = heading.split_once("::") {
        return (name.trim(), Some(language.trim()));
    }
    match heading.split_once(':') {
        Some((name, language)) if matches!(name, "label" | "hint") => (name.trim(), Some(language.trim())),
        _ => (heading, None),
    }
}

/// `English (en)` to `en`; a language without a code keeps its name.
pub(crate) fn tag(language: &str) -> String {
    let code = language.rsplit_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).map(str::trim);
    code.filter(|code| !code.is_empty()).unwrap_or(language.trim()).to_owned()
}
