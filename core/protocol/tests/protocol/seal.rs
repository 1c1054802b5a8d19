//! Sealed messages open for one key and one purpose, unchanged. The RFC's own vector is checked beside the code.

use crate::sample::{device_key, server_key};
use wurao_protocol::key::{PublicKey, Signer as _, SoftwareKey};
use wurao_protocol::seal::{OVERHEAD, SealError, open, seal};

const IKM: [u8; 32] = [7; 32];

fn sealed(text: &[u8]) -> Vec<u8> {
    seal(&server_key().public(), b"purpose", text, &IKM).unwrap()
}

#[test]
fn what_was_sealed_opens_for_its_key_and_purpose_alone() {
    for text in [&b""[..], b"x", &[0x5a; 70_000]] {
        let message = sealed(text);
        assert_eq!(message.len(), text.len() + OVERHEAD);
        assert_eq!(open(&server_key(), b"purpose", &message).unwrap(), text);
        assert_eq!(open(&device_key(), b"purpose", &message), Err(SealError::Closed));
        assert_eq!(open(&server_key(), b"purpose-2", &message), Err(SealError::Closed));
    }
}

#[test]
fn no_bit_of_a_sealed_message_can_change() {
    let message = sealed(b"said in confidence");
    for at in 0..message.len() {
        for bit in 0..8 {
            let mut changed = message.clone();
            changed[at] ^= 1 << bit;
            assert!(open(&server_key(), b"purpose", &changed).is_err(), "byte {at}, bit {bit}");
        }
    }
}

#[test]
fn what_is_too_short_or_no_key_is_no_sealed_message() {
    let message = sealed(b"");
    for length in 0..OVERHEAD {
        assert_eq!(open(&server_key(), b"purpose", &message[..length]), Err(SealError::Shape));
    }
    let mut no_point = message.clone();
    no_point[40] ^= 1;
    assert_eq!(open(&server_key(), b"purpose", &no_point), Err(SealError::Shape));
    assert_eq!(open(&server_key(), b"purpose", &[&message[..], &[0]].concat()), Err(SealError::Closed));
}

#[test]
fn the_same_chance_makes_the_same_message_and_other_chance_another() {
    let again = seal(&server_key().public(), b"purpose", b"text", &IKM).unwrap();
    assert_eq!(sealed(b"text"), again);
    let other = seal(&server_key().public(), b"purpose", b"text", &[8; 32]).unwrap();
    assert_ne!(other[..65], again[..65]);
    // Nothing of the chance stands in the message.
    assert!(!again.windows(8).any(|window| window == &IKM[..8]));
}

#[test]
fn a_key_for_sealing_is_read_from_the_list_of_keys_like_any_other() {
    let secret = SoftwareKey::from_bytes(&[0x35; 32]).unwrap();
    let public = PublicKey::from_bytes(&crate::sample::trust_list().feedback_key).unwrap();
    let message = seal(&public, wurao_protocol::feedback::PURPOSE, b"five stars", &IKM).unwrap();
    assert_eq!(open(&secret, wurao_protocol::feedback::PURPOSE, &message).unwrap(), b"five stars");
}
