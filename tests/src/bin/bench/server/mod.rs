//! What it costs the server to take changes in: beside loading, applying and saving a document each time, and over HTTP.

mod append;
mod county;
mod load;
mod peer;
mod phone;

use crate::rows::Rows;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::runtime::{Builder, Runtime};
use wurao_tests::{Doing, Trouble};

/// Runs the bench.
pub(crate) fn run(quick: bool, rows: &mut Rows) -> Result<(), Trouble> {
    append::run(quick, rows)?;
    load::run(quick, rows)
}

/// Now, ms since 1970 UTC.
fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}

fn runtime() -> Result<Runtime, Trouble> {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().doing("make a runtime")
}
