//! Sync: one round trip for everything that is said, then the photos.
//!
//! The [`machine`] decides what is done next; it is pure. [`run`] joins it to the store: [`plan`] makes a request of what is
//! there, [`apply`] writes what its answer says, part by part, each in one transaction, [`upload`] cuts files into
//! requests. [`drive`] is the network and the clock of an ordinary computer. Nothing here holds the phone's state while
//! the network is waited for.

mod apply;
mod chain;
mod colleague;
mod drive;
mod frames;
mod log;
mod machine;
mod page;
mod plan;
mod portions;
mod relays;

mod run;
mod subject;
mod take;
mod upload;

pub(crate) use apply::taker;
pub(crate) use page::{heads as page_heads, is_page};
pub use run::{SyncRun, Want};

use crate::error::{Error, PhoneError};
use crate::phone::{Phone, SERVER_PIN, SERVER_URL};
use crate::store::meta;
use std::sync::atomic::{AtomicBool, Ordering};

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

    /// Not cancelled any more.
    pub(crate) fn reset(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
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
    /// Something broke; it is tried again after so many milliseconds.
    Waiting {
        /// Milliseconds.
        ms: u64,
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
    /// Files on their way at once: on a link with a long way round one alone would leave it idle. With one, there is never more
    /// than one request under way.
    pub lanes: u32,
    /// How often it is tried again after something broke with nothing moved since the last time. What moves on is always
    /// gone on with.
    pub tries: u32,
    /// How often in a row a server that has too much to do is waited for with nothing moving. It is no failure of ours, so `tries`
    /// does not count it.
    pub patience: u32,
    /// It ends after so many milliseconds, however far it came; without, when it is done or cannot be.
    pub most_ms: Option<u32>,
}

impl Default for SyncOptions {
    fn default() -> Self {
        Self { photos: true, feed_limit: 1 << 20, chunk: 256 << 10, lanes: 3, tries: 0, patience: 10, most_ms: None }
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
    /// Changes and records that the server had and has lost, restored from a backup, or that a late registration's word has opened
    /// again: they are offered again.
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
    /// Bytes of files sent, in pieces of which the server said that they came.
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
        drive::drive(self.begin_sync(options)?, &self.ports.network, observer, &[cancel, &self.asleep])
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
}
