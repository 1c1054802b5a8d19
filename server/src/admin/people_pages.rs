//! The pages of people: who there is, adding somebody, what each may do.

use super::divisions;
use super::fault::{CodeFault, Fault, Stop};
use super::form::{Typed, administers, faulty, write};
use super::people::{self, NewPerson};
use crate::page::address;
use crate::page::view::{LinkView, PeopleView, PersonView, Text};
use crate::pages::Reader;
use crate::people::{Grant, MadeLink, RightStep, Role, first, rights, text};
use crate::store::Tx;
use crate::{App, Error, Scope, public_url};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use rusqlite::{Connection, params};
use std::sync::Arc;
use wurao_protocol::{BodyId, PersonId};

pub(super) async fn show(State(app): State<App>, reader: Reader) -> Result<Response, Response> {
    let scope = administers(&reader)?;
    page(&app, &reader, scope, StatusCode::OK, PeopleView::default()).await
}

pub(super) async fn add(
    State(app): State<App>,
    reader: Reader,
    headers: HeaderMap,
    typed: Typed,
) -> Result<Response, Response> {
    let scope = administers(&reader)?;
    let failed = |error: Error| reader.failed(&error);
    let id = PersonId(app.random().map_err(failed)?);
    let code = hex::encode(app.random::<16>().map_err(failed)?);
    let fields = ["name", "login", "body", "area"].map(|field| typed.get(field).to_owned());
    let chosen: Vec<Role> = typed.all("role").filter_map(|role| role.parse().ok()).collect();
    let (within, roles, given, kept) = (scope.clone(), chosen.clone(), fields.clone(), code.clone());
    let (keys, now, by) = (Arc::clone(app.keys()), app.now_ms(), reader.login.person);
    let added = write(&app, move |tx| {
        let [name, login, body, area] = given;
        let body = body.parse::<BodyId>().map_err(|_| Fault::NoBody)?;
        let area = area_of(tx, &within, &area)?;
        let grants: Vec<Grant> = roles.iter().map(|role| grant_of(*role, &area, within.body(), body)).collect();
        people::may_give_all(&within, &grants)?;
        let new = NewPerson {
            id,
            name: text::name(&name).map_err(Fault::Text)?,
            login: people::login(&login)?,
            body,
            grants,
        };
        people::add(tx, &keys, &new, Some(&by), now)?;
        // Who only inspects has no page to sign in to.
        let signs_in = roles.iter().any(|role| role.reads());
        if signs_in {
            first::keep_code(tx, &id, Some(&by), &kept, now)?;
        }
        Ok((new.name, signs_in))
    });
    match added.await {
        Ok((name, signs_in)) => {
            let view = if signs_in {
                PeopleView { link: Some(link_view(&app, &headers, name, &code)), ..PeopleView::default() }
            } else {
                PeopleView { added: Some(name), ..PeopleView::default() }
            };
            page(&app, &reader, scope, StatusCode::OK, view).await
        }
        Err(stop) => {
            let (status, fault) = faulty(&reader, stop)?;
            let [name, login, body, area] = fields;
            let view =
                PeopleView { typed: (name, login, body, area), chosen, fault: Some(fault), ..PeopleView::default() };
            page(&app, &reader, scope, status, view).await
        }
    }
}

/// A planner plans for the own body; everybody else works on all bodies' unless their administrator is one body's.
fn grant_of(role: Role, area: &str, only: Option<BodyId>, own: BodyId) -> Grant {
    let body = if role == Role::Planner { Some(own) } else { only };
    Grant { role, scope: Scope::within(area, body) }
}

/// The digits of an area as it was typed: a division's code, or nothing for all of one's own.
fn area_of(tx: &Tx<'_>, scope: &Scope, typed: &str) -> Result<String, Stop> {
    let code = typed.trim();
    if code.is_empty() {
        return Ok(scope.prefix().to_owned());
    }
    // What a county file brought is offered, and so taken, even where no province has such digits.
    let known =
        code.len() == 12 && tx.prepare_cached("SELECT 1 FROM division WHERE code = ?1")?.exists(params![code])?;
    if !known {
        divisions::shape(code).map_err(Fault::Code12)?;
        return Err(Fault::Code12(CodeFault::Unknown).into());
    }
    Ok(divisions::prefix(code).to_owned())
}

