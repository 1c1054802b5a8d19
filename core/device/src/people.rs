//! The people of one phone: who is at work on it, and their PINs.
//!
//! A PIN keeps colleagues apart and a finder out of the app; what keeps a finder out of the files is the encrypted
//! store. Wrong tries are counted before they are checked, so that no kill gives one back, and the wait after them is
//! measured by the monotonic clock alone: setting the wall clock shortens nothing, a restart of the telephone begins
//! the wait anew.
//!
//! A first PIN asks for no older one, so it has its time: while a phone is handed out. Once one of its people has a PIN
//! each of them needs one, and with the first work begun under a PIN that time is over. Who has none then can neither
//! be chosen nor be given one, and so nobody works under a colleague's name; a new code lets the phone in again.

use crate::error::{Error, PhoneError};
use crate::phone::{Phone, SERVER_ID, State, device_record};
use crate::store::pins::{self, PinRow};
use crate::store::{meta, records};
use argon2::{Algorithm, Argon2, Params, Version};
use wurao_protocol::PersonId;
use wurao_protocol::envelope;
use wurao_protocol::record::{Device, Person};

/// A person who may work on this phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonView {
    /// Who.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// Whether they are at work on it now.
    pub at_work: bool,
    /// Whether they have a PIN.
    pub has_pin: bool,
}

pub(crate) const AT_WORK: &str = "at-work";
/// Set with the first work begun under a PIN.
pub(crate) const FIRST_PINS_OVER: &str = "first-pins-over";

/// The fewest digits of a PIN.
const SHORTEST: usize = 4;
/// The most.
const LONGEST: usize = 32;
/// What a new PIN costs to check: 19 MiB and two passes, a fifth of a second on a cheap phone. A stored PIN keeps the
/// cost it was made with.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// How long to wait after so many wrong PINs, in seconds; after more than these, the last.
const WAITS_S: [i64; 9] = [0, 0, 0, 30, 60, 120, 300, 600, 900];

impl Phone {
    /// The people who may work on this phone.
    pub fn persons(&self) -> Result<Vec<PersonView>, PhoneError> {
        let state = self.state()?;
        Ok(persons(&state)?)
    }

    /// Says who is at work now, with their PIN when they have one. The next write begins a new session. Refused with
    /// `pin-needed`, `wrong-pin`, `pin-locked` with the seconds to wait, or `first-pins-over` when they have none and
    /// others began to work under theirs.
    pub fn use_person(&self, person: PersonId, pin: Option<&str>) -> Result<(), PhoneError> {
        let mut state = self.state()?;
        let known = known(&state, person)?;
        if !known.has_pin {
            refuse_when_over(&state)?;
        } else if state.unlocked != Some(person) {
            self.check_pin(&mut state, person, pin)?;
        }
        if !known.at_work {
            state.store.write(|tx| meta::set(tx, AT_WORK, &person.0))?;
            state.session = None;
        }
        state.unlocked = Some(person);
        Ok(())
    }

    /// Sets or changes a person's PIN; the old one is asked when there is one. Four digits at least (`pin-too-short`),
    /// and digits only (`pin-not-digits`). A first one is refused (`first-pins-over`) once somebody has begun to work
    /// under theirs: from then on a new code is needed.
    pub fn set_pin(&self, person: PersonId, old: Option<&str>, new: &str) -> Result<(), PhoneError> {
        let mut state = self.state()?;
        let known = known(&state, person)?;
        let bad = |code, detail: &str| Err(Error::BadInput { code, detail: detail.to_owned() }.into());
        if !new.bytes().all(|byte| byte.is_ascii_digit()) {
            return bad("pin-not-digits", "a PIN is made of the digits 0 to 9");
        }
        if new.len() < SHORTEST {
            return bad("pin-too-short", "a PIN has at least four digits");
        }
        if new.len() > LONGEST {
            return bad("pin-too-long", "a PIN has at most 32 digits");
        }
        if known.has_pin {
            self.check_pin(&mut state, person, old)?;
        } else {
            refuse_when_over(&state)?;
        }
        let mut salt = vec![0; 16];
        self.ports.random.fill(&mut salt).map_err(Error::Random)?;
        let mut row = PinRow {
            person,
            salt,
            hash: Vec::new(),
            memory_kib: MEMORY_KIB,
            passes: PASSES,
            lanes: LANES,
            wrong: 0,
            wrong_mono_ms: 0,
        };
        row.hash = hash(&row, new)?;
        state.store.write(|tx| pins::set(tx, &row))?;
        // The next write begins a session, and asks whether who is at work has a PIN too.
        state.session = None;
        if known.at_work {
            state.unlocked = Some(person);
        }
        Ok(())
    }

