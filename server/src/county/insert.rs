//! A checked county file, into the database.

use super::file::{ChecklistEntry, County, Day, PermitEntry, PlanEntry, SiteEntry};
use super::{CountyError, Loaded, permit};
use crate::enrol::code_hash;
use crate::store::{Tx, rows};
use crate::{App, Error, Keys, days, people, plan};
use jiff::civil::Date;
use rusqlite::params;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use wurao_checklist::import::{NoteSeverity, workbook};
use wurao_protocol::envelope::seal;
use wurao_protocol::record::{Checklist, Person, PlanItem, RecordBody, Site};
use wurao_protocol::{Digest, PersonId, Problem, Words};

/// A county file with all that takes time done: workbooks imported, passwords hashed.
pub(super) struct Prepared {
    county: County,
    checklists: HashMap<String, Checklist>,
    passwords: HashMap<PersonId, String>,
}

impl Prepared {
    pub(super) fn of(app: &App, county: County, folder: &Path) -> Result<Self, Error> {
        let known = app.store().write_blocking(persons)?;
        let mut passwords = HashMap::new();
        for person in county.people.iter().filter(|person| !known.contains(&person.id)) {
            if let Some(password) = &person.password {
                passwords.insert(person.id, people::hash(password, &app.random()?)?);
            }
        }
        let mut checklists = HashMap::new();
        for (at, entry) in county.checklists.iter().enumerate() {
            checklists.insert(entry.name.clone(), import(entry, format!("checklists[{at}]"), folder)?);
        }
        Ok(Self { county, checklists, passwords })
    }

    /// Inserts what is not there yet; says how many things that were, and what cannot be.
    pub(super) fn insert(&self, tx: &Tx<'_>, keys: &Keys, now_ms: i64) -> Result<Loaded, Error> {
        let into = Into { tx, keys, now_ms, today: days::date_at(now_ms).unwrap_or(days::EPOCH) };
        let mut added = self.names(tx)?;
        added += self.people(&into)?;
        for site in &self.county.sites {
            added += into.site(site, &self.above(site))?;
        }
        for checklist in self.checklists.values() {
            added += into.checklist(checklist)?;
        }
        for (at, item) in self.county.plan.iter().enumerate() {
            added += into.plan_item(item, self, at)?;
        }
        let mut left_out = Vec::new();
        for (at, entry) in self.county.permits.iter().enumerate() {
            match self.permit(&into, entry, at) {
                Ok(new) => added += new,
                // What somebody registered late under its name is no reason to enter nothing else again.
                Err(Error::Refused { problem: Problem::PermitState, detail }) => {
                    left_out.push(format!("permits[{at}] {}: {detail}", entry.id));
                }
                Err(error) => return Err(error),
            }
        }
        added += self.codes(tx, now_ms)?;
        Ok(Loaded { added, left_out })
    }

    fn names(&self, tx: &Tx<'_>) -> Result<usize, Error> {
        let mut added = 0;
        for division in &self.county.divisions {
            let sql = "INSERT INTO division (code, zh, en, from_day) \
                       SELECT ?1, ?2, ?3, 0 WHERE NOT EXISTS (SELECT 1 FROM division WHERE code = ?1)";
            added += tx.execute(sql, params![division.code, division.name.zh, division.name.en])?;
        }
        for body in &self.county.bodies {
            let sql = "INSERT INTO body (id, zh, en) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
            added += tx.execute(sql, params![body.id.0, body.name.zh, body.name.en])?;
        }
        Ok(added)
    }

    fn people(&self, into: &Into<'_>) -> Result<usize, Error> {
        let mut added = 0;
        for entry in &self.county.people {
            if into.has("SELECT 1 FROM person WHERE id = ?1", &entry.id.0)? {
                continue;
            }
            let record = into.record(&Person { id: entry.id, name: entry.name.clone(), body: entry.body })?;
            let password = self.passwords.get(&entry.id);
            added += into.tx.execute(
                "INSERT INTO person (id, record, name, body, login, password) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![entry.id.0, record.0, entry.name, entry.body.0, entry.login, password],
            )?;
            for grant in entry.grants() {
                people::give(into.tx, &entry.id, &grant, None, into.now_ms)?;
            }
        }
        Ok(added)
    }

    /// The names above a site: province, prefecture, county, township, as far as the file knows them.
    fn above(&self, site: &SiteEntry) -> Vec<Words> {
        let codes = [2, 4, 6, 9].map(|digits| format!("{:0<12}", &site.division[..digits]));
        let division = |code: &String| self.county.divisions.iter().find(|division| division.code == *code);
        codes.iter().filter_map(division).map(|division| division.name.words()).collect()
    }

    fn permit(&self, into: &Into<'_>, entry: &PermitEntry, at: usize) -> Result<usize, Error> {
        // The check has seen that both are there.
        let Some(item) = self.county.plan.iter().find(|item| item.id == entry.plan_item) else { return Ok(0) };
        let Some(checklist) = self.checklists.get(&item.checklist) else { return Ok(0) };
        let days = into.days(entry.from, entry.to, || format!("permits[{at}]"))?;
        let team = if entry.team.is_empty() { &item.team } else { &entry.team };
        permit::insert(into, entry, item, checklist.hash, team, days)
    }

    fn codes(&self, tx: &Tx<'_>, now_ms: i64) -> Result<usize, Error> {
        let mut added = 0;
        for code in &self.county.enrol_codes {
            let expires = now_ms + i64::from(code.minutes) * 60_000;
            added += insert_code(tx, &code.code, &code.name, &code.persons, expires)?;
        }
        Ok(added)
    }
}

