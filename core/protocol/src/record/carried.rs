use super::Stamp;
use crate::cbor::Bytes;
use minicbor::{Decode, Encode};

/// What a village said, sealed to the server by the village's page and carried by a phone that cannot read it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Carried {
    /// A sealed [`crate::feedback::Feedback`].
    #[n(0)]
    pub sealed: Bytes,
    /// When the phone took it.
    #[n(1)]
    pub at: Stamp,
}
