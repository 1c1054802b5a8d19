//! Where things lie under the data folder.

use crate::Error;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use wurao_protocol::Digest;

/// The data folder.
#[derive(Clone, Debug)]
pub struct Files {
    root: PathBuf,
}

impl Files {
    /// The folder of a server as it lies there: nothing is made, and one that is none is an error.
    pub fn existing(root: &Path) -> Result<Self, Error> {
        let files = Self { root: root.to_owned() };
        if files.database().is_file() {
            return Ok(files);
        }
        Err(Error::Usage(format!("{} holds no data of a server", root.display())))
    }

    /// Opens the folder, making what is not there.
    pub fn open(root: &Path) -> Result<Self, Error> {
        let files = Self { root: root.to_owned() };
        for folder in [root.to_owned(), files.parts(), files.blobs()] {
            let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder);
            made.map_err(Error::file("make the folder", &folder))?;
        }
        // What was made by other hands before is tightened; keys within are as old as the folder.
        tighten(root, 0o700)?;
        let mut secrets = vec![files.database()];
        for end in ["-wal", "-shm"] {
            secrets.push(root.join(format!("wurao.sqlite{end}")));
        }
        if files.keys().is_dir() {
            tighten(&files.keys(), 0o700)?;
            let keys = files.keys();
            for entry in std::fs::read_dir(&keys).map_err(Error::file("read the folder", &keys))? {
                secrets.push(entry.map_err(Error::file("read the folder", &keys))?.path());
            }
        } else {
            secrets.push(files.keys());
        }
        for secret in secrets.iter().filter(|path| path.is_file()) {
            tighten(secret, 0o600)?;
        }
        Ok(files)
    }

    /// The database.
    pub fn database(&self) -> PathBuf {
        self.root.join("wurao.sqlite")
    }

    /// Locked by the one server that serves the folder.
    pub fn serving(&self) -> PathBuf {
        self.root.join("serving.lock")
    }

    /// The keys.
    pub fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    /// What has arrived of a blob announced with this length: who announces another length for the same hash, by
    /// mistake or not, works on another file.
    pub fn part(&self, blob: &Digest, bytes: u64) -> PathBuf {
        self.parts().join(format!("{blob}-{bytes}"))
    }

    /// A blob that is here whole.
    pub fn blob(&self, blob: &Digest) -> PathBuf {
        let name = blob.to_string();
        self.blobs().join(&name[..2]).join(name)
    }

    fn parts(&self) -> PathBuf {
        self.root.join("parts")
    }

    fn blobs(&self) -> PathBuf {
        self.root.join("blobs")
    }
}

/// The hash of a file from where it stands on.
pub(crate) fn hash(file: &mut File, path: &Path) -> Result<Digest, Error> {
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; 64 << 10]);
    loop {
        match file.read(&mut buffer).map_err(Error::file("read", path))? {
            0 => return Ok(Digest(hash.finalize().into())),
            count => hash.update(&buffer[..count]),
        }
    }
}

/// Takes every right from everybody but the owner, whatever was there and whatever the umask is.
fn tighten(path: &Path, mode: u32) -> Result<(), Error> {
    let found = std::fs::metadata(path).map_err(Error::file("look at", path))?.permissions().mode();
    if found & 0o077 == 0 {
        return Ok(());
    }
    match std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)) {
        // A folder that was mounted may belong to somebody else.
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            tracing::warn!("{} can be read by others", path.display());
            Ok(())
        }
        done => done.map_err(Error::file("tighten", path)),
    }
}

/// Makes a rename in the file's folder durable.
pub(crate) fn sync_folder_of(path: &Path) -> Result<(), Error> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(Error::file("flush the folder", folder))
}
