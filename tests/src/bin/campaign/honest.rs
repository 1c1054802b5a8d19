//! Honest team visits: see [`wurao_tests::sim::honest`].

use crate::TWICE;
use crate::bounds::Bounds;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use wurao_tests::sim::honest::{self, Visit};
use wurao_tests::{Doing, Trouble};

/// So many of a hundred visits need no supervisor and show no code that is called copied.
const QUIET: f64 = 99.0;

/// What all visits came to.
#[derive(Default)]
struct Sum {
    tried: u64,
    quiet: u64,
    supervised: u64,
    copied: u64,
    lost: u64,
    wrong: u64,
    counts: BTreeMap<&'static str, u64>,
    failures: Vec<Value>,
}

/// Plays visits and prints what came of them; the same as one object, and whether they are as they should be.
pub(crate) fn run(bounds: &Bounds, out: &mut dyn Write) -> Result<(Value, bool), Trouble> {
    let template = honest::template()?;
    let mut sum = Sum::default();
    let mut seeds = bounds.seeds();
    while let Some(seed) = seeds.next(sum.tried) {
        let mut visit = honest::visit(&template, seed)?;
        if seed.is_multiple_of(TWICE) && honest::visit(&template, seed)?.trace != visit.trace {
            visit.wrong.push("the same seed went another way".to_owned());
        }
        sum.add(seed, &visit, out)?;
    }
    if sum.tried == 0 {
        return Err(Trouble::new("honest", "nothing was tried"));
    }
    sum.tell(out)?;
    Ok((sum.object(), sum.is_good()))
}

impl Sum {
    fn add(&mut self, seed: u64, visit: &Visit, out: &mut dyn Write) -> Result<(), Trouble> {
        self.tried += 1;
        self.quiet += u64::from(visit.is_quiet());
        for (what, many) in &visit.counts {
            *self.counts.entry(what).or_default() += many;
        }
        let kinds = [
            ("needs a supervisor", &visit.supervised, &mut self.supervised),
            ("called copied", &visit.copied, &mut self.copied),
            ("lost", &visit.lost, &mut self.lost),
            ("wrong", &visit.wrong, &mut self.wrong),
        ];
        for (kind, said, visits) in kinds {
            *visits += u64::from(!said.is_empty());
            for what in said {
                writeln!(out, "honest: seed {seed}: {kind}: {what}").doing("print")?;
                self.failures.push(json!({"seed": seed, "what": format!("{kind}: {what}")}));
            }
        }
        Ok(())
    }

    fn percent(&self, visits: u64) -> f64 {
        visits as f64 * 100.0 / self.tried as f64
    }

    /// Nothing may be lost or wrong at all; a supervisor may be needed in one visit of a hundred.
    fn is_good(&self) -> bool {
        self.lost + self.wrong == 0 && self.percent(self.quiet) >= QUIET
    }

    fn tell(&self, out: &mut dyn Write) -> Result<(), Trouble> {
        let Self { tried, supervised, copied, lost, wrong, .. } = self;
        let quiet = self.percent(self.quiet);
        writeln!(
            out,
            "honest: {tried} visits tried, {quiet:.2} % without a supervisor and without a false \"copied\"; \
             {supervised} need a supervisor, {copied} are called copied, {lost} lose something, {wrong} are wrong otherwise"
        )
        .doing("print")?;
        let counts: Vec<String> = self.counts.iter().map(|(what, many)| format!("{what} {many}")).collect();
        writeln!(out, "honest: {}", counts.join(", ")).doing("print")
    }

    fn object(&self) -> Value {
        let counts: Map<String, Value> =
            self.counts.iter().map(|(what, many)| ((*what).to_owned(), json!(many))).collect();
        json!({
            "campaign": "honest", "tried": self.tried, "failed": self.failures.len(),
            "quiet_percent": self.percent(self.quiet), "supervised": self.supervised, "copied": self.copied,
            "lost": self.lost, "wrong": self.wrong, "counts": counts, "failures": self.failures,
        })
    }
}
