//! Spoiling: bytes, lists and the spelling of items, as chance will.

use super::item::Item;
use crate::forge::cose::head;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, RngCore};

/// Numbers near which something ends.
const EDGES: [u64; 22] = [
    0,
    1,
    23,
    24,
    0x7f,
    0xff,
    0x100,
    0xffff,
    0x1_0000,
    (1 << 24) - 1,
    1 << 24,
    (1 << 31) - 1,
    1 << 31,
    u32::MAX as u64,
    1 << 32,
    1 << 40,
    (1 << 53) + 1,
    4_102_444_800_001,
    i64::MAX as u64 - 1,
    i64::MAX as u64,
    1 << 63,
    u64::MAX,
];

/// Texts that something may take for more than a text.
const TEXTS: [&str; 14] = [
    "",
    "\0",
    "../../../etc/passwd",
    "%2e%2e%2f",
    "\u{202e}gpj.exe",
    "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
    "<script>alert(1)</script>",
    "' OR 1=1 --",
    "%_%",
    "\n{\"level\":\"audit\"}",
    "NaN",
    "1e400",
    "9007199254740993",
    "{\"a\":{\"a\":{\"a\":[[[[[[",
];

/// The most that one spoiling adds, bytes.
const MOST: usize = 64 << 10;

pub(super) fn edge(chance: &mut StdRng) -> u64 {
    let edge = EDGES.choose(chance).copied().unwrap_or_default();
    edge.wrapping_add(chance.random_range(0..3)).wrapping_sub(1)
}

/// One thing done to bytes.
pub(super) fn bytes(chance: &mut StdRng, bytes: &mut Vec<u8>) {
    if bytes.is_empty() || chance.random_ratio(1, 12) {
        *bytes = fresh(chance);
        return;
    }
    let at = chance.random_range(0..bytes.len());
    let length = 1 + chance.random_range(0..(bytes.len() - at).min(64));
    match chance.random_range(0..12) {
        0 | 1 => bytes[at] ^= 1 << chance.random_range(0..8),
        2 => bytes[at] = chance.random(),
        3 => bytes[at] = [0, 0x7f, 0x80, 0xff].choose(chance).copied().unwrap_or_default(),
        4 => bytes.insert(at, chance.random()),
        5 => drop(bytes.drain(at..at + length)),
        6 => bytes.truncate(at),
        7 => {
            let block = bytes[at..at + length].to_vec();
            let times = 1 << chance.random_range(0..10);
            let again = block.repeat((MOST / length).min(times));
            bytes.splice(at..at, again);
        }
        8 => bytes[at..at + length].fill(0),
        9 => chance.fill_bytes(&mut bytes[at..at + length]),
        10 => {
            let other = chance.random_range(0..bytes.len());
            bytes.swap(at, other);
        }
        _ => {
            let edge = edge(chance).to_be_bytes();
            let width = [1, 2, 4, 8].choose(chance).copied().unwrap_or(1).min(bytes.len() - at);
            bytes[at..at + width].copy_from_slice(&edge[8 - width..]);
        }
    }
}

fn fresh(chance: &mut StdRng) -> Vec<u8> {
    match chance.random_range(0..4) {
        0 => Vec::new(),
        1 => TEXTS.choose(chance).copied().unwrap_or_default().as_bytes().to_vec(),
        2 => TEXTS.choose(chance).copied().unwrap_or_default().repeat(1 << chance.random_range(0..11)).into_bytes(),
        _ => vec![chance.random(); chance.random_range(0..MOST)],
    }
}

/// One thing done to what stands in a row.
pub(super) fn list<T: Clone>(chance: &mut StdRng, list: &mut Vec<T>) {
    if list.is_empty() {
        return;
    }
    let at = chance.random_range(0..list.len());
    match chance.random_range(0..8) {
        0 | 1 => list.insert(at, list[chance.random_range(0..list.len())].clone()),
        2 => drop(list.remove(at)),
        3 => list.swap(at, 0),
        4 => list.shuffle(chance),
        5 => list.reverse(),
        6 => list.truncate(at),
        _ => {
            let one = list[at].clone();
            // Not so large items so often that nothing but their size is tried.
            let times = (MOST / size_of::<T>()).min(1 << chance.random_range(1..11));
            list.splice(at..at, std::iter::repeat_n(one, times));
        }
    }
}

/// The same item, or nearly, spelled as nobody honest spells it.
pub(super) fn spelling(chance: &mut StdRng, item: &Item) -> Item {
    let plain = item.bytes();
    let Some(first) = plain.first().copied() else { return Item::Raw(vec![0xf6]) };
    let (major, rest) = (first >> 5, plain.get(1 + width(first)..).unwrap_or_default());
    let long = [27_u8, 26, 25, 24].choose(chance).copied().unwrap_or(27);
    let raw = match chance.random_range(0..9) {
        // A head that lies of what follows.
        0 | 1 => [&head(major, edge(chance) as usize)[..], rest].concat(),
        // A head longer than it must be.
        2 => {
            let argument = argument(&plain).to_be_bytes();
            [&[major << 5 | long][..], &argument[8 - (1 << (long - 24))..], rest].concat()
        }
        // Without a length, and with or without an end.
        3 => [&[major << 5 | 31][..], rest, &[0xff]].concat(),
        4 => [&[major << 5 | 31][..], rest].concat(),
        // A length that there is not.
        5 => [&[major << 5 | chance.random_range(28..31)][..], rest].concat(),
        6 => [&plain[..], &[0]].concat(),
        7 => deep(chance, &plain),
        _ => [&[0xc1][..], &plain].concat(),
    };
    Item::Raw(raw)
}

/// Lists, maps, tags or texts without end that stand in each other.
fn deep(chance: &mut StdRng, plain: &[u8]) -> Vec<u8> {
    let levels = [64, 300, 10_000].choose(chance).copied().unwrap_or(300);
    let (open, close): (&[u8], &[u8]) = match chance.random_range(0..4) {
        0 => (&[0x81], &[]),
        1 => (&[0xa1, 0x00], &[]),
        2 => (&[0xc6], &[]),
        _ => (&[0x9f], &[0xff]),
    };
    [&open.repeat(levels)[..], plain, &close.repeat(levels)].concat()
}

fn width(first: u8) -> usize {
    match first & 31 {
        24..28 => 1 << ((first & 31) - 24),
        _ => 0,
    }
}

fn argument(plain: &[u8]) -> u64 {
    let short = plain[0] & 31;
    let written = plain.get(1..=width(plain[0])).unwrap_or_default();
    if short < 24 { u64::from(short) } else { written.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)) }
}
