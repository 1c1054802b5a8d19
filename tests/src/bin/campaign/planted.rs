//! The simulation is itself tested: known bugs, planted one at a time, must each be found.

use crate::bounds::Bounds;
use serde_json::{Value, json};
use std::io::Write;
use wurao_planted::{Bug, plant};
use wurao_tests::{Doing, Trouble, sim};

/// The most seeds for one bug.
const SEEDS: u64 = 1000;
/// So many digits are a hash or an id, of which so many are told in the table.
const HASH: usize = 16;
const SHORT: usize = 6;

/// Where a bug was found, and what saw it.
struct Found {
    bug: Bug,
    seed: u64,
    what: String,
}

/// Plants one bug after another, each seed of the bounds a bug's place in the list. Prints where each was found, at the end
/// as a table when one is wanted; what came of it as one object, and whether all were found.
pub(crate) fn run(bounds: &Bounds, table: bool, out: &mut dyn Write) -> Result<(Value, bool), Trouble> {
    let template = sim::Template::new()?;
    let (mut found, mut missed) = (Vec::new(), Vec::new());
    let mut places = bounds.seeds();
    while let Some(at) = places.next((found.len() + missed.len()) as u64) {
        let Some(bug) = usize::try_from(at).ok().and_then(|at| Bug::ALL.get(at).copied()) else { break };
        match look_for(&template, bug) {
            Some(Found { seed, what, .. }) => {
                writeln!(out, "planted: {} found at seed {seed}: {what}", bug.name()).doing("print")?;
                found.push(Found { bug, seed, what });
            }
            None => {
                writeln!(out, "planted: {} was not found within {SEEDS} seeds", bug.name()).doing("print")?;
                missed.push(bug);
            }
        }
        out.flush().doing("print")?;
    }
    let tried = found.len() + missed.len();
    if tried == 0 {
        return Err(Trouble::new("plant bugs", "there is none at these places"));
    }
    if table {
        tell(&found, out)?;
    }
    writeln!(out, "planted: {tried} tried, {} failed", missed.len()).doing("print")?;
    let places: Vec<Value> =
        found.iter().map(|found| json!({"bug": found.bug.name(), "seed": found.seed, "what": found.what})).collect();
    let missed: Vec<&str> = missed.into_iter().map(Bug::name).collect();
    let object =
        json!({"campaign": "planted", "tried": tried, "failed": missed.len(), "failures": missed, "found": places});
    Ok((object, missed.is_empty()))
}

/// The first seed with which the simulation sees it.
fn look_for(template: &sim::Template, bug: Bug) -> Option<Found> {
    plant(Some(bug));
    let found = (0..SEEDS).find_map(|seed| match sim::simulate(template, seed) {
        Ok(outcome) => outcome.failures.into_iter().next().map(|what| Found { bug, seed, what }),
        Err(trouble) => Some(Found { bug, seed, what: trouble.to_string() }),
    });
    plant(None);
    found
}

/// The same as a table in Markdown.
fn tell(found: &[Found], out: &mut dyn Write) -> Result<(), Trouble> {
    writeln!(out, "| bug | what it is | seed | what saw it |\n|---|---|---|---|").doing("print")?;
    for Found { bug, seed, what } in found {
        writeln!(out, "| `{}` | {} | {seed} | {} |", bug.name(), bug.what(), short(what)).doing("print")?;
    }
    Ok(())
}

/// What was said, of its hashes the beginnings.
fn short(said: &str) -> String {
    let is_other = |c: char| !c.is_ascii_hexdigit();
    let parts = said.split_inclusive(is_other).map(|part| match part.trim_end_matches(is_other) {
        hash if hash.len() >= HASH => format!("{}…{}", &hash[..SHORT], &part[hash.len()..]),
        _ => part.to_owned(),
    });
    parts.collect()
}
