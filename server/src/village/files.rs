//! The page's files, from memory.

use crate::App;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::borrow::Cow;
use wurao_protocol::Digest;

/// The page. Codes are written in capital letters, so its address is too.
const PAGE: [&str; 2] = ["/p", "/P"];

/// A file of the page: its name under `/p/`, its content type, its bytes.
type File = (&'static str, &'static str, &'static [u8]);

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

macro_rules! file {
    ($name:literal, $content_type:expr) => {
        ($name, $content_type, include_bytes!(concat!("../../assets/village/", $name)) as &[u8])
    };
}

/// Everything the page is made of but the service worker, which keeps these.
const FILES: &[File] = &[
    file!("page.html", HTML),
    file!("page.css", CSS),
    file!("poster.css", CSS),
    file!("mark.svg", "image/svg+xml"),
    file!("base43.js", JS),
    file!("cbor.js", JS),
    file!("key.js", JS),
    file!("cose.js", JS),
    file!("permit.js", JS),
    file!("trust.js", JS),
    file!("shown.js", JS),
    file!("judge.js", JS),
    file!("seal.js", JS),
    file!("feedback.js", JS),
    file!("store.js", JS),
    file!("scan.js", JS),
    file!("qr.js", JS),
    file!("words.js", JS),
    file!("show.js", JS),
    file!("page.js", JS),
];

const WORKER: &str = include_str!("../../assets/village/worker.js");

/// The page's own address in the cache of a phone.
const HTML_NAME: &str = "page.html";

pub(super) fn routes() -> Router<App> {
    let [small, capital] = PAGE;
    Router::new()
        .route(small, get(page))
        .route(capital, get(page))
        .route("/p/worker.js", get(worker))
        .route("/p/{name}", get(file))
}

async fn page(State(app): State<App>, headers: HeaderMap) -> Response {
    answer(HTML, html(&app), &headers)
}

async fn file(State(app): State<App>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    match FILES.iter().find(|(file, ..)| *file == name) {
        Some((HTML_NAME, ..)) => answer(HTML, html(&app), &headers),
        Some((_, content_type, bytes)) => answer(content_type, Cow::Borrowed(bytes), &headers),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The page with the number to call, which is all that differs between servers. What stands between `[[` and `]]` speaks
/// of that number, and is left out where there is none.
fn html(app: &App) -> Cow<'static, [u8]> {
    let number = app.config().hotline.as_deref().unwrap_or_default();
    let text = include_str!("../../assets/village/page.html");
    let text = if number.is_empty() { without(text) } else { text.replace("[[", "").replace("]]", "") };
    Cow::Owned(text.replace("@HOTLINE@", &escaped(number)).into_bytes())
}

/// The service worker with the names of the files and a version that is their hash: a new file is a new worker, and
/// the browser takes all of the new page or none of it.
async fn worker(State(app): State<App>, headers: HeaderMap) -> Response {
    let html = html(&app);
    let mut bytes: Vec<&[u8]> = FILES.iter().map(|(.., bytes)| *bytes).collect();
    bytes.push(&html);
    let names: Vec<String> = FILES.iter().map(|(name, ..)| format!("\"/p/{name}\"")).collect();
    let version = &Digest::of(&bytes).to_string()[..16];
    let text = WORKER.replace("@VERSION@", version).replace("\"@FILES@\"", &names.join(", "));
    let mut response = answer(JS, Cow::Owned(text.into_bytes()), &headers);
    // The page is `/p` and not `/p/`: the worker may look after an address above its own.
    response.headers_mut().insert("service-worker-allowed", HeaderValue::from_static("/"));
    response
}

/// A file, or that the browser has it already.
fn answer(content_type: &'static str, bytes: Cow<'static, [u8]>, headers: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", &Digest::of(&[&bytes]).to_string()[..32]);
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let about = [(header::CACHE_CONTROL, "no-cache".to_owned()), (header::ETAG, tag)];
    if known {
        (StatusCode::NOT_MODIFIED, about).into_response()
    } else {
        (about, [(header::CONTENT_TYPE, content_type)], bytes.into_owned()).into_response()
    }
}

/// The text without what stands between `[[` and `]]`.
fn without(text: &str) -> String {
    let mut parts = text.split("[[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| all + part.split_once("]]").map_or(part, |(_, after)| after))
}

/// A text as the value of an attribute.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}
