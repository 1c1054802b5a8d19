//! A phone and its server over disks that fail: see [`wurao_tests::crash`].

use crate::Trial;
use wurao_tests::Trouble;
use wurao_tests::crash::{Base, Seen, crash};

/// Where the campaign plays.
pub(crate) struct Field {
    base: Base,
    seen: Seen,
}

impl Field {
    pub(crate) fn new() -> Result<Self, Trouble> {
        Ok(Self { base: Base::new()?, seen: Seen::default() })
    }

    /// One seed: some ten faults.
    pub(crate) fn trial(&mut self, seed: u64) -> Trial {
        match crash(&self.base, seed) {
            Ok(outcome) => {
                self.seen.add(&outcome.seen);
                Trial { tried: outcome.points, failures: outcome.failures }
            }
            Err(trouble) => Trial { tried: 1, failures: vec![trouble.to_string()] },
        }
    }
}
