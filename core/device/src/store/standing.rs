//! How changes stand with the server: what is still to be sent, what it took, held or refused, what somebody decided.

use super::apart;
use super::documents::{Rows, clock};
use crate::error::Error;
use rusqlite::{Connection, OptionalExtension, Transaction};
use wurao_protocol::sync::Status;
use wurao_protocol::{Digest, DocumentId, Problem};
use wurao_record::{ActorId, ChangeHash, History};

/// A change that the server has not taken: an own one, or one that a colleague's phone has brought.
pub(crate) struct Unsent {
    pub(crate) document: DocumentId,
    pub(crate) hash: ChangeHash,
    pub(crate) bytes: Vec<u8>,
    /// The server has it, but not the signature that covers it.
    pub(crate) waiting: bool,
    /// A colleague's, which this phone brings.
    pub(crate) handed: bool,
}

impl Unsent {
    /// Bytes it takes in a push; a waiting one is only named.
    pub(crate) fn cost(&self) -> usize {
        if self.waiting { 0 } else { self.bytes.len() }
    }
}

/// Changes that the server has not taken, by document and in causal order.
pub(crate) fn unsent(connection: &Connection) -> Result<Vec<Unsent>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT document, hash, bytes, standing FROM change
         WHERE standing IN ('unsent', 'waiting', 'handed') ORDER BY document, position",
    )?;
    let rows = statement.query_map([], |row| {
        let standing: String = row.get(3)?;
        Ok(Unsent {
            document: DocumentId(row.get(0)?),
            hash: row.get(1)?,
            bytes: row.get(2)?,
            waiting: standing == "waiting",
            handed: standing == "handed",
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Notes what the server did with a change that was sent, and how many entries its log had then; whether that settles
/// anything.
pub(crate) fn settle(
    transaction: &Transaction<'_>,
    document: &DocumentId,
    hash: &ChangeHash,
    status: &Status,
    told: u64,
) -> Result<bool, Error> {
    let standing: Option<String> = transaction
        .prepare_cached(
            "UPDATE change SET standing = CASE standing WHEN 'handed' THEN ?7 ELSE ?3 END,
             problem = ?4, detail = ?5, told = ?6 WHERE document = ?1 AND hash = ?2 RETURNING standing",
        )?
        .query_row(
            (
                document.0,
                hash,
                super::records::standing(status.outcome),
                status.problem.map(|problem| problem.code()),
                &status.detail,
                told as i64,
                super::records::relayed(status),
            ),
            |row| row.get(0),
        )
        .optional()?;
    Ok(standing.is_some_and(|standing| standing != "handed"))
}

/// Those of the unsent that do not stand on what the server did not take from this phone.
pub(crate) fn sendable(connection: &Connection) -> Result<Vec<Unsent>, Error> {
    let sql = "SELECT document, actor, seq FROM change WHERE standing = 'unrelayed'";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement
        .query_map([], |row| Ok((DocumentId(row.get(0)?), ActorId(row.get(1)?), row.get::<_, i64>(2)? as u64)))?;
    let stuck: Vec<(DocumentId, ActorId, u64)> = rows.collect::<Result<_, _>>()?;
    let mut unsent = unsent(connection)?;
    if stuck.is_empty() {
        return Ok(unsent);
    }
    let mut sendable = Vec::new();
    for change in unsent.drain(..) {
        let mut stuck = stuck.iter().filter(|(document, ..)| *document == change.document).peekable();
        let free = stuck.peek().is_none()
            || clock(connection, &change.document, &change.hash)?
                .is_some_and(|clock| !stuck.any(|(_, actor, seq)| clock.covers(actor, *seq)));
        if free {
            sendable.push(change);
        }
    }
    Ok(sendable)
}

/// What was held of work in a document is settled by a decision: taken, or declined for a reason. It names the changes and
/// records it is about; none stands for all that was held as a late registration. Nobody says how long the server's log was at
/// that decision: should the server be set back, all that was decided on is offered again.
pub(crate) fn decide(
    transaction: &Transaction<'_>,
    document: &DocumentId,
    named: Option<&[Digest]>,
    declined: Option<&str>,
) -> Result<(), Error> {
    let standing = if declined.is_some() { "declined" } else { "taken" };
    let problem = declined.map(|_| Problem::Declined.code());
    for table in [
        // A colleague's that this phone knows is decided on alike; whose it is goes on to say how it stands here.
        "UPDATE change SET standing = CASE standing WHEN 'held' THEN ?2 ELSE standing END, problem = ?3, detail = ?4, told = NULL
         WHERE document = ?1 AND standing IN ('held', 'handed', 'relayed')",
        "UPDATE record SET standing = ?2, problem = ?3, detail = ?4, told = NULL
         WHERE subject = ?1 AND standing = 'held'",
    ] {
        let Some(named) = named else {
            transaction.prepare_cached(&format!("{table} AND problem = ?5"))?.execute((
                document.0,
                standing,
                problem,
                declined,
                Problem::LateRegistration.code(),
            ))?;
            continue;
        };
        let name = if table.starts_with("UPDATE change") { "hash" } else { "id" };
        let mut statement = transaction.prepare_cached(&format!("{table} AND {name} = ?5"))?;
        for hash in named {
            statement.execute((document.0, standing, problem, declined, hash.0))?;
        }
    }
    apart::refresh(transaction, document)?;
    Ok(())
}

/// What the server had held of own changes is taken.
pub(crate) fn accepted(transaction: &Transaction<'_>, hash: &Digest) -> Result<(), Error> {
    let sql = "UPDATE change SET standing = 'taken', problem = NULL, detail = NULL, told = NULL
               WHERE document IN (SELECT id FROM document) AND hash = ?1 AND standing = 'held' RETURNING document";
    let mut statement = transaction.prepare_cached(sql)?;
    let documents = statement.query_map([hash.0], |row| Ok(DocumentId(row.get(0)?)))?;
    for document in documents.collect::<Result<Vec<_>, _>>()? {
        apart::refresh(transaction, &document)?;
    }
    Ok(())
}

/// Those of some changes of a document that the first of them is, or that stand on it.
pub(crate) fn from_first(
    connection: &Connection,
    document: &DocumentId,
    changes: &[ChangeHash],
) -> Result<Vec<ChangeHash>, Error> {
    let rows = Rows { connection, document: *document };
    let first = changes.first().map(|hash| rows.change(hash)).transpose()?.flatten();
    let Some(first) = first else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for hash in changes {
        if clock(connection, document, hash)?.is_some_and(|clock| clock.covers(&first.actor, first.seq)) {
            found.push(*hash);
        }
    }
    Ok(found)
}

/// Own changes of one document that stand alike and were not simply taken.
pub(crate) struct Unsettled {
    pub(crate) document: DocumentId,
    pub(crate) standing: String,
    pub(crate) problem: Option<String>,
    pub(crate) detail: Option<String>,
    pub(crate) count: u64,
}

/// How own changes stand, taken ones left out.
pub(crate) fn unsettled(connection: &Connection) -> Result<Vec<Unsettled>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT document, standing, problem, detail, count(*) FROM change
         WHERE standing NOT IN ('taken', 'received', 'relayed') GROUP BY document, standing, problem, detail",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(Unsettled {
            document: DocumentId(row.get(0)?),
            standing: row.get(1)?,
            problem: row.get(2)?,
            detail: row.get(3)?,
            count: row.get::<_, i64>(4)? as u64,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The server has fed a change that a colleague's phone had brought: it is there, and in force.
pub(crate) fn fed(transaction: &Transaction<'_>, document: &DocumentId, hash: &ChangeHash) -> Result<(), Error> {
    let sql = "UPDATE change SET standing = 'relayed', problem = NULL, detail = NULL
               WHERE document = ?1 AND hash = ?2 AND standing IN ('handed', 'unrelayed', 'relayed')";
    if transaction.prepare_cached(sql)?.execute((document.0, hash))? > 0 {
        apart::refresh(transaction, document)?;
    }
    Ok(())
}
