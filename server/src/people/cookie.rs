//! The cookie that carries a sign-in.

use axum::http::{HeaderMap, HeaderValue, header};

const NAME: &str = "wurao";

/// The token of a request, when it carries one.
pub(super) fn token(headers: &HeaderMap) -> Option<String> {
    read(headers, NAME).map(str::to_owned)
}

/// The value of a cookie.
pub(crate) fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(found, value)| (found == name).then_some(value))
}

/// Sets the cookie; `secure` when the browser came by TLS.
pub(super) fn set(token: &str, seconds: i64, secure: bool) -> Option<HeaderValue> {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{NAME}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
    HeaderValue::from_str(&text).ok()
}
