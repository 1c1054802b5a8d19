//! The ports of an ordinary computer: system clocks and randomness, a key in a file, HTTP by reqwest.

use crate::error::{Error, PhoneError};
use crate::http::HttpNetwork;
use crate::ports::{Clock, Ports, Random};
use crate::store::STORE;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use wurao_protocol::key::{Signer, SoftwareKey};

/// Ports for a phone in this folder: the device key is `device.key` in it, made at the first start.
///
/// Shipped apps keep the key in Keystore or Secure Enclave instead: [`ports_with`].
pub fn ports(folder: &Path) -> Result<Ports, PhoneError> {
    ports_with(key_in(folder)?)
}

/// The same with a key that is kept elsewhere.
pub fn ports_with(signer: Arc<dyn Signer>) -> Result<Ports, PhoneError> {
    Ok(Ports {
        clock: Arc::new(SystemClock { start: Instant::now() }),
        random: Arc::new(SystemRandom),
        signer,
        network: Arc::new(HttpNetwork::new()?),
    })
}

/// The device key kept in a file that only its owner may read.
pub fn key_in(folder: &Path) -> Result<Arc<dyn Signer>, PhoneError> {
    Ok(Arc::new(load_key(&folder.join("device.key"))?))
}

fn load_key(path: &Path) -> Result<SoftwareKey, Error> {
    let failed = |source| Error::File { path: path.to_owned(), source };
    match std::fs::read(path) {
        Ok(bytes) => Ok(SoftwareKey::from_bytes(&bytes)?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            // Under a new key nothing that is in the store could ever be sent.
            if path.with_file_name(STORE).exists() {
                return Err(Error::NotAllowed("key-missing"));
            }
            let folder = path.parent().unwrap_or(Path::new("."));
            std::fs::create_dir_all(folder).map_err(failed)?;
            let key = draw_key()?;
            // Written aside first: a key cut short by a kill would lock the phone out for good.
            let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
            file.write_all(&key.to_bytes()).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
            file.persist(path).map_err(|e| failed(e.error))?;
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

struct SystemClock {
    start: Instant,
}

impl Clock for SystemClock {
    fn wall_ms(&self) -> i64 {
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => since.as_millis() as i64,
            Err(before) => -(before.duration().as_millis() as i64),
        }
    }

    fn mono_ms(&self) -> i64 {
        self.start.elapsed().as_millis() as i64
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
