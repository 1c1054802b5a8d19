use crate::{DeviceId, PersonId};
use minicbor::{Decode, Encode};

/// A phone that was let in. The phone presents it with every request, so that a server restored from before the
/// enrolment still knows it; colleagues' phones verify its work with the key in it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Device {
    /// Its name.
    #[n(0)]
    pub id: DeviceId,
    /// Its public key, compressed SEC 1.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub key: [u8; 33],
    /// What people call it.
    #[n(2)]
    pub name: String,
    /// Who may work on it.
    #[n(3)]
    pub persons: Vec<PersonId>,
    /// When it was let in, ms since 1970 UTC.
    #[n(4)]
    pub enrolled_ms: i64,
}
