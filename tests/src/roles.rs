//! One program, several parts to play: server and phone run as processes of their own without a second binary to find.
//!
//! A program of this crate calls [`play`] first. When its first argument names a part, it plays that instead.

use std::ffi::OsString;
use std::io::Read;
use std::process::ExitCode;

/// The first argument of a program that is to be `wurao-server`.
pub const SERVER: &str = "as-server";
/// The first argument of a program that is to be `wurao-phone`.
pub const PHONE: &str = "as-phone";

/// Plays the part that the arguments name; none when they name no part.
pub fn play(arguments: impl IntoIterator<Item = OsString>) -> Option<ExitCode> {
    let mut arguments = arguments.into_iter().skip(1);
    let part = arguments.next()?;
    if part == SERVER {
        Some(server(arguments))
    } else if part == PHONE {
        Some(phone(arguments))
    } else {
        None
    }
}

fn server(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    // Whoever started us holds our input open: no server outlives its story, however that ends.
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0)
    });
    match wurao_server::run(std::iter::once("wurao-server".into()).chain(arguments), &mut std::io::stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&error.to_string()),
    }
}

fn phone(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let arguments = std::iter::once("wurao-phone".into()).chain(arguments);
    let (mut input, mut output, mut errors) = (std::io::stdin().lock(), std::io::stdout(), std::io::stderr());
    ExitCode::from(wurao_device::terminal::run(arguments, &mut input, &mut output, &mut errors))
}

/// Says on stderr why a program fails.
#[expect(clippy::print_stderr, reason = "a program says on stderr why it fails")]
pub fn complain(why: &str) -> ExitCode {
    eprintln!("{why}");
    ExitCode::FAILURE
}
