//! What a village says of a visit. It goes sealed to the server's feedback key, so that the inspector's phone may carry
//! it without reading it; it is never a record of its own and names nobody.

use crate::PermitId;
use minicbor::{Decode, Encode};

/// The most words of a comment, in characters.
pub const MAX_COMMENT: usize = 200;

/// What stands in the seal's context: a sealed feedback opens as nothing else.
pub const PURPOSE: &[u8] = b"wurao-feedback-1";

/// A rating or a refusal.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Feedback {
    /// The visit; none when there was no code to read.
    #[n(0)]
    pub permit: Option<PermitId>,
    /// What is said.
    #[n(1)]
    pub said: Said,
    /// In words, if they like.
    #[n(2)]
    pub comment: Option<String>,
    /// When, seconds since 1970 UTC, by the villager's clock.
    #[n(3)]
    pub at_s: i64,
    /// Random: the same feedback sent twice is one.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub nonce: [u8; 16],
}

/// What a village can say.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(index_only)]
pub enum Said {
    /// Refused: no valid permit, or any other reason; none is needed.
    #[n(0)]
    Refused,
    /// One of five.
    #[n(1)]
    Star1,
    /// Two of five.
    #[n(2)]
    Star2,
    /// Three of five.
    #[n(3)]
    Star3,
    /// Four of five.
    #[n(4)]
    Star4,
    /// Five of five.
    #[n(5)]
    Star5,
}
