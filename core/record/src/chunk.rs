//! The envelope of a change, and reading numbers from bytes without trusting them.

use sha2::{Digest, Sha256};

use crate::error::GateError;
use crate::ids::ChangeHash;
use crate::limits::MAX_CHANGE_BYTES;

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const CHANGE: u8 = 1;

/// The hash of a raw change, from its envelope alone: size, type, length and checksum are checked, the content is not.
pub fn change_hash(bytes: &[u8]) -> Result<ChangeHash, GateError> {
    open(bytes).map(|(hash, _)| hash)
}

/// Opens the envelope: the hash, and the content.
pub(crate) fn open(bytes: &[u8]) -> Result<(ChangeHash, Reader<'_>), GateError> {
    if bytes.len() > MAX_CHANGE_BYTES {
        return Err(GateError::ChangeTooLarge { length: bytes.len(), limit: MAX_CHANGE_BYTES });
    }
    let mut reader = Reader::new(bytes);
    if reader.take(4, "magic")? != MAGIC {
        return Err(GateError::Damaged { what: "magic", at: 0 });
    }
    let checksum = reader.take(4, "checksum")?;
    let hashed = reader.rest;
    let chunk = reader.byte("chunk type")?;
    if chunk != CHANGE {
        return Err(GateError::NotAChange { chunk });
    }
    let length = reader.uleb("chunk length")?;
    let here = reader.rest.len();
    if length < here as u64 {
        return Err(GateError::TrailingBytes { length: here - length as usize });
    }
    if length > here as u64 {
        return Err(GateError::Damaged { what: "content of the length said", at: bytes.len() });
    }
    let hash: ChangeHash = Sha256::digest(hashed).into();
    if !hash.starts_with(checksum) {
        return Err(GateError::Checksum);
    }
    Ok((hash, reader))
}

/// Reads forward, never past the end.
#[derive(Clone)]
pub(crate) struct Reader<'a> {
    pub(crate) rest: &'a [u8],
    length: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { rest: bytes, length: bytes.len() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn damaged(&self, what: &'static str) -> GateError {
        GateError::Damaged { what, at: self.length - self.rest.len() }
    }

    pub(crate) fn take(&mut self, count: u64, what: &'static str) -> Result<&'a [u8], GateError> {
        let count = usize::try_from(count).map_err(|_| self.damaged(what))?;
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(|| self.damaged(what))?;
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn byte(&mut self, what: &'static str) -> Result<u8, GateError> {
        let (byte, rest) = self.rest.split_first().ok_or_else(|| self.damaged(what))?;
        self.rest = rest;
        Ok(*byte)
    }

    /// An unsigned LEB128 number. Longer spellings of a number pass here; the comparison of the whole bytes finds them.
    pub(crate) fn uleb(&mut self, what: &'static str) -> Result<u64, GateError> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte(what)?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                break;
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(self.damaged(what))
    }

    /// A signed LEB128 number.
    pub(crate) fn sleb(&mut self, what: &'static str) -> Result<i64, GateError> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte(what)?;
            if shift == 63 && byte != 0 && byte != 0x7f {
                break;
            }
            value |= i64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let unused = 64_i32 - (shift + 7);
                return Ok(if unused > 0 { value << unused >> unused } else { value });
            }
        }
        Err(self.damaged(what))
    }
}
