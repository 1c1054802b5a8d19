//! A photo's way from the camera's file to what is stored.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests are tests too")]

mod common;

use std::fs;

use common::{Home, corpus, difference, head_markers, photo, pixels, small};
use jpeg_encoder::{ColorType, Encoder};
use sha2::{Digest, Sha256};
use wurao_evidence::sample::{SampleSpec, camera_jpeg};
use wurao_evidence::{Orientation, Processing, distance, keep, media_type, metadata, process};

#[test]
fn a_kept_photo_is_the_source_byte_for_byte_under_its_hash() {
    let home = Home::new();
    let bytes = photo();
    let source = home.source("IMG_1.jpg", &bytes);
    let blob = keep(&home.folder, &source).unwrap();
    assert_eq!(blob.sha256, <[u8; 32]>::from(Sha256::digest(&bytes)));
    assert_eq!(blob.len, bytes.len() as u64);
    assert_eq!(home.read(&blob), bytes);
    assert_eq!(fs::read(&source).unwrap(), bytes);
    let path = home.folder.path_of(&blob.sha256);
    assert!(path.ends_with(format!("{}/{}", &blob.hex()[..2], blob.hex())));
    assert_eq!(keep(&home.folder, &source).unwrap(), blob);
    home.folder.verify(&blob).unwrap();
}

#[test]
fn what_cannot_be_read_is_refused_by_name_and_leaves_nothing() {
    let home = Home::new();
    let missing = home.dir.path().join("none.jpg");
    assert_eq!(keep(&home.folder, &missing).unwrap_err().code(), "source-unreadable");
    assert_eq!(keep(&home.folder, home.dir.path()).unwrap_err().code(), "source-unreadable");
    let huge = home.source("huge.jpg", b"");
    fs::File::options().write(true).open(&huge).unwrap().set_len(wurao_evidence::MAX_FILE_BYTES + 1).unwrap();
    assert_eq!(keep(&home.folder, &huge).unwrap_err().code(), "file-too-large");
    assert_eq!(home.folder.reader(&[7; 32]).unwrap_err().code(), "blob-missing");
    assert_eq!(home.folder.sweep().unwrap(), 0);
}

#[test]
fn a_kill_while_copying_leaves_only_what_the_next_start_sweeps() {
    let home = Home::new();
    let blob = home.keep(&photo());
    home.source("blobs/incoming/.tmpXYZ", b"half a pho");
    assert_eq!(home.folder.sweep().unwrap(), 1);
    home.folder.verify(&blob).unwrap();
}

#[test]
fn a_damaged_copy_is_found_and_healed_by_keeping_again() {
    let home = Home::new();
    let bytes = photo();
    let blob = home.keep(&bytes);
    fs::write(home.folder.path_of(&blob.sha256), b"rot").unwrap();
    assert_eq!(home.folder.verify(&blob).unwrap_err().code(), "blob-damaged");
    assert_eq!(home.keep(&bytes), blob);
    home.folder.verify(&blob).unwrap();
    home.folder.remove(&blob.sha256).unwrap();
    home.folder.remove(&blob.sha256).unwrap();
    assert!(!home.folder.contains(&blob.sha256));
}

#[test]
fn a_photo_held_any_way_comes_out_upright() {
    let home = Home::new();
    let reference = home.process(&photo()).unwrap();
    let other = home.process(&camera_jpeg(&SampleSpec { seed: 2, ..small() }).unwrap()).unwrap();
    let apart = difference(&home.read(&other.rendition.blob), &home.read(&reference.rendition.blob));
    assert!(apart > 20.0, "another scene differs by {apart} only");
    for orientation in Orientation::ALL {
        let held = camera_jpeg(&SampleSpec { orientation, ..small() }).unwrap();
        let stored = pixels(&held);
        assert_eq!((stored.0, stored.1), if orientation.turns() { (480, 640) } else { (640, 480) });
        let captured = home.process(&held).unwrap();
        assert_eq!(captured.metadata.orientation, orientation);
        assert_eq!((captured.rendition.width, captured.rendition.height), (640, 480), "{orientation:?}");
        assert_eq!((captured.thumbnail.width, captured.thumbnail.height), (320, 240), "{orientation:?}");
        for (ours, upright) in [(captured.rendition, reference.rendition), (captured.thumbnail, reference.thumbnail)] {
            let off = difference(&home.read(&ours.blob), &home.read(&upright.blob));
            assert!(off < 8.0, "{orientation:?}: {off}");
        }
    }
}

