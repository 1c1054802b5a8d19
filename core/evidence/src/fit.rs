//! Encoding within a number of bytes, in at most two encodes of the whole picture.

use crate::encode::{Rendered, encode_with};
use crate::error::EvidenceError;
use crate::orientation::Orientation;
use crate::picture::Pixels;
use crate::resample::resample;

/// Tried from the best down. Below the last, a picture of half the side is the better one at equal bytes.
const QUALITIES: [u8; 10] = [80, 76, 72, 68, 64, 60, 55, 50, 45, 40];
/// Only so many in a hundred of the bytes are aimed at, because the estimate is from a sample.
const AIM: usize = 97;
/// The sample is one band of this many rows (one row of 4:2:0 blocks) out of every eight.
const BAND: usize = 16;
const ONE_OF: usize = 8;

/// Encodes at the best quality that fits `limit`, and says how many encodes it took. If the first is too large, what
/// other qualities would take is estimated from a sample of the picture, an eighth of the work each.
pub(crate) fn fit(
    pixels: &Pixels,
    orientation: Orientation,
    profile: Option<&[u8]>,
    limit: usize,
) -> Result<(Rendered, u32), EvidenceError> {
    let first = whole(pixels, orientation, profile, QUALITIES[0])?;
    if first.bytes.len() <= limit {
        return Ok((first, 1));
    }
    let mut sample = sampled(pixels);
    let sample_bytes = bytes_at(&sample, QUALITIES[0])?;
    // Bytes of the whole picture that the sample's bytes stand for, and the room there is in the sample's bytes.
    let mut room = limit * AIM / 100 * sample_bytes / first.bytes.len();
    let mut smaller: Option<Pixels> = None;
    let mut encodes = 1;
    loop {
        let current = smaller.as_ref().unwrap_or(pixels);
        let last = current.width.max(current.height) == 1;
        match best_quality(&sample, room)? {
            None if !last => {
                let half = resample(current, current.width.div_ceil(2), current.height.div_ceil(2))?;
                sample = sampled(&half);
                smaller = Some(half);
            }
            found => {
                let rendered = whole(current, orientation, profile, found.unwrap_or(QUALITIES[0]))?;
                encodes += 1;
                if rendered.bytes.len() <= limit || last {
                    return Ok((rendered, encodes));
                }
                // The sample misled; believe what the whole took.
                room = room * limit / rendered.bytes.len() * AIM / 100;
            }
        }
    }
}

fn whole(
    pixels: &Pixels,
    orientation: Orientation,
    profile: Option<&[u8]>,
    quality: u8,
) -> Result<Rendered, EvidenceError> {
    encode_with(pixels, orientation, quality, |encoder| profile.map_or(Ok(()), |icc| encoder.add_icc_profile(icc)))
}

/// The best quality at which the sample fits; qualities are searched by halves, because bytes fall with them.
fn best_quality(sample: &Pixels, room: usize) -> Result<Option<u8>, EvidenceError> {
    let (mut low, mut high) = (0, QUALITIES.len());
    while low < high {
        let middle = (low + high) / 2;
        if bytes_at(sample, QUALITIES[middle])? <= room { high = middle } else { low = middle + 1 }
    }
    Ok(QUALITIES.get(low).copied())
}

fn bytes_at(sample: &Pixels, quality: u8) -> Result<usize, EvidenceError> {
    whole(sample, Orientation::Upright, None, quality).map(|rendered| rendered.bytes.len())
}

/// Every eighth band of rows, stacked.
fn sampled(pixels: &Pixels) -> Pixels {
    let stride = pixels.width * pixels.channels;
    let data: Vec<u8> = pixels.data.chunks(stride * BAND).step_by(ONE_OF).flatten().copied().collect();
    Pixels { width: pixels.width, height: data.len() / stride, channels: pixels.channels, data }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::RENDITION_BYTES;

    /// Cells of random brightness: the hardest pictures to make small.
    fn cells(width: usize, height: usize, cell: usize, channels: usize) -> Pixels {
        let mut state = 7u64;
        let across = width.div_ceil(cell);
        let values: Vec<u8> = (0..across * height.div_ceil(cell) * channels)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 40) as u8
            })
            .collect();
        let at = |x: usize, y: usize, c: usize| values[(y / cell * across + x / cell) * channels + c];
        let data = (0..height)
            .flat_map(|y| (0..width).flat_map(move |x| (0..channels).map(move |c| (x, y, c))))
            .map(|(x, y, c)| at(x, y, c))
            .collect();
        Pixels { width, height, channels, data }
    }

    #[test]
    fn noise_of_every_grain_fits_in_two_encodes() {
        for (cell, channels) in [(1, 3), (1, 1), (2, 3), (3, 1), (5, 3)] {
            let noise = cells(2048, 1536, cell, channels);
            let (rendered, encodes) = fit(&noise, Orientation::Upright, None, RENDITION_BYTES).unwrap();
            assert!(rendered.bytes.len() <= RENDITION_BYTES, "cells of {cell}: {} bytes", rendered.bytes.len());
            assert!(encodes <= 2, "cells of {cell}: {encodes} encodes");
        }
    }

    #[test]
    fn a_picture_that_fits_is_encoded_once_at_full_size() {
        let (rendered, encodes) = fit(&cells(640, 480, 20, 3), Orientation::Clockwise, None, RENDITION_BYTES).unwrap();
        assert_eq!((encodes, rendered.width, rendered.height), (1, 480, 640));
    }

    #[test]
    fn a_picture_whose_sample_misleads_still_fits() {
        // All the noise lies between the sampled bands.
        let mut uneven = cells(512, 512, 1, 3);
        for band in uneven.data.chunks_mut(512 * 3 * BAND).step_by(ONE_OF) {
            band.fill(90);
        }
        let (rendered, _) = fit(&uneven, Orientation::Upright, None, 30_000).unwrap();
        assert!(rendered.bytes.len() <= 30_000, "{} bytes", rendered.bytes.len());
    }

    #[test]
    fn a_limit_that_nothing_meets_ends_all_the_same() {
        let (rendered, _) = fit(&cells(64, 48, 1, 3), Orientation::Upright, None, 10).unwrap();
        assert_eq!((rendered.width, rendered.height), (1, 1));
    }
}
