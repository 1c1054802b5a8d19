//! ODK Collect's way: for each form one HTTP POST that carries the whole form as XML, and its photos as the camera wrote them.
//! Nothing comes back: what a colleague answered is not seen.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Multipart, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::post;
use reqwest::blocking::Client;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use wurao_device::{Form, FormItem};
use wurao_tests::{Doing, Trouble};

/// A server that takes forms and keeps nothing of them but their names.
pub(crate) struct Sink {
    pub(crate) address: SocketAddr,
    whole: Arc<Mutex<BTreeSet<String>>>,
    /// Serves until this is dropped.
    runtime: Option<Runtime>,
}

/// One form with its photos.
pub(crate) struct Submission {
    pub(crate) id: String,
    pub(crate) xml: String,
    pub(crate) photos: Vec<Vec<u8>>,
}

impl Sink {
    /// Listens on a port of its own.
    pub(crate) fn start() -> Result<Self, Trouble> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .doing("start a runtime")?;
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0))).doing("listen")?;
        let address = listener.local_addr().doing("listen")?;
        let whole = Arc::<Mutex<BTreeSet<String>>>::default();
        let router = Router::new().route("/submission", post(take).layer(DefaultBodyLimit::disable()));
        let router = router.with_state(Arc::clone(&whole));
        runtime.spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, whole, runtime: Some(runtime) })
    }

    /// How many forms have come whole, photos and all.
    pub(crate) fn whole(&self) -> usize {
        self.whole.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        // Does not wait for connections that stand still.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn take(State(whole): State<Arc<Mutex<BTreeSet<String>>>>, mut form: Multipart) -> impl IntoResponse {
    let mut id = None;
    while let Some(part) = form.next_field().await.map_err(|error| error.into_response())? {
        let named = (part.name() == Some("xml_submission_file")).then(|| part.file_name().map(str::to_owned)).flatten();
        part.bytes().await.map_err(|error| error.into_response())?;
        id = id.or(named);
    }
    let id = id.ok_or_else(|| StatusCode::BAD_REQUEST.into_response())?;
    whole.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
    let said = r#"<OpenRosaResponse xmlns="http://openrosa.org/http/response"><message>full submission upload was successful!</message></OpenRosaResponse>"#;
    Ok::<_, axum::response::Response>((StatusCode::CREATED, [(header::CONTENT_TYPE, "text/xml; charset=utf-8")], said))
}

/// A client as Collect has one: one connection that is kept, no limit of time.
pub(crate) fn client() -> Result<Client, Trouble> {
    let client = Client::builder().no_proxy().timeout(None).pool_idle_timeout(Duration::from_secs(600));
    client.user_agent("org.odk.collect.android/v2026.1.0 Dalvik/2.1.0").build().doing("make an HTTP client")
}

/// Posts one form; whether it was taken.
pub(crate) fn post_to(client: &Client, base: &str, submission: &Submission) -> bool {
    const BOUNDARY: &str = "c0ffee00-5a5a-4a4a-9b9b-0123456789ab";
    let mut body = Vec::new();
    let mut part = |name: &str, file: &str, kind: &str, bytes: &[u8]| {
        let length = bytes.len();
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\n\
             Content-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
        );
        body.extend(head.into_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    };
    part(
        "xml_submission_file",
        &format!("{}.xml", submission.id),
        "text/xml; charset=utf-8",
        submission.xml.as_bytes(),
    );
    for (at, photo) in submission.photos.iter().enumerate() {
        let file = format!("{at}.jpg");
        part(&file, &file, "image/jpeg", photo);
    }
    body.extend(format!("--{BOUNDARY}--\r\n").into_bytes());
    let request = client
        .post(format!("{base}/submission"))
        .header("x-openrosa-version", "1.0")
        .header("date", "Sun, 29 Nov 2026 09:00:00 GMT")
        .header("accept-encoding", "gzip")
        .header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"))
        .body(body);
    request.send().is_ok_and(|answer| answer.status() == reqwest::StatusCode::CREATED)
}

/// The whole form as XML: a group for each section, an element for each question, answered or not.
pub(crate) fn xml(id: &str, form: &Form) -> String {
    let mut xml = String::from(
        "<?xml version='1.0' ?><data xmlns:orx=\"http://openrosa.org/xforms\" id=\"village-emergency-supplies\" version=\"1\">",
    );
    for (at, section) in form.sections.iter().enumerate() {
        let _ = write!(xml, "<g{at}>");
        section.items.iter().for_each(|item| element(&mut xml, item));
        let _ = write!(xml, "</g{at}>");
    }
    let _ = write!(xml, "<orx:meta><orx:instanceID>uuid:{id}</orx:instanceID></orx:meta></data>");
    xml
}

fn element(xml: &mut String, item: &FormItem) {
    match item {
        FormItem::Field(field) => {
            let name = field.question.rsplit('/').next().unwrap_or_default();
            let value = field.value.replace('&', "&amp;").replace('<', "&lt;");
            let _ = match value.is_empty() {
                true => write!(xml, "<{name}/>"),
                false => write!(xml, "<{name}>{value}</{name}>"),
            };
        }
        FormItem::Rows { kind, rows, .. } => {
            for row in rows {
                let _ = write!(xml, "<{kind}>");
                row.items.iter().for_each(|item| element(xml, item));
                let _ = write!(xml, "</{kind}>");
            }
        }
    }
}
