//! Emptying a phone that was found: what it had not sent is read with the drain key from the sealed journal in its
//! folder ([`wurao_protocol::journal`]), and its photos from its blobs.
//!
//! Nothing is believed for having been sealed: every record and change goes through the same gate as in a push of that
//! phone. When the phone was revoked, all of it is held.

use crate::sync::found::{Found, take_in};
use crate::sync::wanted;
use crate::uploads::capability::Wanted;
use crate::uploads::finish_now;
use crate::{App, Error};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wurao_evidence::{FilesKey, Folder};
use wurao_protocol::journal::{self, Journal, Opening, number_of};
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
    /// Entries that are damaged.
    pub damaged: usize,
    /// Records that were new here.
    pub records: usize,
    /// Changes that came in and that the server had not, or not in force.
    pub changes: usize,
    /// Changes and records among them that are held now.
    pub held: usize,
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
        return Err(Error::refused(Problem::Malformed, "no segment of the journal says which phone wrote it"));
    };
    for journal in &journals {
        let by = journal.opening.as_ref().unwrap_or(&opening);
        for flush in &journal.flushes {
            let found = Found::new(&by.device.0, app.keys(), &flush.records, &flush.changes)?;
            let (keys, now) = (Arc::clone(app.keys()), app.now_ms());
            let device = found.device();
            let taken = app.store().write_blocking(move |tx| take_in(tx, &found, &keys, now))?;
            drained.device = Some(device);
            for status in &taken.records {
                drained.count(status, 1, true);
            }
            for (status, fresh) in &taken.documents {
                drained.count(&status.status, *fresh, false);
            }
        }
    }
    files(app, phone, &opening, &mut drained)?;
    Ok(drained)
}

impl Drained {
    fn count(&mut self, status: &Status, things: usize, record: bool) {
        if status.outcome == Outcome::Refused {
            let code = status.problem.map_or("refused", Problem::code);
            *self.refused.entry(code).or_default() += things.max(1);
            return;
        }
        if status.outcome == Outcome::Have {
            return;
        }
        if record {
            self.records += things;
        } else {
            self.changes += things;
        }
        if status.outcome == Outcome::Held {
            self.held += things;
        }
    }
}

/// The segments, lowest number first.
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
        let bytes = std::fs::read(&path).map_err(Error::file("read", &path))?;
        match journal::read(&bytes, &app.keys().drain) {
            Ok(journal) => {
                drained.segments += 1;
                drained.damaged += journal.damage.len();
                journals.push(journal);
            }
            Err(error) => {
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                drained.unreadable.push((name, error.code()));
            }
        }
    }
    Ok(journals)
}

/// The photos that the phone announced, now or before, and that never arrived.
fn files(app: &App, phone: &Path, opening: &Opening, drained: &mut Drained) -> Result<(), Error> {
    let Some(device) = drained.device else { return Ok(()) };
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
    lines.extend(drained.unreadable.iter().map(|(name, code)| format!("not read: {name}: {code}")));
    lines.extend(drained.refused.iter().map(|(code, count)| format!("refused: {count} {code}")));
    lines.join("\n") + "\n"
}
