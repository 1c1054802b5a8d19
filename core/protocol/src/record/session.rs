use crate::{DeviceId, Digest, PersonId};
use minicbor::{Decode, Encode};

/// One person at work on one device: from opening the store, or switching person, until the next.
///
/// Every session has its own actor, so that nobody can go on under another's and a restored backup never goes on
/// under an old one.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Session {
    /// The actor of every change of this session.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub actor: [u8; 16],
    /// Fresh random bytes that the actor is derived from.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub nonce: [u8; 16],
    /// Who works.
    #[n(2)]
    pub person: PersonId,
    /// On which device; its key signs this record.
    #[n(3)]
    pub device: DeviceId,
    /// When it began.
    #[n(4)]
    pub began: Stamp,
    /// Name and version of the engine that runs.
    #[n(5)]
    pub engine: String,
}

impl Session {
    /// The actor of a session: the first 16 bytes of SHA-256 over the device's public key and the nonce.
    pub fn actor_of(device_key: &crate::key::PublicKey, nonce: &[u8; 16]) -> [u8; 16] {
        Digest::of(&[&device_key.to_bytes(), nonce]).first_16()
    }
}

/// A moment as a phone knows it. Wall clocks in the field are often wrong; the other two say by how much.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Stamp {
    /// The phone's wall clock, ms since 1970 UTC.
    #[n(0)]
    pub wall_ms: i64,
    /// The phone's monotonic clock, ms since an arbitrary start (usually the boot).
    #[n(1)]
    pub mono_ms: i64,
    /// The last time the server told, ms since 1970 UTC; none before the first contact.
    #[n(2)]
    pub server_ms: Option<i64>,
}
