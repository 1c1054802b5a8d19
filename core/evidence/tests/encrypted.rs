//! Encrypted folders: nothing of a photo can be read without the key, and nothing altered is ever given out.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests are tests too")]

mod common;

use std::fs;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use common::photo;
use proptest::prelude::*;
use tempfile::TempDir;
use wurao_evidence::{Blob, EvidenceError, FilesKey, Folder, Random, keep_reader, process};

const CHUNK: usize = 64 << 10;
/// Of the file before its chunks, and of what each chunk is longer by.
const HEADER: usize = 28;
const TAG: usize = 16;

fn counted() -> Random {
    let n = AtomicU64::new(1);
    Arc::new(move |buffer: &mut [u8]| {
        let n = n.fetch_add(1, Ordering::SeqCst).to_be_bytes();
        buffer.iter_mut().zip(n.iter().cycle()).for_each(|(to, from)| *to = *from);
        Ok(())
    })
}

struct Home {
    dir: TempDir,
    folder: Folder,
}

impl Home {
    fn new() -> Home {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open_encrypted(dir.path().join("blobs"), FilesKey([5; 32]), counted()).unwrap();
        Home { dir, folder }
    }

    fn look(&self, key: [u8; 32]) -> Folder {
        Folder::look(self.dir.path().join("blobs"), Some(FilesKey(key)))
    }

    fn read(&self, blob: &Blob) -> Result<Vec<u8>, EvidenceError> {
        let mut bytes = Vec::new();
        let mut reader = self.folder.reader(&blob.sha256)?;
        reader.read_to_end(&mut bytes).map_err(|source| EvidenceError::Storage { path: PathBuf::new(), source })?;
        Ok(bytes)
    }

    fn stored(&self, blob: &Blob) -> Vec<u8> {
        fs::read(self.folder.path_of(&blob.sha256)).unwrap()
    }

    fn overwrite(&self, blob: &Blob, bytes: &[u8]) {
        fs::write(self.folder.path_of(&blob.sha256), bytes).unwrap();
    }
}

/// Bytes that do not repeat, so that any run of them is known again.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    (0..len).map(next).collect()
}

#[test]
fn what_is_kept_is_read_back_whatever_its_length() {
    let home = Home::new();
    for len in [0, 1, 15, 16, 17, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 7] {
        let bytes = noise(len);
        let blob = home.folder.put_bytes(&bytes).unwrap();
        assert_eq!(home.read(&blob).unwrap(), bytes, "{len} bytes");
        home.folder.verify(&blob).unwrap();
        assert_eq!(home.stored(&blob).len(), HEADER + len + TAG * len.div_ceil(CHUNK).max(1), "{len} bytes");
    }
}

#[test]
fn a_file_is_written_as_it_always_was() {
    let home = Home::new();
    let blob = home.folder.put_bytes(b"wurao").unwrap();
    let hex: String = home.stored(&blob).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(
        hex,
        "575552414f424c42010000000000000001000000000000000100000097575a8d372256bee83189b9a3520d84f290fbdec5"
    );
}

#[test]
fn a_photo_is_processed_to_the_same_files_as_in_a_plain_folder() {
    let home = Home::new();
    let plain = common::Home::new();
    let bytes = photo();
    let original = keep_reader(&home.folder, "camera".as_ref(), &bytes[..]).unwrap();
    let captured = process(&home.folder, &original).unwrap();
    assert_eq!(captured, plain.process(&bytes).unwrap());
    for blob in [captured.original, captured.thumbnail.blob, captured.rendition.blob] {
        assert_eq!(home.read(&blob).unwrap(), plain.read(&blob));
    }
}

#[test]
fn no_run_of_a_photo_and_no_jpeg_is_found_in_any_file() {
    let home = Home::new();
    let bytes = photo();
    let original = keep_reader(&home.folder, "camera".as_ref(), &bytes[..]).unwrap();
    let captured = process(&home.folder, &original).unwrap();
    let plain: Vec<Vec<u8>> = [captured.original, captured.thumbnail.blob, captured.rendition.blob]
        .iter()
        .map(|blob| home.read(blob).unwrap())
        .collect();
    for blob in [captured.original, captured.thumbnail.blob, captured.rendition.blob] {
        let stored = home.stored(&blob);
        assert!(!stored.windows(3).any(|at| at == [0xFF, 0xD8, 0xFF]), "a JPEG begins in {blob:?}");
        for run in plain.iter().flat_map(|plain| plain.chunks_exact(32)) {
            assert!(!stored.windows(32).any(|at| at == run), "32 bytes of a photo are in {blob:?}");
        }
    }
}