#[test]
fn real_photos_held_any_way_come_out_alike() {
    let Some(root) = corpus() else { return };
    let home = Home::new();
    for shape in ["landscape", "portrait"] {
        let hash = |n: u32| {
            let path = root.join(format!("exif-samples/orientation/{shape}_{n}.jpg"));
            let captured = process(&home.folder, &keep(&home.folder, &path).unwrap()).unwrap();
            assert_eq!(u32::from(captured.metadata.orientation.exif()), n);
            assert_eq!(captured.rendition.width > captured.rendition.height, shape == "landscape");
            captured.phash
        };
        let upright = hash(1);
        for n in 2..=8 {
            let off = distance(upright, hash(n));
            assert!(off <= 8, "{shape}_{n}: {off} signs differ");
        }
    }
}

#[test]
fn what_the_camera_wrote_is_read() {
    let spec = SampleSpec { lat_e7: -33_456_789, lon_e7: -707_000_001, orientation: Orientation::Clockwise, ..small() };
    let found = metadata(camera_jpeg(&spec).unwrap().as_slice());
    let taken = found.taken.unwrap();
    assert_eq!((taken.local.as_str(), taken.offset_minutes), ("2026-09-14T09:12:33", Some(480)));
    let position = found.position.unwrap();
    assert_eq!((position.lat_e7, position.lon_e7), (-33_456_789, -707_000_001));
    assert_eq!(position.accuracy_cm, Some(480));
    assert_eq!(position.datum.as_deref(), Some("WGS-84"));
    assert_eq!(position.time, None);
    assert_eq!(found.orientation, Orientation::Clockwise);
    assert_eq!((found.make.as_deref(), found.model.as_deref()), (Some("Wurao"), Some("Sample camera")));
    assert_eq!(found.warnings, Vec::<String>::new());
}

#[test]
fn a_time_that_never_was_is_named_and_left_out() {
    for taken in ["0000:00:00 00:00:00", "2026:02:30 10:00:00", "2026:09:14 25:00:00", "yesterday"] {
        let found = metadata(camera_jpeg(&SampleSpec { taken: taken.into(), ..small() }).unwrap().as_slice());
        assert_eq!(found.taken, None, "{taken}");
        assert_eq!(found.warnings.len(), 1, "{taken}");
        assert!(found.position.is_some());
    }
}

#[test]
fn what_a_real_camera_wrote_is_read() {
    let Some(root) = corpus() else { return };
    let found = metadata(fs::read(root.join("exif-samples/gps/DSCN0010.jpg")).unwrap().as_slice());
    assert_eq!(found.make.as_deref(), Some("NIKON"));
    assert_eq!(found.model.as_deref(), Some("COOLPIX P6000"));
    assert_eq!(found.taken.unwrap().local, "2008-10-22T16:28:39");
    let position = found.position.unwrap();
    // 43 deg 28' 2.814" N, 11 deg 53' 6.456" E.
    assert_eq!((position.lat_e7, position.lon_e7), (434_674_483, 118_851_267));
    assert_eq!(position.datum.as_deref(), Some("WGS-84"));
    assert_eq!(position.time.as_deref(), Some("2008-10-23T14:27:07Z"));
}

#[test]
fn what_is_shared_carries_nothing_but_the_picture() {
    let home = Home::new();
    let captured = home.process(&photo()).unwrap();
    for blob in [captured.thumbnail.blob, captured.rendition.blob] {
        let bytes = home.read(&blob);
        let markers = head_markers(&bytes);
        assert!(markers.iter().all(|m| matches!(m, 0xE0 | 0xDB | 0xC0 | 0xC4 | 0xDA)), "{markers:02X?}");
        let found = metadata(bytes.as_slice());
        assert_eq!((found.taken, found.position), (None, None));
    }
}

#[test]
fn a_small_colour_profile_is_kept_so_that_colours_stay_true_and_a_large_one_is_not() {
    let home = Home::new();
    for (len, kept) in [(548, true), (9000, false)] {
        let mut profile = vec![0; len];
        profile[16..20].copy_from_slice(b"RGB ");
        profile[36..40].copy_from_slice(b"acsp");
        let mut jpeg = Vec::new();
        let mut encoder = Encoder::new(&mut jpeg, 80);
        encoder.add_icc_profile(&profile).unwrap();
        encoder.encode(&[90; 64 * 48 * 3], 64, 48, ColorType::Rgb).unwrap();
        let captured = home.process(&jpeg).unwrap();
        let markers = head_markers(&home.read(&captured.rendition.blob));
        assert_eq!(markers.contains(&0xE2), kept, "profile of {len} bytes");
    }
}

