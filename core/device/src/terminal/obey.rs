//! One command, one call of the phone.

use super::show::show;
use super::{Command, Failure};
use crate::PhotoState;
use crate::phone::Phone;
use crate::sync::{Cancel, Observer, Step, SyncOptions};
use std::cell::RefCell;
use std::io::Write;

/// Does what a command says.
pub(super) fn obey(phone: &Phone, command: Command, out: &mut dyn Write) -> Result<(), Failure> {
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
            if let PhotoState::Unreadable(code) = &photo.state {
                writeln!(out, "{}; its original is kept on this phone, no picture can be sent", verdict(code))?;
            }
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

/// What is wrong with a photo that cannot be shown, in words.
fn verdict(code: &str) -> &'static str {
    match code {
        "not-jpeg" => "the file is no JPEG photo",
        "truncated" => "the file ends before the picture does",
        "corrupt" => "the file is damaged",
        "too-big" | "progressive-too-big" => "the picture is larger than can be shown",
        "too-many-scans" => "the file asks for more work than a photo may",
        _ => "the file cannot be shown",
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
    if outbox.photos_with_problems > 0 {
        writeln!(out, "photos-with-problems {}", outbox.photos_with_problems)?;
    }
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
