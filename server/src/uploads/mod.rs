//! Where photos arrive: tus 1.0 (core and creation) under `/v1/uploads/{capability}`.
//!
//! An upload has no state but its part file: the offset is the file's length, so it goes on where it was cut, across
//! restarts of both sides. A capability is all that is asked for; it is good for one hash, length and content type.

pub(crate) mod capability;
mod finish;
pub(crate) mod gone;
mod headers;
mod part;
mod turns;

pub(crate) use finish::finish_now;
pub(crate) use part::begun;

use crate::{App, Error};
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use capability::Wanted;
use headers::{Answer, LENGTH, OFFSET};
pub(crate) use turns::Turns as Uploads;
use wurao_protocol::Problem;

/// The largest blob taken.
pub(crate) const MAX_BLOB: u64 = 64 << 20;

/// The uploads.
pub fn routes() -> Router<App> {
    Router::new().route("/v1/uploads/{capability}", post(create).head(look).patch(append).options(abilities))
}

async fn abilities() -> Answer {
    Answer::new(StatusCode::NO_CONTENT)
        .with(headers::VERSION, "1.0.0")
        .with(headers::EXTENSION, "creation")
        .with(headers::MAX_SIZE, MAX_BLOB)
}

async fn create(State(app): State<App>, Path(capability): Path<String>, headers: HeaderMap) -> Result<Response, Error> {
    let wanted = match admit(&app, &capability, &headers).await? {
        Ok(wanted) => wanted,
        Err(answer) => return Ok(answer.into_response()),
    };
    if headers::number(&headers, LENGTH) != Some(wanted.bytes) {
        return Err(Error::refused(Problem::Capability, "another length"));
    }
    let path = format!("/v1/uploads/{capability}");
    Ok(Answer::new(StatusCode::CREATED).with(header::LOCATION, path).into_response())
}

async fn look(State(app): State<App>, Path(capability): Path<String>, headers: HeaderMap) -> Result<Response, Error> {
    let wanted = match admit(&app, &capability, &headers).await? {
        Ok(wanted) => wanted,
        Err(answer) => return Ok(answer.into_response()),
    };
    // Waits for bytes that are just being written; a connection left behind by a cut gives up its turn.
    let turn = app.uploads().take(wanted.sha256).await;
    let offset = part::length(&app, &wanted).await?;
    drop(turn);
    Ok(Answer::new(StatusCode::OK)
        .with(OFFSET, offset)
        .with(LENGTH, wanted.bytes)
        .with(header::CACHE_CONTROL, "no-store")
        .into_response())
}

async fn append(
    State(app): State<App>,
    Path(capability): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Error> {
    let wanted = match admit(&app, &capability, &headers).await? {
        Ok(wanted) => wanted,
        Err(answer) => return Ok(answer.into_response()),
    };
    if headers.get(header::CONTENT_TYPE).is_none_or(|kind| kind != headers::CONTENT_TYPE) {
        return Ok(Answer::new(StatusCode::UNSUPPORTED_MEDIA_TYPE).into_response());
    }
    let Some(offset) = headers::number(&headers, OFFSET) else {
        return Ok(Answer::new(StatusCode::BAD_REQUEST).into_response());
    };
    let _place = match app.arriving().enter() {
        Ok(place) => place,
        Err(full) => return Ok(full.answer(body)),
    };
    let mut turn = app.uploads().take(wanted.sha256).await;
    let here = part::length(&app, &wanted).await?;
    if offset != here {
        return Ok(Answer::new(StatusCode::CONFLICT).with(OFFSET, here).into_response());
    }
    let here = part::append(&app, &wanted, here, body, &mut turn).await?;
    if here == wanted.bytes
        && let Some(fault) = finish::finish(&app, &wanted).await?
    {
        part::remove(&app, &wanted).await?;
        return Err(Error::refused(Problem::BlobHash, fault));
    }
    Ok(Answer::new(StatusCode::NO_CONTENT).with(OFFSET, here).into_response())
}

/// What every request but OPTIONS must show: the protocol version and a capability of ours that is still good.
async fn admit(app: &App, capability: &str, headers: &HeaderMap) -> Result<Result<Wanted, Answer>, Error> {
    if headers.get(headers::RESUMABLE).is_none_or(|version| version != "1.0.0") {
        return Ok(Err(Answer::new(StatusCode::PRECONDITION_FAILED).with(headers::VERSION, "1.0.0")));
    }
    let (capability, key, now_ms) = (capability.to_owned(), app.keys().uploads, app.now_ms());
    let wanted = app.store().read(move |db| Wanted::of_path(db, &capability, &key, now_ms)).await?;
    wanted.map(Ok).ok_or_else(|| Error::refused(Problem::Capability, "wrong or expired"))
}
