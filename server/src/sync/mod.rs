//! `POST /v1/sync`: push, acknowledgement and pull in one round trip.
//!
//! [`exchange`] hears a request and tells its answer, frame by frame. [`push`] checks signatures, off the writer. [`take`]
//! is the one write of a frame: what is new is stored, covered, decided and projected, all of it or nothing. [`answer`]
//! reads what the device lacks.
//!
//! A change goes through three doors, each its own module: the gate ([`changes`]: is it one of this document, and by
//! whom), coverage ([`cover`]: did its author's device sign it), and the decision ([`decide`]: accepted or held).

mod answer;
mod apart;
mod arrival;
mod author;
mod bounds;
mod carried;
mod change_rows;
mod changes;
mod checked;
pub(crate) mod choose;
mod cover;
mod cursor;
mod decide;
mod devices;
mod doubt;
mod evidence;
mod exchange;
pub(crate) mod found;
mod history;
mod lates;
mod leaves;
mod load;
mod own;
mod project;
mod proofs;
mod push;
mod receipts;
mod records;
mod rules;
mod sessions;
pub(crate) mod settle;
mod take;
mod voids;
mod waivers;

pub(crate) use answer::wanted;
pub use checked::Checked;
pub(crate) use decide::{DEPENDS, decide};
pub(crate) use devices::keep_device;
pub(crate) use project::accepted_heads;

use crate::body::StillComing;
use crate::{App, Error};
use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Extension, Router};
use exchange::Exchange;
use futures_util::stream::{Stream, unfold};
use wurao_protocol::sync::parts::Part;
use wurao_protocol::sync::{Answer, IN_PARTS};

/// The phones' route.
pub fn routes() -> Router<App> {
    Router::new().route("/v1/sync", post(sync))
}

async fn sync(State(app): State<App>, body: Body) -> Result<Response, Error> {
    // Who comes when there is no place is sent away before anything is read; who finds one takes it once it is known who that is.
    if let Err(full) = app.syncs().enter() {
        return Ok(full.answer(body));
    }
    let mut exchange = Exchange::begin(app, body).await?;
    let headers = [(header::CONTENT_TYPE, "application/octet-stream"), (header::CACHE_CONTROL, "no-store")];
    if exchange.in_parts {
        return Ok((headers, Extension(StillComing), Body::from_stream(told(exchange))).into_response());
    }
    let mut parts = Vec::new();
    while let Some(part) = exchange.next().await? {
        parts.push(part);
    }
    Ok((headers, Answer::of_parts(parts)?.to_body()?).into_response())
}

/// The answer as it comes about. What stops it is its last part.
fn told(exchange: Exchange) -> impl Stream<Item = Result<Vec<u8>, Error>> {
    let begun = Some((exchange, vec![IN_PARTS]));
    unfold(begun, async |state| {
        let (mut exchange, mut bytes) = state?;
        let (part, state) = match exchange.next().await {
            Ok(None) => return None,
            Ok(Some(part)) => (part, true),
            Err(error) => (Part::Fault(error.log()), false),
        };
        let part = part.to_bytes().or_else(|problem| Part::Fault(problem).to_bytes());
        Some(match part {
            Ok(part) => {
                bytes.extend(part);
                (Ok(bytes), state.then_some((exchange, Vec::new())))
            }
            Err(problem) => (Err(problem.into()), None),
        })
    })
}
