//! One small decode of a photo, from which thumbnail and rendition are both made.

use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use jpeg_decoder::{Decoder, PixelFormat};

use crate::encode::{Rendered, encode};
use crate::error::{EvidenceError, Verdict};
use crate::fit::fit;
use crate::orientation::Orientation;
use crate::resample::resample;
use crate::scan::{MEMORY_BUDGET, Scan};

/// The longest side of a thumbnail.
pub const THUMBNAIL_SIDE: usize = 320;
/// The longest side of a rendition.
pub const RENDITION_SIDE: usize = 2048;
/// The most bytes of a rendition.
pub const RENDITION_BYTES: usize = 400_000;

const THUMBNAIL_QUALITY: u8 = 70;
/// A side the decoder reaches by itself is good enough while it leaves half the pixels of the largest rendition.
const PLENTY: u64 = 1448;
/// Larger colour profiles are not a phone's; Display P3 is 548 bytes.
const PROFILE_BYTES: usize = 4096;

/// Samples in memory, row by row, `channels` bytes a pixel (1 grey, 3 RGB).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pixels {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) channels: usize,
    pub(crate) data: Vec<u8>,
}

/// A decoded photo no larger than its rendition, still lying as the camera stored it.
#[derive(Clone, Debug)]
pub struct Picture {
    pixels: Pixels,
    profile: Option<Vec<u8>>,
}

impl Picture {
    /// Decodes at the scale the rendition needs; `scan` must be of the same bytes. A panic inside the decoder becomes
    /// the verdict `corrupt`.
    pub fn decode(reader: impl Read, scan: &Scan) -> Result<Picture, EvidenceError> {
        let decoded = catch_unwind(AssertUnwindSafe(|| decode_scaled(reader, scan)));
        let mut picture =
            decoded.unwrap_or_else(|_| Err(EvidenceError::refused(Verdict::Corrupt, "the decoder stopped")))?;
        if let Some((width, height)) = fitted(&picture.pixels, RENDITION_SIDE) {
            picture.pixels = resample(&picture.pixels, width, height)?;
        }
        Ok(picture)
    }

    /// The thumbnail: long side at most 320 px, upright, no metadata.
    pub fn thumbnail(&self, orientation: Orientation) -> Result<Rendered, EvidenceError> {
        match fitted(&self.pixels, THUMBNAIL_SIDE) {
            Some((width, height)) => encode(&resample(&self.pixels, width, height)?, orientation, THUMBNAIL_QUALITY),
            None => encode(&self.pixels, orientation, THUMBNAIL_QUALITY),
        }
    }

    /// The rendition: long side at most 2048 px, at most 400 KB, upright, no metadata but a small colour profile.
    pub fn rendition(&self, orientation: Orientation) -> Result<Rendered, EvidenceError> {
        fit(&self.pixels, orientation, self.profile.as_deref(), RENDITION_BYTES).map(|(rendered, _)| rendered)
    }

    /// Mean brightness of `N` x `N` tiles, for the perceptual hash.
    pub(crate) fn grey_grid<const N: usize>(&self) -> [[f64; N]; N] {
        let Pixels { width, height, channels, ref data } = self.pixels;
        let span = |i: usize, size: usize| {
            let from = (i * size / N).min(size - 1);
            from..((i + 1) * size / N).max(from + 1)
        };
        std::array::from_fn(|row| {
            std::array::from_fn(|column| {
                let (rows, columns) = (span(row, height), span(column, width));
                let count = rows.len() * columns.len() * channels;
                let sum: u64 = rows
                    .flat_map(|y| &data[(y * width + columns.start) * channels..(y * width + columns.end) * channels])
                    .map(|sample| u64::from(*sample))
                    .sum();
                sum as f64 / count as f64
            })
        })
    }
}

fn decode_scaled(reader: impl Read, scan: &Scan) -> Result<Picture, EvidenceError> {
    let mut decoder = Decoder::new(reader);
    decoder.set_max_decoding_buffer_size(MEMORY_BUDGET as usize);
    let side = (u64::from(scan.width.max(scan.height)) * eighths(scan)).div_ceil(8) as u16;
    // The decoder takes the smallest scale that reaches either side asked for; only the long one is to decide.
    let asked = if scan.width >= scan.height { (side, u16::MAX) } else { (u16::MAX, side) };
    decoder.scale(asked.0, asked.1).map_err(refusal)?;
    let data = decoder.decode().map_err(refusal)?;
    let Some(info) = decoder.info() else {
        return Err(EvidenceError::refused(Verdict::Corrupt, "decoded to nothing"));
    };
    let channels = match info.pixel_format {
        PixelFormat::L8 => 1,
        PixelFormat::RGB24 => 3,
        other => return Err(EvidenceError::refused(Verdict::Unsupported, format!("pixels are {other:?}"))),
    };
    let (width, height) = (usize::from(info.width), usize::from(info.height));
    if data.len() != width * height * channels {
        let found = data.len();
        return Err(EvidenceError::refused(Verdict::Corrupt, format!("{width} x {height} decoded to {found} bytes")));
    }
    let profile = decoder.icc_profile().filter(|p| channels == 3 && p.len() <= PROFILE_BYTES && is_rgb_profile(p));
    Ok(Picture { pixels: Pixels { width, height, channels, data }, profile })
}

/// The scale to decode at: no larger than a rendition unless that would waste more than half of what it may show, and
/// the memory budget allows the next larger one.
fn eighths(scan: &Scan) -> u64 {
    let side = |eighths: u64| (u64::from(scan.width.max(scan.height)) * eighths).div_ceil(8);
    let exact = [8, 4, 2].into_iter().find(|e| side(*e) <= RENDITION_SIDE as u64).unwrap_or(1);
    let larger = exact * 2;
    if exact == 8 || side(exact) >= PLENTY || scan.decode_bytes(larger) > MEMORY_BUDGET { exact } else { larger }
}

/// The size with this long side, when the picture is larger.
fn fitted(pixels: &Pixels, side: usize) -> Option<(usize, usize)> {
    let long = pixels.width.max(pixels.height);
    let scaled = |length: usize| ((length * side + long / 2) / long).max(1);
    (long > side).then(|| (scaled(pixels.width), scaled(pixels.height)))
}

/// An ICC profile says what it is for at fixed offsets.
fn is_rgb_profile(profile: &[u8]) -> bool {
    profile.get(16..20) == Some(b"RGB ") && profile.get(36..40) == Some(b"acsp")
}

fn refusal(error: jpeg_decoder::Error) -> EvidenceError {
    match error {
        jpeg_decoder::Error::Io(e) if e.kind() == io::ErrorKind::UnexpectedEof => {
            EvidenceError::refused(Verdict::Truncated, "the picture data ends early")
        }
        jpeg_decoder::Error::Io(e) => EvidenceError::unreadable(Path::new("photo"), e),
        jpeg_decoder::Error::Unsupported(what) => EvidenceError::refused(Verdict::Unsupported, format!("{what:?}")),
        other => EvidenceError::refused(Verdict::Corrupt, other.to_string()),
    }
}
