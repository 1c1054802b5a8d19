//! Whether tables say what the signed records say that they were read from: who left, what was photographed, begun late or voided,
//! who decided, what people are called, which states of the log were signed and witnessed.

use super::verify::Altered;
use crate::Error;
use crate::store::rows::verdict_code;
use rusqlite::types::Value;
use rusqlite::{Connection, params};
use std::collections::HashMap;
use wurao_protocol::Digest;
use wurao_protocol::envelope::open_as;
use wurao_protocol::record::{
    Checkpoint, Decision, EvidenceEntry, Kind, Late, Leave, Person, RecordBody, Session, Void, Witness,
};

/// A table that is read from records of one kind.
struct Table {
    name: &'static str,
    kind: Kind,
    /// Columns beside the record's name, and what they say by its bytes.
    columns: &'static str,
    said: fn(&[u8]) -> Option<Vec<Value>>,
    /// Whether each record of the kind has its row; else it is the newest of several.
    each: bool,
    /// Whether what it holds may be kept apart.
    apart: bool,
    /// Whether it names the phone that signed; that a record is of that one is told by its signature.
    phone: bool,
}

/// The first that a table says otherwise than its record, by the last word on what is kept apart.
pub(super) fn compare(db: &Connection, apart: &HashMap<Vec<u8>, String>) -> Result<Option<Altered>, Error> {
    for table in &TABLES {
        if let Some(altered) = table.compare(db, apart)? {
            return Ok(Some(altered));
        }
    }
    for (what, sql) in LOOSE {
        let mut statement = db.prepare(sql)?;
        if let Some(row) = statement.query([])?.next()? {
            return Ok(Some(Altered::Untold(what, hex::encode(row.get::<_, Vec<u8>>(0)?))));
        }
    }
    Ok(None)
}

/// What stands on nothing.
const LOOSE: [(&str, &str); 3] = [
    (
        "change without its session",
        "SELECT hash FROM change c WHERE NOT EXISTS (SELECT 1 FROM session s WHERE s.actor = c.actor) LIMIT 1",
    ),
    (
        "change without its inspection",
        "SELECT hash FROM change c WHERE NOT EXISTS (SELECT 1 FROM inspection i WHERE i.document = c.document) LIMIT 1",
    ),
    (
        // None comes into force, or is held, without one.
        "change without a signature over it",
        "SELECT hash FROM change WHERE state <> 'waiting' AND covered = 0 LIMIT 1",
    ),
];

const TABLES: [Table; 9] = [
    Table {
        name: "session",
        kind: Kind::Session,
        columns: "actor, person, device",
        said: |bytes| {
            let session: Session = body(bytes)?;
            Some(vec![blob(&session.actor), blob(&session.person.0), blob(&session.device.0)])
        },
        each: true,
        apart: false,
        phone: false,
    },
    Table {
        name: "evidence",
        kind: Kind::Evidence,
        columns: "document, person, sequence, previous, original, original_bytes, rendition, rendition_bytes, thumbnail, \
                  thumbnail_bytes, media_type",
        said: |bytes| {
            let entry: EvidenceEntry = body(bytes)?;
            Some(vec![
                blob(&entry.document.0),
                blob(&entry.person.0),
                Value::Integer(entry.sequence as i64),
                entry.previous.map_or(Value::Null, |previous| blob(&previous.0)),
                blob(&entry.original.sha256.0),
                Value::Integer(entry.original.bytes as i64),
                blob(&entry.rendition.blob.sha256.0),
                Value::Integer(entry.rendition.blob.bytes as i64),
                blob(&entry.thumbnail.blob.sha256.0),
                Value::Integer(entry.thumbnail.blob.bytes as i64),
                Value::Text(entry.media_type),
            ])
        },
        each: true,
        apart: true,
        phone: true,
    },
    Table {
        name: "leave",
        kind: Kind::Leave,
        columns: "document, person, heads, wall_ms",
        said: |bytes| {
            let leave: Leave = body(bytes)?;
            let heads: Vec<u8> = leave.heads.iter().flat_map(|head| head.0).collect();
            Some(vec![
                blob(&leave.document.0),
                blob(&leave.person.0),
                Value::Blob(heads),
                Value::Integer(leave.at.wall_ms),
            ])
        },
        each: true,
        apart: true,
        phone: true,
    },
    Table {
        name: "void",
        kind: Kind::Void,
        columns: "document, person, reason, wall_ms",
        said: |bytes| {
            let void: Void = body(bytes)?;
            Some(vec![
                blob(&void.document.0),
                blob(&void.person.0),
                Value::Text(void.reason.trim().to_owned()),
                Value::Integer(void.at.wall_ms),
            ])
        },
        each: true,
        apart: true,
        phone: true,
    },
    Table {
        name: "late",
        kind: Kind::Late,
        columns: "document, person, cause, reason, standing, filed_ms",
        said: |bytes| {
            let late: Late = body(bytes)?;
            Some(vec![
                blob(&late.document.0),
                blob(&late.person.0),
                Value::Text(late.cause.code().to_owned()),
                Value::Text(late.reason.trim().to_owned()),
                Value::Text(late.standing),
                Value::Integer(late.at.wall_ms),
            ])
        },
        each: true,
        apart: false,
        phone: true,
    },
    Table {
        name: "decision",
        kind: Kind::Decision,
        columns: "document, verdict, person, reason, at_ms",
        said: |bytes| {
            let decision: Decision = body(bytes)?;
            Some(vec![
                blob(&decision.document.0),
                Value::Text(verdict_code(decision.verdict).to_owned()),
                decision.by.map_or(Value::Null, |person| blob(&person.0)),
                decision.reason.map_or(Value::Null, Value::Text),
                Value::Integer(decision.at_ms),
            ])
        },
        each: true,
        apart: false,
        phone: false,
    },
    Table {
        name: "person",
        kind: Kind::Person,
        columns: "id, name, body",
        said: |bytes| {
            let person: Person = body(bytes)?;
            Some(vec![blob(&person.id.0), Value::Text(person.name), blob(&person.body.0)])
        },
        each: false,
        apart: false,
        phone: false,
    },
    Table {
        name: "checkpoint",
        kind: Kind::Checkpoint,
        columns: "epoch, size, root, at_ms",
        said: |bytes| {
            let Checkpoint { epoch, size, root, at_ms } = body(bytes)?;
            Some(vec![Value::Integer(epoch.into()), Value::Integer(size as i64), blob(&root.0), Value::Integer(at_ms)])
        },
        each: true,
        apart: false,
        phone: false,
    },
    Table {
        name: "witness",
        kind: Kind::Witness,
        columns: "checkpoint",
        said: |bytes| {
            let witness: Witness = body(bytes)?;
            Some(vec![blob(&witness.checkpoint.0)])
        },
        each: true,
        apart: false,
        phone: true,
    },
];

