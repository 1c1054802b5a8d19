//! Choosing between different answers on an inspection's page.
//!
//! Supervisors and approvers choose in their scope, where they have not answered the question themselves; also after the
//! inspection has closed, for then nobody else is left to. The form names what its page showed: nobody chooses among what
//! they have not seen. What a choice is made of is in `sync`.

pub use crate::sync::choose::{NotChosen, Pick};

use crate::page::address;
use crate::pages::{Checklists, Reader, inspection_page};
use crate::store::{Tx, read};
use crate::sync::choose::{self, answered};
use crate::{App, Error, Keys, Scope};
use axum::extract::{DefaultBodyLimit, Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use axum::{Extension, Router};
use rusqlite::Connection;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;
use wurao_protocol::{DocumentId, PersonId, Problem};
use wurao_record::OpId;

/// Where the forms of an inspection's page are sent.
pub fn routes() -> Router<App> {
    Router::new()
        .route(&format!("{}{{document}}/choices", address::INSPECTIONS), post(on_page))
        .layer(DefaultBodyLimit::max(64 << 10))
        .layer(Extension(Checklists::default()))
}

#[derive(Deserialize)]
struct Sent {
    key: String,
    /// The puts that stood there when the page was made, with spaces between.
    among: String,
    chosen: String,
    /// Where on the page it was.
    #[serde(default)]
    section: String,
}

impl Sent {
    fn pick(&self) -> Option<Pick> {
        let mut among = self.among.split(' ').map(str::parse).collect::<Result<Vec<OpId>, _>>().ok()?;
        among.sort_unstable();
        Some(Pick { key: self.key.clone(), among, chosen: self.chosen.parse().ok()? })
    }
}

async fn on_page(
    State(app): State<App>,
    Extension(checklists): Extension<Checklists>,
    Path(document): Path<String>,
    reader: Reader,
    Form(sent): Form<Sent>,
) -> Response {
    let (scopes, by, now) = (reader.login.decides(), reader.login.person, app.now_ms());
    if scopes.is_empty() {
        return reader.forbidden();
    }
    let Ok(id) = document.parse::<DocumentId>() else { return reader.not_found() };
    let Some(pick) = sent.pick() else { return StatusCode::UNPROCESSABLE_ENTITY.into_response() };
    let nonce = match app.random() {
        Ok(nonce) => nonce,
        Err(error) => return reader.failed(&error),
    };
    let keys = Arc::clone(app.keys());
    let chosen = app.store().write(move |tx| choose(tx, &keys, &scopes, &id, &pick, by, nonce, now)).await;
    match chosen {
        Ok(Ok(())) => {
            let section = address::escaped(&sent.section);
            Redirect::to(&format!("{}#section-{section}", address::inspection(&document))).into_response()
        }
        Ok(Err(why)) => {
            let status = StatusCode::from_u16(why.status()).unwrap_or(StatusCode::CONFLICT);
            inspection_page(&app, &reader, checklists, id, status, Some(why)).await
        }
        Err(Error::Refused { problem: Problem::NotFound, .. }) => reader.not_found(),
        Err(error) => reader.failed(&error),
    }
}

/// Chooses among the values that a page showed. Whoever chooses wants one of these scopes to see the inspection; one outside
/// of them is not found. Made once already by the same person, the choice is made. The nonce is fresh chance.
#[allow(clippy::too_many_arguments, reason = "who, where, what and when are all of a choice")]
pub fn choose(
    tx: &Tx<'_>,
    keys: &Keys,
    scopes: &[Scope],
    document: &DocumentId,
    pick: &Pick,
    by: PersonId,
    nonce: [u8; 16],
    now_ms: i64,
) -> Result<Result<(), NotChosen>, Error> {
    if !see(tx, scopes, document)? {
        return Err(Error::refused(Problem::NotFound, "inspection"));
    }
    choose::choose(tx, keys, document, pick, by, nonce, now_ms)
}

/// The keys in an inspection on which somebody who decides in these scopes does not choose, for they answered them
/// themselves; none when it is not theirs to choose in.
pub(crate) fn not_theirs(
    db: &Connection,
    scopes: &[Scope],
    document: &DocumentId,
    person: &PersonId,
) -> Result<Option<BTreeSet<String>>, Error> {
    if see(db, scopes, document)? { answered(db, document, person).map(Some) } else { Ok(None) }
}

fn see(db: &Connection, scopes: &[Scope], document: &DocumentId) -> Result<bool, Error> {
    let asked = BTreeSet::from([*document]);
    for scope in scopes {
        if !read::in_scope(db, scope, &asked)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}
