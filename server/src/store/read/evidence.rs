//! Photos: what was announced, what has arrived, and whether the device's chain is whole.

use super::body;
use crate::Error;
use crate::scope::Scope;
use rusqlite::{Connection, params};
use wurao_protocol::record::EvidenceEntry;
use wurao_protocol::{DeviceId, Digest, DocumentId};

/// How an entry hangs on the one before it in its device's chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// It names the entry before it, or is the first.
    Whole,
    /// The entry before it is not here.
    Gap,
    /// It names another entry than the one that is here.
    Broken,
}

/// Which files of a photo are here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Arrived {
    /// The thumbnail.
    pub thumbnail: bool,
    /// The rendition.
    pub rendition: bool,
    /// The original.
    pub original: bool,
}

/// One photo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceInfo {
    /// Its record.
    pub record: Digest,
    /// What the phone signed.
    pub entry: EvidenceEntry,
    /// Who took it.
    pub name: String,
    /// The phone.
    pub device: DeviceId,
    /// What people call the phone.
    pub device_name: String,
    /// When the entry arrived.
    pub received_ms: i64,
    /// What has arrived since.
    pub arrived: Arrived,
    /// How it hangs on the entry before.
    pub link: Link,
}

/// The photos of a document, by device and place in its chain.
pub fn evidence(db: &Connection, document: &DocumentId) -> Result<Vec<EvidenceInfo>, Error> {
    let sql = "SELECT e.record, r.bytes, p.name, d.id, d.name, r.received_ms, \
               EXISTS (SELECT 1 FROM blob b WHERE b.sha256 = e.thumbnail), \
               EXISTS (SELECT 1 FROM blob b WHERE b.sha256 = e.rendition), \
               EXISTS (SELECT 1 FROM blob b WHERE b.sha256 = e.original), \
               (SELECT before.record FROM evidence before WHERE before.device = e.device \
                AND before.sequence = e.sequence - 1) \
               FROM evidence e JOIN record r ON r.id = e.record JOIN person p ON p.id = e.person \
               JOIN device d ON d.id = e.device WHERE e.document = ?1 AND e.held = 0 ORDER BY e.device, e.sequence";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![document.0])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let entry: EvidenceEntry = body(&row.get::<_, Vec<u8>>(1)?)?;
        let before = row.get::<_, Option<[u8; 32]>>(9)?.map(Digest);
        found.push(EvidenceInfo {
            record: Digest(row.get(0)?),
            link: link(&entry, before),
            entry,
            name: row.get(2)?,
            device: DeviceId(row.get(3)?),
            device_name: row.get(4)?,
            received_ms: row.get(5)?,
            arrived: Arrived { thumbnail: row.get(6)?, rendition: row.get(7)?, original: row.get(8)? },
        });
    }
    Ok(found)
}

fn link(entry: &EvidenceEntry, before: Option<Digest>) -> Link {
    match (entry.sequence, before) {
        (1, _) if entry.previous.is_none() => Link::Whole,
        (1, _) => Link::Broken,
        (_, None) => Link::Gap,
        (_, before) if before == entry.previous => Link::Whole,
        _ => Link::Broken,
    }
}

/// Whether a blob is here and belongs to an inspection in the scope; its file is `Files::blob`.
pub fn sees_blob(db: &Connection, scope: &Scope, sha256: &Digest) -> Result<bool, Error> {
    let sql = "SELECT 1 FROM blob b WHERE b.sha256 = ?2 AND EXISTS (SELECT 1 FROM evidence e \
               JOIN inspection i ON i.document = e.document JOIN site s ON s.id = i.site \
               WHERE ?2 IN (e.thumbnail, e.rendition, e.original) AND substr(s.division, 1, length(?1)) = ?1 \
               AND (?3 IS NULL OR i.body = ?3))";
    Ok(db.prepare_cached(sql)?.exists(params![scope.prefix(), sha256.0, scope.body_bytes()])?)
}
