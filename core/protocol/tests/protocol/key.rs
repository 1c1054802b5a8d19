//! Keys and signatures against the published vectors, not against themselves.

use crate::sample::{device_key, server_key};
use crate::sign1::written;
use p256::ecdsa::Signature;
use wurao_protocol::Digest;
use wurao_protocol::key::{KeyError, PublicKey, Signer as _, SoftwareKey};
use wurao_protocol::record::Session;

/// The other signature that ECDSA would take: the same r, the other s.
pub(crate) fn twin(signature: &[u8]) -> [u8; 64] {
    let (r, s) = Signature::from_slice(signature).unwrap().split_scalars();
    Signature::from_scalars(r, -*s).unwrap().to_bytes().into()
}

fn bytes<const N: usize>(text: &str) -> [u8; N] {
    hex::decode(text).unwrap().try_into().unwrap()
}

#[test]
fn a_signature_is_the_one_of_rfc_6979_in_low_s_form() {
    // RFC 6979, A.2.5: P-256, SHA-256, "sample"; its s is the high one.
    let scalar: [u8; 32] = bytes("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721");
    let published: [u8; 64] = bytes(concat!(
        "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
        "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
    ));
    let key = SoftwareKey::from_bytes(&scalar).unwrap();
    let ours = key.sign(b"sample").unwrap();
    assert_eq!(hex::encode(ours), hex::encode(twin(&published)));
    assert_eq!(key.public().verify(b"sample", &ours), Ok(()));
    assert_eq!(key.public().verify(b"sample", &published), Err(KeyError::WrongSignature));
    assert_eq!(key.public().verify(b"simple", &ours), Err(KeyError::WrongSignature));
}

#[test]
fn every_signature_is_low_s_and_its_twin_is_refused() {
    let key = device_key();
    for n in 0..32_u8 {
        let signature = key.sign(&[n]).unwrap();
        assert_eq!(key.public().verify(&[n], &signature), Ok(()));
        assert_eq!(key.public().verify(&[n], &twin(&signature)), Err(KeyError::WrongSignature));
    }
}

#[test]
fn a_thumbprint_is_that_of_the_example_in_rfc_9679() {
    let key: [u8; 33] = bytes("0265eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d");
    assert_eq!(
        PublicKey::from_bytes(&key).unwrap().thumbprint().to_string(),
        "496bd8afadf307e5b08c64b0421bf9dc01528a344a43bda88fadd1669da253ec"
    );
}

#[test]
fn a_thumbprint_is_the_hash_of_the_cose_key() {
    for key in [device_key(), server_key()] {
        let public = key.public();
        let point = p256::PublicKey::from_sec1_bytes(&public.to_bytes()).unwrap();
        let point = p256::elliptic_curve::sec1::ToSec1Point::to_sec1_point(&point, false);
        let cose_key = written(|e| {
            e.map(4).unwrap();
            e.i8(1).unwrap().u8(2).unwrap();
            e.i8(-1).unwrap().u8(1).unwrap();
            e.i8(-2).unwrap().bytes(point.x().unwrap()).unwrap();
            e.i8(-3).unwrap().bytes(point.y().unwrap()).unwrap();
        });
        let thumbprint = Digest::of(&[&cose_key]);
        assert_eq!(public.thumbprint(), thumbprint);
        assert_eq!(public.id().0, thumbprint.0[..8]);
        assert_eq!(public.device().0, thumbprint.0[..16]);
    }
}

#[test]
fn a_public_key_has_one_spelling() {
    let key = device_key().public().to_bytes();
    assert_eq!(PublicKey::from_bytes(&key).unwrap().to_bytes(), key);
    let x = &key[1..];
    let point = p256::PublicKey::from_sec1_bytes(&key).unwrap();
    let uncompressed = p256::elliptic_curve::sec1::ToSec1Point::to_sec1_point(&point, false);
    let no_keys: [(&str, Vec<u8>); 8] = [
        ("nothing", vec![]),
        ("one byte short", key[..32].to_vec()),
        ("one byte more", [&key[..], &[0]].concat()),
        ("uncompressed", uncompressed.as_bytes().to_vec()),
        ("compact", [&[5], x].concat()),
        ("tag 0", [&[0], x].concat()),
        ("tag 4", [&[4], x].concat()),
        ("no point", [&[2], &[0xff; 32][..]].concat()),
    ];
    for (what, bytes) in no_keys {
        assert_eq!(PublicKey::from_bytes(&bytes), Err(KeyError::NotAKey), "{what}");
    }
}

#[test]
fn a_private_key_is_a_scalar_below_the_order_of_the_curve() {
    let order: [u8; 32] = bytes("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    let mut last = order;
    last[31] -= 1;
    assert!(SoftwareKey::from_bytes(&last).is_ok());
    for scalar in [&order[..], &[0xff; 32], &[0; 32], &[1; 31], &[1; 33], &[]] {
        assert!(matches!(SoftwareKey::from_bytes(scalar), Err(KeyError::NotAKey)));
    }
}

#[test]
fn a_private_key_is_written_as_it_was_read() {
    assert_eq!(device_key().to_bytes(), [0x22; 32]);
}

#[test]
fn an_actor_is_bound_to_the_key_and_the_nonce() {
    let key = device_key().public();
    let nonce = [9; 16];
    let actor = Session::actor_of(&key, &nonce);
    assert_eq!(actor[..], Digest::of(&[&key.to_bytes(), &nonce]).0[..16], "not the first half of the hash");
    assert_ne!(actor, Session::actor_of(&key, &[8; 16]));
    assert_ne!(actor, Session::actor_of(&server_key().public(), &nonce));
}
