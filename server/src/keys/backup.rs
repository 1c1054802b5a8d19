//! The key folder in one file, and back.

use super::file::write_new;
use super::{all_there, make_folder};
use crate::Error;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Keys and certificates are small.
const MAX_FILE: u64 = 1 << 20;
const VERSION: u32 = 1;
/// The one folder in it: without its CA, phones let in by an invitation would not know the server any more.
const TLS: &str = "tls";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Backup {
    wurao_keys: u32,
    /// By name, in hexadecimal digits.
    files: BTreeMap<String, String>,
}

/// Writes every file of the folder, certificates too, into a new file that only its owner can read; says how many. A
/// folder that lacks a key is refused: its copy would be taken for a whole one.
pub(super) fn write(folder: &Path, to: &Path) -> Result<usize, Error> {
    all_there(folder)?;
    let mut files = BTreeMap::new();
    gather(folder, "", &mut files)?;
    let tls = folder.join(TLS);
    if tls.is_dir() {
        gather(&tls, &format!("{TLS}/"), &mut files)?;
    }
    let count = files.len();
    let text = serde_json::to_string_pretty(&Backup { wurao_keys: VERSION, files })
        .map_err(|error| Error::Usage(error.to_string()))?;
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(to)
        .map_err(Error::file("create", to))?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(Error::file("write", to))?;
    Ok(count)
}

/// The keys and certificates of one folder, their names after this beginning.
fn gather(folder: &Path, beginning: &str, into: &mut BTreeMap<String, String>) -> Result<(), Error> {
    for entry in std::fs::read_dir(folder).map_err(Error::file("look into", folder))? {
        let path = entry.map_err(Error::file("look into", folder))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|name| is_plain(name)) else {
            continue;
        };
        if path.is_file() {
            let bytes = std::fs::read(&path).map_err(Error::file("read", &path))?;
            into.insert(format!("{beginning}{name}"), hex::encode(bytes));
        }
    }
    Ok(())
}

/// Brings back the files that are missing; says how many. Nothing of it when one that is there is not that of the
/// backup, or the backup cannot be read whole.
pub(super) fn restore(from: &Path, folder: &Path) -> Result<usize, Error> {
    let length = std::fs::metadata(from).map_err(Error::file("look at", from))?.len();
    if length > 64 * MAX_FILE {
        return Err(Error::Usage(format!("{} is no backup of keys: too large", from.display())));
    }
    let text = std::fs::read_to_string(from).map_err(Error::file("read", from))?;
    let no_backup = |why: String| Error::Usage(format!("{} is no backup of keys: {why}", from.display()));
    let backup: Backup = serde_json::from_str(&text).map_err(|error| no_backup(error.to_string()))?;
    if backup.wurao_keys != VERSION {
        return Err(no_backup(format!("version {}", backup.wurao_keys)));
    }
    if !backup.files.contains_key("records.key") {
        return Err(no_backup("records.key is not in it".to_owned()));
    }
    let mut files = Vec::with_capacity(backup.files.len());
    for (name, digits) in &backup.files {
        // A name is a name in this folder and no way out of it.
        if !is_plain(name.strip_prefix(TLS).and_then(|rest| rest.strip_prefix('/')).unwrap_or(name)) {
            return Err(no_backup(format!("the name {name:?}")));
        }
        files.push((folder.join(name), hex::decode(digits).map_err(|error| no_backup(error.to_string()))?));
    }
    let mut missing = Vec::new();
    for (path, bytes) in &files {
        match std::fs::read(path) {
            Ok(there) if there == *bytes => {}
            Ok(_) => {
                let other = "is there and is not that of the backup; nothing was brought back";
                return Err(Error::Usage(format!("{} {other}", path.display())));
            }
            Err(error) if error.kind() == ErrorKind::NotFound => missing.push((path, bytes)),
            Err(error) => return Err(Error::file("read", path)(error)),
        }
    }
    make_folder(folder)?;
    for (path, bytes) in &missing {
        if let Some(parent) = path.parent() {
            make_folder(parent)?;
        }
        write_new(path, bytes)?;
    }
    Ok(missing.len())
}

/// The name of a key or certificate; not of a file that was being written.
fn is_plain(name: &str) -> bool {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_');
    !name.starts_with('.') && !name.ends_with(".new") && !name.contains("..") && name.chars().all(allowed)
}
