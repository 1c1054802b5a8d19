//! `wurao-phone`: the facade in a terminal, for people who develop and script.
//!
//! Every command is one call of [`Phone`]. `shell` reads commands from standard input, one a line, over one opening;
//! after each it prints `ok` or `error CODE DETAIL` on a line of its own, so that a script can follow. Nothing that only
//! a terminal could do is here.

mod obey;
mod permit;
mod says;
mod show;

use crate::phone::{Phone, Settings};
use crate::sync::SyncOptions;
use crate::{PhoneError, system};
use clap::{Parser, Subcommand};
use obey::obey;
use says::says;
use std::io::{BufRead, Write};
use std::path::PathBuf;
use wurao_protocol::{Digest, DocumentId, PermitId, PersonId, SiteId};

/// An inspector's phone in a terminal.
#[derive(Parser)]
#[command(name = "wurao-phone", version, about)]
struct Arguments {
    /// The phone's own folder; made when it is not there, and closed to all but its owner.
    #[arg(long, value_name = "DIR")]
    folder: PathBuf,
    /// The PIN of who is at work, when they have one: every start of the program asks anew.
    #[arg(long)]
    pin: Option<String>,
    #[command(subcommand)]
    command: Command,
}

/// One line of `shell`.
#[derive(Parser)]
#[command(multicall = true, disable_help_subcommand = true)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Let this phone in at a server with a one-time code.
    Enrol {
        /// The server's address, `http://127.0.0.1:8080`.
        server: String,
        /// The one-time code.
        code: String,
        /// What people shall call the phone.
        name: String,
    },
    /// Let this phone in by the text of an invitation's QR code.
    EnrolWith {
        /// The text: `WURAO:...`.
        invitation: String,
        /// What people shall call the phone.
        name: String,
    },
    /// Who may work on this phone.
    Persons,
    /// Say who is at work.
    Use {
        /// The person's id.
        person: PersonId,
        /// Their PIN, when they have one.
        #[arg(long)]
        pin: Option<String>,
    },
    /// Set or change a person's PIN: four digits at least. First ones are set before anybody works under theirs.
    SetPin {
        /// The person's id.
        person: PersonId,
        /// The new PIN.
        new: String,
        /// The old one, when there is one.
        #[arg(long)]
        old: Option<String>,
    },
    /// The visits to make.
    Work,
    /// Start an inspection under a permit; prints `inspection` and its id.
    Start {
        /// The permit's id.
        permit: PermitId,
        /// The site where this is, when it is known.
        #[arg(long)]
        site: Option<SiteId>,
    },
    /// Start without a valid permit, to be registered late; prints `inspection` and its id.
    StartLate {
        /// Why, in words.
        reason: String,
        /// `network`, `urgent` or `clock`.
        #[arg(long)]
        cause: String,
        /// The permit that is not valid now.
        #[arg(long)]
        permit: Option<PermitId>,
        /// The site, when there is no permit.
        #[arg(long)]
        site: Option<SiteId>,
        /// The checklist's hash, when there is no permit.
        #[arg(long)]
        checklist: Option<Digest>,
    },
    /// Say that an inspection was begun by mistake and shall not count.
    Void {
        /// The inspection.
        document: DocumentId,
        /// Why, in words.
        reason: String,
    },
    /// Show a permit as a QR code; prints `code` and its text below.
    Show {
        /// The permit's id.
        permit: PermitId,
        /// The six digits that were asked for.
        #[arg(long)]
        challenge: Option<u32>,
        /// `zh` or `en`.
        #[arg(long, default_value = "zh")]
        lang: String,
    },
    /// Judge what another phone shows; prints `verdict`, its code and its colour. A red one is an error too.
    Check {
        /// The text of the QR code.
        text: String,
        /// The site where this is.
        #[arg(long)]
        site: Option<SiteId>,
        /// The six digits that were asked for.
        #[arg(long)]
        challenge: Option<u32>,
        /// `zh` or `en`.
        #[arg(long, default_value = "zh")]
        lang: String,
    },
    /// Take what a village has said, sealed by its page, to bring it to the server.
    Carry {
        /// The sealed text.
        text: String,
    },
    /// The sites that this phone knows.
    Sites,
    /// The checklists that this phone knows.
    Checklists,
    /// Show an inspection.
    Form {
        /// The inspection.
        document: DocumentId,
        /// `zh` or `en`.
        #[arg(long, default_value = "zh")]
        lang: String,
    },
    /// Answer a question; an empty value clears it.
    Answer {
        /// The inspection.
        document: DocumentId,
        /// The question's uid, or `<uid>#note`.
        question: String,
        /// The value; choices by name, several with spaces between.
        #[arg(allow_hyphen_values = true)]
        value: String,
        /// The row's instance id.
        #[arg(long, default_value = "-")]
        row: String,
    },
    /// Add a row to a repeated group; prints `row` and its instance id.
    AddRow {
        /// The inspection.
        document: DocumentId,
        /// The repeat's uid.
        kind: String,
        /// The instance it lies in.
        #[arg(long, default_value = "-")]
        parent: String,
    },
    /// Remove a row with its answers.
    RemoveRow {
        /// The inspection.
        document: DocumentId,
        /// The row's instance id.
        row: String,
    },
    /// Settle a conflict by one of its values.
    Choose {
        /// The inspection.
        document: DocumentId,
        /// The question's uid.
        question: String,
        /// The value.
        #[arg(allow_hyphen_values = true)]
        value: String,
        /// The row's instance id.
        #[arg(long, default_value = "-")]
        row: String,
    },
    /// Attach a photo to a question.
    Photo {
        /// The inspection.
        document: DocumentId,
        /// The question's uid.
        question: String,
        /// The file.
        file: PathBuf,
        /// The row's instance id.
        #[arg(long, default_value = "-")]
        row: String,
    },
    /// Say that the person at work is done here.
    Leave {
        /// The inspection.
        document: DocumentId,
    },
    /// Exchange everything with the server.
    Sync {
        /// Leave the photos for later.
        #[arg(long)]
        no_photos: bool,
        /// Bytes of a photo in one request.
        #[arg(long, default_value_t = SyncOptions::default().chunk)]
        chunk: usize,
        /// How often to try again, with longer and longer waits, when something broke and nothing had moved.
        #[arg(long, default_value_t = SyncOptions::default().tries)]
        tries: u32,
        /// End after so many seconds, however far it came.
        #[arg(long)]
        seconds: Option<u32>,
    },
    /// Print what this phone has, for a colleague's phone that shall hand over the rest without a server; `ask` and the text.
    AskHandOver,
    /// Write what a phone that asked lacks to a file, for that phone alone.
    HandOver {
        /// The text that it printed or shows as a code.
        ask: String,
        /// The file to write; nothing that is there is written over.
        file: PathBuf,
    },
    /// Take in a file that a colleague's phone made for this one.
    TakeHandOver {
        /// The file.
        file: PathBuf,
    },
    /// What has not reached the server.
    Outbox,
    /// Every value of an inspection: map, key and all live values, tab-separated.
    Values {
        /// The inspection.
        document: DocumentId,
    },
    /// The photos of an inspection, and below each the names of its pictures.
    Photos {
        /// The inspection.
        document: DocumentId,
    },
    /// Write the picture of a thumbnail or rendition to a file: the only way to one in an encrypted store.
    Picture {
        /// Its SHA-256 in hex, as `photos` names it.
        sha256: String,
        /// The file to write; nothing that is there is written over.
        file: PathBuf,
    },
    /// Read commands from standard input, one a line.
    Shell,
}

