//! The server's pasts that were lost. A server that is set back goes on from an earlier moment, and what it said since is of a
//! past that it no longer has; it may even be set back to one that it had lost before, when an old backup was put in place first and
//! the right one later. So how many entries a log had when something was told means nothing without the past it is of.

use super::meta;
use crate::error::Error;
use rusqlite::{Connection, Transaction};
use wurao_planted::{Bug, is as planted};
use wurao_protocol::cbor;

const LOST: &str = "lost-pasts";

/// Pasts up to an epoch, and how many entries of them were kept.
type Loss = (u32, u64);

/// Notes that of all pasts up to this epoch only so many entries are there.
pub(crate) fn lose(tx: &Transaction<'_>, epoch: u32, kept: u64) -> Result<(), Error> {
    let mut losses = losses(tx)?;
    // What was lost of earlier ones was lost of this one too, which stands on them: only a smaller rest says more.
    losses.retain(|(earlier, rest)| *earlier > epoch || *rest < kept);
    losses.push((epoch, kept));
    meta::set(tx, LOST, &cbor::encode(&losses))
}

/// Of the past that was seen in an epoch, and of whatever was told since, how many entries every past since then has.
pub(crate) fn common(connection: &Connection, epoch: u32) -> Result<u64, Error> {
    if planted(Bug::LostPastBelieved) {
        return Ok(u64::MAX);
    }
    let since = losses(connection)?.into_iter().filter(|(lost, _)| *lost >= epoch);
    Ok(since.map(|(_, kept)| kept).min().unwrap_or(u64::MAX))
}

fn losses(connection: &Connection) -> Result<Vec<Loss>, Error> {
    Ok(match meta::get(connection, LOST)? {
        Some(bytes) => cbor::decode(&bytes)?,
        None => Vec::new(),
    })
}
