//! Messages for one reader: HPKE (RFC 9180) in base mode with DHKEM(P-256, HKDF-SHA256), HKDF-SHA256 and AES-128-GCM,
//! a suite that every browser's WebCrypto can build. One message, one key: 65 bytes of encapsulated key (uncompressed
//! SEC 1), then the ciphertext with its tag.
//!
//! The purpose is HPKE's `info`: what was sealed for one purpose does not open for another.

use crate::key::{KeyError, PublicKey, SoftwareKey};
use hpke::aead::AesGcm128;
use hpke::kdf::HkdfSha256;
use hpke::kem::DhP256HkdfSha256;
use hpke::rand_core::{TryCryptoRng, TryRng};
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable, single_shot_open, single_shot_seal_with_rng};
use std::convert::Infallible;

/// What a sealed message is longer than the plain one: encapsulated key and tag.
pub const OVERHEAD: usize = ENCAPSULATED + 16;

const ENCAPSULATED: usize = 65;

type Secret = <DhP256HkdfSha256 as Kem>::PrivateKey;
type Public = <DhP256HkdfSha256 as Kem>::PublicKey;
type Encapsulated = <DhP256HkdfSha256 as Kem>::EncappedKey;

/// Why something was not sealed or does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Too short for a sealed message, or its first bytes are no key.
    #[error("not a sealed message")]
    Shape,
    /// For another key or purpose, or changed on the way.
    #[error("does not open with this key and purpose")]
    Closed,
    /// Nothing can be sealed for that key.
    #[error("could not be sealed")]
    NotSealed,
    /// The key is none.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// Seals a message for the holder of a key. `ikm` are 32 bytes of chance that are used for nothing else: the one-time
/// key is derived from them.
pub fn seal(public: &PublicKey, purpose: &[u8], plaintext: &[u8], ikm: &[u8; 32]) -> Result<Vec<u8>, SealError> {
    seal_with(public, purpose, b"", plaintext, ikm)
}

/// Opens a message that was sealed for this key and purpose.
pub fn open(secret: &SoftwareKey, purpose: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
    open_with(secret, purpose, b"", sealed)
}

fn seal_with(
    public: &PublicKey,
    info: &[u8],
    aad: &[u8],
    plaintext: &[u8],
    ikm: &[u8; 32],
) -> Result<Vec<u8>, SealError> {
    let public = Public::from_bytes(&public.to_uncompressed()).map_err(|_| KeyError::NotAKey)?;
    let mut chance = Given { ikm, used: 0 };
    let (encapsulated, ciphertext) = single_shot_seal_with_rng::<AesGcm128, HkdfSha256, DhP256HkdfSha256>(
        &OpModeS::Base,
        &public,
        info,
        plaintext,
        aad,
        &mut chance,
    )
    .map_err(|_| SealError::NotSealed)?;
    // Asked for more, it would have handed out the same bytes twice.
    if chance.used != ikm.len() {
        return Err(SealError::NotSealed);
    }
    let mut sealed = encapsulated.to_bytes().to_vec();
    sealed.extend(ciphertext);
    Ok(sealed)
}

fn open_with(secret: &SoftwareKey, info: &[u8], aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
    if sealed.len() < OVERHEAD {
        return Err(SealError::Shape);
    }
    let (encapsulated, ciphertext) = sealed.split_at(ENCAPSULATED);
    let encapsulated = Encapsulated::from_bytes(encapsulated).map_err(|_| SealError::Shape)?;
    let secret = Secret::from_bytes(&secret.to_bytes()).map_err(|_| KeyError::NotAKey)?;
    single_shot_open::<AesGcm128, HkdfSha256, DhP256HkdfSha256>(
        &OpModeR::Base,
        &secret,
        &encapsulated,
        info,
        ciphertext,
        aad,
    )
    .map_err(|_| SealError::Closed)
}

/// Chance that was drawn by the caller, so that this crate draws none. HPKE asks once, for the keying material of the
/// one-time key (`DeriveKeyPair`).
struct Given<'a> {
    ikm: &'a [u8; 32],
    used: usize,
}

impl TryRng for Given<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, wanted: &mut [u8]) -> Result<(), Infallible> {
        for byte in wanted {
            *byte = self.ikm[self.used % self.ikm.len()];
            self.used += 1;
        }
        Ok(())
    }
}

impl TryCryptoRng for Given<'_> {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn hex32(text: &str) -> [u8; 32] {
        hex::decode(text).unwrap().try_into().unwrap()
    }

    /// RFC 9180, A.3.1.1, sequence number 0. It has associated data, which our messages do without.
    #[test]
    fn the_rfcs_own_vector_is_sealed_to_the_byte_and_opens() {
        let ikm_e = hex32("4270e54ffd08d79d5928020af4686d8f6b7d35dbe470265f1f5aa22816ce860e");
        let secret = hex32("f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2");
        let secret = SoftwareKey::from_bytes(&secret).unwrap();
        let plaintext = b"Beauty is truth, truth beauty";
        let info = b"Ode on a Grecian Urn";
        let expected = "04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac98536d7b61a1af4b78e5b7f951c0900be\
                        863c403ce65c9bfcb9382657222d18c45ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f9076\
                        ac232e3ab2523f39513434";
        let public = crate::key::Signer::public(&secret);
        let sealed = seal_with(&public, info, b"Count-0", plaintext, &ikm_e).unwrap();
        assert_eq!(hex::encode(&sealed), expected);
        assert_eq!(open_with(&secret, info, b"Count-0", &sealed).unwrap(), plaintext);
    }
}