impl Table {
    fn compare(&self, db: &Connection, apart: &HashMap<Vec<u8>, String>) -> Result<Option<Altered>, Error> {
        let Self { name, columns, .. } = self;
        let mut columns: Vec<&str> = columns.split(", ").collect();
        columns.extend(self.apart.then_some("held"));
        columns.extend(self.phone.then_some("device"));
        let join = if self.each { "LEFT JOIN" } else { "JOIN" };
        let sql = format!(
            "SELECT r.id, r.bytes, t.record IS NULL, r.device, {} FROM record r {join} {name} t ON t.record = r.id \
             WHERE r.kind = ?1 ORDER BY r.received_ms, r.id",
            columns.iter().map(|column| format!("t.{column}")).collect::<Vec<_>>().join(", ")
        );
        let mut statement = db.prepare(&sql)?;
        let mut rows = statement.query(params![self.kind.name()])?;
        while let Some(row) = rows.next()? {
            let (id, bytes): (Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(1)?);
            let mut said = (self.said)(&bytes);
            if let Some(said) = said.as_mut().filter(|_| self.apart) {
                said.push(Value::Integer(held(apart.get(&id))));
            }
            if let Some(said) = said.as_mut().filter(|_| self.phone) {
                said.push(row.get(3)?);
            }
            let here: Vec<Value> = (4..4 + columns.len()).map(|at| row.get(at)).collect::<Result<_, _>>()?;
            if row.get::<_, bool>(2)? || said != Some(here) {
                return Ok(Some(Altered::Fact(name, named(&id))));
            }
        }
        let sql = format!(
            "SELECT t.record FROM {name} t WHERE NOT EXISTS \
             (SELECT 1 FROM record r WHERE r.id = t.record AND r.kind = ?1) LIMIT 1"
        );
        let mut statement = db.prepare(&sql)?;
        let mut rows = statement.query(params![self.kind.name()])?;
        let loose: Option<Vec<u8>> = rows.next()?.map(|row| row.get(0)).transpose()?;
        Ok(loose.map(|id| Altered::Fact(name, named(&id))))
    }
}

/// As the tables of what is kept apart have it. Of what took effect in the very write that brought it nothing is said.
fn held(word: Option<&String>) -> i64 {
    match word.map(String::as_str) {
        Some("held") => 1,
        Some("declined") => 2,
        _ => 0,
    }
}

fn body<T: RecordBody>(bytes: &[u8]) -> Option<T> {
    open_as::<T>(bytes).ok().map(|opened| opened.body)
}

fn blob(bytes: &[u8]) -> Value {
    Value::Blob(bytes.to_vec())
}

fn named(id: &[u8]) -> Digest {
    <[u8; 32]>::try_from(id).map_or(Digest([0; 32]), Digest)
}
