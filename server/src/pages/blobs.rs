//! Photos, by their hash, for those whose scope sees an inspection they belong to.

use super::Reader;
use crate::scope::Scope;
use crate::store::read;
use crate::{App, Error};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use rusqlite::{Connection, OptionalExtension as _, params};
use std::io::ErrorKind;
use tokio::fs::File;
use tokio::io::AsyncReadExt;
use wurao_protocol::Digest;

/// How much of a file is in memory at a time.
const PIECE: usize = 64 << 10;

/// A photo's file. Its bytes never change, so the reader's own browser may keep it; a shared cache may not. One that is gone, or
/// not as long as what arrived, is no photo: there is a page that says so, and nobody keeps that.
pub(super) async fn serve(
    State(app): State<App>,
    Path(sha256): Path<String>,
    reader: Reader,
) -> Result<Response, Error> {
    let nothing = Ok(StatusCode::NOT_FOUND.into_response());
    let Ok(sha256) = sha256.parse::<Digest>() else { return nothing };
    let scope = reader.scope.clone();
    let Some(bytes) = app.store().read(move |db| seen(db, &scope, &sha256)).await? else { return nothing };
    let path = app.files().blob(&sha256);
    let Some(file) = whole(&path, bytes).await? else {
        tracing::error!("{} is gone or not whole; the next start asks phones for it again", path.display());
        return Ok(reader.not_found());
    };
    let about = [
        (header::CONTENT_TYPE, "image/jpeg".to_owned()),
        (header::CONTENT_LENGTH, bytes.to_string()),
        (header::CACHE_CONTROL, "private, max-age=31536000, immutable".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    Ok((about, Body::from_stream(pieces(file))).into_response())
}

/// How long a photo was when it arrived; none of one that is not here or that nobody sees in this scope.
fn seen(db: &Connection, scope: &Scope, sha256: &Digest) -> Result<Option<u64>, Error> {
    if !read::sees_blob(db, scope, sha256)? {
        return Ok(None);
    }
    let mut statement = db.prepare_cached("SELECT bytes FROM blob WHERE sha256 = ?1")?;
    Ok(statement.query_row(params![sha256.0], |row| row.get::<_, i64>(0)).optional()?.map(|bytes| bytes as u64))
}

/// The file, when it is there and of this length.
async fn whole(path: &std::path::Path, bytes: u64) -> Result<Option<File>, Error> {
    let file = match File::open(path).await {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(Error::file("open", path))?,
    };
    let here = file.metadata().await.map_err(Error::file("measure", path))?;
    Ok((here.is_file() && here.len() == bytes).then_some(file))
}

fn pieces(file: File) -> impl stream::Stream<Item = std::io::Result<Vec<u8>>> {
    stream::try_unfold(file, async |mut file| {
        let mut piece = Vec::with_capacity(PIECE);
        let read = (&mut file).take(PIECE as u64).read_to_end(&mut piece).await?;
        Ok((read > 0).then_some((piece, file)))
    })
}
