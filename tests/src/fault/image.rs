//! What would be left of one file.

use rand::Rng;
use std::ops::Range;

/// The unit in which a disk writes; a write that is cut off may end within one all the same.
const SECTOR: usize = 512;

/// A file's flushed bytes, and what was done to it since.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    flushed: Vec<u8>,
    since: Vec<Change>,
    /// How long it is now, for whoever does not ask after a power cut.
    length: usize,
}

/// What was not flushed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Truncate { to: usize },
}

impl Image {
    /// A file with these bytes, all flushed.
    pub fn new(flushed: Vec<u8>) -> Self {
        Self { length: flushed.len(), flushed, since: Vec::new() }
    }

    /// Bytes were written.
    pub fn write(&mut self, at: usize, bytes: &[u8]) {
        self.length = self.length.max(at + bytes.len());
        self.since.push(Change::Write { at, bytes: bytes.to_vec() });
    }

    /// The file was cut to this length, or made as long.
    pub fn truncate(&mut self, to: usize) {
        self.length = to;
        self.since.push(Change::Truncate { to });
    }

    /// Its length as who has it open sees it.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Everything done until now survives.
    pub fn flush(&mut self) {
        for change in std::mem::take(&mut self.since) {
            change.apply(&mut self.flushed);
        }
    }

    /// A flush failed and the system forgot what it should have written, as Linux does: no later flush writes it.
    pub fn forget_writes(&mut self) {
        self.since.retain(|change| matches!(change, Change::Truncate { .. }));
    }

    /// What a power cut leaves, and how many changes it lost or tore: each change since the last flush survives or not by
    /// chance, in one cut of four all or none. The last survivor is torn as a rule, others seldom.
    pub fn after_cut(&self, chance: &mut impl Rng) -> (Vec<u8>, usize) {
        let of_hundred = [0, 50, 80, 100, 20, 50, 50, 90][chance.random_range(0..8)];
        let survivors: Vec<&Change> = self.since.iter().filter(|_| chance.random_range(0..100) < of_hundred).collect();
        let mut lost = self.since.len() - survivors.len();
        let mut left = self.flushed.clone();
        for (n, change) in survivors.iter().enumerate() {
            let torn = if n + 1 == survivors.len() { chance.random_bool(0.6) } else { chance.random_bool(0.05) };
            match change {
                Change::Write { at, bytes } if torn => {
                    lost += 1;
                    for part in torn_parts(*at, bytes.len(), chance) {
                        put(&mut left, at + part.start, &bytes[part]);
                    }
                }
                change => change.apply(&mut left),
            }
        }
        (left, lost)
    }
}

impl Change {
    fn apply(&self, to: &mut Vec<u8>) {
        match self {
            Change::Write { at, bytes } => put(to, *at, bytes),
            Change::Truncate { to: length } => to.resize(*length, 0),
        }
    }
}

fn put(to: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if to.len() < end {
        to.resize(end, 0);
    }
    to[at..end].copy_from_slice(bytes);
}

/// The parts of a torn write that reach the disk: up to some byte, up to some sector, or some of its sectors. Nothing
/// beside the bytes of a write is ever touched, as SQLite assumes of the disks of this century (`POWERSAFE_OVERWRITE`).
fn torn_parts(at: usize, length: usize, chance: &mut impl Rng) -> Vec<Range<usize>> {
    let sectors: Vec<Range<usize>> = {
        let cuts = (at / SECTOR + 1..).map(|n| n * SECTOR - at).take_while(|cut| *cut < length);
        let starts = std::iter::once(0).chain(cuts.clone());
        starts.zip(cuts.chain(std::iter::once(length))).map(|(from, to)| from..to).collect()
    };
    match chance.random_range(0..3) {
        0 => std::iter::once(0..chance.random_range(0..length.max(1))).collect(),
        1 => std::iter::once(0..sectors[chance.random_range(0..sectors.len())].start).collect(),
        _ => sectors.into_iter().filter(|_| chance.random_bool(0.5)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    #[test]
    fn what_is_flushed_survives_every_cut_and_nothing_appears_that_was_not_written() {
        let mut image = Image::new(vec![1; 3000]);
        image.write(2900, &[2; 200]);
        image.flush();
        image.write(0, &[3; 1500]);
        let (mut kept, mut gone, mut torn) = (0, 0, 0);
        for seed in 0..400 {
            let (left, _) = image.after_cut(&mut StdRng::seed_from_u64(seed));
            assert_eq!(left[1500..2900], [1; 1400]);
            assert_eq!(left[2900..], [2; 200]);
            match left[..1500].iter().filter(|byte| **byte == 3).count() {
                1500 => kept += 1,
                0 => gone += 1,
                _ => torn += 1,
            }
            assert!(left[..1500].iter().all(|byte| matches!(byte, 1 | 3)));
        }
        assert!(kept > 40 && gone > 40 && torn > 40, "{kept} kept, {gone} gone, {torn} torn");
    }

    #[test]
    fn a_torn_write_ends_at_any_byte_or_misses_sectors() {
        let (mut within, mut holes) = (0, 0);
        for seed in 0..300 {
            let parts = torn_parts(100, 4096, &mut StdRng::seed_from_u64(seed));
            let ends = |part: &Range<usize>| part.end == 4096 || (part.end + 100).is_multiple_of(SECTOR);
            within += usize::from(!parts.iter().all(ends));
            holes += usize::from(parts.windows(2).any(|pair| pair[0].end < pair[1].start));
            assert!(parts.iter().all(|part| part.end <= 4096));
        }
        assert!(within > 30 && holes > 30, "{within} {holes}");
    }

    #[test]
    fn what_a_failed_flush_forgot_comes_back_with_no_later_one() {
        let mut image = Image::new(vec![1; 8]);
        image.write(0, &[2; 4]);
        image.forget_writes();
        image.write(6, &[3; 2]);
        image.flush();
        assert_eq!(image, Image::new(vec![1, 1, 1, 1, 1, 1, 3, 3]));
    }

    #[test]
    fn a_truncation_can_be_lost_as_a_write_can() {
        let mut image = Image::new(vec![1; 8]);
        image.truncate(0);
        image.write(0, &[2; 4]);
        let lengths: Vec<usize> =
            (0..60).map(|seed| image.after_cut(&mut StdRng::seed_from_u64(seed)).0.len()).collect();
        assert!(lengths.contains(&8) && lengths.contains(&0) && lengths.contains(&4));
        image.flush();
        assert_eq!(image, Image::new(vec![2; 4]));
    }
}
