//! Taking in a table of divisions: all of it or nothing.

use super::super::csv::{Line, Table};
use super::super::fault::{CodeFault, Fault, LineFault, Stop};
use super::tree::{Division, Tree, above, level, prefix, shape};
use crate::store::Tx;
use crate::{Error, Scope, audit};
use rusqlite::params;
use std::collections::{BTreeSet, HashSet};
use wurao_protocol::audit::Event;

/// The columns of the table.
pub(in super::super) const COLUMNS: &[&str] = &["code", "name_zh", "name_en", "from", "to", "successors"];

/// One line as it was understood.
struct Entry<'a> {
    line: &'a Line,
    code: String,
    division: Division,
    successors: BTreeSet<String>,
}

/// Takes in a table; says how many lines it had. Sites of abolished divisions with one successor are moved to it on the
/// day after; who calls this signs them anew with [`super::refresh`].
pub(in super::super) fn import(tx: &Tx<'_>, scope: &Scope, table: &Table) -> Result<usize, Stop> {
    if table.lines.is_empty() {
        return Err(Fault::NothingBrought.into());
    }
    let mut tree = Tree::read(tx)?;
    let known: HashSet<String> = tree.divisions.keys().cloned().collect();
    let mut entries = Vec::with_capacity(table.lines.len());
    let mut seen = HashSet::new();
    for line in &table.lines {
        let entry = entry(table, line, &tree)?;
        if !seen.insert((entry.code.clone(), entry.division.from)) {
            return Err(line.fault("code", LineFault::Twice).into());
        }
        // Somebody of a county may name what stands above it, and change no name there.
        let is_above = scope.prefix().starts_with(entry.code.trim_end_matches('0')) && !known.contains(&entry.code);
        if !scope.sees(&entry.code) && !is_above {
            return Err(line.fault("code", LineFault::BeyondScope).into());
        }
        enter(&mut tree, &entry);
        entries.push(entry);
    }
    let mut looked_at = HashSet::new();
    for entry in &entries {
        if looked_at.insert(entry.code.as_str()) {
            check_times(&tree, entry)?;
        }
        check(&tree, scope, entry)?;
    }
    for entry in &entries {
        write(tx, entry)?;
    }
    follow_merges(tx)?;
    Ok(entries.len())
}

fn entry<'a>(table: &Table, line: &'a Line, tree: &Tree) -> Result<Entry<'a>, Fault> {
    let code = table.code(line, "code")?;
    let mut division = Division {
        zh: table.name(line, "name_zh")?,
        en: table.name_or_nothing(line, "name_en")?,
        from: 0,
        to: table.day(line, "to")?,
    };
    // Without a first day the line is about what the code stands for now.
    let open = tree.divisions.get(&code).and_then(|times| times.iter().find(|time| time.to.is_none()));
    division.from = table.day(line, "from")?.or(open.map(|open| open.from)).unwrap_or(0);
    if division.en.is_empty()
        && let Some(open) = open.filter(|open| open.zh == division.zh)
    {
        division.en.clone_from(&open.en);
    }
    if division.to.is_some_and(|to| to < division.from) {
        return Err(line.fault("to", LineFault::DaysTurned));
    }
    let mut successors = BTreeSet::new();
    let written = table.field(line, "successors");
    for successor in written.split([' ', ';', '|', '；', '、']).filter(|code| !code.is_empty()) {
        shape(successor).map_err(|fault| line.code_fault("successors", fault))?;
        successors.insert(successor.to_owned());
    }
    if division.to.is_none() && !successors.is_empty() {
        return Err(line.fault("successors", LineFault::SuccessorsOfNone));
    }
    Ok(Entry { line, code, division, successors })
}

fn enter(tree: &mut Tree, entry: &Entry<'_>) {
    let times = tree.divisions.entry(entry.code.clone()).or_default();
    match times.binary_search_by_key(&entry.division.from, |time| time.from) {
        Ok(at) => times[at] = entry.division.clone(),
        Err(at) => times.insert(at, entry.division.clone()),
    }
    if !entry.successors.is_empty() {
        tree.successors.insert(entry.code.clone(), entry.successors.clone());
    }
}

/// Whether a code stands for one thing at a time.
fn check_times(tree: &Tree, entry: &Entry<'_>) -> Result<(), Fault> {
    let times = tree.divisions.get(&entry.code).map(Vec::as_slice).unwrap_or_default();
    if times.windows(2).any(|pair| pair[0].to.is_none_or(|to| to >= pair[1].from)) {
        return Err(entry.line.fault("from", LineFault::Overlap));
    }
    Ok(())
}

