//! Clock and randomness of the simulation.

use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// One moment for all; a phone's wall clock may be off by something.
#[derive(Clone)]
pub struct Clock {
    now_ms: Arc<AtomicI64>,
    off_ms: Arc<AtomicI64>,
}

impl Clock {
    /// It is this moment, ms since 1970 UTC.
    pub fn at(now_ms: i64) -> Self {
        Self { now_ms: Arc::new(AtomicI64::new(now_ms)), off_ms: Arc::default() }
    }

    /// The same moment seen by a clock of its own.
    pub fn another(&self) -> Self {
        Self { now_ms: Arc::clone(&self.now_ms), off_ms: Arc::default() }
    }

    /// So much time passes, for all.
    pub fn pass(&self, ms: i64) {
        self.now_ms.fetch_add(ms, Ordering::SeqCst);
    }

    /// From here on the wall clock is off by this.
    pub(super) fn is_off_by(&self, ms: i64) {
        self.off_ms.store(ms, Ordering::SeqCst);
    }

    fn now(&self) -> i64 {
        self.now_ms.load(Ordering::SeqCst)
    }
}

impl wurao_server::Clock for Clock {
    fn now_ms(&self) -> i64 {
        self.now()
    }
}

impl wurao_device::Clock for Clock {
    fn wall_ms(&self) -> i64 {
        self.now() + self.off_ms.load(Ordering::SeqCst)
    }

    fn mono_ms(&self) -> i64 {
        self.now()
    }

    fn offset_minutes(&self) -> i32 {
        480
    }
}

/// Randomness from a seed.
pub struct Seeded(Mutex<StdRng>);

impl Seeded {
    /// What is drawn follows from this.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }

    fn draw(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
    }
}

impl wurao_server::Random for Seeded {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), wurao_server::Error> {
        self.draw(bytes);
        Ok(())
    }
}

impl wurao_device::Random for Seeded {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), String> {
        self.draw(bytes);
        Ok(())
    }
}
