//! Real camera files, when they are beside the repository: each gives a rendition or a named verdict.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests are tests too")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::corpus;
use wurao_evidence::{Folder, RENDITION_BYTES, keep, process, scan};

fn files(under: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(under).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, into);
        } else if path.extension().is_some_and(|e| e == "jpg" || e == "jpeg") {
            into.push(path);
        }
    }
}

fn photos() -> Vec<PathBuf> {
    let mut found = Vec::new();
    if let Some(root) = corpus() {
        files(&root, &mut found);
        found.sort();
        assert!(found.len() > 80, "only {} files", found.len());
    }
    found
}

#[test]
fn every_real_photo_gives_a_rendition_or_a_named_verdict() {
    let home = tempfile::tempdir().unwrap();
    let folder = Folder::open(home.path()).unwrap();
    let (mut shown, mut refused) = (0, Vec::new());
    for path in photos() {
        let original = keep(&folder, &path).unwrap();
        assert_eq!(original.len, fs::metadata(&path).unwrap().len());
        match process(&folder, &original) {
            Ok(captured) => {
                shown += 1;
                let long = captured.rendition.width.max(captured.rendition.height);
                assert!(long <= 2048, "{}", path.display());
                assert!(captured.rendition.blob.len <= RENDITION_BYTES as u64, "{}", path.display());
                assert!(captured.thumbnail.width.max(captured.thumbnail.height) <= 320, "{}", path.display());
                for blob in [captured.thumbnail.blob, captured.rendition.blob] {
                    let bytes = fs::read(folder.path_of(&blob.sha256)).unwrap();
                    let again = scan(bytes.as_slice()).unwrap();
                    assert!(!again.progressive && again.trailing == 0);
                    assert!(!bytes.windows(6).any(|w| w == b"Exif\0\0"), "{}", path.display());
                }
            }
            Err(e) => {
                let verdict = e.verdict().unwrap_or_else(|| panic!("{}: {e}", path.display()));
                refused.push(format!("{}: {} ({e})", path.file_name().unwrap().to_string_lossy(), verdict.code()));
            }
        }
    }
    eprintln!("{shown} shown, {} refused: {refused:#?}", refused.len());
    assert!(shown >= refused.len() * 10, "{refused:#?}");
}
