//! Names of documents, actors, changes and operations.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::error::RowError;

/// SHA-256 of a change chunk, as Automerge counts it.
pub type ChangeHash = [u8; 32];

/// Which inspection: the first half of a hash over permit, site, checklist and genesis version.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentId(pub [u8; 16]);

/// Which session writes: new for every session, never taken up again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActorId(pub [u8; 16]);

/// Which operation: a counter that rises along every causal path, and the actor. The greatest live one wins a key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpId {
    /// One more than the greatest counter its change had seen, and so on within the change.
    pub counter: u64,
    /// Who wrote it.
    pub actor: ActorId,
}

impl OpId {
    /// Bytes of one operation id in a row.
    pub const LEN: usize = 24;

    /// The counter, big-endian, then the actor: byte order is id order.
    pub fn to_bytes(self) -> [u8; Self::LEN] {
        let mut out = [0; Self::LEN];
        out[..8].copy_from_slice(&self.counter.to_be_bytes());
        out[8..].copy_from_slice(&self.actor.0);
        out
    }

    /// Reads what [`OpId::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<OpId, RowError> {
        let wrong = RowError { row: "operation id", at: bytes.len() };
        let (counter, actor) = bytes.split_first_chunk::<8>().ok_or(wrong)?;
        let actor = <[u8; 16]>::try_from(actor).map_err(|_| wrong)?;
        Ok(OpId { counter: u64::from_be_bytes(*counter), actor: ActorId(actor) })
    }
}

/// A text that names no document, actor or operation.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{text:?} is not {wanted}")]
pub struct ParseIdError {
    /// What was given, cut to 64 characters.
    pub text: String,
    /// What it should have been.
    pub wanted: &'static str,
}

impl ParseIdError {
    pub(crate) fn new(text: &str, wanted: &'static str) -> Self {
        ParseIdError { text: text.chars().take(64).collect(), wanted }
    }

    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        "not-an-id"
    }
}

/// Thirty-two lower-case hexadecimal digits, nothing else: an id has one spelling.
fn sixteen(text: &str, wanted: &'static str) -> Result<[u8; 16], ParseIdError> {
    let digit = |c: u8| match c {
        b'0'..=b'9' => Ok(c - b'0'),
        b'a'..=b'f' => Ok(c - b'a' + 10),
        _ => Err(ParseIdError::new(text, wanted)),
    };
    let digits = <&[u8; 32]>::try_from(text.as_bytes()).map_err(|_| ParseIdError::new(text, wanted))?;
    let mut out = [0; 16];
    for (byte, pair) in out.iter_mut().zip(digits.as_chunks::<2>().0) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Ok(out)
}

fn hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

macro_rules! sixteen_bytes {
    ($name:ident, $wanted:literal) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                hex(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                hex(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                sixteen(text, $wanted).map($name)
            }
        }
    };
}

sixteen_bytes!(DocumentId, "a document id of 32 hexadecimal digits");
sixteen_bytes!(ActorId, "an actor id of 32 hexadecimal digits");

impl fmt::Display for OpId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.counter, self.actor)
    }
}

impl fmt::Debug for OpId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for OpId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        let wrong = || ParseIdError::new(text, "an operation id like 12@<actor>");
        let (counter, actor) = text.split_once('@').ok_or_else(wrong)?;
        let id = OpId { counter: counter.parse().map_err(|_| wrong())?, actor: actor.parse().map_err(|_| wrong())? };
        // "+7" and "007" parse as numbers but are other spellings of one id.
        if id.to_string() == text { Ok(id) } else { Err(wrong()) }
    }
}
