//! What several test files need.
#![allow(dead_code, reason = "each test file uses some of it")]

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use wurao_evidence::sample::{SampleSpec, camera_jpeg};
use wurao_evidence::{Blob, Captured, EvidenceError, Folder, keep, process};

/// A folder that goes away, and a place beside it for source files.
pub(crate) struct Home {
    pub(crate) dir: TempDir,
    pub(crate) folder: Folder,
}

impl Home {
    pub(crate) fn new() -> Home {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path().join("blobs")).unwrap();
        Home { dir, folder }
    }

    pub(crate) fn source(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.dir.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    pub(crate) fn keep(&self, bytes: &[u8]) -> Blob {
        keep(&self.folder, &self.source("photo.jpg", bytes)).unwrap()
    }

    pub(crate) fn process(&self, bytes: &[u8]) -> Result<Captured, EvidenceError> {
        process(&self.folder, &self.keep(bytes))
    }

    pub(crate) fn read(&self, blob: &Blob) -> Vec<u8> {
        fs::read(self.folder.path_of(&blob.sha256)).unwrap()
    }
}

/// A small sample photo, quick to make.
pub(crate) fn small() -> SampleSpec {
    SampleSpec { width: 640, height: 480, ..SampleSpec::default() }
}

pub(crate) fn photo() -> Vec<u8> {
    camera_jpeg(&small()).unwrap()
}

/// Decoded samples: width, height, bytes.
pub(crate) fn pixels(jpeg: &[u8]) -> (usize, usize, Vec<u8>) {
    let mut decoder = jpeg_decoder::Decoder::new(jpeg);
    let data = decoder.decode().unwrap();
    let info = decoder.info().unwrap();
    (info.width.into(), info.height.into(), data)
}

/// Mean difference of the samples of two pictures of one size.
pub(crate) fn difference(a: &[u8], b: &[u8]) -> f64 {
    let ((aw, ah, a), (bw, bh, b)) = (pixels(a), pixels(b));
    assert_eq!((aw, ah, a.len()), (bw, bh, b.len()));
    a.iter().zip(&b).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / a.len() as f64
}

/// Real photos, when they are beside the repository.
pub(crate) fn corpus() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/photos");
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("not run: there is no photo corpus at {}", path.display());
    None
}

/// Codes of the markers up to the picture data.
pub(crate) fn head_markers(jpeg: &[u8]) -> Vec<u8> {
    let (mut at, mut found) = (2, Vec::new());
    loop {
        assert_eq!(jpeg[at], 0xFF);
        found.push(jpeg[at + 1]);
        if jpeg[at + 1] == 0xDA {
            return found;
        }
        at += 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
    }
}
