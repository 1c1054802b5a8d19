//! Photos on their way from the camera's file to the server.

use crate::error::Error;
use rusqlite::{Connection, OptionalExtension, Row, Transaction};
use wurao_protocol::record::Stamp;
use wurao_protocol::{Digest, DocumentId};

/// The class of thumbnails, uploaded first.
pub(crate) const THUMBNAIL: u8 = 0;
/// The class of renditions.
pub(crate) const RENDITION: u8 = 1;

/// A photo attached on this phone.
#[derive(Clone, Debug)]
pub(crate) struct PhotoRow {
    pub(crate) document: DocumentId,
    pub(crate) question: String,
    pub(crate) instance: String,
    pub(crate) original: Digest,
    pub(crate) bytes: u64,
    pub(crate) actor: [u8; 16],
    pub(crate) attached: Stamp,
    /// The signed entry, once rendition and thumbnail are on disk.
    pub(crate) entry: Option<Digest>,
    /// Why there will be no entry.
    pub(crate) problem: Option<String>,
}

/// Notes a photo whose original is kept; whether it was new.
pub(crate) fn note_photo(transaction: &Transaction<'_>, photo: &PhotoRow) -> Result<bool, Error> {
    let added = transaction
        .prepare_cached(
            "INSERT INTO photo (document, question, instance, original, bytes, actor, wall_ms, mono_ms, server_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT (document, question, instance, original) DO NOTHING",
        )?
        .execute((
            photo.document.0,
            &photo.question,
            &photo.instance,
            photo.original.0,
            photo.bytes as i64,
            photo.actor,
            photo.attached.wall_ms,
            photo.attached.mono_ms,
            photo.attached.server_ms,
        ))?;
    Ok(added > 0)
}

/// Photos whose entry is not signed yet: attached, then the phone was killed.
pub(crate) fn unfinished_photos(connection: &Connection) -> Result<Vec<PhotoRow>, Error> {
    photos_where(connection, "entry IS NULL AND problem IS NULL", [])
}

/// The photos of a document attached here.
pub(crate) fn photos_of(connection: &Connection, document: &DocumentId) -> Result<Vec<PhotoRow>, Error> {
    photos_where(connection, "document = ?1", [document.0])
}

fn photos_where(
    connection: &Connection,
    condition: &'static str,
    parameters: impl rusqlite::Params,
) -> Result<Vec<PhotoRow>, Error> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT document, question, instance, original, bytes, actor, wall_ms, mono_ms, server_ms, entry, problem
         FROM photo WHERE {condition} ORDER BY position"
    ))?;
    let rows = statement.query_map(parameters, photo)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Notes how a photo ended: with its entry, or with the reason why it has none.
pub(crate) fn finish_photo(
    transaction: &Transaction<'_>,
    photo: &PhotoRow,
    end: Result<&Digest, &str>,
) -> Result<(), Error> {
    transaction
        .prepare_cached(
            "UPDATE photo SET entry = ?5, problem = ?6
             WHERE document = ?1 AND question = ?2 AND instance = ?3 AND original = ?4",
        )?
        .execute((
            photo.document.0,
            &photo.question,
            &photo.instance,
            photo.original.0,
            end.ok().map(|id| id.0),
            end.err(),
        ))?;
    Ok(())
}

/// How many photos could not be made ready, or have a damaged file.
pub(crate) fn photos_with_problems(connection: &Connection) -> Result<u64, Error> {
    let count: i64 = connection
        .prepare_cached(
            "SELECT (SELECT count(*) FROM photo WHERE problem IS NOT NULL)
                  + (SELECT count(*) FROM blob WHERE problem IS NOT NULL AND uploaded = 0)",
        )?
        .query_row([], |row| row.get(0))?;
    Ok(count as u64)
}

/// Queues a file for upload in its class.
pub(crate) fn queue(
    transaction: &Transaction<'_>,
    sha256: &Digest,
    bytes: u64,
    class: u8,
    entry: &Digest,
) -> Result<(), Error> {
    transaction
        .prepare_cached(
            "INSERT INTO blob (sha256, bytes, class, entry, uploaded) VALUES (?1, ?2, ?3, ?4, 0)
             ON CONFLICT (sha256) DO NOTHING",
        )?
        .execute((sha256.0, bytes as i64, class, entry.0))?;
    Ok(())
}

