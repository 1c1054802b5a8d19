//! An inspector's phone in a terminal.

use std::io::{stderr, stdin, stdout};
use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(wurao_device::terminal::run(
        std::env::args_os(),
        &mut stdin().lock(),
        &mut stdout().lock(),
        &mut stderr().lock(),
    ))
}
