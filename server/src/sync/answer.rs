//! What the device lacks: the feed after its cursor, and the blobs it has announced.

use super::cursor;
use super::devices::{Standing, WIPED};
use super::take::Opened;
use crate::Error;
use crate::store::bodies::Bodies;
use crate::store::rows;
use crate::uploads::capability::Wanted;
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::HashSet;
use wurao_planted::{Bug, is as planted};
use wurao_protocol::cbor::Bytes;
use wurao_protocol::frame::DocumentChanges;
use wurao_protocol::record::Kind;
use wurao_protocol::sync::{Feed, RequestHead};
use wurao_protocol::{DeviceId, Digest, DocumentId};

/// The most bytes of feed in one answer, whatever was asked for.
const MAX_FEED: usize = 4 << 20;
/// The most uploads offered in one answer; the rest is offered by the next.
const MAX_UPLOADS: usize = 64;

/// Who is answered, and where they are in the feed.
pub(super) struct Asked {
    pub(super) device: DeviceId,
    pub(super) standing: Standing,
    /// What they are told to do, in place of anything else.
    pub(super) order: Option<Vec<u8>>,
    /// What this request itself brought.
    pub(super) own: HashSet<Digest>,
    pub(super) cursor: Bytes,
    /// Bytes of feed they still want.
    pub(super) left: usize,
    /// Whether they were told the newest list of keys with a piece before.
    pub(super) told: bool,
}

impl Asked {
    /// Who asked, for as much as one answer may hold. A cursor of a past that is lost leads nowhere: what was fed anew since
    /// may by chance stand at the same place, and what came before it be another.
    pub(super) fn new(head: &RequestHead, opened: &Opened, order: Option<Vec<u8>>, own: HashSet<Digest>) -> Self {
        let left = (head.limit as usize).min(MAX_FEED);
        let cursor = if opened.kept.is_some() && !planted(Bug::LostCursorBelieved) {
            Bytes::default()
        } else {
            head.cursor.clone()
        };
        Self { device: head.device, standing: opened.standing, order, own, cursor, left, told: false }
    }
}

/// A piece of the feed.
pub(super) struct Piece {
    pub(super) feed: Feed,
    pub(super) cursor: Bytes,
    pub(super) more: bool,
    /// Bytes of it.
    pub(super) bytes: usize,
}

/// Reads the next piece of what is new to the device, leaving out what its request itself brought. A revoked one learns
/// nothing new but what became of its own work and what it is told to do.
pub(super) fn piece(db: &Connection, asked: &Asked, limit: usize) -> Result<Piece, Error> {
    match (asked.standing, &asked.order) {
        (Standing::Good, _) if inspects(db, &asked.device)? => news(db, asked, limit),
        // Who inspects no more is told what became of their own work, and no more than that.
        (Standing::Good | Standing::Revoked, None) => {
            let (feed, reached) = receipts(db, asked)?;
            Ok(Piece { feed, cursor: cursor::at(db, reached)?, more: false, bytes: 0 })
        }
        (Standing::Good | Standing::Revoked, Some(order)) => {
            let feed = Feed { records: vec![Bytes(order.clone())], ..Feed::default() };
            Ok(Piece { feed, cursor: Bytes(WIPED.to_vec()), more: false, bytes: 0 })
        }
    }
}

/// The blobs a device has announced and nobody has sent, as many as one answer offers, and whether there are more. The first of them;
/// each fourth request (`turn`) is offered others in turn, for a phone may have lost the files of the first.
pub(super) fn offered(
    db: &Connection,
    device: &DeviceId,
    originals: bool,
    turn: u64,
) -> Result<(Vec<Wanted>, bool), Error> {
    let of_others = turn % 4 == 3;
    let all = wanted(db, device, originals, (!of_others).then_some(MAX_UPLOADS + 1))?;
    let more = all.len() > MAX_UPLOADS;
    let pages = all.len().div_ceil(MAX_UPLOADS).max(1) as u64;
    let page = if of_others { (turn / 4 % pages) as usize } else { 0 };
    Ok((all.into_iter().skip(page * MAX_UPLOADS).take(MAX_UPLOADS).collect(), more))
}

