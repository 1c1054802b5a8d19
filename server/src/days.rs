//! Days of the county, as days since 1970-01-01 in its zone.

use jiff::civil::{Date, date};
use jiff::tz::Offset;
use jiff::{Span, Timestamp};

/// The zone whose days and hours people mean, wherever the server stands.
pub const ZONE: Offset = Offset::constant(8);

/// Seconds of a day.
pub(crate) const DAY_S: i64 = 24 * 3600;

/// Day zero.
pub(crate) const EPOCH: Date = date(1970, 1, 1);

/// A day written `2026-09-14`.
#[must_use]
pub(crate) fn parse(text: &str) -> Option<i32> {
    number_of(text.trim().parse().ok()?)
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

/// The day of a moment.
#[must_use]
pub(crate) fn today(now_ms: i64) -> i32 {
    date_at(now_ms).and_then(number_of).unwrap_or_default()
}

/// The same as a date; none beyond the calendar.
#[must_use]
pub(crate) fn date_at(now_ms: i64) -> Option<Date> {
    Timestamp::from_millisecond(now_ms).ok().map(|now| ZONE.to_datetime(now).date())
}

/// The number of a date.
#[must_use]
pub(crate) fn number_of(date: Date) -> Option<i32> {
    Some(date.since(EPOCH).ok()?.get_days())
}

/// The second a day begins.
#[must_use]
pub(crate) fn midnight_s(day: i32) -> i64 {
    i64::from(day) * DAY_S - i64::from(ZONE.seconds())
}

/// The day that a second lies in.
#[must_use]
pub(crate) fn day_of_s(at_s: i64) -> i64 {
    (at_s + i64::from(ZONE.seconds())).div_euclid(DAY_S)
}

/// The date of a day; none beyond the calendar.
#[must_use]
pub(crate) fn date_of(day: i32) -> Option<Date> {
    EPOCH.checked_add(Span::new().try_days(day).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn a_day_begins_at_its_midnight_in_the_county() {
        let day = parse("2026-09-14").unwrap();
        assert_eq!(midnight_s(day), 1_789_315_200);
        assert_eq!(day_of_s(midnight_s(day)), i64::from(day));
        assert_eq!(day_of_s(midnight_s(day) - 1), i64::from(day) - 1);
        assert_eq!(today(midnight_s(day) * 1000), day);
    }
}
