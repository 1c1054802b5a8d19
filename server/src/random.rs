//! Randomness, as an argument.

use crate::Error;

/// Draws random bytes.
pub trait Random: Send + Sync {
    /// Fills the bytes, or says that there is no randomness to be had.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), Error>;
}

/// The operating system's randomness.
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), Error> {
        getrandom::fill(bytes).map_err(|_| Error::NoRandomness)
    }
}

/// Draws a fixed number of bytes.
pub(crate) fn draw<const N: usize>(random: &dyn Random) -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    random.fill(&mut bytes)?;
    Ok(bytes)
}
