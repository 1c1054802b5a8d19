//! What the page asks of the server, beside its files.

use super::keep::Standing;
use super::{code, files, keep, office};
use crate::limiter::Limiter;
use crate::{App, Error, Peer, body, permits};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use std::sync::Arc;
use wurao_protocol::feedback::{Feedback, PURPOSE};
use wurao_protocol::key::Signer;
use wurao_protocol::{Problem, cbor, seal};

/// The most bytes that a village can send at a time.
pub const MOST_SAID: usize = 2048;

const MINUTE_MS: i64 = 60_000;
/// How many wrong short codes one address may try in a minute: of nine hundred million.
const WRONG_CODES: usize = 10;
/// How much one address may say in a minute: a whole village may share one.
const SAID: usize = 30;

/// How much that names no visit of ours one address may say in a minute and in a day: there is room for few of it.
const STRAYS: usize = 5;
const STRAYS_A_DAY: usize = 40;

/// Tries by address, in memory only.
struct Tries {
    codes: Limiter,
    said: Limiter,
    strays: Limiter,
    strays_a_day: Limiter,
}

pub(super) fn routes() -> Router<App> {
    let tries = Tries {
        codes: Limiter::new(WRONG_CODES, MINUTE_MS),
        said: Limiter::new(SAID, MINUTE_MS),
        strays: Limiter::new(STRAYS, MINUTE_MS),
        strays_a_day: Limiter::new(STRAYS_A_DAY, 24 * 60 * MINUTE_MS),
    };
    Router::new()
        .route("/p/trust", get(trust))
        .route("/p/key", get(key))
        .route("/p/code/{code}", get(by_code))
        .route("/p/say", post(say))
        .layer(Extension(Arc::new(tries)))
        .merge(files::routes())
        .merge(office::routes())
}

/// The list of keys and withdrawals, as the record it is.
async fn trust(State(app): State<App>) -> Result<Response, Error> {
    Ok(bytes(permits::trust::serve(&app).await?))
}

/// The key that signs the list. The page keeps the first it sees.
async fn key(State(app): State<App>) -> Response {
    bytes(app.keys().records.public().to_bytes().to_vec())
}

/// The permits that nine digits may stand for: a CBOR list of records.
async fn by_code(
    State(app): State<App>,
    Extension(tries): Extension<Arc<Tries>>,
    peer: Peer,
    Path(typed): Path<String>,
) -> Result<Response, Error> {
    let now = app.now_ms();
    if !tries.codes.reserve(&peer.name(), now) {
        return Err(Problem::TooMany.into());
    }
    let code = code::parse(&typed).ok_or(Problem::NotFound)?;
    if app.store().read(code::is_behind).await? {
        app.store().write(code::note).await?;
    }
    let records = app.store().read(move |db| code::records(db, code)).await?;
    if records.is_empty() {
        return Err(Problem::NotFound.into());
    }
    tries.codes.give_back(&peer.name(), now);
    Ok(bytes(cbor::encode(&records)))
}

/// Takes what a village says.
async fn say(
    State(app): State<App>,
    Extension(tries): Extension<Arc<Tries>>,
    peer: Peer,
    body: Body,
) -> Result<StatusCode, Error> {
    let (now, address) = (app.now_ms(), peer.name());
    let sealed = body::whole(body, MOST_SAID).await?;
    let room = tries.said.reserve(&address, now);
    let feedback = match open(&app.keys().feedback, &sealed) {
        Ok(feedback) => feedback,
        Err(_) if !room => return Err(Problem::TooMany.into()),
        Err(error) => return Err(error),
    };
    let asked = feedback.clone();
    let free = match app.store().read(move |db| keep::standing(db, &asked)).await? {
        // A neighbour at the same address who says too much keeps no refusal out.
        Standing::FirstRefusal => true,
        Standing::OfAVisit => room,
        Standing::Stray => room && tries.strays.reserve(&address, now) && tries.strays_a_day.reserve(&address, now),
    };
    if !free {
        return Err(Problem::TooMany.into());
    }
    app.store().write(move |tx| keep::keep(tx, &feedback, false, now)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Opens what a village's page has sealed, however it came here.
pub fn open(secret: &wurao_protocol::key::SoftwareKey, sealed: &[u8]) -> Result<Feedback, Error> {
    if sealed.len() > MOST_SAID {
        return Err(Problem::TooLarge.into());
    }
    let plain = seal::open(secret, PURPOSE, sealed).map_err(|error| refused(&error))?;
    cbor::decode(&plain).map_err(|error| refused(&error))
}

fn refused(error: &dyn std::fmt::Display) -> Error {
    Error::refused(Problem::Sealed, error.to_string())
}

fn bytes(bytes: Vec<u8>) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/octet-stream"), (header::CACHE_CONTROL, "no-store")];
    (headers, bytes).into_response()
}
