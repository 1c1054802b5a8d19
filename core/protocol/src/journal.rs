//! The sealed journal: a second copy of what a phone has not sent, which only the organisation can read, so that a
//! phone found in a drawer can be emptied.
//!
//! # Where it lies
//!
//! In `drain/` of a phone's folder, one file a *segment*, named `<number>.journal` with rising numbers. A phone writes
//! a new segment whenever it is opened, for it cannot read back what it wrote: the key of a segment is in its memory
//! and, sealed to the drain key, at the segment's head. Read all segments, lowest number first; what stands in two of
//! them is the same bytes and counts once.
//!
//! # A segment
//!
//! `WURAODRN`, a version byte, the header's length (u32, big-endian), the [`Header`] in CBOR, then entries. An entry is
//! its place (u32, from 0, rising by one), its length (u32), the first four bytes of SHA-256 over these eight, then the
//! ChaCha20-Poly1305 ciphertext of an [`Entry`] in CBOR. The nonce is the place, so an entry moved is an entry refused;
//! the associated data is the SHA-256 of all before the first entry, so an entry of another segment is one too. The
//! short check lets a reader find the next entry behind a damaged one. Entry 0 is the [`Opening`].
//!
//! # What it proves
//!
//! That what is read is whole and is what was written; not who wrote it, for everybody can seal to a public key. That
//! is proved as on any push: records are signed, and each [`Flush`] ends with a heads record over its changes. Give a
//! flush to the same gate as a push of that device, one flush as one push.
//!
//! # Photos
//!
//! Photos are not in the journal: they are in `blobs/` of the phone's folder, `blobs/ab/<SHA-256 in hex>`. Which there
//! are is said by the evidence entries among the records (original, rendition, thumbnail), also by those the server has
//! long taken: text travels before photos. Where the photos are encrypted, [`Opening::files_key`] is their key, and
//! `wurao_evidence::Folder::look(blobs, Some(FilesKey(key))).reader(&sha256)` reads one; where they are not it is
//! absent, and `Folder::look(blobs, None)` reads them.

mod read;

pub use read::{Damage, Fault, Flush, Journal, number_of, read};

use crate::cbor::{self, Bytes};
use crate::key::PublicKey;
use crate::{Digest, DocumentId, seal};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, Nonce};
use minicbor::{Decode, Encode};

/// The folder of the segments, in a phone's folder.
pub const FOLDER: &str = "drain";
/// What the content key is sealed for ([`crate::seal`]).
pub const PURPOSE: &[u8] = b"wurao-drain-1";
/// The largest segment read; a phone begins a new one long before.
pub const MAX_SEGMENT: usize = 64 << 20;
/// The largest entry: a record or a change, and some words around it.
pub const MAX_ENTRY: usize = crate::envelope::MAX_RECORD + (64 << 10);

const MAGIC: &[u8; 8] = b"WURAODRN";
const VERSION: u8 = 1;
const MAX_HEADER: usize = 1 << 10;
/// Place, length and check.
const FRAME: usize = 12;
/// What the cipher adds.
const TAG: usize = 16;

/// Why a segment cannot be written or read at all. What is wrong inside is told by [`Damage`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// Does not begin as a segment does.
    #[error("not a sealed journal")]
    NotAJournal,
    /// Of a version this program does not know.
    #[error("sealed journal of version {0}, which this program does not know")]
    Version(u8),
    /// The file ends within its header, or the header is not one: the phone stopped while it began this segment.
    #[error("the journal's header is torn")]
    Header,
    /// More bytes than a segment or an entry has.
    #[error("{0} bytes is too large for a sealed journal")]
    TooLarge(usize),
    /// Sealed to another drain key, or altered.
    #[error("this drain key does not open the journal")]
    WrongKey,
    /// The cipher refused to write.
    #[error("the journal's cipher refused")]
    Cipher,
}

impl JournalError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            JournalError::NotAJournal => "not-a-journal",
            JournalError::Version(_) => "version",
            JournalError::Header => "torn-header",
            JournalError::TooLarge(_) => "too-large",
            JournalError::WrongKey => "wrong-drain-key",
            JournalError::Cipher => "cipher",
        }
    }
}

