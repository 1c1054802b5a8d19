//! What every route works with.

use crate::files::Files;
use crate::keys::Keys;
use crate::limiter::{Limiter, Logins};
use crate::live::Live;
use crate::peer::Crowd;
use crate::places::Places;
use crate::store::{Store, rows};
use crate::uploads::Uploads;
use crate::{Config, Error, audit, permits, random};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use tokio::sync::Semaphore;
use wurao_protocol::ServerId;
use wurao_protocol::key::Signer;

/// How many passwords are hashed at a time; each takes 19 MB.
const HASHING: usize = 2;

/// How many pushes are unpacked and stored at a time; a hostile one takes some thirty megabytes.
const PUSHES: usize = 32;

/// The running server's state; a clone is the same server.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    config: Config,
    server: ServerId,
    keys: Arc<Keys>,
    files: Files,
    store: Store,
    live: Live,
    uploads: Uploads,
    day: AtomicI32,
    wrong_codes: Limiter,
    wrong_logins: Logins,
    requests: Limiter,
    hashing: Semaphore,
    imports: Semaphore,
    pushes: Semaphore,
    syncs: Places,
    phones: Crowd,
    heard: Arc<Semaphore>,
    arriving: Places,
}

impl App {
    /// Opens the data folder, making it at the first start.
    pub fn open(config: Config) -> Result<Self, Error> {
        let files = Files::open(&config.data)?;
        let requests = config.requests;
        let heard = Arc::new(Semaphore::new(config.heard.min(Semaphore::MAX_PERMITS)));
        let (syncs, arriving) = (Places::new("syncs", config.syncs), Places::new("uploads", config.uploads));
        let live = Live::new(config.clock.now_ms());
        let store = Store::open(&files.database(), &config, live.clone())?;
        let known = store.write_blocking(|tx| rows::records_key(tx))?;
        let keys = Keys::open(&files.keys(), known.as_deref(), &*config.random)?;
        let (fresh, public) = (random::draw(&*config.random)?, keys.records.public().to_bytes());
        let (keys, random, now) = (Arc::new(keys), Arc::clone(&config.random), config.clock.now_ms());
        let signing = Arc::clone(&keys);
        let server = store.write_blocking(move |tx| {
            rows::keep_records_key(tx, &public)?;
            audit::begin(tx)?;
            permits::keys::ensure(tx, &signing, &*random, now)?;
            permits::trust::freshen(tx, &signing, now)?;
            rows::server_id_or(tx, &ServerId(fresh))
        })?;
        Ok(Self(Arc::new(Inner {
            config,
            server,
            keys,
            files,
            store,
            live,
            uploads: Uploads::default(),
            day: AtomicI32::new(i32::MIN),
            wrong_codes: Limiter::new(5, 60_000),
            wrong_logins: Logins::new(60_000),
            requests: Limiter::new(requests, 60_000),
            hashing: Semaphore::new(HASHING),
            imports: Semaphore::new(1),
            pushes: Semaphore::new(PUSHES),
            syncs,
            phones: Crowd::default(),
            heard,
            arriving,
        })))
    }

    /// What it was started with.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// The name of this data set.
    pub fn server(&self) -> ServerId {
        self.0.server
    }

    /// What it signs with.
    pub fn keys(&self) -> &Arc<Keys> {
        &self.0.keys
    }

    /// Where things lie.
    pub fn files(&self) -> &Files {
        &self.0.files
    }

    /// The database.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// Where changes are told.
    pub fn live(&self) -> &Live {
        &self.0.live
    }

    /// The time, ms since 1970 UTC.
    pub fn now_ms(&self) -> i64 {
        self.0.config.clock.now_ms()
    }

    /// Fresh random bytes.
    pub fn random<const N: usize>(&self) -> Result<[u8; N], Error> {
        random::draw(&*self.0.config.random)
    }

    /// The day that sites were brought to last.
    pub(crate) fn day(&self) -> i32 {
        self.0.day.load(Ordering::Relaxed)
    }

    pub(crate) fn set_day(&self, day: i32) {
        self.0.day.store(day, Ordering::Relaxed);
    }

    pub(crate) fn uploads(&self) -> &Uploads {
        &self.0.uploads
    }

    pub(crate) fn wrong_codes(&self) -> &Limiter {
        &self.0.wrong_codes
    }

    /// The requests of each service account.
    pub(crate) fn requests(&self) -> &Limiter {
        &self.0.requests
    }

    /// Turns at hashing a password.
    pub(crate) fn hashing(&self) -> &Semaphore {
        &self.0.hashing
    }

    /// Turns at reading what an administrator brings: signing in never waits for it.
    pub(crate) fn imports(&self) -> &Semaphore {
        &self.0.imports
    }

    /// Turns at taking a push.
    pub(crate) fn pushes(&self) -> &Semaphore {
        &self.0.pushes
    }

    /// Places for syncs under way.
    pub(crate) fn syncs(&self) -> &Places {
        &self.0.syncs
    }

    /// Who syncs, and how often at a time.
    pub(crate) fn phones(&self) -> &Crowd {
        &self.0.phones
    }

    /// Bytes of requests that may be here and not taken yet.
    pub(crate) fn heard(&self) -> &Arc<Semaphore> {
        &self.0.heard
    }

    /// Places for files that arrive.
    pub(crate) fn arriving(&self) -> &Places {
        &self.0.arriving
    }

    pub(crate) fn wrong_logins(&self) -> &Logins {
        &self.0.wrong_logins
    }
}
