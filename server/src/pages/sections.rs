//! The checklist with what was answered, section by section.

use super::fields::{Fields, key};
use super::words::{label, noted, text};
use crate::page::view::{FieldKind, FieldView, RepeatRow, RepeatView, SectionView, Standing, Text};
use std::collections::BTreeSet;
use wurao_checklist::{Item, Kind, Node, NodeKind, Question};

/// The sections of an inspection. What was answered and has no place in the form as it stands comes last: an answer to
/// a question that does not apply any more is kept and shown.
pub(super) fn sections(fields: &Fields<'_>) -> Vec<SectionView> {
    let mut walk = Walk { fields, nodes: &fields.case.evaluation.nodes, sections: Vec::new(), seen: BTreeSet::new() };
    walk.all();
    walk.leftover();
    walk.sections.retain(|section| !section.fields.is_empty() || !section.repeats.is_empty());
    walk.sections
}

/// The nodes come in form order with their depth.
struct Walk<'a> {
    fields: &'a Fields<'a>,
    nodes: &'a [Node],
    sections: Vec<SectionView>,
    /// The keys of answers that have a place.
    seen: BTreeSet<String>,
}

impl<'a> Walk<'a> {
    fn all(&mut self) {
        // The sections that are open, by depth and place; what stands in none comes first, under the checklist's title.
        let title = text(&self.fields.case.checklist.program.template().title);
        self.sections.push(SectionView { key: "-".to_owned(), title, ..SectionView::default() });
        let mut open: Vec<(usize, usize)> = Vec::new();
        let mut at = 0;
        while at < self.nodes.len() {
            let node = &self.nodes[at];
            at += 1;
            open.retain(|(depth, _)| *depth < node.depth);
            let place = open.last().map_or(0, |(_, place)| *place);
            match node.kind {
                NodeKind::Section if node.relevant => {
                    open.push((node.depth, self.sections.len()));
                    let title = self.fields.case.checklist.heading(&node.question).map(text).unwrap_or_default();
                    self.sections.push(SectionView { key: node.question.clone(), title, ..SectionView::default() });
                }
                NodeKind::Question => {
                    let made = self.question(node);
                    self.sections[place].fields.extend(made);
                }
                NodeKind::Repeat => {
                    let end = self.end(at, node.depth);
                    if node.relevant {
                        let made = self.repeat(node, at..end, &Text::default());
                        self.sections[place].repeats.extend(made);
                    }
                    at = end;
                }
                NodeKind::Section | NodeKind::Row => {}
            }
        }
    }

    /// Where the nodes below a depth end.
    fn end(&self, from: usize, depth: usize) -> usize {
        let below = self.nodes[from..].iter().take_while(|node| node.depth > depth);
        from + below.count()
    }

    /// A question's field, and that of its remark.
    fn question(&mut self, node: &Node) -> Vec<FieldView> {
        let mut made = Vec::new();
        let Some(question) = self.fields.case.checklist.question(&node.question) else { return made };
        if node.relevant && is_shown(question) {
            made.push(self.field(node, question));
            let remark = key(&format!("{}#note", node.question), &node.instance);
            if !self.fields.case.answer(&remark).values.is_empty() {
                made.push(self.fields.of_key(&remark));
                self.seen.insert(remark);
            }
        }
        made
    }

    fn field(&mut self, node: &Node, question: &Question) -> FieldView {
        self.seen.insert(key(&node.question, &node.instance));
        self.fields.of_node(node, question)
    }

    /// A repeat as a table. Repeats within its rows become tables of their own after it, which name their row.
    fn repeat(&mut self, repeat: &Node, below: std::ops::Range<usize>, around: &Text) -> Vec<RepeatView> {
        let Some(of) = self.fields.case.checklist.repeat(&repeat.question) else { return Vec::new() };
        let mut asked = Vec::new();
        columns(&of.items, &mut asked);
        let title = under(around, &text(&of.label));
        let mut table = RepeatView {
            key: key(&repeat.question, &repeat.instance),
            title: title.clone(),
            columns: asked.iter().map(|question| label(&self.fields.case.checklist, &question.uid)).collect(),
            rows: Vec::new(),
        };
        let mut inner = Vec::new();
        let mut at = below.start;
        while at < below.end {
            let row = &self.nodes[at];
            let end = self.end(at + 1, row.depth);
            if row.kind == NodeKind::Row && row.relevant {
                table.rows.push(self.row(row, at + 1..end, &asked));
                let named = under(&title, &Text::from(row.position.to_string()));
                inner.extend(self.inner(at + 1..end, &named));
            }
            at = end;
        }
        std::iter::once(table).chain(inner).collect()
    }

    fn row(&mut self, row: &Node, below: std::ops::Range<usize>, asked: &[&Question]) -> RepeatRow {
        let own = &self.nodes[below];
        let cells = asked.iter().map(|question| {
            let node = own.iter().find(|node| node.question == question.uid && node.instance == row.instance);
            match node.filter(|node| node.relevant && node.kind == NodeKind::Question) {
                Some(node) => self.field(node, question),
                None => absent(question, &row.instance),
            }
        });
        RepeatRow { cells: cells.collect(), key: row.instance.clone() }
    }

    fn inner(&mut self, below: std::ops::Range<usize>, around: &Text) -> Vec<RepeatView> {
        let mut made = Vec::new();
        let mut at = below.start;
        while at < below.end {
            let node = &self.nodes[at];
            at += 1;
            if node.kind == NodeKind::Repeat {
                let end = self.end(at, node.depth);
                if node.relevant {
                    made.extend(self.repeat(node, at..end, around));
                }
                at = end;
            }
        }
        made
    }

    fn leftover(&mut self) {
        let fields = self.fields;
        let without_place = fields.case.answer_keys().filter(|key| !self.seen.contains(*key) && is_told(fields, key));
        let fields = without_place.map(|key| fields.of_key(key)).filter(|field| field.standing != Standing::Empty);
        let section = SectionView {
            key: "leftover".to_owned(),
            title: Text::new("其他已填内容", "Also answered"),
            fields: fields.collect(),
            repeats: Vec::new(),
        };
        self.sections.push(section);
    }
}

/// Whether a key without a place is worth a line: what the device wrote by itself is not, unless it is in conflict.
fn is_told(fields: &Fields<'_>, key: &str) -> bool {
    let asked = key.rsplit_once('@').map_or(key, |(question, _)| question);
    let question = fields.case.checklist.question(noted(asked).unwrap_or(asked));
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
fn columns<'q>(items: &'q [Item], into: &mut Vec<&'q Question>) {
    for item in items {
        match item {
            Item::Section(section) => columns(&section.items, into),
            Item::Question(question) if is_shown(question) && question.kind != Kind::Note => into.push(question),
            Item::Question(_) | Item::Repeat(_) => {}
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
