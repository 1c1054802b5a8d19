//! An invitation for a phone: the text of the QR code that it enrols by.
//!
//! `WURAO:` and the base 43 of a map: where the server is, which certificate authority to believe there, and the code
//! that is good once and for a quarter of an hour.

use crate::Digest;
use crate::base43::{self, Base43Error};
use crate::cbor::{self, CborError};
use minicbor::{Decode, Encode};

const PREFIX: &str = "WURAO:";

/// The longest address of a server.
pub const MAX_URL: usize = 200;

/// What a phone needs to be let in.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Invite {
    /// The server's address, scheme included.
    #[n(0)]
    pub url: String,
    /// SHA-256 of the `SubjectPublicKeyInfo` of the authority that signed the server's certificate; none where the
    /// authorities of the phone's own list decide.
    #[n(1)]
    pub authority: Option<Digest>,
    /// The one-time code.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub code: [u8; 16],
}

/// Why a text is no invitation.
#[derive(Debug, thiserror::Error)]
pub enum InviteError {
    /// It does not begin as one.
    #[error("not an invitation of this product")]
    Other,
    /// Not base 43.
    #[error(transparent)]
    Base43(#[from] Base43Error),
    /// Base 43, but of nothing that invites.
    #[error(transparent)]
    Cbor(#[from] CborError),
    /// An address without `http://` or `https://` before it, longer than [`MAX_URL`], or with a character that no
    /// address has.
    #[error("no address of a server: {0:?}")]
    Url(String),
}

impl Invite {
    /// The text of the QR code.
    pub fn to_text(&self) -> String {
        format!("{PREFIX}{}", base43::encode(&cbor::encode(self)))
    }

    /// Reads the text of a QR code.
    pub fn from_text(text: &str) -> Result<Self, InviteError> {
        let rest = text.trim().strip_prefix(PREFIX).ok_or(InviteError::Other)?;
        let invite: Self = cbor::decode(&base43::decode(rest)?)?;
        let host = invite.url.strip_prefix("https://").or_else(|| invite.url.strip_prefix("http://"));
        let good = host.is_some_and(|host| !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_graphic()));
        if good && invite.url.len() <= MAX_URL { Ok(invite) } else { Err(InviteError::Url(invite.url)) }
    }
}
