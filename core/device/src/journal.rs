//! The second copy of unsent work, sealed to the organisation's drain key: [`wurao_protocol::journal`] is its format.
//!
//! It follows the store: after each commit, what is new among own records and changes is appended, without a flush, so
//! that an answer costs no second wait. Signed and flushed it is when a person leaves, at each sync, when the phone is
//! closed, and every [`FLUSH_EVERY`] entries. When nothing is unsent any more it is begun anew.
//!
//! What a crash can cost: a kill of the app nothing but the signature over at most the last [`FLUSH_EVERY`] entries; a
//! power cut these entries too. In the store they are all the same, and the next opening appends them again.
//!
//! A journal that cannot be written stops nobody from working: what the store has committed is saved. It says so in the
//! log and tries again at the next commit.

mod segment;

use crate::error::{Error, PhoneError};
use crate::phone::{DEVICE_RECORD, Phone};
use crate::ports::{Clock, DeviceKey, Ports, Random};
use crate::store::records::{self, Newest};
use crate::store::{meta, permits};
use rusqlite::{Connection, Transaction};
use segment::Segment;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wurao_protocol::DocumentId;
use wurao_protocol::cbor::Bytes;
use wurao_protocol::journal::{Entry, FOLDER, Header, Opening};
use wurao_protocol::key::PublicKey;
use wurao_protocol::record::Kind;

/// Entries after which a journal is signed and flushed without another reason.
pub(crate) const FLUSH_EVERY: usize = 32;
/// Bytes after which another segment is begun.
const SEGMENT_BYTES: u64 = 16 << 20;
/// Under this name the store keeps what is known to be in the journal.
const MARKS: &str = "journal";

/// Up to which rows own work is in the journal that is sealed to this key.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Marks {
    change: i64,
    record: i64,
}

/// Follows a store.
pub(crate) struct Journal {
    folder: PathBuf,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    signer: Arc<dyn DeviceKey>,
    files_key: Option<[u8; 32]>,
    /// The record that came last when records were last looked at: most commits bring none.
    newest: Option<Newest>,
    /// The trust list's record as last looked at, and the drain key in it.
    trust: Vec<u8>,
    drain_key: Option<PublicKey>,
    segment: Option<Segment>,
    /// The newest heads record of a sync that was seen.
    synced: Vec<u8>,
    /// What was appended.
    appended: Marks,
    /// What is flushed, and whether the store knows.
    flushed: Marks,
    told: bool,
    /// Nothing but the newest segment is there, and nothing is in it.
    clean: bool,
}

impl Journal {
    /// For the phone in this folder; writes nothing yet.
    pub(crate) fn new(folder: &Path, ports: &Ports, files_key: Option<[u8; 32]>) -> Self {
        Self {
            folder: folder.join(FOLDER),
            clock: ports.clock.clone(),
            random: ports.random.clone(),
            signer: ports.signer.clone(),
            files_key,
            newest: None,
            trust: Vec::new(),
            drain_key: None,
            segment: None,
            synced: Vec::new(),
            appended: Marks::default(),
            flushed: Marks::default(),
            told: true,
            clean: false,
        }
    }

    /// Has the store keep what is flushed, in whatever it writes next: knowing it late only costs writing it twice.
    pub(crate) fn tell(&self, tx: &Transaction<'_>) -> Result<(), Error> {
        let Some(key) = self.drain_key.as_ref().filter(|_| !self.told) else { return Ok(()) };
        let mut value = key.to_bytes().to_vec();
        value.extend(self.flushed.change.to_be_bytes());
        value.extend(self.flushed.record.to_be_bytes());
        value.push(u8::from(self.clean));
        meta::set(tx, MARKS, &value)
    }

    /// What was told is committed.
    pub(crate) fn was_told(&mut self) {
        self.told = true;
    }

