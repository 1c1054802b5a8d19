//! Reading the whole log again: is every entry what it was, does the log say what phones have witnessed, and is what the
//! database holds what the log says?

use super::nodes::size;
use super::signed::let_in;
use super::{GONE, clocks, decided, facts, fed, shown, signed, visits};
use crate::files::hash;
use crate::store::bodies::Bodies;
use crate::{Error, Files};
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::fmt;
use std::fs::File;
use std::io::ErrorKind;
use wurao_protocol::audit::{Entry, Event};
use wurao_protocol::cbor;
use wurao_protocol::envelope::{Envelope, open, open_as};
use wurao_protocol::key::PublicKey;
use wurao_protocol::merkle::log::{Nodes, grow, leaf, root};
use wurao_protocol::record::{Checkpoint, Kind, Witness};
use wurao_protocol::{DeviceId, Digest, DocumentId};

/// What was read, and the first thing that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Entries.
    pub entries: u64,
    /// Signed checkpoints, all of which the log continues.
    pub checkpoints: usize,
    /// Witnesses of phones to them.
    pub witnesses: usize,
    /// Witnesses to what this server is not seen to have signed: a phone's word against nothing.
    pub unproven: usize,
    /// The first entry, or what else, that was altered; none when all is as it was.
    pub fault: Option<Altered>,
}

/// Something that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Altered {
    /// This entry is missing, or another than its hash in the tree says.
    Entry(u64),
    /// The tree over the entries is another: a node of it was altered, or belongs to no entry.
    Node(u8, u64),
    /// A checkpoint of this many entries says otherwise; the log still is what the one before said, of so many. What lies
    /// between was altered.
    Between(u64, u64),
    /// A signed record of the log is not signed by who must have signed it, or kept as another phone's.
    Signature(Digest),
    /// A phone has witnessed a checkpoint of this many entries that is not here, and no restore tells why.
    Witnessed(DeviceId, u64),
    /// The database holds something that this entry tells otherwise.
    Told(u64, Event),
    /// The database holds something that no entry tells of: what, and its id or hash.
    Untold(&'static str, String),
    /// A table says otherwise than the signed record that it was read from, or lacks it.
    Fact(&'static str, Digest),
    /// What is shown of an inspection at this key is not what its changes say.
    Shown(DocumentId, String),
    /// What is in force is not in the feed of its document, or what is not is: a change's or record's hash.
    Fed(&'static str, Digest),
    /// A file that the database says is here is not, or is another.
    File(Digest),
}

impl fmt::Display for Altered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry(at) => write!(f, "entry {at} was altered or is missing"),
            Self::Node(level, place) => write!(f, "node {place} of level {level} of the tree was altered"),
            Self::Between(from, to) => {
                write!(f, "an entry from {from} to {} was altered: a signed checkpoint says so", to.saturating_sub(1))
            }
            Self::Signature(record) => write!(f, "record {record} of the log is not signed by who must have signed it"),
            Self::Witnessed(device, size) => {
                write!(f, "phone {device} has witnessed a log of {size} entries that is not this one's past")
            }
            Self::Told(at, event) => write!(f, "entry {at} ({event:?}) tells of what the database holds otherwise"),
            Self::Untold(what, id) => write!(f, "the database holds a {what} that no entry tells of: {id}"),
            Self::Fact(what, record) => write!(f, "what is shown of {what} {record} is not what was signed"),
            Self::Shown(document, key) => {
                write!(f, "what is shown of inspection {document} at `{key}` is not what its changes say")
            }
            Self::Fed(what, id) => write!(f, "phones are not told of {what} {id} as it is in force"),
            Self::File(sha256) => write!(f, "file {sha256} is not there, or is another"),
        }
    }
}

/// Reads all of it. Takes memory for one hash of each record, change and file, and for the newest permit of each visit.
pub fn verify(db: &Connection, records_key: &PublicKey) -> Result<Verdict, Error> {
    let entries = size(db)?;
    let mut verdict = Verdict { entries, checkpoints: 0, witnesses: 0, unproven: 0, fault: None };
    let (tree, mut told) = match read(db, entries)? {
        Ok(read) => read,
        Err(fault) => return Ok(Verdict { fault: Some(fault), ..verdict }),
    };
    verdict.fault = match checkpoints(db, &tree, entries, records_key, &mut verdict)? {
        Some(fault) => Some(fault),
        None => witnesses(db, records_key, &mut verdict)?,
    };
    if verdict.fault.is_none() {
        verdict.fault = kept(db, records_key, &mut told)?;
    }
    Ok(verdict)
}

