//! Drives a sync on an ordinary computer: each request on a thread of its own, all that is heard by the one that called.

use super::run::{SyncRun, Want};
use super::{Cancel, Observer, SyncReport};
use crate::error::PhoneError;
use crate::ports::{HttpAnswer, Network, NetworkError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::time::{Duration, Instant};

/// How often somebody who waits looks whether it was cancelled.
const LOOK: Duration = Duration::from_millis(50);

/// What a request's thread says.
enum News {
    /// A piece of the body, and where to say whether more is wanted.
    Piece(u64, Vec<u8>, SyncSender<bool>),
    Answered(u64, Result<HttpAnswer, NetworkError>),
}

/// Goes on until it is over.
pub(super) fn drive(
    mut run: SyncRun<'_>,
    network: &Arc<dyn Network>,
    observer: &dyn Observer,
    cancels: &[&Cancel],
) -> Result<SyncReport, PhoneError> {
    let (tell, news) = channel();
    let mut until = None;
    loop {
        if cancels.iter().any(|cancel| cancel.is_cancelled()) {
            run.cancel();
        }
        let want = run.want();
        for step in run.steps() {
            observer.step(&step);
        }
        match want {
            Want::Send(number, request) => {
                let (network, tell) = (Arc::clone(network), tell.clone());
                // It ends by itself when nobody listens any more.
                std::thread::spawn(move || exchange(&*network, number, &request, &tell));
            }
            Want::Wait(ms) => until = Some(Instant::now() + Duration::from_millis(ms)),
            Want::Nothing => listen(&mut run, &news, &mut until),
            Want::Over(ending) => return ending,
        }
    }
}

fn listen(run: &mut SyncRun<'_>, news: &Receiver<News>, until: &mut Option<Instant>) {
    let left = until.map(|until| until.saturating_duration_since(Instant::now()));
    match news.recv_timeout(left.map_or(LOOK, |left| left.min(LOOK))) {
        Ok(News::Piece(number, bytes, wanted)) => {
            // Whoever is gone needs no answer.
            let _ = wanted.send(run.heard(number, &bytes));
        }
        Ok(News::Answered(number, answer)) => run.answered(number, answer),
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
    }
    if until.is_some_and(|until| until <= Instant::now()) {
        *until = None;
        run.woke();
    }
}

fn exchange(network: &dyn Network, number: u64, request: &crate::ports::HttpRequest, tell: &Sender<News>) {
    let (say, wanted) = sync_channel(1);
    let mut piece = |bytes: &[u8]| {
        tell.send(News::Piece(number, bytes.to_vec(), say.clone())).is_ok() && wanted.recv().unwrap_or(false)
    };
    // A network that panics has not answered; who waits for it must hear that.
    let answer = catch_unwind(AssertUnwindSafe(|| network.stream(request, &mut piece)));
    let answer = answer.unwrap_or_else(|_| Err("the network's own code failed".into()));
    // Nobody listens any more.
    let _ = tell.send(News::Answered(number, answer));
}
