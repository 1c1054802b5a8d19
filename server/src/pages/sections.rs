//! The checklist with what was answered, section by section.

use super::fields::Fields;
use super::words::{label, text};
use crate::page::view::{FieldKind, FieldView, RepeatRow, RepeatView, SectionView, Standing, Text};
use std::collections::BTreeSet;
use wurao_checklist as form;
use wurao_checklist::{Kind, Question};
use wurao_inspection::{Entry, Item, Row, Rows, Section, key, question_of, remark, remarked};

/// The sections of an inspection. What was answered and has no place in the form as it stands comes last: an answer to
/// a question that does not apply any more is kept and shown.
pub(super) fn sections(fields: &Fields<'_>) -> Vec<SectionView> {
    let mut teller = Teller { fields, told: BTreeSet::new() };
    let outline = fields.case.outline(&fields.case.checklist);
    let mut sections: Vec<SectionView> = outline.iter().map(|section| teller.section(section)).collect();
    sections.push(teller.leftover());
    sections.retain(|section| !section.fields.is_empty() || !section.repeats.is_empty());
    sections
}

/// Makes views, and remembers which answers have one.
struct Teller<'a> {
    fields: &'a Fields<'a>,
    /// The keys of answers that have a place.
    told: BTreeSet<String>,
}

impl Teller<'_> {
    /// What stands outside of sections is headed by the checklist's own title.
    fn section(&mut self, section: &Section<'_>) -> SectionView {
        let title = section.title.unwrap_or(&self.fields.case.checklist.template().title);
        let path = if section.path.is_empty() { "-" } else { section.path };
        let mut view = SectionView { key: path.to_owned(), title: text(title), ..SectionView::default() };
        for item in &section.items {
            match item {
                Item::Entry(entry) => view.fields.extend(self.entry(entry)),
                Item::Rows(rows) => view.repeats.extend(self.tables(rows, &Text::default())),
            }
        }
        view
    }

    /// A question's field, and that of its remark.
    fn entry(&mut self, entry: &Entry<'_>) -> Vec<FieldView> {
        let mut made = Vec::new();
        if is_shown(entry.question) {
            made.push(self.field(entry));
            let remark = key(&remark(&entry.node.question), &entry.node.instance);
            if !self.fields.case.answer(&remark).values.is_empty() {
                made.push(self.fields.of_key(&remark));
                self.told.insert(remark);
            }
        }
        made
    }

    fn field(&mut self, entry: &Entry<'_>) -> FieldView {
        self.told.insert(key(&entry.node.question, &entry.node.instance));
        self.fields.of_entry(entry)
    }

    /// A repeat as a table. Repeats within its rows become tables of their own after it, which name their row.
    fn tables(&mut self, Rows { repeat, parent, rows }: &Rows<'_>, around: &Text) -> Vec<RepeatView> {
        let mut asked = Vec::new();
        columns(&repeat.items, &mut asked);
        let title = under(around, &text(&repeat.label));
        let mut table = RepeatView {
            key: key(&repeat.uid, parent),
            title: title.clone(),
            columns: asked.iter().map(|question| label(&self.fields.case.checklist, &question.uid)).collect(),
            rows: Vec::new(),
        };
        let mut inner = Vec::new();
        for row in rows.iter().filter(|row| !row.offered) {
            table.rows.push(self.row(row, &asked));
            let named = under(&title, &Text::from(row.position.to_string()));
            for item in &row.items {
                if let Item::Rows(rows) = item {
                    inner.extend(self.tables(rows, &named));
                }
            }
        }
        std::iter::once(table).chain(inner).collect()
    }

    fn row(&mut self, row: &Row<'_>, asked: &[&Question]) -> RepeatRow {
        let cells = asked.iter().map(|question| {
            let own = row.items.iter().find_map(|item| match item {
                Item::Entry(entry) if entry.question.uid == question.uid => Some(entry),
                Item::Entry(_) | Item::Rows(_) => None,
            });
            own.map_or_else(|| absent(question, row.instance), |entry| self.field(entry))
        });
        RepeatRow { cells: cells.collect(), key: row.instance.to_owned() }
    }

    fn leftover(&self) -> SectionView {
        let fields = self.fields;
        let without_place = fields.case.answer_keys().filter(|key| !self.told.contains(*key) && is_told(fields, key));
        let fields = without_place.map(|key| fields.of_key(key)).filter(|field| field.standing != Standing::Empty);
        SectionView {
            key: "leftover".to_owned(),
            title: Text::new("其他已填内容", "Also answered"),
            fields: fields.collect(),
            repeats: Vec::new(),
        }
    }
}

/// Whether a key without a place is worth a line: what the device wrote by itself is not, unless it is in conflict.
fn is_told(fields: &Fields<'_>, key: &str) -> bool {
    let asked = question_of(key);
    let question = fields.case.checklist.question(remarked(asked).unwrap_or(asked));
    question.is_none_or(|question| question.kind.is_asked() && question.calculation.is_none())
        || fields.case.answer(key).standing == wurao_record::Standing::Conflict
}

/// What a page shows: what is asked or read out, and calculated values that have a name for people.
fn is_shown(question: &Question) -> bool {
    match question.kind {
        Kind::Note => true,
        Kind::Calculate => !question.label.is_empty(),
        kind => kind.is_asked(),
    }
}

/// The questions of a repeat's rows, without those of repeats within them.
fn columns<'q>(items: &'q [form::Item], into: &mut Vec<&'q Question>) {
    for item in items {
        match item {
            form::Item::Section(section) => columns(&section.items, into),
            form::Item::Question(question) if is_shown(question) && question.kind != Kind::Note => into.push(question),
            form::Item::Question(_) | form::Item::Repeat(_) => {}
        }
    }
}

/// A question that does not apply in this row.
fn absent(question: &Question, instance: &str) -> FieldView {
    FieldView {
        key: key(&question.uid, instance),
        label: Text::default(),
        kind: FieldKind::Text,
        unit: None,
        standing: Standing::Empty,
        calculated: false,
        violation: None,
        finding: None,
        photos: Vec::new(),
    }
}

fn under(around: &Text, title: &Text) -> Text {
    use crate::page::Lang::{En, Zh};
    if around.is_empty() {
        return title.clone();
    }
    let join = |lang| format!("{} · {}", around.of(lang), title.of(lang));
    Text::new(join(Zh), join(En))
}
