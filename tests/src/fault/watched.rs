//! The files of a watched folder, operation by operation: what is done, what fails, what would be left.

use super::image::Image;
use super::plan::{Fault, Operation, Plan};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How the name of the file ends that holds shared memory.
pub(super) const INDEX: &str = "-shm";

/// The folder itself, shared with the files that are open in it.
pub(super) struct Watched {
    folder: PathBuf,
    state: Mutex<State>,
}

/// What is known of its files, and what is to go wrong.
pub(super) struct State {
    /// The files that each name stood for since the folder itself was flushed, the oldest first: none for no file.
    pub(super) names: BTreeMap<PathBuf, Vec<Option<usize>>>,
    pub(super) images: Vec<Image>,
    /// Files that are open.
    pub(super) open: usize,
    pub(super) plan: Option<Plan>,
    /// Operations since there is a plan that it could have hit.
    pub(super) met: u64,
    /// Operations that have failed.
    pub(super) hits: u64,
    pub(super) cut: bool,
    /// Of what a failed operation has done nevertheless.
    chance: StdRng,
    pub(super) trace: DefaultHasher,
}

/// A file that is open.
pub(super) struct Opened {
    disk: Arc<Watched>,
    name: PathBuf,
    image: usize,
    /// Whether its next flush flushes the folder too, as SQLite does once for a journal or log that it may have made.
    flushes_folder: bool,
}

/// What becomes of an operation.
pub(super) enum Outcome<T> {
    /// It was done; what the system said.
    Did(T),
    /// It fails by this.
    Fails(Fault),
}

enum Met {
    Nothing,
    Hit(Fault),
    /// The power was cut before.
    Dead,
}

impl Watched {
    pub(super) fn new(folder: PathBuf, seed: u64) -> Self {
        let state = State {
            names: BTreeMap::new(),
            images: Vec::new(),
            open: 0,
            plan: None,
            met: 0,
            hits: 0,
            cut: false,
            chance: StdRng::seed_from_u64(seed),
            trace: DefaultHasher::new(),
        };
        Self { folder, state: Mutex::new(state) }
    }

    /// Whether a file lies in the folder.
    pub(super) fn holds(&self, path: &Path) -> bool {
        path.starts_with(&self.folder)
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Opens a file, or makes it, by `really`, which says whether that went well.
    pub(super) fn open<T>(
        self: &Arc<Self>,
        path: &Path,
        makes: bool,
        is_journal: bool,
        really: impl FnOnce() -> Result<T, T>,
    ) -> Outcome<Result<(T, Opened), T>> {
        let mut state = self.state();
        let operation = if makes && !path.exists() { Operation::Create } else { Operation::Look };
        match state.meet(operation, path, 0, 0) {
            Met::Nothing => {}
            Met::Dead => return Outcome::Fails(Fault::Cut),
            Met::Hit(fault) => {
                if fault == Fault::Cut && operation == Operation::Create {
                    state.know(path);
                    state.now_stands_for(path, Image::default());
                }
                return Outcome::Fails(fault);
            }
        }
        state.know(path);
        let said = match really() {
            Ok(said) => said,
            Err(said) => return Outcome::Did(Err(said)),
        };
        let image = match state.stands_for(path) {
            Some(image) => image,
            None => state.now_stands_for(path, Image::default()),
        };
        state.open += 1;
        let flushes_folder = is_journal && makes;
        let opened = Opened { disk: Arc::clone(self), name: path.to_owned(), image, flushes_folder };
        Outcome::Did(Ok((said, opened)))
    }

    /// Removes a file.
    pub(super) fn delete<T>(
        &self,
        path: &Path,
        flush_folder: bool,
        really: impl FnOnce() -> Result<T, T>,
    ) -> Outcome<T> {
        let mut state = self.state();
        match state.meet(Operation::Delete, path, 0, 0) {
            Met::Nothing => state.know(path),
            Met::Dead => return Outcome::Fails(Fault::Cut),
            Met::Hit(fault) => {
                if fault == Fault::Cut {
                    state.know(path);
                    state.stands_for_none(path);
                }
                return Outcome::Fails(fault);
            }
        }
        let said = match really() {
            Ok(said) => said,
            Err(said) => return Outcome::Did(said),
        };
        state.stands_for_none(path);
        if flush_folder {
            state.flush_folder();
        }
        Outcome::Did(said)
    }

    /// Asks about a name.
    pub(super) fn look<T>(&self, path: &Path, really: impl FnOnce() -> T) -> Outcome<T> {
        self.state().ask(Operation::Look, path, 0, 0, really)
    }
}

impl Opened {
    /// Writes bytes by `really`; of a write that fails a part may be there.
    pub(super) fn write<T>(&self, at: usize, bytes: &[u8], really: impl FnOnce(&[u8]) -> Result<T, T>) -> Outcome<T> {
        let mut state = self.disk.state();
        let grows = at + bytes.len() > state.images[self.image].length();
        let operation = if grows { Operation::Grow } else { Operation::Write };
        match state.meet(operation, &self.name, at, bytes.len()) {
            Met::Nothing => match really(bytes) {
                Ok(said) => {
                    state.images[self.image].write(at, bytes);
                    Outcome::Did(said)
                }
                Err(said) => Outcome::Did(said),
            },
            Met::Dead => Outcome::Fails(Fault::Cut),
            Met::Hit(Fault::Cut) => {
                state.images[self.image].write(at, bytes);
                Outcome::Fails(Fault::Cut)
            }
            Met::Hit(fault) => {
                let part = state.chance.random_range(0..=bytes.len());
                if part > 0 && really(&bytes[..part]).is_ok() {
                    state.images[self.image].write(at, &bytes[..part]);
                }
                Outcome::Fails(fault)
            }
        }
    }

