//! The last byte has come: what arrived is checked, and becomes a blob or nothing.

use super::capability::Wanted;
use crate::files::{Files, hash, sync_folder_of};
use crate::store::Tx;
use crate::{App, Error, audit};
use rusqlite::params;
use std::fs::File;
use std::io::{BufReader, Seek};
use std::path::Path;
use wurao_protocol::audit::Event;
use wurao_protocol::{Digest, DocumentId};

const OTHER: &str = "other bytes than announced";

/// Checks a whole part file and makes it a blob; or says why it is none, and leaves it where it lies.
pub(super) async fn finish(app: &App, wanted: &Wanted) -> Result<Option<String>, Error> {
    let (files, blob, expected) = (app.files().clone(), wanted.clone(), wanted.sha256);
    let fault = tokio::task::spawn_blocking(move || settle(&files, &blob)).await.map_err(|_| Error::Panicked)??;
    if fault.is_some() {
        return Ok(fault);
    }
    let (bytes, now) = (wanted.bytes, app.now_ms());
    app.store().write(move |tx| arrived(tx, &expected, bytes, now)).await?;
    Ok(None)
}

/// [`finish`] for code outside of the asynchronous runtime.
pub(crate) fn finish_now(app: &App, wanted: &Wanted) -> Result<Option<String>, Error> {
    let fault = settle(app.files(), wanted)?;
    if fault.is_none() {
        let (sha256, bytes, now) = (wanted.sha256, wanted.bytes, app.now_ms());
        app.store().write_blocking(move |tx| arrived(tx, &sha256, bytes, now))?;
    }
    Ok(fault)
}

pub(super) fn arrived(tx: &Tx<'_>, sha256: &Digest, bytes: u64, now_ms: i64) -> Result<(), Error> {
    let sql = "INSERT INTO blob (sha256, bytes, arrived_ms) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    if tx.execute(sql, params![sha256.0, bytes as i64, now_ms])? > 0 {
        audit::note(tx, Event::Blob, &[&sha256.0], "")?;
    }
    let sql = "SELECT document FROM evidence WHERE thumbnail = ?1 OR rendition = ?1 OR original = ?1";
    let mut statement = tx.prepare_cached(sql)?;
    let documents = statement.query_map(params![sha256.0], |row| Ok(DocumentId(row.get(0)?)))?;
    for document in documents {
        tx.touch(document?);
    }
    Ok(())
}

/// Where a part is gone and its blob is there, the server stopped before its row was on disk; or somebody has put another file there.
fn settle(files: &Files, wanted: &Wanted) -> Result<Option<String>, Error> {
    let (part, blob) = (files.part(&wanted.sha256, wanted.bytes), files.blob(&wanted.sha256));
    if !part.exists() && blob.exists() {
        let mut file = File::open(&blob).map_err(Error::file("open", &blob))?;
        return Ok((hash(&mut file, &blob)? != wanted.sha256).then(|| OTHER.to_owned()));
    }
    let mut file = File::open(&part).map_err(Error::file("open", &part))?;
    if hash(&mut file, &part)? != wanted.sha256 {
        return Ok(Some(OTHER.to_owned()));
    }
    file.rewind().map_err(Error::file("read", &part))?;
    if let Some(fault) = picture_fault(&file, &wanted.media_type) {
        return Ok(Some(fault));
    }
    file.sync_all().map_err(Error::file("flush", &part))?;
    let folder = blob.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(Error::file("make the folder", folder))?;
    std::fs::rename(&part, &blob).map_err(Error::file("rename to", &blob))?;
    sync_folder_of(&blob)?;
    sync_folder_of(folder)?;
    Ok(None)
}

/// Why the bytes are no intact picture; no pixel is decoded to tell.
fn picture_fault(file: &File, media_type: &str) -> Option<String> {
    if media_type != "image/jpeg" {
        return None;
    }
    wurao_evidence::scan(BufReader::new(file)).err().map(|error| error.code().to_owned())
}
