//! Checklists ready to be evaluated, kept by the hash of their meaning.

use crate::Error;
use crate::store::read;
use rusqlite::Connection;
use std::collections::VecDeque;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};
use wurao_protocol::{Digest, Words};

/// How many are kept; a county uses a handful at a time.
const KEPT: usize = 32;

/// The checklists used last. A clone is the same store.
#[derive(Clone, Debug, Default)]
pub(crate) struct Checklists(Arc<Mutex<VecDeque<Arc<Compiled>>>>);

/// A checklist ready to be evaluated and shown, and what its record says of it.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) hash: Digest,
    pub(crate) title: Words,
    pub(crate) version: String,
    compiled: wurao_inspection::Compiled,
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
        let compiled = wurao_inspection::Compiled::read(&hash.0, &record.template).map_err(|error| {
            tracing::error!(%hash, code = error.code(), "checklist: {error}");
            Error::Missing("a checklist that can be used")
        })?;
        Ok(Self { hash: *hash, title: record.title, version: record.version, compiled })
    }
}

impl Deref for Compiled {
    type Target = wurao_inspection::Compiled;

    fn deref(&self) -> &wurao_inspection::Compiled {
        &self.compiled
    }
}
