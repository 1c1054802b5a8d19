//! A permit's short code: nine digits that an inspector reads out where a code cannot be scanned.
//!
//! It follows from the permit's id, so that a phone without a network knows it. It proves nothing: with it the village's
//! page asks the server for the permit. Two permits may have the same one; then both are candidates.

use crate::{Digest, PermitId};

/// The first digit is never zero, so that nobody leaves it out.
const FROM: u32 = 100_000_000;
const COUNT: u64 = 900_000_000;

impl PermitId {
    /// The nine digits.
    pub fn short_code(&self) -> u32 {
        let hash = Digest::of(&[b"wurao-short-code-1", &self.0]);
        let mut first = [0; 8];
        first.copy_from_slice(&hash.0[..8]);
        FROM + (u64::from_be_bytes(first) % COUNT) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_code_is_nine_digits_and_never_changes() {
        assert_eq!(PermitId([0; 16]).short_code().to_string().len(), 9);
        for first in 0..=255 {
            assert!((FROM..1_000_000_000).contains(&PermitId([first; 16]).short_code()));
        }
        assert_eq!(PermitId([0xc1; 16]).short_code(), PermitId([0xc1; 16]).short_code());
        assert_ne!(PermitId([0xc1; 16]).short_code(), PermitId([0xc2; 16]).short_code());
    }
}
