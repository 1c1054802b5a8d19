//! The phone as a whole: opening it, enrolling it, and who is at work on it.

use crate::checklists::{Checklists, Compiled};
use crate::error::{Error, PhoneError};
use crate::ports::{HttpRequest, Ports};
use crate::store::{RecordRow, STORE, Store, meta, records};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use wurao_evidence::Folder;
use wurao_protocol::enrol::{EnrolAnswer, EnrolRequest};
use wurao_protocol::key::PublicKey;
use wurao_protocol::record::{Device, Person, RecordBody, Session, Stamp};
use wurao_protocol::{Digest, PersonId, Problem, cbor, envelope};

/// Where a phone keeps its things.
#[derive(Clone, Debug)]
pub struct Settings {
    /// A folder of its own: the store, the photos.
    pub folder: PathBuf,
}

/// One phone. All methods may be called from any thread; they take turns.
pub struct Phone {
    pub(crate) ports: Ports,
    pub(crate) blobs: Folder,
    state: Mutex<State>,
    /// One sync at a time; people go on working meanwhile.
    pub(crate) syncing: Mutex<()>,
    /// Locked while the phone is open; the system lets go of it when the process ends, however that happens.
    _lock: File,
}

/// What changes while a phone is open.
pub(crate) struct State {
    pub(crate) store: Store,
    /// The session of this opening, made at its first write.
    pub(crate) session: Option<Session>,
    checklists: Checklists,
    /// The last server time heard in this opening, and the monotonic clock then.
    pub(crate) anchor: Option<(i64, i64)>,
}

impl State {
    /// The checklist of this hash, ready to use.
    pub(crate) fn checklist(&mut self, hash: &Digest) -> Result<Arc<Compiled>, Error> {
        self.checklists.get(self.store.read(), hash)
    }
}

/// What enrolling gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolled {
    /// The phone's name at the server, in hex.
    pub device: String,
    /// Who may work on it.
    pub persons: Vec<PersonView>,
}

/// A person who may work on this phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonView {
    /// Who.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// Whether they are at work on it now.
    pub at_work: bool,
}

