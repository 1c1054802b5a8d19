//! Tokens that others signed: COSE_Sign1 with a CWT inside, in whatever spelling RFC 9052 leaves open.
//!
//! Nothing in the product reads such tokens, so this is no part of it: it holds what the product does use, the COSE and
//! CWT reader below our envelope and [`PublicKey`], against signers that nobody here wrote.

use coset::cbor::value::Value;
use coset::cwt::{ClaimName, ClaimsSet, Timestamp};
use coset::{CborSerializable, CoseSign1, RegisteredLabelWithPrivate, TaggedCborSerializable, iana};
use wurao_protocol::key::PublicKey;

/// A token taken apart, its signature not yet checked.
pub(crate) struct Token {
    sign1: CoseSign1,
    /// Which algorithm it claims.
    pub(crate) algorithm: Algorithm,
    /// Which key it claims: the signed name before the unsigned one.
    pub(crate) key_id: Vec<u8>,
    /// What it says.
    pub(crate) claims: ClaimsSet,
}

/// The algorithms taken; another is refused before any key is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Algorithm {
    Es256,
    Ps256,
}

/// Whoever can check one algorithm with one key.
pub(crate) trait Verifier {
    fn algorithm(&self) -> Algorithm;
    fn verify(&self, data: &[u8], signature: &[u8]) -> bool;
}

/// CBOR tag 61: a CBOR Web Token.
const CWT_TAG: [u8; 2] = [0xd8, 0x3d];
/// CBOR tag 18: a COSE_Sign1.
const SIGN1_TAG: u8 = 0xd2;

/// Reads a token; says why it is none.
pub(crate) fn read(bytes: &[u8]) -> Result<Token, String> {
    let bytes = bytes.strip_prefix(&CWT_TAG).unwrap_or(bytes);
    let sign1 = match bytes.first() {
        Some(&SIGN1_TAG) => CoseSign1::from_tagged_slice(bytes),
        _ => CoseSign1::from_slice(bytes),
    };
    let sign1 = sign1.map_err(|error| format!("not a COSE_Sign1: {error}"))?;
    let (signed, unsigned) = (&sign1.protected.header, &sign1.unprotected);
    let algorithm = match signed.alg.as_ref().or(unsigned.alg.as_ref()) {
        Some(RegisteredLabelWithPrivate::Assigned(iana::Algorithm::ES256)) => Algorithm::Es256,
        Some(RegisteredLabelWithPrivate::Assigned(iana::Algorithm::PS256)) => Algorithm::Ps256,
        other => return Err(format!("algorithm {other:?} is not taken")),
    };
    let key_id = if signed.key_id.is_empty() { &unsigned.key_id } else { &signed.key_id };
    let payload = sign1.payload.as_ref().ok_or("no payload")?;
    let claims = ClaimsSet::from_slice(payload).map_err(|error| format!("not a CWT: {error}"))?;
    Ok(Token { algorithm, key_id: key_id.clone(), claims, sign1 })
}

impl Token {
    /// Whether this key signed it with the algorithm it claims.
    pub(crate) fn verify(&self, verifier: &dyn Verifier) -> bool {
        let data = self.sign1.tbs_data(b"");
        verifier.algorithm() == self.algorithm && verifier.verify(&data, &self.sign1.signature)
    }

    /// Whether it is good at this second: issued, and not expired.
    pub(crate) fn good_at(&self, now_s: i64) -> bool {
        let (Some(from), Some(to)) = (self.issued_s(), self.expires_s()) else { return false };
        from <= now_s && now_s < to
    }

    /// What the token was made for: a map under the key 1 of a private claim.
    pub(crate) fn statement(&self, claim: i64) -> Option<&[(Value, Value)]> {
        let is = |name: &ClaimName| match name {
            ClaimName::Assigned(name) => iana::EnumI64::to_i64(name) == claim,
            ClaimName::PrivateUse(name) => *name == claim,
            ClaimName::Text(_) => false,
        };
        let (_, value) = self.claims.rest.iter().find(|(name, _)| is(name))?;
        let (_, statement) = value.as_map()?.iter().find(|(key, _)| *key == Value::from(1))?;
        statement.as_map().map(Vec::as_slice)
    }

    /// `iat`.
    pub(crate) fn issued_s(&self) -> Option<i64> {
        seconds(self.claims.issued_at.as_ref()?)
    }

    /// `exp`.
    pub(crate) fn expires_s(&self) -> Option<i64> {
        seconds(self.claims.expiration_time.as_ref()?)
    }
}

fn seconds(time: &Timestamp) -> Option<i64> {
    match time {
        Timestamp::WholeSeconds(seconds) => Some(*seconds),
        Timestamp::FractionalSeconds(seconds) => Some(seconds.floor() as i64),
    }
}

impl Verifier for PublicKey {
    fn algorithm(&self) -> Algorithm {
        Algorithm::Es256
    }

    fn verify(&self, data: &[u8], signature: &[u8]) -> bool {
        let Ok(signature) = <[u8; 64]>::try_from(signature) else { return false };
        // Ours have one spelling; other signers may write either.
        let twin = crate::key::twin(&signature);
        PublicKey::verify(self, data, &signature).is_ok() || PublicKey::verify(self, data, &twin).is_ok()
    }
}

/// An RSA key, by a library of others: `RSAPublicKey` of PKCS #1.
pub(crate) struct Rsa(pub(crate) Vec<u8>);

impl Verifier for Rsa {
    fn algorithm(&self) -> Algorithm {
        Algorithm::Ps256
    }

    fn verify(&self, data: &[u8], signature: &[u8]) -> bool {
        let scheme = &aws_lc_rs::signature::RSA_PSS_2048_8192_SHA256;
        aws_lc_rs::signature::UnparsedPublicKey::new(scheme, &self.0).verify(data, signature).is_ok()
    }
}
