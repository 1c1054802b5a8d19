//! Encrypted files: chunks of 64 KiB under XChaCha20-Poly1305 in the STREAM construction, readable at any offset.
//!
//! `WURAOBLB`, a version byte, 19 random bytes, then the chunks, each 16 bytes longer than what it holds; all are full
//! but the last. A chunk's nonce is the random bytes, its number and whether it is the last, so a chunk moved, taken
//! from another file or cut off behind is refused. The last chunk has the file's SHA-256 as associated data and is
//! opened first: a file under another's name is refused before anything of it is read.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use aead_stream::{NewStream, StreamBE32, StreamPrimitive};
use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::Payload;

/// The key of a folder's files. Whoever has it reads them all; it is drawn or derived for this alone.
#[derive(Clone, PartialEq, Eq)]
pub struct FilesKey(pub [u8; 32]);

impl std::fmt::Debug for FilesKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FilesKey(..)")
    }
}

/// Bytes in a chunk.
const CHUNK: u64 = 64 << 10;
/// What the cipher adds to a chunk.
const TAG: u64 = 16;
const MAGIC: &[u8; 9] = b"WURAOBLB\x01";
/// Magic and random bytes.
const HEADER: u64 = MAGIC.len() as u64 + NONCE as u64;
/// Random bytes of a file.
pub(crate) const NONCE: usize = 19;

type Cipher = StreamBE32<XChaCha20Poly1305>;

fn cipher(key: &FilesKey, nonce: &[u8; NONCE]) -> Cipher {
    Cipher::new((&key.0).into(), nonce.into())
}

/// A file is not what was written under this key and name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("chunk {chunk} is not what was written under this key and name")]
pub(crate) struct Altered {
    /// The hash the file is stored under.
    pub(crate) sha256: [u8; 32],
    /// The chunk that does not open.
    pub(crate) chunk: u32,
}

/// Encrypts what is written to it. Without [`Sealer::finish`] the file has no end and is refused by every reader.
pub(crate) struct Sealer<W> {
    to: W,
    cipher: Cipher,
    /// Not yet known whether more follows.
    chunk: Vec<u8>,
    number: u32,
}

impl<W: Write> Sealer<W> {
    /// Writes the header with these random bytes, drawn for this file alone.
    pub(crate) fn begin(mut to: W, key: &FilesKey, nonce: &[u8; NONCE]) -> io::Result<Self> {
        to.write_all(MAGIC)?;
        to.write_all(nonce)?;
        Ok(Self { to, cipher: cipher(key, nonce), chunk: Vec::with_capacity(CHUNK as usize), number: 0 })
    }

    /// Writes the last chunk, which binds all to the name.
    pub(crate) fn finish(mut self, sha256: &[u8; 32]) -> io::Result<()> {
        self.seal(Some(sha256))
    }

    fn seal(&mut self, name: Option<&[u8; 32]>) -> io::Result<()> {
        let payload = Payload { msg: &self.chunk, aad: name.map_or(&[], |sha256| sha256.as_slice()) };
        let sealed = self.cipher.encrypt(self.number, name.is_some(), payload).map_err(|_| io::ErrorKind::Other)?;
        self.to.write_all(&sealed)?;
        self.chunk.clear();
        self.number += 1;
        Ok(())
    }
}

impl<W: Write> Write for Sealer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full chunk goes only when something follows it: otherwise it is the last.
        if self.chunk.len() as u64 == CHUNK && !bytes.is_empty() {
            self.seal(None)?;
        }
        let taken = bytes.len().min(CHUNK as usize - self.chunk.len());
        self.chunk.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// Reads an encrypted file from any offset, one chunk in memory.
pub(crate) struct SealedReader {
    file: File,
    cipher: Cipher,
    sha256: [u8; 32],
    chunks: u32,
    len: u64,
    at: u64,
    /// The chunk in memory, and its number.
    chunk: Vec<u8>,
    number: u32,
}

impl SealedReader {
    /// Opens a file stored under this name, and its last chunk: the file is whole and its own.
    pub(crate) fn open(mut file: File, key: &FilesKey, sha256: &[u8; 32]) -> io::Result<Self> {
        let refused = |chunk| io::Error::new(io::ErrorKind::InvalidData, Altered { sha256: *sha256, chunk });
        let body = file.seek(SeekFrom::End(0))?.checked_sub(HEADER).ok_or(refused(0))?;
        let mut header = [0; HEADER as usize];
        file.rewind()?;
        file.read_exact(&mut header)?;
        let (magic, nonce) = header.split_at(MAGIC.len());
        let nonce: &[u8; NONCE] = nonce.try_into().map_err(|_| refused(0))?;
        let chunks = body.div_ceil(CHUNK + TAG).max(1);
        let len = body.checked_sub(chunks * TAG).ok_or(refused(0))?;
        let chunks = u32::try_from(chunks).map_err(|_| refused(0))?;
        if magic != MAGIC {
            return Err(refused(0));
        }
        let cipher = cipher(key, nonce);
        let (chunk, number) = (Vec::new(), chunks);
        let mut reader = Self { file, cipher, sha256: *sha256, chunks, len, at: 0, chunk, number };
        reader.load(chunks - 1)?;
        Ok(reader)
    }

    fn load(&mut self, number: u32) -> io::Result<()> {
        let last = number + 1 == self.chunks;
        let begin = HEADER + u64::from(number) * (CHUNK + TAG);
        let size = if last { self.len - u64::from(number) * CHUNK + TAG } else { CHUNK + TAG };
        let mut sealed = vec![0; size as usize];
        self.file.seek(SeekFrom::Start(begin))?;
        self.file.read_exact(&mut sealed)?;
        let aad: &[u8] = if last { &self.sha256 } else { &[] };
        self.chunk = self
            .cipher
            .decrypt(number, last, Payload { msg: &sealed, aad })
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, Altered { sha256: self.sha256, chunk: number }))?;
        self.number = number;
        Ok(())
    }
}

impl Read for SealedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.len || buffer.is_empty() {
            return Ok(0);
        }
        // Within the file, so below its number of chunks.
        let number = (self.at / CHUNK) as u32;
        if number != self.number {
            self.load(number)?;
        }
        let rest = self.chunk.get((self.at % CHUNK) as usize..).unwrap_or_default();
        let taken = rest.len().min(buffer.len());
        buffer[..taken].copy_from_slice(&rest[..taken]);
        self.at += taken as u64;
        Ok(taken)
    }
}

impl Seek for SealedReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.len.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
