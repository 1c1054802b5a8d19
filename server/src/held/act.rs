//! Deciding.

use crate::store::Tx;
use crate::sync::settle::{self, Word};
use crate::{Error, Keys, Scope};
use rusqlite::params;
use wurao_protocol::{Digest, DocumentId, PersonId, Problem};

/// The longest reason, in characters.
const MAX_REASON: usize = 500;

/// What somebody decides about held work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// It comes into force as it is.
    Accept,
    /// It never will.
    Decline,
}

/// Decides on what is held of an inspection and had arrived at `seen_ms`: with the last that the page showed. Whoever decides wants
/// the role in this scope; an inspection outside of it is not found.
#[allow(clippy::too_many_arguments, reason = "who, where, what, why and when are all of a decision")]
pub fn decide(
    tx: &Tx<'_>,
    keys: &Keys,
    scope: &Scope,
    document: &DocumentId,
    choice: Choice,
    seen_ms: i64,
    by: PersonId,
    reason: &str,
    now_ms: i64,
) -> Result<usize, Error> {
    in_scope(tx, scope, document)?;
    let word = Word { by, reason: said(reason, choice == Choice::Decline)?, now_ms };
    match choice {
        Choice::Accept => settle::accept(tx, keys, document, seen_ms, &word),
        Choice::Decline => settle::decline(tx, keys, document, seen_ms, &word),
    }
}

/// How much of an inspection in this scope had arrived by then and waits to be decided on.
pub(super) fn things_in(tx: &Tx<'_>, scope: &Scope, document: &DocumentId, seen_ms: i64) -> Result<usize, Error> {
    in_scope(tx, scope, document)?;
    settle::things(tx, document, seen_ms)
}

/// Decides on a late registration.
#[allow(clippy::too_many_arguments, reason = "who, where, what, why and when are all of a decision")]
pub fn decide_late(
    tx: &Tx<'_>,
    keys: &Keys,
    scope: &Scope,
    document: &DocumentId,
    late: &Digest,
    registered: bool,
    by: PersonId,
    reason: &str,
    now_ms: i64,
) -> Result<(), Error> {
    in_scope(tx, scope, document)?;
    let word = Word { by, reason: said(reason, !registered)?, now_ms };
    settle::register(tx, keys, document, late, registered, &word)
}

fn in_scope(tx: &Tx<'_>, scope: &Scope, document: &DocumentId) -> Result<(), Error> {
    let sql = "SELECT 1 FROM inspection i JOIN site s ON s.id = i.site WHERE i.document = ?3 \
               AND substr(s.division, 1, length(?1)) = ?1 AND (?2 IS NULL OR i.body = ?2)";
    let found = tx.prepare_cached(sql)?.exists(params![scope.prefix(), scope.body_bytes(), document.0])?;
    if found { Ok(()) } else { Err(Error::refused(Problem::NotFound, "inspection")) }
}

/// A reason without the space around it; wanted when somebody decides against.
fn said(reason: &str, wanted: bool) -> Result<Option<&str>, Error> {
    let reason = reason.trim();
    if reason.chars().count() > MAX_REASON || (wanted && reason.is_empty()) {
        return Err(Error::refused(Problem::Field, "reason"));
    }
    Ok((!reason.is_empty()).then_some(reason))
}
