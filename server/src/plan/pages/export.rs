//! `GET /plan/{year}/export.json`: a year's plan as far as the reader sees it.

use crate::days;
use crate::pages::Reader;
use crate::plan::{Filter, Hand, Item, Step, base, read};
use crate::{App, Error};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rusqlite::Connection;
use serde_json::{Value, json};
use wurao_protocol::Words;

pub(super) async fn plan(State(app): State<App>, Path(year): Path<String>, reader: Reader) -> Result<Response, Error> {
    let Some(year) = year.parse().ok().filter(|year| base::YEARS.contains(year)) else {
        return Ok(StatusCode::NOT_FOUND.into_response());
    };
    let hand = Hand::of(&reader.login, app.now_ms());
    let items = app.store().read(move |db| {
        let items = read::items(db, &hand.sight, &Filter { year: Some(year), id: None })?;
        items.iter().map(|item| one(db, item)).collect::<Result<Vec<_>, _>>()
    });
    let body = json!({ "year": year, "items": items.await? });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}

fn one(db: &Connection, item: &Item) -> Result<Value, Error> {
    let content = &item.content;
    let base = base::of(db, &item.body, content.level, content.year)?;
    Ok(json!({
        "id": item.id.to_string(),
        "number": item.number,
        "kind": content.kind.name(),
        "reason": content.reason,
        "body": { "id": item.body.to_string(), "name": words(&item.body_name) },
        "level": content.level.name(),
        "purpose": words(&content.purpose),
        "from": content.period.map(|period| days::show(period.from)),
        "to": content.period.map(|period| days::show(period.to)),
        "checklist": content.checklist.map(|hash| hash.to_string()),
        "minutes": content.minutes,
        "state": item.state.name(),
        "merged_into": item.merged_into.map(|into| read::number(db, &into)).transpose()?,
        "override_reason": item.override_reason,
        "base": base.map(|base| json!({ "year": base.year, "visits": base.visits })),
        "sites": item.sites.iter().map(|site| json!({
            "id": site.id.to_string(),
            "name": words(&site.name),
            "division": site.division,
            "permit": site.permit.map(|permit| permit.to_string()),
            "document": site.document.map(|document| document.to_string()),
            "withdrawn_ms": site.withdrawn_ms,
            "voided": site.voided.as_ref().map(|void| json!({ "at_ms": void.at_ms, "by": void.by, "reason": void.reason })),
            "begun": site.begun,
            "closed_ms": site.closed_ms,
        })).collect::<Vec<_>>(),
        "team": item.team.iter().map(|person| json!({ "id": person.id.to_string(), "name": person.name })).collect::<Vec<_>>(),
        "together_with": item.joint.iter().map(|joint| json!({
            "number": joint.number,
            "body": words(&joint.body_name),
            "purpose": words(&joint.purpose),
            "site": joint.site.to_string(),
        })).collect::<Vec<_>>(),
        "history": read::steps(db, &item.id)?.iter().map(step).collect::<Vec<_>>(),
    }))
}

fn step(step: &Step) -> Value {
    json!({ "at_ms": step.at_ms, "by": step.by, "deed": step.deed.name(), "comment": step.comment })
}

fn words(words: &Words) -> Value {
    json!({ "zh": words.zh, "en": words.en })
}
