//! The world outside: clock, randomness, key store and network are arguments, so that the same phone runs in an app,
//! in a terminal and in a deterministic test.

use std::sync::Arc;
use wurao_protocol::key::{Signer, SoftwareKey};

/// The phone's clocks.
pub trait Clock: Send + Sync {
    /// The wall clock, ms since 1970 UTC; may be wrong and may jump.
    fn wall_ms(&self) -> i64;
    /// A clock that never goes back while the phone is up, ms since an arbitrary start.
    fn mono_ms(&self) -> i64;
    /// Offset of local time from UTC, in minutes.
    fn offset_minutes(&self) -> i32;
}

/// Where the key of an encrypted store is kept: Keystore or Keychain on a phone. Only a phone built with the feature
/// `encrypted` asks.
///
/// The key must not be part of a backup that the store is not part of, nor the other way round, and must be there
/// after the first unlock, so that a sync in the background finds it.
pub trait KeyStore: Send + Sync {
    /// The key, the same each time. Where there is none it is drawn and kept, durably, if `first` says that there is no
    /// store yet; otherwise it is [`KeyStoreError::Missing`], for under a new key an old store stays shut.
    fn store_key(&self, first: bool) -> Result<[u8; 32], KeyStoreError>;
    /// Destroys the key; from then on nobody reads the store and its photos again. Gone already is fine.
    fn destroy(&self) -> Result<(), KeyStoreError>;
}

/// Why a key cannot be had, or not be destroyed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyStoreError {
    /// It was destroyed, or never was on this phone.
    #[error("the store's key is gone")]
    Missing,
    /// It may be there but cannot be had now; says why. Try again later.
    #[error("the key store did not answer: {0}")]
    Unavailable(String),
}

/// The device key where it is kept: a file, Keystore, Secure Enclave.
pub trait DeviceKey: Signer {
    /// Destroys the private half where it is kept; from then on nobody signs as this phone. Gone already is fine.
    fn destroy(&self) -> Result<(), KeyStoreError>;
}

/// Kept nowhere but in memory: it is gone with the process.
impl DeviceKey for SoftwareKey {
    fn destroy(&self) -> Result<(), KeyStoreError> {
        Ok(())
    }
}

/// Unpredictable bytes.
pub trait Random: Send + Sync {
    /// Fills the buffer; says why it could not.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), String>;
}

/// One HTTP exchange.
pub trait Network: Send + Sync {
    /// Sends a request and waits for the whole answer. An error means that nobody knows whether it arrived.
    fn exchange(&self, request: &HttpRequest) -> Result<HttpAnswer, NetworkError>;

    /// The same; the body of an answer of status 200 is given piece by piece as it comes, also while the request is still
    /// going out, and the answer that is returned has none. What was given before an error has come. Ends when a piece
    /// is not wanted (`false`). Where this is not possible, all of it is one piece.
    fn stream(&self, request: &HttpRequest, piece: &mut dyn FnMut(&[u8]) -> bool) -> Result<HttpAnswer, NetworkError> {
        let mut answer = self.exchange(request)?;
        if answer.status == 200 {
            piece(&std::mem::take(&mut answer.body));
        }
        Ok(answer)
    }
}

/// Why an exchange did not happen, or nobody knows whether it did.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// No connection, or it broke: try again later.
    #[error("{0}")]
    Offline(String),
    /// Somebody answered at the address who is not under the pinned CA, or without a pin under none that the world trusts:
    /// nothing was sent.
    #[error(
        "the server is under no authority that this phone was told to believe; under a CA of its own it needs an invitation: {0}"
    )]
    WrongServer(String),
    /// The certificate is not valid at the phone's date: one of the two is wrong.
    #[error("certificate not valid at this date: is the phone's date right?")]
    CertificateDate,
}

impl From<String> for NetworkError {
    fn from(text: String) -> Self {
        Self::Offline(text)
    }
}

impl From<&str> for NetworkError {
    fn from(text: &str) -> Self {
        Self::Offline(text.to_owned())
    }
}

/// A request.
#[derive(Clone, Debug)]
pub struct HttpRequest {
    /// `POST`, `HEAD`, `PATCH`.
    pub method: &'static str,
    /// The whole address.
    pub url: String,
    /// Name and value.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// SHA-256 of the public key (SPKI) of the only CA whose servers are spoken to; none: any that the world trusts.
    pub pin: Option<[u8; 32]>,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct HttpAnswer {
    /// The status.
    pub status: u16,
    /// Name in lower case and value.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl HttpAnswer {
    /// The value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

/// All of it.
#[derive(Clone)]
pub struct Ports {
    /// Clocks.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// The device key.
    pub signer: Arc<dyn DeviceKey>,
    /// The key of the store; none in a build whose store is not encrypted.
    pub keys: Option<Arc<dyn KeyStore>>,
    /// The network.
    pub network: Arc<dyn Network>,
}
