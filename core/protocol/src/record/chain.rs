//! Where a phone's chain of photo entries ends.

use crate::Digest;
use std::fmt;
use std::str::FromStr;

/// The last entry of a phone that a server holds, in force or not: said as the detail of an `equivocation`, so that a phone that has
/// forgotten it (brought back from a backup, or living twice) can sign behind it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ChainEnd {
    /// Its place.
    pub sequence: u64,
    /// Its name.
    pub entry: Digest,
}

const WORDS: &str = "this place is taken, the chain ends at ";

impl fmt::Display for ChainEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{WORDS}{} {}", self.sequence, self.entry)
    }
}

impl FromStr for ChainEnd {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (sequence, entry) = text.strip_prefix(WORDS).and_then(|rest| rest.split_once(' ')).ok_or(())?;
        let entry = hex::decode(entry).ok().and_then(|bytes| Digest::try_from(bytes.as_slice()).ok()).ok_or(())?;
        Ok(Self { sequence: sequence.parse().map_err(|_| ())?, entry })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_a_chain_is_read_as_it_was_meant_and_nothing_else_is() {
        let end = ChainEnd { sequence: 12, entry: Digest([7; 32]) };
        assert_eq!(end.to_string().parse(), Ok(end));
        for odd in ["", "another entry has this place in the chain", "this place is taken, the chain ends at x 07"] {
            assert_eq!(odd.parse::<ChainEnd>(), Err(()), "{odd}");
        }
    }
}
