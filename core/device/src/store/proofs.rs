//! Who has signed for which heads of a document, kept so that what others wrote can be handed on.

use super::documents::Rows;
use crate::error::Error;
use rusqlite::{Connection, Transaction};
use wurao_protocol::proof::Proof;
use wurao_protocol::{DeviceId, DocumentId, cbor};
use wurao_record::{ChangeRow, History};

/// A proof, and who signed it.
pub(crate) struct Kept {
    pub(crate) signer: DeviceId,
    pub(crate) proof: Proof,
}

/// The most of one signer about one document, none of which takes in another; older ones give way.
const MOST: i64 = 32;

/// Keeps a proof whose signature was checked, and drops those of the same signer that it takes in. One over heads that are
/// not here proves nothing, and one that another takes in nothing more.
pub(crate) fn keep(tx: &Transaction<'_>, signer: &DeviceId, proof: &Proof) -> Result<(), Error> {
    let rows = Rows { connection: tx, document: proof.document };
    let Some(heads) = heads(&rows, proof)? else { return Ok(()) };
    for (position, known) in all(tx, &proof.document)? {
        if known.signer != *signer {
            continue;
        }
        // Nothing that was kept with its heads here loses them again.
        let Some(before) = self::heads(&rows, &known.proof)? else { continue };
        if within(&heads, &before) {
            return Ok(());
        }
        if within(&before, &heads) {
            tx.prepare_cached("DELETE FROM proof WHERE position = ?1")?.execute([position])?;
        }
    }
    let sql = "DELETE FROM proof WHERE position IN (SELECT position FROM proof WHERE document = ?1 AND signer = ?2
               ORDER BY position DESC LIMIT -1 OFFSET ?3)";
    tx.prepare_cached(sql)?.execute((proof.document.0, signer.0, MOST - 1))?;
    tx.prepare_cached("INSERT INTO proof (document, signer, bytes) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?
        .execute((proof.document.0, signer.0, cbor::encode(proof)))?;
    Ok(())
}

/// All about a document, oldest first.
pub(crate) fn of(connection: &Connection, document: &DocumentId) -> Result<Vec<Kept>, Error> {
    Ok(all(connection, document)?.into_iter().map(|(_, kept)| kept).collect())
}

fn all(connection: &Connection, document: &DocumentId) -> Result<Vec<(i64, Kept)>, Error> {
    let sql = "SELECT position, signer, bytes FROM proof WHERE document = ?1 ORDER BY position";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([document.0], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, Vec<u8>>(2)?)))?;
    let kept = |row: rusqlite::Result<(i64, [u8; 16], Vec<u8>)>| {
        let (position, signer, bytes) = row?;
        Ok((position, Kept { signer: DeviceId(signer), proof: cbor::decode(&bytes)? }))
    };
    rows.map(kept).collect()
}

fn heads(rows: &Rows<'_>, proof: &Proof) -> Result<Option<Vec<ChangeRow>>, Error> {
    proof.heads.iter().map(|head| rows.change(&head.0)).collect()
}

/// Whether all of these stand below those.
fn within(these: &[ChangeRow], those: &[ChangeRow]) -> bool {
    let below = |change: &ChangeRow| those.iter().any(|head| head.clock.covers(&change.actor, change.seq));
    these.iter().all(below)
}
