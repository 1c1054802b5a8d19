//! Walking a JPEG marker by marker through a buffered reader, in constant memory.

use std::io::{self, BufRead, Read};

pub(crate) const SOI: u8 = 0xD8;
pub(crate) const EOI: u8 = 0xD9;
pub(crate) const SOS: u8 = 0xDA;
pub(crate) const APP1: u8 = 0xE1;
pub(crate) const APP2: u8 = 0xE2;

/// A place in the file and the means to go on from it. Running out of bytes is `UnexpectedEof`.
pub(crate) struct Markers<R> {
    reader: R,
    at: u64,
}

impl<R: BufRead> Markers<R> {
    pub(crate) fn new(reader: R) -> Self {
        Markers { reader, at: 0 }
    }

    /// Bytes consumed so far.
    pub(crate) fn at(&self) -> u64 {
        self.at
    }

    pub(crate) fn byte(&mut self) -> io::Result<u8> {
        let mut one = [0];
        self.exact(&mut one)?;
        Ok(one[0])
    }

    pub(crate) fn u16(&mut self) -> io::Result<u16> {
        let mut two = [0; 2];
        self.exact(&mut two)?;
        Ok(u16::from_be_bytes(two))
    }

    pub(crate) fn exact(&mut self, into: &mut [u8]) -> io::Result<()> {
        self.reader.read_exact(into)?;
        self.at += into.len() as u64;
        Ok(())
    }

    pub(crate) fn skip(&mut self, n: u64) -> io::Result<()> {
        let skipped = io::copy(&mut self.reader.by_ref().take(n), &mut io::sink())?;
        self.at += skipped;
        if skipped < n { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }

    /// The next marker's code. Bytes between segments are passed over, as every decoder does; a stuffed zero is none.
    pub(crate) fn next(&mut self) -> io::Result<u8> {
        loop {
            let passed = self.reader.skip_until(0xFF)?;
            self.at += passed as u64;
            let mut code = self.byte()?;
            while code == 0xFF {
                code = self.byte()?;
            }
            if code != 0 {
                return Ok(code);
            }
        }
    }

    /// The marker that ends entropy-coded data; restart markers belong to the data.
    pub(crate) fn after_entropy(&mut self) -> io::Result<u8> {
        loop {
            let code = self.next()?;
            if !(0xD0..=0xD7).contains(&code) {
                return Ok(code);
            }
        }
    }

    /// Length of the payload of the segment just entered; `None` when it is shorter than its own length field.
    pub(crate) fn payload(&mut self) -> io::Result<Option<u16>> {
        Ok(self.u16()?.checked_sub(2))
    }

    /// What follows the image, read to its end.
    pub(crate) fn drain(&mut self) -> io::Result<u64> {
        io::copy(&mut self.reader, &mut io::sink())
    }
}
