//! Packing in the background of a running server.

use super::{Compacted, compact_all};
use crate::App;
use tokio::time::{Instant, interval_at};

/// Packs what is ripe, one document after the other, now and then. Ends when it is dropped; what it was at is then either
/// packed or not.
pub(crate) async fn work(app: App) {
    let every = app.config().compacts;
    if every.is_zero() {
        return std::future::pending().await;
    }
    let mut turns = interval_at(Instant::now() + every, every);
    loop {
        turns.tick().await;
        sweep(&app).await;
    }
}

async fn sweep(app: &App) {
    let tell = |done: &Compacted| {
        if let Compacted::Packed { document, changes, before, after } = done {
            tracing::info!("packed {changes} changes of {document}: {before} bytes, now {after}");
        }
    };
    // Too much to do, or the disk: the next turn tries again.
    if let Err(error) = compact_all(app, tell).await {
        error.log();
    }
}
