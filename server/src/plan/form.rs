//! What was typed into the plan's forms, and what it means.

use super::fault::{PlanFault, PlanField};
use super::item::{Content, Item, ItemKind};
use super::level::Level;
use super::period::Period;
use super::{base, rule};
use crate::days;
use crate::page::view::PlanTyped;
use crate::people::text::{self, TextFault};
use std::str::FromStr;
use wurao_protocol::Words;

/// The longest comment or reason, in characters.
const LONGEST_COMMENT: usize = 500;

/// The most sites of one item.
const MOST_SITES: usize = 5_000;

/// The fields of a form in their order; a name may come several times.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(super) fn of(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// The first value of a field; nothing when it was not sent.
    pub(super) fn one(&self, name: &str) -> &str {
        self.0.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }

    pub(super) fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(found, _)| found == name).map(|(_, value)| value.clone()).collect()
    }

    /// An id or a number, when the field holds one.
    pub(super) fn parsed<T: FromStr>(&self, name: &str) -> Option<T> {
        self.one(name).trim().parse().ok()
    }

    /// A comment or reason; nothing when it was left empty.
    pub(super) fn comment(&self) -> Result<String, PlanFault> {
        prose(self.one("comment")).ok_or(PlanFault::Unreadable(PlanField::Comment))
    }

    pub(super) fn typed(&self) -> PlanTyped {
        let one = |name: &str| self.one(name).to_owned();
        PlanTyped {
            year: one("year"),
            kind: one("kind"),
            reason: one("reason"),
            level: one("level"),
            zh: one("zh"),
            en: one("en"),
            from: one("from"),
            to: one("to"),
            checklist: one("checklist"),
            minutes: one("minutes"),
            sites: self.all("site"),
            persons: self.all("person"),
            search: one("search"),
        }
    }
}

/// Text of several lines as one, without what would change how it is read; none when there is such.
fn prose(typed: &str) -> Option<String> {
    let words: Vec<&str> = typed.split_whitespace().collect();
    let line = words.join(" ");
    let clean = |c: char| {
        let mut buffer = [0; 4];
        !matches!(text::name(c.encode_utf8(&mut buffer)), Err(TextFault::Control | TextFault::Invisible))
    };
    (line.chars().count() <= LONGEST_COMMENT && line.chars().all(clean)).then_some(line)
}

/// What was typed, as content; what of it cannot be read is named, all of it at once. What is left out is no fault here.
pub(super) fn content(typed: &PlanTyped) -> Result<Content, Vec<PlanFault>> {
    let mut faults = Vec::new();
    let mut unreadable = |field| faults.push(PlanFault::Unreadable(field));
    let year = typed.year.trim().parse().ok().filter(|year| base::YEARS.contains(year));
    let kind = typed.kind.parse::<ItemKind>().ok();
    let level = typed.level.parse().ok().filter(|level: &Level| Level::BODIES.contains(level));
    let reason = prose(&typed.reason);
    let (zh, en) = (text::name_or_nothing(&typed.zh).ok(), text::name_or_nothing(&typed.en).ok());
    let from = optional(&typed.from, days::parse);
    let to = optional(&typed.to, days::parse);
    let checklist = optional(&typed.checklist, |text| text.parse().ok());
    let minutes = optional(&typed.minutes, |text| {
        text.parse().ok().filter(|minutes| (1..=rule::LONGEST_VISIT).contains(minutes))
    });
    let sites = ids(&typed.sites);
    let team = ids(&typed.persons);
    let known = [
        (year.is_some(), PlanField::Year),
        (kind.is_some(), PlanField::Kind),
        (reason.is_some(), PlanField::Reason),
        (zh.is_some() && en.is_some(), PlanField::Purpose),
        (level.is_some(), PlanField::Level),
        (from.is_some(), PlanField::From),
        (to.is_some(), PlanField::To),
        (checklist.is_some(), PlanField::Checklist),
        (minutes.is_some(), PlanField::Minutes),
        (team.is_some(), PlanField::Team),
        (sites.is_some(), PlanField::Sites),
    ];
    known.into_iter().filter(|(known, _)| !known).for_each(|(_, field)| unreadable(field));
    let period = match (from.flatten(), to.flatten()) {
        (Some(from), Some(to)) if to < from => {
            faults.push(PlanFault::DaysTurned);
            None
        }
        (Some(from), Some(to)) => Some(Period { from, to }),
        (None, None) => None,
        (None, Some(_)) => {
            faults.push(PlanFault::Missing(PlanField::From));
            None
        }
        (Some(_), None) => {
            faults.push(PlanFault::Missing(PlanField::To));
            None
        }
    };
    match (year, kind, level, sites, team) {
        (Some(year), Some(kind), Some(level), Some(sites), Some(team)) if faults.is_empty() => Ok(Content {
            year,
            kind,
            reason: if kind == ItemKind::AdHoc { reason.unwrap_or_default() } else { String::new() },
            level,
            purpose: Words::new(zh.unwrap_or_default(), en.unwrap_or_default()),
            sites,
            period,
            checklist: checklist.flatten(),
            team,
            minutes: minutes.flatten(),
        }),
        _ => Err(faults),
    }
}

