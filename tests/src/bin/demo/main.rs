//! `cargo demo`: three inspectors' phones work without a network, merge, and report to a supervisor's page.

mod acts;
mod check;
mod live;
mod report;
mod stage;
mod tell;

use acts::{away, begin, online};
use clap::Parser;
use report::Report;
use stage::Stage;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;
use tell::tell;
use wurao_tests::{Trouble, roles};

/// The main job on embedded storage, from an empty folder to the supervisor's page.
#[derive(Parser)]
#[command(name = "cargo demo")]
struct Arguments {
    /// Stop after a self-check instead of going on serving.
    #[arg(long)]
    once: bool,
    /// Write what was counted to this file, one JSON object.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Attach the JPEG files of this folder instead of drawn ones.
    #[arg(long, value_name = "DIR")]
    photos: Option<PathBuf>,
    /// Keep everything in this folder, which must be empty or not there; otherwise in a temporary one.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where the server listens; any free port when it is taken.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
}

fn main() -> ExitCode {
    if let Some(code) = roles::play(std::env::args_os()) {
        return code;
    }
    match run(&Arguments::parse()) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(trouble) => roles::complain(&format!("demo: {trouble}")),
    }
}

/// Plays the demo; how much was found to differ.
fn run(arguments: &Arguments) -> Result<usize, Trouble> {
    let began = Instant::now();
    let mut report = Report::default();
    let mut stage = Stage::set(arguments.data.as_deref(), arguments.photos.as_deref(), free(arguments))?;
    begin::county(&stage)?;
    let mut cast = begin::phones(&stage, &mut report)?;
    away::same_village_at_once(&mut stage, &cast)?;
    cast = away::killed_and_reopened(&mut stage, cast)?;
    away::next_villages(&mut stage, &cast)?;
    online::text_then_photos(&cast, &mut report)?;
    online::leave(&stage, &cast, &mut report)?;
    report.seconds = began.elapsed().as_secs_f64();
    if arguments.once {
        check::everything(&stage, &cast, &mut report)?;
        report.seconds = began.elapsed().as_secs_f64();
    }
    if let Some(file) = &arguments.json {
        report.write(file)?;
    }
    if !arguments.once {
        live::serve(&stage, &cast)?;
    }
    for difference in &report.differences {
        tell!("DIFFERENT  {difference}");
    }
    Ok(report.differences.len())
}

/// The address asked for, or any port of it when somebody else listens there; always any with `--once`.
fn free(arguments: &Arguments) -> SocketAddr {
    let any = SocketAddr::new(arguments.listen.ip(), 0);
    if arguments.once || TcpListener::bind(arguments.listen).is_err() { any } else { arguments.listen }
}
