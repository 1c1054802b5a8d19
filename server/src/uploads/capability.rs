//! Leave to upload one blob: the path itself, authenticated and bound to the blob.
//!
//! A phone on a poor link sends the path with every file, so it is short: when it ends, by what the announced blob is found,
//! and the authenticator over all that it permits.

use crate::Error;
use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use minicbor::{Decode, Encode};
use rusqlite::{Connection, params};
use sha2::Sha256;
use wurao_protocol::{DeviceId, Digest, cbor};

/// How long a capability is good for, or up to an hour less: long enough for a slow link, short enough to be worthless in a log.
const GOOD_FOR_MS: i64 = 24 * HOUR_MS;
const HOUR_MS: i64 = 3600 * 1000;
/// Bytes of a path's token: the hour in which it ends, which lasts for nineteen centuries; the beginning of the blob's hash,
/// of which two may be alike; and of the authenticator as many as nobody guesses.
const HOUR: usize = 3;
const NAME: usize = 5;
const MAC: usize = 16;
/// Bytes of the authenticator in a path that says by itself what it permits ([`of_old`]).
const WHOLE_MAC: usize = 32;

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
        let hour = (now_ms + GOOD_FOR_MS).div_euclid(HOUR_MS);
        let mac = self.leave(key, hour).finalize().into_bytes();
        let token = [&hour.to_be_bytes()[8 - HOUR..], &self.sha256.0[..NAME], &mac[..MAC]].concat();
        format!("/v1/uploads/{}", Base64UrlUnpadded::encode_string(&token))
    }

    /// The blob of a path's last part, when it was announced, we made the path and it is still good.
    pub(super) fn of_path(
        db: &Connection,
        capability: &str,
        key: &[u8; 32],
        now_ms: i64,
    ) -> Result<Option<Self>, Error> {
        let Ok(token) = Base64UrlUnpadded::decode_vec(capability) else { return Ok(None) };
        if token.len() != HOUR + NAME + MAC {
            return Ok(of_old(&token, key, now_ms));
        }
        let ((hour, rest), mut big) = (token.split_at(HOUR), [0; 8]);
        big[8 - HOUR..].copy_from_slice(hour);
        let (hour, (name, mac)) = (i64::from_be_bytes(big), rest.split_at(NAME));
        if now_ms >= hour * HOUR_MS {
            return Ok(None);
        }
        let ours = |wanted: &Self| wanted.leave(key, hour).verify_truncated_left(mac).is_ok();
        Ok(announced(db, name)?.into_iter().find(ours))
    }

    /// What stands over it and the hour in which leave to upload it ends.
    fn leave(&self, key: &[u8; 32], hour: i64) -> Hmac<Sha256> {
        let claims = Claims {
            sha256: self.sha256,
            bytes: self.bytes,
            media_type: self.media_type.clone(),
            device: self.device,
            expires_ms: hour * HOUR_MS,
        };
        authenticator(key).chain_update(b"wurao leave").chain_update(cbor::encode(&claims))
    }
}