/// What the database holds, against the entries and the signed records: first whether they are there, then whether tables and pages
/// say the same.
fn kept(db: &Connection, records_key: &PublicKey, told: &mut Told) -> Result<Option<Altered>, Error> {
    let mut fault = told.compare(db)?;
    let apart = &told.apart;
    let steps: [&dyn Fn() -> Result<Option<Altered>, Error>; 7] = [
        &|| signed::compare(db, records_key),
        &|| facts::compare(db, apart),
        &|| decided::compare(db),
        &|| clocks::compare(db, &records_key.device()),
        &|| visits::compare(db),
        &|| shown::compare(db),
        &|| fed::compare(db),
    ];
    for step in steps {
        if fault.is_none() {
            fault = step()?;
        }
    }
    Ok(fault)
}

/// Every file that the database says is here, read again.
pub fn files(db: &Connection, files: &Files) -> Result<Option<Altered>, Error> {
    let mut statement = db.prepare("SELECT sha256, bytes FROM blob ORDER BY arrived_ms, sha256")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (sha256, bytes) = (Digest(row.get(0)?), row.get::<_, i64>(1)?);
        let path = files.blob(&sha256);
        let mut file = match File::open(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Some(Altered::File(sha256))),
            opened => opened.map_err(Error::file("open", &path))?,
        };
        let here = file.metadata().map_err(Error::file("measure", &path))?.len();
        if here as i64 != bytes || hash(&mut file, &path)? != sha256 {
            return Ok(Some(Altered::File(sha256)));
        }
    }
    Ok(None)
}

/// The tree as it follows from the entries.
#[derive(Default)]
struct Tree(BTreeMap<(u8, u64), Digest>);

impl Nodes for Tree {
    type Error = Infallible;

    fn node(&self, level: u8, at: u64) -> Result<Digest, Infallible> {
        // Only nodes of whole subtrees are asked for, and all of those were grown.
        Ok(self.0.get(&(level, at)).copied().unwrap_or(Digest([0; 32])))
    }
}

/// Every entry against its hash, and every node against the entries below it.
fn read(db: &Connection, entries: u64) -> Result<Result<(Tree, Told), Altered>, Error> {
    let (mut tree, mut told) = (Tree::default(), Told::default());
    let mut statement = db.prepare("SELECT position, bytes FROM audit_entry ORDER BY position")?;
    let mut rows = statement.query([])?;
    let mut at = 0;
    while let Some(row) = rows.next()? {
        // Whatever stands there now.
        let Ok(bytes) = row.get_ref(1)?.as_bytes().map(<[u8]>::to_vec) else { return Ok(Err(Altered::Entry(at))) };
        let hash = leaf(&bytes);
        if row.get::<_, i64>(0)? as u64 != at || node(db, 0, at)? != Some(hash) {
            return Ok(Err(Altered::Entry(at)));
        }
        let Ok(entry) = cbor::decode::<Entry>(&bytes) else { return Ok(Err(Altered::Entry(at))) };
        told.hear(at, entry);
        let Ok(grown) = grow(&tree, at, hash);
        for (level, place, hash) in grown {
            if node(db, level, place)? != Some(hash) {
                return Ok(Err(Altered::Node(level, place)));
            }
            tree.0.insert((level, place), hash);
        }
        at += 1;
    }
    let kept: i64 = db.query_row("SELECT COUNT(*) FROM audit_node", [], |row| row.get(0))?;
    if kept as usize != tree.0.len() {
        // More than the entries have: some were cut off the end.
        return Ok(Err(Altered::Entry(entries)));
    }
    Ok(Ok((tree, told)))
}

