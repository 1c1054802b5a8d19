//! `wurao-phone`: the facade in a terminal, for people who develop and script.
//!
//! Every command is one call of [`Phone`]. `shell` reads commands from standard input, one a line, over one opening;
//! after each it prints `ok` or `error CODE DETAIL` on a line of its own, so that a script can follow. Nothing that only
//! a terminal could do is here.

use crate::form::{Field, FieldStanding, FormItem};
use crate::phone::{Phone, Settings};
use crate::sync::{Cancel, Observer, Step, SyncOptions};
use crate::{PhoneError, PhotoState, system};
use clap::{Parser, Subcommand};
use std::cell::RefCell;
use std::io::{BufRead, Write};
use std::path::PathBuf;
use wurao_protocol::{DocumentId, PermitId, PersonId};

/// An inspector's phone in a terminal.
#[derive(Parser)]
#[command(name = "wurao-phone", version, about)]
struct Arguments {
    /// The phone's folder; made when it is not there.
    #[arg(long, value_name = "DIR")]
    folder: PathBuf,
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
    /// Who may work on this phone.
    Persons,
    /// Say who is at work.
    Use {
        /// The person's id.
        person: PersonId,
    },
    /// The visits to make.
    Work,
    /// Start an inspection under a permit; prints the inspection's id.
    Start {
        /// The permit's id.
        permit: PermitId,
    },
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
        value: String,
        /// The row's instance id.
        #[arg(long, default_value = "-")]
        row: String,
    },
    /// Add a row to a repeated group; prints its instance id.
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
    },
    /// What has not reached the server.
    Outbox,
    /// Every value of an inspection: map, key and all live values, tab-separated.
    Values {
        /// The inspection.
        document: DocumentId,
    },
    /// The photos of an inspection.
    Photos {
        /// The inspection.
        document: DocumentId,
    },
    /// Read commands from standard input, one a line.
    Shell,
}

/// Runs the program; returns its exit code: 0, 1 when the phone said no, 2 when the command was not understood.
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
    match arguments.command {
        Command::Shell => shell(&phone, input, output),
        command => match obey(&phone, command, output) {
            Ok(()) => 0,
            Err(failure) => report(errors, &failure),
        },
    }
}

/// Why a command did not do what it says.
enum Failure {
    Phone(PhoneError),
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
        Failure::Phone(error) => format!("error {} {}", error.code(), error.to_string().replace('\n', " ")),
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

fn obey(phone: &Phone, command: Command, out: &mut dyn Write) -> Result<(), Failure> {
    match command {
        Command::Enrol { server, code, name } => {
            let enrolled = phone.enrol(&server, &code, &name)?;
            writeln!(out, "device {}", enrolled.device)?;
        }
        Command::Persons => {
            for person in phone.persons()? {
                writeln!(out, "{} {}{}", person.id, person.name, if person.at_work { " (at work)" } else { "" })?;
            }
        }
        Command::Use { person } => phone.use_person(person)?,
        Command::Work => {
            for item in phone.work()? {
                let state = format!("{:?}", item.state).to_lowercase();
                writeln!(
                    out,
                    "permit {} {} {state} {} {}",
                    item.permit, item.permit_standing, item.site.zh, item.purpose.zh
                )?;
            }
        }
        Command::Start { permit } => writeln!(out, "inspection {}", phone.start(permit)?)?,
        Command::Form { document, lang } => show(phone, document, &lang, out)?,
        Command::Answer { document, question, value, row } => phone.answer(document, &question, &row, &value)?,
        Command::AddRow { document, kind, parent } => {
            writeln!(out, "row {}", phone.add_row(document, &kind, &parent)?)?;
        }
        Command::RemoveRow { document, row } => phone.remove_row(document, &row)?,
        Command::Choose { document, question, value, row } => phone.choose(document, &question, &row, &value)?,
        Command::Photo { document, question, file, row } => {
            let photo = phone.attach_photo(document, &question, &row, &file)?;
            writeln!(out, "photo {} {}", photo.original, photo_state(&photo.state))?;
        }
        Command::Leave { document } => phone.leave(document)?,
        Command::Sync { no_photos, chunk } => sync(phone, !no_photos, chunk, out)?,
        Command::Outbox => outbox(phone, out)?,
        Command::Values { document } => {
            for value in phone.values(document)? {
                writeln!(out, "{}\t{}\t{}", value.map, value.key, value.values.join("\t"))?;
            }
        }
        Command::Photos { document } => {
            for photo in phone.photos(document)? {
                writeln!(
                    out,
                    "{} {}@{} {}",
                    photo.original,
                    photo.question,
                    photo.instance,
                    photo_state(&photo.state)
                )?;
            }
        }
        Command::Shell => {}
    }
    Ok(())
}

fn photo_state(state: &PhotoState) -> &str {
    match state {
        PhotoState::Kept => "kept",
        PhotoState::Ready => "ready",
        PhotoState::Uploaded => "uploaded",
        PhotoState::Unreadable(code) => code,
    }
}

fn outbox(phone: &Phone, out: &mut dyn Write) -> Result<(), Failure> {
    let outbox = phone.outbox()?;
    for unsettled in &outbox.changes {
        let problem = unsettled.problem.as_deref().unwrap_or("-");
        writeln!(out, "changes {} {} {} {problem}", unsettled.document, unsettled.standing, unsettled.changes)?;
    }
    writeln!(
        out,
        "records {} thumbnails {} renditions {} bytes {}",
        outbox.records, outbox.thumbnails, outbox.renditions, outbox.bytes
    )?;
    Ok(())
}

fn sync(phone: &Phone, photos: bool, chunk: usize, out: &mut dyn Write) -> Result<(), Failure> {
    struct Printer<'a>(RefCell<&'a mut dyn Write>);
    impl Observer for Printer<'_> {
        fn step(&self, step: &Step) {
            let mut out = self.0.borrow_mut();
            // Progress that cannot be shown stops no sync.
            let _ = match step {
                Step::Round { pushed, pulled } => writeln!(out, "round {pushed} up {pulled} down"),
                Step::Upload { sha256, sent, of } => writeln!(out, "upload {} {sent}/{of}", &sha256[..12]),
            };
            let _ = out.flush();
        }
    }
    let options = SyncOptions { photos, chunk, ..SyncOptions::default() };
    let report = phone.sync(&options, &Printer(RefCell::new(out)), &Cancel::new())?;
    writeln!(
        out,
        "synced requests {} taken {} held {} waiting {} refused {} received {} set-aside {} photos {} bytes {}/{}/{}",
        report.requests,
        report.changes_taken,
        report.changes_held,
        report.changes_waiting,
        report.changes_refused,
        report.changes_received,
        report.quarantined,
        report.photos_uploaded,
        report.text_bytes_up,
        report.text_bytes_down,
        report.photo_bytes_up,
    )?;
    Ok(())
}

