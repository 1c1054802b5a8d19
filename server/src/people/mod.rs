//! People on the page: signing in with a password, who a request comes from, and what they may do.

mod cookie;
pub(crate) mod first;
pub(crate) mod origin;
mod own;
mod password;
pub(crate) mod rights;
mod role;
mod routes;
pub mod text;

pub use first::MadeLink;
pub use password::hash;
pub use rights::{RightDeed, RightStep};
pub use role::{Grant, NoRole, Role, grants};
pub(crate) use role::{all_grants, give, take_back, void_invitations};
pub use routes::routes;

use crate::scope::Scope;
use crate::{App, Error, page::address};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Method, header};
use axum::response::{IntoResponse, Redirect, Response};
use rusqlite::{OptionalExtension, params};
use wurao_protocol::{BodyId, Digest, PersonId};

/// How long one sign-in is good for.
const GOOD_FOR_MS: i64 = 12 * 3600 * 1000;

/// Who a request comes from. As an argument of a handler it lets nobody else in.
#[derive(Clone, Debug)]
pub struct Login {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// The body they work for.
    pub body: BodyId,
    /// What they may do, as it stands now.
    grants: Vec<Grant>,
    /// The sign-in itself, hashed as it is stored.
    token: Digest,
}

impl Login {
    /// The scope in which they have a role.
    pub fn may(&self, role: Role) -> Option<Scope> {
        role::may(&self.grants, role)
    }

    /// The widest scope in which they read; of nothing for those who only inspect.
    pub fn reads(&self) -> Scope {
        role::reads(&self.grants)
    }

    /// The scopes in which they decide on what others have written.
    pub(crate) fn decides(&self) -> Vec<Scope> {
        [Role::Approver, Role::Supervisor].into_iter().filter_map(|role| self.may(role)).collect()
    }

    /// Everything they may do.
    pub fn grants(&self) -> &[Grant] {
        &self.grants
    }

    /// The same as it stands now; none once it was ended or has grown old.
    pub(crate) async fn again(&self, app: &App) -> Result<Option<Self>, Error> {
        of_token(app, self.token).await
    }
}

impl FromRequestParts<App> for Login {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let found = match cookie::token(&parts.headers) {
            Some(token) => of_token(app, Digest::of(&[token.as_bytes()])).await.map_err(IntoResponse::into_response)?,
            None => None,
        };
        found.ok_or_else(|| Redirect::to(&sign_in_for(parts)).into_response())
    }
}

/// The sign-in page, which leads back to what was asked for when that is a page.
fn sign_in_for(parts: &Parts) -> String {
    let accept = parts.headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    let page = parts.method == Method::GET && accept.is_some_and(|accept| accept.contains("text/html"));
    match parts.uri.path_and_query() {
        Some(asked) if page && asked.as_str() != address::COUNTY => {
            format!("{}?next={}", address::LOGIN, address::escaped(asked.as_str()))
        }
        _ => address::LOGIN.to_owned(),
    }
}

/// Tokens are random and stored hashed: who reads the database cannot use them.
async fn of_token(app: &App, token: Digest) -> Result<Option<Login>, Error> {
    let now = app.now_ms();
    let sql = "SELECT p.id, p.name, p.body FROM login_session s JOIN person p ON p.id = s.person \
               WHERE s.token = ?1 AND s.expires_ms > ?2 AND p.disabled_ms IS NULL";
    app.store()
        .read(move |db| {
            let mut statement = db.prepare_cached(sql)?;
            let found = statement
                .query_row(params![token.0, now], |row| {
                    Ok((PersonId(row.get(0)?), row.get::<_, String>(1)?, BodyId(row.get(2)?)))
                })
                .optional()?;
            let Some((person, name, body)) = found else { return Ok(None) };
            Ok(Some(Login { grants: grants(db, &person)?, person, name, body, token }))
        })
        .await
}
