//! What forms bring, and how an answer to them is made.

#![expect(clippy::result_large_err, reason = "the other outcome is a whole page, made once for a request")]

use super::MAX_FILE;
use super::fault::{Fault, Stop};
use crate::App;
use crate::Scope;
use crate::page::address;
use crate::pages::Reader;
use crate::people::Role;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};

/// The fields of a form; a name may be there several times.
pub(super) struct Typed(Vec<(String, String)>);

impl Typed {
    /// A field; empty when it is not there.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }

    /// All fields of a name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

impl FromRequest<App> for Typed {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let form = axum::extract::Form::<Vec<(String, String)>>::from_request(request, app).await;
        form.map(|form| Self(form.0)).map_err(IntoResponse::into_response)
    }
}

/// What a form with a file brings: the file or, when there is none, the text that was pasted.
pub(super) struct Brought {
    pub(super) bytes: Vec<u8>,
    /// The text that was pasted, to be shown again.
    pub(super) pasted: String,
}

/// Takes a form with a file apart. The file's name is never looked at.
pub(super) async fn brought(mut form: Multipart) -> Result<Result<Brought, Fault>, Response> {
    let (mut file, mut pasted) = (Vec::new(), String::new());
    loop {
        let field = match form.next_field().await {
            Ok(Some(field)) => field,
            Ok(None) => break,
            Err(error) => return too_large_or(error),
        };
        let name = field.name().unwrap_or_default().to_owned();
        let bytes = match field.bytes().await {
            Ok(bytes) => bytes,
            Err(error) => return too_large_or(error),
        };
        if bytes.len() > MAX_FILE {
            return Ok(Err(Fault::TooLarge));
        }
        match name.as_str() {
            "file" => file = bytes.to_vec(),
            "table" => pasted = String::from_utf8_lossy(&bytes).into_owned(),
            _ => {}
        }
    }
    let bytes = if file.is_empty() { pasted.clone().into_bytes() } else { file };
    Ok(if bytes.iter().all(u8::is_ascii_whitespace) {
        Err(Fault::NothingBrought)
    } else {
        Ok(Brought { bytes, pasted })
    })
}

fn too_large_or(error: axum::extract::multipart::MultipartError) -> Result<Result<Brought, Fault>, Response> {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE { Ok(Err(Fault::TooLarge)) } else { Err(error.into_response()) }
}

/// Where a form was sent to is no page of its own: whoever asks for it, such as by the link to the other language, is sent
/// to the page that the form stands on.
pub(super) async fn back(uri: Uri) -> Redirect {
    let path = uri.path();
    let page = match path.strip_prefix(address::PHONES) {
        Some(_) => address::PHONES,
        None => path.rsplit_once('/').map_or(address::ADMIN, |(page, _)| page),
    };
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    Redirect::to(&address::in_header(address::local(&format!("{page}{query}"))))
}

/// The scope in which the reader administers, or the page that says that they do not.
pub(super) fn administers(reader: &Reader) -> Result<Scope, Response> {
    reader.may(Role::Administrator)
}

/// What to answer to a write that did not happen: the page again with its fault, or that there is no such thing.
pub(super) fn faulty(reader: &Reader, stop: Stop) -> Result<(StatusCode, Fault), Response> {
    match stop {
        Stop::Fault(fault) => {
            let status = StatusCode::from_u16(fault.status()).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
            Ok((status, fault))
        }
        Stop::Absent => Err(reader.not_found()),
        Stop::Failed(error) => Err(reader.failed(&error)),
    }
}

/// Runs a write whose faults are told on a page.
pub(super) async fn write<T, F>(app: &App, job: F) -> Result<T, Stop>
where
    T: Send + 'static,
    F: FnOnce(&crate::store::Tx<'_>) -> Result<T, Stop> + Send + 'static,
{
    // The store undoes a write that fails, so a fault has to be a failure there.
    let (sender, receiver) = std::sync::mpsc::channel();
    let written = app.store().write(move |tx| {
        job(tx).map_err(|stop| match stop {
            Stop::Failed(error) => error,
            told => {
                // The receiver waits below.
                let _ = sender.send(told);
                crate::Error::Usage("refused on a page".to_owned())
            }
        })
    });
    match written.await {
        Ok(done) => Ok(done),
        Err(error) => Err(receiver.try_recv().unwrap_or(Stop::Failed(error))),
    }
}