/// What stands in clear at the head of a segment.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Header {
    /// The drain key it is sealed to, compressed SEC 1.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub drain_key: [u8; 33],
    /// The 32-byte content key, sealed for [`PURPOSE`].
    #[n(1)]
    pub sealed: Bytes,
}

impl Header {
    /// For a content key that is used for one segment and drawn for it, as is `ikm`, the randomness of the sealing.
    pub fn sealed_to(drain_key: &PublicKey, content: &[u8; 32], ikm: &[u8; 32]) -> Result<Self, JournalError> {
        let sealed = seal::seal(drain_key, PURPOSE, content, ikm).map_err(|_| JournalError::Cipher)?;
        Ok(Self { drain_key: drain_key.to_bytes(), sealed: Bytes(sealed) })
    }
}

/// The first entry: who wrote it, and what else is needed to read this phone.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Opening {
    /// The server-signed record that let the phone in: names the device and its key.
    #[n(0)]
    pub device: Bytes,
    /// The key of the phone's photos, where they are encrypted.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub files_key: Option<[u8; 32]>,
    /// When the segment was begun, ms since 1970 UTC by the phone's clock.
    #[n(2)]
    pub at_ms: i64,
}

/// One entry.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Entry {
    /// The first one, and only it.
    #[n(0)]
    Opening(#[n(0)] Opening),
    /// An own record, whole.
    #[n(1)]
    Record(#[n(0)] Bytes),
    /// An own change, raw.
    #[n(2)]
    Change(#[n(0)] DocumentId, #[n(1)] Bytes),
    /// What came since the last flush is now on the disk; the heads record is over the changes of these, by document,
    /// as in a push that brings just them. Absent when there were only records.
    #[n(3)]
    Flush(#[n(0)] Option<Bytes>),
}

/// Writes a segment, entry after entry. It keeps no bytes: what it gives must be appended in that order, and once an
/// append has failed the writer must not be used again, for its next entry would stand at a place already used.
pub struct Writer {
    cipher: ChaCha20Poly1305,
    before: Digest,
    next: u32,
}

impl Writer {
    /// Begins a segment under a content key that is used for nothing else; returns its first bytes.
    pub fn begin(header: &Header, content: &[u8; 32], opening: &Opening) -> Result<(Self, Vec<u8>), JournalError> {
        let body = cbor::encode(header);
        let mut bytes = MAGIC.to_vec();
        bytes.push(VERSION);
        bytes.extend((body.len() as u32).to_be_bytes());
        bytes.extend(body);
        let cipher = ChaCha20Poly1305::new(content.into());
        let mut writer = Self { cipher, before: Digest::of(&[&bytes]), next: 0 };
        bytes.extend(writer.entry(&Entry::Opening(opening.clone()))?);
        Ok((writer, bytes))
    }

    /// The bytes of the next entry.
    pub fn entry(&mut self, entry: &Entry) -> Result<Vec<u8>, JournalError> {
        let plain = cbor::encode(entry);
        if plain.len() > MAX_ENTRY {
            return Err(JournalError::TooLarge(plain.len()));
        }
        let place = self.next;
        let payload = Payload { msg: &plain, aad: &self.before.0 };
        let sealed = self.cipher.encrypt(&nonce(place), payload).map_err(|_| JournalError::Cipher)?;
        let mut bytes = frame(place, sealed.len() as u32).to_vec();
        bytes.extend(sealed);
        self.next = place.checked_add(1).ok_or(JournalError::Cipher)?;
        Ok(bytes)
    }
}

fn nonce(place: u32) -> Nonce {
    let mut nonce = [0; 12];
    nonce[8..].copy_from_slice(&place.to_be_bytes());
    nonce.into()
}

/// Place, length, and the check by which a reader knows that these are both.
fn frame(place: u32, len: u32) -> [u8; FRAME] {
    let mut frame = [0; FRAME];
    frame[..4].copy_from_slice(&place.to_be_bytes());
    frame[4..8].copy_from_slice(&len.to_be_bytes());
    let check = Digest::of(&[&frame[..8]]);
    frame[8..].copy_from_slice(&check.0[..4]);
    frame
}
