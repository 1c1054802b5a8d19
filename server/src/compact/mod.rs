//! Packing the changes of visits that are long over: kept for years, asked for seldom, and several times smaller as one.
//!
//! [`compact_next`] takes one document. What it does is of no consequence to anybody but the disk: it takes the accepted
//! changes' bodies, has the record crate pack them and show that each comes out again byte for byte under the heads that
//! are in force, and puts the pack in their place in one short write. What cannot be shown stays as it is, and is told.

mod command;
mod take;
mod worker;

pub(crate) use command::CompactionCommand;
pub(crate) use worker::work;

use crate::store::Tx;
use crate::{App, Error};
use rusqlite::{Connection, params};
use take::Taken;
use wurao_planted::{Bug, is as planted};
use wurao_protocol::DocumentId;
use wurao_record::{VerifyError, pack, tips};

/// Which documents are packed.
#[derive(Clone, Copy, Debug)]
pub struct Ripe {
    /// How long ago a visit was closed, ms: until then phones bring what is late, and people look at it.
    pub closed_ms: i64,
    /// How many bodies there must be that are not packed: below that a pack saves next to nothing.
    pub least: u32,
    /// From so many on a document is packed though its visit goes on.
    pub long: u32,
}

impl Default for Ripe {
    fn default() -> Self {
        Self { closed_ms: 30 * 24 * 3_600_000, least: 16, long: 4096 }
    }
}

/// What became of one turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Compacted {
    /// No document is ripe.
    Nothing,
    /// A document was packed.
    Packed {
        /// Which.
        document: DocumentId,
        /// The changes in its pack.
        changes: u64,
        /// Bytes of their bodies.
        before: u64,
        /// Bytes of the pack.
        after: u64,
    },
    /// A document could not be packed; it stays as it is and is not tried again.
    Quarantined {
        /// Which.
        document: DocumentId,
        /// Why, as a stable code.
        code: &'static str,
    },
    /// Something else has packed it meanwhile.
    Overtaken {
        /// Which.
        document: DocumentId,
    },
}

/// Before all documents.
pub const FIRST: DocumentId = DocumentId([0; 16]);

/// Packs one document after the other until none is ripe; what became of each is told. One that was packed meanwhile holds up
/// none of the others.
///
/// # Errors
/// When the database refuses: what was packed before is.
async fn compact_all(app: &App, tell: impl Fn(&Compacted)) -> Result<(), Error> {
    let mut last = FIRST;
    loop {
        let done = compact_next(app, last, app.now_ms()).await?;
        match done {
            Compacted::Packed { document, .. }
            | Compacted::Quarantined { document, .. }
            | Compacted::Overtaken { document } => last = document,
            Compacted::Nothing => return Ok(()),
        }
        tell(&done);
    }
}

/// Packs the next document after this one that is ripe at this time.
///
/// # Errors
/// When the database refuses. What is wrong with a document is no error: it is quarantined.
pub async fn compact_next(app: &App, after: DocumentId, now_ms: i64) -> Result<Compacted, Error> {
    let ripe = app.config().ripe;
    let taken = match app.store().read(move |db| take::next(db, &after, ripe, now_ms)).await? {
        None => return Ok(Compacted::Nothing),
        Some(Ok(taken)) => taken,
        Some(Err((document, fault))) => {
            return quarantine(app, document, fault.code(), fault.to_string(), now_ms).await;
        }
    };
    let document = taken.document;
    // Off the writer and off the readers: this is the one place where a whole document is loaded.
    let packing = tokio::task::spawn_blocking(move || (proven(&taken), taken));
    let (packed, taken) = match packing.await {
        Ok(done) => done,
        Err(panic) => return quarantine(app, document, "panicked", panic.to_string(), now_ms).await,
    };
    match packed {
        Ok(packed) => app.store().write(move |tx| keep(tx, &taken, &packed, now_ms)).await,
        Err(reason) => quarantine(app, document, reason.code(), reason.to_string(), now_ms).await,
    }
}

/// The pack of these changes, once it is shown to hold each of them under the heads that are in force.
fn proven(taken: &Taken) -> Result<Vec<u8>, VerifyError> {
    let bodies: Vec<&[u8]> = taken.changes.iter().map(|(_, bytes)| bytes.as_slice()).collect();
    if planted(Bug::CompactionUnproven) {
        // All but the newest one.
        return pack(&taken.genesis, &bodies[..bodies.len().saturating_sub(1)]);
    }
    let packed = pack(&taken.genesis, &bodies)?;
    let mut heads = tips(bodies.iter().copied()).map_err(|reason| VerifyError::Gate { at: 0, reason })?;
    heads.sort_unstable();
    if heads.iter().eq(taken.heads.iter().map(|head| &head.0)) { Ok(packed) } else { Err(VerifyError::Heads) }
}

/// Puts the pack in the place of the bodies that are in it. What was accepted since has a body of its own.
fn keep(tx: &Tx<'_>, taken: &Taken, packed: &[u8], now_ms: i64) -> Result<Compacted, Error> {
    let document = taken.document;
    if take::packed(tx, &document)? != taken.packed {
        return Ok(Compacted::Overtaken { document });
    }
    let (changes, before) = (taken.changes.len() as u64, taken.bytes());
    tx.execute(
        "INSERT INTO pack (document, bytes, changes, unpacked_bytes, packed_ms) VALUES (?1, ?2, ?3, ?4, ?5) \
         ON CONFLICT (document) DO UPDATE SET bytes = excluded.bytes, changes = excluded.changes, \
         unpacked_bytes = excluded.unpacked_bytes, packed_ms = excluded.packed_ms",
        params![document.0, packed, changes as i64, before as i64, now_ms],
    )?;
    let sql = "UPDATE change SET bytes = ?3, packed = 1 WHERE document = ?1 AND hash = ?2 AND state = 'accepted'";
    let mut statement = tx.prepare_cached(sql)?;
    for (hash, _) in &taken.changes {
        if statement.execute(params![document.0, hash.0, [0_u8; 0]])? != 1 {
            return Err(Error::Missing("an accepted change"));
        }
    }
    Ok(Compacted::Packed { document, changes, before, after: packed.len() as u64 })
}

async fn quarantine(
    app: &App,
    document: DocumentId,
    code: &'static str,
    detail: String,
    now_ms: i64,
) -> Result<Compacted, Error> {
    tracing::error!(code, "{document} cannot be packed and stays as it is: {detail}");
    app.store()
        .write(move |tx| {
            tx.execute(
                "INSERT INTO pack_fault (document, code, detail, at_ms) VALUES (?1, ?2, ?3, ?4) \
                 ON CONFLICT (document) DO UPDATE SET code = excluded.code, detail = excluded.detail, at_ms = excluded.at_ms",
                params![document.0, code, detail, now_ms],
            )?;
            Ok(())
        })
        .await?;
    Ok(Compacted::Quarantined { document, code })
}

/// A document that could not be packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which.
    pub document: DocumentId,
    /// Why, as a stable code.
    pub code: String,
    /// In words.
    pub detail: String,
    /// When it was tried.
    pub at_ms: i64,
}

/// The documents that could not be packed.
///
/// # Errors
/// When the database refuses.
pub fn faults(db: &Connection) -> Result<Vec<Fault>, Error> {
    let mut statement = db.prepare("SELECT document, code, detail, at_ms FROM pack_fault ORDER BY at_ms, document")?;
    let rows = statement.query_map([], |row| {
        Ok(Fault { document: DocumentId(row.get(0)?), code: row.get(1)?, detail: row.get(2)?, at_ms: row.get(3)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