/// The form of an item as it is stored.
pub(super) fn typed(item: &Item) -> PlanTyped {
    let content = &item.content;
    let day = |pick: fn(&Period) -> i32| content.period.as_ref().map(pick).map_or_else(String::new, days::show);
    PlanTyped {
        year: content.year.to_string(),
        kind: content.kind.name().to_owned(),
        reason: content.reason.clone(),
        level: content.level.name().to_owned(),
        zh: content.purpose.zh.clone(),
        en: content.purpose.en.clone(),
        from: day(|period| period.from),
        to: day(|period| period.to),
        checklist: content.checklist.map_or_else(String::new, |hash| hash.to_string()),
        minutes: content.minutes.map_or_else(String::new, |minutes| minutes.to_string()),
        sites: content.sites.iter().map(ToString::to_string).collect(),
        persons: content.team.iter().map(ToString::to_string).collect(),
        search: String::new(),
    }
}

/// What is left out is nothing; what is not must be read.
fn optional<T>(typed: &str, read: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
    match typed.trim() {
        "" => Some(None),
        typed => read(typed).map(Some),
    }
}

fn ids<T: FromStr + PartialEq>(typed: &[String]) -> Option<Vec<T>> {
    if typed.len() > MOST_SITES {
        return None;
    }
    let mut ids = Vec::with_capacity(typed.len());
    for text in typed {
        ids.push(text.parse().ok()?);
    }
    Some(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(text: &str) -> PlanTyped {
        Fields::of(text.as_bytes()).typed()
    }

    #[test]
    fn a_form_with_gaps_is_a_draft() {
        let content = content(&sent("year=2026&kind=plan&level=county&zh=%E6%A3%80%E6%9F%A5")).unwrap();
        assert_eq!((content.year, content.purpose.zh.as_str(), content.period), (2026, "检查", None));
    }

    #[test]
    fn what_cannot_be_read_is_named_all_at_once() {
        let typed = sent(
            "year=26&kind=war&level=village&zh=a%0Db&from=soon&to=2026-02-30&checklist=x&minutes=0&site=zz&person=1",
        );
        let codes: Vec<_> = content(&typed).unwrap_err().iter().map(PlanFault::detail).collect();
        assert_eq!(codes, ["year", "kind", "zh", "level", "from", "to", "checklist", "minutes", "person", "site"]);
        let half = sent("year=2026&kind=plan&level=county&from=2026-09-14");
        assert_eq!(content(&half).unwrap_err(), [PlanFault::Missing(PlanField::To)]);
        let turned = sent("year=2026&kind=plan&level=county&from=2026-09-14&to=2026-09-13");
        assert_eq!(content(&turned).unwrap_err(), [PlanFault::DaysTurned]);
    }

    #[test]
    fn a_comment_is_one_line_without_what_turns_it() {
        assert_eq!(prose(" one\r\n two ").as_deref(), Some("one two"));
        assert_eq!(prose("a\u{202e}b"), None);
        assert_eq!(prose("a\0b"), None);
        assert_eq!(prose(&"村".repeat(501)), None);
    }
}
