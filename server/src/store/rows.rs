//! The rows that several parts of the server write or look up.

use super::Tx;
use crate::{Error, audit};
use rusqlite::{Connection, OptionalExtension, Row, params};
use wurao_protocol::audit::Event;
use wurao_protocol::envelope::{Envelope, open};
use wurao_protocol::key::PublicKey;
use wurao_protocol::record::{Decision, Verdict};
use wurao_protocol::{DeviceId, Digest, DocumentId, PersonId, ServerId};
use wurao_record::Genesis;

/// The name of this data set; at the first start the fresh one.
pub(crate) fn server_id_or(tx: &Tx<'_>, fresh: &ServerId) -> Result<ServerId, Error> {
    tx.execute("INSERT INTO meta (name, value) VALUES ('server', ?1) ON CONFLICT DO NOTHING", params![fresh.0])?;
    Ok(ServerId(tx.query_row("SELECT value FROM meta WHERE name = 'server'", [], |row| row.get(0))?))
}

/// The public half of the key that signs records, once there is one.
pub(crate) fn records_key(db: &Connection) -> Result<Option<Vec<u8>>, Error> {
    Ok(db.query_row("SELECT value FROM meta WHERE name = 'records_key'", [], |row| row.get(0)).optional()?)
}

/// The server's name among devices, by that key: what is written at its page is signed with it.
pub(crate) fn own_device(db: &Connection) -> Result<Option<DeviceId>, Error> {
    let key = records_key(db)?.map(|key| PublicKey::from_bytes(&key)).transpose()?;
    Ok(key.map(|key| key.device()))
}

/// Keeps the public half of the key that signs records: from now on no other will do.
pub(crate) fn keep_records_key(tx: &Tx<'_>, public: &[u8]) -> Result<(), Error> {
    let sql = "INSERT INTO meta (name, value) VALUES ('records_key', ?1) ON CONFLICT DO NOTHING";
    tx.execute(sql, params![public])?;
    Ok(())
}

/// Keeps a record; whether it is new.
pub(crate) fn keep_record(
    tx: &Tx<'_>,
    envelope: &Envelope,
    bytes: &[u8],
    from: Option<DeviceId>,
    now_ms: i64,
) -> Result<bool, Error> {
    let sql = "INSERT INTO record (id, kind, bytes, device, received_ms) VALUES (?1, ?2, ?3, ?4, ?5) \
               ON CONFLICT DO NOTHING";
    let values = params![envelope.id.0, envelope.kind.name(), bytes, from.map(|device| device.0), now_ms];
    let new = tx.prepare_cached(sql)?.execute(values)? > 0;
    if new {
        audit::note(tx, Event::Record, &[&envelope.id.0], envelope.kind.name())?;
    }
    Ok(new)
}

/// Keeps a record of our own making and says its name.
pub(crate) fn keep_own(tx: &Tx<'_>, bytes: &[u8], now_ms: i64) -> Result<Digest, Error> {
    let envelope = open(bytes)?;
    keep_record(tx, &envelope, bytes, None, now_ms)?;
    Ok(envelope.id)
}

/// Whether a record is here.
pub(crate) fn has_record(db: &Connection, id: &Digest) -> Result<bool, Error> {
    Ok(db.prepare_cached("SELECT 1 FROM record WHERE id = ?1")?.exists(params![id.0])?)
}

/// The bytes of a record that must be here.
pub(crate) fn record_bytes(db: &Connection, id: &Digest) -> Result<Vec<u8>, Error> {
    let mut statement = db.prepare_cached("SELECT bytes FROM record WHERE id = ?1")?;
    let bytes = statement.query_row(params![id.0], |row| row.get(0)).optional()?;
    bytes.ok_or(Error::Missing("a record"))
}

/// Everyone who may see the document is told of a record, once.
pub(crate) fn feed_document(tx: &Tx<'_>, document: &DocumentId, record: &Digest) -> Result<(), Error> {
    let sql = "INSERT INTO feed (document, record) SELECT ?1, ?2 \
               WHERE NOT EXISTS (SELECT 1 FROM feed WHERE document = ?1 AND record = ?2)";
    tx.prepare_cached(sql)?.execute(params![document.0, record.0])?;
    Ok(())
}

