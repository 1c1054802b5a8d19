//! Frames and what is under zstd: bounded before a byte is unpacked.

use crate::sample::{frame, second_frame};
use std::io::Write as _;
use wurao_protocol::cbor::{self, Bytes};
use wurao_protocol::frame::{CODEC_SHORT, CODEC_ZSTD, Frame, MAX_FRAME, MAX_FRAME_ITEMS, pack, unpack};
use wurao_protocol::{Digest, Problem};

#[test]
fn a_frame_comes_back_as_it_went() {
    for frame in [frame(), second_frame(), Frame::default()] {
        assert_eq!(Frame::unpack(&frame.pack().unwrap()), Ok(frame));
    }
}

#[test]
fn a_frame_cut_anywhere_is_refused() {
    let wire = frame().pack().unwrap();
    for at in 0..wire.len() {
        assert!(Frame::unpack(&wire[..at]).is_err(), "{at} bytes");
    }
    assert_eq!(Frame::unpack(&[]), Err(Problem::Truncated));
}

#[test]
fn an_unknown_codec_is_told_apart_from_damage() {
    let mut wire = frame().pack().unwrap();
    assert_eq!(wire[0], CODEC_ZSTD);
    for codec in [0, 3, 0xff] {
        wire[0] = codec;
        assert_eq!(Frame::unpack(&wire), Err(Problem::Version));
    }
}

#[test]
fn what_has_changes_in_it_is_packed_short_and_the_long_form_is_taken_too() {
    // Only its envelope makes it a change here.
    let hashed = [&[1, 3][..], b"\0xy"].concat();
    let checksum = Digest::of(&[&hashed]).0;
    let change = [&[0x85, 0x6f, 0x4a, 0x83][..], &checksum[..4], &hashed].concat();
    let mut frame = frame();
    frame.documents[0].changes.push(Bytes(change));
    let wire = frame.pack().unwrap();
    assert_eq!(wire[0], CODEC_SHORT);
    assert_eq!(Frame::unpack(&wire).unwrap(), frame);
    let long = [&[CODEC_ZSTD][..], &zstd::bulk::compress(&cbor::encode(&frame), 9).unwrap()].concat();
    assert_eq!(Frame::unpack(&long).unwrap(), frame);
    assert_eq!(unpack(&wire, cbor::encode(&frame).len() - 1), Err(Problem::TooLarge));
}

#[test]
fn what_is_not_zstd_is_refused() {
    assert_eq!(Frame::unpack(&[CODEC_ZSTD]), Err(Problem::Malformed));
    assert_eq!(Frame::unpack(b"\x01not a zstd frame"), Err(Problem::Malformed));
}

#[test]
fn another_spelling_under_zstd_is_refused() {
    let plain = cbor::encode(&frame());
    let trailing = [plain.as_slice(), &[0]].concat();
    assert_eq!(Frame::unpack(&pack(&trailing).unwrap()), Err(Problem::Malformed));
}

#[test]
fn bytes_after_the_zstd_frame_are_refused() {
    let wire = frame().pack().unwrap();
    let trailing = [wire.as_slice(), &[0]].concat();
    assert_eq!(Frame::unpack(&trailing), Err(Problem::Malformed));
    // A second zstd frame behind the first would unpack to more than the first declares.
    let doubled = [wire.as_slice(), &wire[1..]].concat();
    assert_eq!(Frame::unpack(&doubled), Err(Problem::Malformed));
}

#[test]
fn a_bomb_is_refused_by_what_it_declares() {
    let bomb = pack(&vec![0; MAX_FRAME + 1]).unwrap();
    assert!(bomb.len() < 1_000, "{} bytes", bomb.len());
    assert_eq!(Frame::unpack(&bomb), Err(Problem::TooLarge));
    assert_eq!(unpack(&bomb, MAX_FRAME), Err(Problem::TooLarge));
    assert_eq!(unpack(&bomb, MAX_FRAME + 1).map(|plain| plain.len()), Ok(MAX_FRAME + 1));
}

#[test]
fn a_declared_size_of_exabytes_is_refused_before_it_is_reserved() {
    for declared in [1 << 60, u64::MAX - 2, u64::MAX - 1, u64::MAX] {
        // Magic number; single segment with eight bytes of content size; one empty last block.
        let mut wire = vec![CODEC_ZSTD, 0x28, 0xb5, 0x2f, 0xfd, 0xe0];
        wire.extend(u64::to_le_bytes(declared));
        wire.extend([1, 0, 0]);
        let problem = unpack(&wire, MAX_FRAME).unwrap_err();
        let expected = if declared < u64::MAX - 1 {
            Problem::TooLarge
        } else {
            // These two are what the zstd library itself says "unknown" and "error" with.
            Problem::Malformed
        };
        assert_eq!(problem, expected, "{declared}");
    }
}

/// The same packed bytes under another declared size; only for what declares its size in four bytes.
fn declaring(wire: &[u8], size: u32) -> Vec<u8> {
    // Codec, four bytes of magic number, the descriptor: two bits say how wide the size is, one whether a byte for
    // the window stands before it (RFC 8878, 3.1.1.1).
    let descriptor = wire[5];
    assert_eq!(descriptor >> 6, 2);
    let at = if descriptor & 0x20 == 0 { 7 } else { 6 };
    let mut wire = wire.to_vec();
    wire[at..at + 4].copy_from_slice(&size.to_le_bytes());
    wire
}

#[test]
fn a_bomb_that_declares_little_is_refused() {
    let wire = pack(&vec![0; 16 << 20]).unwrap();
    for declared in [0, 1, 1_000, (16 << 20) - 1] {
        let problem = unpack(&declaring(&wire, declared), 32 << 20);
        assert_eq!(problem, Err(Problem::Malformed), "{declared}");
    }
}

#[test]
fn a_size_that_is_not_declared_is_refused() {
    let mut writer = zstd::stream::Encoder::new(vec![CODEC_ZSTD], 3).unwrap();
    writer.write_all(b"of unknown ").unwrap();
    writer.flush().unwrap();
    writer.write_all(b"length").unwrap();
    let wire = writer.finish().unwrap();
    assert_eq!(unpack(&wire, MAX_FRAME), Err(Problem::Malformed));
}

#[test]
fn less_than_was_declared_is_refused() {
    let wire = pack(&vec![7; 1 << 19]).unwrap();
    assert_eq!(unpack(&declaring(&wire, (1 << 19) + 1), MAX_FRAME), Err(Problem::Malformed));
}

#[test]
fn a_frame_that_nobody_would_take_is_not_packed() {
    let frame = Frame { records: vec![Bytes(vec![0; MAX_FRAME])], documents: vec![], proofs: None };
    assert_eq!(frame.pack(), Err(Problem::TooLarge));
}

#[test]
fn more_items_than_a_frame_has_room_for_are_refused_before_they_are_read() {
    // The map, its two keys, its two lists.
    let most = MAX_FRAME_ITEMS - 5;
    let full = Frame { records: vec![Bytes::default(); most], documents: vec![], proofs: None };
    assert_eq!(Frame::unpack(&full.pack().unwrap()), Ok(full));
    let over = Frame { records: vec![Bytes::default(); most + 1], documents: vec![], proofs: None };
    assert_eq!(over.pack(), Err(Problem::TooLarge));
    assert_eq!(Frame::unpack(&pack(&cbor::encode(&over)).unwrap()), Err(Problem::TooLarge));
}
