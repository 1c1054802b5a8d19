//! The network between phones and the server: what is asked goes to the very router that ships, in this process, whole or cut,
//! and the answer comes back in pieces.

use crate::{Doing, Trouble};
use axum::Router;
use axum::body::{Body, BodyDataStream};
use axum::http::Request;
use futures_util::StreamExt as _;
use std::sync::{Arc, Mutex, PoisonError};
use tower::ServiceExt as _;
use wurao_device::{HttpAnswer, HttpRequest, Network, NetworkError};

/// The server as the network reaches it; none while it is down.
#[derive(Clone, Default)]
pub struct Door(Arc<Mutex<Option<Router>>>);

impl Door {
    /// From here on it leads there, or nowhere.
    pub fn opens(&self, router: Option<Router>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = router;
    }

    fn router(&self) -> Option<Router> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The way there.
#[derive(Clone)]
pub(super) struct Net {
    door: Door,
    runtime: Arc<tokio::runtime::Runtime>,
}

/// What came back.
pub(super) struct Delivery {
    /// The body of an answer of status 200, piece by piece.
    pub(super) pieces: Vec<Vec<u8>>,
    /// Its head; or that it broke.
    pub(super) ending: Result<HttpAnswer, NetworkError>,
}

impl Net {
    pub(super) fn new() -> Result<Self, Trouble> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().doing("make a runtime")?;
        Ok(Self::to(&Door::default(), &Arc::new(runtime)))
    }

    /// Through this door, the server's work on this runtime.
    pub(super) fn to(door: &Door, runtime: &Arc<tokio::runtime::Runtime>) -> Self {
        Self { door: door.clone(), runtime: Arc::clone(runtime) }
    }

    pub(super) fn opens(&self, router: Option<Router>) {
        self.door.opens(router);
    }

    /// Has the server do something by itself.
    pub(super) fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Brings a request there: all of it, or so many bytes of its body before the line is cut.
    pub(super) fn deliver(&self, request: &HttpRequest, cut: Option<usize>) -> Delivery {
        let Some(router) = self.door.router() else { return Delivery::broken("no server") };
        let path = request.url.trim_start_matches(super::template::URL);
        let mut asked = Request::builder().method(request.method).uri(path).header("host", "simulated");
        for (name, value) in &request.headers {
            asked = asked.header(*name, value);
        }
        let Ok(asked) = asked.body(body(&request.body, cut)) else { return Delivery::broken("no such request") };
        self.runtime.block_on(async move {
            let Ok(answer) = router.oneshot(asked).await;
            let status = answer.status().as_u16();
            let text = |value: &axum::http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
            let headers = answer.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
            let (mut pieces, whole) = pieces(answer.into_body().into_data_stream()).await;
            let body = if status == 200 { Vec::new() } else { std::mem::take(&mut pieces).concat() };
            let ending = if whole { Ok(HttpAnswer { status, headers, body }) } else { Err("cut".into()) };
            Delivery { pieces, ending }
        })
    }
}

impl Delivery {
    pub(super) fn broken(why: &str) -> Self {
        Self { pieces: Vec::new(), ending: Err(why.into()) }
    }
}

fn body(bytes: &[u8], cut: Option<usize>) -> Body {
    let Some(cut) = cut else { return Body::from(bytes.to_vec()) };
    let came = Ok(bytes[..cut.min(bytes.len())].to_vec());
    Body::from_stream(futures_util::stream::iter([
        came,
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset)),
    ]))
}

async fn pieces(mut stream: BodyDataStream) -> (Vec<Vec<u8>>, bool) {
    let mut pieces = Vec::new();
    while let Some(piece) = stream.next().await {
        match piece {
            Ok(piece) => pieces.push(piece.to_vec()),
            Err(_) => return (pieces, false),
        }
    }
    (pieces, true)
}

/// Without faults, for what is not the simulation's subject: letting a phone in.
impl Network for Net {
    fn exchange(&self, request: &HttpRequest) -> Result<HttpAnswer, NetworkError> {
        let Delivery { pieces, ending } = self.deliver(request, None);
        ending.map(|answer| HttpAnswer {
            body: if answer.status == 200 { pieces.concat() } else { answer.body },
            ..answer
        })
    }
}
