//! The address that people and phones reach the server by, where that is not simply the one they asked at.

use crate::App;
use axum::http::{HeaderMap, header};
use std::fmt;
use std::str::FromStr;
use wurao_protocol::present::MAX_ADDRESS;

/// A scheme and a host, with or without a port. It stands on posters and in every code that phones show, so that it is
/// short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    secure: bool,
    host: String,
}

/// Why a text is no public address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublicUrlError {
    /// Neither `http://` nor `https://` before it.
    #[error("the public address {0:?} must begin with https:// (or http:// where there is no TLS)")]
    Scheme(String),
    /// More than a host and a port, or none.
    #[error("the public address {0:?} must be a host, or a host and a port, and nothing after it")]
    Host(String),
    /// Longer than a code of a permit has room for.
    #[error("the public address {0:?} has {1} characters after its scheme; codes have room for {MAX_ADDRESS}")]
    TooLong(String, usize),
    /// Plain HTTP, while the server speaks TLS.
    #[error("the public address {0:?} must begin with https://: the server speaks TLS")]
    NotSecure(String),
}

impl PublicUrl {
    /// Whether it is reached by TLS.
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// Host and port.
    pub fn host(&self) -> &str {
        &self.host
    }
}

impl FromStr for PublicUrl {
    type Err = PublicUrlError;

    fn from_str(text: &str) -> Result<Self, PublicUrlError> {
        let all = text.trim().to_ascii_lowercase();
        let (secure, rest) = match (all.strip_prefix("https://"), all.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => return Err(PublicUrlError::Scheme(all)),
        };
        let host = rest.strip_suffix('/').unwrap_or(rest);
        let (name, port) = host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port)));
        let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-');
        let port = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|number| number > 0));
        if name.is_empty() || !plain || !port {
            return Err(PublicUrlError::Host(all));
        }
        if host.len() > MAX_ADDRESS {
            let length = host.len();
            return Err(PublicUrlError::TooLong(all, length));
        }
        Ok(Self { secure, host: host.to_owned() })
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}://{}", if self.secure { "https" } else { "http" }, self.host)
    }
}

/// The server's address for links and invitations: the public one, else as the browser that asks knows it.
pub(crate) fn of_request(app: &App, headers: &HeaderMap) -> String {
    if let Some(public) = &app.config().public_url {
        return public.to_string();
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let secure = crate::people::origin::is_secure(app.config(), headers);
    format!("{}://{host}", if secure { "https" } else { "http" })
}

/// What is wrong with an address that is printed for others to reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// It names the computer that asks: nobody else reaches it.
    Here,
    /// It is plain HTTP, where browsers check no code.
    Plain,
}

impl Doubt {
    /// What is wrong with an address that begins with its scheme.
    #[must_use]
    pub fn of(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://").unwrap_or_default();
        let host = rest.split('/').next().unwrap_or_default();
        let name = match host.strip_prefix('[') {
            Some(rest) => rest.split(']').next().unwrap_or_default(),
            None => host.split(':').next().unwrap_or_default(),
        };
        let loopback = name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        if loopback || name == "localhost" || name.ends_with(".localhost") {
            Some(Self::Here)
        } else {
            (scheme != "https").then_some(Self::Plain)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_no_other_computer_reaches_or_that_is_not_secure_is_doubted() {
        for url in ["http://127.0.0.1:8080", "https://localhost", "http://[::1]:80/p", "http://127.1.2.3"] {
            assert_eq!(Doubt::of(url), Some(Doubt::Here), "{url}");
        }
        for url in ["http://inspect.example", "http://192.168.1.5:8080"] {
            assert_eq!(Doubt::of(url), Some(Doubt::Plain), "{url}");
        }
        assert_eq!(Doubt::of("https://inspect.example:8443"), None);
    }

    #[test]
    fn a_public_address_is_a_scheme_and_a_host_that_codes_have_room_for() {
        for (text, shown) in [
            ("https://inspect.example", "https://inspect.example"),
            ("HTTPS://Inspect.Example:8443/", "https://inspect.example:8443"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ] {
            assert_eq!(text.parse::<PublicUrl>().unwrap().to_string(), shown);
        }
        let longest = format!("https://{}", "a".repeat(MAX_ADDRESS));
        assert!(longest.parse::<PublicUrl>().is_ok());
        let longer = format!("https://{}:80", "a".repeat(MAX_ADDRESS - 2));
        let error = longer.parse::<PublicUrl>().unwrap_err();
        assert_eq!(error, PublicUrlError::TooLong(longer, MAX_ADDRESS + 1));
        assert!(error.to_string().contains("33 characters") && error.to_string().contains("room for 32"), "{error}");
        for text in ["", "inspect.example", "ftp://a"] {
            assert_eq!(text.parse::<PublicUrl>(), Err(PublicUrlError::Scheme(text.to_owned())));
        }
        for text in ["https://", "https://a/b", "https://a b", "https://a:0", "https://a:b", "https://村.example"] {
            assert_eq!(text.parse::<PublicUrl>(), Err(PublicUrlError::Host(text.to_owned())));
        }
    }
}