fn node(db: &Connection, level: u8, place: u64) -> Result<Option<Digest>, Error> {
    let mut statement = db.prepare_cached("SELECT hash FROM audit_node WHERE level = ?1 AND place = ?2")?;
    Ok(statement.query_row(params![level, place as i64], |row| Ok(Digest(row.get(0)?))).optional()?)
}

/// Every checkpoint that was signed against the log, the shortest first.
fn checkpoints(
    db: &Connection,
    tree: &Tree,
    entries: u64,
    records_key: &PublicKey,
    verdict: &mut Verdict,
) -> Result<Option<Altered>, Error> {
    let mut statement = db.prepare("SELECT id, bytes FROM record WHERE kind = ?1")?;
    let row = |row: &Row<'_>| Ok((Digest(row.get(0)?), row.get::<_, Vec<u8>>(1)?));
    let mut signed = Vec::new();
    for found in statement.query_map(params![Kind::Checkpoint.name()], row)? {
        let (id, bytes) = found?;
        match open_as::<Checkpoint>(&bytes).map(|opened| opened.verified(records_key)) {
            Ok(Ok(checkpoint)) => signed.push(checkpoint),
            _ => return Ok(Some(Altered::Signature(id))),
        }
    }
    signed.sort_by_key(|checkpoint| (checkpoint.size, checkpoint.epoch));
    let mut sound = 0;
    for checkpoint in signed {
        let Ok(root) = root(tree, checkpoint.size.min(entries));
        if checkpoint.size > entries || root != checkpoint.root {
            return Ok(Some(Altered::Between(sound, checkpoint.size)));
        }
        sound = checkpoint.size;
        verdict.checkpoints += 1;
    }
    Ok(None)
}

/// Every witness of a phone. One to a checkpoint that is not here is of a past that is lost, when it has the checkpoint itself;
/// then an epoch began.
fn witnesses(db: &Connection, records_key: &PublicKey, verdict: &mut Verdict) -> Result<Option<Altered>, Error> {
    let sql = "SELECT r.id, r.bytes, d.bytes, c.record IS NOT NULL, (SELECT MAX(epoch) FROM audit_epoch) \
               FROM record r JOIN device v ON v.id = r.device JOIN record d ON d.id = v.record \
               LEFT JOIN witness w ON w.record = r.id LEFT JOIN checkpoint c ON c.record = w.checkpoint \
               WHERE r.kind = ?1 ORDER BY r.received_ms, r.id";
    let mut statement = db.prepare(sql)?;
    let mut rows = statement.query(params![Kind::Witness.name()])?;
    while let Some(row) = rows.next()? {
        let id = Digest(row.get(0)?);
        let (bytes, device): (Vec<u8>, Vec<u8>) = (row.get(1)?, row.get(2)?);
        let said = let_in(&device, records_key).and_then(|(device, key)| {
            let witness = open_as::<Witness>(&bytes).ok()?.verified(&key).ok()?;
            Some((device, witness))
        });
        let Some((device, witness)) = said else { return Ok(Some(Altered::Signature(id))) };
        let (here, epoch): (bool, u32) = (row.get(3)?, row.get(4)?);
        if !here && !shows(&witness, records_key) {
            verdict.unproven += 1;
        } else if !here && witness.epoch >= epoch {
            return Ok(Some(Altered::Witnessed(device, witness.size)));
        }
        verdict.witnesses += usize::from(here);
    }
    Ok(None)
}

/// Whether a witness has what it speaks of, signed by the server.
fn shows(witness: &Witness, records_key: &PublicKey) -> bool {
    let opened = witness.signed.as_ref().and_then(|signed| open_as::<Checkpoint>(&signed.0).ok());
    opened.is_some_and(|opened| {
        let named = (opened.envelope.id, opened.body.epoch, opened.body.size);
        named == (witness.checkpoint, witness.epoch, witness.size) && opened.verified(records_key).is_ok()
    })
}

/// What the entries say there is: by subject the entry that says so last, and the state it names.
#[derive(Default)]
struct Told {
    records: HashMap<Vec<u8>, u64>,
    changes: HashMap<Vec<u8>, (u64, String)>,
    blobs: HashMap<Vec<u8>, u64>,
    /// By record: what was said last of what is kept apart.
    apart: HashMap<Vec<u8>, String>,
    epochs: Vec<(u64, Vec<u8>)>,
}

