//! Bytes with changes in them, without what whoever reads them can compute: the checksum of each change, and the hash of an
//! earlier one that it depends on. Both are noise to zstd, and with one change an answer they are most of what it costs.
//!
//! Nothing else of a change is known here but its envelope: magic, checksum, type, length, and behind it the number of
//! dependencies and their hashes. What merely looks like one is left as it is.
//!
//! The short form is runs of bytes with something to put after each: `length | bytes | what`, numbers as LEB128. `what` is
//! 0: nothing, it is over; 1: a change begins here, with its magic and its checksum; 2 and up: the hash of a change that began
//! before, 2 for the last but the one that is open.

use crate::Problem;
use sha2::{Digest as _, Sha256};

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
/// Magic and checksum.
const LEFT_OUT: usize = 8;
const HASH: usize = 32;
const OVER: u64 = 0;
const BEGINS: u64 = 1;
const HASHES: u64 = 2;
/// How far back a dependency is looked for.
const MOST_BACK: usize = 64;

/// The short form; none when there is nothing to leave out.
pub(crate) fn shorten(plain: &[u8]) -> Option<Vec<u8>> {
    let mut short = Short::default();
    let (mut at, mut hashes) = (0, Vec::<[u8; HASH]>::new());
    // What looks like many long changes, one in the other, is not to be hashed again and again.
    let mut to_hash = plain.len() * 2;
    while let Some(begins) = find(plain, at) {
        let length = end_of(plain, begins).map_or(0, |ends| ends - begins);
        let Some(left) = to_hash.checked_sub(length) else { break };
        to_hash = left;
        let Some(change) = Change::at(plain, begins) else {
            at = begins + 1;
            continue;
        };
        short.run(plain, begins, BEGINS);
        short.done = begins + LEFT_OUT;
        for dependency in change.dependencies(plain) {
            let back = hashes.iter().rev().take(MOST_BACK).position(|hash| hash == &plain[dependency..][..HASH]);
            if let Some(back) = back {
                short.run(plain, dependency, HASHES + back as u64);
                short.done = dependency + HASH;
            }
        }
        hashes.push(change.hash);
        at = change.ends;
    }
    short.run(plain, plain.len(), OVER);
    (!hashes.is_empty()).then_some(short.bytes)
}

/// The bytes that were shortened, never more than `limit`.
pub(crate) fn restore(short: &[u8], limit: usize) -> Result<Vec<u8>, Problem> {
    let (mut rest, mut plain, mut hashes) = (short, Vec::new(), Vec::new());
    let mut open = None;
    loop {
        let length = usize::try_from(number(&mut rest)?).map_err(|_| Problem::Malformed)?;
        let (run, after) = rest.split_at_checked(length).ok_or(Problem::Malformed)?;
        rest = after;
        add(&mut plain, run, limit)?;
        match number(&mut rest)? {
            OVER if rest.is_empty() => {
                close(&mut plain, open, &mut hashes)?;
                return Ok(plain);
            }
            OVER => return Err(Problem::Malformed),
            BEGINS => {
                close(&mut plain, open, &mut hashes)?;
                open = Some(plain.len());
                add(&mut plain, &MAGIC, limit)?;
                add(&mut plain, &[0; LEFT_OUT - MAGIC.len()], limit)?;
            }
            what => {
                let back = usize::try_from(what - HASHES).map_err(|_| Problem::Malformed)?;
                let hash: [u8; HASH] = *hashes.iter().rev().nth(back).ok_or(Problem::Malformed)?;
                add(&mut plain, &hash, limit)?;
            }
        }
    }
}

/// Writes the checksum of the change that is open: all of it is there.
fn close(plain: &mut [u8], open: Option<usize>, hashes: &mut Vec<[u8; HASH]>) -> Result<(), Problem> {
    let Some(begins) = open else { return Ok(()) };
    let ends = end_of(plain, begins).ok_or(Problem::Malformed)?;
    let hash: [u8; HASH] = Sha256::digest(&plain[begins + LEFT_OUT..ends]).into();
    plain[begins + MAGIC.len()..begins + LEFT_OUT].copy_from_slice(&hash[..LEFT_OUT - MAGIC.len()]);
    hashes.push(hash);
    Ok(())
}