/// What the forms choose from.
struct Choices {
    bodies: Vec<(String, Text)>,
    areas: Vec<(String, Text)>,
}

impl Choices {
    fn read(db: &Connection, scope: &Scope) -> Result<Self, Error> {
        let bodies = people::bodies(db)?.into_iter().filter(|(id, ..)| scope.sees_body(id));
        let bodies = bodies.map(|(id, zh, en)| (id.to_string(), Text::new(zh, en))).collect();
        // Villages are too many to choose from, and nobody's area.
        let areas = divisions::listed(db, scope)?.into_iter().filter(|row| row.level < 4 && row.to.is_none());
        Ok(Self { bodies, areas: areas.map(|row| (row.code, Text::new(row.zh, row.en))).collect() })
    }
}

async fn page(
    app: &App,
    reader: &Reader,
    scope: Scope,
    status: StatusCode,
    view: PeopleView,
) -> Result<Response, Response> {
    let read = app.store().read(move |db| Ok((people::all(db, &scope)?, Choices::read(db, &scope)?))).await;
    let (rows, choices) = read.map_err(|error| reader.failed(&error))?;
    let view = PeopleView { rows, bodies: choices.bodies, areas: choices.areas, ..view };
    Ok(reader.page(status, view.render(&reader.frame)))
}

pub(super) async fn one(
    State(app): State<App>,
    reader: Reader,
    Path(person): Path<String>,
) -> Result<Response, Response> {
    let scope = administers(&reader)?;
    person_page(&app, &reader, scope, &person, StatusCode::OK, None, None).await
}

async fn person_page(
    app: &App,
    reader: &Reader,
    scope: Scope,
    person: &str,
    status: StatusCode,
    fault: Option<Fault>,
    link: Option<LinkView>,
) -> Result<Response, Response> {
    let Ok(id) = person.parse::<PersonId>() else { return Err(reader.not_found()) };
    let read = app
        .store()
        .read(move |db| Ok((people::one(db, &scope, &id)?, Choices::read(db, &scope)?, person_log(db, &id)?)));
    let (row, choices, (steps, links)) = read.await.map_err(|error| reader.failed(&error))?;
    let Some(row) = row else { return Err(reader.not_found()) };
    let oneself = id == reader.login.person;
    let view = PersonView { row, oneself, bodies: choices.bodies, areas: choices.areas, fault, link, steps, links };
    Ok(reader.page(status, view.render(&reader.frame)))
}

/// What was done about a person's rights, and the links made for them; the newest first.
fn person_log(db: &Connection, person: &PersonId) -> Result<(Vec<RightStep>, Vec<MadeLink>), Error> {
    let steps = rights::steps(db, person)?.into_iter().rev().collect();
    Ok((steps, first::links_of(db, person)?))
}

