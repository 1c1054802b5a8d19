//! A headless browser through its DevTools protocol: as much of it as the page's test needs.

use base64ct::{Base64, Encoding};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;
use tungstenite::stream::MaybeTlsStream;
use tungstenite::{Message, WebSocket};

/// One page of a browser; both end with it.
pub(crate) struct Page {
    socket: WebSocket<MaybeTlsStream<TcpStream>>,
    session: String,
    last: u64,
    loads: u64,
    /// What the page complained about: exceptions, refused content, failed requests.
    pub(crate) complaints: Vec<String>,
    /// Requests that were stopped on their way; see [`Page::hold`].
    held: Vec<Value>,
    browser: Child,
    _profile: TempDir,
}

impl Page {
    /// Starts the browser with an empty profile and opens an empty page.
    pub(crate) fn open() -> Page {
        Page::open_with(&[])
    }

    /// The same with more arguments for the browser.
    pub(crate) fn open_with(arguments: &[&str]) -> Page {
        let program = std::env::var("CHROMIUM").unwrap_or_else(|_| "chromium".to_owned());
        let profile = tempfile::tempdir().unwrap();
        let mut browser = Command::new(&program)
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
            .args(["--disable-extensions", "--hide-scrollbars", "--remote-debugging-port=0"])
            // A page that nobody looks at gets its timers once a minute.
            .args(["--disable-background-timer-throttling", "--disable-renderer-backgrounding"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .args(arguments)
            .arg("about:blank")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("no browser: {program}: {error}; install chromium or set CHROMIUM"));
        let mut said = BufReader::new(browser.stderr.take().unwrap()).lines();
        let address = said
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("DevTools listening on ").map(str::to_owned))
            .expect("the browser ended without listening");
        // Its pipe must go on being emptied.
        std::thread::spawn(move || said.map_while(Result::ok).for_each(drop));
        let (socket, _) = tungstenite::connect(address.as_str()).unwrap();
        if let MaybeTlsStream::Plain(stream) = socket.get_ref() {
            // What leads nowhere is a failure, not a test that never ends.
            stream.set_read_timeout(Some(std::time::Duration::from_secs(90))).unwrap();
        }
        let session = String::new();
        let mut page = Page {
            socket,
            session,
            last: 0,
            loads: 0,
            complaints: Vec::new(),
            held: Vec::new(),
            browser,
            _profile: profile,
        };
        let target = page.call("Target.createTarget", &json!({"url": "about:blank"}))["targetId"].clone();
        let attached = page.call("Target.attachToTarget", &json!({"targetId": target, "flatten": true}));
        attached["sessionId"].as_str().unwrap().clone_into(&mut page.session);
        for domain in ["Page.enable", "Runtime.enable", "Log.enable"] {
            page.call(domain, &json!({}));
        }
        page
    }

    /// Makes the page so wide; below 500 pixels it is a phone.
    pub(crate) fn width(&mut self, width: u32) {
        let metrics = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500});
        self.call("Emulation.setDeviceMetricsOverride", &metrics);
    }

    /// Goes to an address and waits until everything there is loaded.
    pub(crate) fn go(&mut self, url: &str) {
        let before = self.loads;
        let went = self.call("Page.navigate", &json!({"url": url}));
        assert!(went.get("errorText").is_none(), "{url}: {went}");
        self.wait_for_load(before);
    }

    /// Does something that leads to another page and waits until everything there is loaded.
    pub(crate) fn follow(&mut self, expression: &str) {
        self.led_on(|page| drop(page.call("Runtime.evaluate", &json!({"expression": expression}))));
    }

    /// Does something that leads to another page, and waits until everything there is loaded.
    pub(crate) fn led_on(&mut self, act: impl FnOnce(&mut Page)) {
        let before = self.loads;
        act(self);
        self.wait_for_load(before);
    }

    fn wait_for_load(&mut self, before: u64) {
        while self.loads == before {
            let said = self.read();
            self.note(&said);
        }
    }

    /// The value of an expression; promises are waited for.
    pub(crate) fn eval(&mut self, expression: &str) -> Value {
        let options = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let result = self.call("Runtime.evaluate", &options);
        assert!(result.get("exceptionDetails").is_none(), "{expression}: {result}");
        result["result"]["value"].clone()
    }

    /// Waits within the page until an expression is true. A page that is reloaded meanwhile is a failure.
    pub(crate) fn wait_for(&mut self, expression: &str) {
        let waiting = format!(
            "new Promise((done, fail) => {{ const began = Date.now(); const look = () => {{
               if ({expression}) done(true);
               else if (Date.now() - began > 60000) fail(new Error('never true'));
               else setTimeout(look, 50); }}; look(); }})"
        );
        self.eval(&waiting);
    }

    /// Holds requests to such addresses on their way until [`Self::release`].
    pub(crate) fn hold(&mut self, pattern: &str) {
        self.call("Fetch.enable", &json!({"patterns": [{"urlPattern": pattern}]}));
    }

    /// Lets go on what is held, at least one request, and holds nothing more.
    pub(crate) fn release(&mut self) {
        while self.held.is_empty() {
            let said = self.read();
            self.note(&said);
        }
        for request in std::mem::take(&mut self.held) {
            self.call("Fetch.continueRequest", &json!({"requestId": request}));
        }
        self.call("Fetch.disable", &json!({}));
    }

    /// Saves a picture of the whole page.
    pub(crate) fn screenshot(&mut self, file: &Path) {
        let picture = self.call("Page.captureScreenshot", &json!({"format": "png", "captureBeyondViewport": true}));
        std::fs::write(file, Base64::decode_vec(picture["data"].as_str().unwrap()).unwrap()).unwrap();
    }

    /// One call of the protocol, for the page.
    pub(crate) fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.last += 1;
        let id = self.last;
        let mut message = json!({"id": id, "method": method, "params": parameters});
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        self.socket.send(Message::text(message.to_string())).unwrap();
        loop {
            let mut said = self.read();
            if said["id"] == id {
                assert!(said.get("error").is_none(), "{method}: {said}");
                return said["result"].take();
            }
            self.note(&said);
        }
    }

    fn read(&mut self) -> Value {
        loop {
            if let Message::Text(text) = self.socket.read().unwrap() {
                return serde_json::from_str(&text).unwrap();
            }
        }
    }

    fn note(&mut self, event: &Value) {
        self.loads += u64::from(event["method"] == "Page.loadEventFired");
        if event["method"] == "Fetch.requestPaused" {
            self.held.push(event["params"]["requestId"].clone());
        }
        let is_an_error = event["method"] == "Log.entryAdded" && event["params"]["entry"]["level"] == "error";
        if is_an_error || event["method"] == "Runtime.exceptionThrown" {
            self.complaints.push(event["params"].to_string());
        }
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // An error means that it is gone already.
        let _ = self.browser.kill();
        let _ = self.browser.wait();
    }
}
