//! All that a server holds, in a few hashes.

use crate::ground::{Ground, look};
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::path::Path;
use wurao_tests::{Doing, Trouble};

/// What may move when nothing happens: how often a phone has been heard, and what it says of itself.
const COUNTERS: [&str; 6] = ["counter", "seen_ms", "holds_changes", "holds_records", "holds_files", "holds_bytes"];

/// Tables and folders with how much is in them and a hash over it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Holdings(BTreeMap<String, (usize, [u8; 32])>);

impl Holdings {
    pub(super) fn of(ground: &Ground) -> Result<Self, Trouble> {
        let db = look(&ground.store())?;
        let mut holdings = BTreeMap::new();
        let sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
        for table in texts(&db, sql)? {
            // A heads record over other changes than before is a new record, and the log says that it came: counted apart.
            let rows = match table.as_str() {
                "record" => "record WHERE kind <> 'wurao/heads'".to_owned(),
                "audit_entry" | "audit_node" => continue,
                // How much a phone has sent today, be it the same again.
                "brought_day" => continue,
                _ => table.clone(),
            };
            let columns = texts(&db, &format!("SELECT name FROM pragma_table_info('{table}')"))?;
            let kept: Vec<&str> = columns
                .iter()
                .map(String::as_str)
                .filter(|column| table != "device" || !COUNTERS.contains(column))
                .collect();
            holdings.insert(table, hash(&db, &kept.join(", "), &rows)?);
        }
        for folder in ["blobs", "parts"] {
            let mut files = Vec::new();
            list(&ground.data().join(folder), &mut files)?;
            files.sort();
            let mut all = Sha256::new();
            for file in &files {
                all.update(file.0.as_bytes());
                all.update(&file.1);
            }
            holdings.insert(folder.to_owned(), (files.len(), all.finalize().into()));
        }
        Ok(Self(holdings))
    }

    /// What is other than before.
    pub(super) fn differences(&self, before: &Self) -> Vec<String> {
        let mut found = Vec::new();
        for (name, now) in &self.0 {
            match before.0.get(name) {
                Some(then) if then == now => {}
                Some((then, _)) => found.push(format!("{name}: {then} before, {} now, not the same", now.0)),
                None => found.push(format!("{name}: not there before")),
            }
        }
        found
    }
}

/// How many entries the audit log has, and how many heads records there are: the one grows by the other.
pub(super) fn counted_apart(ground: &Ground) -> Result<(i64, i64), Trouble> {
    let sql = "SELECT (SELECT COUNT(*) FROM audit_entry), (SELECT COUNT(*) FROM record WHERE kind = 'wurao/heads')";
    look(&ground.store())?.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).doing("count entries")
}

fn texts(db: &Connection, sql: &str) -> Result<Vec<String>, Trouble> {
    let mut statement = db.prepare(sql).doing("read the schema")?;
    let rows = statement.query_map([], |row| row.get(0)).doing("read the schema")?;
    rows.collect::<Result<_, _>>().doing("read the schema")
}

fn hash(db: &Connection, columns: &str, rows: &str) -> Result<(usize, [u8; 32]), Trouble> {
    let doing = || format!("read {rows}");
    let mut statement = db.prepare(&format!("SELECT {columns} FROM {rows} ORDER BY {columns}")).doing(doing())?;
    let width = statement.column_count();
    let (mut all, mut count) = (Sha256::new(), 0);
    let mut rows = statement.query([]).doing(doing())?;
    while let Some(row) = rows.next().doing(doing())? {
        count += 1;
        for at in 0..width {
            let value = row.get_ref(at).doing(doing())?;
            let (kind, bytes) = match value {
                ValueRef::Null => (0, Vec::new()),
                ValueRef::Integer(number) => (1, number.to_be_bytes().to_vec()),
                ValueRef::Real(number) => (2, number.to_be_bytes().to_vec()),
                ValueRef::Text(text) => (3, text.to_vec()),
                ValueRef::Blob(bytes) => (4, bytes.to_vec()),
            };
            all.update([kind]);
            all.update((bytes.len() as u64).to_be_bytes());
            all.update(&bytes);
        }
    }
    Ok((count, all.finalize().into()))
}

fn list(folder: &Path, files: &mut Vec<(String, Vec<u8>)>) -> Result<(), Trouble> {
    for entry in std::fs::read_dir(folder).doing(format!("list {}", folder.display()))? {
        let path = entry.doing("list a folder")?.path();
        if path.is_dir() {
            list(&path, files)?;
        } else {
            files.push((path.display().to_string(), std::fs::read(&path).doing("read a file")?));
        }
    }
    Ok(())
}