    /// After a commit: appends what is new.
    pub(crate) fn follow(&mut self, connection: &Connection) {
        if let Err(error) = self.try_follow(connection) {
            self.give_up(&error);
        }
    }

    /// Signs and flushes what was appended: at the end of an opening, when an app is sent to the background.
    pub(crate) fn flush(&mut self) {
        if let Err(error) = self.try_flush() {
            self.give_up(&error);
        }
    }

    /// A segment in which a write failed is not written to again; the next one takes up from the last flush.
    fn give_up(&mut self, error: &Error) {
        tracing::warn!("sealed journal: {error}");
        if let Some(segment) = self.segment.take() {
            segment.abandon();
        }
        self.appended = self.flushed;
        self.newest = None;
    }

    fn try_follow(&mut self, connection: &Connection) -> Result<(), Error> {
        self.look_for_the_key(connection)?;
        if self.drain_key.is_none() {
            return Ok(());
        }
        // An answer brings no record, and is what people wait for.
        let (newest, mut due) = (records::newest(connection)?, false);
        if newest != self.newest {
            due = self.append_new_records(connection)?;
            self.newest = newest;
        }
        let appended = self.append_new_changes(connection)?;
        let written = self.segment.as_ref().is_some_and(|segment| segment.has_entries());
        if !appended && (written || !self.clean) && !any_unsent(connection)? {
            return self.begin_anew(connection);
        }
        if due || self.segment.as_ref().is_some_and(|segment| segment.unsigned() >= FLUSH_EVERY) {
            self.try_flush()?;
        }
        if self.segment.as_ref().is_some_and(|segment| segment.bytes() > SEGMENT_BYTES) {
            self.try_flush()?;
            self.segment = None;
        }
        Ok(())
    }

    /// The drain key of the list in force. Another one than before: everything unsent is sealed to it too.
    fn look_for_the_key(&mut self, connection: &Connection) -> Result<(), Error> {
        let trust = permits::trust_record(connection)?.unwrap_or_default();
        if trust == self.trust {
            return Ok(());
        }
        let key = permits::trust(connection)?.map(|list| PublicKey::from_bytes(&list.drain_key)).transpose()?;
        self.trust = trust;
        if key == self.drain_key {
            return Ok(());
        }
        self.try_flush()?;
        self.segment = None;
        self.told = true;
        (self.flushed, self.clean) = match &key {
            // The first look of an opening: what an earlier one has sealed to the same key is there.
            Some(key) if self.drain_key.is_none() && segment::any(&self.folder) => marks(connection, key)?,
            _ => (Marks::default(), false),
        };
        (self.appended, self.newest) = (self.flushed, None);
        self.drain_key = key;
        Ok(())
    }

    /// Appends own records that are new; whether there is reason to flush.
    fn append_new_records(&mut self, connection: &Connection) -> Result<bool, Error> {
        let mut due = false;
        // Rows are never changed in what is read here and their positions rise; a heads record of a sync is not taken:
        // the journal signs for itself.
        let mut records = connection.prepare_cached(
            "SELECT position, kind, bytes, id FROM record
             WHERE position > ?1 AND standing IN ('unsent', 'waiting') ORDER BY position",
        )?;
        let mut rows = records.query([self.appended.record])?;
        while let Some(row) = rows.next()? {
            let kind: String = row.get(1)?;
            if kind == Kind::Heads.name() {
                // One that did not get through stays until the next sync: reason to flush but once.
                let id: Vec<u8> = row.get(3)?;
                due |= id != self.synced;
                self.synced = id;
                continue;
            }
            due |= kind == Kind::Leave.name();
            self.append(connection, Entry::Record(Bytes(row.get(2)?)))?;
            self.appended.record = row.get(0)?;
        }
        Ok(due)
    }

