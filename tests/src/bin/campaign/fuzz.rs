//! Fuzzing, in this process and by seeds: inputs that the product made are changed anywhere, what stands around the change
//! (signatures, hashes, checksums, packing) is made right again so that the change is reached, and whatever leads to an
//! outcome not seen before is kept and changed again.
//!
//! A seed begins with what the product made and collects its own corpus: the same seed does the same again. Nothing may
//! panic; no input of at most 1 MiB may take more than 64 MiB above what there was ([`watch`]); what else must hold
//! each target says.
//!
//! Absent on purpose: coverage of the code as a guide, which wants another compiler: outcomes tell enough to go on.

mod change;
mod corpus;
mod gate;
mod handover;
mod item;
mod known;
mod made;
mod mend;
mod pack;
mod phone;
mod records;
mod segment;
mod server;
mod spoil;
mod twist;
mod watch;

use crate::bounds::Bounds;
use crate::{Trial, go_on};
use clap::ValueEnum;
use made::Made;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Write;
use watch::Watch;
use wurao_tests::{Doing, Trouble};

/// What is fuzzed. A further one is a line here, in [`Target::ALL`] and in [`Fuzz::session`].
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Target {
    /// A request at the server, and its answer at the phone.
    SyncBody,
    /// Records, permits as they are shown, invitations, checklists, what villages seal, phones' journals.
    Records,
    /// The gate, over a document with history.
    Gate,
    /// What one phone asks and another gives.
    HandOver,
}

impl Target {
    const ALL: [Self; 4] = [Self::SyncBody, Self::Records, Self::Gate, Self::HandOver];

    fn name(self) -> &'static str {
        match self {
            Self::SyncBody => "sync-body",
            Self::Records => "records",
            Self::Gate => "gate",
            Self::HandOver => "hand-over",
        }
    }
}

/// One target or all, each as long as the bounds say. How much was tried, and what failed.
pub(crate) fn run(only: Option<Target>, bounds: &Bounds, out: &mut dyn Write) -> Result<(u64, Vec<Value>), Trouble> {
    let (mut tried, mut failed) = (0, Vec::new());
    let targets = Target::ALL.into_iter().filter(|target| only.is_none_or(|only| only.name() == target.name()));
    for target in targets {
        let name = format!("fuzz {}", target.name());
        let mut fuzz = Fuzz::new(target)?;
        let (more, failures) = go_on(&name, bounds, out, &mut |seed| fuzz.trial(seed))?;
        fuzz.watch.tell(&fuzz.outcomes)?;
        for slow in &fuzz.watch.slow {
            writeln!(out, "{name}: slow: {slow}").doing("print")?;
        }
        writeln!(out, "{name}: {more} tried, {} failed; {}", failures.len(), fuzz.summary()).doing("print")?;
        tried += more;
        failed.extend(failures);
    }
    Ok((tried, failed))
}

/// A target, and what came of it so far.
struct Fuzz {
    target: Target,
    made: Option<Made>,
    outcomes: BTreeSet<String>,
    watch: Watch,
}

impl Fuzz {
    fn new(target: Target) -> Result<Self, Trouble> {
        let watch = Watch::over(target.name())?;
        Ok(Self { target, made: None, outcomes: BTreeSet::new(), watch })
    }

    fn trial(&mut self, seed: u64) -> Trial {
        let before = self.watch.cases;
        match self.session(seed) {
            Ok(outcomes) => self.outcomes.extend(outcomes),
            Err(trouble) => self.watch.failures.push(trouble.to_string()),
        }
        Trial { tried: self.watch.cases - before, failures: std::mem::take(&mut self.watch.failures) }
    }

    fn session(&mut self, seed: u64) -> Result<Vec<String>, Trouble> {
        if matches!(self.target, Target::Gate) {
            return gate::session(seed, &mut self.watch);
        }
        // Once: it takes some seconds.
        let made = match self.made.take() {
            Some(made) => made,
            None => Made::new()?,
        };
        let made = self.made.insert(made);
        match self.target {
            Target::SyncBody => {
                let mut seen = server::session(made, seed, &mut self.watch)?;
                seen.extend(phone::session(made, seed, &mut self.watch)?);
                Ok(seen)
            }
            Target::Records => records::session(made, seed, &mut self.watch),
            Target::HandOver => handover::session(made, seed, &mut self.watch),
            Target::Gate => Ok(Vec::new()),
        }
    }

    fn summary(&self) -> String {
        let Watch { most, slowest_ms, .. } = &self.watch;
        let most = *most as f64 / 1024.0 / 1024.0;
        let outcomes = self.outcomes.len();
        format!("{outcomes} outcomes, at most {most:.1} MiB, slowest {slowest_ms} ms of the processor")
    }
}
