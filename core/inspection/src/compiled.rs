//! A checklist ready to use.

use crate::error::ChecklistError;
use std::collections::BTreeMap;
use wurao_checklist::{Item, Program, Question, Repeat, Template};

/// A checklist ready to use. Holds nothing of any inspection; share it freely.
#[derive(Debug)]
pub struct Compiled {
    program: Program,
    /// Where each question and each repeat stands, by its uid.
    places: BTreeMap<String, Place>,
}

/// Where a question or repeat stands.
#[derive(Debug)]
struct Place {
    /// Which item of the template, then which item of that one, and so on.
    path: Vec<usize>,
    /// The repeat around it.
    repeat: Option<String>,
}

impl Compiled {
    /// Reads and compiles a template, which must have the hash it is known by.
    pub fn read(hash: &[u8; 32], json: &str) -> Result<Self, ChecklistError> {
        let template = Template::from_json(json)?;
        let found = template.hash();
        if found != *hash {
            return Err(ChecklistError::Hash { found: hex::encode(found), wanted: hex::encode(hash) });
        }
        let program = Program::compile(&template).map_err(|errors| ChecklistError::Expressions { errors })?;
        let mut places = BTreeMap::new();
        place(&template.items, &[], None, &mut places);
        Ok(Self { program, places })
    }

    /// What evaluates it.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// What it was compiled from.
    pub fn template(&self) -> &Template {
        self.program.template()
    }

    /// The question of a uid.
    pub fn question(&self, uid: &str) -> Option<&Question> {
        match self.item(uid)? {
            Item::Question(question) => Some(question),
            Item::Section(_) | Item::Repeat(_) => None,
        }
    }

    /// The repeat of a uid.
    pub fn repeat(&self, uid: &str) -> Option<&Repeat> {
        match self.item(uid)? {
            Item::Repeat(repeat) => Some(repeat),
            Item::Section(_) | Item::Question(_) => None,
        }
    }

    /// The repeat that a question or a repeat stands in, by their uids; none outside of repeats.
    pub fn repeat_of(&self, uid: &str) -> Option<&str> {
        self.places.get(uid)?.repeat.as_deref()
    }

    /// Whether anything is asked more than once.
    pub(crate) fn has_repeats(&self) -> bool {
        self.places.keys().any(|uid| self.repeat(uid).is_some())
    }

    fn item(&self, uid: &str) -> Option<&Item> {
        let (last, around) = self.places.get(uid)?.path.split_last()?;
        let mut items = self.template().items.as_slice();
        for at in around {
            items = match items.get(*at)? {
                Item::Section(section) => &section.items,
                Item::Repeat(repeat) => &repeat.items,
                Item::Question(_) => return None,
            };
        }
        items.get(*last)
    }
}

fn place(items: &[Item], around: &[usize], repeat: Option<&str>, places: &mut BTreeMap<String, Place>) {
    for (at, item) in items.iter().enumerate() {
        let path = [around, &[at]].concat();
        let mut note = |uid: &str, path: Vec<usize>| {
            places.insert(uid.to_owned(), Place { path, repeat: repeat.map(str::to_owned) });
        };
        match item {
            Item::Question(question) => note(&question.uid, path),
            Item::Section(section) => place(&section.items, &path, repeat, places),
            Item::Repeat(inner) => {
                note(&inner.uid, path.clone());
                place(&inner.items, &path, Some(&inner.uid), places);
            }
        }
    }
}
