//! How changes stand with the server: what is still to be sent, what it took, held or refused, what somebody decided.

use super::documents::{Rows, clock};
use super::{apart, records};
use crate::error::Error;
use rusqlite::{Connection, OptionalExtension, Transaction};
use std::collections::{BTreeMap, HashSet};
use wurao_protocol::record::Session;
use wurao_protocol::sync::Status;
use wurao_protocol::{Digest, DocumentId, PersonId, Problem};
use wurao_record::{ActorId, ChangeHash, History};

/// A change that the server has not taken: an own one, or one that a colleague's phone has brought.
pub(crate) struct Unsent {
    pub(crate) document: DocumentId,
    pub(crate) hash: ChangeHash,
    pub(crate) actor: ActorId,
    pub(crate) seq: u64,
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
        "SELECT document, hash, actor, seq, bytes, standing FROM change
         WHERE standing IN ('unsent', 'waiting', 'handed') ORDER BY document, position",
    )?;
    let rows = statement.query_map([], |row| {
        let standing: String = row.get(5)?;
        Ok(Unsent {
            document: DocumentId(row.get(0)?),
            hash: row.get(1)?,
            actor: ActorId(row.get(2)?),
            seq: row.get::<_, i64>(3)? as u64,
            bytes: row.get(4)?,
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
                super::records::standing(status),
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

/// How many changes and records are to be sent, or sent once more.
pub(crate) fn offered(connection: &Connection) -> Result<u64, Error> {
    // The first condition is that of the indexes: without it every row would be looked at.
    let count = |table: &str| -> Result<i64, Error> {
        let sql = format!(
            "SELECT count(*) FROM {table} WHERE standing IN ('unsent', 'waiting', 'handed') AND standing = 'unsent'"
        );
        Ok(connection.prepare_cached(&sql)?.query_row([], |row| row.get(0))?)
    };
    Ok((count("change")? + count("record")?) as u64)
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

/// Whether the server has not taken some of what colleagues had brought here.
fn has_unrelayed(connection: &Connection) -> Result<bool, Error> {
    Ok(connection.prepare_cached("SELECT 1 FROM change WHERE standing = 'unrelayed'")?.exists([])?)
}

/// How many of colleagues' changes are to be brought to the server, and can be.
pub(crate) fn handed(connection: &Connection) -> Result<u32, Error> {
    if has_unrelayed(connection)? {
        return Ok(sendable(connection)?.iter().filter(|change| change.handed).count() as u32);
    }
    let sql = "SELECT count(*) FROM change WHERE standing = 'handed'";
    Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// What was held of work in a document is settled by a decision that names it: taken, or declined for a reason. A colleague's that
/// this phone knows is decided on alike; whose it is goes on to say how it stands here. Nobody says how long the server's log was
/// at that decision: should the server be set back, all that was decided on is offered again.
pub(crate) fn decide(
    transaction: &Transaction<'_>,
    document: &DocumentId,
    named: &[Digest],
    word: Word<'_>,
) -> Result<(), Error> {
    for name in named {
        settle_by_word(transaction, "change", ("document", document), ("hash", &name.0), word)?;
        settle_by_word(transaction, "record", ("subject", document), ("id", &name.0), word)?;
    }
    apart::refresh(transaction, document)?;
    Ok(())
}

/// The same by the word on somebody's late registration: all that was held of theirs for its sake. What is registered is offered
/// once more, for there may be another reason to hold it, which the server says then.
pub(crate) fn decide_late(
    transaction: &Transaction<'_>,
    document: &DocumentId,
    person: &PersonId,
    word: Word<'_>,
) -> Result<(), Error> {
    let of_late = |sql: &str| -> Result<Vec<[u8; 32]>, Error> {
        let mut statement = transaction.prepare_cached(sql)?;
        let rows = statement.query_map((document.0, Problem::LateRegistration.code()), |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    };
    for hash in of_late("SELECT hash FROM change WHERE document = ?1 AND problem = ?2")? {
        let actor = Rows { connection: transaction, document: *document }.change(&hash)?.map(|row| row.actor);
        let session: Option<Session> = actor.map(|actor| records::about(transaction, &actor.0)).transpose()?.flatten();
        if session.is_some_and(|session| session.person == *person) {
            settle_by_word(transaction, "change", ("document", document), ("hash", &hash), word)?;
        }
    }
    for id in of_late("SELECT id FROM record WHERE subject = ?1 AND problem = ?2")? {
        if records::person_of(transaction, &Digest(id))?.is_some_and(|by| by == *person) {
            settle_by_word(transaction, "record", ("subject", document), ("id", &id), word)?;
        }
    }
    apart::refresh(transaction, document)?;
    Ok(())
}

/// What somebody said of held work.
#[derive(Clone, Copy)]
pub(crate) enum Word<'a> {
    Accepted,
    /// The same, brought by a colleague's phone: the server may have lost that since, and is asked.
    AcceptedByHand,
    /// That a visit without a permit was one.
    Registered,
    /// For this reason.
    Declined(&'a str),
}

/// How one change or record stands by what somebody said of it. An acceptance stands above an earlier refusal: a server that was
/// set back has forgotten that, and somebody has decided anew. A word on what the server has said it took is from before it was set
/// back: a colleague's phone may still hand that over.
fn settle_by_word(
    transaction: &Transaction<'_>,
    table: &'static str,
    (within, document): (&'static str, &DocumentId),
    (name, value): (&'static str, &[u8; 32]),
    word: Word<'_>,
) -> Result<(), Error> {
    let (standing, before, reason) = match word {
        Word::Declined(reason) => ("declined", "'held'", Some(reason)),
        // It is offered once more.
        Word::Registered => ("unsent", "'held'", None),
        Word::AcceptedByHand => ("unsent", "'held', 'declined'", None),
        Word::Accepted => ("taken", "'held', 'declined'", None),
    };
    let sql = format!(
        "UPDATE {table} SET standing = CASE WHEN standing IN ({before}) THEN ?3 WHEN standing = 'unrelayed' THEN 'relayed'
                            ELSE standing END, problem = ?4, detail = ?5, told = NULL
         WHERE {within} = ?1 AND {name} = ?2 AND (standing IN ({before}, 'handed', 'unrelayed')
                                              OR standing = 'relayed' AND problem IS NOT NULL)"
    );
    let problem = reason.map(|_| Problem::Declined.code());
    transaction.prepare_cached(&sql)?.execute((document.0, value, standing, problem, reason))?;
    Ok(())
}

/// What the server had held of own changes is taken, whatever was said of it before; the document it is of.
pub(crate) fn accepted(transaction: &Transaction<'_>, hash: &Digest) -> Result<Option<DocumentId>, Error> {
    let sql = "UPDATE change SET standing = 'taken', problem = NULL, detail = NULL, told = NULL
               WHERE document IN (SELECT id FROM document) AND hash = ?1 AND standing IN ('held', 'declined')
               RETURNING document";
    let mut statement = transaction.prepare_cached(sql)?;
    Ok(statement.query_row([hash.0], |row| Ok(DocumentId(row.get(0)?))).optional()?)
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
    let mut found: Vec<Unsettled> = rows.collect::<Result<_, _>>()?;
    for (document, count) in stuck(connection)? {
        if let Some(all) = found.iter_mut().find(|row| row.document == document && row.standing == "unsent") {
            all.count -= count;
        }
        found.push(Unsettled {
            document,
            standing: "unsent".to_owned(),
            problem: Some(Problem::UnknownDependency.code().to_owned()),
            detail: Some("stands on a colleague's work that the server has not taken from this phone".to_owned()),
            count,
        });
    }
    found.retain(|row| row.count > 0);
    Ok(found)
}

/// How many own changes of each document wait until the server has a colleague's that it has not taken from this phone.
fn stuck(connection: &Connection) -> Result<BTreeMap<DocumentId, u64>, Error> {
    let mut stuck = BTreeMap::new();
    if has_unrelayed(connection)? {
        let free: HashSet<ChangeHash> = sendable(connection)?.into_iter().map(|change| change.hash).collect();
        let own = unsent(connection)?.into_iter().filter(|change| !change.handed && !change.waiting);
        for change in own.filter(|change| !free.contains(&change.hash)) {
            *stuck.entry(change.document).or_default() += 1;
        }
    }
    Ok(stuck)
}

/// The server has fed a change that a colleague's phone had brought: it is there, and in force. Whether that changes how it stands.
pub(crate) fn fed(transaction: &Transaction<'_>, document: &DocumentId, hash: &ChangeHash) -> Result<bool, Error> {
    let sql = "UPDATE change SET standing = 'relayed', problem = NULL, detail = NULL
               WHERE document = ?1 AND hash = ?2
               AND (standing IN ('handed', 'unrelayed') OR standing = 'relayed' AND problem IS NOT NULL)";
    Ok(transaction.prepare_cached(sql)?.execute((document.0, hash))? > 0)
}
