//! Letting a phone in: by an invitation that was scanned, or by an address and a code that were typed.

use crate::error::{Error, PhoneError};
use crate::people::{AT_WORK, FIRST_PINS_OVER, PersonView, persons};
use crate::phone::{DEVICE_RECORD, Phone, SERVER_ID, SERVER_KEY, SERVER_MS, SERVER_PIN, SERVER_URL, problem_of};
use crate::ports::HttpRequest;
use crate::store::{RecordRow, meta, pins, records};
use wurao_protocol::enrol::{EnrolAnswer, EnrolRequest};
use wurao_protocol::invite::Invite;
use wurao_protocol::key::PublicKey;
use wurao_protocol::record::{Device, Person, RecordBody};
use wurao_protocol::{cbor, envelope};

/// What enrolling gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolled {
    /// The phone's name at the server, in hex.
    pub device: String,
    /// What people call it: the name it was let in under first, whatever name came with a later try.
    pub name: String,
    /// Whether it was in already under this code.
    pub already: bool,
    /// Who may work on it.
    pub persons: Vec<PersonView>,
}

/// Where a server is, and how it is known.
struct Door {
    url: String,
    pin: Option<[u8; 32]>,
    code: String,
}

impl Phone {
    /// Lets this phone in at a server with a one-time code. Asking again with the same code, after an answer was
    /// lost, gives the same enrolment. Refused (`enrolled-elsewhere`) when it is in at another server. A new code for a
    /// phone that is in already clears its PINs, and first ones can be set again: that is how a forgotten one is mended.
    pub fn enrol(&self, server_url: &str, code: &str, name: &str) -> Result<Enrolled, PhoneError> {
        let url = server_url.trim_end_matches('/').to_owned();
        Ok(self.enrol_at(&Door { url, pin: None, code: code.trim().to_owned() }, name)?)
    }

    /// The same by an invitation that was scanned: it says where the server is, by which authority it is known, and the
    /// code. Nothing is ever sent to an address that does not stand under that authority.
    pub fn enrol_with(&self, invitation: &str, name: &str) -> Result<Enrolled, PhoneError> {
        let invite = Invite::from_text(invitation)
            .map_err(|error| Error::BadInput { code: "bad-invitation", detail: error.to_string() })?;
        let url = invite.url.trim_end_matches('/').to_owned();
        let pin = invite.authority.map(|authority| authority.0);
        Ok(self.enrol_at(&Door { url, pin, code: hex::encode(invite.code) }, name)?)
    }

    fn enrol_at(&self, door: &Door, name: &str) -> Result<Enrolled, Error> {
        let key = self.ports.signer.public();
        let ask = EnrolRequest { code: door.code.clone(), key: key.to_bytes(), name: name.to_owned() };
        drop(self.state()?);
        let answer = self
            .ports
            .network
            .exchange(&HttpRequest {
                method: "POST",
                url: format!("{}/v1/enrol", door.url),
                headers: vec![("content-type", "application/cbor".to_owned())],
                body: envelope::seal(self.ports.signer.as_ref(), &ask)?,
                pin: door.pin,
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
        let mut state = self.state()?;
        let now = self.ports.clock.mono_ms();
        let already = meta::get(state.store.read(), DEVICE_RECORD)?.is_some_and(|known| known == answer.device.0);
        state.store.write(|tx| {
            if meta::get(tx, SERVER_ID)?.is_some_and(|known| known != answer.server.0) {
                return Err(Error::NotAllowed("enrolled-elsewhere"));
            }
            if meta::get(tx, DEVICE_RECORD)?.is_some_and(|known| known != answer.device.0) {
                pins::clear(tx)?;
                meta::forget(tx, FIRST_PINS_OVER)?;
            }
            meta::set(tx, SERVER_URL, door.url.as_bytes())?;
            match &door.pin {
                Some(pin) => meta::set(tx, SERVER_PIN, pin)?,
                None => meta::forget(tx, SERVER_PIN)?,
            }
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
        let persons = persons(&state)?;
        Ok(Enrolled { device: device.id.to_string(), name: device.name, already, persons })
    }
}
