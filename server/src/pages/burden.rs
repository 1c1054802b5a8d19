//! What inspections cost the villages.

use super::case::Case;
use crate::days;
use crate::page::view::Burden;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// The year of a moment in the county.
pub(crate) fn year(ms: i64) -> i16 {
    days::date_at(ms).map_or(1970, Date::year)
}

/// What one inspection has cost; nothing when it did not begin in this year, or was voided. That a village refused it
/// counts whether or not it then began.
pub(crate) fn of(case: &Case, year: i16) -> Burden {
    let refused = u32::from(case.inspection.refused().is_some_and(|day| day.year() == year));
    if case.inspection.voided_ms.is_some() || case.started_ms().map(self::year) != Some(year) {
        return Burden { year, refused, ..Burden::default() };
    }
    Burden {
        year,
        visits: 1,
        minutes: minutes(&moments(case)),
        questions: case.answered(),
        photos: case.photo_count(),
        avoided: 0,
        refused,
    }
}

/// Two costs together.
pub(crate) fn sum(a: Burden, b: Burden) -> Burden {
    Burden {
        year: a.year,
        visits: a.visits + b.visits,
        minutes: a.minutes + b.minutes,
        questions: a.questions + b.questions,
        photos: a.photos + b.photos,
        avoided: a.avoided + b.avoided,
        refused: a.refused + b.refused,
    }
}

/// Every moment at which somebody of the team is known to have been there.
fn moments(case: &Case) -> Vec<i64> {
    let changes = case.accepted().map(|change| change.time_ms);
    let leaves = case.leaves.iter().map(|info| info.leave.at.wall_ms);
    let photos = case.photos.iter().map(|info| info.entry.capture.attached.wall_ms);
    changes.chain(leaves).chain(photos).collect()
}

/// From the first to the last moment of each day, begun minutes counting whole; the nights between are not on site.
/// However many inspectors are there, the village is disturbed once.
fn minutes(moments: &[i64]) -> u32 {
    let mut days: BTreeMap<Date, (i64, i64)> = BTreeMap::new();
    for ms in moments {
        let Some(day) = days::date_at(*ms) else { continue };
        let (first, last) = days.entry(day).or_insert((*ms, *ms));
        (*first, *last) = ((*first).min(*ms), (*last).max(*ms));
    }
    days.values().map(|(first, last)| begun_minutes(last - first)).sum()
}

fn begun_minutes(ms: i64) -> u32 {
    u32::try_from((ms + 59_999) / 60_000).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-22 09:00 in the county.
    const NINE: i64 = 1_795_309_200_000;
    const MINUTE: i64 = 60_000;

    #[test]
    fn time_on_site_runs_from_the_first_to_the_last_moment_of_each_day() {
        assert_eq!(minutes(&[]), 0);
        assert_eq!(minutes(&[NINE]), 0);
        assert_eq!(minutes(&[NINE + 30 * MINUTE, NINE, NINE + 1]), 30);
        assert_eq!(minutes(&[NINE, NINE + 1]), 1);
        assert_eq!(minutes(&[NINE, NINE + 10 * MINUTE, NINE + 1440 * MINUTE, NINE + 1445 * MINUTE]), 15);
    }

    #[test]
    fn the_year_is_the_county_s() {
        assert_eq!(year(1_798_732_800_000 - 1), 2026);
        assert_eq!(year(1_798_732_800_000), 2027);
    }
}
