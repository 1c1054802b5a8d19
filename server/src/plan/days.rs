//! Days and weeks of the plan, as days since 1970-01-01 in the county's zone.

use crate::page::ZONE;
use jiff::civil::{Date, date};
use jiff::{Span, Timestamp};

const EPOCH: Date = date(1970, 1, 1);

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

/// A day written `2026-09-14`.
#[must_use]
pub(crate) fn parse(text: &str) -> Option<i32> {
    let day: Date = text.trim().parse().ok()?;
    Some(day.since(EPOCH).ok()?.get_days())
}

/// The day as `2026-09-14`.
#[must_use]
pub(crate) fn show(day: i32) -> String {
    date_of(day).map_or_else(|| day.to_string(), |date| date.to_string())
}

/// The year a day lies in.
#[must_use]
pub(crate) fn year_of(day: i32) -> Option<i16> {
    date_of(day).map(Date::year)
}

/// The day of a moment in the county.
#[must_use]
pub(crate) fn today(now_ms: i64) -> i32 {
    let date = Timestamp::from_millisecond(now_ms).map_or(EPOCH, |now| ZONE.to_datetime(now).date());
    date.since(EPOCH).map_or(0, |span| span.get_days())
}

fn date_of(day: i32) -> Option<Date> {
    EPOCH.checked_add(Span::new().try_days(day).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn a_day_is_written_as_it_is_read() {
        for day in ["1970-01-01", "2026-09-14", "2028-02-29"] {
            assert_eq!(show(parse(day).unwrap()), day);
        }
        for wrong in ["", "2026-02-30", "14.9.2026", "today"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
        assert_eq!(year_of(parse("2027-01-01").unwrap()), Some(2027));
    }
}
