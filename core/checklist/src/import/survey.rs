//! The `survey` sheet: rows to items.

use std::collections::{BTreeMap, BTreeSet};

use super::columns::{Columns, Known};
use super::kinds::{self, RowKind};
use super::note::{NoteSeverity, cell_name};
use super::sheets::Sheet;
use super::{ImportError, Report, severity, yes_no};
use crate::template::{
    DefaultValue, Item, Kind, MAX_DEPTH, OnFail, Points, Question, Repeat, Section, Source, Template, is_uid,
};

const KNOWN: Known = Known {
    plain: &[
        ("type", &["command"]),
        ("name", &["value"]),
        ("required", &["bind::required"]),
        ("relevant", &["relevance", "skip", "bind::relevant", "bind:relevant"]),
        ("constraint", &["bind::constraint"]),
        ("calculation", &["calculate", "bind::calculate"]),
        ("default", &[]),
        ("readonly", &["read_only", "bind::readonly"]),
        ("appearance", &["control::appearance"]),
        ("choice_filter", &[]),
        ("repeat_count", &["count"]),
        ("disabled", &[]),
        ("weight", &[]),
        ("fail", &[]),
        ("severity", &[]),
        ("on_fail", &[]),
        ("uid", &[]),
        ("was", &[]),
    ],
    texts: &[
        ("label", &["caption"]),
        ("hint", &[]),
        ("constraint_message", &["constraint_msg"]),
        ("required_message", &["required_msg"]),
        ("action_title", &[]),
    ],
    ignored: &[
        "guidance_hint",
        "image",
        "big-image",
        "audio",
        "video",
        "media",
        "autoplay",
        "compact_tag",
        "body",
        "bind",
        "instance",
        "rows",
        "note",
        "comment",
        "comments",
        "parameters",
        "trigger",
        "save_to",
        "sms_field",
    ],
    keeps_further: false,
};

/// Reads all rows into the template.
pub(crate) fn read(sheet: &Sheet, template: &mut Template, report: &mut Report) -> Result<Columns, ImportError> {
    let columns = Columns::read(sheet, &KNOWN, report);
    for column in ["type", "name"] {
        if !columns.has(column) {
            return Err(ImportError::NoColumn { column });
        }
    }
    let mut reader = Reader {
        sheet,
        columns: &columns,
        report,
        template,
        open: Vec::new(),
        items: Vec::new(),
        uids: BTreeSet::new(),
        too_deep: 0,
    };
    for (row, cells) in sheet.rows.iter().skip(1) {
        reader.row(*row, cells);
    }
    while let Some(open) = reader.open.pop() {
        let row = open.row;
        reader.tell(row, "type", NoteSeverity::Error, "section-open", "nothing ends this".into());
        reader.close(open);
    }
    reader.template.items = std::mem::take(&mut reader.items);
    Ok(columns)
}

/// A section or repeat not ended yet, with the items gathered around it.
struct Open {
    item: Item,
    around: Vec<Item>,
    row: u32,
}

struct Reader<'a> {
    sheet: &'a Sheet,
    columns: &'a Columns,
    report: &'a mut Report,
    template: &'a mut Template,
    open: Vec<Open>,
    items: Vec<Item>,
    uids: BTreeSet<String>,
    too_deep: usize,
}

type Cells = BTreeMap<u32, String>;

