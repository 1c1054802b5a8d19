//! Honest team visits: nobody cheats, and everything else goes as it goes. Clocks are off by up to ten minutes, some run away
//! further each hour, colleagues start where no network is and are seen by nobody, somebody does not come, somebody forgets to
//! leave, one phone in ten breaks, and what was written arrives in pieces over two days.
//!
//! [`team`] is who comes and how they are, [`door`] the code that is shown and judged, [`day`] the visit, [`after`] the days until
//! it is closed and what must hold then. One seed is one visit.

mod after;
mod day;
mod door;
mod team;

use super::template::{ALL, TEAM, Template, code, id, text};
use super::world::World;
use crate::Trouble;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The most that an honest clock is off.
const MOST_MS: i64 = 10 * 60_000;

/// How one visit went.
#[derive(Default)]
pub struct Visit {
    /// What a supervisor has to decide.
    pub supervised: Vec<String>,
    /// What was called saved and is not there.
    pub lost: Vec<String>,
    /// Where an honest code was called copied.
    pub copied: Vec<String>,
    /// What else does not hold: a visit that never ends, phones that differ.
    pub wrong: Vec<String>,
    /// What happened how often.
    pub counts: BTreeMap<&'static str, u64>,
    /// All that happened, as a hash.
    pub trace: [u8; 32],
}

impl Visit {
    /// Whether it is what an honest visit should be.
    pub fn is_quiet(&self) -> bool {
        self.supervised.is_empty() && self.copied.is_empty()
    }

    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }
}

/// What each visit begins with: the simulation's county, its visits due on this very day and none of them begun.
///
/// # Errors
/// When it cannot be made.
pub fn template() -> Result<Template, Trouble> {
    Template::made(&county(), |_| Ok(()))
}

/// Plays one visit.
///
/// # Errors
/// When the world itself cannot be made.
pub fn visit(template: &Template, seed: u64) -> Result<Visit, Trouble> {
    visit_with(template, seed, MOST_MS)
}

/// The same with clocks that are off by so much at most.
fn visit_with(template: &Template, seed: u64, most_ms: i64) -> Result<Visit, Trouble> {
    let mut world = World::new(template, seed)?;
    let mut visit = Visit::default();
    if let Err(trouble) = play(&mut world, most_ms, &mut visit) {
        visit.wrong.push(trouble.to_string());
    }
    visit.trace = world.trace.digest();
    Ok(visit)
}

fn play(world: &mut World, most_ms: i64, visit: &mut Visit) -> Result<(), Trouble> {
    let mut team = team::Team::drawn(world, most_ms, visit);
    day::day(world, &mut team, visit)?;
    after::two_days(world, &mut team, visit)?;
    after::the_end(world, &team, visit)
}

/// Permits are for the days of the visit only. Who loses a phone gets another.
fn county() -> Value {
    let mut county = text();
    for list in ["plan", "permits"] {
        for entry in county[list].as_array_mut().into_iter().flatten() {
            entry["to"] = json!("today");
        }
    }
    let spare = (0..TEAM).map(|n| {
        json!({"code": code(ALL + n), "name": format!("spare {n}"), "persons": [id("11", n + 1)], "minutes": 7 * 24 * 60})
    });
    county["enrol_codes"].as_array_mut().into_iter().for_each(|codes| codes.extend(spare.clone()));
    county
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_that_are_off_by_an_hour_are_seen_to_need_a_supervisor() {
        let template = template().unwrap();
        let mut visits = (0..8).map(|seed| visit_with(&template, seed, 6 * MOST_MS).unwrap());
        assert!(visits.any(|visit| !visit.supervised.is_empty()));
    }

    #[test]
    fn the_same_seed_is_the_same_visit() {
        let template = template().unwrap();
        assert_eq!(visit(&template, 3).unwrap().trace, visit(&template, 3).unwrap().trace);
    }
}
