//! The phone as a whole: opening it, its state, the session of an opening.

use crate::checklists::{Checklists, Compiled};
use crate::cleared::Cleared;
use crate::error::{Error, PhoneError};
use crate::people::{FIRST_PINS_OVER, at_work};
use crate::ports::{HttpAnswer, Ports};
use crate::store::{self, DocumentRow, RecordRow, Store, apart, meta, pins, records};
use crate::sync::Cancel;
use crate::trust::Trust;
use crate::wipe;
use rusqlite::Connection;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use wurao_evidence::Folder;
use wurao_planted::{Bug, is as planted};
use wurao_protocol::key::PublicKey;
use wurao_protocol::record::{Device, RecordBody, Session, Stamp};
use wurao_protocol::{Digest, PersonId, Problem, ServerId, envelope};

/// Where a phone keeps its things.
#[derive(Clone, Debug)]
pub struct Settings {
    /// A folder of its own: the store, the photos. Opening closes it to all but its owner (mode 0700).
    pub folder: PathBuf,
}

/// One phone. All methods may be called from any thread; they take turns.
pub struct Phone {
    pub(crate) ports: Ports,
    /// Where all of it lies.
    pub(crate) folder: PathBuf,
    pub(crate) blobs: Folder,
    state: Mutex<State>,
    /// One sync at a time; people go on working meanwhile.
    pub(crate) syncing: Mutex<()>,
    /// Ends the sync under way when the phone is put to sleep.
    pub(crate) asleep: Cancel,
    /// Locked while the phone is open and awake; the system lets go of it when the process ends, however that happens.
    lock: Mutex<Option<File>>,
}

/// What changes while a phone is open.
pub(crate) struct State {
    pub(crate) store: Store,
    /// The session of this opening, made at its first write.
    pub(crate) session: Option<Session>,
    checklists: Checklists,
    /// The last server time heard in this opening, and the monotonic clock then.
    pub(crate) anchor: Option<(i64, i64)>,
    /// What the list of keys and withdrawals was found to say.
    pub(crate) trust: Trust,
    /// Who may write where.
    pub(crate) cleared: Cleared,
    /// Who has given their PIN in this opening and is at work since.
    pub(crate) unlocked: Option<PersonId>,
    /// The phone was emptied by order.
    pub(crate) wiped: bool,
    /// It was put to sleep: the files are shut.
    pub(crate) suspended: bool,
}

impl State {
    /// Looks at many things as they are at one moment, and locks the file once for all of them.
    pub(crate) fn at_once<T>(&mut self, look: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        self.store.look_closely()?;
        let seen = look(self);
        self.store.look_up()?;
        seen
    }

    /// The checklist of this hash, ready to use.
    pub(crate) fn checklist(&mut self, hash: &Digest) -> Result<Arc<Compiled>, Error> {
        self.checklists.get(self.store.read(), hash)
    }
}

/// Why nothing is done while a phone is asleep.
const SUSPENDED: &str = "suspended";

pub(crate) const SERVER_URL: &str = "server-url";
pub(crate) const SERVER_ID: &str = "server-id";
pub(crate) const SERVER_KEY: &str = "server-key";
pub(crate) const SERVER_MS: &str = "server-ms";
pub(crate) const SERVER_PIN: &str = "server-pin";
pub(crate) const DEVICE_RECORD: &str = "device-record";

impl Phone {
    /// Opens the phone's folder, making it at the first start. Finishes what a kill left half done: photos attached
    /// whose thumbnail or entry is missing are completed. Refused (`in-use`) while the folder is open elsewhere.
    pub fn open(settings: &Settings, ports: Ports) -> Result<Self, PhoneError> {
        let phone = Self::open_folder(settings, ports)?;
        phone.finish_photos()?;
        Ok(phone)
    }

