//! Reading a segment: everything that is whole, and a name for everything that is not.

use super::{Entry, FRAME, Header, JournalError, MAGIC, MAX_ENTRY, MAX_HEADER, MAX_SEGMENT, Opening, TAG, VERSION};
use super::{PURPOSE, frame, nonce};
use crate::cbor::{self, Bytes};
use crate::key::SoftwareKey;
use crate::{Digest, DocumentId, seal};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit};

/// A segment, read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Journal {
    /// Who wrote it and the key of its photos; none when that very entry is damaged.
    pub opening: Option<Opening>,
    /// What was written between one flush and the next, in order. A last one without heads was cut off: its records
    /// count, its changes are not signed for.
    pub flushes: Vec<Flush>,
    /// What could not be read, in the order of the file.
    pub damage: Vec<Damage>,
}

/// One push's worth.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Flush {
    /// Own records, in the order they were made; the heads record last.
    pub records: Vec<Bytes>,
    /// Own changes by document, each after those it depends on.
    pub changes: Vec<(DocumentId, Vec<Bytes>)>,
    /// Whether the flush was finished. Not so: cut off, or its end is damaged.
    pub whole: bool,
}

/// Something that is not as it was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Damage {
    /// Offset in the file.
    pub at: usize,
    /// The entry's place, as far as known.
    pub place: u32,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong at one place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The file ends within the entry: the phone stopped while it wrote. Normal at the end.
    Torn,
    /// The entry is there and was altered.
    Altered,
    /// No entry begins here; reading went on at the next one found.
    Lost,
    /// The entry is one that was read before, or one from before it.
    Again,
    /// Entries from this place up to the next one read are not in the file.
    Missing,
    /// The entry is whole and says nothing this program knows.
    Unknown,
}

/// The number of a segment, by its file's name; none for another file.
pub fn number_of(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".journal")?;
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

/// Reads a segment with the organisation's drain key. An error means that nothing of it can be read; damage inside
/// stops nothing that stands before or behind it.
pub fn read(bytes: &[u8], drain_key: &SoftwareKey) -> Result<Journal, JournalError> {
    if bytes.len() > MAX_SEGMENT {
        return Err(JournalError::TooLarge(bytes.len()));
    }
    let (header, begin) = header(bytes)?;
    let content = seal::open(drain_key, PURPOSE, &header.sealed.0).map_err(|_| JournalError::WrongKey)?;
    let content: [u8; 32] = content.try_into().map_err(|_| JournalError::WrongKey)?;
    let mut reader = Reader {
        bytes,
        cipher: ChaCha20Poly1305::new((&content).into()),
        before: Digest::of(&[&bytes[..begin]]),
        next: 0,
        open: Flush::default(),
        journal: Journal { opening: None, flushes: Vec::new(), damage: Vec::new() },
    };
    reader.run(begin);
    Ok(reader.journal)
}

fn header(bytes: &[u8]) -> Result<(Header, usize), JournalError> {
    let rest = bytes.strip_prefix(MAGIC).ok_or(if MAGIC.starts_with(bytes) {
        JournalError::Header
    } else {
        JournalError::NotAJournal
    })?;
    let (version, rest) = rest.split_first().ok_or(JournalError::Header)?;
    if *version != VERSION {
        return Err(JournalError::Version(*version));
    }
    let (len, rest) = rest.split_first_chunk::<4>().ok_or(JournalError::Header)?;
    let len = u32::from_be_bytes(*len) as usize;
    if len > MAX_HEADER {
        return Err(JournalError::Header);
    }
    let body = rest.get(..len).ok_or(JournalError::Header)?;
    let header = cbor::decode(body).map_err(|_| JournalError::Header)?;
    Ok((header, MAGIC.len() + 5 + len))
}

struct Reader<'a> {
    bytes: &'a [u8],
    cipher: ChaCha20Poly1305,
    before: Digest,
    /// The place of the next entry.
    next: u32,
    /// What came since the last flush.
    open: Flush,
    journal: Journal,
}

impl Reader<'_> {
    fn run(&mut self, mut at: usize) {
        while at < self.bytes.len() {
            let Some((place, len)) = self.frame_at(at) else {
                let found = self.frame_after(at);
                // A short rest is an entry that was not finished; a long one with no entry in it was.
                let torn = found.is_none() && self.bytes.len() - at < FRAME;
                self.damage(at, self.next, if torn { Fault::Torn } else { Fault::Lost });
                at = found.unwrap_or(self.bytes.len());
                continue;
            };
            let end = at + FRAME + len;
            match self.bytes.get(at + FRAME..end) {
                _ if place < self.next => self.damage(at, place, Fault::Again),
                Some(sealed) => self.entry(at, place, sealed),
                None => {
                    // A length that lies must not take with it what stands behind.
                    let found = self.frame_after(at);
                    self.damage(at, place, if found.is_none() { Fault::Torn } else { Fault::Lost });
                    at = found.unwrap_or(self.bytes.len());
                    continue;
                }
            }
            at = end;
        }
        self.close(false);
    }

    /// Place and length of an entry, if one begins here.
    fn frame_at(&self, at: usize) -> Option<(u32, usize)> {
        let (found, _) = self.bytes.get(at..)?.split_first_chunk::<FRAME>()?;
        let place = u32::from_be_bytes([found[0], found[1], found[2], found[3]]);
        let len = u32::from_be_bytes([found[4], found[5], found[6], found[7]]);
        let bounded = (TAG..=MAX_ENTRY + TAG).contains(&(len as usize)) && place < u32::MAX;
        (bounded && *found == frame(place, len)).then_some((place, len as usize))
    }

    fn frame_after(&self, at: usize) -> Option<usize> {
        (at + 1..self.bytes.len()).find(|at| self.frame_at(*at).is_some())
    }

    fn entry(&mut self, at: usize, place: u32, sealed: &[u8]) {
        let payload = Payload { msg: sealed, aad: &self.before.0 };
        let Ok(plain) = self.cipher.decrypt(&nonce(place), payload) else {
            // Its place is not proved: only the one that is next anyway may be counted.
            self.next += u32::from(place == self.next);
            return self.damage(at, place, Fault::Altered);
        };
        if place > self.next {
            self.damage(at, self.next, Fault::Missing);
        }
        self.next = place + 1;
        match cbor::decode::<Entry>(&plain) {
            Ok(Entry::Opening(opening)) if place == 0 => self.journal.opening = Some(opening),
            Ok(Entry::Record(record)) => self.open.records.push(record),
            Ok(Entry::Change(document, change)) => {
                match self.open.changes.iter_mut().find(|(known, _)| *known == document) {
                    Some((_, changes)) => changes.push(change),
                    None => self.open.changes.push((document, vec![change])),
                }
            }
            Ok(Entry::Flush(heads)) => {
                self.open.records.extend(heads);
                self.close(true);
            }
            Ok(Entry::Opening(_)) | Err(_) => self.damage(at, place, Fault::Unknown),
        }
    }

    fn close(&mut self, whole: bool) {
        let flush = std::mem::take(&mut self.open);
        if !flush.records.is_empty() || !flush.changes.is_empty() {
            self.journal.flushes.push(Flush { whole, ..flush });
        }
    }

    fn damage(&mut self, at: usize, place: u32, fault: Fault) {
        self.journal.damage.push(Damage { at, place, fault });
    }
}
