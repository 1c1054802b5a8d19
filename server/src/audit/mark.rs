//! The log's mark in every answer, and what a mark that comes back says of this server.
//!
//! A phone sends the mark it saw last. One that this server gave out and that does not fit its log was given out by a
//! past that is lost: the data were restored from a backup. Then a new epoch begins, and the phone offers again what it
//! was told was here. Marks carry a MAC, or anybody with a phone could call for that.

use super::nodes::{self, Kept};
use super::note;
use crate::store::Tx;
use crate::uploads::capability::authenticator;
use crate::{Error, Keys};
use hmac::{Hmac, Mac};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use sha2::Sha256;
use wurao_planted::{Bug, is as planted};
use wurao_protocol::DeviceId;
use wurao_protocol::audit::Event;
use wurao_protocol::cbor::Bytes;
use wurao_protocol::merkle::log::root;
use wurao_protocol::sync::LogMark;

/// Bytes of the root, and of the MAC after it.
const PART: usize = 8;

/// What of all that a phone was ever told is surely still here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Surely {
    /// What came about within so many entries of the log.
    pub(crate) entries: u64,
    /// The first bytes of the log's root then; none of an empty one.
    pub(crate) root: Option<[u8; PART]>,
}

/// The log's mark now.
pub(crate) fn mark(db: &Connection, keys: &Keys) -> Result<LogMark, Error> {
    let (epoch, size) = (epoch(db)?, nodes::size(db)?);
    let root = root(&Kept(db), size)?.0[..PART].to_vec();
    let mac = mac(keys, epoch, size, &root).finalize().into_bytes();
    Ok(LogMark { epoch, size, root: Bytes([&root[..], &mac[..PART]].concat()), kept: None })
}

/// Hears what a phone saw last, before anything else of its request is looked at. When that is of a past that is lost:
/// of all the phone was ever told, what came about within how many entries is surely still here.
pub(crate) fn listen(
    tx: &Tx<'_>,
    keys: &Keys,
    device: &DeviceId,
    seen: &LogMark,
    now_ms: i64,
) -> Result<Option<Surely>, Error> {
    if planted(Bug::RestoreUnnoticed) || seen.epoch == 0 || !is_ours(keys, seen) || fits(tx, seen)? {
        return Ok(None);
    }
    // The first to tell of this loss begins the epoch; others of the same past come later.
    if seen.epoch >= epoch(tx)? {
        begin(tx, seen.epoch.saturating_add(1), now_ms)?;
    }
    // Of no later epoch than it has seen, and the phone looks whether it was itself that witnessed this: one that lives twice may
    // have done so on its other half, in a past of its own.
    let sql = "SELECT c.size, c.root FROM witness w JOIN checkpoint c ON c.record = w.checkpoint \
               WHERE w.device = ?1 AND c.size <= ?2 AND c.epoch <= ?3 ORDER BY c.size DESC LIMIT 1";
    let limit = i64::try_from(seen.size).unwrap_or(i64::MAX);
    let row = |row: &Row<'_>| Ok((row.get::<_, i64>(0)? as u64, row.get::<_, Vec<u8>>(1)?));
    let found = tx.prepare_cached(sql)?.query_row(params![device.0, limit, seen.epoch], row).optional()?;
    Ok(Some(match found {
        Some((entries, root)) => Surely { entries, root: root.first_chunk().copied() },
        None => Surely { entries: 0, root: None },
    }))
}

/// Whether the log as it was at that size is a beginning of ours.
fn fits(db: &Connection, seen: &LogMark) -> Result<bool, Error> {
    Ok(seen.size <= nodes::size(db)? && root(&Kept(db), seen.size)?.0.starts_with(&seen.root.0[..PART]))
}

fn begin(tx: &Tx<'_>, epoch: u32, now_ms: i64) -> Result<(), Error> {
    tracing::warn!("a phone knows more than this server, which was restored from a backup: epoch {epoch} begins");
    let sql = "INSERT INTO audit_epoch (epoch, size, at_ms) VALUES (?1, ?2, ?3)";
    tx.execute(sql, params![epoch, nodes::size(tx)? as i64, now_ms])?;
    note(tx, Event::Epoch, &[&epoch.to_be_bytes()], "")
}

/// The epoch now.
pub(super) fn epoch(db: &Connection) -> Result<u32, Error> {
    Ok(db.prepare_cached("SELECT MAX(epoch) FROM audit_epoch")?.query_row([], |row| row.get(0))?)
}

fn is_ours(keys: &Keys, seen: &LogMark) -> bool {
    let Some((root, said)) = seen.root.0.split_at_checked(PART) else { return false };
    said.len() == PART && mac(keys, seen.epoch, seen.size, root).verify_truncated_left(said).is_ok()
}

fn mac(keys: &Keys, epoch: u32, size: u64, root: &[u8]) -> Hmac<Sha256> {
    let named = authenticator(&keys.uploads).chain_update(b"wurao log mark");
    named.chain_update(epoch.to_be_bytes()).chain_update(size.to_be_bytes()).chain_update(root)
}
