//! Files that lie, end early, are broken or are something else.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests are tests too")]

mod common;

use common::{Home, difference, photo, pixels};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use proptest::prelude::*;
use wurao_evidence::{EvidenceError, Verdict, metadata, scan};

fn verdict_of(bytes: &[u8]) -> Option<Verdict> {
    match Home::new().process(bytes) {
        Ok(_) => None,
        Err(e) => Some(e.verdict().unwrap_or_else(|| panic!("not a verdict: {e}"))),
    }
}

fn encoded(configure: impl FnOnce(&mut Encoder<&mut Vec<u8>>)) -> Vec<u8> {
    let (_, _, data) = pixels(&photo());
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, 80);
    configure(&mut encoder);
    encoder.encode(&data, 640, 480, ColorType::Rgb).unwrap();
    out
}

fn progressive() -> Vec<u8> {
    encoded(|e| e.set_progressive(true))
}

/// Where a marker stands for the first time outside the metadata.
fn find(jpeg: &[u8], marker: u8) -> usize {
    let mut at = 2;
    while jpeg[at + 1] != marker {
        at += 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
    }
    at
}

fn with_size(mut jpeg: Vec<u8>, frame: u8, width: u16, height: u16) -> Vec<u8> {
    let at = find(&jpeg, frame);
    jpeg[at + 5..at + 7].copy_from_slice(&height.to_be_bytes());
    jpeg[at + 7..at + 9].copy_from_slice(&width.to_be_bytes());
    jpeg
}

#[test]
fn a_lie_about_the_size_is_refused_before_a_pixel_is_allocated() {
    for side in [16_000, 30_000, 65_500] {
        for (jpeg, frame) in [(photo(), 0xC0), (progressive(), 0xC2)] {
            let refused = scan(with_size(jpeg, frame, side, side).as_slice()).unwrap_err();
            assert_eq!(refused.verdict(), Some(Verdict::TooBig), "{side}");
        }
    }
    // Within what cameras write, but not within what the file holds.
    let refused = scan(with_size(photo(), 0xC0, 16_000, 12_000).as_slice()).unwrap_err();
    assert_eq!(refused.verdict(), Some(Verdict::Truncated), "{refused}");
    let refused = scan(with_size(progressive(), 0xC2, 8064, 6048).as_slice()).unwrap_err();
    assert_eq!(refused.verdict(), Some(Verdict::ProgressiveTooBig), "{refused}");
}

#[test]
fn a_photo_cut_anywhere_is_truncated() {
    for jpeg in [photo(), progressive()] {
        for percent in [1, 10, 50, 90, 99] {
            let cut = &jpeg[..jpeg.len() * percent / 100];
            assert_eq!(verdict_of(cut), Some(Verdict::Truncated), "{percent} %");
        }
        for end in 2..200 {
            assert!(scan(&jpeg[..end]).unwrap_err().verdict() == Some(Verdict::Truncated), "{end} bytes");
        }
    }
}

#[test]
fn a_tail_of_zeros_is_not_a_picture() {
    let mut jpeg = photo();
    let half = jpeg.len() / 2;
    jpeg[half..].fill(0);
    assert_eq!(verdict_of(&jpeg), Some(Verdict::Truncated));
}

#[test]
fn other_things_named_jpg_are_named() {
    assert_eq!(verdict_of(b""), Some(Verdict::NotJpeg));
    assert_eq!(verdict_of(b"\xFF"), Some(Verdict::NotJpeg));
    assert_eq!(verdict_of(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), Some(Verdict::NotJpeg));
    assert_eq!(verdict_of(b"PK\x03\x04 an archive"), Some(Verdict::NotJpeg));
    assert_eq!(verdict_of(b"\xFF\xD8\xFF\xD9"), Some(Verdict::Corrupt));
    assert_eq!(verdict_of(b"\xFF\xD8\xFF\xFE\x00\x01"), Some(Verdict::Corrupt));
}

#[test]
fn an_archive_behind_the_picture_is_seen_and_not_shared() {
    let home = Home::new();
    let plain = home.process(&photo()).unwrap();
    let mut jpeg = photo();
    jpeg.extend_from_slice(b"PK\x03\x04 an archive");
    let captured = home.process(&jpeg).unwrap();
    assert_eq!(captured.scan.trailing, 15);
    assert_eq!(captured.scan.image_end + 15, jpeg.len() as u64);
    assert_eq!(captured.rendition, plain.rendition);
    assert_ne!(captured.original, plain.original);
}

#[test]
fn kinds_no_phone_writes_are_unsupported() {
    let mut cmyk = Vec::new();
    Encoder::new(&mut cmyk, 80).encode(&[40; 32 * 32 * 4], 32, 32, ColorType::Cmyk).unwrap();
    assert_eq!(verdict_of(&cmyk), Some(Verdict::Unsupported));
    for frame in [0xC3, 0xC5, 0xC9, 0xCF] {
        let mut other = photo();
        let at = find(&other, 0xC0);
        other[at + 1] = frame;
        assert_eq!(verdict_of(&other), Some(Verdict::Unsupported), "{frame:02X}");
    }
    let mut deep = photo();
    let at = find(&deep, 0xC0);
    deep[at + 4] = 12;
    assert_eq!(verdict_of(&deep), Some(Verdict::Unsupported));
    assert_eq!(verdict_of(&with_size(photo(), 0xC0, 640, 0)), Some(Verdict::Unsupported));
    assert_eq!(verdict_of(&with_size(photo(), 0xC0, 0, 480)), Some(Verdict::Corrupt));
}

