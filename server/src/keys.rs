//! The key folder: what the server signs with. It has its own backup, apart from the data.

use crate::random::draw;
use crate::{Error, Random};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use wurao_protocol::key::{Signer, SoftwareKey};

/// The server's keys, drawn at its first start.
pub struct Keys {
    /// Signs records: devices, persons, permits, receipts, decisions.
    pub records: SoftwareKey,
    /// Authenticates upload capabilities.
    pub uploads: [u8; 32],
}

impl Keys {
    /// Opens the folder, drawing what is not there yet. `known` is the public half of the records key that signed the
    /// data beside it; a new key there would make every phone deaf to this server.
    pub fn open(folder: &Path, known: Option<&[u8]>, random: &dyn Random) -> Result<Self, Error> {
        std::fs::create_dir_all(folder).map_err(Error::file("make the folder", folder))?;
        let path = folder.join("records.key");
        if known.is_some() && !path.try_exists().map_err(Error::file("look at", &path))? {
            return Err(Error::KeyMissing { path });
        }
        let records = SoftwareKey::from_bytes(&secret(&path, random)?)?;
        if known.is_some_and(|known| known != records.public().to_bytes()) {
            return Err(Error::OtherKey { path });
        }
        let uploads = secret(&folder.join("uploads.key"), random)?;
        Ok(Self { records, uploads })
    }
}

/// Thirty-two secret bytes, as hexadecimal digits in a file that only its owner can read.
fn secret(path: &Path, random: &dyn Random) -> Result<[u8; 32], Error> {
    match std::fs::File::open(path) {
        Ok(mut file) => {
            let mut text = String::new();
            file.read_to_string(&mut text).map_err(Error::file("read", path))?;
            let mut bytes = [0; 32];
            hex::decode_to_slice(text.trim_end(), &mut bytes).map_err(|_| wurao_protocol::key::KeyError::NotAKey)?;
            Ok(bytes)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let bytes = draw_scalar(random)?;
            write_new(path, &bytes)?;
            Ok(bytes)
        }
        Err(error) => Err(Error::file("open", path)(error)),
    }
}

/// A random scalar of the curve: all but a vanishing part of the 32-byte strings are one.
fn draw_scalar(random: &dyn Random) -> Result<[u8; 32], Error> {
    loop {
        let bytes = draw(random)?;
        if SoftwareKey::from_bytes(&bytes).is_ok() {
            return Ok(bytes);
        }
    }
}

/// Written whole or not at all: a half-written key file would lock the server out for good.
fn write_new(path: &Path, bytes: &[u8; 32]) -> Result<(), Error> {
    let fresh = path.with_extension("new");
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&fresh)
        .map_err(Error::file("create", &fresh))?;
    writeln!(file, "{}", hex::encode(bytes)).map_err(Error::file("write", &fresh))?;
    file.sync_all().map_err(Error::file("flush", &fresh))?;
    std::fs::rename(&fresh, path).map_err(Error::file("rename to", path))?;
    crate::files::sync_folder_of(path)
}