impl Reader<'_> {
    fn tell(&mut self, row: u32, column: &str, severity: NoteSeverity, code: &'static str, text: String) {
        let cell = cell_name(row, self.columns.column(column));
        self.report.add(&self.sheet.name, cell, severity, code, text);
    }

    fn row(&mut self, row: u32, cells: &Cells) {
        if self.columns.get(cells, "disabled").and_then(yes_no) == Some(true) {
            self.tell(row, "disabled", NoteSeverity::Info, "row-disabled", "the row is left out".into());
            return;
        }
        let Some(kind) = self.columns.get(cells, "type") else {
            let text = "a row without a type is left out".to_owned();
            self.tell(row, "type", NoteSeverity::Warning, "row-without-type", text);
            return;
        };
        match kinds::read(kind) {
            RowKind::BeginSection | RowKind::BeginRepeat if self.too_deep > 0 || self.open.len() + 1 >= MAX_DEPTH => {
                self.too_deep += 1;
                let text = format!("sections deeper than {MAX_DEPTH} are read as one");
                self.tell(row, "type", NoteSeverity::Error, "section-too-deep", text);
            }
            RowKind::EndSection | RowKind::EndRepeat if self.too_deep > 0 => self.too_deep -= 1,
            RowKind::BeginSection => self.begin_section(row, cells),
            RowKind::BeginRepeat => self.begin_repeat(row, cells),
            RowKind::EndSection => self.end(row, false),
            RowKind::EndRepeat => self.end(row, true),
            RowKind::Question { kind, list, or_other } => self.question(row, cells, kind, list, or_other),
            RowKind::Unused => {
                self.tell(row, "type", NoteSeverity::Info, "type-unused", format!("`{kind}` is not needed here"));
            }
            RowKind::Unsupported => {
                let text = format!("`{kind}` is not supported; the row is left out");
                self.tell(row, "type", NoteSeverity::Warning, "type-unsupported", text);
            }
            RowKind::Unknown => {
                let text = format!("`{kind}` is no type; the row is left out");
                self.tell(row, "type", NoteSeverity::Error, "type-unknown", text);
            }
        }
    }

    fn begin_section(&mut self, row: u32, cells: &Cells) {
        let name = match self.columns.get(cells, "name") {
            Some(_) => self.name(row, cells),
            // Answers do not depend on what a section is called.
            None => {
                self.tell(row, "name", NoteSeverity::Warning, "section-name", "the section has no name".into());
                format!("row_{row}")
            }
        };
        let section = Section {
            name,
            label: self.columns.text(cells, "label"),
            hint: self.columns.text(cells, "hint"),
            relevant: self.expression(cells, "relevant"),
            appearance: self.plain(cells, "appearance"),
            items: Vec::new(),
            source: Some(self.source(row)),
        };
        let around = std::mem::take(&mut self.items);
        self.open.push(Open { item: Item::Section(section), around, row });
    }

    fn begin_repeat(&mut self, row: u32, cells: &Cells) {
        let name = self.name(row, cells);
        let repeat = Repeat {
            uid: self.uid(row, cells, &name),
            name,
            label: self.columns.text(cells, "label"),
            hint: self.columns.text(cells, "hint"),
            relevant: self.expression(cells, "relevant"),
            count: self.expression(cells, "repeat_count"),
            appearance: self.plain(cells, "appearance"),
            was: self.plain(cells, "was"),
            items: Vec::new(),
            source: Some(self.source(row)),
        };
        let around = std::mem::take(&mut self.items);
        self.open.push(Open { item: Item::Repeat(repeat), around, row });
    }

    fn end(&mut self, row: u32, repeat: bool) {
        let fits = self.open.last().is_some_and(|open| matches!(open.item, Item::Repeat(_)) == repeat);
        match self.open.pop() {
            Some(open) if fits => self.close(open),
            open => {
                self.open.extend(open);
                let text = "this ends nothing that was begun".to_owned();
                self.tell(row, "type", NoteSeverity::Error, "section-end", text);
            }
        }
    }

    fn close(&mut self, mut open: Open) {
        let inside = std::mem::replace(&mut self.items, open.around);
        match &mut open.item {
            Item::Section(section) => section.items = inside,
            Item::Repeat(repeat) => repeat.items = inside,
            Item::Question(_) => {}
        }
        self.items.push(open.item);
    }

    fn question(&mut self, row: u32, cells: &Cells, kind: Kind, list: Option<String>, or_other: bool) {
        let name = match self.columns.get(cells, "name") {
            Some(_) => self.name(row, cells),
            None if kind.is_metadata() => self.columns.get(cells, "type").unwrap_or_default().to_lowercase(),
            // A note holds no answer, so that nothing depends on what it is called.
            None if kind == Kind::Note => format!("row_{row}"),
            None => self.name(row, cells),
        };
        if or_other {
            let text = "`or_other` is not supported; add the choice and a text question".to_owned();
            self.tell(row, "type", NoteSeverity::Warning, "or-other", text);
        }
        if let Some(list) = &list
            && !self.template.choices.contains_key(list)
        {
            self.tell(row, "type", NoteSeverity::Error, "list-unknown", format!("there is no list `{list}`"));
            self.template.choices.insert(list.clone(), Vec::new());
        }
        let question = Question {
            uid: self.uid(row, cells, &name),
            name,
            kind,
            label: self.columns.text(cells, "label"),
            hint: self.columns.text(cells, "hint"),
            required: self.rule(cells, "required"),
            required_text: self.columns.text(cells, "required_message"),
            relevant: self.expression(cells, "relevant"),
            constraint: self.expression(cells, "constraint"),
            constraint_text: self.columns.text(cells, "constraint_message"),
            calculation: self.expression(cells, "calculation"),
            default: self.default(cells),
            readonly: self.rule(cells, "readonly"),
            appearance: self.plain(cells, "appearance"),
            list,
            choice_filter: self.expression(cells, "choice_filter"),
            weight: self.weight(row, cells),
            fail: self.expression(cells, "fail"),
            severity: self.severity(row, cells),
            on_fail: self.on_fail(row, cells),
            action_title: self.columns.text(cells, "action_title"),
            was: self.plain(cells, "was"),
            source: Some(self.source(row)),
        };
        if question.label.is_empty() && (kind.is_asked() || kind == Kind::Note) {
            let text = format!("`{}` has no label", question.name);
            self.tell(row, "label", NoteSeverity::Warning, "label-missing", text);
        }
        if kind == Kind::Calculate && question.calculation.is_none() && question.default.is_none() {
            let text = format!("`{}` has nothing to calculate", question.name);
            self.tell(row, "calculation", NoteSeverity::Warning, "calculation-missing", text);
        }
        self.items.push(Item::Question(Box::new(question)));
    }

    fn source(&self, row: u32) -> Source {
        Source { sheet: self.sheet.name.clone(), row }
    }

    fn plain(&self, cells: &Cells, column: &str) -> String {
        self.columns.get(cells, column).unwrap_or_default().to_owned()
    }

    /// An expression, with the quotes that word processors bend made straight again.
    fn expression(&self, cells: &Cells, column: &str) -> Option<String> {
        let text = self.columns.get(cells, column)?;
        Some(text.replace(['\u{201c}', '\u{201d}'], "\"").replace(['\u{2018}', '\u{2019}'], "'"))
    }

    /// A rule that may be a plain yes or no.
    fn rule(&self, cells: &Cells, column: &str) -> Option<String> {
        let text = self.expression(cells, column)?;
        match yes_no(&text) {
            Some(true) => Some("true()".into()),
            Some(false) => None,
            None => Some(text),
        }
    }

    /// A default that calls a function or names a question is computed; others are what they say.
    fn default(&self, cells: &Cells) -> Option<DefaultValue> {
        let text = self.columns.get(cells, "default")?;
        let calls = text.find('(').is_some_and(|at| text[..at].ends_with(|c: char| c.is_ascii_alphanumeric()));
        Some(match self.expression(cells, "default") {
            Some(expression) if text.contains("${") || (calls && text.ends_with(')')) => {
                DefaultValue::Expression(expression)
            }
            _ => DefaultValue::Value(text.to_owned()),
        })
    }

    fn name(&mut self, row: u32, cells: &Cells) -> String {
        let found = self.columns.get(cells, "name").unwrap_or_default().to_owned();
        let fits = found.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && found.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
        if fits {
            return found;
        }
        let text = if found.is_empty() { "a name is missing".to_owned() } else { format!("`{found}` is no name") };
        self.tell(row, "name", NoteSeverity::Error, "name", text);
        format!("row_{row}")
    }

    /// The uid given, or the chain of repeats and the name: sections are left out of it, so that a
    /// question moved to another section keeps its answers.
    fn uid(&mut self, row: u32, cells: &Cells, name: &str) -> String {
        let given = self.columns.get(cells, "uid");
        if let Some(uid) = given.filter(|uid| !is_uid(uid)) {
            self.tell(row, "uid", NoteSeverity::Error, "uid", format!("`{uid}` cannot be a uid"));
        }
        let around = self.open.iter().rev().find_map(|open| match &open.item {
            Item::Repeat(repeat) => Some(repeat.uid.as_str()),
            _ => None,
        });
        let derived = around.map_or_else(|| name.to_owned(), |around| format!("{around}/{name}"));
        let wanted = given.filter(|uid| is_uid(uid)).map_or(derived, str::to_owned);
        if self.uids.insert(wanted.clone()) {
            return wanted;
        }
        self.second_uid(row, &wanted, name, given.is_some())
    }

    /// A name may stand in several sections; the later ones carry their sections in the uid.
    fn second_uid(&mut self, row: u32, wanted: &str, name: &str, given: bool) -> String {
        let text = format!("`{wanted}` is there twice; give one of them a uid of its own");
        let sections = self.open.iter().map(|open| match &open.item {
            Item::Section(section) => section.name.as_str(),
            Item::Repeat(repeat) => repeat.name.as_str(),
            Item::Question(question) => question.name.as_str(),
        });
        let path = sections.chain([name]).collect::<Vec<_>>().join("/");
        if !given && self.uids.insert(path.clone()) {
            self.tell(row, "name", NoteSeverity::Warning, "name-again", text);
            return path;
        }
        self.tell(row, if given { "uid" } else { "name" }, NoteSeverity::Error, "uid-twice", text);
        let own = format!("{wanted}.{row}");
        self.uids.insert(own.clone());
        own
    }

    fn weight(&mut self, row: u32, cells: &Cells) -> Option<Points> {
        let text = self.columns.get(cells, "weight")?.to_owned();
        let points = Points::parse(&text);
        if points.is_none() {
            self.not(row, "weight", &text);
        }
        points
    }

    fn severity(&mut self, row: u32, cells: &Cells) -> Option<crate::template::Severity> {
        let text = self.columns.get(cells, "severity")?.to_owned();
        let found = severity(&text);
        if found.is_none() {
            self.not(row, "severity", &text);
        }
        found
    }

    fn on_fail(&mut self, row: u32, cells: &Cells) -> OnFail {
        let mut wanted = OnFail::default();
        let text = self.plain(cells, "on_fail");
        for word in text.split([' ', ',', ';']).filter(|word| !word.is_empty()) {
            match word.to_lowercase().as_str() {
                "note" => wanted.note = true,
                "photo" => wanted.photo = true,
                _ => self.not(row, "on_fail", word),
            }
        }
        wanted
    }

    fn not(&mut self, row: u32, column: &str, text: &str) {
        self.tell(row, column, NoteSeverity::Error, "cell-not-understood", format!("`{text}` is no {column}"));
    }
}