/// The blobs that were announced and whose hashes begin so. Who announces many that do only makes their own be looked for longer.
fn announced(db: &Connection, name: &[u8]) -> Result<Vec<Wanted>, Error> {
    let [mut first, mut last] = [[0; 32], [0xff; 32]];
    first[..name.len()].copy_from_slice(name);
    last[..name.len()].copy_from_slice(name);
    let sql = "SELECT thumbnail, thumbnail_bytes, 'image/jpeg', device FROM evidence WHERE thumbnail BETWEEN ?1 AND ?2 \
               UNION SELECT rendition, rendition_bytes, 'image/jpeg', device FROM evidence WHERE rendition BETWEEN ?1 AND ?2 \
               UNION SELECT original, original_bytes, media_type, device FROM evidence WHERE original BETWEEN ?1 AND ?2";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![first, last], |row| {
        let bytes: i64 = row.get(1)?;
        let (sha256, device) = (Digest(row.get(0)?), DeviceId(row.get(3)?));
        Ok(Wanted { sha256, bytes: bytes as u64, media_type: row.get(2)?, device })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The same for a path as it was told before paths were short: phones that are at it go on.
fn of_old(token: &[u8], key: &[u8; 32], now_ms: i64) -> Option<Wanted> {
    let (claims, mac) = token.split_at_checked(token.len().checked_sub(WHOLE_MAC)?)?;
    authenticator(key).chain_update(claims).verify_slice(mac).ok()?;
    let Claims { sha256, bytes, media_type, device, expires_ms } = cbor::decode(claims).ok()?;
    (now_ms < expires_ms).then_some(Wanted { sha256, bytes, media_type, device })
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

    fn wanted() -> Wanted {
        Wanted { sha256: Digest([2; 32]), bytes: 7, media_type: "image/jpeg".into(), device: DeviceId([3; 16]) }
    }

    /// A database in which these thumbnails were announced.
    fn announcing(all: &[Wanted]) -> Connection {
        let db = Connection::open_in_memory().unwrap();
        let sql = "CREATE TABLE evidence (device, media_type, thumbnail, thumbnail_bytes, rendition, rendition_bytes, \
                   original, original_bytes)";
        db.execute_batch(sql).unwrap();
        for one in all {
            let sql = "INSERT INTO evidence VALUES (?1, 'image/png', ?2, ?3, x'', 0, x'', 0)";
            db.execute(sql, params![one.device.0, one.sha256.0, one.bytes as i64]).unwrap();
        }
        db
    }

    fn token(path: &str) -> &str {
        path.rsplit('/').next().unwrap()
    }

    #[test]
    fn a_capability_is_good_for_a_day_and_for_no_other_bytes() {
        let (key, wanted) = ([1; 32], wanted());
        let mut alike = wanted.sha256;
        alike.0[31] = 9;
        let db = announcing(&[Wanted { sha256: alike, ..wanted.clone() }, wanted.clone()]);
        let path = wanted.path(&key, 0);
        assert_eq!(path.len(), "/v1/uploads/".len() + 32);
        let of = |token: &str, key, now_ms| Wanted::of_path(&db, token, key, now_ms).unwrap();
        let token = token(&path);
        assert_eq!(of(token, &key, GOOD_FOR_MS - 1), Some(wanted.clone()));
        assert_eq!(of(token, &key, GOOD_FOR_MS), None);
        assert_eq!(of(token, &[9; 32], 0), None);
        for at in 0..token.len() {
            let mut forged = token.as_bytes().to_vec();
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(of(std::str::from_utf8(&forged).unwrap(), &key, 0), None, "at {at}");
        }
        for none in ["", "AAAA", "."] {
            assert_eq!(of(none, &key, 0), None);
        }
        // The same hash, announced with another length or by somebody else, is something else.
        for other in [Wanted { bytes: 8, ..wanted.clone() }, Wanted { device: DeviceId([4; 16]), ..wanted }] {
            assert_eq!(Wanted::of_path(&announcing(&[other]), token, &key, 0).unwrap(), None);
        }
    }

    #[test]
    fn a_path_as_it_was_told_before_is_good_for_as_long_as_it_says() {
        let key = [1; 32];
        let Wanted { sha256, bytes, media_type, device } = wanted();
        let mut token = cbor::encode(&Claims { sha256, bytes, media_type, device, expires_ms: 5 });
        token.extend(authenticator(&key).chain_update(&token).finalize().into_bytes());
        let of = |token: &[u8], now_ms| {
            let token = Base64UrlUnpadded::encode_string(token);
            Wanted::of_path(&announcing(&[]), &token, &key, now_ms).unwrap()
        };
        assert_eq!(of(&token, 4), Some(wanted()));
        assert_eq!(of(&token, 5), None);
        for at in 0..token.len() {
            let mut forged = token.clone();
            forged[at] ^= 1;
            assert_eq!(of(&forged, 0), None, "at {at}");
        }
    }
}
