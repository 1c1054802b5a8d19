//! Codes, and which of them are in force when.

use super::super::fault::CodeFault;
use crate::{Error, Scope};
use rusqlite::{Connection, params};
use std::collections::{BTreeMap, BTreeSet};

/// The first two digits of every province, region and municipality (GB/T 2260).
const PROVINCES: [&str; 34] = [
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44",
    "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82",
];

/// Where the digits of each level end: province, prefecture, county, township, village.
const ENDS: [usize; 5] = [2, 4, 6, 9, 12];

/// Whether the digits can be a division's: twelve, of a province, with zeros for the levels below its own.
pub(in super::super) fn shape(code: &str) -> Result<(), CodeFault> {
    if code.len() != 12 || !code.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(CodeFault::Digits);
    }
    if !PROVINCES.contains(&&code[..2]) {
        return Err(CodeFault::Province);
    }
    let named = [&code[2..4], &code[4..6], &code[6..9], &code[9..]].map(|part| part.bytes().any(|digit| digit != b'0'));
    match named {
        // A few prefectures have townships and no counties.
        [true, false, true, _] => Ok(()),
        [prefecture, county, township, village] => {
            let gap = (village && !township) || (township && !county) || (county && !prefecture);
            if gap { Err(CodeFault::Level) } else { Ok(()) }
        }
    }
}

/// The level of a code that has a good shape, 0 for a province and 4 for a village.
pub(super) fn level(code: &str) -> usize {
    let last = code.trim_end_matches('0').len();
    ENDS.iter().position(|end| last <= *end).unwrap_or(4)
}

/// The codes above one, the largest first.
pub(super) fn above(code: &str) -> Vec<String> {
    let all = ENDS[..level(code)].iter().map(|end| format!("{:0<12}", &code[..*end]));
    let above: BTreeSet<String> = all.filter(|above| above != code).collect();
    above.into_iter().collect()
}

/// A division for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Division {
    pub(in super::super) zh: String,
    pub(in super::super) en: String,
    pub(in super::super) from: i32,
    /// Its last day; none while it goes on.
    pub(in super::super) to: Option<i32>,
}

impl Division {
    pub(super) fn is_in_force(&self, day: i32) -> bool {
        self.from <= day && self.to.is_none_or(|to| day <= to)
    }
}

/// All divisions, with what became of them.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Tree {
    pub(super) divisions: BTreeMap<String, Vec<Division>>,
    pub(super) successors: BTreeMap<String, BTreeSet<String>>,
}

impl Tree {
    pub(in super::super) fn read(db: &Connection) -> Result<Self, Error> {
        let mut tree = Self::default();
        let mut statement =
            db.prepare_cached("SELECT code, zh, en, from_day, to_day FROM division ORDER BY from_day")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let division = Division { zh: row.get(1)?, en: row.get(2)?, from: row.get(3)?, to: row.get(4)? };
            tree.divisions.entry(row.get(0)?).or_default().push(division);
        }
        let mut statement = db.prepare_cached("SELECT code, successor FROM division_successor")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            tree.successors.entry(row.get(0)?).or_default().insert(row.get(1)?);
        }
        Ok(tree)
    }

    /// The division that a code stands for on a day.
    pub(super) fn on(&self, code: &str, day: i32) -> Option<&Division> {
        self.divisions.get(code)?.iter().find(|division| division.is_in_force(day))
    }

    /// Whether a site may lie in a division on a day.
    pub(in super::super) fn take(&self, code: &str, day: i32) -> Result<(), CodeFault> {
        shape(code)?;
        if self.on(code, day).is_some() {
            return Ok(());
        }
        let became: Vec<_> = self.successors.get(code).into_iter().flatten().map(|code| self.spoken(code)).collect();
        match self.divisions.get(code) {
            Some(times) if times.iter().any(|time| time.to.is_some_and(|to| to < day)) => {
                Err(CodeFault::Abolished(became.join(", ")))
            }
            _ => Err(CodeFault::Unknown),
        }
    }

    /// The last day of a code that stands for something until then, today or a day to come, or did before.
    pub(in super::super) fn end(&self, code: &str, today: i32) -> Option<i32> {
        let times = self.divisions.get(code)?;
        let last = times.iter().find(|time| time.is_in_force(today)).or_else(|| times.last())?;
        last.to.filter(|to| self.on(code, to + 1).is_none())
    }

    /// A code with its name.
    fn spoken(&self, code: &str) -> String {
        let last = self.divisions.get(code).and_then(|times| times.last());
        last.map_or_else(|| code.to_owned(), |division| format!("{code} {}", division.zh))
    }
}

