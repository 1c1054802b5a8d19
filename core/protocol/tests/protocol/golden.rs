//! Bytes that never change: a phone that was offline for a month, and an auditor in ten years, read these.
//!
//! ES256 is deterministic here (RFC 6979), so whole records are compared. zstd may spell one text in several ways over
//! the years, so what stands under it is compared, and the packed bytes of long ago must stay readable.
//!
//! `WURAO_BLESS=1` writes the files anew. That is for a new kind; a file of version 1 that changes breaks every phone
//! in the field.

use crate::sample;
use std::collections::BTreeSet;
use std::path::PathBuf;
use wurao_protocol::cbor;
use wurao_protocol::envelope;
use wurao_protocol::frame::Frame;
use wurao_protocol::sync::{Answer, Request};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

pub(crate) fn blessing() -> bool {
    std::env::var_os("WURAO_BLESS").is_some_and(|value| value == "1")
}

fn write(name: &str, bytes: &[u8]) {
    let lines: Vec<String> = bytes.chunks(40).map(hex::encode).collect();
    std::fs::create_dir_all(folder()).unwrap();
    std::fs::write(file(name), lines.join("\n") + "\n").unwrap();
}

fn file(name: &str) -> PathBuf {
    folder().join(format!("{name}.hex"))
}

/// A file that may be spelled anew, but must stay readable.
pub(crate) fn write_when_blessing(name: &str, bytes: &[u8]) {
    if blessing() {
        write(name, bytes);
    }
}

/// The bytes of a golden file.
pub(crate) fn read(name: &str) -> Vec<u8> {
    let text = std::fs::read_to_string(file(name))
        .unwrap_or_else(|error| panic!("{name}.hex: {error}; WURAO_BLESS=1 makes a new one"));
    hex::decode(text.lines().collect::<String>()).unwrap()
}

pub(crate) fn same(name: &str, bytes: &[u8]) {
    if blessing() {
        write(name, bytes);
    }
    assert_eq!(hex::encode(read(name)), hex::encode(bytes), "{name}.hex is no longer what this version writes");
}

#[test]
fn every_kind_of_record_is_written_as_it_always_was() {
    for (name, _, bytes) in sample::records() {
        same(&name, &bytes);
    }
}

#[test]
fn every_record_keeps_its_name() {
    let mut names = Vec::new();
    for (_, _, bytes) in sample::records() {
        names.extend(envelope::open(&bytes).unwrap().id.0);
    }
    same("names", &names);
}

#[test]
fn what_stands_under_zstd_is_written_as_it_always_was() {
    same("plain-frame", &cbor::encode(&sample::frame()));
    same("plain-answer", &cbor::encode(&sample::answer()));
    same("enrol-answer", &cbor::encode(&sample::enrol_answer()));
}

#[test]
fn a_request_body_of_version_1_is_still_read() {
    let name = "request-body";
    if blessing() {
        write(name, &sample::request().to_body());
    }
    let body = read(name);
    let request = Request::from_body(&body).unwrap();
    let frames: Vec<Frame> = request.frames.iter().map(|frame| Frame::unpack(frame).unwrap()).collect();
    assert_eq!(frames, [sample::frame(), sample::second_frame()]);
    assert_eq!(sample::request_of(request.frames.clone()), request);
    assert_eq!(request.to_body(), body);
}

#[test]
fn an_answer_body_of_version_1_is_still_read() {
    let name = "answer-body";
    if blessing() {
        write(name, &sample::answer().to_body().unwrap());
    }
    let body = read(name);
    assert_eq!(Answer::from_body(&body).unwrap(), sample::answer());
}

#[test]
fn bodies_of_version_2_are_still_read() {
    let (asked, told) = ("request-body-2", "answer-body-2");
    if blessing() {
        write(asked, &sample::request().to_body_in_parts());
        write(told, &sample::answer_in_parts());
    }
    let request = Request::from_body(&read(asked)).unwrap();
    // How hard a frame is packed is nobody's word to anybody.
    let frames: Vec<Frame> = request.frames.iter().map(|frame| Frame::unpack(frame).unwrap()).collect();
    assert_eq!(frames, [sample::frame(), sample::second_frame()]);
    assert_eq!(sample::request_of(request.frames.clone()), request);
    assert_eq!(request.to_body_in_parts(), read(asked));
    assert_eq!(Answer::from_body(&read(told)).unwrap(), sample::answer());
    for (at, part) in sample::answer().into_parts().iter().enumerate() {
        same(&format!("plain-part-{at}"), &cbor::encode(part));
    }
}

#[test]
fn no_golden_file_lies_about_unread() {
    if blessing() {
        return;
    }
    let mut expected: BTreeSet<String> = sample::records().into_iter().map(|(name, _, _)| name).collect();
    expected.extend(
        [
            "names",
            "plain-frame",
            "plain-answer",
            "enrol-answer",
            "request-body",
            "answer-body",
            "journal",
            "short-form",
        ]
        .map(str::to_owned),
    );
    expected.extend(["request-body-2", "answer-body-2"].map(str::to_owned));
    expected.extend(["hand-over-ask", "hand-over-file", "plain-hand-over"].map(str::to_owned));
    expected.extend((0..4).map(|at| format!("plain-part-{at}")));
    let found: BTreeSet<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "hex"))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(found, expected);
}
