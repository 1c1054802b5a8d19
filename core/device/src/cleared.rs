//! Who was found to be allowed to write where. Asking takes a dozen rows and a signed record to be read, and an answer
//! shall not wait for it: it is asked anew only when a record has come, own or received, or one was refused.

use crate::error::Error;
use crate::fate::{on_team, open_for};
use crate::people::at_work;
use crate::phone::State;
use crate::store::records::{self, Newest};
use crate::store::{DocumentRow, documents};
use rusqlite::Connection;
use std::collections::HashMap;
use wurao_protocol::{DocumentId, PersonId};

/// What was found, as of the newest record.
#[derive(Default)]
pub(crate) struct Cleared {
    newest: Option<Newest>,
    rows: HashMap<(DocumentId, PersonId), DocumentRow>,
}

impl State {
    /// The started inspection, if the person at work may write in it now.
    pub(crate) fn cleared(&mut self, document: &DocumentId) -> Result<DocumentRow, Error> {
        let person = at_work(self)?;
        let newest = records::newest(self.store.read())?;
        if self.cleared.newest != newest {
            self.cleared = Cleared { newest, rows: HashMap::new() };
        }
        if let Some(row) = self.cleared.rows.get(&(*document, person)) {
            return Ok(row.clone());
        }
        let row = begun(self.store.read(), document)?;
        if !on_team(self.store.read(), &row, &person)? {
            return Err(Error::NotAllowed("not-on-team"));
        }
        open_for(self, document, &person)?;
        self.cleared.rows.insert((*document, person), row.clone());
        Ok(row)
    }

    /// What stands in a record may count otherwise now.
    pub(crate) fn forget_cleared(&mut self) {
        self.cleared = Cleared::default();
    }
}

/// An inspection in which this phone has begun. One that it only has from others is begun by `start`, also where nobody hears of it.
pub(crate) fn begun(connection: &Connection, document: &DocumentId) -> Result<DocumentRow, Error> {
    let row = documents::get(connection, document)?
        .ok_or_else(|| Error::NotFound { what: "inspection", id: document.to_string() })?;
    if row.started_ms.is_none() {
        return Err(Error::NotAllowed("not-begun"));
    }
    Ok(row)
}
