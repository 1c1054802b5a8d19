//! Records, own and received.

use super::AGAIN;
use crate::error::Error;
use crate::phone::server_key;
use rusqlite::{Connection, OptionalExtension, Row, Transaction};
use wurao_planted::{Bug, is as planted};
use wurao_protocol::envelope;
use wurao_protocol::record::{EvidenceEntry, Kind, Late, Leave, RecordBody, SignedBy, Void};
use wurao_protocol::sync::{Outcome, Status};
use wurao_protocol::{Digest, DocumentId, PersonId, Problem};

/// A record to be kept.
pub(crate) struct RecordRow {
    pub(crate) id: Digest,
    pub(crate) kind: Kind,
    pub(crate) subject: Vec<u8>,
    pub(crate) bytes: Vec<u8>,
}

/// Keeps an own record for the next sync; having it already is fine.
pub(crate) fn keep_own(transaction: &Transaction<'_>, record: &RecordRow) -> Result<(), Error> {
    keep(transaction, record, "unsent")?;
    Ok(())
}

/// Keeps an own record that must go with the next request, also when it went before: a signature over the same heads is the
/// same record, and nothing is covered by one that is not there.
pub(crate) fn keep_to_send(transaction: &Transaction<'_>, record: &RecordRow) -> Result<(), Error> {
    keep(transaction, record, "unsent")?;
    if planted(Bug::HeadsOnce) {
        return Ok(());
    }
    transaction
        .prepare_cached("UPDATE record SET standing = 'unsent', problem = NULL, detail = NULL WHERE id = ?1")?
        .execute([record.id.0])?;
    Ok(())
}

/// Keeps a received record; having it already is fine. Whether it is new.
pub(crate) fn keep_received(transaction: &Transaction<'_>, record: &RecordRow) -> Result<bool, Error> {
    let new = keep(transaction, record, "received")?;
    if !new {
        // A colleague's phone had brought it; the server has it.
        let sql = "UPDATE record SET standing = 'relayed', problem = NULL, detail = NULL
                   WHERE id = ?1 AND standing IN ('handed', 'unrelayed')";
        transaction.prepare_cached(sql)?.execute([record.id.0])?;
    }
    Ok(new)
}

/// Keeps a record that a colleague's phone has brought; having it already is fine. Whether it is new.
pub(crate) fn keep_handed(transaction: &Transaction<'_>, record: &RecordRow) -> Result<bool, Error> {
    // What the server signs it has.
    keep(transaction, record, if record.kind.signer() == SignedBy::Device { "handed" } else { "received" })
}

fn keep(transaction: &Transaction<'_>, record: &RecordRow, standing: &str) -> Result<bool, Error> {
    let kept = transaction
        .prepare_cached(
            "INSERT INTO record (id, kind, subject, bytes, standing) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (id) DO NOTHING",
        )?
        .execute((record.id.0, record.kind.name(), &record.subject, &record.bytes, standing))?;
    Ok(kept > 0)
}

