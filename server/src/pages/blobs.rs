//! Photos, by their hash, for those whose scope sees an inspection they belong to.

use super::Reader;
use crate::store::read;
use crate::{App, Error};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::fs::File;
use tokio::io::AsyncReadExt;
use wurao_protocol::Digest;

/// How much of a file is in memory at a time.
const PIECE: usize = 64 << 10;

/// A photo's file. Its bytes never change, so the reader's own browser may keep it; a shared cache may not.
pub(super) async fn serve(
    State(app): State<App>,
    Path(sha256): Path<String>,
    reader: Reader,
) -> Result<Response, Error> {
    let nothing = Ok(StatusCode::NOT_FOUND.into_response());
    let Ok(sha256) = sha256.parse::<Digest>() else { return nothing };
    if !app.store().read(move |db| read::sees_blob(db, &reader.scope, &sha256)).await? {
        return nothing;
    }
    let path = app.files().blob(&sha256);
    let file = File::open(&path).await.map_err(Error::file("open", &path))?;
    let length = file.metadata().await.map_err(Error::file("measure", &path))?.len();
    let about = [
        (header::CONTENT_TYPE, "image/jpeg".to_owned()),
        (header::CONTENT_LENGTH, length.to_string()),
        (header::CACHE_CONTROL, "private, max-age=31536000, immutable".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    Ok((about, Body::from_stream(pieces(file))).into_response())
}

fn pieces(file: File) -> impl stream::Stream<Item = std::io::Result<Vec<u8>>> {
    stream::try_unfold(file, async |mut file| {
        let mut piece = Vec::with_capacity(PIECE);
        let read = (&mut file).take(PIECE as u64).read_to_end(&mut piece).await?;
        Ok((read > 0).then_some((piece, file)))
    })
}
