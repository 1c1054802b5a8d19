//! What can go wrong, with a stable code for each case.

use std::io;
use std::path::{Path, PathBuf};

use crate::folder::hex;
use crate::sealed::Altered;

/// Why a file cannot be shown as a picture. It may still be kept as evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The bytes do not start as a JPEG does, whatever the file is called.
    NotJpeg,
    /// The file ends, or runs out of picture data, before the picture does.
    Truncated,
    /// The structure or the entropy-coded data contradicts itself.
    Corrupt,
    /// More pixels, or more colour profile, than any camera writes.
    TooBig,
    /// More scans than a sane encoder writes; each one costs a pass over the whole picture.
    TooManyScans,
    /// A legal JPEG of a kind no phone writes: CMYK, 12 bit, arithmetic, lossless, hierarchical, DNL.
    Unsupported,
    /// Progressive, and its coefficients alone would exceed the memory budget.
    ProgressiveTooBig,
}

impl Verdict {
    /// The stable code, for the manifest and for people's words to be looked up by.
    pub fn code(self) -> &'static str {
        match self {
            Verdict::NotJpeg => "not-jpeg",
            Verdict::Truncated => "truncated",
            Verdict::Corrupt => "corrupt",
            Verdict::TooBig => "too-big",
            Verdict::TooManyScans => "too-many-scans",
            Verdict::Unsupported => "unsupported",
            Verdict::ProgressiveTooBig => "progressive-too-big",
        }
    }
}

/// Everything this crate refuses or fails at.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// The file is not a picture we can show.
    #[error("{}: {detail}", verdict.code())]
    Refused {
        /// The named reason.
        verdict: Verdict,
        /// What exactly, and where in the file.
        detail: String,
    },
    /// The source file is larger than evidence may be.
    #[error("file-too-large: {path} is larger than {limit} bytes")]
    FileTooLarge {
        /// The source file.
        path: PathBuf,
        /// The cap that was passed.
        limit: u64,
    },
    /// The source could not be read; nothing was kept.
    #[error("source-unreadable: {path}: {source}")]
    SourceUnreadable {
        /// The source file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No room left; nothing was kept, nothing old was harmed.
    #[error("disk-full: {path}: {source}")]
    DiskFull {
        /// Where there is no room.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder could not be read or written.
    #[error("storage-failed: {path}: {source}")]
    Storage {
        /// The file or folder concerned.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder does not hold this blob.
    #[error("blob-missing: {sha256}")]
    BlobMissing {
        /// The hash that was asked for, in hexadecimal.
        sha256: String,
    },
    /// The file under a hash no longer has that hash.
    #[error("blob-damaged: {expected} now hashes to {found}")]
    BlobDamaged {
        /// The hash the blob is stored under, in hexadecimal.
        expected: String,
        /// The hash its bytes have now, in hexadecimal.
        found: String,
    },
    /// The encrypted file under a hash is not what was written there, or was written under another key.
    #[error("blob-damaged: {sha256}, chunk {chunk}")]
    BlobAltered {
        /// The hash the blob is stored under, in hexadecimal.
        sha256: String,
        /// The first chunk found that does not open.
        chunk: u32,
    },
    /// A picture in memory could not be encoded or resampled.
    #[error("render-failed: {detail}")]
    Render {
        /// What the encoder said.
        detail: String,
    },
    /// The request for a sample photo contradicts itself.
    #[error("bad-sample: {detail}")]
    BadSample {
        /// Which field, and why.
        detail: String,
    },
}

impl EvidenceError {
    /// The stable kebab-case code.
    pub fn code(&self) -> &'static str {
        match self {
            EvidenceError::Refused { verdict, .. } => verdict.code(),
            EvidenceError::FileTooLarge { .. } => "file-too-large",
            EvidenceError::SourceUnreadable { .. } => "source-unreadable",
            EvidenceError::DiskFull { .. } => "disk-full",
            EvidenceError::Storage { .. } => "storage-failed",
            EvidenceError::BlobMissing { .. } => "blob-missing",
            EvidenceError::BlobDamaged { .. } | EvidenceError::BlobAltered { .. } => "blob-damaged",
            EvidenceError::Render { .. } => "render-failed",
            EvidenceError::BadSample { .. } => "bad-sample",
        }
    }

    /// The verdict, when the file itself is the reason; trying again cannot help then.
    pub fn verdict(&self) -> Option<Verdict> {
        match self {
            EvidenceError::Refused { verdict, .. } => Some(*verdict),
            _ => None,
        }
    }

    pub(crate) fn refused(verdict: Verdict, detail: impl Into<String>) -> Self {
        EvidenceError::Refused { verdict, detail: detail.into() }
    }

    /// An error of the folder; a full disk is told apart because a person can do something about it.
    pub(crate) fn storage(path: &Path, source: io::Error) -> Self {
        if let Some(altered) = Self::altered(&source) {
            return altered;
        }
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                EvidenceError::DiskFull { path, source }
            }
            _ => EvidenceError::Storage { path, source },
        }
    }

    /// What the reader of an encrypted file found: the file is at fault and trying again cannot help.
    fn altered(source: &io::Error) -> Option<Self> {
        let Altered { sha256, chunk } = source.get_ref()?.downcast_ref::<Altered>()?;
        Some(EvidenceError::BlobAltered { sha256: hex(sha256), chunk: *chunk })
    }

    pub(crate) fn unreadable(path: &Path, source: io::Error) -> Self {
        if let Some(altered) = Self::altered(&source) {
            return altered;
        }
        EvidenceError::SourceUnreadable { path: path.to_owned(), source }
    }
}
