//! `/login` and `/logout`.

use super::{GOOD_FOR_MS, cookie, origin, password};
use crate::page::view::{LoginProblem, LoginView};
use crate::page::{Frame, Lang, address};
use crate::{App, Error, Peer};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Form, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use rusqlite::{OptionalExtension, params};
use serde::Deserialize;
use wurao_protocol::{Digest, PersonId};

/// Signing in and out.
pub fn routes() -> Router<App> {
    Router::new()
        .route(address::LOGIN, get(show).post(sign_in))
        .route(address::LOGOUT, post(sign_out))
        .layer(DefaultBodyLimit::max(16 << 10))
        .merge(super::own::routes())
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    next: String,
    lang: Option<String>,
}

async fn show(State(app): State<App>, Query(asked): Query<Asked>, headers: HeaderMap) -> Response {
    page(&app, &headers, asked.lang.as_deref(), StatusCode::OK, LoginView { next: asked.next, ..LoginView::default() })
}

#[derive(Deserialize)]
struct Given {
    name: String,
    password: String,
    #[serde(default)]
    next: String,
}

async fn sign_in(
    State(app): State<App>,
    peer: Peer,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Result<Response, Error> {
    if !origin::is_ours(&headers, app.config().is_secure()) {
        return Ok(StatusCode::FORBIDDEN.into_response());
    }
    let refuse = |status, problem, given: Given| {
        let view = LoginView { problem: Some(problem), name: given.name, next: given.next };
        Ok(page(&app, &headers, None, status, view))
    };
    let now = app.now_ms();
    if !app.wrong_logins().reserve(&given.name, &peer.name(), now) {
        let mut response = refuse(StatusCode::TOO_MANY_REQUESTS, LoginProblem::TooMany, given)?;
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
        return Ok(response);
    }
    let Some(person) = who(&app, &given).await? else {
        return refuse(StatusCode::UNAUTHORIZED, LoginProblem::Wrong, given);
    };
    app.wrong_logins().give_back(&given.name, &peer.name(), now);
    let token = hex::encode(app.random::<32>()?);
    let stored = Digest::of(&[token.as_bytes()]);
    let expires = now + GOOD_FOR_MS;
    app.store()
        .write(move |tx| {
            tx.execute("DELETE FROM login_session WHERE expires_ms <= ?1", params![now])?;
            let sql = "INSERT INTO login_session (token, person, expires_ms) VALUES (?1, ?2, ?3)";
            tx.execute(sql, params![stored.0, person.0, expires])?;
            Ok(())
        })
        .await?;
    let go = Redirect::to(&address::in_header(address::local(&given.next)));
    Ok(with_cookie(&app, go, &token, GOOD_FOR_MS / 1000, &headers))
}

async fn sign_out(State(app): State<App>, headers: HeaderMap) -> Result<Response, Error> {
    if !origin::is_ours(&headers, app.config().is_secure()) {
        return Ok(StatusCode::FORBIDDEN.into_response());
    }
    if let Some(token) = cookie::token(&headers) {
        let stored = Digest::of(&[token.as_bytes()]);
        app.store()
            .write(move |tx| Ok(tx.execute("DELETE FROM login_session WHERE token = ?1", params![stored.0])?))
            .await?;
    }
    Ok(with_cookie(&app, Redirect::to(address::LOGIN), "", 0, &headers))
}

/// Whose name and password these are.
async fn who(app: &App, given: &Given) -> Result<Option<PersonId>, Error> {
    let login = given.name.clone();
    let found = app
        .store()
        .read(move |db| {
            let sql = "SELECT id, password FROM person WHERE login = ?1 AND password IS NOT NULL \
                       AND disabled_ms IS NULL";
            let row =
                db.query_row(sql, params![login], |row| Ok((row.get::<_, [u8; 16]>(0)?, row.get::<_, String>(1)?)));
            Ok(row.optional()?)
        })
        .await?;
    let password = given.password.clone();
    // Hashing is slow on purpose, so it must not stand in the way of other requests.
    let turn = app.hashing().acquire().await.map_err(|_| Error::Closed)?;
    let checked = tokio::task::spawn_blocking(move || {
        let stored = found.as_ref().map(|(_, stored)| stored.as_str());
        password::verify(&password, stored).then_some(found).flatten()
    });
    let checked = checked.await.map_err(|_| Error::Panicked)?;
    drop(turn);
    Ok(checked.map(|(person, _)| PersonId(person)))
}

fn with_cookie(app: &App, redirect: Redirect, token: &str, seconds: i64, headers: &HeaderMap) -> Response {
    let mut response = redirect.into_response();
    if let Some(value) = cookie::set(token, seconds, origin::is_secure(app.config(), headers)) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    response
}

fn page(app: &App, headers: &HeaderMap, asked: Option<&str>, status: StatusCode, view: LoginView) -> Response {
    let accept = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let lang = Lang::choose(asked, cookie::read(headers, "lang"), accept);
    let frame = Frame { lang, now_ms: app.now_ms(), path: address::LOGIN.to_owned(), ..Frame::default() };
    match view.render(&frame) {
        Ok(html) => crate::pages::remembering((status, Html(html)).into_response(), asked.and_then(Lang::from_tag)),
        Err(error) => {
            tracing::error!("login page: {error}");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
