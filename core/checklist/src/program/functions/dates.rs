//! Dates and times.

use super::super::code::Call;
use super::super::interpret::{Fault, Interpreter};
use super::{Function, function};
use crate::date;
use crate::expression::cast::Scalar;

pub(super) const TABLE: &[Function] = &[
    function("today", 0, 0, |at, _| Ok(Scalar::Text(at.moment.today()))),
    function("now", 0, 0, |at, _| Ok(Scalar::Text(at.moment.now()))),
    function("date", 1, 1, |at, call| {
        let days = at.number(call.arg(0))?;
        Ok(Scalar::Text(if days.is_finite() { date::day_text(days.floor() as i64) } else { String::new() }))
    }),
    function("date-time", 1, 1, |at, call| {
        let days = at.number(call.arg(0))?;
        if !days.is_finite() || days.abs() > 1e7 {
            return Ok(Scalar::Text(String::new()));
        }
        let ms = (days * 86_400_000.0).round() as i64;
        Ok(Scalar::Text(date::instant_text(ms, at.moment.offset_minutes())))
    }),
    function("decimal-date-time", 1, 1, |at, call| Ok(Scalar::Number(at.number(call.arg(0))?))),
    function("decimal-time", 1, 1, |at, call| {
        let text = at.text(call.arg(0))?;
        let clock = text.split_once('T').map_or(text.as_str(), |(_, clock)| clock);
        let clock = clock.split(['+', '-', 'Z']).next().unwrap_or(clock);
        Ok(Scalar::Number(date::parse_time(clock).map_or(f64::NAN, |ms| ms as f64 / 86_400_000.0)))
    }),
    function("format-date", 2, 2, format_date),
    function("format-date-time", 2, 2, format_date),
];

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// 1970-01-01 was a Thursday.
const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];

fn format_date(at: &Interpreter<'_>, call: &Call) -> Result<Scalar, Fault> {
    let days = at.number(call.arg(0))?;
    if !days.is_finite() || date::day_text(days.floor() as i64).is_empty() {
        return Ok(Scalar::Text(String::new()));
    }
    let (year, month, day) = date::civil(days.floor() as i64);
    let ms = ((days - days.floor()) * 86_400_000.0).round() as i64;
    let (hour, minute, second) = (ms / 3_600_000 % 24, ms / 60_000 % 60, ms / 1000 % 60);
    let format = at.text(call.arg(1))?;
    let mut out = String::new();
    let mut letters = format.chars();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            out.push(letter);
            continue;
        }
        match letters.next() {
            Some('Y') => out.push_str(&format!("{year:04}")),
            Some('y') => out.push_str(&format!("{:02}", year % 100)),
            Some('m') => out.push_str(&format!("{month:02}")),
            Some('n') => out.push_str(&month.to_string()),
            Some('b') => out.push_str(MONTHS.get(month as usize - 1).copied().unwrap_or_default()),
            Some('d') => out.push_str(&format!("{day:02}")),
            Some('e') => out.push_str(&day.to_string()),
            Some('a') => out.push_str(DAYS[(days.floor() as i64).rem_euclid(7) as usize]),
            Some('H') => out.push_str(&format!("{hour:02}")),
            Some('h') => out.push_str(&hour.to_string()),
            Some('M') => out.push_str(&format!("{minute:02}")),
            Some('S') => out.push_str(&format!("{second:02}")),
            Some('3') => out.push_str(&format!("{:03}", ms % 1000)),
            Some('%') => out.push('%'),
            _ => return Err("date-format"),
        }
    }
    Ok(Scalar::Text(out))
}