/// Whether a line fits the tree with the whole table in it.
fn check(tree: &Tree, scope: &Scope, entry: &Entry<'_>) -> Result<(), Fault> {
    let (line, division) = (entry.line, &entry.division);
    // What is above the scope's own top is not asked for.
    let above = above(&entry.code);
    if let Some(parent) = above.last().filter(|parent| scope.sees(parent))
        && tree.on(parent, division.from.max(first_day(tree, parent))).is_none()
    {
        return Err(line.code_fault("code", CodeFault::Parent(parent.clone())));
    }
    let Some(to) = division.to else { return Ok(()) };
    for successor in &entry.successors {
        let fits = *successor != entry.code && level(successor) == level(&entry.code);
        if !fits || tree.on(successor, to + 1).is_none() {
            return Err(line.fault("successors", LineFault::Successor(successor.clone())));
        }
        if !scope.sees(successor) {
            return Err(line.fault("successors", LineFault::BeyondScope));
        }
    }
    // Nothing below may outlive it, unless its own code goes on under another name.
    if tree.on(&entry.code, to + 1).is_none() {
        let within = prefix(&entry.code);
        // Codes below one begin with its digits, so that they stand together after it.
        let codes = tree.divisions.range(entry.code.clone()..).map(|(code, _)| code);
        let below = codes
            .take_while(|code| code.starts_with(within))
            .filter(|code| self::above(code).last() == Some(&entry.code));
        if let Some(child) = below.into_iter().find(|code| tree.on(code, to + 1).is_some()) {
            return Err(line.fault("to", LineFault::ChildInForce(child.clone())));
        }
    }
    Ok(())
}

/// A division without a first day has been there all along, whatever is known of what is above it.
fn first_day(tree: &Tree, code: &str) -> i32 {
    tree.divisions.get(code).and_then(|times| times.first()).map_or(0, |time| time.from)
}

fn write(tx: &Tx<'_>, entry: &Entry<'_>) -> Result<(), Stop> {
    let division = &entry.division;
    let sql = "INSERT INTO division (code, zh, en, from_day, to_day) VALUES (?1, ?2, ?3, ?4, ?5) \
               ON CONFLICT (code, from_day) DO UPDATE SET zh = excluded.zh, en = excluded.en, to_day = excluded.to_day";
    let values = params![entry.code, division.zh, division.en, division.from, division.to];
    tx.prepare_cached(sql)?.execute(values)?;
    if division.to.is_some() {
        tx.prepare_cached("DELETE FROM division_successor WHERE code = ?1")?.execute(params![entry.code])?;
    }
    for successor in &entry.successors {
        let sql = "INSERT INTO division_successor (code, successor) VALUES (?1, ?2)";
        tx.prepare_cached(sql)?.execute(params![entry.code, successor])?;
    }
    audit::note(tx, Event::Table, &[entry.code.as_bytes()], "division")?;
    Ok(())
}

/// Sites of what is abolished and became one division lie in that from the day after. Earlier ends first, so that a site
/// passes through what its successor became.
pub(in super::super) fn follow_merges(tx: &Tx<'_>) -> Result<(), Error> {
    let sql = "SELECT d.code, MAX(d.to_day) AS last, MIN(s.successor) FROM division d \
               JOIN division_successor s ON s.code = d.code \
               WHERE NOT EXISTS (SELECT 1 FROM division o WHERE o.code = d.code AND o.to_day IS NULL) \
               GROUP BY d.code HAVING COUNT(DISTINCT s.successor) = 1 ORDER BY last";
    let mut statement = tx.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, i32>(1)?, row.get(2)?)))?;
    for merge in rows.collect::<Result<Vec<(String, i32, String)>, _>>()? {
        move_sites(tx, &merge.0, &merge.2, merge.1 + 1)?;
    }
    Ok(())
}

/// All sites that lie in a division on its last day lie in its successor from then on.
fn move_sites(tx: &Tx<'_>, code: &str, successor: &str, from: i32) -> Result<(), Error> {
    let sql = "SELECT site FROM site_division WHERE code = ?1 AND from_day < ?2 AND (to_day IS NULL OR to_day = ?2 - 1) \
               AND NOT EXISTS (SELECT 1 FROM site_division d WHERE d.site = site_division.site AND d.from_day >= ?2)";
    let mut statement = tx.prepare_cached(sql)?;
    let rows = statement.query_map(params![code, from], |row| row.get::<_, [u8; 16]>(0))?;
    for site in rows.collect::<Result<Vec<_>, _>>()? {
        super::place(tx, &site, successor, from)?;
    }
    Ok(())
}
