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

    /// Takes a try, when one is left. It counts as wrong from here on, so that tries at the same moment cannot all pass
    /// before the first of them has turned out wrong.
    pub(crate) fn reserve(&self, name: &str, now_ms: i64) -> bool {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        // Names that nobody got wrong lately are forgotten, so that made-up names cannot fill the memory for long.
        wrong.retain(|_, tries| {
            tries.retain(|at| now_ms - at < self.window_ms);
            !tries.is_empty()
        });
        let tries = wrong.entry(name.to_owned()).or_default();
        let free = tries.len() < self.most;
        if free {
            tries.push(now_ms);
        }
        free
    }

    /// Gives back a try taken at this time: it was not wrong.
    pub(crate) fn give_back(&self, name: &str, taken_ms: i64) {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tries) = wrong.get_mut(name)
            && let Some(at) = tries.iter().position(|at| *at == taken_ms)
        {
            tries.remove(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_the_last_wrong_try_the_window_must_pass() {
        let limiter = Limiter::new(2, 1000);
        assert!(limiter.reserve("a", 0));
        assert!(limiter.reserve("a", 500));
        assert!(!limiter.reserve("a", 999));
        assert!(limiter.reserve("b", 999));
        assert!(limiter.reserve("a", 1000));
    }

    #[test]
    fn a_try_that_was_not_wrong_is_given_back() {
        let limiter = Limiter::new(1, 1000);
        assert!(limiter.reserve("a", 0));
        assert!(!limiter.reserve("a", 0));
        limiter.give_back("a", 0);
        assert!(limiter.reserve("a", 0));
    }
}