/// Runs the program; returns its exit code: 0, 1 when the phone said no or a verdict is red, 2 when the command was not understood.
pub fn run(
    arguments: impl IntoIterator<Item = std::ffi::OsString>,
    input: &mut dyn BufRead,
    output: &mut dyn Write,
    errors: &mut dyn Write,
) -> u8 {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            if error.use_stderr() {
                let _ = write!(errors, "{error}");
                return 2;
            }
            let _ = write!(output, "{error}");
            return 0;
        }
    };
    let opened =
        system::ports(&arguments.folder).and_then(|ports| Phone::open(&Settings { folder: arguments.folder }, ports));
    let phone = match opened {
        Ok(phone) => phone,
        Err(error) => return report(errors, &Failure::from(error)),
    };
    if let Some(pin) = &arguments.pin
        && let Err(failure) = unlock(&phone, pin)
    {
        return report(errors, &failure);
    }
    match arguments.command {
        Command::Shell => shell(&phone, input, output),
        command => match obey(&phone, command, output) {
            Ok(()) => 0,
            Err(failure) => report(errors, &failure),
        },
    }
}

/// Gives the PIN of who is at work.
fn unlock(phone: &Phone, pin: &str) -> Result<(), Failure> {
    match phone.persons()?.into_iter().find(|person| person.at_work) {
        Some(person) => Ok(phone.use_person(person.id, Some(pin))?),
        None => Err(PhoneError::NobodyAtWork.into()),
    }
}

