//! The office's pages in a real browser, used as people use them: what is clicked is where it is seen, what is typed goes
//! through the keyboard, and nothing is sent but by the page's own forms.
//!
//! Needs Chromium: `tests/run` sees to it, then runs `cargo test -p wurao-tests --test office`. Pictures of what was
//! seen lie in `target/screenshots` afterwards.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a story that cannot go on has failed")]

mod chosen;
mod desk;
#[path = "../browser/devtools.rs"]
#[allow(dead_code, reason = "what other tests of the browser need")]
mod devtools;
mod handed_over;
mod held;
mod plan;
mod setup;
mod tour;
