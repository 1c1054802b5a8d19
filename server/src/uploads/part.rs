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

/// How much of the blob is here. Looking removes nothing: a whole part that is no blob counts as none of it, and is
/// written over from its first byte.
pub(super) async fn length(app: &App, wanted: &Wanted) -> Result<u64, Error> {
    let blob = wanted.sha256;
    if app.store().read(move |db| rows::has_blob(db, &blob)).await? {
        return Ok(wanted.bytes);
    }
    let part = app.files().part(&blob, wanted.bytes);
    match tokio::fs::metadata(&part).await {
        Ok(found) if found.len() < wanted.bytes => return Ok(found.len()),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(Error::file("look at", &part)(error)),
        Err(_) if !app.files().blob(&blob).exists() => return Ok(0),
        _ => {}
    }
    // All was here when the server stopped, before it was looked at or its row was written.
    Ok(if finish::finish(app, wanted).await?.is_none() { wanted.bytes } else { 0 })
}

/// How much of a blob that is still wanted is here, when that is something.
pub(crate) async fn begun(app: &App, wanted: &Wanted) -> Result<Option<u64>, Error> {
    let part = app.files().part(&wanted.sha256, wanted.bytes);
    match tokio::fs::metadata(&part).await {
        Ok(found) => Ok((0 < found.len() && found.len() < wanted.bytes).then_some(found.len())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::file("look at", &part)(error)),
    }
}

/// Throws away a whole part that is no blob.
pub(super) async fn remove(app: &App, wanted: &Wanted) -> Result<(), Error> {
    let part = app.files().part(&wanted.sha256, wanted.bytes);
    tokio::fs::remove_file(&part).await.map_err(Error::file("remove", &part))
}

/// Appends what the body brings and says how much is here then. A body that is cut leaves what came.
pub(super) async fn append(
    app: &App,
    wanted: &Wanted,
    mut here: u64,
    body: Body,
    turn: &mut Turn,
) -> Result<u64, Error> {
    let part = app.files().part(&wanted.sha256, wanted.bytes);
    let opened = tokio::fs::OpenOptions::new().create(true).append(true).open(&part).await;
    let mut file = opened.map_err(Error::file("open", &part))?;
    if here == 0 {
        file.set_len(0).await.map_err(Error::file("empty", &part))?;
    }
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
