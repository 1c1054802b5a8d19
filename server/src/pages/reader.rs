//! Who reads a page, in which language, and what comes back when there is nothing to read.

use super::words::words;
use crate::page::view::{Problem, ProblemView};
use crate::page::{Frame, Lang};
use crate::people::{Login, Role};
use crate::store::read;
use crate::{App, Error, Scope};
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;

/// How long a language is remembered.
const REMEMBERED_S: u32 = 365 * 24 * 3600;

/// Somebody who is signed in and may read pages. As an argument of a handler it lets nobody else in.
#[derive(Clone, Debug)]
pub struct Reader {
    /// What they may see: the widest scope in which they read.
    pub scope: Scope,
    /// Who they are and what they may do.
    pub login: Login,
    /// What stands around every page.
    pub frame: Frame,
    /// The language, when it was asked for and so is to be remembered.
    remember: Option<Lang>,
}

#[derive(Deserialize)]
struct Asked {
    lang: Option<String>,
}

impl FromRequestParts<App> for Reader {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let login = Login::from_request_parts(parts, app).await?;
        let may_read = login.grants().iter().any(|grant| grant.role.reads());
        let reader = Self::of(parts, app, login).await.map_err(IntoResponse::into_response)?;
        if may_read { Ok(reader) } else { Err(problem(&reader.frame, Problem::Forbidden, None)) }
    }
}

impl Reader {
    async fn of(parts: &Parts, app: &App, login: Login) -> Result<Self, Error> {
        let (mut frame, remember) = strangers(parts, app);
        let scope = login.reads();
        let seen = scope.clone();
        let place = app.store().read(move |db| read::division(db, &seen)).await?;
        frame.place = place.as_ref().map(words).unwrap_or_default();
        frame.reader = Some(login.name.clone());
        frame.roles = login.grants().iter().map(|grant| grant.role).collect();
        Ok(Self { scope, login, frame, remember })
    }

    /// The scope in which the reader has a role, or the page that says that they have not.
    #[expect(clippy::result_large_err, reason = "the other outcome is a whole page, made once for a request")]
    pub(crate) fn may(&self, role: Role) -> Result<Scope, Response> {
        self.login.may(role).ok_or_else(|| self.forbidden())
    }

    /// The page that says 403.
    pub(crate) fn forbidden(&self) -> Response {
        problem(&self.frame, Problem::Forbidden, None)
    }

    /// The page that says 404.
    pub(crate) fn not_found(&self) -> Response {
        problem(&self.frame, Problem::NotFound, None)
    }

    /// A page with a status of its own, such as a form shown again with what is wrong in it.
    pub(crate) fn page(&self, status: StatusCode, html: Result<String, askama::Error>) -> Response {
        match html {
            Ok(html) => remembering(html_page(status, html), self.remember),
            Err(error) => self.failed(&error),
        }
    }

    /// The page that says 500; the cause goes to the log under the reference it names.
    pub(crate) fn failed(&self, error: &dyn std::fmt::Display) -> Response {
        let reference = format!("{:x}", self.frame.now_ms);
        tracing::error!(reference, path = self.frame.path, "page: {error}");
        problem(&self.frame, Problem::Internal, Some(reference))
    }

    /// The answer to a page's request; no view is a page that does not exist in the reader's scope.
    pub(crate) fn answer<V>(
        &self,
        view: Result<Option<V>, Error>,
        render: impl Fn(&V, &Frame) -> Result<String, askama::Error>,
    ) -> Response {
        match view {
            Ok(Some(view)) => self.page(StatusCode::OK, render(&view, &self.frame)),
            Ok(None) => self.not_found(),
            Err(error) => self.failed(&error),
        }
    }
}

/// The answer at an address that leads nowhere, signed in or not.
pub(super) async fn nowhere(parts: &mut Parts, app: &App) -> Response {
    match Reader::from_request_parts(parts, app).await {
        Ok(reader) => problem(&reader.frame, Problem::NotFound, None),
        Err(_) => problem(&strangers(parts, app).0, Problem::NotFound, None),
    }
}

/// The frame of somebody who has not signed in, and the language they asked for, if they did.
pub(crate) fn strangers(parts: &Parts, app: &App) -> (Frame, Option<Lang>) {
    let asked = Query::<Asked>::try_from_uri(&parts.uri).ok().and_then(|Query(asked)| asked.lang);
    let accept = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let lang = Lang::choose(asked.as_deref(), remembered(&parts.headers), accept);
    let path = parts.uri.path().to_owned();
    let frame = Frame { lang, now_ms: app.now_ms(), path, since: app.live().last(), ..Frame::default() };
    (frame, asked.as_deref().and_then(Lang::from_tag))
}

fn remembered(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies.flat_map(|value| value.split(';')).find_map(|pair| pair.trim().strip_prefix("lang="))
}

pub(crate) fn remembering(mut response: Response, lang: Option<Lang>) -> Response {
    let cookie = lang.map(|lang| format!("lang={}; Path=/; SameSite=Lax; Max-Age={REMEMBERED_S}", lang.code()));
    if let Some(cookie) = cookie.and_then(|cookie| HeaderValue::from_str(&cookie).ok()) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

fn problem(frame: &Frame, problem: Problem, reference: Option<String>) -> Response {
    let status = StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match (ProblemView { problem, reference }).render(frame) {
        Ok(html) => html_page(status, html),
        Err(_) => status.into_response(),
    }
}

/// What is shown to one reader is kept by no cache, nor on the disk of a shared computer.
pub(crate) fn html_page(status: StatusCode, html: String) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store")], Html(html)).into_response()
}
