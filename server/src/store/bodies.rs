//! The bytes of changes, wherever they are kept: in their own row, or in their document's pack. Nobody else knows which.

use super::rows;
use crate::Error;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;
use wurao_protocol::{Digest, DocumentId};
use wurao_record::unpack_all;

/// A pack's changes by their names.
type Unpacked = HashMap<[u8; 32], Vec<u8>>;

/// Reads bodies. A pack is opened once for all that is read of one document in a row.
pub(crate) struct Bodies<'a> {
    db: &'a Connection,
    open: Option<(DocumentId, Unpacked)>,
}

impl<'a> Bodies<'a> {
    /// Over a connection; good for as long as nothing is packed meanwhile, so for one moment of a reader or one write.
    pub(crate) fn of(db: &'a Connection) -> Self {
        Self { db, open: None }
    }

    /// The bytes of a change as they came in; none when it is not here.
    ///
    /// # Errors
    /// When its row says that they are in a pack, and they are not.
    pub(crate) fn read(&mut self, document: &DocumentId, hash: &Digest) -> Result<Option<Vec<u8>>, Error> {
        let sql = "SELECT bytes, packed FROM change WHERE document = ?1 AND hash = ?2";
        let mut statement = self.db.prepare_cached(sql)?;
        let row: Option<(Vec<u8>, bool)> =
            statement.query_row(params![document.0, hash.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let Some((bytes, packed)) = row else { return Ok(None) };
        if !packed {
            return Ok(Some(bytes));
        }
        let bytes = self.pack(document)?.get(&hash.0).cloned();
        Ok(Some(bytes.ok_or(Error::Missing("a change in its pack"))?))
    }

    fn pack(&mut self, document: &DocumentId) -> Result<&Unpacked, Error> {
        let open = match self.open.take() {
            Some(open) if open.0 == *document => open,
            _ => (*document, open(self.db, document)?),
        };
        Ok(&self.open.insert(open).1)
    }
}

fn open(db: &Connection, document: &DocumentId) -> Result<Unpacked, Error> {
    let mut statement = db.prepare_cached("SELECT bytes FROM pack WHERE document = ?1")?;
    let packed: Option<Vec<u8>> = statement.query_row(params![document.0], |row| row.get(0)).optional()?;
    let packed = packed.ok_or(Error::Missing("a document's pack"))?;
    let inspection = rows::inspection(db, document)?.ok_or(Error::Missing("the inspection of a pack"))?;
    let changes =
        unpack_all(&inspection.genesis(), &packed).map_err(|reason| Error::Pack { document: *document, reason })?;
    Ok(changes.into_iter().collect())
}
