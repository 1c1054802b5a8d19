//! The headers of tus 1.0.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

pub(super) const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
pub(super) const VERSION: HeaderName = HeaderName::from_static("tus-version");
pub(super) const EXTENSION: HeaderName = HeaderName::from_static("tus-extension");
pub(super) const MAX_SIZE: HeaderName = HeaderName::from_static("tus-max-size");
pub(super) const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
pub(super) const LENGTH: HeaderName = HeaderName::from_static("upload-length");
pub(super) const CONTENT_TYPE: &str = "application/offset+octet-stream";

/// A header that is a number.
pub(super) fn number(headers: &HeaderMap, name: HeaderName) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.parse().ok()
}

/// An answer without a body, which says the version as every answer of tus does.
pub(super) struct Answer(StatusCode, HeaderMap);

impl Answer {
    pub(super) fn new(status: StatusCode) -> Self {
        Self(status, HeaderMap::from_iter([(RESUMABLE, HeaderValue::from_static("1.0.0"))]))
    }

    pub(super) fn with(mut self, name: HeaderName, value: impl ToString) -> Self {
        // Numbers, constants and our own paths are all legal header values.
        self.1.extend(HeaderValue::from_str(&value.to_string()).ok().map(|value| (name, value)));
        self
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        (self.0, self.1).into_response()
    }
}
