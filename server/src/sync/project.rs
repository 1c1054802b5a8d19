//! What accepting a change does: its ops come into force, and everyone who may see the document is told.

use crate::Error;
use crate::store::read::OPS_OF_CHANGE;
use crate::store::{Tx, rows};
use rusqlite::{Connection, Row, params};
use wurao_protocol::{Digest, DocumentId};
use wurao_record::{ActorId, preds_from_bytes};

/// Brings a change into force. Its dependencies are in force already, so no accepted op overwrites its ops yet.
pub(super) fn accept(tx: &Tx<'_>, document: &DocumentId, change: &Digest, actor: &ActorId) -> Result<(), Error> {
    let ops = {
        let sql = format!("SELECT o.counter, o.preds FROM {OPS_OF_CHANGE} WHERE c.document = ?1 AND c.hash = ?2");
        let mut statement = tx.prepare_cached(&sql)?;
        let row = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?));
        statement.query_map(params![document.0, change.0], row)?.collect::<Result<Vec<_>, _>>()?
    };
    let mut set = tx.prepare_cached("UPDATE op SET live = ?4 WHERE document = ?1 AND counter = ?2 AND actor = ?3")?;
    for (counter, preds) in ops {
        for pred in preds_from_bytes(&preds)? {
            set.execute(params![document.0, pred.counter as i64, pred.actor.0, 0])?;
        }
        set.execute(params![document.0, counter, actor.0, 1])?;
    }
    introduce(tx, document, &actor.0)?;
    rows::feed_change(tx, document, change)
}

/// Before anything by an actor comes the proof of who that is: person, device, session.
pub(super) fn introduce(tx: &Tx<'_>, document: &DocumentId, actor: &[u8; 16]) -> Result<(), Error> {
    // Most are known there, and one question is quicker than three tries.
    let sql = "SELECT p.record, d.record, s.record, \
               EXISTS (SELECT 1 FROM feed f WHERE f.document = ?2 AND f.record = p.record), \
               EXISTS (SELECT 1 FROM feed f WHERE f.document = ?2 AND f.record = d.record), \
               EXISTS (SELECT 1 FROM feed f WHERE f.document = ?2 AND f.record = s.record) \
               FROM session s JOIN person p ON p.id = s.person JOIN device d ON d.id = s.device WHERE s.actor = ?1";
    let row = |row: &Row<'_>| {
        let of = |at| Ok::<_, rusqlite::Error>((row.get::<_, [u8; 32]>(at)?, row.get::<_, bool>(at + 3)?));
        Ok([of(0)?, of(1)?, of(2)?])
    };
    let records = tx.prepare_cached(sql)?.query_row(params![actor, document.0], row)?;
    let new = records.iter().filter(|(_, told)| !told);
    new.map(|(record, _)| Digest(*record)).try_for_each(|record| rows::feed_document(tx, document, &record))
}

/// The accepted changes that no accepted change depends on, sorted.
pub(crate) fn accepted_heads(db: &Connection, document: &DocumentId) -> Result<Vec<Digest>, Error> {
    let sql = "SELECT hash FROM change c WHERE document = ?1 AND state = 'accepted' AND NOT EXISTS \
               (SELECT 1 FROM dependency d JOIN change n ON n.document = d.document AND n.hash = d.change \
               WHERE d.document = c.document AND d.dependency = c.hash AND n.state = 'accepted') ORDER BY hash";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![document.0], |row| Ok(Digest(row.get(0)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
