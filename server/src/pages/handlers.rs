//! One handler for each address.

use super::case::Case;
use super::{BLOBS, Checklists, Reader, assets, blobs, county, findings, inspection, phones, reader};
use crate::page::address;
use crate::page::view::{CountyView, FindingsView};
use crate::store::read;
use crate::{App, Error};
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use std::cmp::Reverse;

/// The pages, their files, the photos, and what every other address answers.
pub fn routes() -> Router<App> {
    Router::new()
        .route(address::COUNTY, get(show_county))
        .route(&format!("{}{{document}}", address::INSPECTIONS), get(show_inspection))
        .route(address::FINDINGS, get(show_findings))
        .route(address::PHONES, get(show_phones))
        .route(&format!("{}{{name}}", address::ASSETS), get(assets::serve))
        .route(&format!("{BLOBS}{{sha256}}"), get(blobs::serve))
        .layer(Extension(Checklists::default()))
        .fallback(nowhere)
}

async fn show_county(State(app): State<App>, Extension(checklists): Extension<Checklists>, reader: Reader) -> Response {
    let (scope, now, originals) = (reader.scope.clone(), reader.frame.now_ms, app.config().originals);
    let view = app.store().read(move |db| county::view(db, &checklists, &scope, now, originals)).await;
    reader.answer(view.map(Some), CountyView::render)
}

async fn show_inspection(
    State(app): State<App>,
    Extension(checklists): Extension<Checklists>,
    Path(document): Path<String>,
    reader: Reader,
) -> Response {
    match document.parse() {
        Ok(document) => inspection::page(&app, &reader, checklists, document, StatusCode::OK, None).await,
        // What is no document's name is no page either.
        Err(_) => reader.not_found(),
    }
}

async fn show_findings(
    State(app): State<App>,
    Extension(checklists): Extension<Checklists>,
    reader: Reader,
) -> Response {
    let scope = reader.scope.clone();
    let all = app.store().read(move |db| {
        let inspections = read::inspections(db, &scope)?.into_iter();
        let rows = inspections.map(|inspection| Ok(findings::rows(&Case::read(db, &checklists, inspection)?)));
        rows.collect::<Result<Vec<_>, Error>>()
    });
    let view = all.await.map(|rows| {
        let mut findings: Vec<_> = rows.into_iter().flatten().collect();
        findings.sort_by_key(|row| Reverse((row.finding.severity, row.at_ms)));
        Some(FindingsView { findings })
    });
    reader.answer(view, FindingsView::render)
}

async fn show_phones(State(app): State<App>, reader: Reader) -> Response {
    phones::page(&app, &reader, StatusCode::OK, None).await
}

async fn nowhere(State(app): State<App>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    reader::nowhere(&mut parts, &app).await
}
