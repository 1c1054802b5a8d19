//! The log's checkpoints and proofs for who audits. They are hashes: whoever may see them learns nothing of what they are
//! about, but how much came about, so they are for auditors alone.

use super::checkpoint::make;
use super::command::prove;
use super::nodes::{Kept, size};
use crate::people::{Login, Role};
use crate::{App, Error};
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use wurao_protocol::Problem;
use wurao_protocol::merkle::log;
use wurao_protocol::record::Checkpoint;

/// Under `/audit`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/audit/checkpoint.json", get(newest))
        .route("/audit/consistency.json", get(consistency))
        .route("/audit/entry.json", get(entry))
}

/// A signed checkpoint as JSON: what it says, and the record itself.
pub(super) fn checkpoint(record: &[u8], made: &Checkpoint) -> Value {
    json!({
        "epoch": made.epoch,
        "size": made.size,
        "root": made.root.to_string(),
        "at_ms": made.at_ms,
        "record": hex::encode(record),
    })
}

fn audits(login: &Login) -> Result<(), Error> {
    login.may(Role::Auditor).map(|_| ()).ok_or_else(|| Error::refused(Problem::Forbidden, "auditor"))
}

fn answer(value: Value) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Json(value)).into_response()
}

async fn newest(State(app): State<App>, login: Login) -> Result<Response, Error> {
    audits(&login)?;
    let (keys, now) = (Arc::clone(app.keys()), app.now_ms());
    let (record, made) = app.store().write(move |tx| make(tx, &keys, now)).await?;
    Ok(answer(checkpoint(&record, &made)))
}

#[derive(Deserialize)]
struct Sizes {
    from: u64,
    to: u64,
}

async fn consistency(State(app): State<App>, login: Login, Query(sizes): Query<Sizes>) -> Result<Response, Error> {
    audits(&login)?;
    let Sizes { from, to } = sizes;
    let proof = app.store().read(move |db| {
        let known = to <= size(db)?;
        Ok(if known { log::consistency(&Kept(db), from, to)? } else { None })
    });
    let proof = proof.await?.ok_or_else(|| Error::refused(Problem::Field, "from, to"))?;
    let proof: Vec<String> = proof.iter().map(ToString::to_string).collect();
    Ok(answer(json!({ "from": from, "to": to, "proof": proof })))
}

#[derive(Deserialize)]
struct Place {
    position: u64,
    size: Option<u64>,
}

async fn entry(State(app): State<App>, login: Login, Query(place): Query<Place>) -> Result<Response, Error> {
    audits(&login)?;
    let found = app.store().read(move |db| prove(db, place.position, place.size)).await?;
    Ok(answer(found.ok_or_else(|| Error::refused(Problem::NotFound, "entry"))?))
}