/// Where the record stands that came last, and its name. Records come and do not go, but heads that were signed for nothing: the
/// same may come again after others, under the same name at another place.
pub(crate) fn newest(connection: &Connection) -> Result<Option<Newest>, Error> {
    Ok(connection
        .prepare_cached("SELECT position, id FROM record ORDER BY position DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, Digest(row.get(1)?))))
        .optional()?)
}

/// The record that came last: what was found in records holds for as long as it is the same.
pub(crate) type Newest = (i64, Digest);

/// The newest body of a kind about a subject.
pub(crate) fn about<T: RecordBody>(connection: &Connection, subject: &[u8]) -> Result<Option<T>, Error> {
    connection
        .prepare_cached("SELECT bytes FROM record WHERE kind = ?1 AND subject = ?2 ORDER BY position DESC LIMIT 1")?
        .query_row((T::KIND.name(), subject), bytes_of)
        .optional()?
        .map(|bytes| Ok(envelope::open_as::<T>(&bytes)?.body))
        .transpose()
}

/// The body of the record of this name.
pub(crate) fn by_id<T: RecordBody>(connection: &Connection, id: &Digest) -> Result<Option<T>, Error> {
    connection
        .prepare_cached("SELECT bytes FROM record WHERE id = ?1")?
        .query_row([id.0], bytes_of)
        .optional()?
        .map(|bytes| Ok(envelope::open_as::<T>(&bytes)?.body))
        .transpose()
}

/// All bodies of a kind about a subject, in the order they came; what the server refused does not count.
pub(crate) fn all_about<T: RecordBody>(connection: &Connection, subject: &[u8]) -> Result<Vec<T>, Error> {
    Ok(bodies(about_where(connection, subject, UNREFUSED)?))
}

/// The same, but for what somebody declined.
pub(crate) fn undeclined_about<T: RecordBody>(connection: &Connection, subject: &[u8]) -> Result<Vec<T>, Error> {
    let condition = "standing NOT IN ('refused', 'declined') AND coalesce(problem, '') <> 'declined'";
    Ok(bodies(about_where(connection, subject, condition)?))
}

/// The same, what the server refused included.
pub(crate) fn ever_about<T: RecordBody>(connection: &Connection, subject: &[u8]) -> Result<Vec<T>, Error> {
    Ok(bodies(about_where(connection, subject, "1")?))
}

/// Those that the server has not refused, with their names.
pub(crate) fn named_about<T: RecordBody>(connection: &Connection, subject: &[u8]) -> Result<Vec<(Digest, T)>, Error> {
    about_where(connection, subject, UNREFUSED)
}

const UNREFUSED: &str = "standing <> 'refused'";

fn about_where<T: RecordBody>(
    connection: &Connection,
    subject: &[u8],
    condition: &'static str,
) -> Result<Vec<(Digest, T)>, Error> {
    let sql =
        format!("SELECT id, bytes FROM record WHERE kind = ?1 AND subject = ?2 AND {condition} ORDER BY position");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query((T::KIND.name(), subject))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let bytes: Vec<u8> = row.get(1)?;
        found.push((Digest(row.get(0)?), envelope::open_as::<T>(&bytes)?.body));
    }
    Ok(found)
}

fn bodies<T>(named: Vec<(Digest, T)>) -> Vec<T> {
    named.into_iter().map(|(_, body)| body).collect()
}

/// All bodies of a kind, in the order they came.
pub(crate) fn all<T: RecordBody>(connection: &Connection) -> Result<Vec<T>, Error> {
    let mut statement = connection.prepare_cached("SELECT bytes FROM record WHERE kind = ?1 ORDER BY position")?;
    let rows = statement.query_map([T::KIND.name()], bytes_of)?;
    rows.map(|bytes| Ok(envelope::open_as::<T>(&bytes?)?.body)).collect()
}

/// The bytes of all records of a kind about a subject.
pub(crate) fn bytes_about<T: RecordBody>(connection: &Connection, subject: &[u8]) -> Result<Vec<Vec<u8>>, Error> {
    let mut statement = connection.prepare_cached("SELECT bytes FROM record WHERE kind = ?1 AND subject = ?2")?;
    Ok(statement.query_map((T::KIND.name(), subject), bytes_of)?.collect::<Result<_, _>>()?)
}

/// The newest record of a kind about a subject, as it came.
pub(crate) fn newest_about(connection: &Connection, kind: Kind, subject: &[u8]) -> Result<Option<Vec<u8>>, Error> {
    Ok(connection
        .prepare_cached("SELECT bytes FROM record WHERE kind = ?1 AND subject = ?2 ORDER BY position DESC LIMIT 1")?
        .query_row((kind.name(), subject), bytes_of)
        .optional()?)
}

/// A record about an inspection that travels with it.
pub(crate) struct About {
    pub(crate) id: Digest,
    pub(crate) bytes: Vec<u8>,
    /// The session in which somebody signed it.
    pub(crate) actor: Option<[u8; 16]>,
}

/// The records about an inspection beside its changes, in the order they came; not what the server keeps apart or has
/// turned down. A late registration is kept apart by its nature.
pub(crate) fn about_inspection(connection: &Connection, document: &DocumentId) -> Result<Vec<About>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT id, kind, bytes FROM record WHERE subject = ?1
         AND kind IN ('wurao/late', 'wurao/evidence', 'wurao/void', 'wurao/leave', 'wurao/decision')
         AND (standing NOT IN ('held', 'refused', 'declined', 'unrelayed') OR kind = 'wurao/late' AND standing = 'held')
         AND coalesce(problem, '') <> 'declined'
         ORDER BY kind <> 'wurao/late', position",
    )?;
    let mut rows = statement.query([document.0])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (kind, bytes): (String, Vec<u8>) = (row.get(1)?, row.get(2)?);
        let envelope = envelope::open(&bytes)?;
        let actor = match Kind::from_name(&kind) {
            Some(Kind::Late) => Some(envelope.body::<Late>()?.actor),
            Some(Kind::Evidence) => Some(envelope.body::<EvidenceEntry>()?.actor),
            Some(Kind::Void) => Some(envelope.body::<Void>()?.actor),
            Some(Kind::Leave) => Some(envelope.body::<Leave>()?.actor),
            _ => None,
        };
        found.push(About { id: Digest(row.get(0)?), bytes, actor });
    }
    Ok(found)
}

