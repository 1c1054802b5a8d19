//! The content-addressed folder: every file is named by the SHA-256 of its bytes and appears whole or not at all.
//! With a key its files are encrypted; they are named by what they hold all the same.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::error::EvidenceError;
use crate::sealed::{FilesKey, NONCE, SealedReader, Sealer};

/// The largest file taken as evidence: twice what a 200-megapixel phone camera writes.
pub const MAX_FILE_BYTES: u64 = 128 << 20;

const INCOMING: &str = "incoming";
const BUFFER_BYTES: usize = 64 << 10;

/// One stored file: what it hashes to and how long it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Blob {
    /// SHA-256 of the bytes.
    pub sha256: [u8; 32],
    /// Number of bytes.
    pub len: u64,
}

impl Blob {
    /// The hash as 64 lower-case hexadecimal digits, as `sha256sum` prints it.
    pub fn hex(&self) -> String {
        hex(&self.sha256)
    }
}

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blob({}, {} bytes)", self.hex(), self.len)
    }
}

/// A folder of blobs: `<root>/ab/abcdef...`, and `<root>/incoming/` for files not yet whole.
#[derive(Clone)]
pub struct Folder {
    root: PathBuf,
    key: Option<FilesKey>,
    random: Option<Random>,
}

/// Fills a buffer with unpredictable bytes.
pub type Random = Arc<dyn Fn(&mut [u8]) -> io::Result<()> + Send + Sync>;

impl fmt::Debug for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Folder({}{})", self.root.display(), if self.key.is_some() { ", encrypted" } else { "" })
    }
}

