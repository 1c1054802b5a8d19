//! `/v1/openapi.json`: every route for programs, described.

#![allow(dead_code, reason = "functions that stand for routes of elsewhere carry their description")]

use crate::App;
use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use std::sync::Arc;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

/// The routes that are described here and live elsewhere.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Wurao",
        description = "Inspections that leave a village in peace: what other systems may read, and what phones say. \
                       Lists under /v1/api go on from the `next` of the page before.",
    ),
    paths(health, description, inspections, inspection, plan, checkpoint, consistency, entry, enrol, sync)
)]
struct Elsewhere;

/// The description, put together with that of the routes under `/v1/api`.
pub(super) fn routes(described: utoipa::openapi::OpenApi) -> Router<App> {
    let mut whole = Elsewhere::openapi();
    whole.merge(described);
    let token = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("a service account's token, wurao_ and 64 hexadecimal digits"))
        .build();
    whole.components.get_or_insert_default().add_security_scheme("token", SecurityScheme::Http(token));
    let text: Arc<str> = whole.to_json().unwrap_or_default().into();
    let serve = async move || ([(header::CONTENT_TYPE, "application/json")], text.to_string()).into_response();
    Router::new().route("/v1/openapi.json", get(serve))
}

/// Whether the server answers.
#[utoipa::path(get, path = "/healthz", tag = "server", responses(
    (status = 200, description = "it does", body = String, content_type = "text/plain")))]
fn health() {}

/// This description.
#[utoipa::path(get, path = "/v1/openapi.json", tag = "server", responses(
    (status = 200, description = "OpenAPI 3.1", content_type = "application/json")))]
fn description() {}

/// All inspections in the scope of who is signed in, for comparing with phones.
#[utoipa::path(get, path = "/export.json", tag = "export", responses(
    (status = 200, description = "the list", body = serde_json::Value),
    (status = 303, description = "nobody is signed in")))]
fn inspections() {}

/// One inspection with every value in force, for comparing with phones.
#[utoipa::path(get, path = "/inspections/{document}/export.json", tag = "export",
    params(("document" = String, Path, description = "its id")), responses(
    (status = 200, description = "the inspection", body = serde_json::Value),
    (status = 303, description = "nobody is signed in"),
    (status = 404, description = "nothing of that id in scope")))]
fn inspection() {}

/// The plan of a year as the signed-in reader sees it.
#[utoipa::path(get, path = "/plan/{year}/export.json", tag = "export",
    params(("year" = String, Path, description = "the year")), responses(
    (status = 200, description = "the plan", body = serde_json::Value),
    (status = 303, description = "nobody is signed in"),
    (status = 404, description = "no such year")))]
fn plan() {}

/// The audit log as it stands, signed; for auditors.
#[utoipa::path(get, path = "/audit/checkpoint.json", tag = "audit", responses(
    (status = 200, description = "epoch, size, root and the signed record", body = serde_json::Value),
    (status = 303, description = "nobody is signed in"),
    (status = 403, description = "no auditor", body = String, content_type = "text/plain")))]
fn checkpoint() {}

/// The proof (RFC 6962) that the log of one size is the beginning of the log of another; for auditors.
#[utoipa::path(get, path = "/audit/consistency.json", tag = "audit",
    params(("from" = u64, Query, description = "the smaller size"), ("to" = u64, Query, description = "the larger")),
    responses(
    (status = 200, description = "the hashes of the proof", body = serde_json::Value),
    (status = 303, description = "nobody is signed in"),
    (status = 400, description = "no sizes", body = String, content_type = "text/plain"),
    (status = 403, description = "no auditor", body = String, content_type = "text/plain"),
    (status = 422, description = "the log has never had these sizes in this order", body = String, content_type = "text/plain")))]
fn consistency() {}

/// One entry of the log with the proof (RFC 6962) that it stands there; for auditors.
#[utoipa::path(get, path = "/audit/entry.json", tag = "audit",
    params(("position" = u64, Query, description = "from 0"),
           ("size" = Option<u64>, Query, description = "of which log; as it stands when it is not given")),
    responses(
    (status = 200, description = "the entry and the hashes beside its way to the root", body = serde_json::Value),
    (status = 303, description = "nobody is signed in"),
    (status = 400, description = "no position", body = String, content_type = "text/plain"),
    (status = 403, description = "no auditor", body = String, content_type = "text/plain"),
    (status = 404, description = "no such entry", body = String, content_type = "text/plain")))]
fn entry() {}

/// A phone comes in by a one-time code: a signed request in deterministic CBOR. A refusal is its code as plain text.
#[utoipa::path(post, path = "/v1/enrol", tag = "phone",
    request_body(content = Vec<u8>, content_type = "application/cbor"), responses(
    (status = 200, description = "the phone's device record and its people's", content_type = "application/cbor"),
    (status = 400, description = "cannot be read", body = String, content_type = "text/plain"),
    (status = 401, description = "not signed by the key it brings", body = String, content_type = "text/plain"),
    (status = 403, description = "no such code", body = String, content_type = "text/plain"),
    (status = 413, description = "too large", body = String, content_type = "text/plain"),
    (status = 422, description = "cannot be used", body = String, content_type = "text/plain"),
    (status = 503, description = "too many wrong codes, or too busy", body = String, content_type = "text/plain")))]
fn enrol() {}

/// Push, pull and acknowledgement in one: signed frames, see `core/protocol`. A refusal is its code as plain text.
#[utoipa::path(post, path = "/v1/sync", tag = "phone",
    request_body(content = Vec<u8>, content_type = "application/vnd.wurao.sync"), responses(
    (status = 200, description = "what became of the push, and what is new", content_type = "application/octet-stream"),
    (status = 400, description = "cannot be read", body = String, content_type = "text/plain"),
    (status = 401, description = "not signed by a known phone", body = String, content_type = "text/plain"),
    (status = 403, description = "not allowed", body = String, content_type = "text/plain"),
    (status = 409, description = "a counter that was there before", body = String, content_type = "text/plain"),
    (status = 413, description = "too large", body = String, content_type = "text/plain"),
    (status = 422, description = "cannot be used", body = String, content_type = "text/plain"),
    (status = 503, description = "too busy", body = String, content_type = "text/plain")))]
fn sync() {}
