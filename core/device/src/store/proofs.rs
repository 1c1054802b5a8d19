//! Who has signed for which heads of a document, kept so that what others wrote can be handed on.

use super::documents::Rows;
use crate::error::Error;
use rusqlite::{Connection, Row, Transaction};
use wurao_protocol::proof::Proof;
use wurao_protocol::{DeviceId, DocumentId, cbor};
use wurao_record::{ActorId, ChangeRow, Clock, History};

/// A proof, and who signed it.
pub(crate) struct Kept {
    pub(crate) signer: DeviceId,
    pub(crate) proof: Proof,
}

/// The most of one signer about one document; older ones give way.
const MOST: i64 = 32;

/// Bytes of changes for which one proof of a signer is enough. A change goes to the server beside all that stands between it and the
/// signature over it, so what is signed far above it alone could not be brought on.
pub(crate) const APART: usize = 1 << 20;

/// Keeps a proof whose signature was checked, and drops those of the same signer that it takes in, unless they are far below it. One
/// over heads that are not here proves nothing, and one that another takes in nothing more.
pub(crate) fn keep(tx: &Transaction<'_>, signer: &DeviceId, proof: &Proof) -> Result<(), Error> {
    let rows = Rows { connection: tx, document: proof.document };
    let Some(heads) = heads(&rows, proof)? else { return Ok(()) };
    let mut taken_in = Vec::new();
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
            taken_in.push((position, before));
        }
    }
    for position in near(tx, &proof.document, &heads, &taken_in)? {
        tx.prepare_cached("DELETE FROM proof WHERE position = ?1")?.execute([position])?;
    }
    let sql = "DELETE FROM proof WHERE position IN (SELECT position FROM proof WHERE document = ?1 AND signer = ?2
               ORDER BY position DESC LIMIT -1 OFFSET ?3)";
    tx.prepare_cached(sql)?.execute((proof.document.0, signer.0, MOST - 1))?;
    tx.prepare_cached("INSERT INTO proof (document, signer, bytes) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?
        .execute((proof.document.0, signer.0, cbor::encode(proof)))?;
    Ok(())
}

/// Those of the proofs below new heads without which no two that are left are far from each other.
fn near(
    connection: &Connection,
    document: &DocumentId,
    heads: &[ChangeRow],
    below: &[(i64, Vec<ChangeRow>)],
) -> Result<Vec<i64>, Error> {
    let changes = if below.is_empty() { Vec::new() } else { lengths(connection, document)? };
    if changes.iter().map(|change| change.2).sum::<usize>() <= APART {
        return Ok(below.iter().map(|(position, _)| *position).collect());
    }
    let is_near = |(_, proof): &&(i64, Vec<ChangeRow>)| {
        let lower = below.iter().map(|(_, lower)| lower).filter(|lower| *lower != proof && within(lower, proof));
        let seen: Vec<&Clock> = lower.flatten().map(|head| &head.clock).collect();
        let between = changes.iter().filter(|(actor, seq, _)| {
            heads.iter().any(|head| head.clock.covers(actor, *seq))
                && !seen.iter().any(|clock| clock.covers(actor, *seq))
        });
        between.map(|change| change.2).sum::<usize>() <= APART
    };
    Ok(below.iter().filter(is_near).map(|(position, _)| *position).collect())
}

/// Who wrote each change of a document, and how many bytes it has.
fn lengths(connection: &Connection, document: &DocumentId) -> Result<Vec<(ActorId, u64, usize)>, Error> {
    let mut statement =
        connection.prepare_cached("SELECT actor, seq, length(bytes) FROM change WHERE document = ?1")?;
    let row = |row: &Row<'_>| Ok((ActorId(row.get(0)?), row.get::<_, i64>(1)? as u64, row.get::<_, i64>(2)? as usize));
    Ok(statement.query_map([document.0], row)?.collect::<Result<_, _>>()?)
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
