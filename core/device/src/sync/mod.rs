//! Sync: one round trip for everything that is said, then the photos.
//!
//! [`plan`](plan::plan) decides what a request carries, [`apply`](apply::apply) writes what its answer says in one
//! transaction, [`upload`] sends files. Nothing here holds the phone's state while the network is waited for.

mod apply;
mod chain;
mod log;
mod page;
mod plan;
mod take;
mod upload;

pub(crate) use page::is_page;

use crate::error::{Error, PhoneError};
use crate::phone::{Phone, SERVER_PIN, SERVER_URL, problem_of};
use crate::ports::{HttpAnswer, HttpRequest};
use crate::store::{blobs, meta};
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};
use wurao_protocol::Problem;
use wurao_protocol::sync::{Answer, COUNTER_HEADER};

/// A flag that stops a sync at its next step; what was acknowledged until then stays.
#[derive(Debug, Default)]
pub struct Cancel(AtomicBool);

impl Cancel {
    /// Not cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops the sync at its next step.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn check(&self) -> Result<(), Error> {
        if self.0.load(Ordering::Relaxed) { Err(Error::Cancelled) } else { Ok(()) }
    }
}

/// Is told how a sync goes on.
pub trait Observer {
    /// Called after each step.
    fn step(&self, step: &Step);
}

/// Nobody watches.
impl Observer for () {
    fn step(&self, _: &Step) {}
}

/// A step of a sync.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A round trip was made: changes pushed and pulled in it.
    Round {
        /// Own changes in the request.
        pushed: u64,
        /// Changes in the answer.
        pulled: u64,
    },
    /// A file goes up: bytes the server has of it, and in all.
    Upload {
        /// The file's SHA-256 in hex.
        sha256: String,
        /// Bytes the server has.
        sent: u64,
        /// Bytes in all.
        of: u64,
    },
}

/// What a sync shall do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyncOptions {
    /// Send photos too, once everything written is through.
    pub photos: bool,
    /// At most this many bytes of feed in one answer.
    pub feed_limit: u32,
    /// Bytes of a photo in one request.
    pub chunk: usize,
}

impl Default for SyncOptions {
    fn default() -> Self {
        Self { photos: true, feed_limit: 1 << 20, chunk: 256 << 10 }
    }
}

/// What a sync did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncReport {
    /// Requests to `/v1/sync`: one, unless there was more than fits.
    pub requests: u32,
    /// Bytes of their bodies.
    pub text_bytes_up: u64,
    /// Bytes of the answers' bodies.
    pub text_bytes_down: u64,
    /// Own changes the server took or had.
    pub changes_taken: u64,
    /// Own changes the server holds until somebody decides.
    pub changes_held: u64,
    /// Own changes it waits for a signature for.
    pub changes_waiting: u64,
    /// Own changes it refused; they stay here.
    pub changes_refused: u64,
    /// Own records (sessions, leaves, photo entries) the server has answered about.
    pub records_settled: u64,
    /// Of these, refused; they stay here and are in the outbox with their reason.
    pub records_refused: u64,
    /// Changes received.
    pub changes_received: u64,
    /// Records received.
    pub records_received: u64,
    /// What came and did not pass the gate; kept apart.
    pub quarantined: u64,
    /// Own changes and records that the server had and has lost, restored from a backup: they are offered again.
    pub offered_again: u64,
    /// Photo entries of this phone that stood where others do that it has forgotten, and were signed anew: it was brought back
    /// from a backup.
    pub signed_anew: u64,
    /// The server showed another past of its audit log than this phone has witnessed.
    pub log_forked: bool,
    /// Files that could not be sent because they are damaged here.
    pub photos_damaged: u32,
    /// Files uploaded whole.
    pub photos_uploaded: u32,
    /// Bytes of files sent.
    pub photo_bytes_up: u64,
}

impl SyncReport {
    /// Own changes and records that no longer wait for an answer.
    fn settled(&self) -> u64 {
        self.changes_taken + self.changes_held + self.changes_waiting + self.changes_refused + self.records_settled
    }
}

