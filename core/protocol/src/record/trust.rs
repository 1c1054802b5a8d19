use crate::key::PublicKey;
use crate::{PermitId, PermitMark};
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
    /// Withdrawn permits that could still be shown, and superseded signatures of others, by mark.
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

/// A permit that was withdrawn, or only those of its signatures that were made before a moment: it was signed anew
/// since, because a phone that they name is to show it no more.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Revocation {
    /// Which, by a name that leads nobody to it.
    #[n(0)]
    pub mark: PermitMark,
    /// As of when, seconds since 1970 UTC.
    #[n(1)]
    pub at_s: i64,
    /// Only signatures from before this second are withdrawn; without it, all of them.
    #[n(2)]
    pub before_s: Option<i64>,
}

impl Revocation {
    /// A permit withdrawn as a whole, however often it is signed.
    pub fn whole(permit: &PermitId, at_s: i64) -> Self {
        Self { mark: PermitMark::of(permit), at_s, before_s: None }
    }

    /// A permit's signatures from before a second withdrawn, since when it is signed otherwise.
    pub fn older(permit: &PermitId, at_s: i64, before_s: i64) -> Self {
        Self { mark: PermitMark::of(permit), at_s, before_s: Some(before_s) }
    }

    /// Whether a signature that was made then is withdrawn by this.
    pub fn covers(&self, issued_s: i64) -> bool {
        self.before_s.is_none_or(|before_s| issued_s < before_s)
    }
}

impl PermitKey {
    /// The key, when its bytes are one.
    pub fn public(&self) -> Option<PublicKey> {
        PublicKey::from_bytes(&self.key).ok()
    }
}
