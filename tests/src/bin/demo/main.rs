//! `cargo demo`: three inspectors' phones work without a network, merge, and report to a supervisor's page.

mod acts;
mod check;
mod live;
mod report;
mod stage;
mod tell;

use acts::{away, begin, online, permits};
use clap::Parser;
use report::Report;
use stage::Stage;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;
use tell::tell;
use wurao_tests::{Doing, Trouble, roles};

/// Where the server listens when nobody says where.
const PORT: u16 = 8080;

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
    /// Attach the JPEG files of this folder instead of drawn ones; those that cannot be shown are named and passed over.
    #[arg(long, value_name = "DIR")]
    photos: Option<PathBuf>,
    /// Keep everything in this folder, which must be empty or not there; otherwise in a temporary one.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where the server listens; otherwise 127.0.0.1:8080, or any free port when that is taken or with `--once`.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
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
    if let Some(file) = &arguments.json {
        report::check_writable(file)?;
    }
    let mut stage = Stage::set(arguments.data.as_deref(), arguments.photos.as_deref(), listen(arguments)?)?;
    begin::county(&stage)?;
    permits::planned(&stage)?;
    let mut cast = begin::phones(&stage, &mut report)?;
    permits::shown(&stage, &cast)?;
    away::same_village_at_once(&mut stage, &cast)?;
    away::handed_over(&stage, &cast)?;
    cast = away::killed_and_reopened(&mut stage, cast)?;
    away::next_villages(&mut stage, &cast)?;
    let late = permits::too_early(&stage, &cast)?;
    online::text_then_photos(&cast, &mut report)?;
    permits::registered(&stage, &cast, late, &mut report)?;
    online::settled(&stage, &cast, &mut report)?;
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
        live::serve(&mut stage, &cast)?;
    }
    for difference in &report.differences {
        tell!("DIFFERENT  {difference}");
    }
    Ok(report.differences.len())
}

/// The address asked for, which must be free. Without one the usual port, or any when somebody else listens there.
fn listen(arguments: &Arguments) -> Result<SocketAddr, Trouble> {
    let local = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    match arguments.listen {
        Some(asked) => TcpListener::bind(asked).map(|_| asked).doing(format!("listen on {asked}")),
        None if arguments.once => Ok(local(0)),
        None if TcpListener::bind(local(PORT)).is_ok() => Ok(local(PORT)),
        None => {
            tell!("Port {PORT} is taken; another is used, see below");
            Ok(local(0))
        }
    }
}
