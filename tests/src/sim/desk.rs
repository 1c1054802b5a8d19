//! Who decides and who administers, at the pages.

use super::net::{Delivery, Net};
use super::template::URL;
use crate::Trouble;
use std::fmt::Write as _;
use wurao_device::HttpRequest;

/// Somebody signed in.
#[derive(Clone)]
pub(super) struct Desk {
    who: (&'static str, &'static str),
    cookie: String,
}

impl Desk {
    pub(super) fn sign_in(net: &Net, who: (&'static str, &'static str)) -> Result<Self, Trouble> {
        let answer = send(net, "/login", &[("name", who.0), ("password", who.1)], "")?;
        let cookie = answer.1.split(';').next().unwrap_or_default().to_owned();
        if cookie.is_empty() { Err(Trouble::new("sign in", format!("{answer:?}"))) } else { Ok(Self { who, cookie }) }
    }

    /// Sends a form; whether it was taken. Signs in again when that has grown old.
    pub(super) fn post(&mut self, net: &Net, path: &str, form: &[(&str, &str)]) -> Result<bool, Trouble> {
        let (status, _, leads) = send(net, path, form, &self.cookie)?;
        if leads.starts_with("/login") {
            *self = Self::sign_in(net, self.who)?;
            let (status, _, leads) = send(net, path, form, &self.cookie)?;
            return Ok(status == 303 && !leads.starts_with("/login"));
        }
        Ok(status == 303)
    }
}

/// Status, cookie set, where it leads.
fn send(net: &Net, path: &str, form: &[(&str, &str)], cookie: &str) -> Result<(u16, String, String), Trouble> {
    let mut body = String::new();
    for (name, value) in form {
        let value: String = value.replace(' ', "+");
        let _ = write!(body, "{}{name}={value}", if body.is_empty() { "" } else { "&" });
    }
    let headers = vec![
        ("content-type", "application/x-www-form-urlencoded".to_owned()),
        ("origin", URL.to_owned()),
        ("cookie", cookie.to_owned()),
    ];
    let request =
        HttpRequest { method: "POST", url: format!("{URL}{path}"), headers, body: body.into_bytes(), pin: None };
    let Delivery { ending, .. } = net.deliver(&request, None);
    let answer = ending.map_err(|error| Trouble::new(format!("post to {path}"), error.to_string()))?;
    let header = |name| answer.header(name).unwrap_or_default().to_owned();
    Ok((answer.status, header("set-cookie"), header("location")))
}
