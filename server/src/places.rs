//! Saying no in time: so many may be under way, and who comes then is sent away at once, told when to come back.
//!
//! Whoever is let in is served; that is what a limit is for. Nothing of a body is read before there is a place for it.

use crate::Error;
use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{BoxError, Extension};
use futures_util::{StreamExt, future, stream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wurao_protocol::Problem;
use wurao_protocol::sync::MAX_REQUEST;

use crate::body::StillComing;

/// In how many seconds who is sent away first may come back, and who is sent away last.
const BACK_S: (u64, u64) = (2, 40);
/// So many who are sent away one after the other are told the same time, the next ones a second more: all of them together
/// would find it as full again.
const TOGETHER: u64 = 16;

/// So many at a time.
pub(crate) struct Places {
    what: &'static str,
    free: Arc<Semaphore>,
    /// How many were sent away since there was a place last.
    sent_away: AtomicU64,
}

/// One of them, until it is dropped.
pub(crate) struct Place(#[expect(dead_code, reason = "is given back when it is dropped")] OwnedSemaphorePermit);

/// There is no place; when to come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full {
    what: &'static str,
    after_s: u64,
}

impl Places {
    pub(crate) fn new(what: &'static str, most: usize) -> Self {
        let free = Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS)));
        Self { what, free, sent_away: AtomicU64::new(0) }
    }

    /// A place, if there is one now: nobody waits for one.
    pub(crate) fn enter(&self) -> Result<Place, Full> {
        if let Ok(permit) = Arc::clone(&self.free).try_acquire_owned() {
            self.sent_away.store(0, Ordering::Relaxed);
            return Ok(Place(permit));
        }
        let before = self.sent_away.fetch_add(1, Ordering::Relaxed);
        if before == 0 {
            tracing::warn!("no place for more {}: who comes is sent away until there is one", self.what);
        }
        let (first, last) = BACK_S;
        Err(Full { what: self.what, after_s: (first + before / TOGETHER).min(last) })
    }
}

impl From<Full> for Error {
    fn from(full: Full) -> Self {
        Self::Full { what: full.what, after_s: full.after_s }
    }
}

impl Full {
    /// Says so before the body has come. What still comes of it is passed over, for who is sending would not hear it
    /// otherwise; it takes no memory and no place.
    pub(crate) fn answer(self, body: Body) -> Response {
        let said = stream::once(future::ready(Ok::<_, BoxError>(Bytes::from_static(Problem::Busy.code().as_bytes()))));
        let mut came = 0;
        let rest = body.into_data_stream().take_while(move |chunk| {
            came += chunk.as_ref().map_or(MAX_REQUEST, Bytes::len);
            future::ready(came < MAX_REQUEST)
        });
        let passed_over = rest.filter_map(|_| future::ready(None));
        let after = (header::RETRY_AFTER, HeaderValue::from(self.after_s));
        let body = Body::from_stream(said.chain(passed_over));
        (StatusCode::SERVICE_UNAVAILABLE, [after], Extension(StillComing), body).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_finds_no_place_is_told_when_to_come_back_and_many_are_told_different_times() {
        let places = Places::new("syncs", 2);
        let first = places.enter().ok().unwrap();
        let _second = places.enter().ok().unwrap();
        let told: Vec<u64> = (0..1000).map(|_| places.enter().err().unwrap().after_s).collect();
        assert_eq!((told[0], told[15], told[16], told[999]), (2, 2, 3, 40));
        drop(first);
        let _third = places.enter().ok().unwrap();
        assert_eq!(places.enter().err().unwrap().after_s, 2, "there was a place meanwhile");
    }
}
