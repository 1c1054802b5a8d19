//! One value has one spelling: every other spelling of every payload is refused.

use crate::item::items;
use crate::sample::{records, respell};
use crate::sign1::{Sign1, written};
use wurao_protocol::cbor::CborError;
use wurao_protocol::envelope::{self, EnvelopeError};
use wurao_protocol::key::Signer as _;
use wurao_protocol::record::{Kind, Session};

/// Name, kind and payload of every fixed record.
fn payloads() -> Vec<(String, Kind, Vec<u8>)> {
    records().into_iter().map(|(name, kind, bytes)| (name, kind, envelope::open(&bytes).unwrap().payload)).collect()
}

/// Refuses all that `variants` makes of every payload, and sees that it made something of each.
fn refused(variants: impl Fn(&[u8]) -> Vec<Vec<u8>>) {
    for (name, kind, payload) in payloads() {
        let variants = variants(&payload);
        assert!(!variants.is_empty(), "{name}: nothing was tried");
        for bytes in variants {
            assert_ne!(bytes, payload, "{name}: nothing was changed");
            if let Ok(again) = respell(kind, &bytes) {
                panic!("{name}: took {} for {}", hex::encode(bytes), hex::encode(again));
            }
        }
    }
}

#[test]
fn every_payload_is_read_and_written_alike() {
    for (name, kind, payload) in payloads() {
        assert_eq!(respell(kind, &payload).unwrap(), payload, "{name}");
    }
}

#[test]
fn long_forms_of_integers_and_lengths_are_refused() {
    refused(|bytes| {
        let items = items(bytes);
        items.iter().flat_map(|i| i.long_forms(bytes)).collect()
    });
}

#[test]
fn indefinite_lengths_are_refused() {
    refused(|bytes| {
        let items = items(bytes);
        items.iter().filter_map(|i| i.indefinite(bytes)).collect()
    });
}

#[test]
fn shuffled_keys_are_refused() {
    refused(|bytes| {
        let maps = items(bytes).into_iter().filter(|i| i.is_map());
        maps.flat_map(|map| map.shuffled(bytes)).collect()
    });
}

#[test]
fn duplicate_keys_are_refused() {
    refused(|bytes| {
        let maps = items(bytes).into_iter().filter(|i| i.is_map());
        maps.flat_map(|map| map.doubled(bytes)).collect()
    });
}

#[test]
fn unknown_keys_are_refused() {
    let strangers: [&[u8]; 5] = [
        // 99: 0, -1: 0, "a": 0, null: 0 and a key that is a list.
        &[0x18, 99, 0],
        &[0x20, 0],
        &[0x61, b'a', 0],
        &[0xf6, 0],
        &[0x80, 0],
    ];
    for stranger in strangers {
        refused(|bytes| {
            let maps = items(bytes).into_iter().filter(|i| i.is_map());
            maps.flat_map(|map| map.with_stranger(bytes, stranger)).collect()
        });
    }
}

#[test]
fn trailing_bytes_are_refused() {
    refused(|bytes| vec![[bytes, &[0]].concat(), [bytes, bytes].concat()]);
}

#[test]
fn a_payload_cut_anywhere_is_refused() {
    refused(|bytes| (0..bytes.len()).map(|at| bytes[..at].to_vec()).collect());
}

#[test]
fn a_tag_before_any_item_is_refused() {
    refused(|bytes| {
        let items = items(bytes);
        items.iter().map(|item| item.tagged(bytes)).collect()
    });
}

#[test]
fn an_explicit_null_for_what_is_left_out_is_refused() {
    let (_, kind, payload) = payloads().into_iter().find(|(name, _, _)| name == "evidence-bare").unwrap();
    // The last key of the outer map, `previous`, is left out.
    let with_null = items(&payload)[0].with_stranger(&payload, &[13, 0xf6]);
    let last = with_null.last().unwrap();
    assert!(matches!(respell(kind, last), Err(CborError::Spelling { .. })));
}

#[test]
fn the_offset_of_another_spelling_is_that_of_the_first_byte_that_differs() {
    let (_, kind, payload) = payloads().swap_remove(0);
    let trailing = [payload.as_slice(), &[0]].concat();
    let Err(CborError::Spelling { at }) = respell(kind, &trailing) else {
        panic!("taken");
    };
    assert_eq!(at, payload.len());
}

#[test]
fn a_missing_key_is_refused() {
    let payload = written(|e| {
        e.map(0).unwrap();
    });
    for kind in Kind::ALL {
        assert!(matches!(respell(*kind, &payload), Err(CborError::Shape(_))), "{}", kind.name());
    }
}

#[test]
fn a_name_of_another_size_is_refused() {
    for size in [0, 15, 17, 32] {
        let payload = written(|e| {
            e.map(3).unwrap();
            e.u8(0).unwrap().bytes(&vec![2; size]).unwrap();
            e.u8(1).unwrap().str("x").unwrap();
            e.u8(2).unwrap().bytes(&[4; 16]).unwrap();
        });
        assert!(matches!(respell(Kind::Person, &payload), Err(CborError::Shape(_))));
    }
}

#[test]
fn text_that_is_not_utf_8_is_refused() {
    let mut payload = written(|e| {
        e.map(3).unwrap();
        e.u8(0).unwrap().bytes(&[2; 16]).unwrap();
        e.u8(1).unwrap().str("xy").unwrap();
        e.u8(2).unwrap().bytes(&[4; 16]).unwrap();
    });
    assert!(respell(Kind::Person, &payload).is_ok());
    let at = payload.windows(2).position(|two| two == b"xy").unwrap();
    payload[at..at + 2].copy_from_slice(&[0xc3, 0x28]);
    assert!(respell(Kind::Person, &payload).is_err());
}

#[test]
fn a_claimed_length_of_a_terabyte_is_refused_before_it_is_reserved() {
    for head in [0x5b, 0x7b, 0x9b, 0xbb] {
        let mut bytes = vec![head];
        bytes.extend((1_u64 << 40).to_be_bytes());
        for kind in Kind::ALL {
            assert!(respell(*kind, &bytes).is_err());
        }
        assert!(envelope::open(&bytes).is_err());
        let tagged = [&[0xd2, 0x84], bytes.as_slice()].concat();
        assert!(envelope::open(&tagged).is_err());
    }
}

#[test]
fn a_thousand_lists_in_each_other_are_refused() {
    let deep = vec![0x81; 1 << 20];
    for kind in Kind::ALL {
        assert!(respell(*kind, &deep).is_err());
    }
    assert!(envelope::open(&deep).is_err());
    // As the value of a key that nobody knows, which a reader would skip.
    let skipped = [&[0xa1, 0x18, 99], deep.as_slice()].concat();
    for kind in Kind::ALL {
        assert!(respell(*kind, &skipped).is_err());
    }
}

#[test]
fn another_spelling_of_a_payload_is_refused_although_its_signature_holds() {
    let key = crate::sample::device_key();
    let honest = envelope::open(&crate::sample::sealed(Kind::Session)).unwrap();
    let respelled = [honest.payload.as_slice(), &[0]].concat();
    let bytes = Sign1::honest(Kind::Session, &key, respelled).bytes(&key);
    assert!(envelope::open(&bytes).unwrap().verify(&key.public()).is_ok());
    assert!(matches!(envelope::open_as::<Session>(&bytes), Err(EnvelopeError::Payload(CborError::Spelling { .. }))));
}
