//! One-time codes with which people choose their own password, and choosing it.

use super::password;
use crate::store::Tx;
use crate::{App, Error, audit};
use rusqlite::{Connection, OptionalExtension, params};
use wurao_protocol::audit::Event;
use wurao_protocol::{Digest, PersonId};

/// How long a code is good for.
const GOOD_FOR_MS: i64 = 24 * 3600 * 1000;

/// The shortest and the longest password, in characters.
const LENGTH: std::ops::RangeInclusive<usize> = 10..=200;

/// Whether a password may be taken.
pub(crate) fn is_long_enough(password: &str) -> bool {
    LENGTH.contains(&password.chars().count())
}

fn hashed(code: &str) -> Digest {
    Digest::of(&[b"password code", code.trim().as_bytes()])
}

/// A link for choosing a password that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeLink {
    /// When.
    pub made_ms: i64,
    /// Who made it; none on the server's command line.
    pub by: Option<String>,
    /// When a password was chosen by it.
    pub used_ms: Option<i64>,
}

/// The links made for a person, the newest first.
pub(crate) fn links_of(db: &Connection, person: &PersonId) -> Result<Vec<MadeLink>, Error> {
    let sql = "SELECT l.made_ms, p.name, l.used_ms FROM password_link l LEFT JOIN person p ON p.id = l.made_by \
               WHERE l.person = ?1 ORDER BY l.made_ms DESC, l.rowid DESC";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![person.0], |row| {
        Ok(MadeLink { made_ms: row.get(0)?, by: row.get(1)?, used_ms: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Keeps a person's new code, hashed, and who made it when; the one before is void. Says until when it is good.
pub(crate) fn keep_code(
    tx: &Tx<'_>,
    person: &PersonId,
    by: Option<&PersonId>,
    code: &str,
    now_ms: i64,
) -> Result<i64, Error> {
    let until = now_ms + GOOD_FOR_MS;
    tx.execute("DELETE FROM password_code WHERE person = ?1 OR expires_ms <= ?2", params![person.0, now_ms])?;
    let sql = "INSERT INTO password_code (code, person, expires_ms) VALUES (?1, ?2, ?3)";
    tx.execute(sql, params![hashed(code).0, person.0, until])?;
    let sql = "INSERT INTO password_link (person, made_ms, made_by) VALUES (?1, ?2, ?3)";
    tx.execute(sql, params![person.0, now_ms, by.map(|by| by.0)])?;
    audit::note(tx, Event::Password, &[&person.0], "link")?;
    Ok(until)
}

/// Whose code it is: id, name and login. Nobody's when it is used, too old, or its person disabled.
pub(crate) async fn of_code(app: &App, code: &str) -> Result<Option<(PersonId, String, String)>, Error> {
    let (code, now) = (hashed(code), app.now_ms());
    app.store()
        .read(move |db| {
            let sql = "SELECT p.id, p.name, p.login FROM password_code c JOIN person p ON p.id = c.person \
                       WHERE c.code = ?1 AND c.expires_ms > ?2 AND p.disabled_ms IS NULL";
            let row = |row: &rusqlite::Row<'_>| Ok((PersonId(row.get(0)?), row.get(1)?, row.get(2)?));
            Ok(db.query_row(sql, params![code.0, now], row).optional()?)
        })
        .await
}

/// Hashing is slow on purpose, so it must not stand in the way of other requests.
pub(crate) async fn hash_in_turn(app: &App, password: &str) -> Result<String, Error> {
    let (salt, password) = (app.random()?, password.to_owned());
    let turn = app.hashing().acquire().await.map_err(|_| Error::Closed)?;
    let hash = tokio::task::spawn_blocking(move || password::hash(&password, &salt)).await;
    drop(turn);
    hash.map_err(|_| Error::Panicked)?
}

/// Sets a password by a code, which is void from then on; false when it is not good any more. Whoever was signed in
/// under the old one is not.
pub(crate) async fn choose(app: &App, code: &str, hash: String) -> Result<bool, Error> {
    let (code, now) = (hashed(code), app.now_ms());
    app.store()
        .write(move |tx| {
            let sql = "DELETE FROM password_code WHERE code = ?1 AND expires_ms > ?2 RETURNING person";
            let person = tx.query_row(sql, params![code.0, now], |row| Ok(PersonId(row.get(0)?))).optional()?;
            let Some(person) = person else { return Ok(false) };
            let sql = "UPDATE person SET password = ?2 WHERE id = ?1 AND disabled_ms IS NULL";
            let set = tx.execute(sql, params![person.0, hash])?;
            // Only the newest link is ever good.
            let sql = "UPDATE password_link SET used_ms = ?2 WHERE rowid = \
                       (SELECT rowid FROM password_link WHERE person = ?1 ORDER BY made_ms DESC, rowid DESC LIMIT 1)";
            tx.execute(sql, params![person.0, now])?;
            if set > 0 {
                audit::note(tx, Event::Password, &[&person.0], "chosen")?;
            }
            end_sessions(tx, &person, None)?;
            Ok(set > 0)
        })
        .await
}

/// Ends what a person is signed in with, but for one sign-in.
pub(crate) fn end_sessions(tx: &Tx<'_>, person: &PersonId, but: Option<&Digest>) -> Result<(), Error> {
    let sql = "DELETE FROM login_session WHERE person = ?1 AND (?2 IS NULL OR token <> ?2)";
    tx.execute(sql, params![person.0, but.map(|token| token.0)])?;
    Ok(())
}