/// One person is told of a record, once.
pub(crate) fn feed_person(tx: &Tx<'_>, person: &PersonId, record: &Digest) -> Result<(), Error> {
    let sql = "INSERT INTO feed (person, record) SELECT ?1, ?2 \
               WHERE NOT EXISTS (SELECT 1 FROM feed WHERE person = ?1 AND record = ?2)";
    tx.prepare_cached(sql)?.execute(params![person.0, record.0])?;
    Ok(())
}

/// Tells one person again of all they may know, as the feed has it: while they could not inspect they were told nothing.
pub(crate) fn feed_again(db: &Connection, person: &PersonId) -> Result<(), Error> {
    let sql = "UPDATE person SET fed_from = (SELECT COALESCE(MAX(position), 0) FROM feed) WHERE id = ?1";
    db.prepare_cached(sql)?.execute(params![person.0])?;
    let sql = "INSERT INTO feed (position, person, document, record, change) \
               SELECT (SELECT MAX(position) FROM feed) + ROW_NUMBER() OVER (ORDER BY first), ?1, document, record, change \
               FROM (SELECT MIN(position) AS first, document, record, change FROM feed WHERE person = ?1 \
               OR person IS NULL AND EXISTS (SELECT 1 FROM team t WHERE t.document = feed.document AND t.person = ?1 \
               AND feed.position > t.fed_from) \
               GROUP BY document, record, change)";
    db.prepare_cached(sql)?.execute(params![person.0])?;
    Ok(())
}

/// Somebody who joined the team is told of what was in the document's feed before. What they are told in between, the permit
/// before all, comes first: the document's own feed is theirs from here on (`team.fed_from`).
pub(crate) fn feed_whole_document(tx: &Tx<'_>, person: &PersonId, document: &DocumentId) -> Result<(), Error> {
    let sql =
        "UPDATE team SET fed_from = (SELECT COALESCE(MAX(position), 0) FROM feed) WHERE document = ?1 AND person = ?2";
    tx.prepare_cached(sql)?.execute(params![document.0, person.0])?;
    let sql = "INSERT INTO feed (person, document, record, change) SELECT ?1, document, record, change FROM feed \
               WHERE document = ?2 AND person IS NULL ORDER BY position";
    tx.prepare_cached(sql)?.execute(params![person.0, document.0])?;
    Ok(())
}

/// Somebody who may see a document no more is told what was decided on it while they did: they may not have asked since.
pub(crate) fn feed_decisions(tx: &Tx<'_>, person: &PersonId, document: &DocumentId) -> Result<(), Error> {
    let sql = "INSERT INTO feed (person, record) SELECT ?1, f.record FROM feed f JOIN decision d ON d.record = f.record \
               WHERE f.document = ?2 AND f.person IS NULL ORDER BY f.position";
    tx.prepare_cached(sql)?.execute(params![person.0, document.0])?;
    Ok(())
}

/// Keeps a receipt for what came from a phone, and tells those who work on it.
pub(crate) fn receipt(tx: &Tx<'_>, bytes: &[u8], device: DeviceId, now_ms: i64) -> Result<(), Error> {
    let envelope = open(bytes)?;
    // The device is noted: a revoked one is told of its own receipts and of nothing else.
    keep_record(tx, &envelope, bytes, Some(device), now_ms)?;
    let persons: Vec<PersonId> = {
        let mut statement = tx.prepare_cached("SELECT person FROM device_person WHERE device = ?1 ORDER BY person")?;
        let rows = statement.query_map(params![device.0], |row| Ok(PersonId(row.get(0)?)))?;
        rows.collect::<Result<_, _>>()?
    };
    persons.iter().try_for_each(|person| feed_person(tx, person, &envelope.id))
}

/// Every phone is told of a record.
pub(crate) fn feed_everyone(tx: &Tx<'_>, record: &Digest) -> Result<(), Error> {
    let sql = "INSERT INTO feed (record) VALUES (?1)";
    tx.prepare_cached(sql)?.execute(params![record.0])?;
    Ok(())
}

