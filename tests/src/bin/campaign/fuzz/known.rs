//! What is known to have harmed others: tried by name, whatever chance finds.

use super::change::attack_table::forge::{body, uleb};
use super::change::deflate_bomb;
use crate::forge::cose::{Parts, algorithm, content, key_id, twin};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use sha2::{Digest, Sha256};
use wurao_protocol::envelope;
use wurao_protocol::key::{Signer as _, SoftwareKey};

/// A record respelled in every way that some reader of COSE has taken for good, signed by a key where that is possible; the
/// last one as it should be.
pub(super) fn records(record: &[u8], key: &SoftwareKey) -> Vec<Vec<u8>> {
    let Ok(honest) = envelope::open(record) else { return Vec::new() };
    let id = key.public().id();
    let parts = || Parts::honest(honest.kind, id, honest.payload.clone());
    let with = |edit: &dyn Fn(&mut Parts)| {
        let mut parts = parts();
        edit(&mut parts);
        parts.by(key)
    };
    let signature = |bytes: &[u8]| parts().with(bytes);
    let whole = parts().by(key);
    let from = whole.len().saturating_sub(64);
    let mut list: Vec<Vec<u8>> = vec![
        // No algorithm, one that signs nothing, one of another curve, one that is keyed with what is public.
        with(&|parts| drop(parts.protected.remove(0))),
        with(&|parts| parts.protected[0] = vec![0x01, 0xf6]),
        with(&|parts| parts.protected[0] = algorithm(-35)),
        with(&|parts| parts.protected[0] = algorithm(5)),
        // The key's id missing, only beside the signed header, of other lengths.
        with(&|parts| drop(parts.protected.pop())),
        with(&|parts| {
            parts.protected.pop();
            parts.unprotected = [vec![0xa1], key_id(&id.0)].concat();
        }),
        with(&|parts| parts.protected[2] = key_id(&id.0[..7])),
        with(&|parts| parts.protected[2] = key_id(&[&id.0[..], &[0]].concat())),
        // A header twice, out of order, and of another kind.
        with(&|parts| parts.protected.push(key_id(&id.0))),
        with(&|parts| parts.protected.reverse()),
        with(&|parts| parts.protected[1] = content("wurao/order")),
        // Tagged twice, not at all, as something else.
        [&[0xd2][..], &whole].concat(),
        whole[1..].to_vec(),
        [&[0xd1][..], &whole[1..]].concat(),
        // The list without a length.
        [&[0xd2, 0x9f][..], &whole[2..], &[0xff]].concat(),
        // Ten thousand lists in the place of the payload.
        with(&|parts| parts.payload = [&[0x81].repeat(10_000)[..], &[0xf6]].concat()),
        twin(&whole),
    ];
    // Signatures of other lengths, of zeros, with either half zero.
    list.extend([0, 1, 63, 65, 71, 72].map(|length| signature(&vec![1; length])));
    list.push(signature(&[0; 64]));
    let halves = |zero: std::ops::Range<usize>| {
        let mut bytes: Vec<u8> = whole[from..].to_vec();
        bytes[zero].fill(0);
        signature(&bytes)
    };
    list.extend([halves(0..32), halves(32..64)]);
    list.push(whole);
    list
}

/// A text of a code, read wrongly or made by another reader.
pub(super) fn text(chance: &mut StdRng, text: &str) -> String {
    let at = chance.random_range(0..=text.len());
    let (before, after) = text.split_at(if text.is_char_boundary(at) { at } else { 0 });
    match chance.random_range(0..11) {
        0 => text.to_lowercase(),
        // A group that stands for more than it can hold; one character too many, or too few.
        1 => format!("{before}::::::{after}"),
        2 => format!("{before}ZZZ{after}"),
        3 => format!("{text}0"),
        4 => text.chars().take(text.chars().count().saturating_sub(1)).collect(),
        5 => format!("{before} \t\n{after}"),
        6 => format!("HC1:{text}"),
        7 => format!("{before}#{after}"),
        8 => format!("{before}\u{202e}\u{0}é督{after}"),
        9 => text.repeat((1 << 20) / text.len().max(1)),
        _ => ["", "#", "WURAO:", "HTTP://", ":::"].choose(chance).copied().unwrap_or_default().to_owned(),
    }
}

/// The envelope of a change, lying: of its length, of its checksum, of what it packs.
pub(super) fn changes(change: &[u8]) -> Vec<Vec<u8>> {
    let content = body(change);
    let long = |bytes: usize| [vec![0x80; bytes], vec![0x01]].concat();
    let nonminimal = {
        let mut spelled = uleb(content.len() as u64);
        if let Some(last) = spelled.last_mut() {
            *last |= 0x80;
        }
        [spelled, vec![0]].concat()
    };
    let lengths = [uleb(1 << 63), uleb(u64::MAX), uleb(0), long(9), long(10), long(30), nonminimal];
    let mut list: Vec<Vec<u8>> = lengths.iter().map(|length| chunk(1, length, &content)).collect();
    let mut bomb = deflate_bomb(48 << 20);
    list.push(bomb.clone());
    // One that does not even say what it holds.
    bomb[4..8].fill(0);
    list.push(bomb);
    list
}

fn chunk(kind: u8, length: &[u8], content: &[u8]) -> Vec<u8> {
    let hashed = [&[kind][..], length, content].concat();
    [&[0x85, 0x6f, 0x4a, 0x83][..], &Sha256::digest(&hashed)[..4], &hashed].concat()
}