    /// Appends own changes that are new; whether there were any.
    fn append_new_changes(&mut self, connection: &Connection) -> Result<bool, Error> {
        let mut any = false;
        let mut changes = connection.prepare_cached(
            "SELECT position, document, bytes FROM change
             WHERE position > ?1 AND standing IN ('unsent', 'waiting') ORDER BY position",
        )?;
        let mut rows = changes.query([self.appended.change])?;
        while let Some(row) = rows.next()? {
            self.append(connection, Entry::Change(DocumentId(row.get(1)?), Bytes(row.get(2)?)))?;
            self.appended.change = row.get(0)?;
            any = true;
        }
        Ok(any)
    }

    fn append(&mut self, connection: &Connection, entry: Entry) -> Result<(), Error> {
        if self.segment.is_none() {
            self.segment = Some(self.begin(connection)?);
            self.clean = false;
        }
        if let Some(segment) = &mut self.segment {
            segment.append(entry)?;
            // A long backlog, signed in parts that a server takes as one push each.
            if segment.unsigned_bytes() > 256 << 10 {
                segment.sign(self.signer.as_ref())?;
            }
        }
        Ok(())
    }

    fn begin(&self, connection: &Connection) -> Result<Segment, Error> {
        let key = self.drain_key.as_ref().ok_or(Error::NotEnrolled)?;
        let device = Bytes(meta::get(connection, DEVICE_RECORD)?.ok_or(Error::NotEnrolled)?);
        let (mut content, mut ikm) = ([0; 32], [0; 32]);
        self.random.fill(&mut content).map_err(Error::Random)?;
        self.random.fill(&mut ikm).map_err(Error::Random)?;
        let header = Header::sealed_to(key, &content, &ikm)?;
        let opening = Opening { device, files_key: self.files_key, at_ms: self.clock.wall_ms() };
        Segment::create(&self.folder, &header, &content, &opening)
    }

    fn try_flush(&mut self) -> Result<(), Error> {
        if let Some(segment) = &mut self.segment {
            segment.sign(self.signer.as_ref())?;
            segment.flush()?;
            if self.flushed != self.appended {
                self.flushed = self.appended;
                self.told = false;
            }
        }
        Ok(())
    }

    /// Everything is with the server: a new segment, for the key of the photos that are still here, and no old ones.
    fn begin_anew(&mut self, connection: &Connection) -> Result<(), Error> {
        let mut segment = self.begin(connection)?;
        segment.flush()?;
        segment.remove_others()?;
        self.segment = Some(segment);
        self.clean = true;
        self.flushed = self.appended;
        self.told = false;
        Ok(())
    }
}

impl Phone {
    /// Signs and flushes the second copy of unsent work, which phones keep for the day they are found in a drawer. For
    /// an app that goes to the background and may be ended there without a word; all that was saved is saved anyway.
    pub fn seal_journal(&self) -> Result<(), PhoneError> {
        self.state()?.store.flush_journal();
        Ok(())
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.flush();
    }
}

/// What the store knows to be in the journal that is sealed to this key, and whether it was begun anew since.
fn marks(connection: &Connection, key: &PublicKey) -> Result<(Marks, bool), Error> {
    let value = meta::get(connection, MARKS)?.unwrap_or_default();
    if value.get(..33) != Some(key.to_bytes().as_slice()) {
        return Ok((Marks::default(), false));
    }
    let number = |at: usize| {
        let bytes = value.get(at..at + 8).and_then(|bytes| bytes.try_into().ok());
        bytes.map(i64::from_be_bytes).ok_or(Error::Damaged("meta"))
    };
    Ok((Marks { change: number(33)?, record: number(41)? }, value.get(49) == Some(&1)))
}

fn any_unsent(connection: &Connection) -> Result<bool, Error> {
    Ok(connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM change WHERE standing IN ('unsent', 'waiting'))
                 OR EXISTS (SELECT 1 FROM record WHERE standing IN ('unsent', 'waiting') AND kind <> ?1)",
        )?
        .query_row([Kind::Heads.name()], |row| row.get(0))?)
}