/// Why a command did not do what it says.
enum Failure {
    Phone(PhoneError),
    File(PathBuf, std::io::Error),
    Output(std::io::Error),
}

impl From<PhoneError> for Failure {
    fn from(error: PhoneError) -> Self {
        Failure::Phone(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Failure::Output(error)
    }
}

fn report(errors: &mut dyn Write, failure: &Failure) -> u8 {
    // When even this cannot be written there is nobody left to tell.
    let _ = writeln!(errors, "{}", line_of(failure));
    1
}

fn line_of(failure: &Failure) -> String {
    match failure {
        Failure::Phone(error) => format!("error {} {}", error.code(), says(error)),
        Failure::File(path, error) => format!("error file {}: {error}", path.display()),
        Failure::Output(error) => format!("error output {error}"),
    }
}

fn shell(phone: &Phone, input: &mut dyn BufRead, output: &mut dyn Write) -> u8 {
    let mut failed = 0;
    let mut line = String::new();
    loop {
        line.clear();
        match input.read_line(&mut line) {
            Ok(0) | Err(_) => return failed,
            Ok(_) if line.trim().is_empty() => continue,
            Ok(_) => {}
        }
        let parsed = shlex::split(line.trim())
            .ok_or_else(|| "unclosed quote".to_owned())
            .and_then(|words| Line::try_parse_from(words).map_err(|error| error.to_string()));
        let said = match parsed {
            Ok(Line { command: Command::Shell }) => "error bad-command no shell within a shell".to_owned(),
            Ok(line) => match obey(phone, line.command, output) {
                Ok(()) => "ok".to_owned(),
                Err(failure) => line_of(&failure),
            },
            Err(why) => format!("error bad-command {}", why.lines().next().unwrap_or_default()),
        };
        if said != "ok" {
            failed = 1;
        }
        if writeln!(output, "{said}").and_then(|()| output.flush()).is_err() {
            return 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_may_begin_with_a_hyphen() {
        let id = "00".repeat(16);
        for command in ["answer", "choose"] {
            let line = Line::try_parse_from([command, &id, "depth", "-5", "--row", "aa"]).ok().unwrap();
            let (Command::Answer { value, row, .. } | Command::Choose { value, row, .. }) = line.command else {
                panic!("{command} is another command");
            };
            assert_eq!((value.as_str(), row.as_str()), ("-5", "aa"));
        }
    }

    #[test]
    fn a_code_is_said_once() {
        let error = |detail: &str| {
            let code = "answer-integer".to_owned();
            line_of(&Failure::Phone(PhoneError::BadInput { code, detail: detail.to_owned() }))
        };
        for detail in ["`x` is not a whole number", "answer-integer: `x` is not a whole number"] {
            assert_eq!(error(detail), "error answer-integer `x` is not a whole number");
        }
        let refused = PhoneError::NotAllowed { code: "expired".to_owned() };
        assert_eq!(line_of(&Failure::Phone(refused)), "error expired the last day of the permit is over");
    }
}