/// Runs a change of a person and shows them again.
async fn change<F>(app: App, reader: Reader, person: String, job: F) -> Result<Response, Response>
where
    F: FnOnce(&Tx<'_>, (&PersonId, &Scope), &PersonId) -> Result<(), Stop> + Send + 'static,
{
    let scope = administers(&reader)?;
    let Ok(id) = person.parse::<PersonId>() else { return Err(reader.not_found()) };
    let by = reader.login.person;
    let changed = write(&app, move |tx| {
        // Looked up again: rights taken away a moment ago are gone already.
        let grants = crate::people::grants(tx, &by)?;
        let administers = grants.into_iter().find(|grant| grant.role == Role::Administrator);
        let scope = administers.ok_or(Stop::Absent)?.scope;
        job(tx, (&by, &scope), &id)
    });
    match changed.await {
        Ok(()) => Ok(Redirect::to(&format!("{}/{id}", address::ADMIN_PEOPLE)).into_response()),
        Err(stop) => {
            let (status, fault) = faulty(&reader, stop)?;
            person_page(&app, &reader, scope, &person, status, Some(fault), None).await
        }
    }
}

pub(super) async fn grant(
    State(app): State<App>,
    reader: Reader,
    Path(person): Path<String>,
    typed: Typed,
) -> Result<Response, Response> {
    let (role, area, body) =
        (typed.get("role").parse::<Role>(), typed.get("area").to_owned(), typed.get("body").to_owned());
    let (keys, now) = (Arc::clone(app.keys()), app.now_ms());
    change(app, reader, person, move |tx, by, id| {
        let role = role.map_err(|_| Fault::NoRole)?;
        let area = area_of(tx, by.1, &area)?;
        let body = match body.as_str() {
            "" => by.1.body(),
            id => Some(id.parse::<BodyId>().map_err(|_| Fault::NoBody)?),
        };
        if let Some(body) = body
            && !tx.prepare_cached("SELECT 1 FROM body WHERE id = ?1")?.exists(params![body.0])?
        {
            return Err(Fault::NoBody.into());
        }
        people::grant(tx, &keys, by, id, &Grant { role, scope: Scope::within(area, body) }, now)
    })
    .await
}

pub(super) async fn take_back(
    State(app): State<App>,
    reader: Reader,
    Path(person): Path<String>,
    typed: Typed,
) -> Result<Response, Response> {
    let role = typed.get("role").parse::<Role>();
    let (keys, now) = (Arc::clone(app.keys()), app.now_ms());
    let job = move |tx: &Tx<'_>, by: (&PersonId, &Scope), id: &PersonId| {
        people::take_back(tx, &keys, by, id, role.map_err(|_| Fault::NoRole)?, now)
    };
    change(app, reader, person, job).await
}

pub(super) async fn disable(
    State(app): State<App>,
    reader: Reader,
    Path(person): Path<String>,
) -> Result<Response, Response> {
    let (keys, now) = (Arc::clone(app.keys()), app.now_ms());
    change(app, reader, person, move |tx, by, id| people::disable(tx, &keys, by, id, true, now)).await
}

pub(super) async fn enable(
    State(app): State<App>,
    reader: Reader,
    Path(person): Path<String>,
) -> Result<Response, Response> {
    let (keys, now) = (Arc::clone(app.keys()), app.now_ms());
    change(app, reader, person, move |tx, by, id| people::disable(tx, &keys, by, id, false, now)).await
}

pub(super) async fn link(
    State(app): State<App>,
    reader: Reader,
    headers: HeaderMap,
    Path(person): Path<String>,
) -> Result<Response, Response> {
    let scope = administers(&reader)?;
    let code = hex::encode(app.random::<16>().map_err(|error| reader.failed(&error))?);
    let Ok(id) = person.parse::<PersonId>() else { return Err(reader.not_found()) };
    let (by, within, kept, now) = (reader.login.person, scope.clone(), code.clone(), app.now_ms());
    let made = write(&app, move |tx| {
        let known = people::managed(tx, (&by, &within), &id)?;
        if known.disabled_ms.is_some() {
            return Err(Fault::Code.into());
        }
        // Whoever makes a link can use it: nobody becomes the approver who looks after people.
        if known.has_password && people::approves(tx, &known)? {
            return Err(Fault::ApproverLink.into());
        }
        first::keep_code(tx, &id, Some(&by), &kept, now)?;
        Ok(known.name)
    });
    match made.await {
        Ok(name) => {
            let link = link_view(&app, &headers, name, &code);
            person_page(&app, &reader, scope, &person, StatusCode::OK, None, Some(link)).await
        }
        Err(stop) => {
            let (status, fault) = faulty(&reader, stop)?;
            person_page(&app, &reader, scope, &person, status, Some(fault), None).await
        }
    }
}

fn link_view(app: &App, headers: &HeaderMap, name: String, code: &str) -> LinkView {
    LinkView { name, url: format!("{}{}?code={code}", public_url::of_request(app, headers), address::PASSWORD) }
}
