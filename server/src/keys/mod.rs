//! The key folder: what the server signs and opens with. It has its own backup, apart from the data.
//!
//! `records.key` signs records, is the device key of what people write at the page, and never changes. `permit-<n>.key` sign permits and rotate: which of them are good,
//! and when, stands in the database ([`crate::permits::keys`]), the secrets lie here. `feedback.key` and `drain.key`
//! open what villages and lost phones have sealed to the server. `uploads.key` authenticates upload capabilities.

mod backup;
mod command;
mod file;

pub(crate) use command::KeysCommand;

use crate::{Error, Random};
use file::{existing, secret};
use std::collections::BTreeMap;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use wurao_protocol::key::{Signer, SoftwareKey};

/// What every key folder holds; the permit keys come besides.
const FILES: [&str; 4] = ["records.key", "feedback.key", "drain.key", "uploads.key"];

/// The server's keys, drawn at its first start.
pub struct Keys {
    /// Signs records: devices, persons, receipts, decisions, lists of keys; and, the server being a device, what is chosen on
    /// its page.
    pub records: SoftwareKey,
    /// Opens what a village has said.
    pub feedback: SoftwareKey,
    /// Opens what a lost phone held.
    pub drain: SoftwareKey,
    /// Authenticates upload capabilities.
    pub uploads: [u8; 32],
    folder: PathBuf,
    /// Read when first asked for: a key may be added by a command that runs beside the server.
    permits: Mutex<BTreeMap<u32, Arc<SoftwareKey>>>,
}

impl Keys {
    /// Opens the folder, drawing what is not there yet. `known` is the public half of the records key that signed the
    /// data beside it. Where there are data nothing is drawn: a new records key would make every phone deaf to this
    /// server, and no other opens what was sealed to the keys before.
    pub fn open(folder: &Path, known: Option<&[u8]>, random: &dyn Random) -> Result<Self, Error> {
        make_folder(folder)?;
        if known.is_some() {
            all_there(folder)?;
        }
        let drawn = |name: &str| secret(&folder.join(name), random);
        let records = SoftwareKey::from_bytes(&drawn("records.key")?)?;
        if known.is_some_and(|known| known != records.public().to_bytes()) {
            return Err(Error::OtherKey { path: folder.join("records.key") });
        }
        Ok(Self {
            records,
            feedback: SoftwareKey::from_bytes(&drawn("feedback.key")?)?,
            drain: SoftwareKey::from_bytes(&drawn("drain.key")?)?,
            uploads: drawn("uploads.key")?,
            folder: folder.to_owned(),
            permits: Mutex::default(),
        })
    }

    /// Where they lie.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The permit key of this number. One that is not in its folder is an error that says where it belongs.
    pub fn permit(&self, number: u32) -> Result<Arc<SoftwareKey>, Error> {
        let mut permits = self.permits.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = permits.get(&number) {
            return Ok(Arc::clone(key));
        }
        let path = self.permit_path(number);
        let bytes = existing(&path)?.ok_or(Error::KeyMissing { path })?;
        let key = Arc::new(SoftwareKey::from_bytes(&bytes)?);
        permits.insert(number, Arc::clone(&key));
        Ok(key)
    }

    /// The permit key of this number, drawn now when there is no such file: a key file that no database knows, as after
    /// a start cut short, is taken up and not thrown away.
    pub fn permit_or_new(&self, number: u32, random: &dyn Random) -> Result<Arc<SoftwareKey>, Error> {
        secret(&self.permit_path(number), random)?;
        self.permit(number)
    }

    fn permit_path(&self, number: u32) -> PathBuf {
        self.folder.join(format!("permit-{number}.key"))
    }
}

/// Makes the folder, for its owner alone.
fn make_folder(folder: &Path) -> Result<(), Error> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(Error::file("make the folder", folder))
}

/// Sees that no key is missing which every folder holds.
fn all_there(folder: &Path) -> Result<(), Error> {
    for path in FILES.map(|name| folder.join(name)) {
        if !path.try_exists().map_err(Error::file("look at", &path))? {
            return Err(Error::KeyMissing { path });
        }
    }
    Ok(())
}
