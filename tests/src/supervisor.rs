//! A supervisor at the page: signs in, reads pages and exports, watches what changes.

use crate::{Doing, Trouble};
use reqwest::blocking::{Client, Response};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use wurao_protocol::DocumentId;

/// A signed-in supervisor.
pub struct Supervisor {
    client: Client,
    base: String,
}

/// What a form was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// The status; 303 when it was taken.
    pub status: u16,
    /// Where the answer leads.
    pub leads: Option<String>,
    /// The page, when there is one.
    pub body: String,
}

impl Supervisor {
    /// Signs in at a server (`http://...`).
    pub fn sign_in(base: &str, login: &str, password: &str) -> Result<Self, Trouble> {
        let supervisor = Self::stranger(base)?;
        let form = [("name", login), ("password", password)];
        let answer = supervisor.client.post(format!("{base}/login")).form(&form).send().doing("sign in")?;
        if answer.status().as_u16() == 303 { Ok(supervisor) } else { Err(status("sign in", &answer)) }
    }

    /// Somebody who has not signed in.
    pub fn stranger(base: &str) -> Result<Self, Trouble> {
        let client = Client::builder()
            .cookie_store(true)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .doing("make an HTTP client")?;
        Ok(Self { client, base: base.to_owned() })
    }

    /// The status and body of a path.
    pub fn get(&self, path: &str) -> Result<(u16, Vec<u8>), Trouble> {
        let answer = self.client.get(format!("{}{path}", self.base)).send().doing(format!("get {path}"))?;
        Ok((answer.status().as_u16(), answer.bytes().doing(format!("read {path}"))?.to_vec()))
    }

    /// A page in a language (`zh`, `en`).
    pub fn page(&self, path: &str, language: &str) -> Result<String, Trouble> {
        let bytes = self.bytes(&format!("{path}?lang={language}"))?;
        String::from_utf8(bytes).doing(format!("read {path}"))
    }

    /// What is at a path; anything but 200 is trouble.
    pub fn bytes(&self, path: &str) -> Result<Vec<u8>, Trouble> {
        match self.get(path)? {
            (200, body) => Ok(body),
            (other, _) => Err(Trouble::new(format!("get {path}"), format!("status {other}"))),
        }
    }

    /// Sends a form, as a page of this server does; the status and body of the answer, and where it leads.
    pub fn post(&self, path: &str, form: &[(&str, &str)]) -> Result<Posted, Trouble> {
        let request = self.client.post(format!("{}{path}", self.base)).header("origin", &self.base).form(form);
        let answer = request.send().doing(format!("post to {path}"))?;
        let leads = answer.headers().get("location").and_then(|to| to.to_str().ok()).map(str::to_owned);
        let status = answer.status().as_u16();
        Ok(Posted { status, leads, body: answer.text().doing(format!("read {path}"))? })
    }

    /// Settles a conflict by one of its values (as it is shown), by the form that the inspection's page has for it.
    pub fn choose(&self, document: DocumentId, key: &str, value: &str) -> Result<Posted, Trouble> {
        let form = self.choice_form(document, key, value)?;
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.post(&format!("/inspections/{document}/choices"), &form)
    }

    /// That form as the page has it now, one of the values picked.
    pub fn choice_form(
        &self,
        document: DocumentId,
        key: &str,
        value: &str,
    ) -> Result<Vec<(&'static str, String)>, Trouble> {
        let page = self.page(&format!("/inspections/{document}"), "en")?;
        let doing = || format!("find the form that settles {key}");
        let between = |text: &str, from: &str, to: &str| -> Result<String, Trouble> {
            let found = text.split(from).nth(1).and_then(|rest| rest.split(to).next());
            found.map(str::to_owned).ok_or_else(|| Trouble::new(doing(), format!("no {from}")))
        };
        let conflict = between(&page, &format!("data-key=\"conflict-{key}\""), "</form>")?;
        let hidden = |name: &str| between(&conflict, &format!("name=\"{name}\" value=\""), "\"");
        // The button that stands before the value.
        let before = conflict.split(&format!("<span class=\"value\">{value}<")).next().unwrap_or_default();
        let Some(picked) = before.rsplit_once("name=\"chosen\" value=\"").filter(|_| before.len() < conflict.len())
        else {
            return Err(Trouble::new(doing(), format!("no {value} in {conflict}")));
        };
        let chosen = picked.1.split('"').next().unwrap_or_default().to_owned();
        Ok(vec![
            ("key", hidden("key")?),
            ("among", hidden("among")?),
            ("section", hidden("section")?),
            ("chosen", chosen),
        ])
    }

    /// All inspections in scope.
    pub fn inspections(&self) -> Result<Vec<Value>, Trouble> {
        let all: Value = serde_json::from_slice(&self.bytes("/export.json")?).doing("read the list of inspections")?;
        let list = all["inspections"].as_array().cloned();
        list.ok_or_else(|| Trouble::new("read the list of inspections", all.to_string()))
    }

    /// One inspection as the server knows it.
    pub fn inspection(&self, document: DocumentId) -> Result<Value, Trouble> {
        let path = format!("/inspections/{document}/export.json");
        serde_json::from_slice(&self.bytes(&path)?).doing(format!("read {path}"))
    }

    /// Watches what changes; each message is the data of one `change` event. The watch has begun when this returns.
    pub fn watch(&self) -> Result<Receiver<String>, Trouble> {
        // A stream of its own without the client's timeout; the cookie comes along.
        let request = self.client.get(format!("{}/live", self.base)).timeout(Duration::from_secs(3600));
        let answer = request.send().doing("watch")?;
        if answer.status().as_u16() != 200 {
            return Err(status("watch", &answer));
        }
        let (told, events) = channel();
        std::thread::spawn(move || {
            let mut of_a_change = false;
            for line in BufReader::new(answer).lines().map_while(Result::ok) {
                if let Some(event) = line.strip_prefix("event:") {
                    of_a_change = event.trim() == "change";
                } else if let Some(data) = line.strip_prefix("data:").filter(|_| of_a_change)
                    && told.send(data.trim().to_owned()).is_err()
                {
                    return;
                }
            }
        });
        Ok(events)
    }
}

fn status(doing: &str, answer: &Response) -> Trouble {
    Trouble::new(doing, format!("status {}", answer.status()))
}
