//! Asking every route.

use super::tree::{PASSWORD, Reader, Tree};
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

impl Asker {
    pub(super) fn stranger(tree: &Tree) -> Result<Self, Trouble> {
        let client = Client::builder().cookie_store(true).redirect(Policy::none()).no_proxy().build();
        Ok(Self { client: client.doing("make an HTTP client")?, base: tree.url("")?, token: None })
    }

    pub(super) fn token(tree: &Tree, reader: &Reader) -> Result<Self, Trouble> {
        Ok(Self { token: Some(reader.name.clone()), ..Self::stranger(tree)? })
    }

    pub(super) fn person(tree: &Tree, reader: &Reader) -> Result<Self, Trouble> {
        let asker = Self::stranger(tree)?;
        let form = [("name", reader.name.as_str()), ("password", PASSWORD)];
        let answer = asker.client.post(format!("{}/login", asker.base)).form(&form).send().doing("sign in")?;
        let status = answer.status().as_u16();
        if status == 303 {
            Ok(asker)
        } else {
            Err(Trouble::new(format!("sign {} in", reader.name), format!("{status}")))
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
        mut look: impl FnMut(&str, &[u8]),
    ) -> Result<(), Trouble> {
        for route in wurao_server::routes() {
            for path in addresses(tree, &route.path)? {
                for method in route.methods.iter().filter(|method| (*method != "GET") == sending) {
                    // The stream has its own listener; signing out ends what is to be looked at.
                    if matches!(path.as_str(), "/live" | "/logout") {
                        continue;
                    }
                    let (status, body) = self.ask(method, &path)?;
                    if status >= 500 && status != 503 {
                        return Err(Trouble::new(format!("{method} {path}"), format!("status {status}")));
                    }
                    look(&format!("{method} {path}"), &body);
                }
            }
        }
        Ok(())
    }

    fn ask(&self, method: &str, path: &str) -> Result<(u16, Vec<u8>), Trouble> {
        let doing = || format!("{method} {path}");
        let method = reqwest::Method::from_bytes(method.as_bytes()).doing(doing())?;
        let sends = method != reqwest::Method::GET;
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if sends {
            request = request.form(&[("x", "x")]);
        }
        let answer = request.send().doing(doing())?;
        let status = answer.status().as_u16();
        let headers = format!("{:?}\n", answer.headers());
        let body = answer.bytes().doing(doing())?;
        Ok((status, [headers.as_bytes(), &body].concat()))
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
