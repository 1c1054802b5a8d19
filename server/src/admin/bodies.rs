//! The page of bodies.

use super::fault::Fault;
use super::form::{Typed, administers, faulty, write};
use super::people;
use crate::App;
use crate::page::address;
use crate::page::view::{BodiesView, Text};
use crate::pages::Reader;
use crate::people::text;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use wurao_protocol::BodyId;

pub(super) async fn show(State(app): State<App>, reader: Reader) -> Result<Response, Response> {
    administers(&reader)?;
    page(&app, &reader, StatusCode::OK, BodiesView::default()).await
}

pub(super) async fn add(State(app): State<App>, reader: Reader, typed: Typed) -> Result<Response, Response> {
    // Bodies are the whole county's; who administers for one body alone makes no other.
    if administers(&reader)?.body().is_some() {
        return Err(reader.forbidden());
    }
    let id = app.random().map(BodyId).map_err(|error| reader.failed(&error))?;
    let (zh, en) = (typed.get("zh").to_owned(), typed.get("en").to_owned());
    let added = write(&app, move |tx| {
        let names = (text::name(&zh).map_err(Fault::Text)?, text::name_or_nothing(&en).map_err(Fault::Text)?);
        people::add_body(tx, &id, &names.0, &names.1)
    });
    match added.await {
        Ok(()) => Ok(Redirect::to(address::ADMIN_BODIES).into_response()),
        Err(stop) => {
            let (status, fault) = faulty(&reader, stop)?;
            let typed = (typed.get("zh").to_owned(), typed.get("en").to_owned());
            page(&app, &reader, status, BodiesView { typed, fault: Some(fault), ..BodiesView::default() }).await
        }
    }
}

async fn page(app: &App, reader: &Reader, status: StatusCode, view: BodiesView) -> Result<Response, Response> {
    let bodies = app.store().read(people::bodies).await;
    let bodies = bodies.map_err(|error| reader.failed(&error))?;
    let view = BodiesView { bodies: bodies.into_iter().map(|(_, zh, en)| Text::new(zh, en)).collect(), ..view };
    Ok(reader.page(status, view.render(&reader.frame)))
}
