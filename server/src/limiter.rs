//! How often something may go wrong before nobody may try again for a while.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Counts wrong tries by name within a window of time.
pub(crate) struct Limiter {
    most: usize,
    window_ms: i64,
    wrong: Mutex<HashMap<String, Vec<i64>>>,
}

impl Limiter {
    /// At most so many wrong tries for one name within so many milliseconds.
    pub(crate) fn new(most: usize, window_ms: i64) -> Self {
        Self { most, window_ms, wrong: Mutex::default() }
    }

    /// Whether one more try is allowed.
    pub(crate) fn allows(&self, name: &str, now_ms: i64) -> bool {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        // Names that nobody got wrong lately are forgotten, so that made-up names cannot fill the memory for long.
        wrong.retain(|_, tries| {
            tries.retain(|at| now_ms - at < self.window_ms);
            !tries.is_empty()
        });
        wrong.get(name).is_none_or(|tries| tries.len() < self.most)
    }

    /// Notes a wrong try.
    pub(crate) fn note_wrong(&self, name: &str, now_ms: i64) {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.entry(name.to_owned()).or_default().push(now_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_the_last_wrong_try_the_window_must_pass() {
        let limiter = Limiter::new(2, 1000);
        limiter.note_wrong("a", 0);
        assert!(limiter.allows("a", 500));
        limiter.note_wrong("a", 500);
        assert!(!limiter.allows("a", 999));
        assert!(limiter.allows("b", 999));
        assert!(limiter.allows("a", 1000));
    }
}
