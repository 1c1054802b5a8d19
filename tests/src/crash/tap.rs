//! A phone's network, listened to: a counter that was used is never used again, whatever became of the disk.

use std::sync::{Arc, Mutex, PoisonError};
use wurao_device::{HttpAnswer, HttpRequest, Network, NetworkError};
use wurao_protocol::envelope::open_as;
use wurao_protocol::sync::{Request, RequestHead};

/// What went over the wire.
#[derive(Default)]
pub(super) struct Used(Mutex<Heard>);

#[derive(Default)]
struct Heard {
    counter: u64,
    again: Vec<String>,
}

impl Used {
    /// The highest counter of a request.
    pub(super) fn counter(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).counter
    }

    /// What was heard that must not be.
    pub(super) fn wrong(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner).again)
    }

    fn hear(&self, request: &HttpRequest) {
        if !request.url.ends_with("/v1/sync") {
            return;
        }
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let opened = Request::from_body(&request.body).map_err(|problem| problem.code().to_owned());
        let head = opened.and_then(|request| {
            open_as::<RequestHead>(&request.start.head.0).map(|head| head.body).map_err(|error| error.to_string())
        });
        match head {
            Ok(head) if head.counter > heard.counter => heard.counter = head.counter,
            Ok(head) => {
                let again = format!("counter {} on the wire after {}", head.counter, heard.counter);
                heard.again.push(again);
            }
            Err(what) => heard.again.push(format!("a request that cannot be read: {what}")),
        }
    }
}

/// The network with somebody listening.
pub(super) struct Tap<N> {
    pub(super) network: N,
    pub(super) used: Arc<Used>,
}

impl<N: Network> Network for Tap<N> {
    fn exchange(&self, request: &HttpRequest) -> Result<HttpAnswer, NetworkError> {
        self.used.hear(request);
        self.network.exchange(request)
    }
}
