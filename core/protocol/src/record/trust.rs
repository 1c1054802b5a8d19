use crate::PermitId;
use crate::key::PublicKey;
use minicbor::{Decode, Encode};

/// What to believe of permits: the keys that sign them and what was withdrawn. It rides the feed and the cache of the
/// village's page; a list of a lower sequence never replaces one of a higher.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct TrustList {
    /// Rises with every list.
    #[n(0)]
    pub sequence: u64,
    /// When it was signed, seconds since 1970 UTC.
    #[n(1)]
    pub at_s: i64,
    /// After this nothing can be said from it, seconds since 1970 UTC.
    #[n(2)]
    pub good_until_s: i64,
    /// Keys that sign or signed permits, oldest first.
    #[n(3)]
    pub keys: Vec<PermitKey>,
    /// Withdrawn permits that could still be shown, by permit.
    #[n(4)]
    pub revoked: Vec<Revocation>,
    /// What a village says is sealed to this key, compressed SEC 1.
    #[cbor(n(5), with = "minicbor::bytes")]
    pub feedback_key: [u8; 33],
    /// Unsent work on phones is sealed to this key, compressed SEC 1.
    #[cbor(n(6), with = "minicbor::bytes")]
    pub drain_key: [u8; 33],
}

/// A key that signs permits, and when.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct PermitKey {
    /// Compressed SEC 1.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub key: [u8; 33],
    /// It signs from here, seconds since 1970 UTC.
    #[n(1)]
    pub from_s: i64,
    /// Rotated out: it signs nothing from here on; what it signed before stays good.
    #[n(2)]
    pub until_s: Option<i64>,
    /// Lost or stolen: nothing it ever signed is good any more, as of this second.
    #[n(3)]
    pub revoked_s: Option<i64>,
}

/// A permit that was withdrawn.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Revocation {
    /// Which.
    #[n(0)]
    pub permit: PermitId,
    /// As of when, seconds since 1970 UTC.
    #[n(1)]
    pub at_s: i64,
}

impl PermitKey {
    /// The key, when its bytes are one.
    pub fn public(&self) -> Option<PublicKey> {
        PublicKey::from_bytes(&self.key).ok()
    }
}