#[test]
fn scans_without_end_are_refused() {
    for (jpeg, allowed) in [(photo(), 3), (progressive(), 32)] {
        let at = find(&jpeg, 0xDA);
        let scans = &jpeg[at..jpeg.len() - 2];
        let mut many = jpeg[..jpeg.len() - 2].to_vec();
        (0..allowed).for_each(|_| many.extend_from_slice(scans));
        many.extend_from_slice(&[0xFF, 0xD9]);
        assert_eq!(scan(many.as_slice()).unwrap_err().verdict(), Some(Verdict::TooManyScans));
    }
}

#[test]
fn a_colour_profile_without_end_is_refused() {
    let mut jpeg = photo()[..2].to_vec();
    for _ in 0..80 {
        jpeg.extend_from_slice(&[0xFF, 0xE2, 0xFF, 0xFF]);
        jpeg.extend_from_slice(&[0; 0xFFFD]);
    }
    jpeg.extend_from_slice(&photo()[2..]);
    assert_eq!(verdict_of(&jpeg), Some(Verdict::TooBig));
}

#[test]
fn every_legal_way_to_store_a_picture_shows_the_same_picture() {
    let home = Home::new();
    let plain = encoded(|e| e.set_sampling_factor(SamplingFactor::R_4_2_0));
    let plain = home.read(&home.process(&plain).unwrap().rendition.blob);
    let ways: [(&str, Vec<u8>); 6] = [
        (
            "progressive 4:2:0",
            encoded(|e| {
                e.set_progressive(true);
                e.set_sampling_factor(SamplingFactor::R_4_2_0);
            }),
        ),
        (
            "one scan a component 4:2:0",
            encoded(|e| {
                e.set_optimized_huffman_tables(true);
                e.set_sampling_factor(SamplingFactor::R_4_2_0);
            }),
        ),
        ("restarts", encoded(|e| e.set_restart_interval(7))),
        ("4:4:4", encoded(|e| e.set_sampling_factor(SamplingFactor::R_4_4_4))),
        ("4:2:2", encoded(|e| e.set_sampling_factor(SamplingFactor::R_4_2_2))),
        ("4:4:0", encoded(|e| e.set_sampling_factor(SamplingFactor::R_4_4_0))),
    ];
    for (name, jpeg) in ways {
        let captured = home.process(&jpeg).unwrap();
        let off = difference(&home.read(&captured.rendition.blob), &plain);
        assert!(off < 2.0, "{name}: {off}");
    }
}

#[test]
fn a_grey_picture_stays_grey() {
    let home = Home::new();
    let grey: Vec<u8> = (0..400 * 300).map(|i| (i % 400 / 2) as u8).collect();
    let mut jpeg = Vec::new();
    Encoder::new(&mut jpeg, 80).encode(&grey, 400, 300, ColorType::Luma).unwrap();
    let captured = home.process(&jpeg).unwrap();
    assert_eq!(captured.scan.components, 1);
    let (width, height, data) = pixels(&home.read(&captured.rendition.blob));
    assert_eq!((width, height, data.len()), (400, 300, 400 * 300));
}

#[test]
fn flipped_bits_give_a_picture_or_a_verdict() {
    let home = Home::new();
    let mut state = 20_260_914u64;
    eprintln!("seed {state}");
    let mut refused = 0;
    for jpeg in [photo(), progressive()] {
        for _ in 0..12 {
            let mut flipped = jpeg.clone();
            for _ in 0..60 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let at = (state >> 20) as usize % flipped.len();
                flipped[at] ^= 1 << (state >> 17 & 7);
            }
            if let Err(e) = home.process(&flipped) {
                assert!(e.verdict().is_some(), "{e}");
                refused += 1;
            }
        }
    }
    assert!(refused >= 12, "only {refused} of 24 were noticed");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bytes_that_only_begin_like_a_photo_never_panic(tail in prop::collection::vec(any::<u8>(), 0..400)) {
        let bytes = [&[0xFF, 0xD8, 0xFF], tail.as_slice()].concat();
        metadata(bytes.as_slice());
        let named = |e: EvidenceError| e.verdict().is_some();
        prop_assert!(scan(bytes.as_slice()).map_or_else(named, |_| true));
    }

    #[test]
    fn a_damaged_exif_block_never_panics_and_never_fails_the_photo(at in 12usize..400, value in any::<u8>()) {
        let mut jpeg = photo_once().to_vec();
        // Inside the EXIF segment, behind the file's first marker and the JFIF header.
        jpeg[20 + at] = value;
        metadata(jpeg.as_slice());
    }
}

fn photo_once() -> &'static [u8] {
    static PHOTO: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    PHOTO.get_or_init(photo)
}
