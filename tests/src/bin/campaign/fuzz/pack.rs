//! Packing, also as nobody honest packs, and what unpacks to much.

use super::item::Item;
use super::spoil;
use crate::forge::cose::{algorithm, bytes, content, head, key_id};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use wurao_protocol::frame::{self, CODEC_SHORT, CODEC_ZSTD};
use wurao_protocol::record::Kind;

/// One codec byte and zstd; now and then another byte, another size than said, zeros without end, or cut off.
pub(super) fn pack(chance: &mut StdRng, plain: &[u8], spoiled: bool) -> Vec<u8> {
    let zstd = |plain: &[u8]| zstd::bulk::compress(plain, 1).unwrap_or_default();
    if chance.random_ratio(1, 2)
        && let Some(short) = short_form(plain)
    {
        let short = if spoiled && chance.random_ratio(1, 12) { spoilt(chance, short) } else { short };
        return [&[CODEC_SHORT][..], &zstd(&short)].concat();
    }
    let mut packed = zstd(plain);
    if spoiled && chance.random_ratio(1, 12) {
        match chance.random_range(0..6) {
            0 => packed = zstd(&vec![0; chance.random_range(1..64) << 20]),
            // Magic, descriptor, then what is said of the size.
            1 if packed.len() > 10 => packed[4] ^= 1 << chance.random_range(5..8),
            2 => packed.extend(zstd(plain)),
            3 => packed.truncate(chance.random_range(0..=packed.len())),
            4 => packed = zstd::stream::encode_all(plain, 1).unwrap_or_default(),
            _ => spoil::bytes(chance, &mut packed),
        }
    }
    let codec = if spoiled && chance.random_ratio(1, 60) { chance.random() } else { CODEC_ZSTD };
    [&[codec][..], &packed].concat()
}

/// What is packed when changes are shortened; none when there are none.
fn short_form(plain: &[u8]) -> Option<Vec<u8>> {
    let packed = frame::pack(plain).ok()?;
    let packed = packed.strip_prefix(&[CODEC_SHORT])?;
    zstd::stream::decode_all(packed).ok()
}

/// A short form that says something else: other bytes, or hashes of one change without end.
fn spoilt(chance: &mut StdRng, mut short: Vec<u8>) -> Vec<u8> {
    if chance.random_ratio(1, 3) {
        short.pop();
        short.extend([2, 0].repeat(chance.random_range(1..1 << 19)));
        short.push(0);
    } else {
        spoil::bytes(chance, &mut short);
    }
    short
}

/// Items that are small packed and many or large unpacked, of at most so many bytes.
pub(super) fn bomb(chance: &mut StdRng, most: usize) -> Item {
    let most = most >> chance.random_range(0..4);
    // As many as pass for just not too many, too.
    let count = [usize::MAX, 500_000, 60_000].choose(chance).copied().unwrap_or(usize::MAX);
    let many = |major, one: &[u8]| many(major, one, most.min(count.saturating_mul(one.len())));
    match chance.random_range(0..9) {
        // Empty strings, which take far more when they are read.
        0 => many(4, &[0x40]),
        1 => many(4, &[0x41, 7]),
        2 => many(4, &[0xa0]),
        3 => many(4, &[&[0x58, 0x20][..], &[9; 32]].concat()),
        4 => many(5, &[0x00, 0x00]),
        5 => Item::Raw([0x81].repeat(most)),
        6 => Item::Bytes(vec![0; most]),
        7 => Item::Text("e\u{301}".repeat(most / 3).into_bytes()),
        _ => Item::Bytes(record(chance, most)),
    }
}

/// A list or map of so many of the same as make so many bytes.
pub(super) fn many(major: u8, one: &[u8], most: usize) -> Item {
    let count = most / one.len();
    Item::Raw([head(major, count), one.repeat(count)].concat())
}

/// A record of nobody that is large: its payload, its header or what is beside it.
pub(super) fn record(chance: &mut StdRng, most: usize) -> Vec<u8> {
    let most = most.saturating_sub(400);
    let entry = |n: usize| [head(0, n + 1000), vec![0xf6]].concat();
    let entries = |count: usize| (0..count).flat_map(entry).collect::<Vec<u8>>();
    let count = most / 4;
    let header = [vec![0xa3], algorithm(-7), content(Kind::Leave.name()), key_id(&[5; 8])].concat();
    let wide = || [head(5, count), entries(count)].concat();
    let (protected, unprotected, payload) = match chance.random_range(0..5) {
        0 => (header, wide(), vec![0xa0]),
        1 => (wide(), vec![0xa0], vec![0xa0]),
        2 => (header, [0x81].repeat(most), vec![0xa0]),
        3 => (header, [vec![0xa1, 0x07], many(4, &[0x80], most).bytes()].concat(), vec![0xa0]),
        _ => (header, vec![0xa0], vec![0; most]),
    };
    [vec![0xd2, 0x84], bytes(&protected), unprotected, bytes(&payload), bytes(&[1; 64])].concat()
}
