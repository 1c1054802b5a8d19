//! `tests/campaign NAME`: long reliability runs. Prints `NAME: N tried, 0 failed`, or what failed with its seed; of `honest`
//! `N visits tried, P %` of them without a supervisor.

mod abreast;
mod bounds;
mod crash;
mod forge;
mod fuzz;
mod ground;
mod honest;
mod kill;
mod memory;
mod partition;
mod party;
#[cfg(feature = "planted")]
mod planted;
mod projection;
mod replay;
mod scope;

use bounds::Bounds;
use clap::{Parser, ValueEnum};
use serde_json::{Value, json};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use wurao_tests::{Doing, Trouble, roles, sim};

/// A long reliability run.
#[derive(Parser)]
#[command(name = "tests/campaign")]
struct Arguments {
    /// Which.
    name: Name,
    #[command(flatten)]
    bounds: Bounds,
    /// Of forge: try each kind once and print it with its door and what that must say.
    #[arg(long)]
    list: bool,
    /// Of planted: print at the end where each bug was found as a table in Markdown.
    #[arg(long)]
    table: bool,
    /// In a build of its own, whose phones have encrypted stores, as shipped apps do; for crash.
    #[arg(long)]
    encrypted: bool,
    /// Of fuzz: only this; otherwise each of them for as long as the bounds say.
    #[arg(long, value_name = "NAME")]
    target: Option<fuzz::Target>,
    /// Write the result to this file, one JSON object.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Name {
    /// A phone and its server over disks that lose power, are full or fail, at any operation: what was said to be saved is there;
    /// counts faults.
    Crash,
    /// Forged permits and records, at least sixty kinds, each refused with its own code; counts forgeries.
    Forge,
    /// Inputs of the product changed anywhere and made right around that: nothing panics, nothing takes much memory; counts
    /// inputs.
    Fuzz,
    /// Honest team visits with clocks off by up to ten minutes, syncs over two days and broken phones: at least 99 of a hundred
    /// need no supervisor and show no code that is called copied, and nothing is lost; counts visits.
    Honest,
    /// Phones and servers killed at random moments: what was acknowledged is there, and the sync converges.
    Kill,
    /// The simulation with known bugs planted, one at a time: each is found within a thousand seeds; counts bugs.
    Planted,
    /// Links of random groups cut, stalled and restored, the server killed: whole again, everybody is quiet within twenty
    /// rounds, nothing is lost, all replicas are equal.
    Partition,
    /// The projection against Automerge's own, over random edits of two to five people; counts keys.
    Projection,
    /// Everything that was sent, sent again in every way to a server in this process: it holds what it held; counts things
    /// sent again.
    Replay,
    /// Phones and a server in one process by a seed: a bad network, restarts, backups brought back on both sides; nothing is
    /// lost, nothing differs, nothing goes on talking; counts worlds.
    Simulate,
    /// Random trees, people and tokens, every route asked as each of them: nothing of elsewhere comes back; counts trees.
    Scope,
}

/// One of so many seeds of the simulation is played twice.
const TWICE: u64 = 16;

/// What one seed came to.
struct Trial {
    /// How much was tried with it.
    tried: u64,
    /// What went wrong, in words.
    failures: Vec<String>,
}

fn main() -> ExitCode {
    if let Some(code) = roles::play(std::env::args_os()) {
        return code;
    }
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(trouble) => roles::complain(&format!("campaign: {trouble}")),
    }
}

/// The most that a world may take: four to six phones, a server and what the world knows of them, bytes.
const WORLD: usize = 64 << 20;

/// Plays one seed; some of them twice, for the same seed must do the same again.
fn simulate(template: &sim::Template, seed: u64) -> Trial {
    let played = || sim::simulate(template, seed);
    let mut failures = match played() {
        Ok(first) if seed.is_multiple_of(TWICE) => match played() {
            Ok(again) if again.trace == first.trace => first.failures,
            Ok(_) => vec!["the same seed went another way".to_owned()],
            Err(trouble) => vec![trouble.to_string()],
        },
        Ok(outcome) => outcome.failures,
        Err(trouble) => vec![trouble.to_string()],
    };
    // Of all worlds that are played at once; what is not given back adds up, and is seen here sooner or later.
    let most = memory::most();
    if most > WORLD * abreast::at_once() {
        failures.push(format!("all worlds at once took {} MiB", most >> 20));
        memory::begin();
    }
    Trial { tried: 1, failures }
}

