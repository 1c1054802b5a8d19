//! Checklists written as code, and the live puts of a document.
#![allow(clippy::unwrap_used, reason = "a test that cannot make its checklist has failed")]

use wurao_checklist::{Choice, Item, Kind, Moment, Question, Repeat, Section, Template, Text};
use wurao_inspection::{Compiled, Reading, key};
use wurao_record::{ActorId, Map, OpId, OpRow, Scalar, add_row_puts};

/// 2026-11-22, 10:00 in UTC+8.
pub(crate) fn moment() -> Moment {
    Moment::new(1_795_312_800_000, 480)
}

pub(crate) fn words(en: &str, zh: &str) -> Text {
    let mut text = Text::default();
    text.set("en", en);
    text.set("zh", zh);
    text
}

pub(crate) fn question(name: &str, kind: Kind) -> Question {
    Question { uid: name.to_owned(), name: name.to_owned(), kind, label: Text::plain(name), ..Question::default() }
}

pub(crate) fn asked(question: Question) -> Item {
    Item::Question(Box::new(question))
}

pub(crate) fn integer(name: &str) -> Item {
    asked(question(name, Kind::Integer))
}

pub(crate) fn section(name: &str, items: Vec<Item>) -> Item {
    Item::Section(Section { name: name.to_owned(), label: Text::plain(name), items, ..Section::default() })
}

pub(crate) fn repeat(name: &str, count: Option<&str>, items: Vec<Item>) -> Item {
    let (uid, label) = (name.to_owned(), Text::plain(name));
    Item::Repeat(Repeat { name: uid.clone(), uid, label, count: count.map(str::to_owned), items, ..Repeat::default() })
}

/// A choice; without words when both are empty.
pub(crate) fn choice(name: &str, en: &str, zh: &str) -> Choice {
    Choice { name: name.to_owned(), label: words(en, zh), ..Choice::default() }
}

pub(crate) fn template(items: Vec<Item>) -> Template {
    Template { items, ..Template::new("checks") }
}

pub(crate) fn compiled(items: Vec<Item>) -> Compiled {
    let template = template(items);
    Compiled::read(&template.hash(), &template.to_json()).unwrap()
}

/// The live puts of a document, each from a session and a change of its own unless said otherwise.
#[derive(Default)]
pub(crate) struct Live(Vec<OpRow>);

impl Live {
    /// A put by the session of this number.
    pub(crate) fn put(mut self, actor: u8, map: Map, key: &str, value: Scalar) -> Self {
        let counter = self.0.len() as u64 + 3;
        self.0.push(OpRow {
            map,
            key: key.to_owned(),
            id: OpId { counter, actor: ActorId([actor; 16]) },
            seq: counter,
            value,
            preds: Vec::new(),
            change: [counter as u8; 32],
            time_ms: counter as i64,
        });
        self
    }

    /// An answer.
    pub(crate) fn answer(self, actor: u8, question: &str, instance: &str, number: i64) -> Self {
        self.put(actor, Map::Answers, &key(question, instance), Scalar::Int(number))
    }

    /// A row that a person added.
    pub(crate) fn row(mut self, instance: &str, kind: &str, parent: Option<&str>) -> Self {
        for put in add_row_puts(instance, kind, parent, "a") {
            self = self.put(1, put.map, &put.key, put.value);
        }
        self
    }

    /// Puts the last put into the change before it.
    pub(crate) fn in_the_same_change(mut self) -> Self {
        if let [.., before, last] = self.0.as_mut_slice() {
            last.change = before.change;
        }
        self
    }

    pub(crate) fn ops(&self) -> &[OpRow] {
        &self.0
    }

    pub(crate) fn read(self, checklist: &Compiled) -> Reading {
        Reading::new(checklist, self.0, &moment())
    }
}
