//! The village's page in a real browser, 360 pixels wide, with codes that a real phone shows.
//!
//! Needs Chromium: `tests/run` sees to it, then runs `cargo test -p wurao-tests --test village`. Pictures of what was
//! seen lie in `target/screenshots` afterwards. Where the browser has no `BarcodeDetector`, a stand-in of the test's
//! (`stage.rs`) plays it; camera, photo and all behind them are the page's own.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a story that cannot go on has failed")]

mod cases;
#[path = "../browser/devtools.rs"]
mod devtools;
mod offline;
mod poster;
mod stage;
mod states;
