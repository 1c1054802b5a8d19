//! What this phone holds that the server lacks, and still can be given.

use super::log::{RESTORED, wanting};
use super::{meta, standing};
use crate::error::Error;
use rusqlite::Connection;
use wurao_planted::{Bug, is as planted};
use wurao_protocol::sync::Holds;

/// All of it. What the server has refused is not counted, for it will never take it: but what a server that was set back has refused
/// for want of what its office may still enter anew.
pub(crate) fn all(connection: &Connection) -> Result<Holds, Error> {
    let count = |sql: &str| -> Result<(i64, i64), Error> {
        Ok(connection.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?)
    };
    let (own, _) = count("SELECT count(*), 0 FROM change WHERE standing IN ('unsent', 'waiting')")?;
    // What stands on a colleague's work that was not taken from this phone, nobody takes from it; who wrote it has it too.
    let handed = standing::handed(connection)?;
    // A heads record that was not taken covers changes that are counted themselves; a witness is no work of people. What a
    // colleague said of work that was never here, the server takes when it has that work; who wrote it has it too.
    let (records, _) = count(
        "SELECT count(*), 0 FROM record WHERE (standing IN ('unsent', 'waiting')
         OR standing = 'handed' AND problem IS NOT 'unknown-dependency')
         AND kind NOT IN ('wurao/heads', 'wurao/witness')",
    )?;
    let (files, bytes) = count(
        "SELECT count(*), coalesce(sum(bytes), 0) FROM blob WHERE uploaded = 0 AND problem IS NULL AND NOT EXISTS
               (SELECT 1 FROM record WHERE record.id = blob.entry AND record.standing = 'refused')",
    )?;
    // Photos whose thumbnail and rendition are still to be made.
    let (unmade, more) =
        count("SELECT count(*), coalesce(sum(bytes), 0) FROM photo WHERE entry IS NULL AND problem IS NULL")?;
    let (mut changes, mut records) = (own as u32 + handed, records as u32);
    if meta::get(connection, RESTORED)?.is_some() && !planted(Bug::WantingForgotten) {
        let wanting = format!("standing IN ('refused', 'unrelayed') AND problem IN ({})", wanting());
        changes += count(&format!("SELECT count(*), 0 FROM change WHERE {wanting}"))?.0 as u32;
        records += count(&format!("SELECT count(*), 0 FROM record WHERE {wanting}"))?.0 as u32;
    }
    Ok(Holds { changes, records, files: (files + unmade) as u32, bytes: (bytes + more) as u64 })
}
