//! The one writer: takes all jobs that wait, runs each in a savepoint, commits once, then answers each.
//!
//! A commit costs a flush to disk, which is many times what a job costs; under load the flush is shared.

use super::Tx;
use crate::live::Live;
use crate::{Clock, Error, audit};
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use tokio::sync::oneshot;
use wurao_planted::{Bug, is as planted};
use wurao_protocol::{DocumentId, Problem};

/// The most jobs that share one commit: bounds how long the first of them waits.
const MAX_GROUP: usize = 128;

/// Runs inside the group's transaction, at a moment.
type Job = Box<dyn FnOnce(&Connection, i64) -> Done + Send>;

/// By so much at most a write may be later than the clock says, ms: one that was set back further is believed.
const MOST_AHEAD_MS: i64 = 3_600_000;

/// A job that has run: what it touched, and how to tell its caller once the group is on disk or lost.
struct Done {
    touched: BTreeSet<DocumentId>,
    answer: Box<dyn FnOnce(bool)>,
}

/// The thread that writes. Ends when dropped, after the jobs already taken.
pub(super) struct Writer {
    queue: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(
        connection: Connection,
        queue: usize,
        clock: Arc<dyn Clock>,
        live: Live,
    ) -> Result<Self, Error> {
        let (sender, receiver) = sync_channel(queue);
        let moments = Moments { clock, last_ms: audit::last_ms(&connection)? };
        let thread = std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || run(&connection, &receiver, moments, &live))
            .map_err(|source| Error::System { doing: "start the writer", source })?;
        Ok(Self { queue: Some(sender), thread: Some(thread) })
    }

    /// Queues a job; a full queue is a refusal and not a wait.
    pub(super) fn submit<T, F>(&self, job: F) -> Result<oneshot::Receiver<Result<T, Error>>, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Tx<'_>) -> Result<T, Error> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or(Error::Closed)?;
        let boxed = Box::new(move |connection: &Connection, now_ms: i64| {
            let (outcome, touched) = in_savepoint(connection, now_ms, job);
            let answer = Box::new(move |committed: bool| {
                let told = match outcome {
                    Ok(_) if !committed => Err(Error::refused(Problem::Busy, "commit failed")),
                    outcome => outcome,
                };
                // Nobody listens any more when the caller was cut off; what is on disk stays.
                let _ = sender.send(told);
            });
            Done { touched, answer }
        });
        match queue.try_send(boxed) {
            Ok(()) => Ok(receiver),
            Err(TrySendError::Full(_)) => Err(Error::refused(Problem::Busy, "write queue full")),
            Err(TrySendError::Disconnected(_)) => Err(Error::Closed),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the writer was told to every caller already.
            let _ = thread.join();
        }
    }
}

/// When writes happen: by the clock, and none before another that came before it, also when the clock is set back a little.
struct Moments {
    clock: Arc<dyn Clock>,
    last_ms: i64,
}

impl Moments {
    fn next(&mut self) -> i64 {
        let clock_ms = self.clock.now_ms();
        let is_far_back = self.last_ms - clock_ms > MOST_AHEAD_MS;
        self.last_ms = if is_far_back { clock_ms } else { clock_ms.max(self.last_ms) };
        self.last_ms
    }
}

fn run(connection: &Connection, queue: &Receiver<Job>, mut moments: Moments, live: &Live) {
    let mut begun_before = false;
    while let Ok(first) = queue.recv() {
        if std::mem::take(&mut begun_before) {
            commit(connection);
        }
        let waiting = queue.try_iter().take(MAX_GROUP - 1);
        let begun = connection.execute_batch("BEGIN IMMEDIATE");
        if let Err(error) = &begun {
            tracing::error!("begin: {error}");
        }
        let jobs = std::iter::once(first).chain(waiting);
        let done: Vec<Done> = jobs.map(|job| job(connection, moments.next())).collect();
        begun_before = planted(Bug::AckBeforeCommit);
        let committed = begun.is_ok() && (begun_before || commit(connection));
        for Done { touched, answer } in done {
            if committed {
                live.tell(touched);
            }
            answer(committed);
        }
    }
    if begun_before {
        commit(connection);
    }
}

fn commit(connection: &Connection) -> bool {
    match connection.execute_batch("COMMIT") {
        Ok(()) => true,
        Err(error) => {
            tracing::error!("commit: {error}");
            if !connection.is_autocommit() {
                let _ = connection.execute_batch("ROLLBACK");
            }
            false
        }
    }
}

/// Runs one job so that its failure, or its panic, undoes its own writes and nobody else's.
fn in_savepoint<T>(
    connection: &Connection,
    now_ms: i64,
    job: impl FnOnce(&Tx<'_>) -> Result<T, Error>,
) -> (Result<T, Error>, BTreeSet<DocumentId>) {
    // Without the group's transaction a savepoint would be a commit of its own.
    if connection.is_autocommit() {
        return (Err(Problem::Busy.into()), BTreeSet::new());
    }
    if let Err(error) = connection.execute_batch("SAVEPOINT job") {
        return (Err(error.into()), BTreeSet::new());
    }
    let tx = Tx::new(connection, now_ms);
    let outcome = catch_unwind(AssertUnwindSafe(|| job(&tx))).unwrap_or(Err(Error::Panicked));
    let touched = tx.into_touched();
    let end = match &outcome {
        Ok(_) => "RELEASE job",
        Err(_) => "ROLLBACK TO job; RELEASE job",
    };
    match connection.execute_batch(end) {
        Ok(()) if outcome.is_ok() => (outcome, touched),
        Ok(()) => (outcome, BTreeSet::new()),
        Err(error) => (outcome.and(Err(error.into())), BTreeSet::new()),
    }
}
