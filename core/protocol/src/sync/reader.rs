//! A request as it comes in: taken apart piece by piece, nothing kept but what is not whole yet.

use super::{IN_PARTS, MAX_FRAMES, MAX_REQUEST, RequestStart};
use crate::frame::MAX_FRAME;
use crate::{Digest, Problem, VERSION, cbor};

/// The longest start: the hashes of all frames, a head, a device record. Longer than any that a phone makes.
const MAX_START: usize = MAX_FRAMES * 34 + (256 << 10);
/// The longest frame, packed: what cannot be packed grows by little.
const MAX_PACKED: usize = MAX_FRAME + (64 << 10);

/// Reads a request's body in whatever pieces it comes.
#[derive(Default)]
pub struct RequestReader {
    /// What has come and is not taken yet.
    buffer: Vec<u8>,
    /// Bytes that have come in all.
    came: usize,
    /// The hashes of the frames that are still to come, the next one last; none before the start was read.
    to_come: Option<Vec<Digest>>,
}

impl RequestReader {
    /// What has come.
    ///
    /// # Errors
    /// [`Problem::TooLarge`] when it is more than a request may be.
    pub fn add(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        if let Some(&version) = self.buffer.first().or(bytes.first())
            && self.came == 0
            && version != VERSION
            && version != IN_PARTS
        {
            return Err(Problem::Version);
        }
        self.came += bytes.len();
        if self.came > MAX_REQUEST {
            return Err(Problem::TooLarge);
        }
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    /// The version and what stands before the frames, once it is here whole.
    ///
    /// # Errors
    /// When it is none.
    pub fn start(&mut self) -> Result<Option<(u8, RequestStart)>, Problem> {
        let Some((&version, rest)) = self.buffer.split_first() else { return Ok(None) };
        let mut decoder = minicbor::Decoder::new(rest);
        let start: RequestStart = match decoder.decode() {
            Ok(start) => start,
            Err(error) if error.is_end_of_input() && rest.len() < MAX_START => return Ok(None),
            Err(error) if error.is_end_of_input() => return Err(Problem::TooLarge),
            Err(_) => return Err(Problem::Malformed),
        };
        let length = decoder.position();
        if cbor::encode(&start) != rest[..length] {
            return Err(Problem::Malformed);
        }
        if start.frames.len() > MAX_FRAMES {
            return Err(Problem::TooLarge);
        }
        self.buffer.drain(..=length);
        self.to_come = Some(start.frames.iter().rev().copied().collect());
        Ok(Some((version, start)))
    }

    /// Whether all frames that the start lists have been taken.
    pub fn has_all(&self) -> bool {
        self.to_come.as_ref().is_some_and(Vec::is_empty)
    }

    /// The next frame, packed, once it is here whole.
    ///
    /// # Errors
    /// [`Problem::FrameHash`] when it is not the one that the start lists, [`Problem::TooLarge`] when none is as long.
    pub fn frame(&mut self) -> Result<Option<Vec<u8>>, Problem> {
        let Some(hash) = self.to_come.as_ref().and_then(|hashes| hashes.last().copied()) else { return Ok(None) };
        let Some((length, rest)) = self.buffer.split_first_chunk::<4>() else { return Ok(None) };
        let length = u32::from_be_bytes(*length) as usize;
        if length > MAX_REQUEST {
            return Err(Problem::Truncated);
        }
        if length > MAX_PACKED {
            return Err(Problem::TooLarge);
        }
        let Some(frame) = rest.get(..length) else { return Ok(None) };
        if Digest::of(&[frame]) != hash {
            return Err(Problem::FrameHash);
        }
        let frame = frame.to_vec();
        self.buffer.drain(..4 + length);
        self.to_come.as_mut().and_then(Vec::pop);
        Ok(Some(frame))
    }

    /// Nothing more comes.
    ///
    /// # Errors
    /// When something is missing, or too much.
    pub fn end(&self) -> Result<(), Problem> {
        match &self.to_come {
            None if self.came == 0 => Err(Problem::Empty),
            Some(hashes) if hashes.is_empty() && self.buffer.is_empty() => Ok(()),
            Some(hashes) if hashes.is_empty() => Err(Problem::Malformed),
            _ => Err(Problem::Truncated),
        }
    }
}
