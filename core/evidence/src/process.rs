//! The steps after keeping, each of which may be the last before a kill.

use std::io::{BufReader, Read};

use crate::encode::Rendered;
use crate::error::EvidenceError;
use crate::folder::{Blob, Folder};
use crate::metadata::{Metadata, metadata};
use crate::phash::phash;
use crate::picture::Picture;
use crate::scan::{Scan, scan};

const BUFFER_BYTES: usize = 64 << 10;

/// A stored picture made from the original.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its bytes in the folder.
    pub blob: Blob,
    /// Width in pixels, upright.
    pub width: u32,
    /// Height in pixels, upright.
    pub height: u32,
}

/// Everything known about a photo when it is done: what goes into the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Captured {
    /// The file as the camera wrote it.
    pub original: Blob,
    /// What the first bytes of the original say it is.
    pub media_type: &'static str,
    /// What its markers say.
    pub scan: Scan,
    /// At most 320 px.
    pub thumbnail: Stored,
    /// At most 2048 px and 400 KB.
    pub rendition: Stored,
    /// What the camera wrote about it.
    pub metadata: Metadata,
    /// Perceptual hash of the thumbnail: a hint for re-used photos.
    pub phash: u64,
}

/// A kept photo, decoded once and not yet done. Nothing is stored by making one; after a kill, begin again.
pub struct Processing<'a> {
    folder: &'a Folder,
    original: Blob,
    scan: Scan,
    metadata: Metadata,
    picture: Picture,
    thumbnail: Option<(Stored, u64)>,
}

impl<'a> Processing<'a> {
    /// Scans, reads the metadata and decodes. An error with a verdict means that this photo has an original only.
    pub fn begin(folder: &'a Folder, original: &Blob) -> Result<Self, EvidenceError> {
        let open = || folder.reader(&original.sha256).map(|file| BufReader::with_capacity(BUFFER_BYTES, file));
        let scan = scan(open()?)?;
        let metadata = metadata(open()?);
        let picture = Picture::decode(open()?, &scan)?;
        Ok(Processing { folder, original: *original, scan, metadata, picture, thumbnail: None })
    }

    /// What the camera wrote; known before anything is stored.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// Stores the thumbnail. It may be queued for upload as soon as this returns.
    pub fn thumbnail(&mut self) -> Result<Stored, EvidenceError> {
        self.thumbnail_and_hash().map(|(stored, _)| stored)
    }

    /// Stores the rendition (and the thumbnail, if it is not yet) and tells all.
    pub fn finish(mut self) -> Result<Captured, EvidenceError> {
        let (thumbnail, phash) = self.thumbnail_and_hash()?;
        let rendition = store(self.folder, &self.picture.rendition(self.metadata.orientation)?)?;
        Ok(Captured {
            original: self.original,
            media_type: "image/jpeg",
            scan: self.scan,
            thumbnail,
            rendition,
            metadata: self.metadata,
            phash,
        })
    }

    fn thumbnail_and_hash(&mut self) -> Result<(Stored, u64), EvidenceError> {
        if let Some(done) = self.thumbnail {
            return Ok(done);
        }
        let rendered = self.picture.thumbnail(self.metadata.orientation)?;
        let done = (store(self.folder, &rendered)?, phash(&rendered.bytes)?);
        self.thumbnail = Some(done);
        Ok(done)
    }
}

/// All steps after [`crate::keep`] in one call. Running it again gives the same result and the same files.
pub fn process(folder: &Folder, original: &Blob) -> Result<Captured, EvidenceError> {
    Processing::begin(folder, original)?.finish()
}

/// What a file is by its first bytes, for the manifest; the name it came with is not asked. Never fails for odd
/// content: that is `application/octet-stream`.
pub fn media_type(mut reader: impl Read) -> Result<&'static str, EvidenceError> {
    let mut head = Vec::with_capacity(12);
    reader
        .by_ref()
        .take(12)
        .read_to_end(&mut head)
        .map_err(|e| EvidenceError::unreadable(std::path::Path::new("photo"), e))?;
    Ok(match head.as_slice() {
        [0xFF, 0xD8, ..] => "image/jpeg",
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => "image/png",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P'] => "image/webp",
        [_, _, _, _, b'f', b't', b'y', b'p', b'h', b'e', b'i' | b'v', _] => "image/heic",
        [_, _, _, _, b'f', b't', b'y', b'p', b'a', b'v', b'i', b'f'] => "image/avif",
        _ => "application/octet-stream",
    })
}

fn store(folder: &Folder, rendered: &Rendered) -> Result<Stored, EvidenceError> {
    let blob = folder.put_bytes(&rendered.bytes)?;
    Ok(Stored { blob, width: rendered.width, height: rendered.height })
}
