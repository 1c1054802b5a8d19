//! The envelope: what RFC 9052 says it is, and nothing that is not signed.

use crate::item::items;
use crate::sample::{checklist, device_key, key_of, permit_key, records, sealed, server_key, session};
use crate::sign1::{ES256, Sign1, protected, written};
use wurao_protocol::cbor;
use wurao_protocol::envelope::{EnvelopeError, MAX_RECORD, open, open_as, seal};
use wurao_protocol::key::{KeyError, Signer as _};
use wurao_protocol::permit::Permit;
use wurao_protocol::record::{Checklist, Kind, Leave, Session};
use wurao_protocol::{Digest, Words};

fn honest() -> Sign1 {
    Sign1::honest(Kind::Session, &device_key(), cbor::encode(&session()))
}

/// The honest record with one part exchanged, properly signed by the device.
fn with(change: impl FnOnce(&mut Sign1)) -> Vec<u8> {
    let mut parts = honest();
    change(&mut parts);
    parts.bytes(&device_key())
}

/// Opened as a session and verified with the device's key.
fn take(bytes: &[u8]) -> Result<Session, EnvelopeError> {
    open_as::<Session>(bytes)?.verified(&device_key().public())
}

fn wrong_signature(result: Result<Session, EnvelopeError>) -> bool {
    matches!(result, Err(EnvelopeError::Key(KeyError::WrongSignature)))
}

#[test]
fn a_record_is_the_cose_sign1_of_rfc_9052_written_out_by_hand() {
    let bytes = honest().bytes(&device_key());
    assert_eq!(bytes, sealed(Kind::Session));
    assert_eq!(take(&bytes).unwrap(), session());
}

#[test]
fn a_record_is_named_by_its_protected_header_and_payload() {
    let parts = honest();
    let length = (parts.protected.len() as u32).to_be_bytes();
    let name = Digest::of(&[&length, &parts.protected, &parts.payload]);
    assert_eq!(open(&sealed(Kind::Session)).unwrap().id, name);
}

#[test]
fn another_valid_signature_over_the_same_content_is_the_same_record() {
    let name = open(&sealed(Kind::Session)).unwrap().id;
    let other = open(&honest().with_signature(&[0x55; 64])).unwrap();
    assert_eq!(other.id, name);
}

#[test]
fn the_fixed_records_hold_under_the_key_of_who_signs_their_kind_and_no_other() {
    for (name, kind, bytes) in records() {
        let signer = key_of(kind);
        let others = [device_key(), server_key(), permit_key()].into_iter().filter(|k| k.public() != signer.public());
        let envelope = open(&bytes).unwrap();
        assert_eq!(envelope.kind, kind);
        assert_eq!(envelope.key, signer.public().id());
        assert!(envelope.verify(&signer.public()).is_ok(), "{name}");
        for other in others {
            assert!(envelope.verify(&other.public()).is_err(), "{name}");
        }
    }
}

#[test]
fn no_bit_of_a_record_can_change_unnoticed() {
    let bytes = sealed(Kind::Session);
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << bit;
            assert!(take(&changed).is_err(), "byte {at}, bit {bit}");
        }
    }
}

#[test]
fn a_record_cut_anywhere_is_refused() {
    let bytes = sealed(Kind::Evidence);
    for at in 0..bytes.len() {
        assert!(open(&bytes[..at]).is_err(), "{at} bytes");
    }
}

#[test]
fn bytes_after_a_record_are_refused() {
    let bytes = sealed(Kind::Session);
    assert!(open(&[bytes.as_slice(), &[0]].concat()).is_err());
    assert!(open(&[bytes.clone(), bytes].concat()).is_err());
}

#[test]
fn the_high_s_twin_of_a_signature_is_refused() {
    let bytes = sealed(Kind::Session);
    let (_, signature) = bytes.split_at(bytes.len() - 64);
    let twin = crate::key::twin(signature);
    let bytes = honest().with_signature(&twin);
    assert!(wrong_signature(take(&bytes)));
}

#[test]
fn a_signature_of_zeros_is_refused() {
    assert!(wrong_signature(take(&honest().with_signature(&[0; 64]))));
}

#[test]
fn a_signature_of_another_length_is_refused() {
    for length in [0, 63, 65, 70] {
        let bytes = honest().with_signature(&vec![1; length]);
        assert!(matches!(open(&bytes), Err(EnvelopeError::Spelling)));
    }
}

