//! Emptying a phone that was found: what it had not sent is read with the drain key from the sealed journal in its
//! folder ([`wurao_protocol::journal`]), and its photos from its blobs.
//!
//! Nothing is believed for having been sealed: every record and change goes through the same gate as in a push of that
//! phone. When the phone was revoked, all of it is held.

use crate::sync::found::{Came, Found, device_of, take_in};
use crate::sync::wanted;
use crate::uploads::capability::Wanted;
use crate::uploads::finish_now;
use crate::{App, Error};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wurao_evidence::{FilesKey, Folder};
use wurao_protocol::journal::{self, Journal, JournalError, Opening, number_of};
use wurao_protocol::sync::{Outcome, Status};
use wurao_protocol::{DeviceId, Problem};

/// What was found on a phone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drained {
    /// Which phone.
    pub device: Option<DeviceId>,
    /// Segments of the journal that could be read.
    pub segments: usize,
    /// Segments that could not, with the code of why.
    pub unreadable: Vec<(String, &'static str)>,
    /// What has the name of a segment and is no regular file: a pipe would be waited for without end.
    pub skipped: Vec<String>,
    /// Entries that are damaged.
    pub damaged: usize,
    /// Records that were new here.
    pub records: usize,
    /// Changes that came in: new here, or standing otherwise than before.
    pub changes: usize,
    /// Changes and records among them that are held now.
    pub held: usize,
    /// Changes among them that wait for a signature: written just before the phone stopped. It signs them as soon as it
    /// is opened once more.
    pub waiting: usize,
    /// What was refused, by code.
    pub refused: BTreeMap<&'static str, usize>,
    /// Photo files that arrived.
    pub files: usize,
    /// Photo files announced and not to be had from this phone.
    pub missing: usize,
}

/// Empties the phone in this folder.
pub fn drain(app: &App, phone: &Path) -> Result<Drained, Error> {
    let mut drained = Drained::default();
    let journals = journals(app, phone, &mut drained)?;
    // A segment whose first entry is damaged was written by the same phone as the others.
    let opening = journals.iter().find_map(|journal| journal.opening.clone());
    let Some(opening) = opening else {
        return Err(nothing_said(&drained));
    };
    let device = device_of(&opening.device.0, app.keys())?;
    drained.device = Some(device);
    for journal in &journals {
        let by = journal.opening.as_ref().unwrap_or(&opening);
        for flush in &journal.flushes {
            let found = Found::new(&by.device.0, app.keys(), &flush.records, &flush.changes)?;
            let (keys, now) = (Arc::clone(app.keys()), app.now_ms());
            let taken = app.store().write_blocking(move |tx| take_in(tx, found, &keys, now))?;
            taken.records.iter().for_each(|(status, new)| drained.record(status, *new));
            taken.changes.iter().for_each(|came| drained.came(came));
        }
    }
    files(app, phone, device, &opening, &mut drained)?;
    Ok(drained)
}

/// Why nothing at all can be said of a phone, by the segments that could not be read.
fn nothing_said(drained: &Drained) -> Error {
    let Some((name, code)) = drained.unreadable.first() else {
        let said = "no segment of the journal says which phone wrote it";
        let skipped: String =
            drained.skipped.iter().map(|name| format!("; skipped: {name}: no regular file")).collect();
        return Error::refused(Problem::Malformed, format!("{said}{skipped}"));
    };
    let problem = if *code == JournalError::WrongKey.code() { Problem::Sealed } else { Problem::Malformed };
    Error::refused(problem, format!("{name}: {code}"))
}

impl Drained {
    fn record(&mut self, status: &Status, new: bool) {
        if status.outcome == Outcome::Refused {
            self.refused(status.problem, 1);
        } else if new {
            self.records += 1;
            self.held += usize::from(status.outcome == Outcome::Held);
        }
    }

    fn came(&mut self, came: &Came) {
        self.changes += came.new;
        self.held += came.held;
        self.waiting += came.waiting;
        if came.refused > 0 {
            self.refused(came.problem, came.refused);
        }
    }

    fn refused(&mut self, problem: Option<Problem>, things: usize) {
        *self.refused.entry(problem.map_or("refused", Problem::code)).or_default() += things;
    }
}

