//! `/held`: the page, and the forms on it.

use super::act::{Choice, decide, decide_late, things_in};
use super::read::{self, HeldWork, LateRow};
use crate::page::view::{HeldPageView, HeldWorkRow, LateView, Wrong};
use crate::pages::{Checklists, Reader, held_said, year};
use crate::people::Role;
use crate::{App, Error, Scope};
use axum::extract::{DefaultBodyLimit, Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use rusqlite::Connection;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;
use wurao_protocol::{BodyId, Digest, DocumentId, Problem};

const HELD: &str = "/held";

/// The page and its forms.
pub fn routes() -> Router<App> {
    Router::new()
        .route(HELD, get(show))
        .route("/held/{document}", post(on_work))
        .route("/held/{document}/late/{record}", post(on_late))
        .layer(DefaultBodyLimit::max(16 << 10))
        .layer(Extension(Checklists::default()))
}

async fn show(State(app): State<App>, Extension(checklists): Extension<Checklists>, reader: Reader) -> Response {
    let view = view(&app, &reader, checklists, Wrong::Nothing).await;
    reader.answer(view.map(Some), HeldPageView::render)
}

#[derive(Deserialize)]
struct Decided {
    choice: String,
    #[serde(default)]
    reason: String,
    /// When the last of what the page shows came, and how much that is: what came later was not decided on.
    #[serde(default)]
    seen: i64,
    things: Option<usize>,
}

async fn on_work(
    State(app): State<App>,
    Extension(checklists): Extension<Checklists>,
    Path(document): Path<String>,
    reader: Reader,
    Form(form): Form<Decided>,
) -> Response {
    let scopes = reader.login.decides();
    if scopes.is_empty() {
        return reader.forbidden();
    }
    let choice = match form.choice.as_str() {
        "accept" => Choice::Accept,
        "decline" => Choice::Decline,
        _ => return StatusCode::UNPROCESSABLE_ENTITY.into_response(),
    };
    let Ok(id) = document.parse::<DocumentId>() else { return reader.not_found() };
    let (keys, by, now, reason) = (Arc::clone(app.keys()), reader.login.person, app.now_ms(), form.reason.clone());
    let (seen, things) = (form.seen, form.things);
    let decided = app.store().write(move |tx| {
        first_that_sees(&scopes, |scope| {
            // At the same moment more may have come than the page could show, or somebody else has decided.
            let is_as_shown =
                things.map_or(Ok(true), |shown| Ok::<_, Error>(things_in(tx, scope, &id, seen)? == shown))?;
            if is_as_shown {
                decide(tx, &keys, scope, &id, choice, seen, by, &reason, now)?;
            }
            Ok(is_as_shown)
        })
    });
    let decided = match decided.await {
        Ok(false) => return again(&reader, StatusCode::CONFLICT, view(&app, &reader, checklists, Wrong::Moved).await),
        decided => decided.map(|_| ()),
    };
    after(&app, &reader, checklists, decided, (document, form.reason)).await
}

async fn on_late(
    State(app): State<App>,
    Extension(checklists): Extension<Checklists>,
    Path((document, record)): Path<(String, String)>,
    reader: Reader,
    Form(form): Form<Decided>,
) -> Response {
    let scope = match reader.may(Role::Approver) {
        Ok(scope) => scope,
        Err(forbidden) => return forbidden,
    };
    let registered = match form.choice.as_str() {
        "register" => true,
        "refuse" => false,
        _ => return StatusCode::UNPROCESSABLE_ENTITY.into_response(),
    };
    let (Ok(document), Ok(late)) = (document.parse::<DocumentId>(), record.parse::<Digest>()) else {
        return reader.not_found();
    };
    let (keys, by, now, reason) = (Arc::clone(app.keys()), reader.login.person, app.now_ms(), form.reason.clone());
    let decided =
        app.store().write(move |tx| decide_late(tx, &keys, &scope, &document, &late, registered, by, &reason, now));
    after(&app, &reader, checklists, decided.await, (record, form.reason)).await
}

/// Somebody may have two roles in two places: what one scope does not see the other may.
fn first_that_sees<T>(scopes: &[Scope], decide: impl Fn(&Scope) -> Result<T, Error>) -> Result<T, Error> {
    let mut last = Err(Error::refused(Problem::NotFound, "inspection"));
    for scope in scopes {
        last = decide(scope);
        if !matches!(last, Err(Error::Refused { problem: Problem::NotFound, .. })) {
            break;
        }
    }
    last
}

/// Back to the page; with what was typed when a reason is wanting.
async fn after(
    app: &App,
    reader: &Reader,
    checklists: Checklists,
    decided: Result<(), Error>,
    typed: (String, String),
) -> Response {
    match decided {
        Ok(()) => Redirect::to(HELD).into_response(),
        Err(Error::Refused { problem: Problem::NotFound, .. }) => reader.not_found(),
        Err(Error::Refused { problem: Problem::Field, .. }) => {
            let view = view(app, reader, checklists, Wrong::Reason(typed.0, typed.1)).await;
            again(reader, StatusCode::UNPROCESSABLE_ENTITY, view)
        }
        Err(Error::Refused { problem: Problem::Forbidden, .. }) => {
            again(reader, StatusCode::FORBIDDEN, view(app, reader, checklists, Wrong::Own).await)
        }
        Err(error) => reader.failed(&error),
    }
}

/// The page once more, with what is wrong on it.
fn again(reader: &Reader, status: StatusCode, view: Result<HeldPageView, Error>) -> Response {
    match view {
        Ok(view) => reader.page(status, view.render(&reader.frame)),
        Err(error) => reader.failed(&error),
    }
}

async fn view(app: &App, reader: &Reader, checklists: Checklists, wrong: Wrong) -> Result<HeldPageView, Error> {
    let (scope, deciding, approving) = (reader.scope.clone(), reader.login.decides(), reader.login.may(Role::Approver));
    let (year, by) = (year(reader.frame.now_ms), reader.login.person);
    app.store()
        .read(move |db| {
            let mut forms = BTreeSet::new();
            let work = read::work(db, &scope)?;
            // Nobody decides on what they wrote, nor on a whole of which that is a part.
            let wrote = work.iter().filter(|row| row.person_id == by).map(|row| row.document);
            let wrote: BTreeSet<DocumentId> = wrote.collect();
            let may = |row: &HeldWork| deciding.iter().any(|scope| sees(scope, &row.division, row.body_id));
            let work = work
                .into_iter()
                .map(|row| {
                    // One decision is for all that is held of an inspection: its first row carries the form.
                    let first = may(&row) && forms.insert(row.document);
                    let own = first && wrote.contains(&row.document);
                    Ok(HeldWorkRow { own, ..row_of(db, &checklists, row, first && !own)? })
                })
                .collect::<Result<_, Error>>()?;
            let approves = |row: &LateRow| approving.iter().any(|scope| sees(scope, &row.division, row.body_id));
            let lates = read::lates(db, &scope, year)?;
            let lates = lates.into_iter().map(|row| {
                let (approves, own) = (approves(&row), row.person_id == by);
                Ok(LateView { own: approves && own, ..late_of(db, &checklists, row, approves && !own)? })
            });
            let lates = lates.collect::<Result<_, Error>>()?;
            Ok(HeldPageView { work, lates, counts: read::counts(db, &scope, year)?, wrong })
        })
        .await
}

fn sees(scope: &Scope, division: &str, body: Option<BodyId>) -> bool {
    scope.sees(division) && body.map_or(scope.body().is_none(), |body| scope.sees_body(&body))
}

fn row_of(db: &Connection, checklists: &Checklists, row: HeldWork, form: bool) -> Result<HeldWorkRow, Error> {
    Ok(HeldWorkRow {
        document: row.document.to_string(),
        answers: held_said(db, checklists, &row.checklist, &row.answers)?,
        site: row.site,
        body: row.body,
        person: row.person,
        device: row.device,
        problem: row.problem,
        detail: row.detail,
        since_ms: row.since_ms,
        until_ms: row.until_ms,
        things: row.things,
        changes: row.changes,
        photos: row.photos,
        leaves: row.leaves,
        voids: row.voids,
        form,
        own: false,
    })
}

fn late_of(db: &Connection, checklists: &Checklists, row: LateRow, form: bool) -> Result<LateView, Error> {
    Ok(LateView {
        answers: held_said(db, checklists, &row.checklist, &row.answers)?,
        visit_ms: row.visit_ms,
        days: row.days(),
        record: row.record.to_string(),
        document: row.document.to_string(),
        site: row.site,
        body: row.body,
        person: row.person,
        cause: row.cause,
        reason: row.reason,
        standing: row.standing,
        changes: row.changes,
        registered: row.registered,
        form,
        own: false,
    })
}
