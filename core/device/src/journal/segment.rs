//! One file of the journal, being written.

use crate::error::Error;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use wurao_protocol::journal::{Entry, Header, Opening, Writer, number_of};
use wurao_protocol::key::Signer;
use wurao_protocol::record::Heads;
use wurao_protocol::{Digest, DocumentId, cbor::Bytes, envelope, merkle};
use wurao_record::tips;

/// A segment and what in it is not signed for yet.
pub(super) struct Segment {
    path: PathBuf,
    file: File,
    writer: Writer,
    bytes: u64,
    entries: u64,
    /// Entries since the last signature, and the changes among them, by document as they came.
    unsigned: usize,
    unsigned_bytes: usize,
    changes: Vec<(DocumentId, Vec<Vec<u8>>)>,
    /// Something was appended that is not flushed.
    dirty: bool,
    /// Something in it was flushed, and so may be all there is of it.
    flushed: bool,
}

impl Segment {
    /// The next file, with its head.
    pub(super) fn create(folder: &Path, header: &Header, content: &[u8; 32], opening: &Opening) -> Result<Self, Error> {
        let made = |source| Error::File { path: folder.to_owned(), source };
        std::fs::create_dir_all(folder).map_err(made)?;
        let newest = numbers(folder).map_err(made)?.into_iter().map(|(number, _)| number).max().unwrap_or(0);
        let path = folder.join(format!("{:010}.journal", newest + 1));
        let file = OpenOptions::new().write(true).create_new(true).open(&path);
        let file = file.map_err(|source| Error::File { path: path.clone(), source })?;
        let (writer, head) = Writer::begin(header, content, opening)?;
        let mut segment = Self {
            path,
            file,
            writer,
            bytes: 0,
            entries: 0,
            unsigned: 0,
            unsigned_bytes: 0,
            changes: Vec::new(),
            dirty: true,
            flushed: false,
        };
        segment.write(&head).inspect_err(|_| drop(std::fs::remove_file(&segment.path)))?;
        Ok(segment)
    }

    /// Appends; what it returns survives a kill of the program, not of the machine.
    pub(super) fn append(&mut self, entry: Entry) -> Result<(), Error> {
        let bytes = self.writer.entry(&entry)?;
        self.write(&bytes)?;
        self.entries += 1;
        self.unsigned += 1;
        self.unsigned_bytes += bytes.len();
        if let Entry::Change(document, Bytes(change)) = entry {
            match self.changes.iter_mut().find(|(known, _)| *known == document) {
                Some((_, changes)) => changes.push(change),
                None => self.changes.push((document, vec![change])),
            }
        }
        Ok(())
    }

    /// Signs for what came since the last signature: one heads record, as a push of just this would bring.
    pub(super) fn sign(&mut self, signer: &dyn Signer) -> Result<(), Error> {
        if self.unsigned == 0 {
            return Ok(());
        }
        let mut leaves = Vec::new();
        for (document, changes) in &self.changes {
            let heads: Vec<Digest> = tips(changes.iter().map(Vec::as_slice))?.into_iter().map(Digest).collect();
            leaves.push(merkle::leaf(document, &heads));
        }
        let heads = match leaves.is_empty() {
            true => None,
            false => Some(Bytes(envelope::seal(signer, &Heads::over(&leaves))?)),
        };
        let bytes = self.writer.entry(&Entry::Flush(heads))?;
        self.write(&bytes)?;
        self.unsigned = 0;
        self.unsigned_bytes = 0;
        self.changes.clear();
        Ok(())
    }

    /// On return everything appended survives a power cut.
    pub(super) fn flush(&mut self) -> Result<(), Error> {
        if !self.dirty {
            return Ok(());
        }
        self.file.sync_all().map_err(|source| self.failed(source))?;
        if !self.flushed && cfg!(unix) {
            let folder = self.path.parent().unwrap_or(&self.path);
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(|source| self.failed(source))?;
        }
        self.dirty = false;
        self.flushed = true;
        Ok(())
    }

    /// Removes all segments but this one.
    pub(super) fn remove_others(&self) -> Result<(), Error> {
        let folder = self.path.parent().unwrap_or(&self.path);
        for (_, path) in numbers(folder).map_err(|source| self.failed(source))? {
            if path != self.path {
                std::fs::remove_file(&path).map_err(|source| Error::File { path, source })?;
            }
        }
        Ok(())
    }

    /// No longer written to; removed when it holds nothing that was flushed.
    pub(super) fn abandon(self) {
        if !self.flushed
            && let Err(error) = std::fs::remove_file(&self.path)
        {
            tracing::warn!("sealed journal: {}: {error}", self.path.display());
        }
    }

    pub(super) fn has_entries(&self) -> bool {
        self.entries > 0
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Entries that no signature stands over.
    pub(super) fn unsigned(&self) -> usize {
        self.unsigned
    }

    /// Their bytes.
    pub(super) fn unsigned_bytes(&self) -> usize {
        self.unsigned_bytes
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.dirty = true;
        self.file.write_all(bytes).map_err(|source| self.failed(source))?;
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    fn failed(&self, source: io::Error) -> Error {
        Error::File { path: self.path.clone(), source }
    }
}

/// Whether there is a segment.
pub(super) fn any(folder: &Path) -> bool {
    numbers(folder).is_ok_and(|found| !found.is_empty())
}

fn numbers(folder: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if let Some(number) = entry.file_name().to_str().and_then(number_of) {
            found.push((number, entry.path()));
        }
    }
    Ok(found)
}
