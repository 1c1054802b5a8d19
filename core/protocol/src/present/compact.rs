//! A presentation without what its reader can write again; the layout is in the parent's documentation.

use super::{CHALLENGES, PresentError};
use crate::cbor::Bytes;
use crate::envelope::{self, Envelope};
use crate::key::{KeyId, PublicKey};
use crate::record::{Kind, Presentation};

const VERSION: u8 = 1;
const NO_CHALLENGE: u32 = 0xff_ffff;
const FIXED: usize = 177;

pub(super) fn pack(presentation: &[u8]) -> Result<Vec<u8>, PresentError> {
    let shown = envelope::open_as::<Presentation>(presentation)?;
    let permit = envelope::open(&shown.body.permit.0)?;
    let half_minute = u32::try_from(shown.body.half_minute).map_err(|_| PresentError::Shape)?;
    let challenge = shown.body.challenge.unwrap_or(NO_CHALLENGE);
    if challenge > NO_CHALLENGE || shown.body.challenge == Some(NO_CHALLENGE) {
        return Err(PresentError::Challenge(challenge));
    }
    let mut bytes = vec![VERSION];
    bytes.extend(permit.key.0);
    bytes.extend(permit.signature());
    bytes.extend(shown.body.key);
    bytes.extend(half_minute.to_be_bytes());
    bytes.extend(&challenge.to_be_bytes()[1..]);
    bytes.extend(shown.envelope.signature());
    bytes.extend(&permit.payload);
    // Whatever the fixed parts cannot say (a record of another kind inside, another key's name) must not be lost.
    let again = unpack(&bytes)?;
    if again == presentation { Ok(bytes) } else { Err(PresentError::Shape) }
}

pub(super) fn unpack(bytes: &[u8]) -> Result<Vec<u8>, PresentError> {
    let (fixed, payload) = bytes.split_at_checked(FIXED).ok_or(PresentError::Shape)?;
    let mut fixed = Fixed(fixed);
    let [version] = fixed.take::<1>()?;
    if version != VERSION {
        return Err(PresentError::Shape);
    }
    let key_id = KeyId(fixed.take()?);
    let permit = Envelope::assemble(Kind::Permit, key_id, payload.to_vec(), &fixed.take()?)?;
    let key = fixed.take::<33>()?;
    let half_minute = u32::from_be_bytes(fixed.take()?).into();
    let [a, b, c] = fixed.take()?;
    let challenge = Some(u32::from_be_bytes([0, a, b, c])).filter(|digits| *digits != NO_CHALLENGE);
    if challenge.is_some_and(|digits| digits >= CHALLENGES) {
        return Err(PresentError::Shape);
    }
    let signer = PublicKey::from_bytes(&key).map_err(|_| PresentError::Shape)?;
    let shown = Presentation { permit: Bytes(permit), key, half_minute, challenge };
    let payload = crate::cbor::encode(&shown);
    Ok(Envelope::assemble(Kind::Presentation, signer.id(), payload, &fixed.take()?)?)
}

struct Fixed<'a>(&'a [u8]);

impl Fixed<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], PresentError> {
        let (first, rest) = self.0.split_first_chunk::<N>().ok_or(PresentError::Shape)?;
        self.0 = rest;
        Ok(*first)
    }
}
