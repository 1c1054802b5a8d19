//! A folder whose files SQLite has through us, as it looks from outside.

use super::plan::Plan;
use super::sqlite;
use super::watched::{INDEX, Watched, lock, with_ending};
use crate::{Doing, Trouble};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::hash::Hasher as _;
use std::path::Path;
use std::sync::{Arc, Mutex, Weak};

/// The folders that are watched now.
static WATCHED: Mutex<Vec<Weak<Watched>>> = Mutex::new(Vec::new());

/// A watched folder. Dropped, SQLite has its files from the system alone again.
pub struct Disk(Arc<Watched>);

/// What a power cut did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Writes and other changes that were not flushed and are lost, or torn.
    pub lost: usize,
    /// Files that were made or removed and are as if they had not been.
    pub names: usize,
}

impl Disk {
    /// Watches a folder, for files that SQLite opens from now on. Chance of what faults do comes from the seed.
    ///
    /// # Errors
    /// When the folder is not there, or SQLite does not take our files.
    pub fn under(folder: &Path, seed: u64) -> Result<Self, Trouble> {
        sqlite::install()?;
        // SQLite asks by names without links.
        let folder = folder.canonicalize().doing(format!("find {}", folder.display()))?;
        let watched = Arc::new(Watched::new(folder, seed));
        lock(&WATCHED).push(Arc::downgrade(&watched));
        Ok(Self(watched))
    }

    /// From now on this goes wrong, in place of what was planned before.
    pub fn plan(&self, plan: Plan) {
        let mut state = self.0.state();
        (state.plan, state.met) = (Some(plan), 0);
    }

    /// Nothing goes wrong any more; a cut stays.
    pub fn calm(&self) {
        self.0.state().plan = None;
    }

    /// Cuts the power now.
    pub fn cut(&self) {
        self.0.state().cut = true;
    }

    /// Whether the power is cut.
    pub fn is_cut(&self) -> bool {
        self.0.state().cut
    }

    /// Operations that have failed.
    pub fn hits(&self) -> u64 {
        self.0.state().hits
    }

    /// Files that are open.
    pub fn open(&self) -> usize {
        self.0.state().open
    }

    /// What is planned.
    pub fn planned(&self) -> Option<Plan> {
        self.0.state().plan
    }

    /// A number that is the same when all operations were the same.
    pub fn trace(&self) -> u64 {
        self.0.state().trace.finish()
    }

    /// Leaves in the folder what the cut has left, by the chance of this seed; from then on everything works again.
    ///
    /// # Errors
    /// When a file is still open, as only a leak can leave it, or cannot be written.
    pub fn settle(&self, seed: u64) -> Result<Settled, Trouble> {
        let mut state = self.0.state();
        if state.open > 0 {
            return Err(Trouble::new("settle a disk", format!("{} files are still open", state.open)));
        }
        let mut chance = StdRng::seed_from_u64(seed);
        let mut settled = Settled::default();
        for (path, files) in std::mem::take(&mut state.names) {
            let left = chance.random_range(0..files.len());
            settled.names += usize::from(files[left] != files[files.len() - 1]);
            match files[left] {
                Some(image) => {
                    let (bytes, lost) = state.images[image].after_cut(&mut chance);
                    settled.lost += lost;
                    std::fs::write(&path, bytes).doing(format!("write {}", path.display()))?;
                }
                None if path.exists() => std::fs::remove_file(&path).doing(format!("remove {}", path.display()))?,
                None => {}
            }
            // Shared memory is nothing after a cut: whoever reads it without having made it anew reads this.
            let index = with_ending(&path, INDEX);
            if index.exists() {
                let noise: Vec<u8> = (0..4096).map(|_| chance.random()).collect();
                std::fs::write(&index, noise).doing(format!("write {}", index.display()))?;
            }
        }
        state.images.clear();
        (state.plan, state.cut) = (None, false);
        Ok(settled)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        lock(&WATCHED).retain(|other| !std::ptr::eq(other.as_ptr(), Arc::as_ptr(&self.0)));
    }
}

/// Who watches this file.
pub(super) fn watching(path: &Path) -> Option<Arc<Watched>> {
    lock(&WATCHED).iter().filter_map(Weak::upgrade).find(|watched| watched.holds(path))
}
