//! Base counts from a table: `body,level,year,count`, separated by commas or, as pasted from a sheet, by tabs.

use super::level::{Level, NoLevel};
use crate::Error;
use crate::Scope;
use crate::audit;
use crate::store::Tx;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::{BTreeMap, HashMap, HashSet};
use wurao_protocol::audit::Event;
use wurao_protocol::{BodyId, Digest, Words};

const COLUMNS: [&str; 4] = ["body", "level", "year", "count"];

/// The years that a plan or a base may be of.
pub(crate) const YEARS: std::ops::RangeInclusive<u16> = 2000..=2100;

/// One line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Base {
    /// Whose visits.
    pub body: BodyId,
    /// At which level.
    pub level: Level,
    /// In which year.
    pub year: u16,
    /// How many.
    pub visits: u32,
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BaseWhy {
    /// The first line does not name this column.
    NoColumn,
    /// More or fewer cells than the first line.
    Cells,
    /// Quotes that do not end, bytes that are no text.
    Unreadable,
    /// No body of that name or id.
    Body,
    /// A name that several bodies have.
    BodyTwice,
    /// None of the four levels.
    Level,
    /// No year from 2000 to 2100.
    Year,
    /// No number of visits.
    Count,
    /// Body, level and year stand in the table twice.
    Twice,
    /// The table has no line but the first.
    Empty,
    /// It stands for more than the part of the country that the importer answers for.
    Beyond,
    /// More visits than the base before it, in what is there or in the table itself: it may only fall.
    Raised,
}

/// Why a table is not taken, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseFault {
    /// The line, the first being 1.
    pub line: u64,
    /// The column's name.
    pub column: &'static str,
    /// What is wrong.
    pub why: BaseWhy,
    /// What stands there.
    pub found: String,
}

impl BaseFault {
    /// The problem as pages and logs carry it.
    #[must_use]
    pub fn code(&self) -> String {
        format!("field: line {}, column {}", self.line, self.column)
    }
}

/// Reads a table, each row with its line. All of it is looked at, so that everything wrong is said at once.
pub fn parse(text: &str, bodies: &[(BodyId, Words)]) -> Result<Vec<(u64, Base)>, Vec<BaseFault>> {
    // Excel puts a byte order mark before a table it calls UTF-8.
    let text = text.trim_start_matches('\u{feff}');
    // As forms send them; the reader counts a line only after its last byte.
    let text = &text.replace("\r\n", "\n");
    let tabs = text.lines().next().is_some_and(|first| first.contains('\t'));
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(if tabs { b'\t' } else { b',' })
        .trim(csv::Trim::All)
        .flexible(true)
        .from_reader(text.as_bytes());
    let fault = |line, column, why, found: &str| BaseFault { line, column, why, found: found.to_owned() };
    let Ok(header) = reader.headers().cloned() else {
        return Err(vec![fault(1, COLUMNS[0], BaseWhy::Unreadable, "")]);
    };
    let mut at = [0; 4];
    for (place, column) in at.iter_mut().zip(COLUMNS) {
        *place = header
            .iter()
            .position(|name| name.eq_ignore_ascii_case(column))
            .ok_or_else(|| vec![fault(1, column, BaseWhy::NoColumn, "")])?;
    }
    let (mut rows, mut faults, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    let names = Names::of(bodies);
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(1, csv::Position::line);
                faults.push(fault(line, COLUMNS[0], BaseWhy::Unreadable, ""));
                break;
            }
        };
        let line = record.position().map_or(1, csv::Position::line);
        if record.iter().all(str::is_empty) {
            continue;
        }
        if record.len() != header.len() {
            faults.push(fault(line, COLUMNS[3], BaseWhy::Cells, &record.iter().collect::<Vec<_>>().join(",")));
            continue;
        }
        let cell = |column: usize| record.get(at[column]).unwrap_or_default();
        let body = names.find(cell(0)).map_err(|why| fault(line, COLUMNS[0], why, cell(0)));
        let level = cell(1).parse().ok().filter(|level| Level::BODIES.contains(level));
        let level = level.ok_or_else(|| fault(line, COLUMNS[1], BaseWhy::Level, cell(1)));
        let year = cell(2).parse().ok().filter(|year| YEARS.contains(year));
        let year = year.ok_or_else(|| fault(line, COLUMNS[2], BaseWhy::Year, cell(2)));
        let visits = cell(3).parse().map_err(|_| fault(line, COLUMNS[3], BaseWhy::Count, cell(3)));
        match (body, level, year, visits) {
            (Ok(body), Ok(level), Ok(year), Ok(visits)) => {
                if seen.insert((body, level, year)) {
                    rows.push((line, Base { body, level, year, visits }));
                } else {
                    faults.push(fault(line, COLUMNS[0], BaseWhy::Twice, cell(0)));
                }
            }
            (body, level, year, visits) => {
                faults.extend([body.err(), level.err(), year.err(), visits.err()].into_iter().flatten());
            }
        }
    }
    if rows.is_empty() && faults.is_empty() {
        faults.push(fault(2, COLUMNS[0], BaseWhy::Empty, ""));
    }
    if faults.is_empty() { Ok(rows) } else { Err(faults) }
}