#[test]
fn a_file_cut_reordered_or_taken_from_elsewhere_is_refused() {
    let home = Home::new();
    let blob = home.folder.put_bytes(&noise(3 * CHUNK + 100)).unwrap();
    let other = home.folder.put_bytes(&noise(3 * CHUNK + 101)[1..]).unwrap();
    let (good, foreign) = (home.stored(&blob), home.stored(&other));
    assert_eq!(good.len(), foreign.len());
    let chunk = |bytes: &[u8], n: usize| {
        let begin = HEADER + n * (CHUNK + TAG);
        bytes[begin..(begin + CHUNK + TAG).min(bytes.len())].to_vec()
    };
    let join = |parts: &[&[u8]]| parts.concat();
    let (head, c): (&[u8], Vec<Vec<u8>>) = (&good[..HEADER], (0..4).map(|n| chunk(&good, n)).collect());
    let attacks: Vec<(&str, Vec<u8>)> = vec![
        ("empty", vec![]),
        ("header only", head.to_vec()),
        ("cut in the last chunk", good[..good.len() - 1].to_vec()),
        ("last chunk gone", join(&[head, &c[0], &c[1], &c[2]])),
        ("first chunk gone", join(&[head, &c[1], &c[2], &c[3]])),
        ("two chunks swapped", join(&[head, &c[1], &c[0], &c[2], &c[3]])),
        ("a chunk of another file", join(&[head, &c[0], &chunk(&foreign, 1), &c[2], &c[3]])),
        ("all of another file", foreign.clone()),
        ("something behind", join(&[&good, &[0]])),
        ("another version", join(&[&good[..8], &[2], &good[9..]])),
        ("a plain file", noise(3 * CHUNK + 100)),
    ];
    for (name, bytes) in attacks {
        home.overwrite(&blob, &bytes);
        assert_eq!(home.folder.verify(&blob).unwrap_err().code(), "blob-damaged", "{name}");
    }
    home.overwrite(&blob, &good);
    home.folder.verify(&blob).unwrap();
}

#[test]
fn another_key_opens_nothing() {
    let home = Home::new();
    let blob = home.folder.put_bytes(b"a photo").unwrap();
    let error = home.look([6; 32]).reader(&blob.sha256).unwrap_err();
    assert!(matches!(error, EvidenceError::BlobAltered { chunk: 0, .. }), "{error}");
    home.look([5; 32]).verify(&blob).unwrap();
}

#[test]
fn a_damaged_original_is_told_as_damaged_and_not_tried_again() {
    let home = Home::new();
    let original = keep_reader(&home.folder, "camera".as_ref(), &photo()[..]).unwrap();
    let mut bytes = home.stored(&original);
    bytes[HEADER + 10] ^= 1;
    home.overwrite(&original, &bytes);
    assert_eq!(process(&home.folder, &original).unwrap_err().code(), "blob-damaged");
}

#[test]
fn a_folder_to_look_at_is_neither_made_nor_written() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("not there");
    let folder = Folder::look(&root, Some(FilesKey([5; 32])));
    assert_eq!(folder.reader(&[7; 32]).unwrap_err().code(), "blob-missing");
    assert!(!root.exists());
    let home = Home::new();
    assert_eq!(home.look([5; 32]).put_bytes(b"x").unwrap_err().code(), "storage-failed");
}

#[test]
fn a_source_that_fails_midway_leaves_nothing() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::Other.into())
        }
    }
    let home = Home::new();
    let bytes = noise(2 * CHUNK);
    let error = keep_reader(&home.folder, "camera".as_ref(), bytes.chain(Failing)).unwrap_err();
    assert_eq!(error.code(), "source-unreadable");
    let left: Vec<_> = fs::read_dir(home.dir.path().join("blobs/incoming")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_part_can_be_read_from_any_offset(len in 0..3 * CHUNK, parts in prop::collection::vec((0..4 * CHUNK, 0..2 * CHUNK), 1..6)) {
        let home = Home::new();
        let bytes = noise(len);
        let blob = home.folder.put_bytes(&bytes).unwrap();
        let mut reader = home.folder.reader(&blob.sha256).unwrap();
        for (at, count) in parts {
            reader.seek(SeekFrom::Start(at as u64)).unwrap();
            let mut found = Vec::new();
            (&mut reader).take(count as u64).read_to_end(&mut found).unwrap();
            let from = at.min(len);
            prop_assert_eq!(&found[..], &bytes[from..(from + count).min(len)]);
        }
    }

    #[test]
    fn no_flipped_bit_goes_unseen(len in 0..2 * CHUNK, at in any::<prop::sample::Index>(), bit in 0..8u8) {
        let home = Home::new();
        let blob = home.folder.put_bytes(&noise(len)).unwrap();
        let mut stored = home.stored(&blob);
        *at.get_mut(&mut stored) ^= 1 << bit;
        home.overwrite(&blob, &stored);
        prop_assert_eq!(home.folder.verify(&blob).unwrap_err().code(), "blob-damaged");
    }
}
