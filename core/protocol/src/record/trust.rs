use crate::key::PublicKey;
use crate::{DeviceId, PermitId, PermitMark};
use minicbor::{Decode, Encode};

/// What to believe of permits: the keys that sign them, what was withdrawn and which phones show none any more. It rides the feed and the cache of the
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
    /// Withdrawn permits that could still be shown, by mark.
    #[n(4)]
    pub revoked: Vec<Revocation>,
    /// What a village says is sealed to this key, compressed SEC 1.
    #[cbor(n(5), with = "minicbor::bytes")]
    pub feedback_key: [u8; 33],
    /// Unsent work on phones is sealed to this key, compressed SEC 1.
    #[cbor(n(6), with = "minicbor::bytes")]
    pub drain_key: [u8; 33],
    /// Phones that show no permit any more, by device.
    #[n(7)]
    pub phones: Vec<RevokedPhone>,
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

/// A permit that was withdrawn, however often it is signed.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Revocation {
    /// Which, by a name that leads nobody to it.
    #[n(0)]
    pub mark: PermitMark,
    /// As of when, seconds since 1970 UTC.
    #[n(1)]
    pub at_s: i64,
}

/// A phone that shows no permit any more: it was revoked, or nobody who works on it inspects. The permits that name it
/// stay good in the hands of everybody else on the team.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct RevokedPhone {
    /// Which. Whatever a phone shows carries its key, so this leads to nothing that is not seen in the village.
    #[n(0)]
    pub device: DeviceId,
    /// As of when, seconds since 1970 UTC.
    #[n(1)]
    pub at_s: i64,
}

impl Revocation {
    /// The withdrawal of a permit.
    pub fn of(permit: &PermitId, at_s: i64) -> Self {
        Self { mark: PermitMark::of(permit), at_s }
    }
}

impl PermitKey {
    /// The key, when its bytes are one.
    pub fn public(&self) -> Option<PublicKey> {
        PublicKey::from_bytes(&self.key).ok()
    }
}