/// Runs a campaign; whether nothing failed.
fn run(arguments: &Arguments) -> Result<bool, Trouble> {
    if arguments.encrypted != cfg!(feature = "encrypted") {
        let built = if arguments.encrypted { "with plain stores" } else { "with encrypted stores" };
        return Err(Trouble::new(
            "run this build",
            format!("it was built {built}: tests/campaign builds the right one"),
        ));
    }
    let mut out = std::io::stdout();
    if arguments.list {
        return match arguments.name {
            Name::Forge => {
                for kind in forge::Forge::new()?.all(0)? {
                    writeln!(out, "{}\t{}\t{}", kind.door, kind.expect, kind.name).doing("print")?;
                }
                Ok(true)
            }
            _ => Err(Trouble::new("list", "only forge has kinds")),
        };
    }
    let bounds = &arguments.bounds;
    let (name, mut trial): (_, Box<dyn FnMut(u64) -> Trial>) = match arguments.name {
        Name::Crash => {
            let mut field = crash::Field::new()?;
            ("crash", Box::new(move |seed| field.trial(seed)))
        }
        Name::Forge => {
            let mut forge = forge::Forge::new()?;
            ("forge", Box::new(move |seed| forge.trial(seed)))
        }
        Name::Fuzz => {
            let (tried, failed) = fuzz::run(arguments.target, bounds, &mut out)?;
            return conclude("fuzz", tried, &failed, arguments, &mut out);
        }
        Name::Honest => {
            let (object, good) = honest::run(bounds, &mut out)?;
            return keep(arguments, &object).map(|()| good);
        }
        Name::Kill => {
            let mut field = kill::Field::new()?;
            ("kill", Box::new(move |seed| field.trial(seed)))
        }
        Name::Partition => {
            let mut partition = partition::Partition::new();
            ("partition", Box::new(move |seed| partition.trial(seed)))
        }
        Name::Projection => {
            let (tried, failed) = abreast::go_on("projection", bounds, &mut out, &projection::trial)?;
            return conclude("projection", tried, &failed, arguments, &mut out);
        }
        #[cfg(feature = "planted")]
        Name::Planted => {
            let (object, good) = planted::run(bounds, arguments.table, &mut out)?;
            return keep(arguments, &object).map(|()| good);
        }
        #[cfg(not(feature = "planted"))]
        Name::Planted => {
            return Err(Trouble::new("plant a bug", "build with --features planted, as tests/campaign does"));
        }
        Name::Replay => {
            let mut replay = replay::Replay::new()?;
            ("replay", Box::new(move |seed| replay.trial(seed)))
        }
        Name::Simulate => {
            let template = sim::Template::new()?;
            let (tried, failed) = abreast::go_on("simulate", bounds, &mut out, &|seed| simulate(&template, seed))?;
            writeln!(out, "simulate: at most {} MiB for {} worlds at once", memory::most() >> 20, abreast::at_once())
                .doing("print")?;
            return conclude("simulate", tried, &failed, arguments, &mut out);
        }
        Name::Scope => ("scope", Box::new(scope::trial)),
    };
    let (tried, failed) = go_on(name, bounds, &mut out, &mut trial)?;
    conclude(name, tried, &failed, arguments, &mut out)
}

/// Goes through the seeds; how much was tried, and what failed.
fn go_on(
    name: &str,
    bounds: &Bounds,
    out: &mut dyn Write,
    trial: &mut dyn FnMut(u64) -> Trial,
) -> Result<(u64, Vec<Value>), Trouble> {
    let (mut tried, mut failed) = (0, Vec::new());
    let mut seeds = bounds.seeds();
    while let Some(seed) = seeds.next(tried) {
        let Trial { tried: more, failures } = trial(seed);
        tried += more;
        for failure in failures {
            writeln!(out, "{name}: seed {seed}: {failure}").doing("print")?;
            failed.push(json!({"seed": seed, "what": failure}));
        }
    }
    Ok((tried, failed))
}

/// Says what it came to; whether nothing failed.
fn conclude(
    name: &str,
    tried: u64,
    failed: &[Value],
    arguments: &Arguments,
    out: &mut dyn Write,
) -> Result<bool, Trouble> {
    if tried == 0 {
        return Err(Trouble::new(name, "nothing was tried"));
    }
    writeln!(out, "{name}: {tried} tried, {} failed", failed.len()).doing("print")?;
    keep(arguments, &json!({"campaign": name, "tried": tried, "failed": failed.len(), "failures": failed}))?;
    Ok(failed.is_empty())
}

/// Writes the result where it was asked for.
fn keep(arguments: &Arguments, object: &Value) -> Result<(), Trouble> {
    match &arguments.json {
        Some(file) => std::fs::write(file, format!("{object:#}\n")).doing(format!("write {}", file.display())),
        None => Ok(()),
    }
}
