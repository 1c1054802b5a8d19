use crate::cbor::Bytes;
use minicbor::{Decode, Encode};

/// A permit as a phone shows it at one moment, signed by that phone: a photographed code soon is of another moment,
/// and a copied one fails the challenge.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Presentation {
    /// The permit's whole record.
    #[n(0)]
    pub permit: Bytes,
    /// The key of the phone that shows it, compressed SEC 1; its name must be among the permit's devices.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub key: [u8; 33],
    /// Which half minute it is by the phone's clock: seconds since 1970 UTC, divided by 30.
    #[n(2)]
    pub half_minute: u64,
    /// The six digits that were asked for, when they were.
    #[n(3)]
    pub challenge: Option<u32>,
}