pub(crate) const SERVER_URL: &str = "server-url";
pub(crate) const SERVER_ID: &str = "server-id";
pub(crate) const SERVER_KEY: &str = "server-key";
pub(crate) const SERVER_MS: &str = "server-ms";
const DEVICE_RECORD: &str = "device-record";
const AT_WORK: &str = "at-work";

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
        std::fs::create_dir_all(folder).map_err(|source| Error::File { path: folder.clone(), source })?;
        let lock = lock(&folder.join("lock"))?;
        let store = Store::open(&folder.join(STORE))?;
        let blobs = Folder::open(folder.join("blobs"))?;
        blobs.sweep()?;
        if let Some(record) = meta::get(store.read(), DEVICE_RECORD)?
            && envelope::open_as::<Device>(&record)?.body.key != ports.signer.public().to_bytes()
        {
            return Err(Error::NotAllowed("other-key"));
        }
        let state = State { store, session: None, checklists: Checklists::default(), anchor: None };
        Ok(Self { ports, blobs, state: Mutex::new(state), syncing: Mutex::new(()), _lock: lock })
    }

    /// Lets this phone in at a server with a one-time code. Asking again with the same code, after an answer was
    /// lost, gives the same enrolment. Refused (`enrolled-elsewhere`) when it is in at another server.
    pub fn enrol(&self, server_url: &str, code: &str, name: &str) -> Result<Enrolled, PhoneError> {
        Ok(self.enrol_at(server_url.trim_end_matches('/'), code, name)?)
    }

    /// The people who may work on this phone.
    pub fn persons(&self) -> Result<Vec<PersonView>, PhoneError> {
        let state = self.state();
        Ok(persons(&state)?)
    }

    /// Says who is at work now. The next write begins a new session.
    pub fn use_person(&self, person: PersonId) -> Result<(), PhoneError> {
        let mut state = self.state();
        let known = persons(&state)?.into_iter().find(|known| known.id == person);
        let known = known.ok_or(PhoneError::NotFound { what: "person".to_owned(), id: person.to_string() })?;
        if known.at_work {
            return Ok(());
        }
        state.store.write(|tx| meta::set(tx, AT_WORK, &person.0))?;
        state.session = None;
        Ok(())
    }

    fn enrol_at(&self, server_url: &str, code: &str, name: &str) -> Result<Enrolled, Error> {
        let key = self.ports.signer.public();
        let ask = EnrolRequest { code: code.trim().to_owned(), key: key.to_bytes(), name: name.to_owned() };
        let answer = self
            .ports
            .network
            .exchange(&HttpRequest {
                method: "POST",
                url: format!("{server_url}/v1/enrol"),
                headers: vec![("content-type", "application/cbor".to_owned())],
                body: envelope::seal(self.ports.signer.as_ref(), &ask)?,
                pin: None,
            })
            .map_err(Error::Network)?;
        if answer.status != 200 {
            return Err(problem_of(answer.status, &answer.body));
        }
        let answer: EnrolAnswer = cbor::decode(&answer.body)?;
        let server_key = PublicKey::from_bytes(&answer.server_key)?;
        let device = envelope::open_as::<Device>(&answer.device.0)?;
        let device_id = device.envelope.id;
        let device = device.verified(&server_key)?;
        if device.key != key.to_bytes() {
            return Err(Error::BadInput { code: "other-device", detail: "the answer is for another key".to_owned() });
        }
        let mut state = self.state();
        let now = self.ports.clock.mono_ms();
        state.store.write(|tx| {
            if meta::get(tx, SERVER_ID)?.is_some_and(|known| known != answer.server.0) {
                return Err(Error::NotAllowed("enrolled-elsewhere"));
            }
            meta::set(tx, SERVER_URL, server_url.as_bytes())?;
            meta::set(tx, SERVER_ID, &answer.server.0)?;
            meta::set(tx, SERVER_KEY, &answer.server_key)?;
            meta::set(tx, DEVICE_RECORD, &answer.device.0)?;
            meta::set_number(tx, SERVER_MS, answer.server_ms)?;
            let kind = Device::KIND;
            let subject = device.id.0.to_vec();
            records::keep_received(tx, &RecordRow { id: device_id, kind, subject, bytes: answer.device.0.clone() })?;
            for bytes in &answer.persons {
                let person = envelope::open_as::<Person>(&bytes.0)?;
                let id = person.envelope.id;
                let person = person.verified(&server_key)?;
                let subject = person.id.0.to_vec();
                let bytes = bytes.0.clone();
                records::keep_received(tx, &RecordRow { id, kind: Person::KIND, subject, bytes })?;
            }
            if let [only] = device.persons.as_slice() {
                meta::set(tx, AT_WORK, &only.0)?;
            }
            Ok(())
        })?;
        state.session = None;
        state.anchor = Some((answer.server_ms, now));
        Ok(Enrolled { device: device.id.to_string(), persons: persons(&state)? })
    }

    /// The state, whoever panicked with it: every write is a transaction, so nothing is half done.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Now, as this phone knows it.
    pub(crate) fn stamp(&self, state: &State) -> Result<Stamp, Error> {
        Ok(Stamp {
            wall_ms: self.ports.clock.wall_ms(),
            mono_ms: self.ports.clock.mono_ms(),
            server_ms: meta::number(state.store.read(), SERVER_MS)?,
        })
    }

    /// The session of this opening; the first write makes and keeps it.
    pub(crate) fn session(&self, state: &mut State) -> Result<Session, Error> {
        if let Some(session) = &state.session {
            return Ok(session.clone());
        }
        let person = at_work(state)?;
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
        state.store.write(|tx| records::keep_own(tx, &record))?;
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

/// Who is at work.
pub(crate) fn at_work(state: &State) -> Result<PersonId, Error> {
    if meta::get(state.store.read(), SERVER_ID)?.is_none() {
        return Err(Error::NotEnrolled);
    }
    let bytes = meta::get(state.store.read(), AT_WORK)?.ok_or(Error::NobodyAtWork)?;
    PersonId::try_from(bytes.as_slice()).map_err(|_| Error::Damaged("meta"))
}

fn persons(state: &State) -> Result<Vec<PersonView>, Error> {
    let device = envelope::open_as::<Device>(&device_record(state)?)?.body;
    let at_work = at_work(state).ok();
    let mut views = Vec::new();
    for id in device.persons {
        let person: Option<Person> = records::about(state.store.read(), &id.0)?;
        let name = person.map_or_else(|| id.to_string(), |person| person.name);
        views.push(PersonView { id, name, at_work: at_work == Some(id) });
    }
    Ok(views)
}

/// The problem an answer names: its body is the problem's code.
pub(crate) fn problem_of(status: u16, body: &[u8]) -> Error {
    let code = String::from_utf8_lossy(body);
    match Problem::ALL.iter().find(|problem| problem.code() == code.trim()) {
        Some(problem) => Error::Server(*problem),
        None => Error::Unreadable { status },
    }
}