impl Folder {
    /// Opens the folder, making it if need be. Touches no file that is there.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, EvidenceError> {
        Self::look(root, None).made()
    }

    /// The same for a folder whose files are encrypted under this key. Plain files in it are refused as damaged.
    /// Each file that is written draws its nonce.
    pub fn open_encrypted(root: impl Into<PathBuf>, key: FilesKey, random: Random) -> Result<Self, EvidenceError> {
        Folder { random: Some(random), ..Self::look(root, Some(key)) }.made()
    }

    /// A folder to read from only, of another phone say: makes and removes nothing.
    pub fn look(root: impl Into<PathBuf>, key: Option<FilesKey>) -> Self {
        Folder { root: root.into(), key, random: None }
    }

    fn made(self) -> Result<Self, EvidenceError> {
        let incoming = self.root.join(INCOMING);
        fs::create_dir_all(&incoming).map_err(|e| EvidenceError::storage(&incoming, e))?;
        Ok(self)
    }

    /// Removes what a kill left half written. Call at start, before anything is kept; returns how many went.
    pub fn sweep(&self) -> Result<usize, EvidenceError> {
        let incoming = self.root.join(INCOMING);
        let failed = |e| EvidenceError::storage(&incoming, e);
        let mut swept = 0;
        for entry in fs::read_dir(&incoming).map_err(failed)? {
            fs::remove_file(entry.map_err(failed)?.path()).map_err(failed)?;
            swept += 1;
        }
        Ok(swept)
    }

    /// Where a blob with this hash lives, whether or not it is there.
    pub fn path_of(&self, sha256: &[u8; 32]) -> PathBuf {
        let name = hex(sha256);
        self.root.join(&name[..2]).join(name)
    }

    /// Whether the blob is there.
    pub fn contains(&self, sha256: &[u8; 32]) -> bool {
        self.path_of(sha256).is_file()
    }

    /// Whether its files are encrypted: a path is then of no use to a program that shows pictures.
    pub fn is_encrypted(&self) -> bool {
        self.key.is_some()
    }

    /// Opens a blob for reading, from any offset and without taking it into memory.
    pub fn reader(&self, sha256: &[u8; 32]) -> Result<BlobReader, EvidenceError> {
        let path = self.path_of(sha256);
        let file = File::open(&path).map_err(|e| match e.kind() {
            io::ErrorKind::NotFound => EvidenceError::BlobMissing { sha256: hex(sha256) },
            _ => EvidenceError::storage(&path, e),
        })?;
        let Some(key) = &self.key else {
            return Ok(BlobReader(Inner::Plain(file)));
        };
        let sealed = SealedReader::open(file, key, sha256).map_err(|e| EvidenceError::storage(&path, e))?;
        Ok(BlobReader(Inner::Sealed(Box::new(sealed))))
    }

    /// Stores bytes made in memory; on return they survive a power cut.
    pub fn put_bytes(&self, bytes: &[u8]) -> Result<Blob, EvidenceError> {
        let blob = Blob { sha256: Sha256::digest(bytes).into(), len: bytes.len() as u64 };
        self.store(|to, path| {
            to.write_all(bytes).map_err(|e| EvidenceError::storage(path, e))?;
            Ok(blob)
        })
    }

    /// Reads a blob once more and compares: the answer to "is it still what was photographed".
    pub fn verify(&self, blob: &Blob) -> Result<(), EvidenceError> {
        let path = self.path_of(&blob.sha256);
        let mut sink = Copy { from: &path, to: &path, cap: u64::MAX };
        let found = sink.run(self.reader(&blob.sha256)?, io::sink())?;
        if found == *blob {
            return Ok(());
        }
        Err(EvidenceError::BlobDamaged { expected: blob.hex(), found: found.hex() })
    }

    /// Removes a blob, once the server holds it and the phone needs the room. Gone already is fine.
    pub fn remove(&self, sha256: &[u8; 32]) -> Result<(), EvidenceError> {
        let path = self.path_of(sha256);
        match fs::remove_file(&path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(EvidenceError::storage(&path, e)),
            _ => Ok(()),
        }
    }

    /// Writes aside, flushes, renames into place, flushes the directories. Renaming over an equal name is right even
    /// when the blob exists: the bytes are the same by construction, and a damaged copy is healed.
    fn store(
        &self,
        write: impl FnOnce(&mut dyn Write, &Path) -> Result<Blob, EvidenceError>,
    ) -> Result<Blob, EvidenceError> {
        let incoming = self.root.join(INCOMING);
        let failed = |e| EvidenceError::storage(&incoming, e);
        let mut part = NamedTempFile::new_in(&incoming).map_err(failed)?;
        let blob = match &self.key {
            None => write(part.as_file_mut(), &incoming)?,
            Some(key) => {
                let mut nonce = [0; NONCE];
                // Without randomness, as in a folder to look at, nothing is written.
                let random = self.random.as_ref().ok_or(failed(io::ErrorKind::ReadOnlyFilesystem.into()))?;
                random(&mut nonce).map_err(failed)?;
                let mut sealer = Sealer::begin(part.as_file_mut(), key, &nonce).map_err(failed)?;
                let blob = write(&mut sealer, &incoming)?;
                sealer.finish(&blob.sha256).map_err(failed)?;
                blob
            }
        };
        part.as_file().sync_all().map_err(|e| EvidenceError::storage(&incoming, e))?;
        let path = self.path_of(&blob.sha256);
        let shard = path.parent().unwrap_or(&self.root);
        fs::create_dir_all(shard).map_err(|e| EvidenceError::storage(shard, e))?;
        part.persist(&path).map_err(|e| EvidenceError::storage(&path, e.error))?;
        sync_dir(shard)?;
        sync_dir(&self.root)?;
        Ok(blob)
    }
}

/// A blob being read, encrypted or not.
pub struct BlobReader(Inner);

enum Inner {
    Plain(File),
    Sealed(Box<SealedReader>),
}

impl fmt::Debug for BlobReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlobReader")
    }
}

impl Read for BlobReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            Inner::Plain(file) => file.read(buffer),
            Inner::Sealed(reader) => reader.read(buffer),
        }
    }
}

impl Seek for BlobReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match &mut self.0 {
            Inner::Plain(file) => file.seek(to),
            Inner::Sealed(reader) => reader.seek(to),
        }
    }
}

