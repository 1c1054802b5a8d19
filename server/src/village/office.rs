//! What the office sees of it: what villages say, and the poster of a site.

use super::totals::{Onlooker, Rating, Totals, totals};
use crate::days;
use crate::page::Frame;
use crate::page::words::{VillageWords, Words};
use crate::pages::Reader;
use crate::people::Role;
use crate::{App, Doubt, Error, PublicUrl, Scope};
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use axum::routing::get;
use rusqlite::{OptionalExtension, params};
use wurao_protocol::SiteId;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/feedback", get(feedback)).route("/sites/{site}/poster", get(poster))
}

/// The page of what villages say.
struct Feedback {
    totals: Totals,
    auditor: bool,
    sites: Vec<SiteRow>,
}

/// A site with a poster.
struct SiteRow {
    id: SiteId,
    name: [String; 2],
}

#[derive(Template)]
#[template(path = "village_feedback.html")]
struct FeedbackPage<'a> {
    v: &'a Feedback,
    f: &'a Frame,
    w: &'static Words,
    t: &'static VillageWords,
}

impl FeedbackPage<'_> {
    fn say<'a>(&self, name: &'a [String; 2]) -> &'a str {
        say(self.f, name)
    }

    fn day(&self, day: &i64) -> String {
        let date = i32::try_from(*day).ok().and_then(days::date_of);
        date.map_or_else(String::new, |date| date.to_string())
    }

    fn stars(&self, stars: &f64) -> String {
        format!("{stars:.1}")
    }
}

fn say<'a>(frame: &Frame, [zh, en]: &'a [String; 2]) -> &'a str {
    let (wanted, other) = if frame.lang == crate::page::Lang::Zh { (zh, en) } else { (en, zh) };
    if wanted.is_empty() { other } else { wanted }
}

async fn feedback(State(app): State<App>, reader: Reader) -> Response {
    let auditor = reader.login.may(Role::Auditor);
    let supervisor = reader.login.may(Role::Supervisor);
    let own = Onlooker::Of(reader.login.body);
    let (scope, onlooker) = match (auditor, supervisor) {
        (Some(scope), _) => (scope, Onlooker::Auditor),
        (None, Some(scope)) => (scope, own),
        (None, None) => return reader.forbidden(),
    };
    let prints = may_print(&reader);
    let view = app.store().read(move |db| {
        let sites = prints.map(|scope| sites(db, &scope)).transpose()?.unwrap_or_default();
        Ok(Feedback { totals: totals(db, &scope, onlooker)?, auditor: onlooker == Onlooker::Auditor, sites })
    });
    reader.answer(view.await.map(Some), |v, f| {
        FeedbackPage { v, f, w: Words::of(f.lang), t: VillageWords::of(f.lang) }.render()
    })
}

/// Where somebody may print posters: the widest of the areas, which lie in each other.
fn may_print(reader: &Reader) -> Option<Scope> {
    let roles = [Role::Administrator, Role::Supervisor, Role::Auditor];
    roles.iter().filter_map(|role| reader.login.may(*role)).min_by_key(|scope| scope.prefix().len())
}

fn sites(db: &rusqlite::Connection, scope: &Scope) -> Result<Vec<SiteRow>, Error> {
    let sql = "SELECT id, zh, en FROM site WHERE substr(division, 1, length(?1)) = ?1 ORDER BY division, zh";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![scope.prefix()], |row| {
        Ok(SiteRow { id: SiteId(row.get(0)?), name: [row.get(1)?, row.get(2)?] })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The poster of one site.
struct Poster {
    name: [String; 2],
    address: String,
    code: String,
    hotline: Option<String>,
    doubt: Option<Doubt>,
}

#[derive(Template)]
#[template(path = "village_poster.html")]
struct PosterPage<'a> {
    v: &'a Poster,
    f: &'a Frame,
    w: &'static Words,
    t: &'static VillageWords,
}

impl PosterPage<'_> {
    fn name(&self) -> &str {
        say(self.f, &self.v.name)
    }
}

async fn poster(State(app): State<App>, headers: HeaderMap, Path(site): Path<String>, reader: Reader) -> Response {
    let Some(scope) = may_print(&reader) else { return reader.forbidden() };
    let public = app.config().public_url.as_ref();
    let host = public.map(|public| public.host().to_owned()).or_else(|| host(&headers));
    let (Ok(site), Some(host)) = (site.parse::<SiteId>(), host) else { return reader.not_found() };
    let found = app.store().read(move |db| {
        let sql = "SELECT zh, en FROM site WHERE id = ?1 AND substr(division, 1, length(?2)) = ?2";
        let row = db.query_row(sql, params![site.0, scope.prefix()], |row| Ok([row.get(0)?, row.get(1)?]));
        Ok(row.optional()?)
    });
    let found = match found.await {
        Ok(found) => found,
        Err(error) => return reader.failed(&error),
    };
    let Some(name) = found else { return reader.not_found() };
    let secure = public.map_or(app.config().tls.is_some() || !is_here(&host), PublicUrl::is_secure);
    let scheme = if secure { "https" } else { "http" };
    let doubt = Doubt::of(&format!("{scheme}://{host}"));
    match wurao_qr::Code::new(&format!("{scheme}://{host}/p#site={site}")) {
        Ok(code) => {
            let code = code.svg(&format!("{scheme}://{host}/p"));
            let hotline = app.config().hotline.clone();
            let poster = Poster { name, address: format!("{host}/p"), code, hotline, doubt };
            reader.answer(Ok(Some(poster)), |v, f| {
                PosterPage { v, f, w: Words::of(f.lang), t: VillageWords::of(f.lang) }.render()
            })
        }
        Err(error) => reader.failed(&error),
    }
}

/// The address this page was asked at, which is the official one.
fn host(headers: &HeaderMap) -> Option<String> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    (!host.is_empty() && host.len() <= 100 && host.bytes().all(plain)).then(|| host.to_ascii_lowercase())
}

/// Whether that is this computer itself, where browsers trust plain HTTP.
fn is_here(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}
