//! What people choose on the server's page: a door of its own, and a narrow one.
//!
//! The server is a device too, under the key that this phone knows from the day it was let in. Who chooses there is on no
//! team and on no list of who works on a phone, so all that such a session may write is a choice between different
//! answers, each signed by itself. Everything else of the server's is records of its own kinds.

use super::take::Refusal;
use crate::error::Error;
use crate::phone::server_key;
use crate::store::{AGAIN, Rows, records};
use rusqlite::{Connection, Transaction};
use wurao_protocol::envelope::open_as;
use wurao_protocol::record::{Heads, Kind, Session};
use wurao_protocol::{DeviceId, Digest, DocumentId, merkle};
use wurao_record::{Admitted, is_choice};

/// Whether a device is the server itself.
pub(crate) fn is_page(connection: &Connection, device: &DeviceId) -> Result<bool, Error> {
    Ok(server_key(connection)?.device() == *device)
}

/// What speaks against a change of a session on the page, once it has passed the gate.
pub(super) fn against(tx: &Transaction<'_>, rows: &Rows<'_>, change: &Admitted) -> Result<Option<Refusal>, Error> {
    Ok(if !is_choice(rows, change)? {
        Some(Refusal::new("not-a-choice", change.row.actor))
    } else if !is_signed(tx, &rows.document, &Digest(change.row.hash))? {
        Some(Refusal::new("not-covered", change.row.actor))
    } else {
        None
    })
}

/// Whether a heads record of the server's, over this change alone, is here. The answer that brings a change brings that
/// first.
fn is_signed(tx: &Transaction<'_>, document: &DocumentId, change: &Digest) -> Result<bool, Error> {
    let (key, due) = (server_key(tx)?, heads(document, change));
    let signed = |bytes: &Vec<u8>| open_as::<Heads>(bytes)?.verified(&key);
    Ok(records::bytes_about::<Heads>(tx, &due.root.0)?.iter().any(|bytes| signed(bytes).is_ok_and(|body| body == due)))
}

/// What the server signs of a choice: it, and nothing beside it.
pub(crate) fn heads(document: &DocumentId, change: &Digest) -> Heads {
    Heads::over(&[merkle::leaf(document, &[*change])])
}

/// Offers again what was chosen on the page, for a server that has lost it: no other phone has it as its own, and what was
/// written after it stands on it. How many choices those are.
pub(super) fn offer_again(tx: &Transaction<'_>) -> Result<u64, Error> {
    let mut offered = 0;
    for session in records::all::<Session>(tx)? {
        if !is_page(tx, &session.device)? {
            continue;
        }
        let sql = format!(
            "UPDATE change SET {AGAIN} \
             WHERE actor = ?1 AND standing IN ('received', 'taken', 'waiting', 'held') RETURNING document, hash"
        );
        let changes: Vec<([u8; 16], [u8; 32])> = {
            let mut statement = tx.prepare_cached(&sql)?;
            let rows = statement.query_map([session.actor], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<Result<_, _>>()?
        };
        records::offer_again(tx, Kind::Session, &session.actor)?;
        for (document, hash) in &changes {
            records::offer_again(tx, Kind::Heads, &heads(&DocumentId(*document), &Digest(*hash)).root.0)?;
        }
        offered += changes.len() as u64;
    }
    Ok(offered)
}
