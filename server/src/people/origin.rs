//! Whether a form was sent from our own page.

use crate::{App, Config};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Every browser names the origin of a POST; one that is not ours is another site's form. No origin at all is no
/// browser, and so carries no cookie it did not set itself; a browser that hides the origin still says whether the form
/// is from elsewhere. Where browsers come by TLS, a page that came without it is not ours: anybody on the way may have
/// written it.
pub(crate) fn is_ours(headers: &HeaderMap, secure: bool) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return headers.get("sec-fetch-site").is_none_or(|site| site == "same-origin" || site == "none");
    };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let named = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    matches!((named, host), (Some((scheme, named)), Some(host)) if named == host && (!secure || scheme == "https"))
}

/// Around every route: whatever changes something is taken from our own pages, or from what is no browser.
pub(crate) async fn only_ours(State(app): State<App>, request: Request, next: Next) -> Response {
    if request.method().is_safe() || is_ours(request.headers(), app.config().is_secure()) {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, "foreign-origin").into_response()
    }
}

/// Whether the browser came by TLS: as all do, or, as far as the request tells, to a proxy that nobody told us of.
pub(crate) fn is_secure(config: &Config, headers: &HeaderMap) -> bool {
    config.is_secure() || headers.get(header::ORIGIN).is_some_and(|origin| origin.as_bytes().starts_with(b"https://"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(origin: Option<&'static str>) -> HeaderMap {
        let mut headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static("here:80"))]);
        headers.extend(origin.map(|origin| (header::ORIGIN, HeaderValue::from_static(origin))));
        headers
    }

    #[test]
    fn a_form_of_another_site_is_not_ours() {
        assert!(is_ours(&headers(Some("http://here:80")), false));
        assert!(is_ours(&headers(None), false) && is_ours(&headers(None), true));
        for (site, ours) in [("same-origin", true), ("none", true), ("cross-site", false), ("same-site", false)] {
            let mut headers = headers(None);
            headers.insert("sec-fetch-site", HeaderValue::from_static(site));
            assert_eq!(is_ours(&headers, false), ours, "{site}");
        }
        for foreign in ["http://there:80", "null", "http://here", "http://here:80.example"] {
            assert!(!is_ours(&headers(Some(foreign)), false), "{foreign}");
        }
    }

    #[test]
    fn where_browsers_come_by_tls_a_page_that_came_without_it_is_not_ours() {
        for (origin, secure, ours) in [
            ("https://here:80", true, true),
            ("http://here:80", true, false),
            ("ftp://here:80", true, false),
            ("https://here:80", false, true),
        ] {
            assert_eq!(is_ours(&headers(Some(origin)), secure), ours, "{origin}");
        }
    }
}