fn add(plain: &mut Vec<u8>, bytes: &[u8], limit: usize) -> Result<(), Problem> {
    if plain.len() + bytes.len() > limit {
        return Err(Problem::TooLarge);
    }
    plain.extend_from_slice(bytes);
    Ok(())
}

/// The short form as it grows, and up to where it holds what is shortened.
#[derive(Default)]
struct Short {
    bytes: Vec<u8>,
    done: usize,
}

impl Short {
    fn run(&mut self, plain: &[u8], until: usize, what: u64) {
        let run = &plain[self.done..until];
        write(&mut self.bytes, run.len() as u64);
        self.bytes.extend_from_slice(run);
        write(&mut self.bytes, what);
    }
}

/// A whole change whose checksum is right.
struct Change {
    content: usize,
    ends: usize,
    hash: [u8; HASH],
}

impl Change {
    fn at(plain: &[u8], begins: usize) -> Option<Self> {
        let ends = end_of(plain, begins)?;
        let hash: [u8; HASH] = Sha256::digest(&plain[begins + LEFT_OUT..ends]).into();
        let is_whole = hash.starts_with(&plain[begins + MAGIC.len()..begins + LEFT_OUT]);
        is_whole.then_some(Self { content: content_of(plain, begins)?.0, ends, hash })
    }

    /// Where the hashes of what it depends on begin.
    fn dependencies(&self, plain: &[u8]) -> impl Iterator<Item = usize> {
        let mut rest = &plain[self.content..self.ends];
        let count = number(&mut rest).unwrap_or(0);
        let (first, ends) = (self.ends - rest.len(), self.ends);
        let hashes = (0..count).map(move |nth| first.saturating_add((nth as usize).saturating_mul(HASH)));
        hashes.take_while(move |begins| begins.saturating_add(HASH) <= ends)
    }
}

/// Where the content of what begins here with a magic would begin, and how long it says it is.
fn content_of(plain: &[u8], begins: usize) -> Option<(usize, usize)> {
    // After the checksum one byte for the type.
    let mut rest = plain.get(begins + LEFT_OUT + 1..)?;
    let length = usize::try_from(number(&mut rest).ok()?).ok()?;
    Some((plain.len() - rest.len(), length))
}

fn end_of(plain: &[u8], begins: usize) -> Option<usize> {
    let (content, length) = content_of(plain, begins)?;
    content.checked_add(length).filter(|ends| *ends <= plain.len())
}

fn find(plain: &[u8], from: usize) -> Option<usize> {
    let found = plain.get(from..)?.windows(MAGIC.len()).position(|window| window == MAGIC);
    found.map(|found| from + found)
}

fn write(into: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        into.push(number as u8 | 0x80);
        number >>= 7;
    }
    into.push(number as u8);
}