/// Who says in a record what it says about an inspection.
pub(crate) fn person_of(connection: &Connection, id: &Digest) -> Result<Option<PersonId>, Error> {
    let bytes: Option<Vec<u8>> =
        connection.prepare_cached("SELECT bytes FROM record WHERE id = ?1")?.query_row([id.0], bytes_of).optional()?;
    let Some(envelope) = bytes.map(|bytes| envelope::open(&bytes)).transpose()? else { return Ok(None) };
    Ok(match envelope.kind {
        Kind::Late => Some(envelope.body::<Late>()?.person),
        Kind::Leave => Some(envelope.body::<Leave>()?.person),
        Kind::Evidence => Some(envelope.body::<EvidenceEntry>()?.person),
        Kind::Void => Some(envelope.body::<Void>()?.person),
        _ => None,
    })
}

/// Records of a kind about a subject go with the next request, whosever they are.
pub(crate) fn offer_again(transaction: &Transaction<'_>, kind: Kind, subject: &[u8]) -> Result<(), Error> {
    transaction
        .prepare_cached(&format!(
            "UPDATE record SET {AGAIN}
             WHERE kind = ?1 AND subject = ?2 AND standing IN ('received', 'taken', 'waiting')"
        ))?
        .execute((kind.name(), subject))?;
    Ok(())
}

/// Records not yet taken by the server, own ones those first, and those that a colleague's phone has brought, oldest first.
pub(crate) fn unsent(connection: &Connection) -> Result<Vec<(Digest, Kind, Vec<u8>)>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT id, kind, bytes FROM record WHERE standing IN ('unsent', 'waiting', 'handed')
         ORDER BY standing = 'handed', position",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?, row.get(2)?)))?;
    rows.map(|row| {
        let (id, kind, bytes) = row?;
        Ok((Digest(id), Kind::from_name(&kind).ok_or(Error::Damaged("record"))?, bytes))
    })
    .collect()
}

/// The bytes of all records of a kind, in the order they came; not what a colleague's phone has brought and the server is not
/// known to have: of a phone that lives twice that may be what its other half wrote.
pub(crate) fn bytes_of_kind<T: RecordBody>(connection: &Connection) -> Result<Vec<Vec<u8>>, Error> {
    let sql = "SELECT bytes FROM record WHERE kind = ?1 AND standing NOT IN ('handed', 'unrelayed') ORDER BY position";
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement.query_map([T::KIND.name()], bytes_of)?.collect::<Result<_, _>>()?)
}

/// A photo entry that the server did not take.
pub(crate) struct Untaken {
    pub(crate) id: Digest,
    pub(crate) bytes: Vec<u8>,
    /// What it said about that.
    pub(crate) detail: Option<String>,
}

