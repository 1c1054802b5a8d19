//! Forgeries of permits and records, each a thing somebody might gain from, each refused with its own code.
//!
//! A kind names the door it is tried at and what that door must say. Chance, by the seed, varies who, when and where;
//! with the forgeries of a seed the honest thing is tried at every door, which must take it.

pub(crate) mod cose;
mod feed;
mod office;
mod records;
mod requests;
mod server;
mod shown;
mod trust;

use crate::Trial;
use office::Office;
use wurao_tests::Trouble;

/// One kind of forgery.
struct Kind {
    /// What is forged, in words.
    name: &'static str,
    /// Where it is tried.
    door: &'static str,
    /// What that door must say.
    expect: &'static str,
    /// Tries it; what the door said.
    attempt: fn(&mut Office) -> String,
}

/// The fewest kinds that are worth the name of a campaign.
const FEWEST: usize = 60;
/// The most seeds at one server: the photos that it is told of are never sent, and it asks for so many at a time only.
const AT_ONE_SERVER: u32 = 16;

/// What was tried, and what came of it.
pub(crate) struct Tried {
    /// What was forged, in words; `(honest)` before what was not.
    pub(crate) name: &'static str,
    /// Where it was tried.
    pub(crate) door: &'static str,
    /// What that door must say.
    pub(crate) expect: &'static str,
    /// What it said.
    pub(crate) found: String,
}

/// The campaign: the doors of the shared crate, a phone's feed, and a server in this process.
pub(crate) struct Forge {
    field: server::Field,
    /// Seeds tried at that server.
    used: u32,
}

impl Forge {
    pub(crate) fn new() -> Result<Self, Trouble> {
        Ok(Self { field: server::Field::new()?, used: 0 })
    }

    /// Everything once, with this seed.
    pub(crate) fn all(&mut self, seed: u64) -> Result<Vec<Tried>, Trouble> {
        if self.used == AT_ONE_SERVER {
            *self = Self::new()?;
        }
        self.used += 1;
        let mut tried = Vec::new();
        for Kind { name, door, expect, attempt } in
            [shown::KINDS, trust::KINDS, records::KINDS, requests::KINDS].concat()
        {
            // A new office for each: a kind alone, with its seed, does again what it did here.
            tried.push(Tried { name, door, expect, found: attempt(&mut Office::new(seed)) });
        }
        for (door, list) in [("feed", feed::trial(seed)?), ("server", self.field.trial(seed)?)] {
            tried.extend(list.into_iter().map(|(name, expect, found)| Tried { name, door, expect, found }));
        }
        let mut kinds: Vec<_> = tried.iter().map(|tried| (tried.door, tried.name)).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let forged = kinds.iter().filter(|(_, name)| !name.starts_with("(honest)")).count();
        if kinds.len() < tried.len() || forged < FEWEST {
            return Err(Trouble::new("forge", format!("{forged} kinds, {} of {} differ", kinds.len(), tried.len())));
        }
        Ok(tried)
    }

    pub(crate) fn trial(&mut self, seed: u64) -> Trial {
        let mut trial = Trial { tried: 0, failures: Vec::new() };
        match self.all(seed) {
            Ok(all) => {
                for Tried { name, door, expect, found } in all {
                    trial.tried += 1;
                    if found != expect {
                        trial.failures.push(format!("{name}: at the {door} expected {expect}, found {found}"));
                    }
                }
            }
            Err(trouble) => {
                trial.tried += 1;
                trial.failures.push(trouble.to_string());
            }
        }
        trial
    }
}

impl Clone for Kind {
    fn clone(&self) -> Self {
        *self
    }
}

impl Copy for Kind {}

/// A table of kinds at one door.
macro_rules! kinds {
    ($door:literal: $($name:literal => $expect:literal, $attempt:expr;)*) => {
        pub(super) const KINDS: &[super::Kind] = &[
            $(super::Kind { name: $name, door: $door, expect: $expect, attempt: $attempt },)*
        ];
    };
}
use kinds;
