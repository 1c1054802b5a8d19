//! The log's tree as it is kept.

use crate::Error;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeMap;
use wurao_protocol::Digest;
use wurao_protocol::merkle::log::{self, Node, Nodes, Size, root};

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

/// Where the log has grown in one write: what it grows by next is found from the last node of each level alone.
#[derive(Default)]
pub(crate) struct Edge {
    size: Option<u64>,
    last: BTreeMap<u8, (u64, Digest)>,
}

impl Edge {
    /// The nodes that one more entry completes, and where it stands.
    pub(super) fn grow(&mut self, db: &Connection, leaf: Digest) -> Result<(u64, Vec<Node>), Error> {
        let at = match self.size {
            Some(size) => size,
            None => size(db)?,
        };
        let grown = log::grow(&Known { edge: self, kept: Kept(db) }, at, leaf)?;
        self.size = Some(at + 1);
        self.last.extend(grown.iter().map(|(level, place, hash)| (*level, (*place, *hash))));
        Ok((at, grown))
    }
}

/// The nodes of the edge, and for all others the database.
struct Known<'a> {
    edge: &'a Edge,
    kept: Kept<'a>,
}

impl Nodes for Known<'_> {
    type Error = Error;

    fn node(&self, level: u8, at: u64) -> Result<Digest, Error> {
        match self.edge.last.get(&level) {
            Some((place, hash)) if *place == at => Ok(*hash),
            _ => self.kept.node(level, at),
        }
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
