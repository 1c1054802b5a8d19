//! The levels of administration, and which of them may inspect which.

use std::str::FromStr;

/// A level of the division tree, the highest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// A province.
    Province,
    /// A prefecture-level city.
    City,
    /// A county or a district.
    County,
    /// A township or a street.
    Township,
    /// A village; nobody inspects in its name.
    Village,
}

impl Level {
    /// The levels that inspect.
    pub const BODIES: [Self; 4] = [Self::Province, Self::City, Self::County, Self::Township];

    /// All levels.
    pub const ALL: [Self; 5] = [Self::Province, Self::City, Self::County, Self::Township, Self::Village];

    /// Its name in tables and forms.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Province => "province",
            Self::City => "city",
            Self::County => "county",
            Self::Township => "township",
            Self::Village => "village",
        }
    }

    /// How many digits name an area of this level.
    #[must_use]
    pub fn digits(self) -> usize {
        match self {
            Self::Province => 2,
            Self::City => 4,
            Self::County => 6,
            Self::Township => 9,
            Self::Village => 12,
        }
    }

    /// The level of a site, from its twelve-digit code.
    #[must_use]
    pub fn of_code(code: &str) -> Self {
        Self::of_digits(code.trim_end_matches('0').len())
    }

    /// The highest level that somebody who plans for this area may speak for.
    #[must_use]
    pub fn of_area(prefix: &str) -> Self {
        Self::of_digits(prefix.len()).min(Self::Township)
    }

    /// A code's digits that are not the zeros below its level; a name that ends in a zero of its own is rounded up.
    fn of_digits(digits: usize) -> Self {
        match digits {
            0..=2 => Self::Province,
            3..=4 => Self::City,
            5..=6 => Self::County,
            7..=9 => Self::Township,
            _ => Self::Village,
        }
    }
}

impl FromStr for Level {
    type Err = NoLevel;

    fn from_str(name: &str) -> Result<Self, NoLevel> {
        Self::ALL.into_iter().find(|level| level.name() == name).ok_or(NoLevel)
    }
}

/// No level has that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no level of that name; the levels are province, city, county, township and village")]
pub struct NoLevel;

/// The rule table: pairs of a body's level and a site's that it may inspect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LevelRules(pub Vec<(Level, Level)>);

impl LevelRules {
    /// Whether a body of this level may inspect a site of that.
    #[must_use]
    pub fn allow(&self, body: Level, site: Level) -> bool {
        self.0.contains(&(body, site))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_tells_its_level_also_when_its_own_digits_end_in_zero() {
        for (code, level) in [
            ("430000000000", Level::Province),
            ("431100000000", Level::City),
            ("431124000000", Level::County),
            ("431120000000", Level::County),
            ("431124101000", Level::Township),
            ("431124100000", Level::Township),
            ("431124101200", Level::Village),
        ] {
            assert_eq!(Level::of_code(code), level, "{code}");
        }
    }

    #[test]
    fn nobody_plans_in_the_name_of_a_village() {
        let levels = ["", "43", "4311", "431124", "431124101", "431124101203"].map(Level::of_area);
        use Level::{City, County, Province, Township};
        assert_eq!(levels, [Province, Province, City, County, Township, Township]);
        assert!(!Level::BODIES.contains(&Level::Village));
    }
}