/// The digits that the codes of a division and all below it begin with.
pub(in super::super) fn prefix(code: &str) -> &str {
    &code[..ENDS[level(code)]]
}

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its code.
    pub code: String,
    /// Its level, 0 for a province.
    pub level: usize,
    /// Its Chinese name.
    pub zh: String,
    /// Its English name.
    pub en: String,
    /// The first day, when there was one before it.
    pub from: Option<i32>,
    /// The last day, when it ends.
    pub to: Option<i32>,
    /// What it became.
    pub successors: Vec<String>,
    /// How many sites lie in it today, or in what lies in it.
    pub sites: u32,
}

/// The divisions in a scope, by code and day.
pub(in super::super) fn listed(db: &Connection, scope: &Scope) -> Result<Vec<Listed>, Error> {
    let tree = Tree::read(db)?;
    let mut count = db.prepare_cached("SELECT COUNT(*) FROM site WHERE division >= ?1 AND division < ?2")?;
    let mut listed = Vec::new();
    for (code, times) in tree.divisions.iter().filter(|(code, _)| scope.sees(code)) {
        // Codes are digits, so that all below one stand between its own digits and those followed by what comes after a digit.
        let own = &code[..ENDS[level(code)]];
        let sites: u32 = count.query_row(params![own, format!("{own}:")], |row| row.get(0))?;
        for (at, division) in times.iter().enumerate() {
            let last = at + 1 == times.len();
            let successors = tree.successors.get(code).into_iter().flatten().cloned();
            listed.push(Listed {
                code: code.clone(),
                level: level(code),
                zh: division.zh.clone(),
                en: division.en.clone(),
                from: (division.from > 0).then_some(division.from),
                to: division.to,
                successors: if division.to.is_some() { successors.collect() } else { Vec::new() },
                sites: if last { sites } else { 0 },
            });
        }
    }
    Ok(listed)
}

/// The sites of a scope whose division is abolished, today or on a day to come, and that no rule moves.
pub(in super::super) fn needs_a_division(db: &Connection, scope: &Scope) -> Result<Vec<[u8; 16]>, Error> {
    let sql = "SELECT s.id FROM site s JOIN site_division d ON d.site = s.id AND d.to_day IS NULL \
               WHERE substr(s.division, 1, length(?1)) = ?1 \
               AND EXISTS (SELECT 1 FROM division v WHERE v.code = d.code) \
               AND NOT EXISTS (SELECT 1 FROM division v WHERE v.code = d.code AND v.to_day IS NULL)";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![scope.prefix()], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_twelve_digits_of_a_province_and_zeros_below_its_level() {
        for good in ["430000000000", "431100000000", "431124000000", "431124101203", "441900003001", "431120000000"] {
            assert_eq!(shape(good), Ok(()), "{good}");
        }
        for (wrong, fault) in [
            ("43112400000", CodeFault::Digits),
            ("43112400000a", CodeFault::Digits),
            ("４３１１２４", CodeFault::Digits),
            ("993124000000", CodeFault::Province),
            ("430024000000", CodeFault::Level),
            ("431124000203", CodeFault::Level),
            ("430000101000", CodeFault::Level),
        ] {
            assert_eq!(shape(wrong), Err(fault), "{wrong}");
        }
    }

    #[test]
    fn a_code_knows_what_is_above_it() {
        assert_eq!(
            above("431124101203"),
            ["430000000000", "431100000000", "431124000000", "431124101000"].map(String::from)
        );
        assert_eq!(above("441900003000"), ["440000000000", "441900000000"].map(String::from));
        assert_eq!(above("430000000000"), [] as [String; 0]);
        assert_eq!(["430000000000", "431124000000", "431124101200"].map(level), [0, 2, 4]);
    }
}