/// Bodies by what a table may call them: id, Chinese name, English name.
struct Names<'a>(HashMap<&'a str, Vec<BodyId>>);

impl<'a> Names<'a> {
    fn of(bodies: &'a [(BodyId, Words)]) -> Self {
        let mut names: HashMap<&str, Vec<BodyId>> = HashMap::new();
        for (id, words) in bodies {
            for name in [words.zh.as_str(), words.en.as_str()] {
                let ids = names.entry(name).or_default();
                if !ids.contains(id) {
                    ids.push(*id);
                }
            }
        }
        Self(names)
    }

    fn find(&self, name: &str) -> Result<BodyId, BaseWhy> {
        let by_id = name.parse::<BodyId>().ok().filter(|id| self.0.values().any(|ids| ids.contains(id)));
        match (by_id, self.0.get(name).map(Vec::as_slice)) {
            (Some(id), _) => Ok(id),
            _ if name.is_empty() => Err(BaseWhy::Body),
            (None, Some([id])) => Ok(*id),
            (None, Some([_, _, ..])) => Err(BaseWhy::BodyTwice),
            (None, _) => Err(BaseWhy::Body),
        }
    }
}

/// All bodies a scope may speak of.
pub(super) fn bodies(db: &Connection, scope: &Scope) -> Result<Vec<(BodyId, Words)>, Error> {
    let sql = "SELECT id, zh, en FROM body WHERE ?1 IS NULL OR id = ?1 ORDER BY zh, id";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![scope.body_bytes()], |row| {
        Ok((BodyId(row.get(0)?), Words { zh: row.get(1)?, en: row.get(2)? }))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Takes a table in, whole or not at all; how many rows there were.
pub(super) fn import(tx: &Tx<'_>, scope: &Scope, text: &str) -> Result<Result<u32, Vec<BaseFault>>, Error> {
    let rows = match parse(text, &bodies(tx, scope)?) {
        Ok(rows) => rows,
        Err(faults) => return Ok(Err(faults)),
    };
    let mut faults = Vec::new();
    let table = Table::of(&rows);
    for (line, row) in &rows {
        let mut fault = |column: &'static str, why, found: String| {
            faults.push(BaseFault { line: *line, column, why, found });
        };
        if !covers(tx, scope, &row.body, row.level)? {
            fault(COLUMNS[1], BaseWhy::Beyond, row.level.name().to_owned());
        } else if of(tx, &row.body, row.level, row.year + 1)?.is_some_and(|held| held.visits < row.visits)
            || table.before(row).is_some_and(|visits| visits < row.visits)
        {
            // Also that of an earlier year, which a later one would take the place of.
            fault(COLUMNS[3], BaseWhy::Raised, row.visits.to_string());
        }
    }
    if !faults.is_empty() {
        return Ok(Err(faults));
    }
    keep(tx, rows.iter().map(|(_, row)| row))?;
    audit::note(tx, Event::Table, &[&Digest::of(&[text.as_bytes()]).0], "base")?;
    Ok(Ok(rows.len() as u32))
}

/// A table's own counts, by whose they are and by year.
struct Table(HashMap<(BodyId, Level), BTreeMap<u16, u32>>);

impl Table {
    fn of(rows: &[(u64, Base)]) -> Self {
        let mut counts: HashMap<_, BTreeMap<u16, u32>> = HashMap::new();
        for (_, row) in rows {
            counts.entry((row.body, row.level)).or_default().insert(row.year, row.visits);
        }
        Self(counts)
    }

    /// The count of the latest year before a row's: that of no other line is taken for it.
    fn before(&self, row: &Base) -> Option<u32> {
        let years = self.0.get(&(row.body, row.level))?;
        years.range(..row.year).next_back().map(|(_, visits)| *visits)
    }
}

/// Whether a scope covers all that a base stands for: a whole area of that level, and wherever somebody plans against it.
fn covers(db: &Connection, scope: &Scope, body: &BodyId, level: Level) -> Result<bool, Error> {
    let digits = level.digits();
    if !scope.sees_body(body) || scope.prefix().len() > digits {
        return Ok(false);
    }
    let sql = "SELECT 1 FROM role_grant g JOIN person p ON p.id = g.person WHERE g.role = 'planner' \
               AND p.disabled_ms IS NULL AND COALESCE(g.body, p.body) = ?1 AND length(g.prefix) >= ?2 \
               AND substr(g.prefix, 1, length(?3)) <> ?3";
    Ok(!db.prepare_cached(sql)?.exists(params![body.0, digits as i64, scope.prefix()])?)
}

/// Keeps base counts; one of the same body, level and year is replaced.
fn keep<'a>(tx: &Tx<'_>, rows: impl Iterator<Item = &'a Base>) -> Result<(), Error> {
    let sql = "INSERT INTO plan_base (body, level, year, visits) VALUES (?1, ?2, ?3, ?4) \
               ON CONFLICT (body, level, year) DO UPDATE SET visits = excluded.visits";
    let mut statement = tx.prepare_cached(sql)?;
    for row in rows {
        statement.execute(params![row.body.0, row.level.name(), row.year, row.visits])?;
    }
    Ok(())
}