/// Keeps a signed decision, tells everyone who may see the document, and says its name.
pub(crate) fn decided(tx: &Tx<'_>, bytes: &[u8], decision: &Decision, now_ms: i64) -> Result<Digest, Error> {
    let record = keep_own(tx, bytes, now_ms)?;
    tx.execute(
        "INSERT INTO decision (record, document, verdict, person, reason, at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
         ON CONFLICT DO NOTHING",
        params![
            record.0,
            decision.document.0,
            verdict_code(decision.verdict),
            decision.by.map(|person| person.0),
            decision.reason,
            decision.at_ms,
        ],
    )?;
    feed_document(tx, &decision.document, &record)?;
    Ok(record)
}

/// How a verdict is called in the table of decisions.
pub(crate) fn verdict_code(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Closed => "closed",
        Verdict::Accepted => "accepted",
        Verdict::Declined => "declined",
        Verdict::Registered => "registered",
        Verdict::NotRegistered => "not-registered",
        Verdict::Voided => "voided",
        Verdict::Withdrawn => "withdrawn",
    }
}

/// Everyone who may see the document is told of a change.
pub(crate) fn feed_change(tx: &Tx<'_>, document: &DocumentId, change: &Digest) -> Result<(), Error> {
    tx.prepare_cached("INSERT INTO feed (document, change) VALUES (?1, ?2)")?.execute(params![document.0, change.0])?;
    Ok(())
}

/// Who works under an actor, and on which device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SessionRow {
    pub(crate) record: Digest,
    pub(crate) person: PersonId,
    pub(crate) device: DeviceId,
}

/// The session that opened an actor.
pub(crate) fn session(db: &Connection, actor: &[u8; 16]) -> Result<Option<SessionRow>, Error> {
    let mut statement = db.prepare_cached("SELECT record, person, device FROM session WHERE actor = ?1")?;
    let row = |row: &Row<'_>| {
        Ok(SessionRow { record: Digest(row.get(0)?), person: PersonId(row.get(1)?), device: DeviceId(row.get(2)?) })
    };
    Ok(statement.query_row(params![actor], row).optional()?)
}

/// Whether a person is on a document's team.
pub(crate) fn on_team(db: &Connection, document: &DocumentId, person: &PersonId) -> Result<bool, Error> {
    let mut statement = db.prepare_cached("SELECT 1 FROM team WHERE document = ?1 AND person = ?2")?;
    Ok(statement.exists(params![document.0, person.0])?)
}

/// Whether a person's work on a document is let in: of its team, and of who registered late there before a permit that came
/// back named a team without them. Nobody registers so any more once it is here, and what theirs is worth is asked of
/// each thing (`sync::rules`); refused it would take down with it what their colleagues wrote upon it.
pub(crate) fn has_part(db: &Connection, document: &DocumentId, person: &PersonId) -> Result<bool, Error> {
    if on_team(db, document, person)? {
        return Ok(true);
    }
    let mut statement = db.prepare_cached("SELECT 1 FROM late WHERE document = ?1 AND person = ?2")?;
    Ok(statement.exists(params![document.0, person.0])?)
}

/// What the server knows of an inspection beside its document.
#[derive(Clone, Debug)]
pub(crate) struct InspectionRow {
    pub(crate) document: DocumentId,
    pub(crate) checklist: Digest,
}

impl InspectionRow {
    /// The document's first change, which is never sent.
    pub(crate) fn genesis(&self) -> Genesis {
        Genesis::of(wurao_record::DocumentId(self.document.0), self.checklist.0)
    }
}

/// The inspection of a document, when a permit of ours leads to it.
pub(crate) fn inspection(db: &Connection, document: &DocumentId) -> Result<Option<InspectionRow>, Error> {
    let mut statement = db.prepare_cached("SELECT checklist FROM inspection WHERE document = ?1")?;
    let row = |row: &Row<'_>| Ok(InspectionRow { document: *document, checklist: Digest(row.get(0)?) });
    Ok(statement.query_row(params![document.0], row).optional()?)
}

/// Whether a blob is here whole.
pub(crate) fn has_blob(db: &Connection, sha256: &Digest) -> Result<bool, Error> {
    Ok(db.prepare_cached("SELECT 1 FROM blob WHERE sha256 = ?1")?.exists(params![sha256.0])?)
}
