//! A permit as it is shown: sealed by the phone that shows it, written as the text of a QR code, read and judged by
//! whoever stands before it.
//!
//! What is judged is a record, [`Presentation`], with the permit's record inside. In the text both stand without what
//! their reader can write again: the envelopes' fixed parts and the name of the phone's key. A fixed part, then the
//! permit's payload to the end:
//!
//! ```text
//!   0   1  version, 1
//!   1   8  key id of the permit's signature
//!   9  64  the permit's signature
//!  73  33  the phone's key, compressed SEC 1
//! 106   4  half minute, big endian
//! 110   3  challenge, big endian; ff ff ff when none was asked for
//! 113  64  the phone's signature
//! 177      the permit's payload
//! ```

mod compact;
mod judge;

pub use judge::{Judged, Question, judge, judge_text};

use crate::base43::{self, Base43Error};
use crate::cbor::{self, Bytes};
use crate::envelope::{self, EnvelopeError};
use crate::key::Signer;
use crate::permit::Permit;
use crate::record::Presentation;

/// The most bytes of a permit's payload that can be shown: with an address of [`MAX_ADDRESS`] characters they still fit
/// a QR code of version 22 at level M, which a cheap phone reads at arm's length.
pub const MAX_PAYLOAD: usize = 545;

/// The most bytes of a permit's record that can be shown: [`MAX_PAYLOAD`] and its envelope.
pub const MAX_PERMIT: usize = MAX_PAYLOAD + 101;

/// The longest address, port included and scheme not, of a page that reads permits.
pub const MAX_ADDRESS: usize = 32;

/// Challenges have six digits.
pub const CHALLENGES: u32 = 1_000_000;

/// A presentation further off than this, and without an answered challenge, is stale; seconds.
pub const STALE_S: u64 = 90;

const HALF_MINUTE_S: i64 = 30;

/// Why a permit cannot be shown, or a text is nothing that was shown.
#[derive(Debug, thiserror::Error)]
pub enum PresentError {
    /// Larger than [`MAX_PERMIT`].
    #[error("a permit of {0} bytes does not fit its code")]
    TooLarge(usize),
    /// More than six digits.
    #[error("a challenge has six digits, not {0}")]
    Challenge(u32),
    /// Longer than [`MAX_ADDRESS`], or with a character that a QR code does not take as it is.
    #[error("{0:?} is no address for a code")]
    Address(String),
    /// A clock before 1970 or after the year 6000.
    #[error("the clock says {0} seconds since 1970")]
    Clock(i64),
    /// Not the record it should be.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// Not base 43.
    #[error(transparent)]
    Base43(#[from] Base43Error),
    /// Base 43, but of nothing that was shown.
    #[error("not a shown permit")]
    Shape,
}

/// Seals a permit's record for showing it at this moment, in answer to a challenge when there was one. The signer must
/// be one of the permit's devices, or every reader will call it copied.
pub fn seal(signer: &dyn Signer, permit: &[u8], now_s: i64, challenge: Option<u32>) -> Result<Vec<u8>, PresentError> {
    envelope::open_as::<Permit>(permit)?;
    if permit.len() > MAX_PERMIT {
        return Err(PresentError::TooLarge(permit.len()));
    }
    if let Some(wrong) = challenge.filter(|digits| *digits >= CHALLENGES) {
        return Err(PresentError::Challenge(wrong));
    }
    let half_minute = u32::try_from(now_s.div_euclid(HALF_MINUTE_S)).map_err(|_| PresentError::Clock(now_s))?;
    let presentation = Presentation {
        permit: Bytes(permit.to_vec()),
        key: signer.public().to_bytes(),
        half_minute: half_minute.into(),
        challenge,
    };
    Ok(envelope::seal(signer, &presentation)?)
}

/// The text of the QR code: `HTTPS://ADDRESS/P#BASE43`. The address is a host with or without a port; a scheme before
/// it is kept. All is in capitals, as a QR code likes it, and means the same in a browser.
pub fn text(address: &str, presentation: &[u8]) -> Result<String, PresentError> {
    let address = address.to_ascii_uppercase();
    let (scheme, host) = address.split_once("://").unwrap_or(("HTTPS", &address));
    let host = host.trim_end_matches('/');
    let plain = host.bytes().all(|byte| base43::ALPHABET.contains(&byte));
    if host.is_empty() || host.len() > MAX_ADDRESS || !plain {
        return Err(PresentError::Address(address));
    }
    Ok(format!("{scheme}://{host}/P#{}", base43::encode(&compact::pack(presentation)?)))
}

/// The presentation's record in a text: the whole address, or what stands after its `#` alone.
pub fn parse(text: &str) -> Result<Vec<u8>, PresentError> {
    let text = text.trim();
    let shown = text.rsplit_once('#').map_or(text, |(_, fragment)| fragment);
    compact::unpack(&base43::decode(shown)?)
}

/// Whether a permit can be shown even when every one of its team has a phone: ask before anything is approved.
pub fn fits(permit: &Permit) -> bool {
    let missing = permit.visit.team.len().saturating_sub(permit.visit.devices.len());
    cbor::encode(permit).len() + missing * DEVICE <= MAX_PAYLOAD
}

/// How many more phones a permit can name and still be shown.
pub fn room_for(permit: &Permit) -> usize {
    MAX_PAYLOAD.saturating_sub(cbor::encode(permit).len()) / DEVICE
}

/// Bytes of a device in a permit: 16 and a head. The list's own head grows by a byte for more than 23 of them, which no
/// payload has room for.
const DEVICE: usize = 17;
