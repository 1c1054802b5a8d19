//! Permits as they count, and the list of what to believe of them.

use super::{RecordRow, meta, records};
use crate::error::Error;
use rusqlite::{Connection, OptionalExtension, Transaction};
use wurao_protocol::PermitId;
use wurao_protocol::envelope::{self, Envelope};
use wurao_protocol::permit::Permit;
use wurao_protocol::record::TrustList;

const TRUST_LIST: &str = "trust-list";

/// A permit with the record it stands in.
pub(crate) struct HeldPermit {
    pub(crate) envelope: Envelope,
    pub(crate) permit: Permit,
    /// The whole record, to be shown.
    pub(crate) bytes: Vec<u8>,
}

impl HeldPermit {
    fn read(bytes: Vec<u8>) -> Result<Self, Error> {
        let opened = envelope::open_as::<Permit>(&bytes)?;
        Ok(Self { envelope: opened.envelope, permit: opened.body, bytes })
    }
}

/// The newest signature of a permit.
pub(crate) fn get(connection: &Connection, id: &PermitId) -> Result<Option<HeldPermit>, Error> {
    connection
        .prepare_cached("SELECT bytes FROM record WHERE id = (SELECT record FROM permit WHERE id = ?1)")?
        .query_row([id.0], |row| row.get(0))
        .optional()?
        .map(HeldPermit::read)
        .transpose()
}

/// Every permit, by its name: there may be a thousand, and only one at a time need be in memory whole.
pub(crate) fn ids(connection: &Connection) -> Result<Vec<PermitId>, Error> {
    let mut statement = connection.prepare_cached("SELECT id FROM permit")?;
    let rows = statement.query_map([], |row| Ok(PermitId(row.get(0)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Keeps a permit; one that was signed earlier than what is here replaces nothing. Whether its record is new.
pub(crate) fn keep(tx: &Transaction<'_>, permit: &Permit, record: &RecordRow) -> Result<bool, Error> {
    let new = records::keep_received(tx, record)?;
    tx.prepare_cached(
        "INSERT INTO permit (id, record, issued_s) VALUES (?1, ?2, ?3)
         ON CONFLICT (id) DO UPDATE SET record = excluded.record, issued_s = excluded.issued_s
         WHERE excluded.issued_s >= permit.issued_s",
    )?
    .execute((permit.id.0, record.id.0, permit.issued_s))?;
    Ok(new)
}

/// The list in force.
pub(crate) fn trust(connection: &Connection) -> Result<Option<TrustList>, Error> {
    meta::get(connection, TRUST_LIST)?.map(|bytes| Ok(envelope::open_as::<TrustList>(&bytes)?.body)).transpose()
}

/// The same as it came.
pub(crate) fn trust_record(connection: &Connection) -> Result<Option<Vec<u8>>, Error> {
    meta::get(connection, TRUST_LIST)
}

/// Puts a list in force.
pub(crate) fn set_trust(tx: &Transaction<'_>, record: &[u8]) -> Result<(), Error> {
    meta::set(tx, TRUST_LIST, record)
}

/// Something set aside.
pub(crate) struct SetAside {
    pub(crate) position: i64,
    pub(crate) bytes: Vec<u8>,
}

/// What was set aside for this reason, oldest first.
pub(crate) fn set_aside(connection: &Connection, problem: &str) -> Result<Vec<SetAside>, Error> {
    let mut statement =
        connection.prepare_cached("SELECT position, bytes FROM quarantine WHERE problem = ?1 ORDER BY position")?;
    let rows = statement.query_map([problem], |row| Ok(SetAside { position: row.get(0)?, bytes: row.get(1)? }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// It was taken up again.
pub(crate) fn taken_up(tx: &Transaction<'_>, position: i64) -> Result<(), Error> {
    tx.prepare_cached("DELETE FROM quarantine WHERE position = ?1")?.execute([position])?;
    Ok(())
}
