//! The `choices` sheet.

use std::collections::BTreeMap;

use super::columns::{Columns, Known};
use super::note::{NoteSeverity, cell_name};
use super::sheets::Sheet;
use super::{Report, severity, yes_no};
use crate::template::{Choice, Points, Source, Template};

const KNOWN: Known = Known {
    plain: &[
        ("list_name", &["listname", "list"]),
        ("name", &["value"]),
        ("score", &[]),
        ("fail", &[]),
        ("na", &[]),
        ("severity", &[]),
    ],
    texts: &[("label", &["caption"])],
    ignored: &["image", "media", "audio", "video", "big-image"],
    keeps_further: true,
};

pub(crate) fn read(sheet: &Sheet, template: &mut Template, report: &mut Report) {
    let columns = Columns::read(sheet, &KNOWN, report);
    for (row, cells) in sheet.rows.iter().skip(1) {
        let mut tell = |column: &str, severity, code, text: String| {
            report.add(&sheet.name, cell_name(*row, columns.column(column)), severity, code, text);
        };
        let (Some(list), Some(name)) = (columns.get(cells, "list_name"), columns.get(cells, "name")) else {
            let missing = if columns.get(cells, "list_name").is_none() { "list_name" } else { "name" };
            tell(
                missing,
                NoteSeverity::Warning,
                "choice-incomplete",
                format!("a choice without {missing} is left out"),
            );
            continue;
        };
        let list = template.choices.entry(list.to_owned()).or_default();
        if list.iter().any(|choice| choice.name == name) {
            tell(
                "name",
                NoteSeverity::Warning,
                "choice-twice",
                format!("`{name}` is in its list twice; the first counts"),
            );
            continue;
        }
        if name.contains(char::is_whitespace) {
            let text = format!("`{name}` holds spaces and cannot be one of several choices");
            tell("name", NoteSeverity::Warning, "choice-name", text);
        }
        let choice = choice(&columns, cells, name, Source { sheet: sheet.name.clone(), row: *row }, tell);
        list.push(choice);
    }
}

fn choice(
    columns: &Columns,
    cells: &BTreeMap<u32, String>,
    name: &str,
    source: Source,
    mut tell: impl FnMut(&str, NoteSeverity, &'static str, String),
) -> Choice {
    let mut not = |column: &str, text: &str| {
        tell(column, NoteSeverity::Error, "cell-not-understood", format!("`{text}` is no {column}"));
    };
    let mut flag = |column: &str| match columns.get(cells, column) {
        None => false,
        Some(text) => yes_no(text).unwrap_or_else(|| {
            not(column, text);
            false
        }),
    };
    let (fail, na) = (flag("fail"), flag("na"));
    let score = columns.get(cells, "score").and_then(|text| {
        let points = Points::parse(text);
        if points.is_none() {
            not("score", text);
        }
        points
    });
    let bad = columns.get(cells, "severity").and_then(|text| {
        let found = severity(text);
        if found.is_none() {
            not("severity", text);
        }
        found
    });
    Choice {
        name: name.to_owned(),
        label: columns.text(cells, "label"),
        score,
        fail,
        na,
        severity: bad,
        columns: columns
            .further
            .iter()
            .filter_map(|(heading, column)| Some((heading.clone(), cells.get(column)?.clone())))
            .collect(),
        source: Some(source),
    }
}