impl Told {
    fn hear(&mut self, at: u64, entry: Entry) {
        let subject = entry.subject.0;
        match entry.event {
            Event::Record => {
                self.records.insert(subject, at);
            }
            Event::Change => {
                self.changes.insert(subject, (at, "waiting".to_owned()));
            }
            Event::State => {
                self.changes.insert(subject, (at, entry.detail));
            }
            // It came, or was found to be gone.
            Event::Blob if entry.detail == GONE => {
                self.blobs.remove(&subject);
            }
            Event::Blob => {
                self.blobs.insert(subject, at);
            }
            Event::Apart => {
                self.apart.insert(subject, entry.detail);
            }
            Event::Epoch => self.epochs.push((at, subject)),
            _ => {}
        }
    }

    /// The first entry that the database tells otherwise, or what no entry tells of.
    fn compare(&mut self, db: &Connection) -> Result<Option<Altered>, Error> {
        let mut otherwise: Option<(u64, Event)> = None;
        let mut first = |at: u64, event: Event| {
            otherwise = otherwise.filter(|(known, _)| *known < at).or(Some((at, event)));
        };
        let mut statement = db.prepare("SELECT id, bytes, kind FROM record")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let id: Vec<u8> = row.get(0)?;
            let Some(at) = self.records.remove(&id) else {
                return Ok(Some(Altered::Untold("record", hex::encode(id))));
            };
            let (bytes, kind): (Vec<u8>, String) = (row.get(1)?, row.get(2)?);
            let named = |envelope: Envelope| (envelope.id.0.to_vec(), envelope.kind.name().to_owned());
            if open(&bytes).map(named).ok() != Some((id, kind)) {
                first(at, Event::Record);
            }
        }
        let mut statement = db.prepare("SELECT document, hash, state FROM change ORDER BY document, position")?;
        let (mut rows, mut bodies) = (statement.query([])?, Bodies::of(db));
        while let Some(row) = rows.next()? {
            let (document, hash): ([u8; 16], [u8; 32]) = (row.get(0)?, row.get(1)?);
            let subject = [&document[..], &hash[..]].concat();
            let Some((at, state)) = self.changes.remove(&subject) else {
                return Ok(Some(Altered::Untold("change", hex::encode(hash))));
            };
            let bytes = match bodies.read(&DocumentId(document), &Digest(hash)) {
                Err(Error::Database(error)) => return Err(error.into()),
                // A pack that is not what was packed.
                Err(_) => None,
                Ok(bytes) => bytes,
            };
            let named = bytes.and_then(|bytes| wurao_record::change_hash(&bytes).ok());
            if row.get::<_, String>(2)? != state || named != Some(hash) {
                first(at, Event::State);
            }
        }
        let mut statement = db.prepare("SELECT sha256 FROM blob")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let sha256: Vec<u8> = row.get(0)?;
            if self.blobs.remove(&sha256).is_none() {
                return Ok(Some(Altered::Untold("file", hex::encode(sha256))));
            }
        }
        // Every restore is told of where it came about.
        let mut statement =
            db.prepare("SELECT epoch, size FROM audit_epoch WHERE size > 0 OR epoch > 1 ORDER BY epoch")?;
        let mut rows = statement.query([])?;
        let mut told = std::mem::take(&mut self.epochs).into_iter();
        while let Some(row) = rows.next()? {
            let (epoch, size): (u32, i64) = (row.get(0)?, row.get(1)?);
            if told.next() != Some((size as u64, epoch.to_be_bytes().to_vec())) {
                return Ok(Some(Altered::Untold("epoch", epoch.to_string())));
            }
        }
        if let Some((at, _)) = told.next() {
            first(at, Event::Epoch);
        }
        // What is left was told of and is gone.
        self.records.values().for_each(|at| first(*at, Event::Record));
        self.changes.values().for_each(|(at, _)| first(*at, Event::Change));
        self.blobs.values().for_each(|at| first(*at, Event::Blob));
        Ok(otherwise.map(|(at, event)| Altered::Told(at, event)))
    }
}
