//! The days of a visit, and the weeks they lie in.

/// The first and the last day of a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// First day.
    pub from: i32,
    /// Last day.
    pub to: i32,
}

impl Period {
    /// Whether the two have an ISO week in common.
    #[must_use]
    pub fn shares_a_week(&self, other: &Self) -> bool {
        week(self.from) <= week(other.to) && week(other.from) <= week(self.to)
    }

    /// The days both have; none when they only share weeks.
    #[must_use]
    pub fn common(&self, other: &Self) -> Option<Self> {
        let both = Self { from: self.from.max(other.from), to: self.to.min(other.to) };
        (both.from <= both.to).then_some(both)
    }

    /// From the first day of either to the last.
    #[must_use]
    pub fn span(&self, other: &Self) -> Self {
        Self { from: self.from.min(other.from), to: self.to.max(other.to) }
    }
}

/// Counts ISO weeks: 1970-01-01 was a Thursday.
fn week(day: i32) -> i32 {
    day.saturating_add(3).div_euclid(7)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::days::parse;

    fn period(from: &str, to: &str) -> Period {
        Period { from: parse(from).unwrap(), to: parse(to).unwrap() }
    }

    #[test]
    fn weeks_begin_on_monday() {
        let sunday = period("2026-09-13", "2026-09-13");
        let monday = period("2026-09-14", "2026-09-14");
        let friday = period("2026-09-18", "2026-09-18");
        assert!(!sunday.shares_a_week(&monday) && !monday.shares_a_week(&sunday));
        assert!(monday.shares_a_week(&friday) && friday.shares_a_week(&monday));
        assert!(period("2026-09-01", "2026-09-30").shares_a_week(&monday));
        assert_eq!(monday.common(&friday), None);
        assert_eq!(monday.span(&friday), period("2026-09-14", "2026-09-18"));
    }
}
