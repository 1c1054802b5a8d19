//! What an app may bring: the platform's key store, its clocks, an observer of syncs.

use crate::{PhoneError, Step};
use std::sync::Arc;
use wurao_device::{DeviceKey, KeyStoreError, Ports};
use wurao_protocol::key::{KeyError, PublicKey, Signer};

/// Why something the app brought did not work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum PortError {
    /// It failed.
    #[error("{detail}")]
    Failed {
        /// What happened.
        detail: String,
    },
}

impl From<uniffi::UnexpectedUniFFICallbackError> for PortError {
    fn from(error: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Failed { detail: error.reason }
    }
}

/// The device key in Keystore or Secure Enclave. The private half never leaves it.
#[uniffi::export(foreign)]
pub trait DeviceSigner: Send + Sync {
    /// The P-256 public key: 33 bytes, compressed SEC 1. Asked once, at the opening.
    fn public_key(&self) -> Result<Vec<u8>, PortError>;
    /// An ES256 signature over the data: r then s, 64 bytes, s at most half the order of the curve. Platforms give DER
    /// and any s; the app converts.
    fn sign(&self, data: Vec<u8>) -> Result<Vec<u8>, PortError>;
    /// Destroys the private half: the server had this phone emptied. Gone already is fine.
    fn destroy(&self) -> Result<(), PortError>;
}

/// The key of an encrypted store in Keystore or Keychain. Only a build whose store is encrypted asks.
#[uniffi::export(foreign)]
pub trait DeviceKeyStore: Send + Sync {
    /// The 32 bytes, the same each time. Where there is none it is drawn and kept if `first`; otherwise none is given
    /// back.
    fn store_key(&self, first: bool) -> Result<Option<Vec<u8>>, PortError>;
    /// Destroys the key. Gone already is fine.
    fn destroy(&self) -> Result<(), PortError>;
}

/// The platform's clocks. Must not throw.
#[uniffi::export(foreign)]
pub trait DeviceClock: Send + Sync {
    /// The wall clock, ms since 1970 UTC; may be wrong and may jump.
    fn wall_ms(&self) -> i64;
    /// A clock that goes on while the phone sleeps and never goes back while it is up, ms since an arbitrary start.
    fn mono_ms(&self) -> i64;
    /// Offset of local time from UTC, in minutes.
    fn offset_minutes(&self) -> i32;
}

/// Is told how a sync goes on, from the thread that syncs. What it throws is ignored: a progress bar stops no sync.
#[uniffi::export(foreign)]
pub trait SyncObserver: Send + Sync {
    /// Called after each step.
    fn step(&self, step: Step) -> Result<(), PortError>;
}

/// The ports of this computer, with what the app brought in the place of its own.
pub(crate) fn ports(
    folder: &std::path::Path,
    signer: Option<Arc<dyn DeviceSigner>>,
    clock: Option<Arc<dyn DeviceClock>>,
    keys: Option<Arc<dyn DeviceKeyStore>>,
) -> Result<Ports, PhoneError> {
    let mut ports = match signer {
        Some(signer) => wurao_device::system::ports_with(Arc::new(KeyStore::asked(signer)?))?,
        None => wurao_device::system::ports(folder)?,
    };
    if let Some(clock) = clock {
        ports.clock = Arc::new(Clocks(clock));
    }
    if let Some(keys) = keys {
        ports.keys = Some(Arc::new(StoreKey(keys)));
    }
    Ok(ports)
}

struct StoreKey(Arc<dyn DeviceKeyStore>);

impl wurao_device::KeyStore for StoreKey {
    fn store_key(&self, first: bool) -> Result<[u8; 32], KeyStoreError> {
        let given = self.0.store_key(first).map_err(|error| KeyStoreError::Unavailable(error.to_string()))?;
        let bytes = given.ok_or(KeyStoreError::Missing)?;
        let length = bytes.len();
        bytes.try_into().map_err(|_| KeyStoreError::Unavailable(format!("a key of {length} bytes, not 32")))
    }

    fn destroy(&self) -> Result<(), KeyStoreError> {
        self.0.destroy().map_err(|error| KeyStoreError::Unavailable(error.to_string()))
    }
}

struct KeyStore {
    public: PublicKey,
    signer: Arc<dyn DeviceSigner>,
}

impl KeyStore {
    fn asked(signer: Arc<dyn DeviceSigner>) -> Result<Self, PhoneError> {
        let unusable = |detail| PhoneError::BadInput { code: "bad-key".to_owned(), detail };
        let bytes = signer.public_key().map_err(|error| unusable(error.to_string()))?;
        let public = PublicKey::from_bytes(&bytes).map_err(|error| unusable(error.to_string()))?;
        Ok(Self { public, signer })
    }
}

impl Signer for KeyStore {
    fn public(&self) -> PublicKey {
        self.public.clone()
    }

    fn sign(&self, data: &[u8]) -> Result<[u8; 64], KeyError> {
        let bytes = self.signer.sign(data.to_vec()).map_err(|_| KeyError::Unavailable)?;
        let signature = bytes.try_into().map_err(|_| KeyError::WrongSignature)?;
        // A platform's high-S signature would be kept here and refused by every reader.
        self.public.verify(data, &signature)?;
        Ok(signature)
    }
}

impl DeviceKey for KeyStore {
    fn destroy(&self) -> Result<(), KeyStoreError> {
        self.signer.destroy().map_err(|error| KeyStoreError::Unavailable(error.to_string()))
    }
}

struct Clocks(Arc<dyn DeviceClock>);

impl wurao_device::Clock for Clocks {
    fn wall_ms(&self) -> i64 {
        self.0.wall_ms()
    }

    fn mono_ms(&self) -> i64 {
        self.0.mono_ms()
    }

    fn offset_minutes(&self) -> i32 {
        self.0.offset_minutes()
    }
}

/// An observer that the facade knows how to tell.
pub(crate) struct Told(pub(crate) Option<Arc<dyn SyncObserver>>);

impl wurao_device::Observer for Told {
    fn step(&self, step: &wurao_device::Step) {
        if let Some(observer) = &self.0 {
            let _ = observer.step(step.clone().into());
        }
    }
}