/// Photo entries that stand like this for this problem.
pub(crate) fn untaken(
    connection: &Connection,
    standing: &'static str,
    problem: Problem,
) -> Result<Vec<Untaken>, Error> {
    let sql =
        "SELECT id, bytes, detail FROM record WHERE kind = ?1 AND standing = ?2 AND problem = ?3 ORDER BY position";
    let mut statement = connection.prepare_cached(sql)?;
    let row = |row: &Row<'_>| Ok(Untaken { id: Digest(row.get(0)?), bytes: row.get(1)?, detail: row.get(2)? });
    let rows = statement.query_map((Kind::Evidence.name(), standing, problem.code()), row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Forgets a record that another takes the place of.
pub(crate) fn forget(transaction: &Transaction<'_>, id: &Digest) -> Result<(), Error> {
    transaction.prepare_cached("DELETE FROM record WHERE id = ?1")?.execute([id.0])?;
    Ok(())
}

/// Drops own heads records that were never taken. One of the server's, which has lost it, is on its way back.
pub(crate) fn forget_unsent_heads(transaction: &Transaction<'_>) -> Result<(), Error> {
    for (id, kind, bytes) in unsent(transaction)? {
        if kind == Kind::Heads && envelope::open(&bytes)?.key != server_key(transaction)?.id() {
            forget(transaction, &id)?;
        }
    }
    Ok(())
}

/// Notes what the server did with an own record; whether that settles anything. One that names what the server lacks is
/// offered again: that may yet come to it. A heads record goes with each push and settles nothing by itself. `told` is how
/// many entries the server's log had then.
pub(crate) fn settle(transaction: &Transaction<'_>, id: &Digest, status: &Status, told: u64) -> Result<bool, Error> {
    let standing = match status.problem {
        Some(Problem::UnknownDependency | Problem::NoSession) => "unsent",
        _ => standing(status),
    };
    let sql =
        "UPDATE record SET standing = CASE standing WHEN 'handed' THEN ?6 WHEN 'received' THEN 'received' ELSE ?2 END,
               problem = ?3, detail = ?4, told = ?5 WHERE id = ?1 RETURNING kind";
    let values = (id.0, standing, status.problem.map(|p| p.code()), &status.detail, told as i64, relayed(status));
    let kind: Option<String> = transaction.prepare_cached(sql)?.query_row(values, |row| row.get(0)).optional()?;
    Ok(standing != "unsent" && kind.is_some_and(|kind| kind != Kind::Heads.name()))
}

/// How many of these are work of people: heads and witnesses are not.
pub(crate) fn counted(connection: &Connection, ids: &[Digest]) -> Result<u32, Error> {
    let sql = "SELECT 1 FROM record WHERE id = ?1 AND kind NOT IN ('wurao/heads', 'wurao/witness')";
    let mut statement = connection.prepare_cached(sql)?;
    let mut count = 0;
    for id in ids {
        count += u32::from(statement.exists([id.0])?);
    }
    Ok(count)
}

/// Whether a record is still to be sent.
pub(crate) fn is_unsent(connection: &Connection, id: &Digest) -> Result<bool, Error> {
    let sql = "SELECT 1 FROM record WHERE id = ?1 AND standing = 'unsent'";
    Ok(connection.prepare_cached(sql)?.exists([id.0])?)
}

/// What the server had held of own records is taken.
pub(crate) fn accepted(transaction: &Transaction<'_>, id: &Digest) -> Result<(), Error> {
    transaction
        .prepare_cached(
            "UPDATE record SET standing = 'taken', problem = NULL, detail = NULL, told = NULL
             WHERE id = ?1 AND standing IN ('held', 'declined')",
        )?
        .execute([id.0])?;
    Ok(())
}

/// Own records that stand alike and were not simply taken.
pub(crate) struct Unsettled {
    pub(crate) kind: String,
    pub(crate) standing: String,
    pub(crate) problem: Option<String>,
    pub(crate) count: u64,
}

/// How own records stand; taken ones are left out, and what is no work of people.
pub(crate) fn unsettled(connection: &Connection) -> Result<Vec<Unsettled>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT kind, standing, problem, count(*) FROM record
         WHERE standing NOT IN ('taken', 'received', 'relayed') AND kind <> 'wurao/witness' GROUP BY kind, standing, problem",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(Unsettled {
            kind: row.get(0)?,
            standing: row.get(1)?,
            problem: row.get(2)?,
            count: row.get::<_, i64>(3)? as u64,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The word a store keeps for what became of something. What is kept for its authors alone since somebody has declined it, or what it
/// stands on, nobody decides on any more: a phone that offers it again to a server that was set back hears no second word.
pub(crate) fn standing(status: &Status) -> &'static str {
    match (status.outcome, status.problem) {
        (Outcome::Ok | Outcome::Have, _) => "taken",
        (Outcome::NeedRaw, _) => "unsent",
        (Outcome::Waiting, _) => "waiting",
        (Outcome::Held, Some(Problem::Declined)) => "declined",
        (Outcome::Held, _) => "held",
        (Outcome::Refused, _) => "refused",
    }
}

/// The word for what became of a colleague's work that this phone brought. What the server lacks the ground for may come
/// to it yet.
pub(crate) fn relayed(status: &Status) -> &'static str {
    match (status.outcome, status.problem) {
        (Outcome::Refused, Some(Problem::UnknownDependency)) => "handed",
        (Outcome::Refused, _) => "unrelayed",
        (Outcome::Waiting | Outcome::NeedRaw, _) => "handed",
        // What is kept apart is kept: its author is told, and nobody else need do anything.
        (Outcome::Ok | Outcome::Have | Outcome::Held, _) => "relayed",
    }
}

fn bytes_of(row: &Row<'_>) -> rusqlite::Result<Vec<u8>> {
    row.get(0)
}
