//! Forgeries of permits and records, each a thing somebody might gain from, each refused with its own code.
//!
//! A kind names the door it is tried at and what that door must say. Chance, by the seed, varies who, when and where;
//! before the forgeries of a seed the honest thing is tried at every door, which must take it.

mod cose;
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

/// The campaign: the doors of the shared crate, and a server in this process.
pub(crate) struct Forge {
    field: server::Field,
}

impl Forge {
    pub(crate) fn new() -> Result<Self, Trouble> {
        Ok(Self { field: server::Field::new()? })
    }

    pub(crate) fn trial(&mut self, seed: u64) -> Trial {
        let mut trial = Trial { tried: 0, failures: Vec::new() };
        for kind in [shown::KINDS, trust::KINDS, records::KINDS, requests::KINDS].concat() {
            // A new office for each: a kind alone, with its seed, does again what it did here.
            note(&mut trial, kind.name, kind.door, kind.expect, &(kind.attempt)(&mut Office::new(seed)));
        }
        for (name, expect, found) in self.field.trial(seed) {
            note(&mut trial, name, "server", expect, &found);
        }
        trial
    }
}

fn note(trial: &mut Trial, name: &str, door: &str, expect: &str, found: &str) {
    trial.tried += 1;
    if found != expect {
        trial.failures.push(format!("{name}: at the {door} expected {expect}, found {found}"));
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