fn news(db: &Connection, asked: &Asked, limit: usize) -> Result<Piece, Error> {
    // A row for nobody in particular is a list of permit keys, and only the newest is of use: see `newest_trust`.
    let is_later = if planted(Bug::PermitBehind) { "1" } else { IS_LATER };
    let sql = format!(
        "SELECT position, document, record, change, {RENEWED} FROM feed WHERE position > ?1 AND EXISTS (SELECT 1 FROM ({AT_WORK}) w \
         WHERE feed.position > w.fed_from AND (feed.person = w.person OR feed.person IS NULL \
         AND (?3 OR EXISTS (SELECT 1 FROM team t WHERE t.document = feed.document AND t.person = w.person \
         AND feed.position > t.fed_from)))) \
         AND NOT EXISTS (SELECT 1 FROM superseded s WHERE s.record = feed.record AND {is_later}) ORDER BY position"
    );
    let last: i64 = db.query_row("SELECT COALESCE(MAX(position), 0) FROM feed", [], |row| row.get(0))?;
    let mut statement = db.prepare_cached(&sql)?;
    let mut reached = cursor::position(db, &asked.cursor)?;
    let trust = if asked.told { None } else { newest_trust(db, reached)? };
    let mut rows = statement.query(params![reached, asked.device.0, planted(Bug::ForeignFeed)])?;
    let (mut page, mut bodies) = (Page::default(), Bodies::of(db));
    page.feed.records.extend(trust.map(Bytes));
    let mut renewed = HashSet::new();
    while let Some(row) = rows.next()? {
        let item = Item::of(row)?;
        if planted(Bug::SessionsUnfed) && item.is_session(db)? {
            continue;
        }
        // Where it was signed it does not come once more.
        let again = if item.renewed { !renewed.insert(item.name) } else { renewed.contains(&item.name) };
        if !again && !asked.own.contains(&item.name) {
            let bytes = item.bytes(db, &mut bodies)?;
            if page.bytes > 0 && page.bytes + bytes.len() > limit {
                return Ok(Piece {
                    feed: page.feed,
                    cursor: cursor::at(db, if planted(Bug::CursorSkips) { last } else { reached })?,
                    more: true,
                    bytes: page.bytes,
                });
            }
            page.add(&item, bytes);
        }
        reached = item.position;
    }
    // Nothing more for this device up to here: the rows of others need not be looked at again.
    Ok(Piece { feed: page.feed, cursor: cursor::at(db, last)?, more: false, bytes: page.bytes })
}

/// Who works on a device and inspects: `?2` is the device. Who comes back is fed anew (`rows::feed_again`).
const AT_WORK: &str = "SELECT dp.person, p.fed_from FROM device_person dp JOIN person p ON p.id = dp.person \
                       WHERE dp.device = ?2 AND p.disabled_ms IS NULL \
                       AND EXISTS (SELECT 1 FROM role_grant g WHERE g.person = dp.person AND g.role = 'inspector')";

/// The permit as it is now, for the row of one that was signed anew since: whoever reads from the beginning is told of it before
/// what was written under it.
const RENEWED: &str =
    "(SELECT i.record FROM superseded s JOIN inspection i ON i.permit = s.permit WHERE s.record = feed.record)";

/// Whether an earlier row that this person is fed has been that permit already.
const IS_LATER: &str = "(s.permit IS NULL OR EXISTS (SELECT 1 FROM superseded t \
                        JOIN feed e ON e.person = feed.person AND e.record = t.record \
                        WHERE t.permit = s.permit AND e.position < feed.position \
                        AND e.position > (SELECT p.fed_from FROM person p WHERE p.id = feed.person)))";

/// Whether anybody does.
fn inspects(db: &Connection, device: &DeviceId) -> Result<bool, Error> {
    let sql = AT_WORK.replace("?2", "?1");
    Ok(db.prepare_cached(&sql)?.exists(params![device.0])?)
}

/// The receipts for what this device itself has brought: names of things it has, and how they stand. Of one that was
/// not revoked also the list of keys: it says that this phone shows permits no more.
fn receipts(db: &Connection, asked: &Asked) -> Result<(Feed, i64), Error> {
    let reached = cursor::position(db, &asked.cursor)?;
    let last: i64 = db.query_row("SELECT COALESCE(MAX(position), 0) FROM feed", [], |row| row.get(0))?;
    // One that is fed to two people of the phone comes twice and is kept once.
    let sql = "SELECT DISTINCT r.bytes FROM feed f JOIN record r ON r.id = f.record \
               WHERE f.position > ?1 AND r.device = ?2 AND r.kind = ?3";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![reached, asked.device.0, Kind::Receipt.name()], |row| row.get(0))?;
    let list = if asked.standing == Standing::Good { newest_trust(db, reached)? } else { None };
    let mut records: Vec<Bytes> = list.map(Bytes).into_iter().collect();
    for bytes in rows {
        records.push(Bytes(bytes?));
    }
    Ok((Feed { records, ..Feed::default() }, last))
}

