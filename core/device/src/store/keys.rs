//! Opening what a phone keeps: the store and the folder of photos, encrypted or plain, and the journal beside them.
//!
//! Built with the feature `encrypted`, both are encrypted under keys derived from the one of the key store, and without
//! one nothing is opened; built without it both are plain. Neither build touches what the other has written.

use super::{STORE, Store};
use crate::error::Error;
use crate::journal::Journal;
use crate::ports::{Ports, Random};
use hkdf::Hkdf;
use sha2::Sha256;
use std::path::Path;
use std::sync::Arc;
use wurao_evidence::{FilesKey, Folder};

/// Whether this build encrypts.
const ENCRYPTED: bool = cfg!(feature = "encrypted");
/// The ending of the store's rollback journal, which is there until the store keeps a log.
const JOURNAL: &str = "sqlite3-journal";
/// How a plain SQLite file begins. An encrypted one begins with random bytes.
const PLAIN: &[u8; 16] = b"SQLite format 3\0";

/// The keys of one phone, each for its use alone.
struct Keys {
    store: [u8; 32],
    files: [u8; 32],
}

impl Keys {
    fn of(master: &[u8; 32]) -> Result<Self, Error> {
        let hkdf = Hkdf::<Sha256>::new(None, master);
        let subkey = |purpose: &str| {
            let mut key = [0; 32];
            hkdf.expand(purpose.as_bytes(), &mut key).map_err(|_| Error::Random("no key derived".to_owned()))?;
            Ok::<_, Error>(key)
        };
        Ok(Self { store: subkey("wurao-store-1")?, files: subkey("wurao-files-1")? })
    }
}

/// Opens the store and the photos of this folder, making them at the first start.
pub(crate) fn open(folder: &Path, ports: &Ports) -> Result<(Store, Folder), Error> {
    let path = folder.join(STORE);
    let keys = match (ENCRYPTED, &ports.keys) {
        (false, _) => None,
        (true, None) => return Err(Error::NotAllowed("key-missing")),
        (true, Some(keys)) => Some(Keys::of(&keys.store_key(!path.exists())?)?),
    };
    check(&path)?;
    let store = Store::open(&path, keys.as_ref().map(|keys| &keys.store))?;
    let blobs = folder.join("blobs");
    let blobs = match &keys {
        None => Folder::open(blobs)?,
        Some(keys) => Folder::open_encrypted(blobs, FilesKey(keys.files), random(ports.random.clone()))?,
    };
    let journal = Journal::new(folder, ports, keys.map(|keys| keys.files));
    Ok((store.followed_by(journal), blobs))
}

/// That the file, if there is one, is of this build's kind. Nothing is written to one that is not. Where a rollback journal
/// lies beside it, the power was cut while the file was made: it may begin with anything, and SQLite undoes that.
fn check(path: &Path) -> Result<(), Error> {
    use std::io::Read;
    let failed = |source| Error::File { path: path.to_owned(), source };
    if std::fs::metadata(path.with_extension(JOURNAL)).is_ok_and(|journal| journal.len() > 0) {
        return Ok(());
    }
    let file = match std::fs::File::open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        file => file.map_err(failed)?,
    };
    let mut begin = Vec::new();
    file.take(PLAIN.len() as u64).read_to_end(&mut begin).map_err(failed)?;
    match begin == PLAIN {
        // A file not written to yet is of either kind.
        _ if begin.is_empty() => Ok(()),
        true if ENCRYPTED => Err(Error::NotAllowed("store-not-encrypted")),
        false if !ENCRYPTED => Err(Error::NotAllowed("store-encrypted")),
        _ => Ok(()),
    }
}

fn random(random: Arc<dyn Random>) -> wurao_evidence::Random {
    Arc::new(move |buffer: &mut [u8]| random.fill(buffer).map_err(std::io::Error::other))
}
