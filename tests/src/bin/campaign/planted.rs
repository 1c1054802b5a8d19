//! The simulation is itself tested: known bugs, planted one at a time, must each be found.

use super::Trial;
use wurao_planted::{Bug, plant};
use wurao_tests::{Trouble, sim};

/// The most seeds for one bug.
const SEEDS: u64 = 1000;

/// Plants one bug after another; each seed of the campaign is a bug's place in the list.
pub(super) struct Garden {
    template: sim::Template,
}

impl Garden {
    /// Made without any bug.
    pub(super) fn new() -> Result<Self, Trouble> {
        Ok(Self { template: sim::Template::new()? })
    }

    /// Looks for one of them; says where it was found.
    pub(super) fn trial(&self, at: u64) -> (Trial, String) {
        let Some(bug) = usize::try_from(at).ok().and_then(|at| Bug::ALL.get(at).copied()) else {
            return (Trial { tried: 0, failures: Vec::new() }, String::new());
        };
        plant(Some(bug));
        let found = (0..SEEDS).find_map(|seed| match sim::simulate(&self.template, seed) {
            Ok(outcome) => outcome.failures.into_iter().next().map(|what| (seed, what)),
            Err(trouble) => Some((seed, trouble.to_string())),
        });
        plant(None);
        match found {
            Some((seed, what)) => {
                (Trial { tried: 1, failures: Vec::new() }, format!("{} found at seed {seed}: {what}", bug.name()))
            }
            None => {
                let failure = format!("{} was not found within {SEEDS} seeds", bug.name());
                (Trial { tried: 1, failures: vec![failure] }, String::new())
            }
        }
    }
}