#[test]
fn a_key_id_does_not_stand_in_for_the_key() {
    // Signed by the server, under the device's key id.
    let bytes = honest().bytes(&server_key());
    assert!(wrong_signature(take(&bytes)));
    // Signed by the device, under the server's key id.
    let bytes = Sign1::honest(Kind::Session, &server_key(), honest().payload).bytes(&device_key());
    assert!(wrong_signature(take(&bytes)));
}

#[test]
fn a_signature_of_another_lane_is_refused() {
    for lane in [&b""[..], b"wurao-record-2", b"wurao-upload-1"] {
        assert!(wrong_signature(take(&with(|parts| parts.lane = lane))));
    }
}

#[test]
fn another_algorithm_is_refused() {
    let key = device_key().public().id();
    // EdDSA, ES384, ES512, ES256K, ESP256, HMAC 256/256.
    for algorithm in [-8, -35, -36, -47, -9, 5] {
        let bytes = with(|parts| parts.protected = protected(algorithm, "wurao/session", &key.0));
        assert!(matches!(open(&bytes), Err(EnvelopeError::Algorithm)), "{algorithm}");
    }
    let none = written(|e| {
        e.map(2).unwrap();
        e.u8(3).unwrap().str("wurao/session").unwrap();
        e.u8(4).unwrap().bytes(&key.0).unwrap();
    });
    let bytes = with(|parts| parts.protected = none);
    assert!(matches!(open(&bytes), Err(EnvelopeError::Algorithm)));
}

#[test]
fn an_unknown_kind_is_refused_by_name() {
    let key = device_key().public().id();
    for kind in ["wurao/track", "wurao/", "session", "Wurao/session", "a/b"] {
        let bytes = with(|parts| parts.protected = protected(ES256, kind, &key.0));
        match open(&bytes) {
            Err(EnvelopeError::UnknownKind(name)) => assert_eq!(name, kind),
            // COSE itself wants one slash in a content type.
            Err(EnvelopeError::NotCose(_)) => assert_eq!(kind.matches('/').count(), 0),
            other => panic!("{kind}: {other:?}"),
        }
    }
}

#[test]
fn a_key_id_of_another_length_is_refused() {
    for length in [1, 7, 9, 32] {
        let bytes = with(|parts| parts.protected = protected(ES256, "wurao/session", &vec![1; length]));
        assert!(matches!(open(&bytes), Err(EnvelopeError::Spelling)));
    }
}

#[test]
fn an_unprotected_header_entry_is_refused() {
    let entries: [&[u8]; 3] = [
        // A key id, an algorithm, and a label of nobody.
        &[0xa1, 0x04, 0x41, 0x01],
        &[0xa1, 0x01, 0x26],
        &[0xa1, 0x19, 0x03, 0xe8, 0x00],
    ];
    for entry in entries {
        let bytes = with(|parts| parts.unprotected = entry.to_vec());
        assert!(matches!(open(&bytes), Err(EnvelopeError::Spelling)));
    }
}

#[test]
fn another_spelling_of_the_envelope_is_refused() {
    let bytes = sealed(Kind::Session);
    for item in items(&bytes) {
        for spelled in item.long_forms(&bytes) {
            assert!(open(&spelled).is_err(), "{}", hex::encode(spelled));
        }
        if let Some(spelled) = item.indefinite(&bytes) {
            assert!(open(&spelled).is_err(), "{}", hex::encode(spelled));
        }
    }
}

#[test]
fn a_record_without_its_tag_or_with_another_is_refused() {
    let bytes = sealed(Kind::Session);
    assert!(matches!(open(&bytes[1..]), Err(EnvelopeError::NotCose(_))));
    for tag in [0xd0, 0xd1, 0xc0] {
        let other = [&[tag], &bytes[1..]].concat();
        assert!(matches!(open(&other), Err(EnvelopeError::NotCose(_))));
    }
    assert!(open(&[&[0xd2], bytes.as_slice()].concat()).is_err());
}

#[test]
fn another_spelling_of_the_protected_header_is_refused_although_its_signature_holds() {
    let header = honest().protected;
    let mut tried = 0;
    for item in items(&header) {
        let mut variants = item.long_forms(&header);
        variants.extend(item.indefinite(&header));
        if item.is_map() {
            variants.extend(item.shuffled(&header));
            variants.extend(item.doubled(&header));
            variants.extend(item.with_stranger(&header, &[0x19, 0x03, 0xe8, 0x00]));
        }
        for variant in variants {
            let bytes = with(|parts| parts.protected = variant.clone());
            assert!(open(&bytes).is_err(), "{}", hex::encode(variant));
            tried += 1;
        }
    }
    assert!(tried > 20, "only {tried}");
}

