//! Base 43: what RFC 9285 does with 45, for the characters that need no escape.

use proptest::prelude::*;
use wurao_protocol::base43::{ALPHABET, Base43Error, decode, encode};

#[test]
fn small_values_are_written_out_by_hand() {
    let table: [(&[u8], &str); 7] = [
        (b"", ""),
        (&[0], "00"),
        (&[42], ":0"),
        (&[43], "01"),
        (&[255], ".5"),
        (&[0, 43], "010"),
        // 65535 = 3 + 43 * 19 + 43 * 43 * 35
        (&[255, 255], "3JZ"),
    ];
    for (bytes, text) in table {
        assert_eq!(encode(bytes), text);
        assert_eq!(decode(text).unwrap(), bytes);
    }
}

#[test]
fn the_alphabet_is_that_of_qr_codes_without_space_and_percent() {
    let qr = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    let ours: Vec<u8> = qr.iter().copied().filter(|c| !b" %".contains(c)).collect();
    assert_eq!(ALPHABET.as_slice(), ours);
}

#[test]
fn what_is_no_spelling_is_refused_where_it_goes_wrong() {
    let table = [
        ("0", Base43Error::Length(1)),
        ("0000", Base43Error::Length(4)),
        ("a0", Base43Error::Digit(0)),
        ("000 00", Base43Error::Digit(3)),
        ("00%", Base43Error::Digit(2)),
        ("00000é", Base43Error::Digit(5)),
        // 256 and 65536: one more than fits.
        ("%5", Base43Error::Digit(0)),
        ("/5", Base43Error::Overflow(0)),
        ("4JZ", Base43Error::Overflow(0)),
        ("000:::", Base43Error::Overflow(3)),
    ];
    for (text, expected) in table {
        assert_eq!(decode(text), Err(expected), "{text}");
    }
}

proptest! {
    #[test]
    fn every_text_that_is_read_is_the_one_that_is_written(text in "[0-9A-Z$*+./:-]{0,40}") {
        if let Ok(bytes) = decode(&text) {
            prop_assert_eq!(encode(&bytes), text);
        }
    }
}