    /// Counts a try, then checks it.
    fn check_pin(&self, state: &mut State, person: PersonId, pin: Option<&str>) -> Result<(), Error> {
        let Some(row) = pins::get(state.store.read(), &person)? else { return Ok(()) };
        let Some(pin) = pin else { return Err(Error::NotAllowed("pin-needed")) };
        let now = self.ports.clock.mono_ms();
        let left_s = left_s(&row, now);
        if left_s > 0 {
            return Err(Error::PinLocked { seconds: left_s as u64 });
        }
        state.store.write(|tx| pins::tried(tx, &person, row.wrong.saturating_add(1), now))?;
        if !same(&hash(&row, pin)?, &row.hash) {
            return Err(Error::NotAllowed("wrong-pin"));
        }
        state.store.write(|tx| pins::tried(tx, &person, 0, now))
    }
}

/// How long to wait, in whole seconds. A monotonic clock begins with the telephone or with the opening, so that the
/// difference is never more than the time that has really passed.
fn left_s(row: &PinRow, now: i64) -> i64 {
    let at = (row.wrong as usize).min(WAITS_S.len() - 1);
    let left_ms = (WAITS_S[at] * 1000 - (now - row.wrong_mono_ms)).max(0);
    left_ms / 1000 + i64::from(left_ms % 1000 > 0)
}

fn hash(row: &PinRow, pin: &str) -> Result<Vec<u8>, Error> {
    let failed = |error: argon2::Error| Error::Pin(error.to_string());
    let params = Params::new(row.memory_kib, row.passes, row.lanes, Some(32)).map_err(failed)?;
    let mut hash = vec![0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(pin.as_bytes(), &row.salt, &mut hash)
        .map_err(failed)?;
    Ok(hash)
}

/// Compares without telling by the time it takes where the two differ.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

/// Who is at work; refused (`pin-needed`) until they have given their PIN in this opening, and (`first-pin-needed`)
/// when they have none while another has.
pub(crate) fn at_work(state: &State) -> Result<PersonId, Error> {
    let person = last_at_work(state)?;
    if pins::get(state.store.read(), &person)?.is_none() {
        refuse_when_over(state)?;
        if pins::any(state.store.read())? {
            return Err(Error::NotAllowed("first-pin-needed"));
        }
    } else if state.unlocked != Some(person) {
        return Err(Error::NotAllowed("pin-needed"));
    }
    Ok(person)
}

/// Refuses (`first-pins-over`) who has no PIN where others began to work under theirs.
fn refuse_when_over(state: &State) -> Result<(), Error> {
    match meta::get(state.store.read(), FIRST_PINS_OVER)? {
        Some(_) => Err(Error::NotAllowed("first-pins-over")),
        None => Ok(()),
    }
}

/// Who said last that they are at work, here or in an earlier opening.
fn last_at_work(state: &State) -> Result<PersonId, Error> {
    if meta::get(state.store.read(), SERVER_ID)?.is_none() {
        return Err(Error::NotEnrolled);
    }
    let bytes = meta::get(state.store.read(), AT_WORK)?.ok_or(Error::NobodyAtWork)?;
    PersonId::try_from(bytes.as_slice()).map_err(|_| Error::Damaged("meta"))
}

fn known(state: &State, person: PersonId) -> Result<PersonView, Error> {
    let known = persons(state)?.into_iter().find(|known| known.id == person);
    known.ok_or(Error::NotFound { what: "person", id: person.to_string() })
}

pub(crate) fn persons(state: &State) -> Result<Vec<PersonView>, Error> {
    let device = envelope::open_as::<Device>(&device_record(state)?)?.body;
    let last = last_at_work(state).ok();
    let mut views = Vec::new();
    for id in device.persons {
        let person: Option<Person> = records::about(state.store.read(), &id.0)?;
        let name = person.map_or_else(|| id.to_string(), |person| person.name);
        let has_pin = pins::get(state.store.read(), &id)?.is_some();
        views.push(PersonView { id, name, at_work: last == Some(id), has_pin });
    }
    Ok(views)
}
