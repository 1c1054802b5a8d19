//! `POST /v1/sync`: push, acknowledgement and pull in one round trip.
//!
//! [`push`] takes the request apart and checks its signatures, off the writer. [`take`] is the one write: what is new
//! is stored, covered, decided and projected, all of it or nothing. [`answer`] reads what the device lacks.
//!
//! A change goes through three doors, each its own module: the gate ([`changes`]: is it one of this document, and by
//! whom), coverage ([`cover`]: did its author's device sign it), and the decision ([`decide`]: accepted or held).

mod answer;
mod apart;
mod carried;
mod change_rows;
mod changes;
pub(crate) mod choose;
mod cover;
mod cursor;
mod decide;
mod devices;
mod doubt;
mod evidence;
pub(crate) mod found;
mod history;
mod lates;
mod leaves;
mod load;
mod own;
mod project;
mod push;
mod records;
mod rules;
mod sessions;
pub(crate) mod settle;
mod take;
mod voids;
mod waivers;

pub(crate) use answer::wanted;
pub(crate) use decide::DEPENDS;
pub(crate) use devices::keep_device;
pub(crate) use project::accepted_heads;

use crate::uploads::capability::Wanted;
use crate::{App, Error, body};
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use push::Push;
use std::sync::Arc;
use wurao_protocol::sync::{Answer, MAX_REQUEST, Upload};

/// The phones' route.
pub fn routes() -> Router<App> {
    Router::new().route("/v1/sync", post(sync))
}

async fn sync(State(app): State<App>, body: Body) -> Result<Response, Error> {
    let body = body::whole(body, MAX_REQUEST).await?;
    // Only now that it is here whole: a slow phone holds up nobody.
    let _turn = app.pushes().acquire().await.map_err(|_| Error::Closed)?;
    let (keys, server) = (Arc::clone(app.keys()), app.server());
    // Signatures and decompression take longer than a request may hold up the others.
    let push = tokio::task::spawn_blocking(move || Push::open(&body, server, &keys));
    let (head, push) = push.await.map_err(|_| Error::Panicked)??;
    let head = Arc::new(head);

    let (now, keys, pushed) = (app.now_ms(), Arc::clone(app.keys()), Arc::clone(&head));
    let originals = app.config().originals;
    let taken = app.store().write(move |tx| take::take(tx, &pushed, &push, &keys, originals, now)).await?;

    let taken = Arc::new(taken);
    let brought = Arc::clone(&taken);
    let pulled = app.store().read(move |db| answer::pull(db, &head, &brought, originals)).await?;
    let answer = Answer {
        server_ms: now,
        records: taken.brought.records.clone(),
        documents: taken.brought.documents.clone(),
        cursor: pulled.cursor,
        more: pulled.more,
        feed: pulled.feed,
        uploads: pulled.wanted.iter().map(|wanted| upload(&app, wanted)).collect(),
        more_uploads: pulled.more_wanted,
        log: taken.log.clone(),
        shown: taken.shown.clone(),
    };
    let headers = [(header::CONTENT_TYPE, "application/octet-stream"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, answer.to_body()?).into_response())
}

fn upload(app: &App, wanted: &Wanted) -> Upload {
    Upload { sha256: wanted.sha256, path: wanted.path(&app.keys().uploads, app.now_ms()) }
}