/// The base counts that a scope covers, the newest year first.
pub(super) fn all(db: &Connection, scope: &Scope) -> Result<Vec<(Words, Base)>, Error> {
    let sql = "SELECT b.id, b.zh, b.en, p.level, p.year, p.visits FROM plan_base p JOIN body b ON b.id = p.body \
               WHERE ?1 IS NULL OR b.id = ?1 ORDER BY p.year DESC, b.zh, b.id, p.level";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![scope.body_bytes()], |row| {
        let words = Words { zh: row.get(1)?, en: row.get(2)? };
        Ok((words, BodyId(row.get(0)?), row.get::<_, String>(3)?, row.get(4)?, row.get(5)?))
    })?;
    let mut found = Vec::new();
    for row in rows {
        let (words, body, level, year, visits) = row?;
        let level = level.parse().map_err(|NoLevel| Error::Missing("a level of that name"))?;
        if covers(db, scope, &body, level)? {
            found.push((words, Base { body, level, year, visits }));
        }
    }
    Ok(found)
}

/// The base that a year's plan is held against: the latest before it.
pub(super) fn of(db: &Connection, body: &BodyId, level: Level, year: u16) -> Result<Option<Base>, Error> {
    let sql = "SELECT year, visits FROM plan_base WHERE body = ?1 AND level = ?2 AND year < ?3 \
               ORDER BY year DESC LIMIT 1";
    let mut statement = db.prepare_cached(sql)?;
    let row = statement.query_row(params![body.0, level.name(), year], |row| {
        Ok(Base { body: *body, level, year: row.get(0)?, visits: row.get(1)? })
    });
    Ok(row.optional()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRE: BodyId = BodyId([0xf1; 16]);
    const WATER: BodyId = BodyId([0xa1; 16]);

    fn bodies() -> Vec<(BodyId, Words)> {
        vec![(FIRE, Words::new("消防", "Fire")), (WATER, Words::new("水利", "Water"))]
    }

    #[test]
    fn a_table_is_read_by_its_header_with_names_or_ids_commas_or_tabs() {
        let wanted = [
            Base { body: FIRE, level: Level::County, year: 2025, visits: 12 },
            Base { body: WATER, level: Level::Township, year: 2025, visits: 0 },
        ];
        let text = format!("body,level,year,count\r\n消防,county,2025,12\r\n{WATER},township,2025,0\r\n\r\n");
        let read = |text: &str| parse(text, &bodies()).unwrap().into_iter().map(|(_, row)| row).collect::<Vec<_>>();
        assert_eq!(read(&text), wanted);
        let tabs = "\u{feff}Count\tyear\tbody\tlevel\n12\t2025\tFire\tcounty\n0\t2025\t水利\ttownship\n";
        assert_eq!(read(tabs), wanted);
    }

    #[test]
    fn every_wrong_cell_is_named_by_line_and_column() {
        let text = "body,level,year,count\n消防,village,2025,12\n土地,county,25,-1\n消防,county,2025\n水利,county,2025,1\n水利,county,2025,2\n";
        let faults = parse(text, &bodies()).unwrap_err();
        assert_eq!(faults, parse(&text.replace('\n', "\r\n"), &bodies()).unwrap_err(), "as a browser sends it");
        let said: Vec<_> = faults.iter().map(|fault| (fault.line, fault.column, fault.why)).collect();
        assert_eq!(
            said,
            [
                (2, "level", BaseWhy::Level),
                (3, "body", BaseWhy::Body),
                (3, "year", BaseWhy::Year),
                (3, "count", BaseWhy::Count),
                (4, "count", BaseWhy::Cells),
                (6, "body", BaseWhy::Twice),
            ]
        );
        for (text, line, column, why) in [
            ("", 1, "body", BaseWhy::NoColumn),
            ("body,level,year\n", 1, "count", BaseWhy::NoColumn),
            ("body,level,year,count\n", 2, "body", BaseWhy::Empty),
        ] {
            let fault = parse(text, &bodies()).unwrap_err().remove(0);
            assert_eq!((fault.line, fault.column, fault.why), (line, column, why), "{text:?}");
        }
    }

    #[test]
    fn a_name_that_two_bodies_have_is_not_guessed() {
        let two = [(FIRE, Words::new("局", "Bureau")), (WATER, Words::new("局", "Office"))];
        let fault = parse("body,level,year,count\n局,county,2025,1\n", &two).unwrap_err().remove(0);
        assert_eq!((fault.line, fault.why), (2, BaseWhy::BodyTwice));
        assert!(parse("body,level,year,count\nOffice,county,2025,1\n", &two).is_ok());
    }
}