fn number(rest: &mut &[u8]) -> Result<u64, Problem> {
    let mut value = 0;
    for shift in (0..63).step_by(7) {
        let (byte, after) = rest.split_first().ok_or(Problem::Malformed)?;
        *rest = after;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(Problem::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A change as Automerge frames it, after these others.
    fn change(after: &[[u8; HASH]], content: &[u8]) -> (Vec<u8>, [u8; HASH]) {
        let mut body = vec![after.len() as u8];
        body.extend(after.concat());
        body.extend_from_slice(content);
        let mut hashed = vec![1];
        write(&mut hashed, body.len() as u64);
        hashed.extend(body);
        let hash: [u8; HASH] = Sha256::digest(&hashed).into();
        ([&MAGIC[..], &hash[..4], &hashed].concat(), hash)
    }

    fn chain(length: usize) -> Vec<u8> {
        let (mut bytes, mut after) = (Vec::new(), Vec::new());
        for nth in 0..length {
            let (change, hash) = change(&after, format!("answer {nth}").as_bytes());
            bytes.extend(change);
            bytes.extend(b"between");
            after = vec![hash];
        }
        bytes
    }

    #[test]
    fn a_chain_of_changes_loses_its_hashes_and_checksums_and_gets_them_back() {
        let plain = chain(10);
        let short = shorten(&plain).unwrap();
        assert_eq!(restore(&short, plain.len()).unwrap(), plain);
        assert!(short.len() <= plain.len() - 10 * 4 - 9 * HASH, "{} of {}", short.len(), plain.len());
    }

    #[test]
    fn the_short_form_is_spelled_as_it_always_was() {
        let golden: String = include_str!("../tests/golden/short-form.hex").split_whitespace().collect();
        let golden = hex::decode(golden).unwrap();
        assert_eq!(shorten(&chain(3)).unwrap(), golden);
        assert_eq!(restore(&golden, 1 << 10).unwrap(), chain(3));
    }

    #[test]
    fn what_depends_on_several_or_on_what_is_elsewhere_comes_back_too() {
        let (one, first) = change(&[[7; HASH]], b"one");
        let (two, second) = change(&[first], b"two");
        let (three, _) = change(&[[9; HASH], first, second], b"three");
        let plain = [one, two, three].concat();
        let short = shorten(&plain).unwrap();
        assert_eq!(restore(&short, plain.len()).unwrap(), plain);
        assert!(short.len() < plain.len() - 3 * HASH);
    }

    #[test]
    fn what_only_looks_like_a_change_is_left_as_it_is() {
        let (whole, _) = change(&[], b"x");
        let mut damaged = whole.clone();
        damaged[5] ^= 1;
        for plain in [&[][..], &MAGIC, &[MAGIC, MAGIC].concat(), &damaged, &whole[..whole.len() - 1]] {
            assert_eq!(shorten(plain), None, "{plain:?}");
        }
        let both = [damaged, whole].concat();
        assert_eq!(restore(&shorten(&both).unwrap(), both.len()).unwrap(), both);
    }

    #[test]
    fn what_looks_like_many_long_changes_takes_no_longer_than_what_is() {
        // Each says that it goes on to nearly the end of all of them.
        let mut plain = Vec::new();
        for left in (0..20_000u64).rev() {
            plain.extend([&MAGIC[..], &[0; 4], &[1]].concat());
            write(&mut plain, left * 12 + 0x4000);
        }
        plain.extend(chain(2));
        plain.extend([0; 0x8000]);
        assert_eq!(shorten(&plain), None, "it gave up");
    }

    #[test]
    fn what_nobody_shortened_is_refused() {
        let plain = chain(3);
        let short = shorten(&plain).unwrap();
        assert_eq!(restore(&short, plain.len() - 1), Err(Problem::TooLarge));
        for until in 0..short.len() {
            assert_eq!(restore(&short[..until], 1 << 20), Err(Problem::Malformed), "cut at {until}");
        }
        assert_eq!(restore(&[0, 0, 0], 9), Err(Problem::Malformed), "more after the end");
        assert_eq!(restore(&[0, 2, 0, 0], 99), Err(Problem::Malformed), "no change before");
        assert_eq!(restore(&[0, 1, 0, 0], 99), Err(Problem::Malformed), "a change without its end");
        assert_eq!(restore(&[0xff; 12], 99), Err(Problem::Malformed), "a number without end");
    }

    proptest! {
        #[test]
        fn anything_comes_back_as_it_was(parts in proptest::collection::vec((0..4usize, proptest::collection::vec(any::<u8>(), 0..40)), 0..12)) {
            let (mut plain, mut before) = (Vec::new(), vec![[3; HASH]]);
            for (kind, bytes) in parts {
                let (whole, hash) = change(&before[before.len().saturating_sub(kind)..], &bytes);
                match kind {
                    0 => plain.extend(bytes),
                    1 => plain.extend([&MAGIC[..], &bytes].concat()),
                    _ => {
                        plain.extend(whole);
                        before.push(hash);
                    }
                }
            }
            if let Some(short) = shorten(&plain) {
                prop_assert_eq!(restore(&short, plain.len()), Ok(plain));
            }
        }

        #[test]
        fn anything_at_all_is_restored_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(plain) = restore(&bytes, 4096) {
                prop_assert!(plain.len() <= 4096);
            }
        }
    }
}