/// Another entry announces a photo and its files.
pub(crate) fn announced_by(transaction: &Transaction<'_>, old: &Digest, new: &Digest) -> Result<(), Error> {
    transaction.prepare_cached("UPDATE blob SET entry = ?2 WHERE entry = ?1")?.execute((old.0, new.0))?;
    transaction.prepare_cached("UPDATE photo SET entry = ?2 WHERE entry = ?1")?.execute((old.0, new.0))?;
    Ok(())
}

/// A file that the server has given leave to upload.
pub(crate) struct WaitingBlob {
    pub(crate) sha256: Digest,
    pub(crate) bytes: u64,
    pub(crate) path: String,
    /// The entry that announces it.
    pub(crate) entry: Digest,
    /// Its place among those to upload.
    pub(crate) order: usize,
}

/// Files to upload now, thumbnails first.
pub(crate) fn to_upload(connection: &Connection) -> Result<Vec<WaitingBlob>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT sha256, bytes, path, entry FROM blob
         WHERE uploaded = 0 AND path IS NOT NULL AND problem IS NULL ORDER BY class, bytes",
    )?;
    let mut rows = statement.query([])?;
    let mut waiting = Vec::new();
    while let Some(row) = rows.next()? {
        waiting.push(WaitingBlob {
            sha256: Digest(row.get(0)?),
            bytes: row.get::<_, i64>(1)? as u64,
            path: row.get(2)?,
            entry: Digest(row.get(3)?),
            order: waiting.len(),
        });
    }
    Ok(waiting)
}

/// Replaces the leaves to upload by those of the newest answer. When these are all (`no_more`), the server holds every
/// other file whose entry it has, whatever was decided on that: a colleague may have sent the same photo.
pub(crate) fn grant(transaction: &Transaction<'_>, grants: &[(Digest, String)], no_more: bool) -> Result<(), Error> {
    transaction.prepare_cached("UPDATE blob SET path = NULL WHERE path IS NOT NULL")?.execute([])?;
    for (sha256, path) in grants {
        transaction
            .prepare_cached("UPDATE blob SET path = ?2, uploaded = 0 WHERE sha256 = ?1")?
            .execute((sha256.0, path))?;
    }
    if no_more {
        transaction
            .prepare_cached(
                "UPDATE blob SET uploaded = 1 WHERE uploaded = 0 AND path IS NULL
                 AND entry IN (SELECT id FROM record WHERE standing IN ('taken', 'held', 'declined'))",
            )?
            .execute([])?;
    }
    Ok(())
}

/// The file cannot be sent.
pub(crate) fn damaged(transaction: &Transaction<'_>, sha256: &Digest, problem: &str) -> Result<(), Error> {
    transaction.prepare_cached("UPDATE blob SET problem = ?2 WHERE sha256 = ?1")?.execute((sha256.0, problem))?;
    Ok(())
}

/// The server has the whole file.
pub(crate) fn uploaded(transaction: &Transaction<'_>, sha256: &Digest) -> Result<(), Error> {
    transaction.prepare_cached("UPDATE blob SET uploaded = 1, path = NULL WHERE sha256 = ?1")?.execute([sha256.0])?;
    Ok(())
}

/// Whether the server is known to hold this file; none when it is not queued here.
pub(crate) fn is_uploaded(connection: &Connection, sha256: &Digest) -> Result<Option<bool>, Error> {
    Ok(connection
        .prepare_cached("SELECT uploaded FROM blob WHERE sha256 = ?1")?
        .query_row([sha256.0], |row| row.get(0))
        .optional()?)
}

/// Files not uploaded, by class: (class, count, bytes).
pub(crate) fn backlog(connection: &Connection) -> Result<Vec<(u8, u64, u64)>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT class, count(*), sum(bytes) FROM blob WHERE uploaded = 0 AND problem IS NULL GROUP BY class",
    )?;
    let rows =
        statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)? as u64, row.get::<_, i64>(2)? as u64)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn photo(row: &Row<'_>) -> rusqlite::Result<PhotoRow> {
    Ok(PhotoRow {
        document: DocumentId(row.get(0)?),
        question: row.get(1)?,
        instance: row.get(2)?,
        original: Digest(row.get(3)?),
        bytes: row.get::<_, i64>(4)? as u64,
        actor: row.get(5)?,
        attached: Stamp { wall_ms: row.get(6)?, mono_ms: row.get(7)?, server_ms: row.get(8)? },
        entry: row.get::<_, Option<[u8; 32]>>(9)?.map(Digest),
        problem: row.get(10)?,
    })
}
