//! The ports of an ordinary computer: system clocks and randomness, a key in a file, HTTP by reqwest.

use crate::error::{Error, PhoneError};
use crate::http::HttpNetwork;
use crate::phone::own_folder;
use crate::ports::{Clock, DeviceKey, KeyStore, KeyStoreError, Ports, Random};
use crate::store::STORE;
use crate::wipe::MARK;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use wurao_protocol::key::{KeyError, PublicKey, Signer, SoftwareKey};

/// Ports for a phone in this folder: the device key is `device.key` in it, made at the first start; the key of an
/// encrypted store is beside it ([`FileKeyStore`]).
///
/// Shipped apps keep both in Keystore, Keychain or Secure Enclave instead: [`ports_with`].
pub fn ports(folder: &Path) -> Result<Ports, PhoneError> {
    // Makes the folder, which the other key is to lie beside.
    let signer = key_in(folder)?;
    Ok(Ports { keys: Some(Arc::new(FileKeyStore::beside(folder))), ..ports_with(signer)? })
}

/// The same with a device key that is kept elsewhere, and no key for an encrypted store: set `keys` for one.
pub fn ports_with(signer: Arc<dyn DeviceKey>) -> Result<Ports, PhoneError> {
    Ok(Ports {
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        signer,
        keys: None,
        network: Arc::new(HttpNetwork::new()?),
    })
}

/// The device key kept in a file that only its owner may read. Refused (`wiped`) where a phone was emptied.
pub fn key_in(folder: &Path) -> Result<Arc<dyn DeviceKey>, PhoneError> {
    own_folder(folder)?;
    let path = folder.join("device.key");
    Ok(Arc::new(FileKey { key: load_key(&path)?, path }))
}

/// The device key and the file it is kept in.
struct FileKey {
    key: SoftwareKey,
    path: PathBuf,
}

impl Signer for FileKey {
    fn public(&self) -> PublicKey {
        self.key.public()
    }

    fn sign(&self, data: &[u8]) -> Result<[u8; 64], KeyError> {
        self.key.sign(data)
    }
}

impl DeviceKey for FileKey {
    fn destroy(&self) -> Result<(), KeyStoreError> {
        remove(&self.path)
    }
}

fn load_key(path: &Path) -> Result<SoftwareKey, Error> {
    let failed = |source| Error::File { path: path.to_owned(), source };
    match std::fs::read(path) {
        Ok(bytes) => Ok(SoftwareKey::from_bytes(&bytes)?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            // The device key goes last: nothing is left to be done in this folder.
            if path.with_file_name(MARK).exists() {
                return Err(Error::NotAllowed("wiped"));
            }
            // Under a new key nothing that is in the store could ever be sent.
            if path.with_file_name(STORE).exists() {
                return Err(Error::NotAllowed("key-missing"));
            }
            let key = draw_key()?;
            keep_secret(path, &key.to_bytes()).map_err(failed)?;
            Ok(key)
        }
        Err(error) => Err(failed(error)),
    }
}

fn draw_key() -> Result<SoftwareKey, Error> {
    let mut scalar = [0; 32];
    // All but one in 2^32 draws are a scalar of the curve.
    for _ in 0..8 {
        SystemRandom.fill(&mut scalar).map_err(Error::Random)?;
        if let Ok(key) = SoftwareKey::from_bytes(&scalar) {
            return Ok(key);
        }
    }
    Err(Error::Random("eight draws and no key".to_owned()))
}

/// The key of an encrypted store in a file that only its owner may read, beside the phone's folder and not in it, so
/// that who copies the folder has no key. For the terminal and for tests: whoever has the whole disk has both. Phones
/// use Keystore or Keychain.
#[derive(Clone, Debug)]
pub struct FileKeyStore {
    path: PathBuf,
}

impl FileKeyStore {
    /// For the phone in this folder: `<folder>.store-key`.
    pub fn beside(folder: &Path) -> Self {
        // `.` and `..` have no name to stand beside.
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let mut name = folder.file_name().unwrap_or_default().to_owned();
        name.push(".store-key");
        Self { path: folder.with_file_name(name) }
    }
}

impl KeyStore for FileKeyStore {
    fn store_key(&self, first: bool) -> Result<[u8; 32], KeyStoreError> {
        let failed = |error: std::io::Error| KeyStoreError::Unavailable(format!("{}: {error}", self.path.display()));
        match std::fs::read(&self.path) {
            Ok(bytes) => bytes.try_into().map_err(|_| failed(std::io::ErrorKind::InvalidData.into())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && first => {
                let mut key = [0; 32];
                SystemRandom.fill(&mut key).map_err(KeyStoreError::Unavailable)?;
                keep_secret(&self.path, &key).map_err(failed)?;
                Ok(key)
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(KeyStoreError::Missing),
            Err(error) => Err(failed(error)),
        }
    }

    fn destroy(&self) -> Result<(), KeyStoreError> {
        remove(&self.path)
    }
}

fn remove(path: &Path) -> Result<(), KeyStoreError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(KeyStoreError::Unavailable(format!("{}: {error}", path.display())))
        }
        _ => Ok(()),
    }
}

/// Writes a file that only its owner may read; on return it survives a power cut. Written aside first: a key cut short
/// by a kill would lock the phone out for good.
fn keep_secret(path: &Path, secret: &[u8; 32]) -> std::io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(secret)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|failed| failed.error)?;
    if cfg!(unix) { std::fs::File::open(folder)?.sync_all() } else { Ok(()) }
}

struct SystemClock;

impl Clock for SystemClock {
    fn wall_ms(&self) -> i64 {
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => since.as_millis() as i64,
            Err(before) => -(before.duration().as_millis() as i64),
        }
    }

    #[cfg(unix)]
    fn mono_ms(&self) -> i64 {
        // Since the computer started, sleep included where the system counts it: another start of the program goes on
        // where this one was, and a locked PIN need not wait anew.
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let since_start = rustix::time::ClockId::Boottime;
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        let since_start = rustix::time::ClockId::Monotonic;
        let now = rustix::time::clock_gettime(since_start);
        now.tv_sec as i64 * 1000 + now.tv_nsec as i64 / 1_000_000
    }

    #[cfg(not(unix))]
    fn mono_ms(&self) -> i64 {
        static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
        START.get_or_init(std::time::Instant::now).elapsed().as_millis() as i64
    }

    fn offset_minutes(&self) -> i32 {
        jiff::Zoned::now().offset().seconds() / 60
    }
}

struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), String> {
        getrandom::fill(buffer).map_err(|error| error.to_string())
    }
}
