//! Letting a phone in: `POST /v1/enrol` with a sealed [`EnrolRequest`], answered by an [`EnrolAnswer`].
//!
//! The request is signed by the key it brings, so the server knows that the phone holds it.

use crate::ServerId;
use crate::cbor::Bytes;
use minicbor::{Decode, Encode};

/// A phone asks to be let in.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct EnrolRequest {
    /// The one-time code as shown to the person.
    #[n(0)]
    pub code: String,
    /// The phone's public key, compressed SEC 1.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub key: [u8; 33],
    /// What people shall call the phone.
    #[n(2)]
    pub name: String,
}

/// The server lets it in.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct EnrolAnswer {
    /// The server's name.
    #[n(0)]
    pub server: ServerId,
    /// The key its records are signed with, compressed SEC 1.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub server_key: [u8; 33],
    /// The phone's device record.
    #[n(2)]
    pub device: Bytes,
    /// The person records of those who may work on it.
    #[n(3)]
    pub persons: Vec<Bytes>,
    /// The server's clock, ms since 1970 UTC.
    #[n(4)]
    pub server_ms: i64,
}