fn show(phone: &Phone, document: DocumentId, language: &str, out: &mut dyn Write) -> Result<(), Failure> {
    let form = phone.form(document, language)?;
    writeln!(out, "{} / {}", form.site, form.title)?;
    for section in &form.sections {
        if !section.title.is_empty() {
            writeln!(out, "== {}", section.title)?;
        }
        items(&section.items, 0, out)?;
    }
    for finding in &form.findings {
        writeln!(out, "! {}: {} ({})", finding.severity, finding.title, finding.detail)?;
    }
    writeln!(out, "missing {} conflicts {} findings {}", form.missing, form.conflicts, form.findings.len())?;
    Ok(())
}

fn items(items: &[FormItem], depth: usize, out: &mut dyn Write) -> Result<(), Failure> {
    let indent = "  ".repeat(depth);
    for item in items {
        match item {
            FormItem::Field(field) => show_field(field, &indent, out)?,
            FormItem::Rows { kind, title, rows, .. } => {
                writeln!(out, "{indent}[{kind}] {title}")?;
                for row in rows {
                    writeln!(out, "{indent}  {} {}", row.instance, row.title)?;
                    self::items(&row.items, depth + 2, out)?;
                }
            }
        }
    }
    Ok(())
}

fn show_field(field: &Field, indent: &str, out: &mut dyn Write) -> Result<(), Failure> {
    let marks: Vec<&str> = [
        (field.missing, "required"),
        (field.violation.is_some(), "violated"),
        (field.failed, "failed"),
        (field.needs_photo, "needs photo"),
        (field.needs_note, "needs note"),
        (field.standing == FieldStanding::Conflict, "CONFLICT"),
        (field.standing == FieldStanding::Chosen, "chosen"),
    ]
    .into_iter()
    .filter_map(|(applies, mark)| applies.then_some(mark))
    .collect();
    let marks = if marks.is_empty() { String::new() } else { format!("  <{}>", marks.join(", ")) };
    writeln!(out, "{indent}{} | {}: {}{marks}", field.question, field.label, field.shown)?;
    if field.standing == FieldStanding::Conflict {
        for held in &field.held {
            for by in &held.by {
                writeln!(out, "{indent}    {} - {} ({})", held.shown, by.person, by.device)?;
            }
        }
    }
    Ok(())
}
