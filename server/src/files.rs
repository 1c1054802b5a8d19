//! Where things lie under the data folder.

use crate::Error;
use std::path::{Path, PathBuf};
use wurao_protocol::Digest;

/// The data folder.
#[derive(Clone, Debug)]
pub struct Files {
    root: PathBuf,
}

impl Files {
    /// Opens the folder, making what is not there.
    pub fn open(root: &Path) -> Result<Self, Error> {
        let files = Self { root: root.to_owned() };
        for folder in [root.to_owned(), files.parts(), files.blobs()] {
            std::fs::create_dir_all(&folder).map_err(Error::file("make the folder", &folder))?;
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

/// Makes a rename in the file's folder durable.
pub(crate) fn sync_folder_of(path: &Path) -> Result<(), Error> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(Error::file("flush the folder", folder))
}
