//! The log's tree as it is kept.

use crate::Error;
use rusqlite::{Connection, OptionalExtension, params};
use wurao_protocol::Digest;
use wurao_protocol::merkle::log::{Nodes, Size, root};

/// The nodes of the database.
pub(super) struct Kept<'a>(pub(super) &'a Connection);

impl Nodes for Kept<'_> {
    type Error = Error;

    fn node(&self, level: u8, at: u64) -> Result<Digest, Error> {
        let mut statement = self.0.prepare_cached("SELECT hash FROM audit_node WHERE level = ?1 AND place = ?2")?;
        let hash = statement.query_row(params![level, at as i64], |row| Ok(Digest(row.get(0)?))).optional()?;
        hash.ok_or(Error::Missing("a node of the audit log"))
    }
}

/// How many entries the log has.
pub(crate) fn size(db: &Connection) -> Result<u64, Error> {
    let sql = "SELECT COALESCE(MAX(position) + 1, 0) FROM audit_entry";
    Ok(db.prepare_cached(sql)?.query_row([], |row| row.get::<_, i64>(0))? as u64)
}

/// The log as it was when it had so many entries.
pub(super) fn at(db: &Connection, entries: u64) -> Result<Size, Error> {
    Ok(Size { entries, root: root(&Kept(db), entries)? })
}
