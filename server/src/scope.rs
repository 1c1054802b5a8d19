//! The part of the division tree that somebody may see. No query of a page goes without one.

/// A division and all below it, as the digits that their codes begin with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope(String);

impl Scope {
    /// From the digits that codes in it begin with; none stand for the whole country.
    pub fn new(prefix: impl Into<String>) -> Self {
        Self(prefix.into())
    }

    /// The digits. A query compares `substr(division, 1, length(?1)) = ?1`.
    pub fn prefix(&self) -> &str {
        &self.0
    }

    /// Whether a site of this division code is in it.
    pub fn sees(&self, division: &str) -> bool {
        division.starts_with(&self.0)
    }
}