    /// Cuts the file to a length.
    pub(super) fn truncate<T>(&self, to: usize, really: impl FnOnce() -> Result<T, T>) -> Outcome<T> {
        let mut state = self.disk.state();
        match state.meet(Operation::Truncate, &self.name, to, 0) {
            Met::Nothing => match really() {
                Ok(said) => {
                    state.images[self.image].truncate(to);
                    Outcome::Did(said)
                }
                Err(said) => Outcome::Did(said),
            },
            Met::Dead => Outcome::Fails(Fault::Cut),
            Met::Hit(fault) => {
                if fault == Fault::Cut {
                    state.images[self.image].truncate(to);
                }
                Outcome::Fails(fault)
            }
        }
    }

    /// Flushes it. When that fails, the system may have forgotten what it should have written.
    pub(super) fn flush<T>(&mut self, really: impl FnOnce() -> Result<T, T>) -> Outcome<T> {
        let mut state = self.disk.state();
        match state.meet(Operation::Flush, &self.name, 0, 0) {
            Met::Nothing => match really() {
                Ok(said) => {
                    state.images[self.image].flush();
                    if std::mem::take(&mut self.flushes_folder) {
                        state.flush_folder();
                    }
                    Outcome::Did(said)
                }
                Err(said) => Outcome::Did(said),
            },
            Met::Dead => Outcome::Fails(Fault::Cut),
            Met::Hit(fault) => {
                if fault == Fault::Failing && state.chance.random_bool(0.5) {
                    state.images[self.image].forget_writes();
                }
                Outcome::Fails(fault)
            }
        }
    }

    /// Maps a region of the memory that the file's users share, which lies in a file beside it.
    pub(super) fn map<T>(&self, region: usize, length: usize, extend: bool, really: impl FnOnce() -> T) -> Outcome<T> {
        let there = std::fs::metadata(with_ending(&self.name, INDEX)).map_or(0, |found| found.len() as usize);
        let grows = extend && there < (region + 1) * length;
        self.ask(if grows { Operation::MapMore } else { Operation::Map }, region, length, really)
    }

    /// Does something that changes no file.
    pub(super) fn ask<T>(
        &self,
        operation: Operation,
        at: usize,
        length: usize,
        really: impl FnOnce() -> T,
    ) -> Outcome<T> {
        self.disk.state().ask(operation, &self.name, at, length, really)
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.disk.state().open -= 1;
    }
}

impl State {
    fn meet(&mut self, operation: Operation, path: &Path, at: usize, length: usize) -> Met {
        if self.cut {
            self.hits += 1;
            return Met::Dead;
        }
        (operation, path.file_name(), at, length).hash(&mut self.trace);
        let Some(plan) = self.plan.filter(|plan| operation.can_meet(plan.fault)) else { return Met::Nothing };
        self.met += 1;
        if self.met != plan.at && !(plan.lasts && self.met > plan.at) {
            return Met::Nothing;
        }
        self.hits += 1;
        self.cut = plan.fault == Fault::Cut;
        Met::Hit(plan.fault)
    }

    fn ask<T>(
        &mut self,
        operation: Operation,
        path: &Path,
        at: usize,
        length: usize,
        really: impl FnOnce() -> T,
    ) -> Outcome<T> {
        match self.meet(operation, path, at, length) {
            Met::Nothing => Outcome::Did(really()),
            Met::Dead => Outcome::Fails(Fault::Cut),
            Met::Hit(fault) => Outcome::Fails(fault),
        }
    }

    /// Takes in what lies under a name that was not met before, or was made by others than SQLite since.
    fn know(&mut self, path: &Path) {
        if self.stands_for(path).is_none() {
            match std::fs::read(path) {
                Ok(bytes) => _ = self.now_stands_for(path, Image::new(bytes)),
                Err(_) if self.names.contains_key(path) => {}
                Err(_) => self.stands_for_none(path),
            }
        }
    }

    fn stands_for(&self, path: &Path) -> Option<usize> {
        self.names.get(path).and_then(|files| files.last().copied().flatten())
    }

    /// A name stands for another file from now on.
    fn now_stands_for(&mut self, path: &Path, image: Image) -> usize {
        self.images.push(image);
        let image = self.images.len() - 1;
        self.names.entry(path.to_owned()).or_default().push(Some(image));
        image
    }

    fn stands_for_none(&mut self, path: &Path) {
        self.names.entry(path.to_owned()).or_default().push(None);
    }

    fn flush_folder(&mut self) {
        for files in self.names.values_mut() {
            files.drain(..files.len() - 1);
        }
    }
}

/// A name that stands for a file beside another.
pub(super) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Whoever panicked with it left nothing half done: each operation is noted once.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
