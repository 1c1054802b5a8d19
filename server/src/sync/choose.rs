//! A choice between different answers, made at the page: built from rows on what is in force, through the same gate as
//! everybody's changes, signed, in force and told, all in one write. No document is loaded.

use super::change_rows::{self, State};
use super::history::{InForce, Rows};
use super::{decide, own};
use crate::store::{Tx, rows};
use crate::{Error, Keys};
use rusqlite::{Connection, params};
use std::collections::BTreeSet;
use wurao_protocol::{Digest, DocumentId, PersonId, Problem};
use wurao_record::{
    ActorId, AdmitError, Field, History, Map, OpId, Standing, admit, build, choice_key, choose_puts, field,
};

/// What somebody chose, and what they had seen then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pick {
    /// The key of the answer.
    pub key: String,
    /// The puts that the page showed, sorted: all that stood there.
    pub among: Vec<OpId>,
    /// One of those whose value it shall be.
    pub chosen: OpId,
}

/// Why nothing was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotChosen {
    /// Another value has come since the page was made.
    Stale,
    /// There is nothing to choose between: somebody has chosen already, or the answers agree.
    NoConflict,
    /// What was chosen is none of what was chosen among.
    NotAmong,
    /// The inspection was voided, and counts for nothing.
    Voided,
    /// Who chooses has answered the question themselves.
    Own,
}

impl NotChosen {
    /// A stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Stale => "stale-choice",
            Self::NoConflict => "no-conflict",
            Self::NotAmong => "not-among",
            Self::Voided => "voided",
            Self::Own => "own-answer",
        }
    }

    /// The HTTP status it goes with.
    pub fn status(self) -> u16 {
        match self {
            Self::Stale | Self::NoConflict | Self::Voided => 409,
            Self::NotAmong => 422,
            Self::Own => 403,
        }
    }
}

/// Chooses. Made once already by the same person, it is made.
pub(crate) fn choose(
    tx: &Tx<'_>,
    keys: &Keys,
    document: &DocumentId,
    pick: &Pick,
    by: PersonId,
    nonce: [u8; 16],
    now_ms: i64,
) -> Result<Result<(), NotChosen>, Error> {
    let inspection = rows::inspection(tx, document)?.ok_or(Error::refused(Problem::NotFound, "inspection"))?;
    if is_voided(tx, document)? {
        return Ok(Err(NotChosen::Voided));
    }
    if answered(tx, document, &by)?.contains(&pick.key) {
        return Ok(Err(NotChosen::Own));
    }
    let history = InForce(Rows { db: tx, document: *document });
    let live = history.live(Map::Answers, &pick.key)?;
    let found = field(&live, &history.live(Map::Choices, &choice_key(Map::Answers, &pick.key))?);
    if is_made(tx, &history, &found, pick, &by)? {
        return Ok(Ok(()));
    }
    if found.standing != Standing::Conflict {
        return Ok(Err(NotChosen::NoConflict));
    }
    let mut standing: Vec<OpId> = live.iter().map(|op| op.id).collect();
    standing.sort_unstable();
    if standing != pick.among {
        return Ok(Err(NotChosen::Stale));
    }
    let Some(chosen) = live.iter().find(|op| op.id == pick.chosen) else { return Ok(Err(NotChosen::NotAmong)) };

    let actor = ActorId(own::begin(tx, keys, by, nonce, now_ms)?);
    let (genesis, puts) = (inspection.genesis(), choose_puts(&found, Map::Answers, &pick.key, &chosen.value));
    let built = build(&genesis, &history, &actor, now_ms, &puts).map_err(unbuilt)?;
    let change = admit(&genesis, &history.0, &built.bytes).map_err(unbuilt)?;
    change_rows::insert(tx, document, &change, now_ms)?;
    own::sign(tx, keys, document, &change, now_ms)?;
    decide::decide(tx, keys, document, now_ms)?;
    match change_rows::state(tx, document, &Digest(change.row.hash))? {
        Some(State::Accepted) => Ok(Ok(())),
        // It builds on what is in force, and nothing else is asked of it.
        _ => Err(Error::Missing("a choice in force")),
    }
}

/// The keys of what somebody has answered themselves, whatever has become of it: there others choose. A choice they made at
/// the page is no answer of theirs.
pub(crate) fn answered(db: &Connection, document: &DocumentId, person: &PersonId) -> Result<BTreeSet<String>, Error> {
    let page = rows::own_device(db)?.map(|page| page.0);
    let sql = "SELECT DISTINCT o.name FROM op o JOIN session s ON s.actor = o.actor \
               WHERE o.document = ?1 AND o.map = ?2 AND s.person = ?3 AND s.device IS NOT ?4";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![document.0, Map::Answers.number(), person.0, page], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn is_voided(tx: &Tx<'_>, document: &DocumentId) -> Result<bool, Error> {
    let sql = "SELECT 1 FROM inspection WHERE document = ?1 AND voided_ms IS NOT NULL";
    Ok(tx.prepare_cached(sql)?.exists(params![document.0])?)
}

/// Whether this very choice stands: a form that was sent twice.
fn is_made(tx: &Tx<'_>, history: &InForce<'_>, found: &Field, pick: &Pick, by: &PersonId) -> Result<bool, Error> {
    for choice in found.choices.iter().filter(|choice| choice.among == pick.among) {
        let by_them = rows::session(tx, &choice.stamp.id.actor.0)?.is_some_and(|session| session.person == *by);
        let known = history.ops(Map::Answers, &pick.key)?;
        if by_them && known.iter().any(|op| op.id == pick.chosen && op.value == choice.chosen) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What cannot be built of what is in force, or does not pass the gate, is this server's fault.
fn unbuilt(error: AdmitError<Error>) -> Error {
    match error {
        AdmitError::History(error) => error,
        AdmitError::Gate(error) => Error::refused(Problem::Gate, error.code()),
    }
}