/// The newest list of permit keys and withdrawals, when it came after this position. It goes first, before the permits
/// that it speaks of; older ones say nothing any more.
fn newest_trust(db: &Connection, after: i64) -> Result<Option<Vec<u8>>, Error> {
    let sql = "SELECT r.bytes FROM trust_list t JOIN record r ON r.id = t.record \
               JOIN feed f ON f.record = t.record AND f.person IS NULL AND f.document IS NULL \
               WHERE t.sequence = (SELECT MAX(sequence) FROM trust_list) AND f.position > ?1";
    Ok(db.prepare_cached(sql)?.query_row(params![after], |row| row.get(0)).optional()?)
}

/// A row of the feed.
struct Item {
    position: i64,
    /// None for a record.
    document: Option<DocumentId>,
    name: Digest,
    /// A permit in the place of an earlier one.
    renewed: bool,
}

impl Item {
    fn of(row: &Row<'_>) -> Result<Self, Error> {
        let (position, newest): (i64, Option<[u8; 32]>) = (row.get(0)?, row.get(4)?);
        let (renewed, record) = (newest.is_some(), newest.or(row.get(2)?));
        Ok(match record {
            Some(record) => Self { position, document: None, name: Digest(record), renewed },
            None => Self { position, document: Some(DocumentId(row.get(1)?)), name: Digest(row.get(3)?), renewed },
        })
    }

    /// Whether it says who writes under an actor.
    fn is_session(&self, db: &Connection) -> Result<bool, Error> {
        let sql = "SELECT 1 FROM record WHERE id = ?1 AND kind = ?2";
        Ok(db.prepare_cached(sql)?.exists(params![self.name.0, Kind::Session.name()])?)
    }

    fn bytes(&self, db: &Connection, bodies: &mut Bodies<'_>) -> Result<Vec<u8>, Error> {
        let Some(document) = self.document else {
            return rows::record_bytes(db, &self.name);
        };
        bodies.read(&document, &self.name)?.ok_or(Error::Missing("a change"))
    }
}

/// One answer's share of the feed.
#[derive(Default)]
struct Page {
    feed: Feed,
    bytes: usize,
}

impl Page {
    fn add(&mut self, item: &Item, bytes: Vec<u8>) {
        self.bytes += bytes.len();
        let Some(document) = item.document else {
            self.feed.records.push(Bytes(bytes));
            return;
        };
        match self.feed.documents.iter_mut().find(|entry| entry.document == document) {
            Some(entry) => entry.changes.push(Bytes(bytes)),
            None => self.feed.documents.push(DocumentChanges { document, heads: None, changes: vec![Bytes(bytes)] }),
        }
    }
}

/// What the device has announced and nobody has sent: all thumbnails first, for they tell the most for the least. At most
/// so many; all of it without a limit.
pub(crate) fn wanted(
    db: &Connection,
    device: &DeviceId,
    originals: bool,
    most: Option<usize>,
) -> Result<Vec<Wanted>, Error> {
    let sql = "SELECT sha256, bytes, media_type FROM ( \
               SELECT thumbnail AS sha256, thumbnail_bytes AS bytes, 'image/jpeg' AS media_type, 1 AS step, sequence \
               FROM evidence WHERE device = ?1 UNION ALL \
               SELECT rendition, rendition_bytes, 'image/jpeg', 2, sequence FROM evidence WHERE device = ?1 UNION ALL \
               SELECT original, original_bytes, media_type, 3, sequence FROM evidence WHERE device = ?1 AND ?2 \
               ) w WHERE NOT EXISTS (SELECT 1 FROM blob b WHERE b.sha256 = w.sha256) ORDER BY step, sequence LIMIT ?3";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![device.0, originals, most.map_or(i64::MAX, |most| most as i64)], |row| {
        Ok(Wanted {
            sha256: Digest(row.get(0)?),
            bytes: row.get::<_, i64>(1)? as u64,
            media_type: row.get(2)?,
            device: *device,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
