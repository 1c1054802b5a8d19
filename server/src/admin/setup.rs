//! `/setup`: making the first administrator by a one-time code that the server prints.

use super::divisions;
use super::fault::{CodeFault, Fault, Stop};
use super::form::{Typed, write};
use super::people::{self, NewPerson};
use crate::page::address;
use crate::page::view::{SetupState, SetupTyped, SetupView};
use crate::pages::{html_page, remembering, strangers};
use crate::people::{Grant, Role, first, text};
use crate::store::Tx;
use crate::{App, Error, Peer, Scope};
use axum::extract::{FromRequest, Query, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use rusqlite::{Connection, OptionalExtension, params};
use serde::Deserialize;
use wurao_protocol::{BodyId, Digest, PersonId};

fn hashed(code: &str) -> Digest {
    Digest::of(&[b"setup code", code.trim().as_bytes()])
}

/// A new setup code, while there is no administrator; the one before is void. With `only_empty` also none once there
/// are people, such as those of a county file.
pub(crate) fn fresh_code(app: &App, only_empty: bool) -> Result<Option<String>, Error> {
    let code = hex::encode(app.random::<16>()?);
    let kept = hashed(&code);
    let made = app.store().write_blocking(move |tx| {
        let people: bool = tx.query_row("SELECT EXISTS (SELECT 1 FROM person)", [], |row| row.get(0))?;
        if has_administrator(tx)? || (only_empty && people) {
            return Ok(false);
        }
        let sql = "INSERT INTO meta (name, value) VALUES ('setup_code', ?1) \
                   ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        tx.execute(sql, params![kept.0])?;
        Ok(true)
    })?;
    Ok(made.then_some(code))
}

/// Where a setup code leads.
pub(crate) fn path(code: &str) -> String {
    format!("{}?code={code}", address::SETUP)
}

fn has_administrator(db: &Connection) -> Result<bool, Error> {
    let sql = "SELECT EXISTS (SELECT 1 FROM role_grant WHERE role = 'administrator')";
    Ok(db.query_row(sql, [], |row| row.get(0))?)
}

fn state(db: &Connection, code: &str) -> Result<SetupState, Error> {
    if has_administrator(db)? {
        return Ok(SetupState::Done);
    }
    let sql = "SELECT value FROM meta WHERE name = 'setup_code'";
    let kept: Option<Vec<u8>> = db.query_row(sql, [], |row| row.get(0)).optional()?;
    Ok(if kept.as_deref() == Some(&hashed(code).0[..]) { SetupState::Open } else { SetupState::Wrong })
}

#[derive(Deserialize, Default)]
pub(super) struct Asked {
    #[serde(default)]
    code: String,
}

pub(super) async fn show(State(app): State<App>, Query(asked): Query<Asked>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let code = asked.code.clone();
    match app.store().read(move |db| state(db, &code)).await {
        Ok(state) => {
            page(&parts, &app, status_of(state), &SetupView { state, code: asked.code, ..SetupView::default() })
        }
        Err(error) => error.into_response(),
    }
}

fn status_of(state: SetupState) -> StatusCode {
    match state {
        SetupState::Open => StatusCode::OK,
        SetupState::Wrong => StatusCode::NOT_FOUND,
        SetupState::Done => StatusCode::GONE,
    }
}

/// The form, as it was understood.
struct First {
    name: String,
    login: String,
    body: String,
    county: String,
    county_zh: String,
    county_en: String,
    plans: bool,
}

pub(super) async fn make(State(app): State<App>, peer: Peer, request: Request) -> Result<Response, Response> {
    let (parts, body) = request.into_parts();
    let typed = Typed::from_request(Request::from_parts(parts.clone(), body), &app).await?;
    let code = typed.get("code").to_owned();
    let mut view = SetupView { code: code.clone(), typed: as_typed(&typed), ..SetupView::default() };
    let now = app.now_ms();
    let tries = format!("setup {}", peer.name());
    if !app.wrong_codes().reserve(&tries, now) {
        view.fault = Some(("", Fault::TooMany));
        return Ok(page(&parts, &app, StatusCode::TOO_MANY_REQUESTS, &view));
    }
    let asked = code.clone();
    view.state = app.store().read(move |db| state(db, &asked)).await.map_err(IntoResponse::into_response)?;
    if view.state != SetupState::Open {
        return Ok(page(&parts, &app, status_of(view.state), &view));
    }
    app.wrong_codes().give_back(&tries, now);
    let first = match understood(&typed) {
        Ok(first) => first,
        Err(fault) => {
            view.fault = Some(fault);
            return Ok(page(&parts, &app, StatusCode::UNPROCESSABLE_ENTITY, &view));
        }
    };
    let ids = app.random().and_then(|person| Ok((PersonId(person), BodyId(app.random()?))));
    let (person, body) = ids.map_err(IntoResponse::into_response)?;
    let hash = first::hash_in_turn(&app, typed.get("password")).await.map_err(IntoResponse::into_response)?;
    let own = app.clone();
    let made = write(&app, move |tx| insert(tx, &own, &code, &first, (person, body), &hash));
    match made.await {
        Ok(()) => Ok(Redirect::to(&format!("{}?next={}", address::LOGIN, address::ADMIN)).into_response()),
        Err(Stop::Fault(fault)) => {
            let field = if fault == Fault::LoginTaken { "login" } else { "" };
            view.fault = Some((field, fault));
            Ok(page(&parts, &app, StatusCode::CONFLICT, &view))
        }
        // Somebody was quicker.
        Err(Stop::Absent) => {
            view.state = SetupState::Done;
            Ok(page(&parts, &app, StatusCode::GONE, &view))
        }
        Err(Stop::Failed(error)) => Err(error.into_response()),
    }
}

fn as_typed(typed: &Typed) -> SetupTyped {
    let of = |name: &str| typed.get(name).to_owned();
    SetupTyped {
        name: of("name"),
        login: of("login"),
        county: of("county"),
        county_zh: of("county_zh"),
        county_en: of("county_en"),
        body: of("body"),
    }
}

fn understood(typed: &Typed) -> Result<First, (&'static str, Fault)> {
    let name = |field: &'static str| text::name(typed.get(field)).map_err(|fault| (field, Fault::Text(fault)));
    let county = typed.get("county").trim().to_owned();
    divisions::shape(&county).map_err(|fault| ("county", Fault::Code12(fault)))?;
    // A village has no plan of its own.
    if divisions::prefix(&county).len() > 9 {
        return Err(("county", Fault::Code12(CodeFault::Level)));
    }
    let first = First {
        name: name("name")?,
        login: people::login(typed.get("login")).map_err(|fault| ("login", fault))?,
        body: name("body")?,
        county,
        county_zh: name("county_zh")?,
        county_en: text::name_or_nothing(typed.get("county_en")).map_err(|fault| ("county_en", Fault::Text(fault)))?,
        plans: typed.get("plans") == "yes",
    };
    match typed.get("password") {
        password if !first::is_long_enough(password) => Err(("password", Fault::PasswordLength)),
        password if password != typed.get("again") => Err(("password", Fault::PasswordsDiffer)),
        _ => Ok(first),
    }
}

fn insert(
    tx: &Tx<'_>,
    app: &App,
    code: &str,
    first: &First,
    (person, body): (PersonId, BodyId),
    hash: &str,
) -> Result<(), Stop> {
    if state(tx, code)? != SetupState::Open {
        return Err(Stop::Absent);
    }
    let sql = "INSERT INTO division (code, zh, en, from_day) \
               SELECT ?1, ?2, ?3, 0 WHERE NOT EXISTS (SELECT 1 FROM division WHERE code = ?1)";
    tx.execute(sql, params![first.county, first.county_zh, first.county_en])?;
    let known = tx.query_row("SELECT id FROM body WHERE zh = ?1", params![first.body], |row| Ok(BodyId(row.get(0)?)));
    let body = match known.optional()? {
        Some(known) => known,
        None => {
            people::add_body(tx, &body, &first.body, "")?;
            body
        }
    };
    let prefix = divisions::prefix(&first.county);
    let mut grants = vec![Grant { role: Role::Administrator, scope: Scope::new(prefix) }];
    if first.plans {
        grants.push(Grant { role: Role::Planner, scope: Scope::of_body(prefix, body) });
    }
    let new = NewPerson { id: person, name: first.name.clone(), login: first.login.clone(), body, grants };
    people::add(tx, app.keys(), &new, None, app.now_ms())?;
    tx.execute("UPDATE person SET password = ?2 WHERE id = ?1", params![person.0, hash])?;
    crate::audit::note(tx, wurao_protocol::audit::Event::Password, &[&person.0], "chosen")?;
    tx.execute("DELETE FROM meta WHERE name = 'setup_code'", [])?;
    Ok(())
}

fn page(parts: &Parts, app: &App, status: StatusCode, view: &SetupView) -> Response {
    let (mut frame, remember) = strangers(parts, app);
    if view.state == SetupState::Open {
        frame.query = format!("code={}&", address::escaped(&view.code));
    }
    match view.render(&frame) {
        Ok(html) => remembering(html_page(status, html), remember),
        Err(error) => {
            tracing::error!("setup page: {error}");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
