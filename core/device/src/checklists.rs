//! Checklists ready to use, compiled once an opening.

use crate::error::Error;
use crate::store::records;
use rusqlite::Connection;
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::Arc;
use wurao_checklist::{Question, Repeat};
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

/// A checklist ready to use; here it is an error to ask for what is not in it.
pub(crate) struct Compiled(wurao_inspection::Compiled);

impl Compiled {
    /// Reads and compiles a template, whose hash must be the one it is known by.
    pub(crate) fn read(hash: &Digest, json: &str) -> Result<Self, Error> {
        let read = wurao_inspection::Compiled::read(&hash.0, json);
        read.map(Self).map_err(|error| Error::Checklist(error.to_string()))
    }

    /// The question of this uid.
    pub(crate) fn question(&self, uid: &str) -> Result<&Question, Error> {
        self.0.question(uid).ok_or(Error::NotFound { what: "question", id: uid.to_owned() })
    }

    /// The repeat of this uid.
    pub(crate) fn repeat(&self, uid: &str) -> Result<&Repeat, Error> {
        self.0.repeat(uid).ok_or(Error::NotFound { what: "repeat", id: uid.to_owned() })
    }
}

impl Deref for Compiled {
    type Target = wurao_inspection::Compiled;

    fn deref(&self) -> &wurao_inspection::Compiled {
        &self.0
    }
}
