//! `/password`: choosing a first password by a one-time code, changing one's own.

use super::first::{choose, end_sessions, hash_in_turn, is_long_enough, links_of, of_code};
use super::{Login, password};
use crate::admin::Fault;
use crate::page::address;
use crate::page::view::PasswordView;
use crate::pages::{html_page, remembering, strangers};
use crate::{App, Error, Peer, audit};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Form, FromRequest, FromRequestParts, Query, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use rusqlite::params;
use serde::Deserialize;
use wurao_protocol::audit::Event;

/// One's own password.
pub(super) fn routes() -> Router<App> {
    Router::new().route(address::PASSWORD, get(show).post(set)).layer(DefaultBodyLimit::max(16 << 10))
}

#[derive(Deserialize, Default)]
struct Asked {
    code: Option<String>,
}

#[derive(Deserialize)]
struct Given {
    #[serde(default)]
    code: String,
    #[serde(default)]
    old: String,
    new: String,
    again: String,
}

async fn show(
    State(app): State<App>,
    peer: Peer,
    Query(asked): Query<Asked>,
    request: Request,
) -> Result<Response, Response> {
    let (mut parts, _) = request.into_parts();
    let code = asked.code.unwrap_or_default();
    if code.is_empty() {
        let login = Login::from_request_parts(&mut parts, &app).await?;
        let person = login.person;
        let links = app.store().read(move |db| links_of(db, &person)).await.map_err(IntoResponse::into_response)?;
        let view = PasswordView { name: login.name, links, ..PasswordView::default() };
        return Ok(page(&parts, &app, StatusCode::OK, &view));
    }
    let (now, tries) = (app.now_ms(), tries(peer));
    if !app.wrong_codes().reserve(&tries, now) {
        let view = PasswordView { fault: Some(Fault::TooMany), code, ..PasswordView::default() };
        return Ok(page(&parts, &app, StatusCode::TOO_MANY_REQUESTS, &view));
    }
    match of_code(&app, &code).await.map_err(IntoResponse::into_response)? {
        Some((person, name, login)) => {
            app.wrong_codes().give_back(&tries, now);
            let links = app.store().read(move |db| links_of(db, &person)).await.map_err(IntoResponse::into_response)?;
            let view = PasswordView { name, login, code, links, ..PasswordView::default() };
            Ok(page(&parts, &app, StatusCode::OK, &view))
        }
        None => Ok(no_code(&parts, &app)),
    }
}

/// What wrong codes are counted under.
fn tries(peer: Peer) -> String {
    format!("password {}", peer.name())
}

async fn set(State(app): State<App>, peer: Peer, request: Request) -> Result<Response, Response> {
    let (parts, body) = request.into_parts();
    let whole = Request::from_parts(parts.clone(), body);
    let Form(given) = Form::<Given>::from_request(whole, &app).await.map_err(IntoResponse::into_response)?;
    let mut parts = parts;
    let fault = match (is_long_enough(&given.new), given.new == given.again) {
        (false, _) => Some(Fault::PasswordLength),
        (true, false) => Some(Fault::PasswordsDiffer),
        (true, true) => None,
    };
    if given.code.is_empty() {
        let login = Login::from_request_parts(&mut parts, &app).await?;
        return change(&app, &parts, peer, login, &given, fault).await.map_err(IntoResponse::into_response);
    }
    let (now, tries) = (app.now_ms(), tries(peer));
    if !app.wrong_codes().reserve(&tries, now) {
        let view = PasswordView { fault: Some(Fault::TooMany), code: given.code, ..PasswordView::default() };
        return Ok(page(&parts, &app, StatusCode::TOO_MANY_REQUESTS, &view));
    }
    let Some((_, name, login)) = of_code(&app, &given.code).await.map_err(IntoResponse::into_response)? else {
        return Ok(no_code(&parts, &app));
    };
    app.wrong_codes().give_back(&tries, now);
    if fault.is_some() {
        let view = PasswordView { name, login, code: given.code, fault, ..PasswordView::default() };
        return Ok(page(&parts, &app, StatusCode::UNPROCESSABLE_ENTITY, &view));
    }
    let hash = hash_in_turn(&app, &given.new).await.map_err(IntoResponse::into_response)?;
    if choose(&app, &given.code, hash).await.map_err(IntoResponse::into_response)? {
        Ok(Redirect::to(address::LOGIN).into_response())
    } else {
        Ok(no_code(&parts, &app))
    }
}

/// Changes the password of who is signed in: the old one is asked for, and all other sign-ins end.
async fn change(
    app: &App,
    parts: &Parts,
    peer: Peer,
    login: Login,
    given: &Given,
    fault: Option<Fault>,
) -> Result<Response, Error> {
    let show = |status, fault, done| {
        page(parts, app, status, &PasswordView { name: login.name.clone(), fault, done, ..PasswordView::default() })
    };
    let now = app.now_ms();
    let tries = format!("own {}", login.person);
    if !app.wrong_logins().reserve(&tries, &peer.name(), now) {
        return Ok(show(StatusCode::TOO_MANY_REQUESTS, Some(Fault::TooMany), false));
    }
    let person = login.person;
    let sql = "SELECT password FROM person WHERE id = ?1";
    let stored: Option<String> =
        app.store().read(move |db| Ok(db.query_row(sql, params![person.0], |row| row.get(0))?)).await?;
    let old = given.old.clone();
    let turn = app.hashing().acquire().await.map_err(|_| Error::Closed)?;
    let right = tokio::task::spawn_blocking(move || password::verify(&old, stored.as_deref())).await;
    drop(turn);
    if !right.map_err(|_| Error::Panicked)? {
        return Ok(show(StatusCode::UNPROCESSABLE_ENTITY, Some(Fault::PasswordWrong), false));
    }
    app.wrong_logins().give_back(&tries, &peer.name(), now);
    if fault.is_some() {
        return Ok(show(StatusCode::UNPROCESSABLE_ENTITY, fault, false));
    }
    let (hash, own) = (hash_in_turn(app, &given.new).await?, login.token);
    app.store()
        .write(move |tx| {
            tx.execute("UPDATE person SET password = ?2 WHERE id = ?1", params![person.0, hash])?;
            audit::note(tx, Event::Password, &[&person.0], "chosen")?;
            end_sessions(tx, &person, Some(&own))
        })
        .await?;
    Ok(show(StatusCode::OK, None, true))
}

fn no_code(parts: &Parts, app: &App) -> Response {
    let view = PasswordView { fault: Some(Fault::Code), ..PasswordView::default() };
    page(parts, app, StatusCode::NOT_FOUND, &view)
}

fn page(parts: &Parts, app: &App, status: StatusCode, view: &PasswordView) -> Response {
    let (mut frame, remember) = strangers(parts, app);
    frame.query = if view.code.is_empty() { String::new() } else { format!("code={}&", address::escaped(&view.code)) };
    match view.render(&frame) {
        Ok(html) => remembering(html_page(status, html), remember),
        Err(error) => {
            tracing::error!("password page: {error}");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
