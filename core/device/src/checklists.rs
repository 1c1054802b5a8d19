//! Checklists ready to use, compiled once an opening.

use crate::error::Error;
use crate::store::records;
use rusqlite::Connection;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use wurao_checklist::{Item, Program, Question, Template};
use wurao_protocol::Digest;
use wurao_protocol::record::Checklist;

/// Those compiled since the opening.
#[derive(Default)]
pub(crate) struct Checklists(HashMap<Digest, Arc<Compiled>>);

impl Checklists {
    /// The checklist of this hash.
    pub(crate) fn get(&mut self, connection: &Connection, hash: &Digest) -> Result<Arc<Compiled>, Error> {
        if let Some(compiled) = self.0.get(hash) {
            return Ok(compiled.clone());
        }
        let record: Checklist =
            records::about(connection, &hash.0)?.ok_or(Error::NotFound { what: "checklist", id: hash.to_string() })?;
        let compiled = Arc::new(Compiled::read(hash, &record.template)?);
        self.0.insert(*hash, compiled.clone());
        Ok(compiled)
    }
}

/// A checklist ready to use.
pub(crate) struct Compiled {
    pub(crate) template: Template,
    pub(crate) program: Program,
    /// The repeats, and which of them each question or repeat stands in.
    repeats: BTreeMap<String, Option<String>>,
    within: BTreeMap<String, Option<String>>,
}

impl Compiled {
    /// Reads and compiles a template, whose hash must be the one it is known by.
    pub(crate) fn read(hash: &Digest, json: &str) -> Result<Self, Error> {
        let template = Template::from_json(json).map_err(|error| Error::Checklist(error.to_string()))?;
        if template.hash() != hash.0 {
            return Err(Error::Checklist(format!("hashes to {}, not {hash}", Digest(template.hash()))));
        }
        let program = Program::compile(&template).map_err(|errors| {
            Error::Checklist(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
        })?;
        let mut compiled = Self { template, program, repeats: BTreeMap::new(), within: BTreeMap::new() };
        let items = std::mem::take(&mut compiled.template.items);
        compiled.place(&items, None);
        compiled.template.items = items;
        Ok(compiled)
    }

    /// The question of this uid.
    pub(crate) fn question(&self, uid: &str) -> Result<&Question, Error> {
        self.template.question(uid).ok_or(Error::NotFound { what: "question", id: uid.to_owned() })
    }

    /// The repeat that rows of this repeat stand in, `Some(None)` at the top; none when there is no such repeat.
    pub(crate) fn repeat(&self, uid: &str) -> Option<Option<&str>> {
        self.repeats.get(uid).map(Option::as_deref)
    }

    /// The repeat that a question stands in; none outside of repeats.
    pub(crate) fn repeat_of(&self, question: &str) -> Option<&str> {
        self.within.get(question).and_then(Option::as_deref)
    }

    fn place(&mut self, items: &[Item], within: Option<&str>) {
        for item in items {
            match item {
                Item::Section(section) => self.place(&section.items, within),
                Item::Repeat(repeat) => {
                    self.repeats.insert(repeat.uid.clone(), within.map(str::to_owned));
                    self.place(&repeat.items, Some(&repeat.uid));
                }
                Item::Question(question) => {
                    self.within.insert(question.uid.clone(), within.map(str::to_owned));
                }
            }
        }
    }
}
