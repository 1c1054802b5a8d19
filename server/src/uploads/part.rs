//! The part file: what has arrived of a blob, and nothing else.

use super::capability::Wanted;
use super::finish;
use super::turns::Turn;
use crate::store::rows;
use crate::{App, Error};
use axum::body::Body;
use futures_util::StreamExt;
use tokio::io::AsyncWriteExt;
use wurao_protocol::Problem;

/// How much of the blob is here.
pub(super) async fn length(app: &App, wanted: &Wanted) -> Result<u64, Error> {
    let blob = wanted.sha256;
    if app.store().read(move |db| rows::has_blob(db, &blob)).await? {
        return Ok(wanted.bytes);
    }
    let part = app.files().part(&blob);
    match tokio::fs::metadata(&part).await {
        Ok(found) if found.len() < wanted.bytes => return Ok(found.len()),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(Error::file("look at", &part)(error)),
        Err(_) if !app.files().blob(&blob).exists() => return Ok(0),
        _ => {}
    }
    // All was here when the server stopped, before it was looked at or its row was written.
    finish::finish(app, wanted).await?;
    Ok(wanted.bytes)
}

/// Appends what the body brings and says how much is here then. A body that is cut leaves what came.
pub(super) async fn append(
    app: &App,
    wanted: &Wanted,
    mut here: u64,
    body: Body,
    turn: &mut Turn,
) -> Result<u64, Error> {
    let part = app.files().part(&wanted.sha256);
    let opened = tokio::fs::OpenOptions::new().create(true).append(true).open(&part).await;
    let mut file = opened.map_err(Error::file("open", &part))?;
    let mut chunks = body.into_data_stream();
    loop {
        let chunk = tokio::select! {
            chunk = chunks.next() => chunk,
            () = turn.over() => None,
        };
        let Some(Ok(chunk)) = chunk else { break };
        let length = here + chunk.len() as u64;
        if length > wanted.bytes {
            file.flush().await.map_err(Error::file("write", &part))?;
            return Err(Error::refused(Problem::TooLarge, "longer than announced"));
        }
        file.write_all(&chunk).await.map_err(Error::file("write", &part))?;
        here = length;
    }
    file.flush().await.map_err(Error::file("write", &part))?;
    Ok(here)
}
