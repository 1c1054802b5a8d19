//! The pages of divisions and sites.

use super::csv::Table;
use super::fault::{Fault, Stop};
use super::form::{Typed, administers, brought, faulty, write};
use super::{divisions, sites};
use crate::days;
use crate::page::view::{DivisionsView, SitesView};
use crate::pages::Reader;
use crate::people::text;
use crate::store::Tx;
use crate::{App, Error, Scope};
use axum::extract::{Multipart, State};
use axum::http::StatusCode;
use axum::response::Response;

pub(super) async fn divisions(State(app): State<App>, reader: Reader) -> Result<Response, Response> {
    let scope = administers(&reader)?;
    show_divisions(&app, &reader, scope, StatusCode::OK, DivisionsView::default()).await
}

pub(super) async fn import_divisions(
    State(app): State<App>,
    reader: Reader,
    form: Multipart,
) -> Result<Response, Response> {
    let scope = administers(&reader)?;
    let brought = match brought(form).await? {
        Ok(brought) => brought,
        Err(fault) => {
            let (status, fault) = faulty(&reader, fault.into())?;
            let view = DivisionsView { fault: Some(fault), ..DivisionsView::default() };
            return show_divisions(&app, &reader, scope, status, view).await;
        }
    };
    let (within, keys, now) = (scope.clone(), std::sync::Arc::clone(app.keys()), app.now_ms());
    let taken = match table(&app, brought.bytes, divisions::COLUMNS, 2).await {
        Ok(table) => {
            let job = move |tx: &Tx<'_>| {
                let lines = divisions::import(tx, &within, &table)?;
                divisions::refresh(tx, &keys, now)?;
                Ok(lines)
            };
            write(&app, job).await
        }
        Err(stop) => Err(stop),
    };
    let (status, view) = match taken {
        Ok(lines) => (StatusCode::OK, DivisionsView { taken: Some(lines), ..DivisionsView::default() }),
        Err(stop) => {
            let (status, fault) = faulty(&reader, stop)?;
            (status, DivisionsView { fault: Some(fault), csv: brought.pasted, ..DivisionsView::default() })
        }
    };
    show_divisions(&app, &reader, scope, status, view).await
}

/// Reads a table before anything waits to be written, one at a time and not in the way of other requests.
async fn table(app: &App, bytes: Vec<u8>, columns: &'static [&'static str], needed: usize) -> Result<Table, Stop> {
    let turn = app.imports().acquire().await.map_err(|_| Error::Closed)?;
    let read = tokio::task::spawn_blocking(move || Table::read(&bytes, columns, needed)).await;
    drop(turn);
    Ok(read.map_err(|_| Error::Panicked)??)
}

async fn show_divisions(
    app: &App,
    reader: &Reader,
    scope: Scope,
    status: StatusCode,
    view: DivisionsView,
) -> Result<Response, Response> {
    let example = example_of_divisions(&scope);
    let rows = app.store().read(move |db| divisions::listed(db, &scope)).await;
    let rows = rows.map_err(|error| reader.failed(&error))?;
    let view = DivisionsView { rows, example, ..view };
    Ok(reader.page(status, view.render(&reader.frame)))
}

/// A town with two villages in the reader's own area. The names are invented.
fn example_of_divisions(scope: &Scope) -> String {
    let county = county_of(scope);
    format!(
        "{}\n{county}101000,梅花镇,Meihua Town,,,\n{county}101201,上村,Shangcun,,,\n{county}101202,下村,Xiacun,,,\n",
        divisions::COLUMNS.join(","),
    )
}

/// The six digits of a county in a scope.
fn county_of(scope: &Scope) -> String {
    format!("{:0<6}", scope.prefix().chars().take(6).collect::<String>()).replace("000000", "431124")
}

pub(super) async fn sites(State(app): State<App>, reader: Reader) -> Result<Response, Response> {
    let scope = administers(&reader)?;
    show_sites(&app, &reader, scope, StatusCode::OK, SitesView::default()).await
}

pub(super) async fn import_sites(
    State(app): State<App>,
    reader: Reader,
    form: Multipart,
) -> Result<Response, Response> {
    let scope = administers(&reader)?;
    let brought = match brought(form).await? {
        Ok(brought) => brought,
        Err(fault) => {
            let (status, fault) = faulty(&reader, fault.into())?;
            let view = SitesView { fault: Some((false, fault)), ..SitesView::default() };
            return show_sites(&app, &reader, scope, status, view).await;
        }
    };
    let (within, own) = (scope.clone(), app.clone());
    let taken = match table(&app, brought.bytes, sites::COLUMNS, 3).await {
        Ok(table) => write(&app, move |tx| sites::import(tx, &own, &within, &table)).await,
        Err(stop) => Err(stop),
    };
    let (status, view) = match taken {
        Ok(taken) => (StatusCode::OK, SitesView { taken: Some(taken), ..SitesView::default() }),
        Err(stop) => {
            let (status, fault) = faulty(&reader, stop)?;
            (status, SitesView { fault: Some((false, fault)), csv: brought.pasted, ..SitesView::default() })
        }
    };
    show_sites(&app, &reader, scope, status, view).await
}

pub(super) async fn add_site(State(app): State<App>, reader: Reader, typed: Typed) -> Result<Response, Response> {
    let scope = administers(&reader)?;
    let fields = (typed.get("zh").to_owned(), typed.get("en").to_owned(), typed.get("division").trim().to_owned());
    let (within, own, given) = (scope.clone(), app.clone(), fields.clone());
    let taken = write(&app, move |tx| {
        let said = sites::Said {
            id: None,
            zh: text::name(&given.0).map_err(Fault::Text)?,
            en: text::name_or_nothing(&given.1).map_err(Fault::Text)?,
            division: given.2,
        };
        divisions::shape(&said.division).map_err(|fault| Stop::Fault(Fault::Code12(fault)))?;
        sites::add(tx, &own, &within, &said)
    });
    let (status, view) = match taken.await {
        Ok(taken) => (StatusCode::OK, SitesView { taken: Some(taken), ..SitesView::default() }),
        Err(stop) => {
            let (status, fault) = faulty(&reader, stop)?;
            (status, SitesView { fault: Some((true, fault)), typed: fields, ..SitesView::default() })
        }
    };
    show_sites(&app, &reader, scope, status, view).await
}

async fn show_sites(
    app: &App,
    reader: &Reader,
    scope: Scope,
    status: StatusCode,
    view: SitesView,
) -> Result<Response, Response> {
    let county = county_of(&scope);
    let example = format!("{}\n上村,Shangcun,{county}101201,\n下村,Xiacun,{county}101202,\n", sites::COLUMNS.join(","));
    let rows = app.store().read(move |db| sites::listed(db, &scope)).await;
    let rows = rows.map_err(|error| reader.failed(&error))?;
    let view = SitesView { rows, example, today: days::today(app.now_ms()), ..view };
    Ok(reader.page(status, view.render(&reader.frame)))
}
