use crate::{Digest, Words};
use minicbor::{Decode, Encode};

/// A checklist version. Templates are named by the hash of their meaning, which is not this record's hash.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Checklist {
    /// The hash of the template's meaning.
    #[n(0)]
    pub hash: Digest,
    /// What people call it.
    #[n(1)]
    pub title: Words,
    /// The author's version text.
    #[n(2)]
    pub version: String,
    /// The template in canonical JSON; this crate does not look inside.
    #[n(3)]
    pub template: String,
}
