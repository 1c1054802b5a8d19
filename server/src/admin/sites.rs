//! Sites: a table of them, one by hand, and where they lie.

use super::csv::Table;
use super::divisions::{Tree, follow_merges, needs_a_division, place, refresh};
use super::fault::{Fault, LineFault, Stop};
use crate::days;
use crate::store::{Tx, rows};
use crate::{App, Error, Keys, Scope};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashSet;
use wurao_protocol::envelope::seal;
use wurao_protocol::record::Site;
use wurao_protocol::{SiteId, Words};

/// The columns of the table.
pub(super) const COLUMNS: &[&str] = &["name_zh", "name_en", "division", "id"];

/// What a table did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Sites that are new.
    pub added: u32,
    /// Sites renamed or moved.
    pub changed: u32,
    /// Lines that say what was known.
    pub known: u32,
}

/// One site as a table or a form says it.
pub(super) struct Said {
    pub(super) id: Option<SiteId>,
    pub(super) zh: String,
    pub(super) en: String,
    pub(super) division: String,
}

/// Takes in a table: all of it or nothing.
pub(super) fn import(tx: &Tx<'_>, app: &App, scope: &Scope, table: &Table) -> Result<Taken, Stop> {
    if table.lines.is_empty() {
        return Err(Fault::NothingBrought.into());
    }
    let (now, tree) = (app.now_ms(), Tree::read(tx)?);
    let mut taken = Taken::default();
    for line in &table.lines {
        let id = match table.field(line, "id") {
            "" => None,
            written => Some(written.parse::<SiteId>().map_err(|_| line.fault("id", LineFault::Id))?),
        };
        let said = Said {
            id,
            zh: table.name(line, "name_zh")?,
            en: table.name_or_nothing(line, "name_en")?,
            division: table.code(line, "division")?,
        };
        if !scope.sees(&said.division) {
            return Err(line.fault("division", LineFault::BeyondScope).into());
        }
        match take(tx, app, scope, &tree, &said, now) {
            Ok(did) => did.count(&mut taken),
            Err(Stop::Fault(Fault::Code12(fault))) => return Err(line.code_fault("division", fault).into()),
            Err(Stop::Fault(Fault::BeyondScope)) => return Err(line.fault("id", LineFault::BeyondScope).into()),
            Err(other) => return Err(other),
        }
    }
    follow_merges(tx)?;
    refresh(tx, app.keys(), now)?;
    Ok(taken)
}

/// One site by hand.
pub(super) fn add(tx: &Tx<'_>, app: &App, scope: &Scope, said: &Said) -> Result<Taken, Stop> {
    if !scope.sees(&said.division) {
        return Err(Fault::BeyondScope.into());
    }
    let mut taken = Taken::default();
    take(tx, app, scope, &Tree::read(tx)?, said, app.now_ms())?.count(&mut taken);
    follow_merges(tx)?;
    refresh(tx, app.keys(), app.now_ms())?;
    Ok(taken)
}

enum Did {
    Add,
    Change,
    Nothing,
}

impl Did {
    fn count(self, taken: &mut Taken) {
        match self {
            Self::Add => taken.added += 1,
            Self::Change => taken.changed += 1,
            Self::Nothing => taken.known += 1,
        }
    }
}

