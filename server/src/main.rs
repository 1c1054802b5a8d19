//! The server's program; everything is in the library.

use std::process::ExitCode;

#[expect(clippy::print_stderr, reason = "a program says on stderr why it fails")]
fn main() -> ExitCode {
    match wurao_server::run(std::env::args_os(), &mut std::io::stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
