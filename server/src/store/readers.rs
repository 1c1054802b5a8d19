//! The pool of reading connections.

use super::open;
use crate::Error;
use crate::places::{Place, Places};
use rusqlite::Connection;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// As many readers at a time as there are connections; the others wait their turn.
pub(super) struct Readers {
    idle: Arc<Mutex<Vec<Connection>>>,
    turns: Arc<Semaphore>,
    places: Places,
}

impl Readers {
    pub(super) fn open(path: &Path, count: usize, waiting: usize) -> Result<Self, Error> {
        let connections = (0..count.max(1)).map(|_| open::reading(path)).collect::<Result<Vec<_>, _>>()?;
        let places = Places::new("reads", connections.len() + waiting);
        Ok(Self { places, turns: Arc::new(Semaphore::new(connections.len())), idle: Arc::new(Mutex::new(connections)) })
    }

    /// A place among those that run and wait, if there is one.
    pub(super) fn queue(&self) -> Result<Place, Error> {
        Ok(self.places.enter()?)
    }

    pub(super) async fn run<T, F>(&self, job: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    {
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| Error::Closed)?;
        let idle = Arc::clone(&self.idle);
        tokio::task::spawn_blocking(move || {
            let taken = lock(&idle).pop();
            let connection = Borrowed { connection: Some(taken.ok_or(Error::Closed)?), home: &idle };
            let outcome = connection.in_one_moment(job);
            drop(connection);
            drop(turn);
            outcome
        })
        .await
        .unwrap_or(Err(Error::Panicked))
    }
}

/// A connection that goes home even when the job panics.
struct Borrowed<'a> {
    connection: Option<Connection>,
    home: &'a Mutex<Vec<Connection>>,
}

impl Borrowed<'_> {
    fn in_one_moment<T>(&self, job: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        let connection = self.connection.as_ref().ok_or(Error::Closed)?;
        let moment = connection.unchecked_transaction()?;
        let outcome = job(&moment);
        moment.finish()?;
        outcome
    }
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        lock(self.home).extend(self.connection.take());
    }
}

fn lock(idle: &Mutex<Vec<Connection>>) -> std::sync::MutexGuard<'_, Vec<Connection>> {
    idle.lock().unwrap_or_else(PoisonError::into_inner)
}