    fn open_folder(settings: &Settings, ports: Ports) -> Result<Self, Error> {
        let folder = &settings.folder;
        own_folder(folder)?;
        let lock = lock(&folder.join("lock"))?;
        wipe::finish(folder, &ports)?;
        let (mut store, blobs) = store::open(folder, &ports)?;
        blobs.sweep()?;
        if let Some(record) = meta::get(store.read(), DEVICE_RECORD)?
            && envelope::open_as::<Device>(&record)?.body.key != ports.signer.public().to_bytes()
        {
            return Err(Error::NotAllowed("other-key"));
        }
        let now = ports.clock.mono_ms();
        store.write(|tx| pins::clock_began(tx, now))?;
        let state = State {
            store,
            session: None,
            checklists: Checklists::default(),
            anchor: None,
            trust: Trust::default(),
            cleared: Cleared::default(),
            unlocked: None,
            wiped: false,
            suspended: false,
        };
        let folder = folder.clone();
        let (state, syncing, lock) = (Mutex::new(state), Mutex::new(()), Mutex::new(Some(lock)));
        Ok(Self { ports, folder, blobs, state, syncing, asleep: Cancel::new(), lock })
    }

    /// Ends a sync under way (as cancelled) and lets go of every file, before a system puts the app to sleep that ends apps
    /// which hold locks then. Until [`Phone::resume`] every other call is refused (`suspended`). Twice is fine.
    ///
    /// # Errors
    /// When the phone was emptied.
    pub fn suspend(&self) -> Result<(), PhoneError> {
        self.asleep.cancel();
        let _no_sync = self.syncing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = match self.state() {
            Err(Error::NotAllowed(SUSPENDED)) => return Ok(()),
            state => state?,
        };
        state.store.flush_journal();
        state.suspended = true;
        state.forget_trust();
        // The files are shut when the store goes; until then nothing else is let in.
        state.store = Store::nowhere()?;
        *self.lock.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(())
    }

    /// Takes the files up again; the people and the session go on. Of a phone that is awake it does nothing.
    ///
    /// # Errors
    /// `in-use` while another process has the folder; it may be tried again.
    pub fn resume(&self) -> Result<(), PhoneError> {
        let _no_sync = self.syncing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.suspended {
            let lock = lock(&self.folder.join("lock"))?;
            (state.store, _) = store::open(&self.folder, &self.ports)?;
            *self.lock.lock().unwrap_or_else(PoisonError::into_inner) = Some(lock);
            state.suspended = false;
        }
        self.asleep.reset();
        Ok(())
    }

    /// The state, whoever panicked with it: every write is a transaction, so nothing is half done. Refused (`wiped`)
    /// once the phone was emptied, and (`suspended`) while it is asleep.
    pub(crate) fn state(&self) -> Result<MutexGuard<'_, State>, Error> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.wiped {
            return Err(Error::NotAllowed("wiped"));
        }
        if state.suspended {
            return Err(Error::NotAllowed(SUSPENDED));
        }
        state.store.mend()?;
        Ok(state)
    }

    /// Now, as this phone knows it.
    pub(crate) fn stamp(&self, state: &State) -> Result<Stamp, Error> {
        Ok(Stamp {
            wall_ms: self.ports.clock.wall_ms(),
            mono_ms: self.ports.clock.mono_ms(),
            server_ms: meta::number(state.store.read(), SERVER_MS)?,
        })
    }

    /// The session in which something is written in an inspection now. Where some of what it has written there is set apart, a new
    /// one: whatever came under the same actor would stand on that. What a start computes and is gone with it comes first.
    pub(crate) fn session_in(&self, state: &mut State, row: &DocumentRow) -> Result<Session, Error> {
        let apart = match &state.session {
            Some(session) => apart::is_of(state.store.read(), &row.id, &session.actor)?,
            None => false,
        };
        if apart && !planted(Bug::NoFork) {
            state.session = None;
            self.compute_anew(state, row)?;
        }
        self.session(state)
    }

    /// The session of this opening; the first write makes and keeps it.
    pub(crate) fn session(&self, state: &mut State) -> Result<Session, Error> {
        if let Some(session) = &state.session {
            return Ok(session.clone());
        }
        let person = at_work(state)?;
        wipe::refuse_when_ordered(state)?;
        if planted(Bug::NoActorRotation) {
            let own = self.ports.signer.public().device();
            let mut earlier = records::all::<Session>(state.store.read())?;
            earlier.retain(|session| session.device == own && session.person == person);
            if let Some(session) = earlier.pop() {
                state.session = Some(session.clone());
                return Ok(session);
            }
        }
        let mut nonce = [0; 16];
        self.ports.random.fill(&mut nonce).map_err(Error::Random)?;
        let key = self.ports.signer.public();
        let session = Session {
            actor: Session::actor_of(&key, &nonce),
            nonce,
            person,
            device: key.device(),
            began: self.stamp(state)?,
            engine: concat!("wurao-device ", env!("CARGO_PKG_VERSION")).to_owned(),
        };
        let record = self.seal(&session, session.actor.to_vec())?;
        state.store.write(|tx| {
            if pins::any(tx)? {
                meta::set(tx, FIRST_PINS_OVER, &[1])?;
            }
            records::keep_own(tx, &record)
        })?;
        state.session = Some(session.clone());
        Ok(session)
    }

    /// The time of a write: the session's wall clock plus what the monotonic clock says has passed since, so that a
    /// wall clock set back in between cannot reorder a person's answers.
    pub(crate) fn time_in(&self, session: &Session) -> i64 {
        session.began.wall_ms + (self.ports.clock.mono_ms() - session.began.mono_ms)
    }

    /// Signs a record of this device.
    pub(crate) fn seal<T: RecordBody>(&self, body: &T, subject: Vec<u8>) -> Result<RecordRow, Error> {
        let bytes = envelope::seal(self.ports.signer.as_ref(), body)?;
        Ok(RecordRow { id: envelope::open(&bytes)?.id, kind: T::KIND, subject, bytes })
    }
}