/// Step 1: copies a photo into the folder under its SHA-256. The source is only read; on return the copy survives a
/// power cut. Keeping the same file again gives the same blob.
pub fn keep(folder: &Folder, source: &Path) -> Result<Blob, EvidenceError> {
    let unreadable = |e| EvidenceError::unreadable(source, e);
    // Asked before opening: opening a pipe would wait for its writer for ever.
    let about = fs::metadata(source).map_err(unreadable)?;
    if !about.is_file() {
        return Err(unreadable(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")));
    }
    if about.len() > MAX_FILE_BYTES {
        return Err(EvidenceError::FileTooLarge { path: source.to_owned(), limit: MAX_FILE_BYTES });
    }
    keep_reader(folder, source, File::open(source).map_err(unreadable)?)
}

/// Step 1 for a source that is open already (a content provider's descriptor, say); `named` is for error words only.
pub fn keep_reader(folder: &Folder, named: &Path, reader: impl Read) -> Result<Blob, EvidenceError> {
    folder.store(|file, to| Copy { from: named, to, cap: MAX_FILE_BYTES }.run(reader, file))
}

/// A copy that hashes as it streams and knows whose fault an error is.
struct Copy<'a> {
    from: &'a Path,
    to: &'a Path,
    cap: u64,
}

impl Copy<'_> {
    fn run(&mut self, mut reader: impl Read, mut writer: impl Write) -> Result<Blob, EvidenceError> {
        let mut hash = Sha256::new();
        let mut len = 0u64;
        let mut buffer = vec![0u8; BUFFER_BYTES];
        loop {
            let n = match reader.read(&mut buffer) {
                Ok(0) => return Ok(Blob { sha256: hash.finalize().into(), len }),
                Ok(n) => n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(EvidenceError::unreadable(self.from, e)),
            };
            len += n as u64;
            if len > self.cap {
                return Err(EvidenceError::FileTooLarge { path: self.from.to_owned(), limit: self.cap });
            }
            hash.update(&buffer[..n]);
            writer.write_all(&buffer[..n]).map_err(|e| EvidenceError::storage(self.to, e))?;
        }
    }
}

/// A rename is durable only once its directory is. Other systems than Unix cannot open one, and need not.
fn sync_dir(path: &Path) -> Result<(), EvidenceError> {
    if cfg!(unix) {
        File::open(path).and_then(|dir| dir.sync_all()).map_err(|e| EvidenceError::storage(path, e))?;
    }
    Ok(())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Failing(io::ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
    }

    fn copy(cap: u64) -> Copy<'static> {
        Copy { from: Path::new("source"), to: Path::new("target"), cap }
    }

    #[test]
    fn a_full_disk_is_told_apart_from_other_failures() {
        let full = copy(10).run(&b"abc"[..], Failing(io::ErrorKind::StorageFull)).unwrap_err();
        assert_eq!(full.code(), "disk-full");
        let quota = copy(10).run(&b"abc"[..], Failing(io::ErrorKind::QuotaExceeded)).unwrap_err();
        assert_eq!(quota.code(), "disk-full");
        let denied = copy(10).run(&b"abc"[..], Failing(io::ErrorKind::PermissionDenied)).unwrap_err();
        assert_eq!(denied.code(), "storage-failed");
    }

    #[test]
    fn a_source_that_fails_midway_is_the_sources_fault() {
        let reader = b"abc".chain(Failing(io::ErrorKind::Other));
        assert_eq!(copy(10).run(reader, io::sink()).unwrap_err().code(), "source-unreadable");
    }

    #[test]
    fn the_cap_holds_for_a_source_that_grows_while_it_is_read() {
        assert_eq!(copy(10).run(&[0u8; 10][..], io::sink()).unwrap().len, 10);
        assert_eq!(copy(10).run(&[0u8; 11][..], io::sink()).unwrap_err().code(), "file-too-large");
    }
}
