//! Reading the body of a request without trusting its length or its sender's haste.

use crate::{App, Error};
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::StreamExt;
use hyper::body::{Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};
use tokio::time::{Sleep, sleep};
use wurao_protocol::Problem;

/// How long each byte lets its sender take: 400 of them a second, a fifteenth of what a phone has on a poor link.
const A_BYTE: Duration = Duration::from_micros(2500);

/// The whole body, or [`Problem::TooLarge`] as soon as it is longer than `limit`.
pub(crate) async fn whole(body: Body, limit: usize) -> Result<Vec<u8>, Error> {
    let mut stream = body.into_data_stream();
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| Error::refused(Problem::Truncated, error.to_string()))?;
        if bytes.len() + chunk.len() > limit {
            return Err(Problem::TooLarge.into());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Around every route: a body that falls behind ends there, and its connection with it, whatever the route makes of what
/// has come. What the route says stays, such as how much of an upload is here.
pub(crate) async fn keep_pace(State(app): State<App>, request: Request, next: Next) -> Response {
    let read = Arc::new(Read::default());
    let pace = Pace::new(app.config().patience);
    let request = request.map(|body| {
        read.whole.store(body.is_end_stream(), Ordering::Relaxed);
        Body::new(Paced { body, pace, waiting: None, read: Arc::clone(&read) })
    });
    let mut response = next.run(request).await;
    if read.late.load(Ordering::Relaxed) {
        *response.status_mut() = StatusCode::REQUEST_TIMEOUT;
    }
    // What nobody reads is not waited for: whoever sends it must not think that the connection is good for another request.
    if !read.whole.load(Ordering::Relaxed) && response.extensions().get::<StillComing>().is_none() {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Of an answer that is told while its request is still being heard: it is no reason to close the connection.
#[derive(Clone, Copy)]
pub(crate) struct StillComing;

/// How long a body may still be waited for. Bytes earn time and waiting spends it; nobody earns more than they began
/// with, or much at once would pay for hours of standing still.
#[derive(Clone, Copy)]
struct Pace {
    most: Duration,
    left: Duration,
}

impl Pace {
    fn new(patience: Duration) -> Self {
        Self { most: patience, left: patience }
    }

    fn waited(&mut self, time: Duration) {
        self.left = self.left.saturating_sub(time);
    }

    fn came(&mut self, bytes: usize) {
        let earned = A_BYTE.saturating_mul(u32::try_from(bytes).unwrap_or(u32::MAX));
        self.left = self.left.saturating_add(earned).min(self.most);
    }
}

/// How a body was read.
#[derive(Default)]
struct Read {
    /// To its end.
    whole: AtomicBool,
    /// Until it fell behind.
    late: AtomicBool,
}

/// A body that ends in an error when it falls behind.
struct Paced {
    body: Body,
    pace: Pace,
    /// Since when the next piece is waited for, and its end. The time that we take ourselves is not the sender's.
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
    read: Arc<Read>,
}

impl HttpBody for Paced {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        if let Poll::Ready(next) = Pin::new(&mut this.body).poll_frame(context) {
            if let Some((since, _)) = this.waiting.take() {
                this.pace.waited(since.elapsed());
            }
            if let Some(Ok(frame)) = &next {
                this.pace.came(frame.data_ref().map_or(0, Bytes::len));
            }
            if next.is_none() || this.body.is_end_stream() {
                this.read.whole.store(true, Ordering::Relaxed);
            }
            return Poll::Ready(next);
        }
        let left = this.pace.left;
        let (_, over) = this.waiting.get_or_insert_with(|| (Instant::now(), Box::pin(sleep(left))));
        ready!(over.as_mut().poll(context));
        this.read.late.store(true, Ordering::Relaxed);
        Poll::Ready(Some(Err(axum::Error::new(TooSlow))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The body fell behind.
#[derive(Debug, thiserror::Error)]
#[error("the body came too slowly")]
struct TooSlow;

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    /// How long a body is heard of which this many bytes come every so often, until it falls behind or was all there.
    fn heard(bytes: usize, every: Duration, length: usize) -> (Duration, bool) {
        let (mut pace, mut time) = (Pace::new(PATIENCE), Duration::ZERO);
        for _ in 0..length.div_ceil(bytes) {
            if pace.left <= every {
                return (time + pace.left, false);
            }
            pace.waited(every);
            pace.came(bytes);
            time += every;
        }
        (time, true)
    }

    #[test]
    fn a_body_that_trickles_is_given_up_soon_and_a_slow_phone_s_is_heard_to_its_end() {
        let (time, whole) = heard(1, Duration::from_secs(6), 1 << 20);
        assert!(!whole && time < PATIENCE + Duration::from_secs(1), "{time:?}");
        let (time, whole) = heard(399 * 6, Duration::from_secs(6), 64 << 20);
        assert!(!whole, "{time:?}");
        for length in [256 << 10, 8 << 20] {
            assert!(heard(2000, Duration::from_secs(1), length).1, "2 KB/s");
            assert!(heard(10_000, Duration::from_secs(20), length).1, "in pieces, with a hole in the net between");
        }
    }

    #[test]
    fn much_at_once_pays_for_no_more_than_one_patience_of_standing_still() {
        let mut pace = Pace::new(PATIENCE);
        pace.came(8 << 20);
        assert_eq!(pace.left, PATIENCE);
        pace.waited(PATIENCE);
        assert_eq!(pace.left, Duration::ZERO);
    }
}
