//! The phones, and what is still on them.

use crate::Error;
use crate::scope::Scope;
use rusqlite::{Connection, Row, params};
use wurao_protocol::DeviceId;

/// Announced and not here yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Missing {
    /// How many.
    pub count: u32,
    /// Their bytes together.
    pub bytes: u64,
}

/// One phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phone {
    /// Which.
    pub device: DeviceId,
    /// What people call it.
    pub name: String,
    /// The names of those who may work on it, one after the other.
    pub persons: String,
    /// Its last sync.
    pub seen_ms: Option<i64>,
    /// Thumbnails still on it.
    pub thumbnails: Missing,
    /// Renditions still on it.
    pub renditions: Missing,
    /// Originals still on it.
    pub originals: Missing,
    /// Changes of its people that are held.
    pub held: u32,
}

/// The phones of people whose own scope lies in this one, by name.
pub fn phones(db: &Connection, scope: &Scope) -> Result<Vec<Phone>, Error> {
    let missing = |blob: &str| {
        format!(
            "(SELECT COUNT(*) FROM evidence e WHERE e.device = d.id AND {absent}), \
             (SELECT COALESCE(SUM({blob}_bytes), 0) FROM evidence e WHERE e.device = d.id AND {absent})",
            absent = format_args!("NOT EXISTS (SELECT 1 FROM blob b WHERE b.sha256 = e.{blob})")
        )
    };
    let sql = format!(
        "SELECT d.id, d.name, d.seen_ms, {}, {}, {}, \
         (SELECT COUNT(*) FROM change c JOIN session s ON s.actor = c.actor WHERE s.device = d.id AND c.state = 'held') \
         FROM device d WHERE EXISTS (SELECT 1 FROM device_person dp JOIN person p ON p.id = dp.person \
         WHERE dp.device = d.id AND substr(p.scope, 1, length(?1)) = ?1) ORDER BY d.name, d.id",
        missing("thumbnail"),
        missing("rendition"),
        missing("original"),
    );
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query(params![scope.prefix()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(phone(db, row)?);
    }
    Ok(found)
}

fn phone(db: &Connection, row: &Row<'_>) -> Result<Phone, Error> {
    let device = DeviceId(row.get(0)?);
    let missing = |at: usize| -> Result<Missing, Error> {
        Ok(Missing { count: row.get(at)?, bytes: row.get::<_, i64>(at + 1)? as u64 })
    };
    Ok(Phone {
        device,
        name: row.get(1)?,
        persons: persons(db, &device)?.join("、"),
        seen_ms: row.get(2)?,
        thumbnails: missing(3)?,
        renditions: missing(5)?,
        originals: missing(7)?,
        held: row.get(9)?,
    })
}

fn persons(db: &Connection, device: &DeviceId) -> Result<Vec<String>, Error> {
    let sql =
        "SELECT p.name FROM device_person dp JOIN person p ON p.id = dp.person WHERE dp.device = ?1 ORDER BY p.name";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![device.0], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
