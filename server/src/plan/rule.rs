//! The rules of the plan, as pure functions.

use super::fault::{PlanFault, PlanField};
use super::item::{Content, ItemKind};
use super::level::{Level, LevelRules};
use crate::days;
use wurao_protocol::Words;

/// The longest visit that can be planned, in minutes: a day.
pub const LONGEST_VISIT: u16 = 24 * 60;

/// What a submission lacks, in the order of the form. `area` is what its planner plans for, `sites` are those found.
#[must_use]
pub fn complete(
    content: &Content,
    area: &str,
    sites: &[(Words, String)],
    rules: &LevelRules,
    today: i32,
) -> Vec<PlanFault> {
    let mut faults = Vec::new();
    let mut need = |there: bool, field| {
        if !there {
            faults.push(PlanFault::Missing(field));
        }
    };
    need(content.kind == ItemKind::Plan || !content.reason.is_empty(), PlanField::Reason);
    need(!content.purpose.zh.is_empty() || !content.purpose.en.is_empty(), PlanField::Purpose);
    need(!content.sites.is_empty(), PlanField::Sites);
    need(content.period.is_some(), PlanField::From);
    need(content.checklist.is_some(), PlanField::Checklist);
    need(!content.team.is_empty(), PlanField::Team);
    need(content.minutes.is_some(), PlanField::Minutes);
    if let Some(period) = content.period {
        let year = i16::try_from(content.year).ok();
        if period.to < period.from {
            faults.push(PlanFault::DaysTurned);
        } else if [period.from, period.to].iter().any(|day| days::year_of(*day) != year) {
            faults.push(PlanFault::OutOfYear(content.year));
        } else if period.to < today {
            faults.push(PlanFault::Past);
        }
    }
    faults.extend(too_low(content.level, area));
    faults.extend(levels(content.level, sites, rules));
    faults
}

/// A planner may speak for the level of the own area or one above, never for one below: that is how a city would get
/// into villages.
#[must_use]
pub fn too_low(level: Level, area: &str) -> Option<PlanFault> {
    let lowest = Level::of_area(area);
    (level > lowest).then_some(PlanFault::LevelTooLow(lowest))
}

/// The sites that a body of this level may not inspect.
#[must_use]
pub fn levels(body: Level, sites: &[(Words, String)], rules: &LevelRules) -> Vec<PlanFault> {
    let wrong = sites.iter().map(|(name, code)| (name, Level::of_code(code)));
    let wrong = wrong.filter(|(_, site)| !rules.allow(body, *site));
    wrong.map(|(name, site_level)| PlanFault::Level { body, site: name.clone(), site_level }).collect()
}

/// Whether more visits may be approved: the year may only stay at or below its base, and without a base nobody has said
/// how many are too many, so that an approver must.
#[must_use]
pub fn count(kind: ItemKind, base: Option<u32>, approved: u32, asked: u32) -> Option<PlanFault> {
    let over = kind == ItemKind::Plan && base.is_none_or(|base| approved.saturating_add(asked) > base);
    over.then_some(PlanFault::Count { base, approved, asked })
}

#[cfg(test)]
mod tests {
    use super::super::period::Period;
    use super::*;
    use wurao_protocol::{Digest, PersonId, SiteId};

    const VILLAGE: &str = "431124101203";

    fn rules() -> LevelRules {
        LevelRules(vec![(Level::County, Level::Village), (Level::City, Level::County)])
    }

    fn content() -> Content {
        let day = days::parse("2026-09-14").unwrap();
        Content {
            year: 2026,
            kind: ItemKind::Plan,
            reason: String::new(),
            level: Level::County,
            purpose: Words::new("检查", ""),
            sites: vec![SiteId([1; 16])],
            period: Some(Period { from: day, to: day + 2 }),
            checklist: Some(Digest([1; 32])),
            team: vec![PersonId([1; 16])],
            minutes: Some(90),
        }
    }

    fn codes(content: &Content, area: &str) -> Vec<String> {
        let today = days::parse("2026-09-14").unwrap();
        let sites = [(Words::new("村", ""), VILLAGE.to_owned())];
        complete(content, area, &sites, &rules(), today).iter().map(PlanFault::code).collect()
    }

    #[test]
    fn a_whole_item_passes_and_each_gap_is_named() {
        assert!(codes(&content(), "431124").is_empty());
        let empty = Content {
            kind: ItemKind::AdHoc,
            purpose: Words::new("", ""),
            sites: Vec::new(),
            period: None,
            checklist: None,
            team: Vec::new(),
            minutes: None,
            ..content()
        };
        let fields = ["reason", "zh", "site", "from", "checklist", "person", "minutes"];
        assert_eq!(codes(&empty, "431124"), fields.map(|field| format!("field: {field}")));
    }

    #[test]
    fn days_lie_in_the_year_in_order_and_not_behind_us() {
        let with = |from: &str, to: &str| {
            let period = Period { from: days::parse(from).unwrap(), to: days::parse(to).unwrap() };
            codes(&Content { period: Some(period), ..content() }, "431124")
        };
        assert_eq!(with("2026-09-15", "2026-09-14"), ["field: to"]);
        assert_eq!(with("2026-12-30", "2027-01-02"), ["field: from"]);
        assert_eq!(with("2026-09-10", "2026-09-13"), ["field: to"]);
        assert!(with("2026-09-10", "2026-09-14").is_empty());
    }

    #[test]
    fn a_city_evaluates_no_village_and_cannot_call_itself_a_county() {
        let city = Content { level: Level::City, ..content() };
        assert_eq!(codes(&city, "4311"), ["plan-rule: level"]);
        assert_eq!(codes(&content(), "4311"), ["field: level"]);
    }

    #[test]
    fn the_count_may_reach_its_base_and_not_pass_it() {
        assert_eq!(count(ItemKind::Plan, Some(3), 2, 1), None);
        assert!(count(ItemKind::Plan, Some(3), 2, 2).is_some());
        assert!(count(ItemKind::Plan, Some(3), 3, 1).is_some());
        assert!(count(ItemKind::Plan, None, 0, 1).is_some());
        assert_eq!(count(ItemKind::AdHoc, Some(0), 9, 1), None);
    }
}
