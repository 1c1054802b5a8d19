//! A perceptual hash: a hint for people that two photos may show the same picture, never a verdict.

use std::f64::consts::PI;

use crate::error::EvidenceError;
use crate::picture::Picture;
use crate::scan::scan;

const GRID: usize = 32;
const LOW: usize = 8;

/// The perceptual hash of a thumbnail's bytes: the signs of its 63 lowest frequencies against their median.
pub fn phash(thumbnail: &[u8]) -> Result<u64, EvidenceError> {
    let picture = Picture::decode(thumbnail, &scan(thumbnail)?)?;
    let grid = picture.grey_grid::<GRID>();
    let wave: [[f64; GRID]; LOW] = std::array::from_fn(|k| {
        std::array::from_fn(|n| ((2 * n + 1) as f64 * k as f64 * PI / (2 * GRID) as f64).cos())
    });
    let across: [[f64; LOW]; GRID] =
        std::array::from_fn(|y| std::array::from_fn(|k| (0..GRID).map(|x| grid[y][x] * wave[k][x]).sum()));
    let frequency = |i: usize| -> f64 { (0..GRID).map(|y| across[y][i % LOW] * wave[i / LOW][y]).sum() };
    // The first is the mean brightness, which says nothing about what is shown.
    let values: [f64; LOW * LOW - 1] = std::array::from_fn(|i| frequency(i + 1));
    let mut sorted = values;
    sorted.sort_by(f64::total_cmp);
    let median = sorted[sorted.len() / 2];
    Ok(values.iter().enumerate().filter(|(_, v)| **v > median).fold(0, |hash, (i, _)| hash | 1 << i))
}

/// How many of the 63 signs differ; up to about 8 is worth a person's look.
pub fn distance(a: u64, b: u64) -> u32 {
    (a ^ b).count_ones()
}
