//! What every answer tells the browser to refrain from.
//!
//! `Referrer-Policy` is `no-referrer` for the village, whose page sends by script. Elsewhere it is `same-origin`, which
//! tells other sites nothing either: under `no-referrer` a browser calls the origin of its own page's forms `null`, and
//! nobody could sign in. The camera is for the village's page alone, which scans the code of a permit.
//!
//! What phones alone ask for no browser renders, and on a poor link every answer's bytes count: there it is `nosniff`, so
//! that none ever does, and HSTS.

use crate::App;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

/// Everything from this server, no script or style inside a page, nothing around it.
const CONTENT: &str =
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";

/// Two years; without the names below this one, which may be somebody else's.
const TRANSPORT: &str = "max-age=63072000";

const NO_SENSORS: &str = "camera=(), microphone=(), geolocation=(), payment=(), usb=()";
const CAMERA_ONLY: &str = "camera=(self), microphone=(), geolocation=(), payment=(), usb=()";

/// Around every route: adds what an answer does not set itself.
pub(crate) async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let (village, phones) = (is_village(request.uri().path()), is_for_phones(request.uri().path()));
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    add(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    if app.config().is_secure() {
        add(headers, header::STRICT_TRANSPORT_SECURITY, TRANSPORT);
    }
    if phones {
        return response;
    }
    let (referrer, sensors) = if village { ("no-referrer", CAMERA_ONLY) } else { ("same-origin", NO_SENSORS) };
    add(headers, header::CONTENT_SECURITY_POLICY, CONTENT);
    add(headers, header::REFERRER_POLICY, referrer);
    add(headers, header::X_FRAME_OPTIONS, "DENY");
    add(headers, HeaderName::from_static("permissions-policy"), sensors);
    add(headers, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    add(headers, HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    response
}

fn is_village(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    path == "/p" || path.starts_with("/p/")
}

fn is_for_phones(path: &str) -> bool {
    path == "/v1/sync" || path.starts_with("/v1/uploads/")
}

fn add(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.entry(name).or_insert(HeaderValue::from_static(value));
}
