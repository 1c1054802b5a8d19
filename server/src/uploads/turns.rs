//! One writer at a time for each blob; a newcomer ends the turn of whoever writes.
//!
//! A phone whose connection was cut comes back before the server notices that the old one is dead. Were it to wait, the
//! upload would stand still until the old connection times out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::{OwnedMutexGuard, watch};
use wurao_protocol::Digest;

/// The blobs being written.
#[derive(Default)]
pub(crate) struct Turns(Mutex<HashMap<Digest, Weak<Place>>>);

struct Place {
    mutex: Arc<tokio::sync::Mutex<()>>,
    newcomers: watch::Sender<u64>,
}

/// The right to write one blob, until it is dropped.
pub(crate) struct Turn {
    _guard: OwnedMutexGuard<()>,
    newcomers: watch::Receiver<u64>,
    _place: Arc<Place>,
}

impl Turns {
    /// Waits for the turn, telling whoever has it to stop.
    pub(super) async fn take(&self, blob: Digest) -> Turn {
        let place = self.place(blob);
        place.newcomers.send_modify(|count| *count += 1);
        let newcomers = place.newcomers.subscribe();
        let guard = Arc::clone(&place.mutex).lock_owned().await;
        Turn { _guard: guard, newcomers, _place: place }
    }

    fn place(&self, blob: Digest) -> Arc<Place> {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = places.get(&blob).and_then(Weak::upgrade) {
            return place;
        }
        places.retain(|_, place| place.strong_count() > 0);
        let place = Arc::new(Place { mutex: Arc::default(), newcomers: watch::Sender::new(0) });
        places.insert(blob, Arc::downgrade(&place));
        place
    }
}

impl Turn {
    /// Comes back when somebody else wants the turn.
    pub(super) async fn over(&mut self) {
        // The sender lives as long as this turn, so an error cannot be.
        let _ = self.newcomers.changed().await;
    }
}