/// The segments, lowest number first. Whatever else lies under such a name, links too, is not opened.
fn journals(app: &App, phone: &Path, drained: &mut Drained) -> Result<Vec<Journal>, Error> {
    let folder = phone.join(journal::FOLDER);
    let mut segments: Vec<(u64, PathBuf)> = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(Error::file("look into", &folder))? {
        let path = entry.map_err(Error::file("look into", &folder))?.path();
        let number = path.file_name().and_then(|name| name.to_str()).and_then(number_of);
        segments.extend(number.map(|number| (number, path)));
    }
    segments.sort_unstable();
    let mut journals = Vec::new();
    for (_, path) in segments {
        let name = || path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if !std::fs::symlink_metadata(&path).map_err(Error::file("look at", &path))?.is_file() {
            drained.skipped.push(name());
            continue;
        }
        let bytes = segment(&path)?;
        match journal::read(&bytes, &app.keys().drain) {
            Ok(journal) => {
                drained.segments += 1;
                drained.damaged += journal.damage.len();
                journals.push(journal);
            }
            Err(error) => drained.unreadable.push((name(), error.code())),
        }
    }
    Ok(journals)
}

/// A segment's bytes, at most one more than a segment has: a longer file is told by its length.
fn segment(path: &Path) -> Result<Vec<u8>, Error> {
    let file = std::fs::File::open(path).map_err(Error::file("open", path))?;
    let mut bytes = Vec::new();
    file.take(journal::MAX_SEGMENT as u64 + 1).read_to_end(&mut bytes).map_err(Error::file("read", path))?;
    Ok(bytes)
}

/// The photos that the phone announced, now or before, and that never arrived.
fn files(app: &App, phone: &Path, device: DeviceId, opening: &Opening, drained: &mut Drained) -> Result<(), Error> {
    let folder = Folder::look(phone.join("blobs"), opening.files_key.map(FilesKey));
    // All of them: who empties a phone does not leave the originals on it.
    let all: Vec<Wanted> = app.store().write_blocking(move |tx| wanted(tx, &device, true, None))?;
    for one in all {
        if copy(app, &folder, &one)? {
            drained.files += 1;
        } else {
            drained.missing += 1;
        }
    }
    Ok(())
}

/// Copies one file in; whether it was there and is what was announced.
fn copy(app: &App, folder: &Folder, wanted: &Wanted) -> Result<bool, Error> {
    // A pipe in its place is no photo.
    if !folder.contains(&wanted.sha256.0) {
        return Ok(false);
    }
    let Ok(reader) = folder.reader(&wanted.sha256.0) else { return Ok(false) };
    let part = app.files().part(&wanted.sha256, wanted.bytes);
    let mut bytes = Vec::new();
    // One byte more tells a longer file from the announced one.
    if reader.take(wanted.bytes + 1).read_to_end(&mut bytes).is_err() || bytes.len() as u64 != wanted.bytes {
        return Ok(false);
    }
    let mut file = std::fs::File::create(&part).map_err(Error::file("create", &part))?;
    file.write_all(&bytes).map_err(Error::file("write", &part))?;
    drop(file);
    match finish_now(app, wanted)? {
        None => Ok(true),
        Some(fault) => {
            tracing::warn!(blob = %wanted.sha256, "found file: {fault}");
            std::fs::remove_file(&part).map_err(Error::file("remove", &part))?;
            Ok(false)
        }
    }
}

/// What the command line prints.
pub fn told(drained: &Drained) -> String {
    let device = drained.device.map_or_else(|| "nothing".to_owned(), |device| format!("phone {device}"));
    let mut lines = vec![
        format!("{device}: {} journal segments read, {} damaged entries", drained.segments, drained.damaged),
        format!("{} records and {} changes came in, {} of them held", drained.records, drained.changes, drained.held),
        format!("{} photo files came in, {} are missing", drained.files, drained.missing),
    ];
    if drained.waiting > 0 {
        let what = "changes wait for a signature: open the phone once and empty it again";
        lines.push(format!("{} {what}", drained.waiting));
    }
    lines.extend(drained.unreadable.iter().map(|(name, code)| format!("not read: {name}: {code}")));
    lines.extend(drained.skipped.iter().map(|name| format!("skipped: {name}: no regular file")));
    lines.extend(drained.refused.iter().map(|(code, count)| format!("refused: {count} {code}")));
    lines.join("\n") + "\n"
}
