//! Leave to upload one blob: the path itself, authenticated and bound to the blob.

use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use minicbor::{Decode, Encode};
use sha2::Sha256;
use wurao_protocol::{DeviceId, Digest, cbor};

/// How long a capability is good for: long enough for a slow link, short enough to be worthless in a log.
const GOOD_FOR_MS: i64 = 24 * 3600 * 1000;
/// Bytes of the authenticator.
const MAC: usize = 32;

/// A blob that the server lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) sha256: Digest,
    pub(crate) bytes: u64,
    pub(crate) media_type: String,
    /// Who announced it.
    pub(crate) device: DeviceId,
}

/// What the authenticator stands over.
#[derive(Encode, Decode)]
#[cbor(map)]
struct Claims {
    #[n(0)]
    sha256: Digest,
    #[n(1)]
    bytes: u64,
    #[n(2)]
    media_type: String,
    #[n(3)]
    device: DeviceId,
    #[n(4)]
    expires_ms: i64,
}

impl Wanted {
    /// The path to upload it to.
    pub(crate) fn path(&self, key: &[u8; 32], now_ms: i64) -> String {
        let claims = Claims {
            sha256: self.sha256,
            bytes: self.bytes,
            media_type: self.media_type.clone(),
            device: self.device,
            expires_ms: now_ms + GOOD_FOR_MS,
        };
        let mut token = cbor::encode(&claims);
        let mac = authenticator(key).chain_update(&token).finalize().into_bytes();
        token.extend(mac);
        format!("/v1/uploads/{}", Base64UrlUnpadded::encode_string(&token))
    }

    /// The blob of a path's last part, when we made it and it is still good.
    pub(super) fn of_path(capability: &str, key: &[u8; 32], now_ms: i64) -> Option<Self> {
        let token = Base64UrlUnpadded::decode_vec(capability).ok()?;
        let (claims, mac) = token.split_at_checked(token.len().checked_sub(MAC)?)?;
        authenticator(key).chain_update(claims).verify_slice(mac).ok()?;
        let claims: Claims = cbor::decode(claims).ok()?;
        (now_ms < claims.expires_ms).then_some(Self {
            sha256: claims.sha256,
            bytes: claims.bytes,
            media_type: claims.media_type,
            device: claims.device,
        })
    }
}

/// What authenticates with this key; who uses it for something new begins with a name for that.
pub(crate) fn authenticator(key: &[u8; 32]) -> Hmac<Sha256> {
    // HMAC itself fills a short key up with zeros to the block of the hash.
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    Hmac::new(&block.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capability_is_good_for_a_day_and_for_no_other_bytes() {
        let key = [1; 32];
        let wanted =
            Wanted { sha256: Digest([2; 32]), bytes: 7, media_type: "image/jpeg".into(), device: DeviceId([3; 16]) };
        let path = wanted.path(&key, 0);
        let token = path.rsplit('/').next().unwrap();
        assert_eq!(Wanted::of_path(token, &key, GOOD_FOR_MS - 1), Some(wanted));
        assert_eq!(Wanted::of_path(token, &key, GOOD_FOR_MS), None);
        assert_eq!(Wanted::of_path(token, &[9; 32], 0), None);
        for at in 0..token.len() {
            let mut forged = token.as_bytes().to_vec();
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(Wanted::of_path(std::str::from_utf8(&forged).unwrap(), &key, 0), None, "at {at}");
        }
        assert_eq!(Wanted::of_path("", &key, 0), None);
    }
}
