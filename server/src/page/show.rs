//! How times and sizes are written.

use crate::days::ZONE;
use jiff::{Timestamp, Zoned};

fn zoned(ms: i64) -> Option<Zoned> {
    Timestamp::from_millisecond(ms).ok().map(|at| at.to_zoned(ZONE.to_time_zone()))
}

/// A moment for HTML's `datetime` attribute.
pub(super) fn machine(ms: i64) -> String {
    zoned(ms).map_or_else(String::new, |at| at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
}

/// A moment in full, to the second.
pub(super) fn full(ms: i64) -> String {
    zoned(ms).map_or_else(|| ms.to_string(), |at| at.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

/// A moment as short as it stays clear at `now`: today without the date, this year without the year.
pub(super) fn short(ms: i64, now_ms: i64) -> String {
    let (Some(at), Some(now)) = (zoned(ms), zoned(now_ms)) else {
        return ms.to_string();
    };
    let format = if at.date() == now.date() {
        "%H:%M"
    } else if at.year() == now.year() {
        "%m-%d %H:%M"
    } else {
        "%Y-%m-%d %H:%M"
    };
    at.strftime(format).to_string()
}

/// A moment with its day, also when that is today; this year without the year.
pub(super) fn dated(ms: i64, now_ms: i64) -> String {
    match (zoned(ms), zoned(now_ms)) {
        (Some(at), Some(now)) if at.date() == now.date() => at.strftime("%m-%d %H:%M").to_string(),
        _ => short(ms, now_ms),
    }
}

/// A size in bytes, in the unit that leaves one to three digits before the point.
pub(super) fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if count < 1000 {
        return format!("{count} B");
    }
    let mut tenths = count / 100;
    let mut unit = 0;
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths /= 1000;
        unit += 1;
    }
    if tenths >= 100 {
        format!("{} {}", tenths / 10, UNITS[unit])
    } else {
        format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-22 18:30:05 in the county.
    const NOW: i64 = 1_795_343_405_000;

    #[test]
    fn times_are_the_county_s() {
        assert_eq!(full(NOW), "2026-11-22 18:30:05");
        assert_eq!(machine(NOW), "2026-11-22T18:30:05+08:00");
    }

    #[test]
    fn a_short_time_says_only_what_is_not_clear_already() {
        assert_eq!(short(NOW - 60_000, NOW), "18:29");
        assert_eq!(short(NOW - 86_400_000, NOW), "11-21 18:30");
        assert_eq!(short(NOW - 365 * 86_400_000, NOW), "2025-11-22 18:30");
    }

    #[test]
    fn a_dated_time_says_its_day_even_today() {
        assert_eq!(dated(NOW - 60_000, NOW), "11-22 18:29");
        assert_eq!(dated(NOW - 86_400_000, NOW), "11-21 18:30");
        assert_eq!(dated(NOW - 365 * 86_400_000, NOW), "2025-11-22 18:30");
    }

    #[test]
    fn a_time_no_calendar_holds_is_shown_as_it_is() {
        assert_eq!(short(i64::MAX, NOW), i64::MAX.to_string());
        assert_eq!(full(i64::MIN), i64::MIN.to_string());
        assert_eq!(machine(i64::MIN), "");
    }

    #[test]
    fn sizes_keep_to_three_digits() {
        let shown: Vec<_> = [0, 999, 1000, 9_949, 10_500, 400_000, 4_200_000, 123_456_789, 2_500_000_000_000, u64::MAX]
            .map(bytes)
            .into();
        assert_eq!(
            shown,
            ["0 B", "999 B", "1.0 kB", "9.9 kB", "10 kB", "400 kB", "4.2 MB", "123 MB", "2.5 TB", "18446744 TB"]
        );
    }
}
