//! Days since 1970 and ISO text: the arithmetic that expressions do with dates.

const DAY_MS: i64 = 86_400_000;

/// Days since 1970-01-01 of a date in the proleptic Gregorian calendar; `None` when it does not exist.
pub(crate) fn days(year: i64, month: u32, day: u32) -> Option<i64> {
    if !(0..=9999).contains(&year) || !(1..=12).contains(&month) || day < 1 || day > month_days(year, month) {
        return None;
    }
    // March-based years put the leap day last.
    let shifted = if month > 2 { year } else { year - 1 };
    let era = shifted.div_euclid(400);
    let of_era = shifted.rem_euclid(400);
    let of_year = (153 * i64::from((month + 9) % 12) + 2) / 5 + i64::from(day) - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

/// Year, month and day of a day number.
pub(crate) fn civil(day_number: i64) -> (i64, u32, u32) {
    let shifted = day_number + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month as u32, day as u32)
}

/// The day number a moment falls in.
pub(crate) fn floor_days(ms: i64) -> i64 {
    ms.div_euclid(DAY_MS)
}

/// `YYYY-MM-DD` of a day number; empty outside the years 0 to 9999.
pub(crate) fn day_text(day_number: i64) -> String {
    if !(-719_528..=2_932_896).contains(&day_number) {
        return String::new();
    }
    let (year, month, day) = civil(day_number);
    format!("{year:04}-{month:02}-{day:02}")
}

/// `YYYY-MM-DDTHH:MM:SS.mmm+HH:MM` of local milliseconds.
pub(crate) fn instant_text(local_ms: i64, offset_minutes: i32) -> String {
    let of_day = local_ms.rem_euclid(DAY_MS);
    let sign = if offset_minutes < 0 { '-' } else { '+' };
    let offset = offset_minutes.unsigned_abs();
    format!(
        "{}T{:02}:{:02}:{:02}.{:03}{sign}{:02}:{:02}",
        day_text(floor_days(local_ms)),
        of_day / 3_600_000,
        of_day / 60_000 % 60,
        of_day / 1000 % 60,
        of_day % 1000,
        offset / 60,
        offset % 60
    )
}

/// The day number of `YYYY-MM-DD`, exactly that.
pub(crate) fn parse_day(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let number = |range: std::ops::Range<usize>| digits(text.get(range)?);
    days(i64::from(number(0..4)?), number(5..7)?, number(8..10)?)
}

/// Milliseconds within a day of `HH:MM`, `HH:MM:SS` or `HH:MM:SS.fff`.
pub(crate) fn parse_time(text: &str) -> Option<i64> {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let mut parts = clock.split(':');
    let hour = digits(parts.next()?)?;
    let minute = digits(parts.next()?)?;
    let second = parts.next().map_or(Some(0), digits)?;
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 59 || fraction.len() > 9 {
        return None;
    }
    let millis = digits(format!("{fraction:0<3}").get(..3)?)?;
    digits(fraction)?;
    Some(i64::from(hour) * 3_600_000 + i64::from(minute) * 60_000 + i64::from(second) * 1000 + i64::from(millis))
}

/// A date, or a date and time brought to the offset given, as days since 1970 with a fraction.
pub(crate) fn parse_days(text: &str, offset_minutes: i32) -> Option<f64> {
    let Some((day, rest)) = text.split_once('T') else {
        return parse_day(text).map(|number| number as f64);
    };
    let day = parse_day(day)?;
    let (clock, own_offset) = split_offset(rest, offset_minutes)?;
    let ms = parse_time(clock)? + i64::from(offset_minutes - own_offset) * 60_000;
    Some(day as f64 + ms as f64 / DAY_MS as f64)
}

fn split_offset(text: &str, local: i32) -> Option<(&str, i32)> {
    if let Some(clock) = text.strip_suffix('Z') {
        return Some((clock, 0));
    }
    let Some(at) = text.rfind(['+', '-']) else {
        return Some((text, local));
    };
    let (clock, offset) = text.split_at(at);
    let (hours, minutes) = offset[1..].split_once(':').unwrap_or((&offset[1..], "0"));
    let (hours, minutes) = (digits(hours)?, digits(minutes)?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    let total = (hours * 60 + minutes) as i32;
    Some((clock, if offset.starts_with('-') { -total } else { total }))
}

fn digits(text: &str) -> Option<u32> {
    if text.is_empty() || text.len() > 9 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

fn month_days(year: i64, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_ten_thousand_years_comes_back() {
        for number in -719_528..=2_932_896 {
            let (year, month, day) = civil(number);
            assert_eq!(days(year, month, day), Some(number));
        }
        assert_eq!(days(1970, 1, 1), Some(0));
        assert_eq!(day_text(20_779), "2026-11-22");
    }

    #[test]
    fn only_dates_that_exist_are_read() {
        assert_eq!(parse_day("2024-02-29").map(day_text).as_deref(), Some("2024-02-29"));
        for wrong in ["2023-02-29", "2024-13-01", "2024-1-1", "2024-01-00", "", "2024-01-0é", "24-01-01"] {
            assert_eq!(parse_day(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_time_with_an_offset_is_brought_to_local_time() {
        assert_eq!(parse_days("1970-01-02T00:00:00Z", 0), Some(1.0));
        assert_eq!(parse_days("1970-01-02T12:00:00.000+08:00", 480), Some(1.5));
        assert_eq!(parse_days("1970-01-02T00:00:00Z", 720), Some(1.5));
        assert_eq!(parse_days("1970-01-02T25:00:00Z", 0), None);
        assert_eq!(instant_text(86_400_000 + 43_200_000, 480), "1970-01-02T12:00:00.000+08:00");
    }
}