impl Phone {
    /// Brings phone and server together: everything written goes up and everything new comes down in one round trip,
    /// then thumbnails, then renditions. May be cancelled or cut at any point; what was acknowledged stays, the rest
    /// goes with the next sync.
    pub fn sync(
        &self,
        options: &SyncOptions,
        observer: &dyn Observer,
        cancel: &Cancel,
    ) -> Result<SyncReport, PhoneError> {
        let _one_at_a_time = self.syncing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut report = SyncReport::default();
        let base = self.server_url()?;
        self.finish_photos()?;
        loop {
            self.rounds(&base, options, observer, cancel, &mut report)?;
            if !options.photos {
                return Ok(report);
            }
            let before = report.photos_uploaded;
            upload::upload_all(self, &base, options, observer, cancel, &mut report)?;
            // The server gives leave for so many files at a time: ask for more when these were not all.
            let left = blobs::backlog(self.state()?.store.read())?;
            self.wipe_when_ordered(&mut *self.state()?)?;
            if left.is_empty() || report.photos_uploaded == before {
                return Ok(report);
            }
        }
    }

    /// Round trips until there is no more either way; one, unless there is more than fits.
    fn rounds(
        &self,
        base: &str,
        options: &SyncOptions,
        observer: &dyn Observer,
        cancel: &Cancel,
        report: &mut SyncReport,
    ) -> Result<(), Error> {
        // Once: two phones with one key would drive each other on for ever.
        let mut caught_up = false;
        loop {
            cancel.check()?;
            let push = plan::plan(self, options)?;
            let body = push.request.to_body();
            report.requests += 1;
            report.text_bytes_up += body.len() as u64;
            let answer = match self.post(&format!("{base}/v1/sync"), body) {
                Err(Error::Behind { counter }) if !caught_up => {
                    caught_up = true;
                    plan::catch_up(self, counter)?;
                    continue;
                }
                answer => answer?,
            };
            report.text_bytes_down += answer.body.len() as u64;
            let answer = Answer::from_body(&answer.body)?;
            let pulled = answer.feed.documents.iter().map(|document| document.changes.len() as u64).sum();
            let (before, again) = (report.settled(), report.offered_again + report.signed_anew);
            apply::apply(self, &push, &answer, report)?;
            observer.step(&Step::Round { pushed: push.changes(), pulled });
            // What is left after a round that settled nothing waits for another day.
            let again = report.offered_again + report.signed_anew > again;
            let goes_on = answer.more || again || (push.more && report.settled() > before);
            if !goes_on {
                return Ok(());
            }
        }
    }

    fn server_url(&self) -> Result<String, Error> {
        let bytes = meta::get(self.state()?.store.read(), SERVER_URL)?.ok_or(Error::NotEnrolled)?;
        String::from_utf8(bytes).map_err(|_| Error::Damaged("meta"))
    }

    /// The CA that this phone was told to believe, and no other, when it was told one.
    fn server_pin(&self) -> Result<Option<[u8; 32]>, Error> {
        let pin = meta::get(self.state()?.store.read(), SERVER_PIN)?;
        pin.map(|pin| pin.try_into().map_err(|_| Error::Damaged("meta"))).transpose()
    }

    fn post(&self, url: &str, body: Vec<u8>) -> Result<HttpAnswer, Error> {
        let headers = vec![("content-type", "application/vnd.wurao.sync".to_owned())];
        let pin = self.server_pin()?;
        let request = HttpRequest { method: "POST", url: url.to_owned(), headers, body, pin };
        let answer = self.ports.network.exchange(&request).map_err(Error::Network)?;
        if answer.status == 200 {
            return Ok(answer);
        }
        match (problem_of(answer.status, &answer.body), answer.header(COUNTER_HEADER).map(str::parse)) {
            (Error::Server(Problem::StaleCounter), Some(Ok(counter))) => Err(Error::Behind { counter }),
            (error, _) => Err(error),
        }
    }
}