#[test]
fn a_critical_header_is_refused() {
    let key = device_key().public().id();
    let critical = written(|e| {
        e.map(4).unwrap();
        e.u8(1).unwrap().i64(ES256).unwrap();
        e.u8(2).unwrap().array(1).unwrap().u8(4).unwrap();
        e.u8(3).unwrap().str("wurao/session").unwrap();
        e.u8(4).unwrap().bytes(&key.0).unwrap();
    });
    assert!(open(&with(|parts| parts.protected = critical)).is_err());
}

#[test]
fn a_detached_payload_is_refused() {
    let parts = honest();
    let bytes = written(|e| {
        e.tag(minicbor::data::Tag::new(18)).unwrap();
        e.array(4).unwrap().bytes(&parts.protected).unwrap();
        e.map(0).unwrap().null().unwrap();
        e.bytes(&[1; 64]).unwrap();
    });
    assert!(matches!(open(&bytes), Err(EnvelopeError::Spelling)));
}

#[test]
fn a_record_of_another_kind_than_asked_for_is_refused() {
    for (name, kind, bytes) in records() {
        if kind == Kind::Leave {
            continue;
        }
        match open_as::<Leave>(&bytes) {
            Err(EnvelopeError::OtherKind { expected, found }) => {
                assert_eq!((expected, found), ("wurao/leave", kind.name()));
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn the_payload_of_another_kind_is_refused() {
    for (name, kind, bytes) in records() {
        let payload = open(&bytes).unwrap().payload;
        for other in Kind::ALL.iter().filter(|other| **other != kind) {
            assert!(crate::sample::respell(*other, &payload).is_err(), "{name} taken for {}", other.name());
        }
    }
    // A permit for a session, under a header that says session and a signature that holds.
    let payload = open(&sealed(Kind::Permit)).unwrap().payload;
    let bytes = with(|parts| parts.payload = payload);
    assert!(open(&bytes).is_ok());
    assert!(matches!(open_as::<Session>(&bytes), Err(EnvelopeError::Payload(_))));
    assert!(matches!(open_as::<Permit>(&bytes), Err(EnvelopeError::OtherKind { .. })));
}

/// A checklist whose record is this long.
fn of_length(length: usize) -> Checklist {
    let sized =
        |template: usize| Checklist { title: Words::new("", ""), template: "x".repeat(template), ..checklist() };
    let overhead = seal(&server_key(), &sized(1 << 18)).unwrap().len() - (1 << 18);
    sized(length - overhead)
}

#[test]
fn a_record_of_the_largest_size_is_taken() {
    let bytes = seal(&server_key(), &of_length(MAX_RECORD)).unwrap();
    assert_eq!(bytes.len(), MAX_RECORD);
    assert!(open_as::<Checklist>(&bytes).is_ok());
}

#[test]
fn a_larger_record_is_neither_sealed_nor_opened() {
    let body = of_length(MAX_RECORD + 1);
    assert!(matches!(seal(&server_key(), &body), Err(EnvelopeError::TooLarge(_))));
    let bytes = Sign1::honest(Kind::Checklist, &server_key(), cbor::encode(&body)).bytes(&server_key());
    assert!(matches!(
        open(&bytes),
        Err(EnvelopeError::TooLarge(n)) if n == MAX_RECORD + 1
    ));
}

#[test]
fn kinds_have_names_of_their_own() {
    for kind in Kind::ALL {
        assert_eq!(Kind::from_name(kind.name()), Some(*kind));
    }
    let names: std::collections::BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
    assert_eq!(names.len(), Kind::ALL.len());
    assert_eq!(Kind::from_name("wurao/track"), None);
}

#[test]
fn a_large_record_with_anything_but_a_payload_in_it_is_refused_before_it_is_read() {
    let filler = |count: usize| {
        let head = [&[0xba], (count as u32).to_be_bytes().as_slice()].concat();
        // Each another label: `1000: null`.
        let entry = |n: usize| [&[0x1a], (n as u32 + 1000).to_be_bytes().as_slice(), &[0xf6]].concat();
        [head, (0..count).flat_map(entry).collect()].concat()
    };
    let wide = filler(10_000);
    let bytes = with(|parts| parts.unprotected = wide.clone());
    assert!(matches!(open(&bytes), Err(EnvelopeError::Spelling)));
    let bytes = with(|parts| parts.protected = wide.clone());
    assert!(matches!(open(&bytes), Err(EnvelopeError::Spelling)));
    let deep = [0x81].repeat(100_000);
    let bytes = with(|parts| parts.unprotected = deep.clone());
    assert!(matches!(open(&bytes), Err(EnvelopeError::Spelling)));
}