#[test]
fn long_sides_follow_the_rules() {
    let home = Home::new();
    // Stored size; rendition: exact halves stay, odd sizes are resampled to the limit, small ones untouched.
    let sizes = [
        ((4032, 96), (2016, 48)),
        ((96, 4032), (48, 2016)),
        ((4160, 100), (2048, 49)),
        ((2100, 80), (2048, 78)),
        ((2048, 64), (2048, 64)),
        ((300, 200), (300, 200)),
        ((17, 16), (17, 16)),
        ((8192, 16), (2048, 4)),
    ];
    for ((width, height), expected) in sizes {
        let captured = home.process(&camera_jpeg(&SampleSpec { width, height, ..small() }).unwrap()).unwrap();
        assert_eq!((captured.rendition.width, captured.rendition.height), expected, "{width} x {height}");
        let long = expected.0.max(expected.1).min(320);
        assert_eq!(captured.thumbnail.width.max(captured.thumbnail.height), long, "{width} x {height}");
    }
}

#[test]
fn resampling_in_bands_leaves_no_seams() {
    let home = Home::new();
    // A smooth ramp: any seam would be a step in it.
    let (width, height) = (2400usize, 1600usize);
    let ramp: Vec<u8> = (0..height).flat_map(|y| vec![(y * 255 / height) as u8; width]).collect();
    let mut jpeg = Vec::new();
    Encoder::new(&mut jpeg, 95).encode(&ramp, width as u16, height as u16, ColorType::Luma).unwrap();
    let captured = home.process(&jpeg).unwrap();
    let (w, h, data) = pixels(&home.read(&captured.rendition.blob));
    assert_eq!((w, h, data.len()), (2048, 1365, 2048 * 1365));
    for y in 1..h {
        let step = i32::from(data[y * w + w / 2]) - i32::from(data[(y - 1) * w + w / 2]);
        assert!((-3..=4).contains(&step), "row {y}: {step}");
    }
}

#[test]
fn every_step_run_again_gives_the_same_and_a_kill_between_steps_changes_nothing() {
    let home = Home::new();
    let original = home.keep(&photo());
    let first = process(&home.folder, &original).unwrap();

    let other = Home::new();
    let original = other.keep(&photo());
    let begun = Processing::begin(&other.folder, &original).unwrap();
    assert_eq!(begun.metadata(), &first.metadata);
    drop(begun);
    let mut begun = Processing::begin(&other.folder, &original).unwrap();
    let thumbnail = begun.thumbnail().unwrap();
    assert_eq!(begun.thumbnail().unwrap(), thumbnail);
    drop(begun);
    assert_eq!(thumbnail, first.thumbnail);
    assert!(!other.folder.contains(&first.rendition.blob.sha256));
    for _ in 0..2 {
        assert_eq!(process(&other.folder, &original).unwrap(), first);
    }
    for blob in [first.original, first.thumbnail.blob, first.rendition.blob] {
        other.folder.verify(&blob).unwrap();
    }
}

#[test]
fn the_perceptual_hash_tells_scenes_apart_and_survives_rework() {
    let home = Home::new();
    let hash = |spec: SampleSpec| home.process(&camera_jpeg(&spec).unwrap()).unwrap().phash;
    let one = hash(small());
    assert!(distance(one, hash(SampleSpec { width: 400, height: 300, ..small() })) <= 8);
    let apart: Vec<u32> = (2..8).map(|seed| distance(one, hash(SampleSpec { seed, ..small() }))).collect();
    assert!(apart.iter().all(|d| *d > 8), "{apart:?}");
}

#[test]
fn the_first_bytes_say_what_a_file_is() {
    assert_eq!(media_type(photo().as_slice()).unwrap(), "image/jpeg");
    assert_eq!(media_type(&b"\x89PNG\r\n\x1a\n...."[..]).unwrap(), "image/png");
    assert_eq!(media_type(&b"RIFF\0\0\0\0WEBPVP8 "[..]).unwrap(), "image/webp");
    assert_eq!(media_type(&b"\0\0\0\x18ftypheic"[..]).unwrap(), "image/heic");
    assert_eq!(media_type(&b""[..]).unwrap(), "application/octet-stream");
}

#[test]
fn a_sample_is_the_same_each_time_and_refuses_sizes_it_cannot_draw() {
    assert_eq!(photo(), photo());
    let code = |width| camera_jpeg(&SampleSpec { width, ..small() }).unwrap_err().code();
    assert_eq!((code(0), code(9000)), ("bad-sample", "bad-sample"));
}
