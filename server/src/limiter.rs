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

/// Wrong passwords: by name and address, so that nobody shuts somebody else out; by name alone, so that many addresses
/// do not guess faster for long; and by address, so that one does not go through all names.
pub(crate) struct Logins {
    pairs: Limiter,
    names: Limiter,
    addresses: Limiter,
}

impl Logins {
    /// How many wrong passwords one name has from one address, one name from anywhere, one address for any name.
    const MOST: [usize; 3] = [5, 60, 20];

    pub(crate) fn new(window_ms: i64) -> Self {
        let [pairs, names, addresses] = Self::MOST.map(|most| Limiter::new(most, window_ms));
        Self { pairs, names, addresses }
    }

    /// Takes a try of a name from an address, when one is left of every sort.
    pub(crate) fn reserve(&self, name: &str, address: &str, now_ms: i64) -> bool {
        let pair = Self::pair(name, address);
        if !self.pairs.reserve(&pair, now_ms) {
            return false;
        }
        if !self.addresses.reserve(address, now_ms) {
            self.pairs.give_back(&pair, now_ms);
            return false;
        }
        if !self.names.reserve(name, now_ms) {
            self.pairs.give_back(&pair, now_ms);
            self.addresses.give_back(address, now_ms);
            return false;
        }
        true
    }

    /// Gives back a try taken at this time: it was not wrong.
    pub(crate) fn give_back(&self, name: &str, address: &str, taken_ms: i64) {
        self.pairs.give_back(&Self::pair(name, address), taken_ms);
        self.addresses.give_back(address, taken_ms);
        self.names.give_back(name, taken_ms);
    }

    /// No address has a space.
    fn pair(name: &str, address: &str) -> String {
        format!("{address} {name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_does_not_shut_a_name_out_for_another_and_many_do_not_guess_without_end() {
        let logins = Logins::new(1000);
        let tries = |name: &str, address: &str| (0..100).filter(|_| logins.reserve(name, address, 0)).count();
        assert_eq!(tries("chen", "192.0.2.1"), 5);
        assert_eq!(tries("chen", "192.0.2.2"), 5);
        let of_many: usize = (3..100).map(|at| tries("chen", &format!("192.0.2.{at}"))).sum();
        assert_eq!(of_many, 50, "sixty of one name in all");
        let through_names: usize = (0..100).map(|at| tries(&format!("name {at}"), "192.0.2.200")).sum();
        assert_eq!(through_names, 20);
        assert!(logins.reserve("chen", "192.0.2.1", 1000));
        logins.give_back("chen", "192.0.2.1", 1000);
        assert_eq!((0..9).filter(|_| logins.reserve("chen", "192.0.2.1", 1000)).count(), 5);
    }

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
