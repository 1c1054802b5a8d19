//! Filling a server from a county file: who, where, what is asked, what is approved.
//!
//! Loading is idempotent by id: what is here already stays as it is, so that the same file may be loaded at every
//! start. The format is in the crate's README.

mod check;
mod error;
mod file;
pub(crate) mod insert;
mod permit;

pub use error::CountyError;
pub use file::{
    BodyEntry, ChecklistEntry, CodeEntry, County, Day, DivisionEntry, PermitEntry, PersonEntry, PlanEntry, SiteEntry,
    WordsEntry,
};

use crate::{App, Error};
use std::path::Path;
use std::sync::Arc;

/// What a load has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Rows added; zero when the file was loaded before.
    pub added: usize,
    /// The permits that cannot be signed here, by entry and id, each with why; all else of the file is loaded.
    pub left_out: Vec<String>,
}

/// Loads a county file.
pub fn load(app: &App, path: &Path) -> Result<Loaded, Error> {
    let county = file::read(path)?;
    check::check(&county)?;
    let prepared = insert::Prepared::of(app, county, path.parent().unwrap_or(Path::new(".")))?;
    let (keys, now) = (Arc::clone(app.keys()), app.now_ms());
    app.store().write_blocking(move |tx| prepared.insert(tx, &keys, now))
}
