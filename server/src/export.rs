//! Inspections as data: what the server holds, for whoever compares it with the phones.
//!
//! `GET /export.json` lists the inspections in the reader's scope; `GET /inspections/{document}/export.json` is one of
//! them: every value in force, who chose between which, what is held, who has left, findings, photos with the hashes of their files.
//!
//! Deliberately absent: the bytes of changes, records and photos. Who wants proof needs the signed case file, which is
//! another format.

use crate::page::address;
use crate::pages::{Case, Checklists, ChosenAnswer, Reader, SaidValue, blob_address, chosen, scalar_text};
use crate::store::read::{self, EvidenceInfo, Inspection};
use crate::store::rows;
use crate::{App, Error};
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use rusqlite::Connection;
use serde_json::{Value, json};
use wurao_protocol::envelope::{open, open_as};
use wurao_protocol::key::PublicKey;
use wurao_protocol::record::{Blob, Device};
use wurao_protocol::{DeviceId, DocumentId, Words};
use wurao_record::field;

/// The exports.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/export.json", get(all))
        .route(&format!("{}{{document}}/export.json", address::INSPECTIONS), get(one))
        .layer(Extension(Checklists::default()))
}

async fn all(State(app): State<App>, reader: Reader) -> Result<Response, Error> {
    let inspections = app.store().read(move |db| read::inspections(db, &reader.scope)).await?;
    Ok(answer(json!({ "inspections": inspections.iter().map(in_short).collect::<Vec<_>>() })))
}

async fn one(
    State(app): State<App>,
    Extension(checklists): Extension<Checklists>,
    Path(document): Path<String>,
    reader: Reader,
) -> Result<Response, Error> {
    let Ok(document) = document.parse::<DocumentId>() else {
        return Ok(StatusCode::NOT_FOUND.into_response());
    };
    let found = app.store().read(move |db| {
        let inspection = read::inspection(db, &reader.scope, &document)?;
        inspection.map(|inspection| whole(db, &Case::read(db, &checklists, inspection)?)).transpose()
    });
    Ok(found.await?.map_or_else(|| StatusCode::NOT_FOUND.into_response(), answer))
}

fn answer(value: Value) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Json(value)).into_response()
}

fn in_short(inspection: &Inspection) -> Value {
    json!({
        "document": inspection.document.to_string(),
        "site": words(&inspection.site.name),
        "state": state(inspection),
        "withdrawn": inspection.withdrawn_ms.is_some(),
        "registered": inspection.registered,
        "refused": inspection.refused().map(|day| day.to_string()),
    })
}

/// Voided goes before closed: what shall not count is not done either.
fn state(inspection: &Inspection) -> &'static str {
    match (inspection.voided_ms, inspection.closed_ms) {
        (Some(_), _) => "voided",
        (None, Some(_)) => "closed",
        (None, None) => "open",
    }
}

fn words(words: &Words) -> Value {
    json!({ "zh": words.zh, "en": words.en })
}

fn whole(db: &Connection, case: &Case) -> Result<Value, Error> {
    let leaves = case.leaves.iter().map(|info| json!({ "person": info.leave.person.to_string() }));
    let findings = case.evaluation.findings.iter().map(|finding| {
        json!({
            "question": finding.question,
            "instance": finding.instance,
            "severity": finding.severity.as_str(),
            "title": { "zh": finding.title.get("zh"), "en": finding.title.get("en") },
        })
    });
    Ok(json!({
        "document": case.inspection.document.to_string(),
        "state": state(&case.inspection),
        "refused": case.inspection.refused().map(|day| day.to_string()),
        "values": values(case),
        "held_changes": case.changes_in("held"),
        "waiting_changes": case.changes_in("waiting"),
        "leaves": leaves.collect::<Vec<_>>(),
        "answered": case.answered(),
        "questions": case.questions(),
        "missing": case.evaluation.missing.len(),
        "findings": findings.collect::<Vec<_>>(),
        "conflicts": case.conflicts(),
        "chosen": case.chosen(),
        "choices": chosen(db, case)?.iter().map(choice).collect::<Vec<_>>(),
        "photos": case.photos.iter().map(|info| photo(db, info)).collect::<Result<Vec<_>, _>>()?,
    }))
}

/// Every key with all its different values in force, the one shown first.
fn values(case: &Case) -> Vec<Value> {
    let keys = case.live.chunk_by(|a, b| (a.map, &a.key) == (b.map, &b.key));
    let value = |ops: &[wurao_record::OpRow]| {
        let values: Vec<String> = field(ops, &[]).values.iter().map(|held| scalar_text(&held.value)).collect();
        json!({ "map": ops[0].map.name(), "key": ops[0].key, "values": values })
    };
    keys.map(value).collect()
}

/// A choice behind a value in force, with all that was chosen among.
fn choice(answer: &ChosenAnswer) -> Value {
    let said = |said: &SaidValue| {
        json!({
            "value": said.value,
            "person": said.person.map(|person| person.to_string()),
            "at_ms": said.at_ms,
            "at_page": said.at_page,
            "chose": said.chose,
        })
    };
    let mut choice = said(&answer.chosen);
    choice["key"] = json!(answer.key);
    choice["among"] = answer.among.iter().map(said).collect();
    choice
}

fn photo(db: &Connection, info: &EvidenceInfo) -> Result<Value, Error> {
    let entry = &info.entry;
    Ok(json!({
        "original": entry.original.sha256.to_string(),
        "question": entry.question,
        "instance": entry.instance,
        "person": entry.person.to_string(),
        "device": info.device.to_string(),
        "signed": signed(db, info)?,
        "rendition": blob(&entry.rendition.blob, info.arrived.rendition),
        "thumbnail": blob(&entry.thumbnail.blob, info.arrived.thumbnail),
    }))
}

fn blob(blob: &Blob, arrived: bool) -> Value {
    json!({
        "sha256": blob.sha256.to_string(),
        "bytes": blob.bytes,
        "url": arrived.then(|| blob_address(&blob.sha256)),
    })
}

/// Whether the very bytes of the entry, as they are stored, carry the signature of its phone.
fn signed(db: &Connection, info: &EvidenceInfo) -> Result<bool, Error> {
    let key = device_key(db, &info.device)?;
    Ok(open(&rows::record_bytes(db, &info.record)?)?.verify(&key).is_ok())
}

fn device_key(db: &Connection, device: &DeviceId) -> Result<PublicKey, Error> {
    let sql = "SELECT r.bytes FROM device d JOIN record r ON r.id = d.record WHERE d.id = ?1";
    let bytes: Vec<u8> = db.prepare_cached(sql)?.query_row([device.0], |row| row.get(0))?;
    Ok(PublicKey::from_bytes(&open_as::<Device>(&bytes)?.body.key)?)
}
