//! The form with what was answered: sections, questions, rows.

use crate::compiled::Compiled;
use crate::key::key;
use crate::reading::Reading;
use std::iter::Peekable;
use std::slice::Iter;
use wurao_checklist as form;
use wurao_checklist::{Node, NodeKind, Question, Repeat, Text};
use wurao_record::Field;

/// A section, without the sections within it: those come after it, and what is asked behind them is still its own.
#[derive(Clone, Debug)]
pub struct Section<'a> {
    /// Its path of names; empty for what stands outside of sections, which comes first.
    pub path: &'a str,
    /// Its heading; none for what stands outside of sections.
    pub title: Option<&'a Text>,
    /// What is in it, in the order of the form.
    pub items: Vec<Item<'a>>,
}

/// One thing in a section or row.
#[derive(Clone, Debug)]
pub enum Item<'a> {
    /// A question.
    Entry(Entry<'a>),
    /// A repeat.
    Rows(Rows<'a>),
}

/// A question that applies, in one instance.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// What is asked.
    pub question: &'a Question,
    /// What the evaluation says of it.
    pub node: &'a Node,
    /// How the answer stands among people.
    pub field: Field,
}

/// A repeat that applies, in one instance.
#[derive(Clone, Debug)]
pub struct Rows<'a> {
    /// What is repeated.
    pub repeat: &'a Repeat,
    /// The instance the rows lie in.
    pub parent: &'a str,
    /// The rows that apply, in order.
    pub rows: Vec<Row<'a>>,
}

/// One row of a repeat.
#[derive(Clone, Debug)]
pub struct Row<'a> {
    /// Its instance.
    pub instance: &'a str,
    /// Its place among its siblings, from 1.
    pub position: u32,
    /// It stands only to be written in, see [`Reading::offers`].
    pub offered: bool,
    /// Its questions and the repeats within it; a section within a row adds no level.
    pub items: Vec<Item<'a>>,
}

impl Reading {
    /// The form with what was answered; nothing that does not apply, no section with nothing in it. The checklist is
    /// the one it was read under.
    pub fn outline<'a>(&'a self, checklist: &'a Compiled) -> Vec<Section<'a>> {
        let mut walk = Walk { reading: self, nodes: self.evaluation.nodes.iter().peekable(), sections: Vec::new() };
        walk.section("", None, &checklist.template().items);
        walk.sections.retain(|section| !section.items.is_empty());
        walk.sections
    }
}

/// Goes through the template and the evaluation's nodes in step: there is a node for every item, in the same order,
/// once for each row it stands in, also for what does not apply.
struct Walk<'a> {
    reading: &'a Reading,
    nodes: Peekable<Iter<'a, Node>>,
    sections: Vec<Section<'a>>,
}

impl<'a> Walk<'a> {
    fn section(&mut self, path: &'a str, title: Option<&'a Text>, items: &'a [form::Item]) {
        let place = self.sections.len();
        self.sections.push(Section { path, title, items: Vec::new() });
        self.sections[place].items = self.items(items, false);
    }

    fn items(&mut self, items: &'a [form::Item], in_row: bool) -> Vec<Item<'a>> {
        let mut made = Vec::new();
        for item in items {
            match item {
                form::Item::Question(question) => made.extend(self.entry(question).map(Item::Entry)),
                form::Item::Repeat(repeat) => made.extend(self.rows(repeat).map(Item::Rows)),
                form::Item::Section(section) => {
                    let Some(node) = self.nodes.next_if(|node| node.kind == NodeKind::Section) else { continue };
                    if in_row {
                        made.extend(self.items(&section.items, true));
                    } else {
                        self.section(&node.question, Some(&section.label), &section.items);
                    }
                }
            }
        }
        made
    }

    fn entry(&mut self, question: &'a Question) -> Option<Entry<'a>> {
        let node = self.next(NodeKind::Question, &question.uid)?;
        let field = || self.reading.answer(&key(&node.question, &node.instance));
        node.relevant.then(|| Entry { question, node, field: field() })
    }

    fn rows(&mut self, repeat: &'a Repeat) -> Option<Rows<'a>> {
        let node = self.next(NodeKind::Repeat, &repeat.uid)?;
        let mut rows = Vec::new();
        while let Some(row) = self.next(NodeKind::Row, &repeat.uid) {
            let items = self.items(&repeat.items, true);
            if row.relevant {
                let offered = self.reading.offers.contains(&row.instance);
                rows.push(Row { instance: &row.instance, position: row.position, offered, items });
            }
        }
        node.relevant.then_some(Rows { repeat, parent: &node.instance, rows })
    }

    fn next(&mut self, kind: NodeKind, uid: &str) -> Option<&'a Node> {
        self.nodes.next_if(|node| node.kind == kind && node.question == uid)
    }
}
