//! One command, one call of the phone.

use super::show::show;
use super::{Command, Failure, permit};
use crate::phone::Phone;
use crate::sync::{Cancel, Observer, Step, SyncOptions};
use crate::{Enrolled, HandOver, HandedOver, LateStart, PhotoState};
use std::cell::RefCell;
use std::io::{Read, Write};
use std::path::Path;
use wurao_protocol::handover::MAX_FILE;

/// Does what a command says.
pub(super) fn obey(phone: &Phone, command: Command, out: &mut dyn Write) -> Result<(), Failure> {
    match command {
        Command::Enrol { server, code, name } => let_in(&phone.enrol(&server, &code, &name)?, &name, out)?,
        Command::Persons => {
            for person in phone.persons()? {
                let at_work = if person.at_work { " (at work)" } else { "" };
                let pin = if person.has_pin { " (PIN)" } else { "" };
                writeln!(out, "{} {}{at_work}{pin}", person.id, person.name)?;
            }
        }
        Command::EnrolWith { invitation, name } => let_in(&phone.enrol_with(&invitation, &name)?, &name, out)?,
        Command::Use { person, pin } => phone.use_person(person, pin.as_deref())?,
        Command::SetPin { person, new, old } => phone.set_pin(person, old.as_deref(), &new)?,
        Command::Work => permit::work(phone, out)?,
        Command::Start { permit, site: None } => writeln!(out, "inspection {}", phone.start(permit)?)?,
        Command::Start { permit, site: Some(site) } => {
            writeln!(out, "inspection {}", phone.start_at(permit, site)?)?;
        }
        Command::StartLate { reason, cause, permit, site, checklist } => {
            let cause = permit::cause(&cause)?;
            let document = phone.start_late(&LateStart { permit, site, checklist, cause, reason })?;
            writeln!(out, "inspection {document}")?;
        }
        Command::Void { document, reason } => phone.void(document, &reason)?,
        Command::Show { permit, challenge, lang } => permit::show(phone, permit, challenge, &lang, out)?,
        Command::Check { text, site, challenge, lang } => permit::check(phone, &text, site, challenge, &lang, out)?,
        Command::Carry { text } => phone.carry(&text)?,
        Command::Sites => {
            for site in phone.sites()? {
                writeln!(out, "site {} {} {} {}", site.id, site.division, site.name.zh, site.name.en)?;
            }
        }
        Command::Checklists => {
            for checklist in phone.checklists()? {
                let title = checklist.title;
                writeln!(out, "checklist {} {} {} {}", checklist.hash, checklist.version, title.zh, title.en)?;
            }
        }
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
        Command::Sync { no_photos, chunk, tries, seconds } => {
            let most_ms = seconds.map(|seconds| seconds.saturating_mul(1000));
            let options = SyncOptions { photos: !no_photos, chunk, tries, most_ms, ..SyncOptions::default() };
            sync(phone, &options, out)?;
        }
        Command::AskHandOver => writeln!(out, "ask {}", phone.ask_hand_over()?)?,
        Command::HandOver { ask, file } => hand_over(phone, &ask, &file, out)?,
        Command::TakeHandOver { file } => take_hand_over(phone, &file, out)?,
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
                if let (Some(thumbnail), Some(rendition)) = (&photo.thumbnail_sha256, &photo.rendition_sha256) {
                    writeln!(out, "  thumbnail {thumbnail} rendition {rendition}")?;
                }
            }
        }
        Command::Picture { sha256, file } => {
            let picture = phone.picture(&sha256)?;
            std::fs::File::create_new(&file).and_then(|mut made| made.write_all(&picture))?;
        }
        Command::Shell => {}
    }
    Ok(())
}

/// Prints what enrolling gave. A phone keeps the name it was let in under first, and says so when asked for another.
fn let_in(enrolled: &Enrolled, name: &str, out: &mut dyn Write) -> Result<(), Failure> {
    writeln!(out, "device {}", enrolled.device)?;
    if enrolled.already && enrolled.name != name.trim() {
        writeln!(out, "already enrolled as {}", enrolled.name)?;
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

fn hand_over(phone: &Phone, ask: &str, file: &Path, out: &mut dyn Write) -> Result<(), Failure> {
    let HandOver { file: bytes, to, inspections, changes, left } = phone.hand_over(ask)?;
    let made = std::fs::File::create_new(file).and_then(|mut made| made.write_all(&bytes));
    made.map_err(|error| Failure::File(file.to_owned(), error))?;
    writeln!(out, "handed-over inspections {inspections} changes {changes} bytes {} to {to}", bytes.len())?;
    if left > 0 {
        writeln!(out, "left-out inspections {left}")?;
    }
    Ok(())
}

fn take_hand_over(phone: &Phone, file: &Path, out: &mut dyn Write) -> Result<(), Failure> {
    let mut bytes = Vec::new();
    // One byte more than any has, so that what is too large is told as such and not read to its end.
    let read = std::fs::File::open(file).and_then(|open| open.take(MAX_FILE as u64 + 1).read_to_end(&mut bytes));
    read.map_err(|error| Failure::File(file.to_owned(), error))?;
    let HandedOver { from, changes, records, set_aside } = phone.take_hand_over(&bytes)?;
    writeln!(out, "taken changes {changes} records {records} set-aside {set_aside} from {from}")?;
    Ok(())
}

fn outbox(phone: &Phone, out: &mut dyn Write) -> Result<(), Failure> {
    let outbox = phone.outbox()?;
    for unsettled in &outbox.changes {
        let problem = unsettled.problem.as_deref().unwrap_or("-");
        let why = unsettled.detail.as_deref().map(|detail| format!(" {detail}")).unwrap_or_default();
        writeln!(out, "changes {} {} {} {problem}{why}", unsettled.document, unsettled.standing, unsettled.changes)?;
    }
    for unsettled in outbox.unsettled_records.iter().filter(|unsettled| unsettled.problem.is_some()) {
        let problem = unsettled.problem.as_deref().unwrap_or("-");
        writeln!(out, "{} {} {} {problem}", unsettled.kind, unsettled.standing, unsettled.records)?;
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

fn sync(phone: &Phone, options: &SyncOptions, out: &mut dyn Write) -> Result<(), Failure> {
    struct Printer<'a>(RefCell<&'a mut dyn Write>);
    impl Observer for Printer<'_> {
        fn step(&self, step: &Step) {
            let mut out = self.0.borrow_mut();
            // Progress that cannot be shown stops no sync.
            let _ = match step {
                Step::Round { pushed, pulled } => writeln!(out, "round {pushed} up {pulled} down"),
                Step::Waiting { ms } => writeln!(out, "waiting {ms} ms"),
                Step::Upload { sha256, sent, of } => writeln!(out, "upload {} {sent}/{of}", &sha256[..12]),
            };
            let _ = out.flush();
        }
    }
    let report = phone.sync(options, &Printer(RefCell::new(out)), &Cancel::new())?;
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
    if report.offered_again > 0 {
        writeln!(out, "offered-again {} the server was restored from a backup", report.offered_again)?;
    }
    if report.log_forked {
        writeln!(out, "log-forked the server shows another past than this phone has witnessed: tell an auditor")?;
    }
    Ok(())
}