/// Stores a one-time code, hashed; whether it is new.
pub(crate) fn insert_code(
    tx: &Tx<'_>,
    code: &str,
    name: &str,
    persons: &[PersonId],
    expires_ms: i64,
) -> Result<usize, Error> {
    let code = code_hash(code);
    let sql = "INSERT INTO enrol_code (code, name, expires_ms) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    let added = tx.execute(sql, params![code.0, name, expires_ms])?;
    if added > 0 {
        for person in persons {
            let sql = "INSERT INTO enrol_code_person (code, person) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
            tx.execute(sql, params![code.0, person.0])?;
        }
    }
    Ok(added)
}

/// Where entries go, and in whose name.
pub(super) struct Into<'a> {
    pub(super) tx: &'a Tx<'a>,
    pub(super) keys: &'a Keys,
    pub(super) now_ms: i64,
    today: Date,
}

/// Days since 1970-01-01 in the county's zone, first and last.
#[derive(Clone, Copy)]
pub(super) struct Days {
    pub(super) from: i32,
    pub(super) to: i32,
}

impl Into<'_> {
    pub(super) fn has(&self, sql: &str, id: &[u8]) -> Result<bool, Error> {
        Ok(self.tx.prepare_cached(sql)?.exists(params![id])?)
    }

    /// Signs and keeps a record.
    pub(super) fn record<T: RecordBody>(&self, body: &T) -> Result<Digest, Error> {
        rows::keep_own(self.tx, &seal(&self.keys.records, body)?, self.now_ms)
    }

    fn site(&self, entry: &SiteEntry, above: &[Words]) -> Result<usize, Error> {
        if self.has("SELECT 1 FROM site WHERE id = ?1", &entry.id.0)? {
            return Ok(0);
        }
        let site =
            Site { id: entry.id, name: entry.name.words(), division: entry.division.clone(), above: above.to_vec() };
        let record = self.record(&site)?;
        let sql = "INSERT INTO site_division (site, code, from_day) VALUES (?1, ?2, 0)";
        self.tx.execute(sql, params![entry.id.0, entry.division])?;
        Ok(self.tx.execute(
            "INSERT INTO site (id, record, zh, en, division) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![entry.id.0, record.0, entry.name.zh, entry.name.en, entry.division],
        )?)
    }

    fn checklist(&self, checklist: &Checklist) -> Result<usize, Error> {
        if self.has("SELECT 1 FROM checklist WHERE hash = ?1", &checklist.hash.0)? {
            return Ok(0);
        }
        let record = self.record(checklist)?;
        let sql = "INSERT INTO checklist (hash, record) VALUES (?1, ?2)";
        Ok(self.tx.execute(sql, params![checklist.hash.0, record.0])?)
    }

    fn plan_item(&self, entry: &PlanEntry, all: &Prepared, at: usize) -> Result<usize, Error> {
        let body = all.county.bodies.iter().find(|body| body.id == entry.body);
        // The check has seen that both are there.
        let (Some(body), Some(checklist)) = (body, all.checklists.get(&entry.checklist)) else { return Ok(0) };
        if self.has("SELECT 1 FROM plan_item WHERE id = ?1", &entry.id.0)? {
            return Ok(0);
        }
        let days = self.days(entry.from, entry.to, || format!("plan[{at}]"))?;
        let item = PlanItem {
            id: entry.id,
            year: entry.year,
            body: entry.body,
            body_name: body.name.words(),
            purpose: entry.purpose.words(),
            sites: entry.sites.clone(),
            checklist: checklist.hash,
            team: entry.team.clone(),
            from_day: days.from,
            to_day: days.to,
            minutes: entry.minutes,
        };
        let record = self.record(&item)?;
        let area = all.county.sites.iter().find(|site| entry.sites.contains(&site.id)).map(|site| &site.division[..6]);
        plan::store::load(self.tx, &item, entry.level, area.unwrap_or_default(), &record, self.now_ms)?;
        Ok(1)
    }

    fn days(&self, from: Day, to: Day, entry: impl Fn() -> String) -> Result<Days, Error> {
        let number = |day| self.day(day).ok_or_else(|| CountyError::entry(entry(), "a day beyond the calendar"));
        let days = Days { from: number(from)?, to: number(to)? };
        if days.to < days.from {
            return Err(CountyError::entry(entry(), "the last day is before the first").into());
        }
        Ok(days)
    }

    fn day(&self, day: Day) -> Option<i32> {
        let date = match day {
            Day::Date(date) => date,
            Day::FromToday(after) => self.today.checked_add(jiff::Span::new().try_days(after).ok()?).ok()?,
        };
        days::number_of(date)
    }
}

fn persons(tx: &Tx<'_>) -> Result<HashSet<PersonId>, Error> {
    let mut statement = tx.prepare("SELECT id FROM person")?;
    let rows = statement.query_map([], |row| Ok(PersonId(row.get(0)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn import(entry: &ChecklistEntry, name: String, folder: &Path) -> Result<Checklist, CountyError> {
    let path = folder.join(&entry.workbook);
    let file = path.display().to_string();
    let fault = |what: String| CountyError::Workbook { entry: name.clone(), workbook: file.clone(), what };
    let bytes =
        std::fs::read(&path).map_err(|source| CountyError::Unreadable { file: path.display().to_string(), source })?;
    let imported = workbook(&bytes).map_err(|error| fault(error.to_string()))?;
    if let Some(note) = imported.report.iter().find(|note| note.severity == NoteSeverity::Error) {
        return Err(fault(note.to_string()));
    }
    let template = imported.template;
    Ok(Checklist {
        hash: Digest(template.hash()),
        title: Words::new(template.title.get("zh"), template.title.get("en")),
        version: template.version.clone(),
        template: template.to_json(),
    })
}
