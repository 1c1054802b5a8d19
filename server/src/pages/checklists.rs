//! Checklists ready to be evaluated, kept by the hash of their meaning.

use crate::Error;
use crate::store::read;
use rusqlite::Connection;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use wurao_checklist::{Item, Program, Question, Repeat, Section, Template, Text};
use wurao_protocol::{Digest, Words};

/// How many are kept; a county uses a handful at a time.
const KEPT: usize = 32;

/// The checklists used last. A clone is the same store.
#[derive(Clone, Debug, Default)]
pub(crate) struct Checklists(Arc<Mutex<VecDeque<Arc<Compiled>>>>);

/// A checklist ready to be evaluated and shown.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) hash: Digest,
    pub(crate) title: Words,
    pub(crate) version: String,
    pub(crate) program: Program,
    questions: HashMap<String, Question>,
    headings: HashMap<String, Text>,
    repeats: HashMap<String, Repeat>,
}

impl Checklists {
    /// The checklist of a hash.
    pub(crate) fn get(&self, db: &Connection, hash: &Digest) -> Result<Arc<Compiled>, Error> {
        if let Some(known) = self.known(hash) {
            return Ok(known);
        }
        // Compiled outside of the lock: two readers may both do it, and the same comes out.
        let compiled = Arc::new(Compiled::read(db, hash)?);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.truncate(KEPT - 1);
        kept.push_front(Arc::clone(&compiled));
        Ok(compiled)
    }

    /// The one used last stands first.
    fn known(&self, hash: &Digest) -> Option<Arc<Compiled>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|compiled| compiled.hash == *hash)?;
        let found = kept.remove(at)?;
        kept.push_front(Arc::clone(&found));
        Some(found)
    }
}

impl Compiled {
    fn read(db: &Connection, hash: &Digest) -> Result<Self, Error> {
        let record = read::checklist(db, hash)?.ok_or(Error::Missing("a checklist"))?;
        let template = Template::from_json(&record.template).map_err(|error| {
            tracing::error!(%hash, "checklist: {error}");
            Error::Missing("a checklist that can be read")
        })?;
        let program = Program::compile(&template).map_err(|errors| {
            for error in errors {
                tracing::error!(%hash, "checklist: {error}");
            }
            Error::Missing("a checklist that compiles")
        })?;
        let mut compiled = Self {
            hash: *hash,
            title: record.title,
            version: record.version,
            program,
            questions: HashMap::new(),
            headings: HashMap::new(),
            repeats: HashMap::new(),
        };
        compiled.index(&template.items, "");
        Ok(compiled)
    }

    fn index(&mut self, items: &[Item], path: &str) {
        for item in items {
            match item {
                Item::Section(Section { name, label, items, .. }) => {
                    let path = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
                    self.headings.insert(path.clone(), label.clone());
                    self.index(items, &path);
                }
                Item::Repeat(repeat) => {
                    self.repeats.insert(repeat.uid.clone(), repeat.clone());
                    self.index(&repeat.items, path);
                }
                Item::Question(question) => {
                    self.questions.insert(question.uid.clone(), (**question).clone());
                }
            }
        }
    }

    /// The question of a uid.
    pub(crate) fn question(&self, uid: &str) -> Option<&Question> {
        self.questions.get(uid)
    }

    /// The heading of a section, by its path of names.
    pub(crate) fn heading(&self, path: &str) -> Option<&Text> {
        self.headings.get(path)
    }

    /// The repeat of a uid.
    pub(crate) fn repeat(&self, uid: &str) -> Option<&Repeat> {
        self.repeats.get(uid)
    }
}
