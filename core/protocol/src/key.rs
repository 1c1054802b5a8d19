//! P-256 keys and ES256 signatures. A signature has one spelling: low-S, 64 bytes.

use crate::{DeviceId, Digest};
use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};

/// Whoever holds a private key: a file of the server, a phone's key store.
pub trait Signer: Send + Sync {
    /// The public half.
    fn public(&self) -> PublicKey;
    /// An ES256 signature (r then s, low-S) over the data.
    fn sign(&self, data: &[u8]) -> Result<[u8; 64], KeyError>;
}

/// Why a key or a signature is no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The bytes are no point of the curve, or no scalar.
    #[error("not a P-256 key")]
    NotAKey,
    /// The key store did not sign.
    #[error("the key store refused to sign")]
    Unavailable,
    /// The signature is not by this key over these bytes, or not in low-S form.
    #[error("wrong signature")]
    WrongSignature,
}

/// The first eight bytes of a key's thumbprint: a hint for finding the key, never a proof.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct KeyId(pub [u8; 8]);
crate::cbor::as_bytes!(KeyId);

/// A P-256 public key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// From 33 bytes of compressed SEC 1. The compact form, as long and without a sign, would be a second spelling.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        if bytes.len() != 33 || !matches!(bytes[0], 2 | 3) {
            return Err(KeyError::NotAKey);
        }
        VerifyingKey::from_sec1_bytes(bytes).map(Self).map_err(|_| KeyError::NotAKey)
    }

    /// The 33 bytes of compressed SEC 1.
    pub fn to_bytes(&self) -> [u8; 33] {
        let mut bytes = [0; 33];
        bytes.copy_from_slice(self.0.to_sec1_point(true).as_bytes());
        bytes
    }

    /// The 65 bytes of uncompressed SEC 1, as browsers and HPKE want them.
    pub fn to_uncompressed(&self) -> [u8; 65] {
        let mut bytes = [0; 65];
        bytes.copy_from_slice(self.0.to_sec1_point(false).as_bytes());
        bytes
    }

    /// The COSE key thumbprint of RFC 9679: SHA-256 over the deterministic `COSE_Key` of kty, crv, x and y.
    pub fn thumbprint(&self) -> Digest {
        let point = self.to_uncompressed();
        let (x, y) = point[1..].split_at(32);
        // {1: 2 (EC2), -1: 1 (P-256), -2: x, -3: y}; written out because its bytes are fixed but for x and y.
        Digest::of(&[&[0xa4, 0x01, 0x02, 0x20, 0x01, 0x21, 0x58, 0x20], x, &[0x22, 0x58, 0x20], y])
    }

    /// The hint that records carry.
    pub fn id(&self) -> KeyId {
        let mut id = [0; 8];
        id.copy_from_slice(&self.thumbprint().0[..8]);
        KeyId(id)
    }

    /// The name of the device that holds this key.
    pub fn device(&self) -> DeviceId {
        DeviceId(self.thumbprint().first_16())
    }

    /// Checks an ES256 signature; its high-S twin is refused, so that nobody can respell what another signed.
    pub fn verify(&self, data: &[u8], signature: &[u8; 64]) -> Result<(), KeyError> {
        let signature = Signature::from_slice(signature).map_err(|_| KeyError::WrongSignature)?;
        if signature.normalize_s() != signature {
            return Err(KeyError::WrongSignature);
        }
        self.0.verify(data, &signature).map_err(|_| KeyError::WrongSignature)
    }
}

/// A private key in memory: the server's, and a phone's where no key store is to be had.
pub struct SoftwareKey(SigningKey);

impl SoftwareKey {
    /// From a 32-byte scalar; the caller draws it and keeps it.
    pub fn from_bytes(scalar: &[u8]) -> Result<Self, KeyError> {
        // A shorter slice would be taken and filled up with zeros: a key file cut short must not be a key.
        if scalar.len() != 32 {
            return Err(KeyError::NotAKey);
        }
        SigningKey::from_slice(scalar).map(Self).map_err(|_| KeyError::NotAKey)
    }

    /// The 32-byte scalar, for the key file.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes().into()
    }
}

impl Signer for SoftwareKey {
    fn public(&self) -> PublicKey {
        PublicKey(*self.0.verifying_key())
    }

    fn sign(&self, data: &[u8]) -> Result<[u8; 64], KeyError> {
        let signature: Signature = self.0.try_sign(data).map_err(|_| KeyError::Unavailable)?;
        Ok(signature.normalize_s().to_bytes().into())
    }
}
