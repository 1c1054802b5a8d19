//! `tests/campaign NAME`: long reliability runs. Prints `NAME: N tried, 0 failed`, or what failed with its seed.

mod bounds;
mod crash;
mod forge;
mod kill;
mod projection;
mod scope;

use bounds::Bounds;
use clap::{Parser, ValueEnum};
use serde_json::json;
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
    /// In a build of its own, whose phones have encrypted stores, as shipped apps do; for crash.
    #[arg(long)]
    encrypted: bool,
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
    /// Phones and servers killed at random moments: what was acknowledged is there, and the sync converges.
    Kill,
    /// The projection against Automerge's own, over random edits of two to five people; counts keys.
    Projection,
    /// Phones and a server in one process by a seed: a bad network, restarts, backups brought back on both sides; nothing is
    /// lost, nothing differs, nothing goes on talking; counts worlds.
    Simulate,
    /// Random trees, people and tokens, every route asked as each of them: nothing of elsewhere comes back; counts trees.
    Scope,
}

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
    let (name, mut trial): (_, Box<dyn FnMut(u64) -> Trial>) = match arguments.name {
        Name::Crash => {
            let mut field = crash::Field::new()?;
            ("crash", Box::new(move |seed| field.trial(seed)))
        }
        Name::Forge => {
            let mut forge = forge::Forge::new()?;
            ("forge", Box::new(move |seed| forge.trial(seed)))
        }
        Name::Kill => {
            let mut field = kill::Field::new()?;
            ("kill", Box::new(move |seed| field.trial(seed)))
        }
        Name::Projection => ("projection", Box::new(projection::trial)),
        Name::Simulate => {
            let template = sim::Template::new()?;
            let trial = move |seed| match sim::simulate(&template, seed) {
                Ok((_, failures)) => Trial { tried: 1, failures },
                Err(trouble) => Trial { tried: 1, failures: vec![trouble.to_string()] },
            };
            ("simulate", Box::new(trial))
        }
        Name::Scope => ("scope", Box::new(scope::trial)),
    };
    let (mut tried, mut failed) = (0, Vec::new());
    let mut seeds = arguments.bounds.seeds();
    while let Some(seed) = seeds.next(tried) {
        let Trial { tried: more, failures } = trial(seed);
        tried += more;
        for failure in failures {
            writeln!(out, "{name}: seed {seed}: {failure}").doing("print")?;
            failed.push(json!({"seed": seed, "what": failure}));
        }
    }
    writeln!(out, "{name}: {tried} tried, {} failed", failed.len()).doing("print")?;
    if let Some(file) = &arguments.json {
        let object = json!({"campaign": name, "tried": tried, "failed": failed.len(), "failures": failed});
        std::fs::write(file, format!("{object:#}\n")).doing(format!("write {}", file.display()))?;
    }
    if tried == 0 {
        return Err(Trouble::new(name, "nothing was tried"));
    }
    Ok(failed.is_empty())
}
