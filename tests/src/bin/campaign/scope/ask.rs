//! Asking every route.

use super::mark::Reader;
use super::tree::{PASSWORD, Tree};
use reqwest::blocking::Client;
use reqwest::redirect::Policy;
use std::io::Read;
use std::thread::JoinHandle;
use std::time::Duration;
use wurao_tests::{Doing, Trouble};

/// Somebody with a browser or a token.
pub(super) struct Asker {
    client: Client,
    base: String,
    token: Option<String>,
}

/// What came back.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<u8>,
    pub(super) body: Vec<u8>,
}

/// What is sent along.
pub(super) enum Sent {
    Nothing,
    Form(Vec<(String, String)>),
    /// A file as a form with a file brings it.
    Table(String),
    Bytes(Vec<u8>),
    Json(serde_json::Value),
}

impl Asker {
    pub(super) fn stranger(tree: &Tree) -> Result<Self, Trouble> {
        let client = Client::builder().cookie_store(true).redirect(Policy::none()).no_proxy().build();
        Ok(Self { client: client.doing("make an HTTP client")?, base: tree.url("")?, token: None })
    }

    pub(super) fn token(tree: &Tree, reader: &Reader) -> Result<Self, Trouble> {
        Ok(Self { token: Some(reader.name.clone()), ..Self::stranger(tree)? })
    }

    pub(super) fn person(tree: &Tree, login: &str) -> Result<Self, Trouble> {
        let asker = Self::stranger(tree)?;
        let form = [("name", login), ("password", PASSWORD)].map(|(name, value)| (name.to_owned(), value.to_owned()));
        match asker.ask("POST", "/login", Sent::Form(form.to_vec()))?.status {
            303 => Ok(asker),
            status => Err(Trouble::new(format!("sign {login} in"), format!("{status}"))),
        }
    }

    /// Listens to the stream of hints until the server stops.
    pub(super) fn watch(&self) -> Result<JoinHandle<Vec<u8>>, Trouble> {
        let asked = self.client.get(format!("{}/live", self.base)).timeout(Duration::from_secs(600));
        let mut answer = asked.send().doing("watch")?;
        if answer.status().as_u16() != 200 {
            return Err(Trouble::new("watch", answer.status().to_string()));
        }
        Ok(std::thread::spawn(move || {
            let mut told = Vec::new();
            // A stream cut short has told what it has told.
            let _ = answer.read_to_end(&mut told);
            told
        }))
    }

    /// Asks every route, with everything that can stand in it: those that only look, or those that send.
    pub(super) fn everything(
        &self,
        tree: &Tree,
        sending: bool,
        mut look: impl FnMut(&str, &Answer),
    ) -> Result<(), Trouble> {
        for route in &tree.routes {
            for method in route.methods.iter().filter(|method| (*method != "GET") == sending) {
                for path in addresses(tree, &route.path)? {
                    // The stream has its own listener; signing out ends what is to be looked at.
                    if matches!(path.as_str(), "/live" | "/logout") {
                        continue;
                    }
                    let form = || Sent::Form(vec![("x".to_owned(), "x".to_owned())]);
                    let answer = self.ask(method, &path, if sending { form() } else { Sent::Nothing })?;
                    look(&format!("{method} {path}"), &answer);
                }
            }
        }
        Ok(())
    }

    /// Asks one thing; a failure of the server is trouble.
    pub(super) fn ask(&self, method: &str, path: &str, sent: Sent) -> Result<Answer, Trouble> {
        let doing = || format!("{method} {path}");
        let method = reqwest::Method::from_bytes(method.as_bytes()).doing(doing())?;
        let mut request = self.client.request(method.clone(), format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        request = match sent {
            Sent::Nothing => request,
            Sent::Form(form) => request.form(&form),
            Sent::Json(value) => request.json(&value),
            Sent::Bytes(bytes) => request.body(bytes),
            Sent::Table(table) => {
                let part = "--b\r\ncontent-disposition: form-data; name=\"table\"\r\n\r\n";
                let whole = format!("{part}{table}\r\n--b--\r\n");
                request.header("content-type", "multipart/form-data; boundary=b").body(whole)
            }
        };
        let answer = request.send().doing(doing())?;
        let status = answer.status().as_u16();
        if status >= 500 && status != 503 {
            return Err(Trouble::new(doing(), format!("status {status}")));
        }
        let headers = format!("{:?}\n", answer.headers()).into_bytes();
        Ok(Answer { status, headers, body: answer.bytes().doing(doing())?.to_vec() })
    }
}

/// The addresses of a route.
fn addresses(tree: &Tree, route: &str) -> Result<Vec<String>, Trouble> {
    let mut addresses = vec![String::new()];
    for part in route.split('/').skip(1) {
        let values = match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            None => vec![part.to_owned()],
            Some(name) => tree.fill(name).ok_or_else(|| {
                Trouble::new(format!("ask {route}"), format!("this campaign does not know what to put for {name}"))
            })?,
        };
        addresses =
            addresses.iter().flat_map(|start| values.iter().map(move |value| format!("{start}/{value}"))).collect();
    }
    Ok(addresses)
}
