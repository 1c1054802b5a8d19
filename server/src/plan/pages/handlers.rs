//! One handler for each address.

use super::form::Open;
use super::list::Shown;
use super::steps::{self, address, failed, status};
use super::{export, fill, form, list};
use crate::days;
use crate::page::address::PLAN;
use crate::page::view::{PlanBaseView, PlanFormView, PlanInboxView, PlanItemView, PlanRulesView, PlanView};
use crate::pages::Reader;
use crate::plan::form::{Fields, content, typed};
use crate::plan::{BaseFault, Content, Hand, PlanFault, base, draft, read};
use crate::{App, Error, Role};
use axum::Router;
use axum::extract::{Path, Query, RawForm, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use wurao_protocol::PlanItemId;

/// The plan's pages.
pub(in crate::plan) fn routes() -> Router<App> {
    Router::new()
        .route(PLAN, get(this_year))
        .route("/plan/{year}", get(show_plan))
        .route("/plan/{year}/export.json", get(export::plan))
        .route("/plan/inbox", get(show_inbox))
        .route("/plan/new", get(show_new).post(save_new))
        .route("/plan/items/{id}", get(show_item))
        .route("/plan/items/{id}/edit", get(show_edit).post(save_edit))
        .route("/plan/items/{id}/{step}", post(steps::take))
        .route("/plan/base", get(show_base).post(import_base))
        .route("/plan/rules", get(show_rules))
}

async fn this_year(State(app): State<App>, uri: Uri, _: Reader) -> Response {
    let year = days::year_of(days::today(app.now_ms())).unwrap_or_default();
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    Redirect::to(&format!("{PLAN}/{year}{query}")).into_response()
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    state: String,
    body: String,
    year: String,
    kind: String,
}

async fn show_plan(
    State(app): State<App>,
    Path(year): Path<String>,
    Query(asked): Query<Asked>,
    reader: Reader,
) -> Response {
    let Some(year) = year.parse().ok().filter(|year| base::YEARS.contains(year)) else {
        return reader.not_found();
    };
    let shown = Shown { state: asked.state.parse().ok(), body: asked.body.parse().ok() };
    let (hand, login) = (Hand::of(&reader.login, app.now_ms()), reader.login.clone());
    let view = app.store().read(move |db| list::plan(db, &hand, &login, year, &shown)).await;
    reader.answer(view.map(Some), PlanView::render)
}

async fn show_inbox(State(app): State<App>, reader: Reader) -> Response {
    if let Err(refused) = reader.may(Role::Approver) {
        return refused;
    }
    let hand = Hand::of(&reader.login, app.now_ms());
    let items = app.store().read(move |db| list::waiting(db, &hand)).await;
    reader.answer(items.map(|items| Some(PlanInboxView { items })), PlanInboxView::render)
}

async fn show_item(State(app): State<App>, Path(id): Path<String>, reader: Reader) -> Response {
    let Ok(id) = id.parse::<PlanItemId>() else { return reader.not_found() };
    let hand = Hand::of(&reader.login, app.now_ms());
    let view = app.store().read(move |db| fill::item(db, &hand, &id)).await;
    reader.answer(view, PlanItemView::render)
}

async fn show_new(State(app): State<App>, Query(asked): Query<Asked>, reader: Reader) -> Response {
    let hand = Hand::of(&reader.login, app.now_ms());
    let open = Open { typed: form::fresh(&hand, &asked.year, &asked.kind), ..Open::default() };
    show(&app, &reader, hand, open).await
}

async fn show_edit(State(app): State<App>, Path(id): Path<String>, reader: Reader) -> Response {
    let Ok(id) = id.parse::<PlanItemId>() else { return reader.not_found() };
    let hand = Hand::of(&reader.login, app.now_ms());
    let by = hand.clone();
    let found = app.store().read(move |db| by.planned(db, &id)).await;
    let open = match found {
        Ok(item) if !item.state.is_open() => return Redirect::to(&address(&id)).into_response(),
        Ok(item) => Open { id: Some(id), version: item.version, typed: typed(&item), faults: Vec::new() },
        Err(error) => return failed(&reader, &error),
    };
    show(&app, &reader, hand, open).await
}

async fn save_new(State(app): State<App>, reader: Reader, RawForm(body): RawForm) -> Response {
    save(&app, &reader, None, &Fields::of(&body)).await
}

async fn save_edit(State(app): State<App>, Path(id): Path<String>, reader: Reader, RawForm(body): RawForm) -> Response {
    match id.parse::<PlanItemId>() {
        Ok(id) => save(&app, &reader, Some(id), &Fields::of(&body)).await,
        Err(_) => reader.not_found(),
    }
}

/// Saves the form, or shows it again: with the sites searched for, or with what is wrong in it.
async fn save(app: &App, reader: &Reader, id: Option<PlanItemId>, fields: &Fields) -> Response {
    let hand = Hand::of(&reader.login, app.now_ms());
    let version = fields.parsed("version").unwrap_or(-1);
    let open = |faults| Open { id, version, typed: fields.typed(), faults };
    if fields.one("do") == "search" {
        return show(app, reader, hand, open(Vec::new())).await;
    }
    let content = match content(&fields.typed()) {
        Ok(content) => content,
        Err(faults) => return show(app, reader, hand, open(faults)).await,
    };
    match write(app, hand.clone(), id, version, content).await {
        Ok(Ok(id)) => Redirect::to(&address(&id)).into_response(),
        Ok(Err(faults)) => show(app, reader, hand, open(faults)).await,
        Err(error) => failed(reader, &error),
    }
}

async fn write(
    app: &App,
    hand: Hand,
    id: Option<PlanItemId>,
    version: i64,
    content: Content,
) -> Result<Result<PlanItemId, Vec<PlanFault>>, Error> {
    let fresh = PlanItemId(app.random()?);
    app.store()
        .write(move |tx| {
            let (id, done) = match id {
                Some(id) => (id, draft::edit(tx, &hand, &id, version, &content)?),
                None => (fresh, draft::draft(tx, &hand, fresh, &content)?),
            };
            Ok(done.map(|()| id))
        })
        .await
}

async fn show(app: &App, reader: &Reader, hand: Hand, open: Open) -> Response {
    let status = status(&open.faults);
    match app.store().read(move |db| form::view(db, &hand, open)).await {
        Ok(view) => reader.page(status, PlanFormView::render(&view, &reader.frame)),
        Err(error) => failed(reader, &error),
    }
}

async fn show_base(State(app): State<App>, reader: Reader) -> Response {
    bases(&app, &reader, PlanBaseView::default(), StatusCode::OK).await
}

async fn import_base(State(app): State<App>, reader: Reader, RawForm(body): RawForm) -> Response {
    let Some(scope) = fill::imports(&reader.login) else { return reader.forbidden() };
    let table = Fields::of(&body).one("table").to_owned();
    let text = table.clone();
    let done: Result<Result<u32, Vec<BaseFault>>, Error> =
        app.store().write(move |tx| base::import(tx, &scope, &text)).await;
    let (status, view) = match done {
        Ok(Ok(count)) => (StatusCode::OK, PlanBaseView { imported: Some(count), ..PlanBaseView::default() }),
        Ok(Err(faults)) => {
            (StatusCode::UNPROCESSABLE_ENTITY, PlanBaseView { faults, table, ..PlanBaseView::default() })
        }
        Err(error) => return failed(&reader, &error),
    };
    bases(&app, &reader, view, status).await
}

async fn bases(app: &App, reader: &Reader, view: PlanBaseView, status: StatusCode) -> Response {
    let (scope, may_import) = (reader.scope.clone(), fill::imports(&reader.login).is_some());
    match app.store().read(move |db| base::all(db, &scope)).await {
        Ok(rows) => {
            let rows = rows.iter().map(|(name, row)| (fill::words(name), row.level, row.year, row.visits)).collect();
            let view = PlanBaseView { rows, may_import, ..view };
            reader.page(status, view.render(&reader.frame))
        }
        Err(error) => failed(reader, &error),
    }
}

async fn show_rules(State(app): State<App>, reader: Reader) -> Response {
    let rules = app.store().read(read::rules).await;
    reader.answer(rules.map(|rules| Some(PlanRulesView { rules })), PlanRulesView::render)
}
