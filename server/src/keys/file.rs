//! Key files: thirty-two secret bytes as hexadecimal digits, readable by their owner alone.

use crate::random::draw;
use crate::{Error, Random};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use wurao_protocol::key::{KeyError, SoftwareKey};

/// What is in the file; drawn and written when it is not there.
pub(super) fn secret(path: &Path, random: &dyn Random) -> Result<[u8; 32], Error> {
    if let Some(bytes) = existing(path)? {
        return Ok(bytes);
    }
    let bytes = draw_scalar(random)?;
    write_new(path, format!("{}\n", hex::encode(bytes)).as_bytes())?;
    Ok(bytes)
}

/// What is in the file, when there is one.
pub(super) fn existing(path: &Path) -> Result<Option<[u8; 32]>, Error> {
    match std::fs::File::open(path) {
        Ok(mut file) => {
            let mut text = String::new();
            file.read_to_string(&mut text).map_err(Error::file("read", path))?;
            let mut bytes = [0; 32];
            hex::decode_to_slice(text.trim_end(), &mut bytes).map_err(|_| KeyError::NotAKey)?;
            Ok(Some(bytes))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
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
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let fresh = path.with_extension("new");
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&fresh)
        .map_err(Error::file("create", &fresh))?;
    file.write_all(bytes).map_err(Error::file("write", &fresh))?;
    file.sync_all().map_err(Error::file("flush", &fresh))?;
    std::fs::rename(&fresh, path).map_err(Error::file("rename to", path))?;
    crate::files::sync_folder_of(path)
}