/// Makes the folder when it is not there, and closes it to all but its owner: store, photos and journal are plain files.
pub(crate) fn own_folder(folder: &Path) -> Result<(), Error> {
    let failed = |source| Error::File { path: folder.to_owned(), source };
    std::fs::create_dir_all(folder).map_err(failed)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let found = std::fs::metadata(folder).map_err(failed)?.permissions().mode();
        if found & 0o077 != 0 {
            std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).map_err(failed)?;
        }
    }
    Ok(())
}

/// Two processes in one folder would take turns in the store, but each would sweep away what the other copies.
fn lock(path: &Path) -> Result<File, Error> {
    let failed = |source| Error::File { path: path.to_owned(), source };
    let file = File::create(path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::NotAllowed("in-use")),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// The record that let this phone in.
pub(crate) fn device_record(state: &State) -> Result<Vec<u8>, Error> {
    meta::get(state.store.read(), DEVICE_RECORD)?.ok_or(Error::NotEnrolled)
}

/// The server's key, which this phone was told when it was let in.
pub(crate) fn server_key(connection: &Connection) -> Result<PublicKey, Error> {
    let key = meta::get(connection, SERVER_KEY)?.ok_or(Error::NotEnrolled)?;
    Ok(PublicKey::from_bytes(&key)?)
}

/// The server's name, which this phone was told when it was let in.
pub(crate) fn server_id(connection: &Connection) -> Result<ServerId, Error> {
    let id = meta::get(connection, SERVER_ID)?.ok_or(Error::NotEnrolled)?;
    ServerId::try_from(id.as_slice()).map_err(|_| Error::Damaged("meta"))
}

/// A server, or the proxy before it, that has too much to do and says in how many seconds to come back. That is all in the
/// head of its answer.
pub(crate) fn busy(answer: &HttpAnswer) -> Option<Error> {
    let seconds = answer.header("retry-after").filter(|_| answer.status == 503)?.parse::<u64>().ok()?;
    Some(Error::Busy { after_ms: seconds.saturating_mul(1000) })
}

/// The problem an answer names: its body is the problem's code.
pub(crate) fn problem_of(status: u16, body: &[u8]) -> Error {
    let code = String::from_utf8_lossy(body);
    match Problem::ALL.iter().find(|problem| problem.code() == code.trim()) {
        Some(problem) => Error::Server(*problem),
        None => Error::Unreadable { status },
    }
}
