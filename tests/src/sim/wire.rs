//! The network between a phone and the server: requests that never arrive, answers that are lost or cut, requests that
//! arrive twice.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use rand::Rng;
use rand::rngs::StdRng;
use std::sync::{Arc, Mutex, PoisonError};
use tower::ServiceExt as _;
use wurao_device::{HttpAnswer, HttpRequest, Network, NetworkError};

/// The most bytes of an answer.
const MOST: usize = 64 << 20;

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

/// One phone's way there.
pub struct Wire {
    /// Where it leads.
    pub door: Door,
    /// What the server's work runs on.
    pub runtime: Arc<tokio::runtime::Runtime>,
    /// What decides on troubles.
    pub chance: Mutex<StdRng>,
    /// How many of a hundred requests go wrong in some way.
    pub trouble: Arc<Mutex<u32>>,
}

#[derive(Clone, Copy)]
enum Fault {
    None,
    Lost,
    AnswerLost,
    Twice,
    Cut,
}

impl Wire {
    fn fault(&self) -> Fault {
        let of_hundred = *self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        let mut chance = self.chance.lock().unwrap_or_else(PoisonError::into_inner);
        if chance.random_range(0..100) >= of_hundred {
            return Fault::None;
        }
        [Fault::Lost, Fault::AnswerLost, Fault::Twice, Fault::Cut][chance.random_range(0..4)]
    }

    fn ask(&self, request: &HttpRequest) -> Result<HttpAnswer, NetworkError> {
        let offline = |why: &str| NetworkError::Offline(why.to_owned());
        let router = self.door.router().ok_or_else(|| offline("no server"))?;
        let path = request.url.trim_start_matches("http://simulated");
        let mut asked = Request::builder().method(request.method).uri(path).header("host", "simulated");
        for (name, value) in &request.headers {
            asked = asked.header(*name, value);
        }
        let asked = asked.body(Body::from(request.body.clone())).map_err(|error| offline(&error.to_string()))?;
        self.runtime.block_on(async move {
            let answer = router.oneshot(asked).await.map_err(|error| offline(&error.to_string()))?;
            let status = answer.status().as_u16();
            let text = |value: &axum::http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
            let headers = answer.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
            let body = to_bytes(answer.into_body(), MOST).await.map_err(|error| offline(&error.to_string()))?;
            Ok(HttpAnswer { status, headers, body: body.to_vec() })
        })
    }
}

impl Network for Wire {
    fn exchange(&self, request: &HttpRequest) -> Result<HttpAnswer, NetworkError> {
        let offline = |why: &str| Err(NetworkError::Offline(why.to_owned()));
        match self.fault() {
            Fault::None => self.ask(request),
            Fault::Lost => offline("lost"),
            Fault::AnswerLost => {
                self.ask(request)?;
                offline("answer lost")
            }
            Fault::Twice => {
                let first = self.ask(request)?;
                // Whoever repeats it gets an answer of their own; the phone has had its own.
                self.ask(request)?;
                Ok(first)
            }
            Fault::Cut => {
                let mut answer = self.ask(request)?;
                let keep =
                    self.chance.lock().unwrap_or_else(PoisonError::into_inner).random_range(0..=answer.body.len());
                answer.body.truncate(keep);
                Ok(answer)
            }
        }
    }
}
