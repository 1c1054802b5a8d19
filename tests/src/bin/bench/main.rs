//! `tests/bench/run NAME [--quick] [--json FILE]`: one bench beside its peers, in one run, as ratios.
//!
//! `device`: a tap until it is durable beside a bare one-row commit; a phone opening with many inspections.
//! `server`: what a change costs the server beside load-apply-save; changes a second over HTTP.
//! `sync`: what answers and photos cost on the wire, headers and signatures included.
//! `slow-link`: how long a phone's work takes over a bad line until a supervisor sees it.

mod alone;
mod bare;
mod device;
mod field;
mod inspector;
mod meter;
mod odk;
mod office;
mod peer;
mod pouch;
mod rows;
mod server;
mod slow;
mod stream;
mod sync;

use clap::{Parser, ValueEnum};
use rows::Rows;
use std::path::PathBuf;
use std::process::ExitCode;
use wurao_tests::{Trouble, roles};

/// One bench beside its peers.
#[derive(Parser)]
#[command(name = "bench")]
struct Arguments {
    /// Which bench.
    name: Name,
    /// Fewer and smaller: to see that it runs, not to quote.
    #[arg(long)]
    quick: bool,
    /// Write the rows to this file.
    #[arg(long)]
    json: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Name {
    Device,
    Server,
    Sync,
    SlowLink,
}

fn main() -> ExitCode {
    if let Some(code) = device::play_opening().or_else(|| roles::play(std::env::args_os())) {
        return code;
    }
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => roles::complain(&trouble.to_string()),
    }
}

fn run(arguments: &Arguments) -> Result<(), Trouble> {
    let mut rows = Rows::default();
    match arguments.name {
        Name::Device => device::run(arguments.quick, &mut rows)?,
        Name::Server => server::run(arguments.quick, &mut rows)?,
        Name::Sync => sync::run(arguments.quick, &mut rows)?,
        Name::SlowLink => slow::run(arguments.quick, &mut rows)?,
    }
    rows.print(&mut std::io::stdout())?;
    match &arguments.json {
        Some(file) => rows.write(file),
        None => Ok(()),
    }
}