fn take(tx: &Tx<'_>, app: &App, scope: &Scope, tree: &Tree, said: &Said, now_ms: i64) -> Result<Did, Stop> {
    let today = days::today(now_ms);
    let known = match said.id {
        Some(id) => find(tx, "s.id = ?1", params![id.0])?,
        // Without an id the same name in the same place is the same site. By name first (+ keeps the other index
        // out): a table may put all its sites in one division, hardly under one name.
        None => find(tx, "s.zh = ?1 AND +d.code = ?2", params![said.zh, said.division])?,
    };
    let Some(known) = known else {
        tree.take(&said.division, today).map_err(Fault::Code12)?;
        let id = said.id.map_or_else(|| app.random().map(SiteId), Ok)?;
        insert(tx, app.keys(), id, said, now_ms)?;
        return Ok(Did::Add);
    };
    if !scope.sees(&known.today) {
        return Err(Fault::BeyondScope.into());
    }
    let renamed = known.zh != said.zh || (!said.en.is_empty() && known.en != said.en);
    if renamed {
        let en = if said.en.is_empty() { &known.en } else { &said.en };
        tx.execute("UPDATE site SET zh = ?2, en = ?3 WHERE id = ?1", params![known.id, said.zh, en])?;
    }
    if known.code == said.division {
        return Ok(if renamed { Did::Change } else { Did::Nothing });
    }
    // Out of a division that ends, it moves on the day after; else today.
    let ends = tree.end(&known.code, today);
    let from = ends.map_or(today, |to| to + 1);
    tree.take(&said.division, from).map_err(Fault::Code12)?;
    place(tx, &known.id, &said.division, from)?;
    Ok(Did::Change)
}

/// A site that is here: where it lies in the end, and today.
struct Here {
    id: [u8; 16],
    zh: String,
    en: String,
    code: String,
    today: String,
}

fn find(tx: &Tx<'_>, condition: &str, values: impl rusqlite::Params) -> Result<Option<Here>, Error> {
    let sql = format!(
        "SELECT s.id, s.zh, s.en, d.code, s.division FROM site s JOIN site_division d ON d.site = s.id \
         AND d.to_day IS NULL WHERE {condition}"
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let here = statement.query_row(values, |row| {
        Ok(Here { id: row.get(0)?, zh: row.get(1)?, en: row.get(2)?, code: row.get(3)?, today: row.get(4)? })
    });
    Ok(here.optional()?)
}

/// The record is signed with the names above it by [`refresh`], in the same write.
fn insert(tx: &Tx<'_>, keys: &Keys, id: SiteId, said: &Said, now_ms: i64) -> Result<(), Error> {
    let name = Words { zh: said.zh.clone(), en: said.en.clone() };
    let site = Site { id, name, division: said.division.clone(), above: Vec::new() };
    let record = rows::keep_own(tx, &seal(&keys.records, &site)?, now_ms)?;
    let sql = "INSERT INTO site (id, record, zh, en, division) VALUES (?1, ?2, ?3, ?4, ?5)";
    tx.prepare_cached(sql)?.execute(params![id.0, record.0, said.zh, said.en, said.division])?;
    place(tx, &id.0, &said.division, 0)?;
    Ok(())
}

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Which.
    pub id: String,
    /// Its Chinese name.
    pub zh: String,
    /// Its English name.
    pub en: String,
    /// Where it lies today.
    pub division: String,
    /// Where it has lain and will lie: code, first day (none: all along), last day (none: goes on).
    pub history: Vec<(String, Option<i32>, Option<i32>)>,
    /// Whether its division ends without a word on where it goes.
    pub needs: bool,
}

/// The sites of a scope, those first that need a division.
pub(super) fn listed(db: &Connection, scope: &Scope) -> Result<Vec<Listed>, Error> {
    let needs: HashSet<[u8; 16]> = needs_a_division(db, scope)?.into_iter().collect();
    let sql = "SELECT id, zh, en, division FROM site WHERE substr(division, 1, length(?1)) = ?1 ORDER BY division, zh";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![scope.prefix()])?;
    let mut history =
        db.prepare_cached("SELECT code, from_day, to_day FROM site_division WHERE site = ?1 ORDER BY from_day")?;
    let mut listed = Vec::new();
    while let Some(row) = rows.next()? {
        let id: [u8; 16] = row.get(0)?;
        let was = history.query_map(params![id], |row| {
            Ok((row.get(0)?, Some(row.get::<_, i32>(1)?).filter(|day| *day > 0), row.get(2)?))
        })?;
        listed.push(Listed {
            id: SiteId(id).to_string(),
            zh: row.get(1)?,
            en: row.get(2)?,
            division: row.get(3)?,
            history: was.collect::<Result<_, _>>()?,
            needs: needs.contains(&id),
        });
    }
    listed.sort_by_key(|site| !site.needs);
    Ok(listed)
}
