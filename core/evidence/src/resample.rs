//! Resampling in bands, so that the four-byte copy the resizer wants is never the size of the picture.

use fast_image_resize::images::Image;
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use crate::error::EvidenceError;
use crate::picture::Pixels;

/// Rows of the result made at a time.
const BAND: usize = 64;
/// Lanczos3 reaches three source pixels per unit of reduction; two more for rounding on either side.
const REACH: f64 = 3.0;
const SLACK: f64 = 2.0;

/// Resamples (Lanczos3) to exactly this size. Only ever used to make pictures smaller.
pub(crate) fn resample(source: &Pixels, width: usize, height: usize) -> Result<Pixels, EvidenceError> {
    let failed = |e: &dyn std::fmt::Display| EvidenceError::Render { detail: format!("resample: {e}") };
    let mut resizer = Resizer::new();
    let ratio = source.height as f64 / height as f64;
    let mut data = Vec::with_capacity(width * height * source.channels);
    for top in (0..height).step_by(BAND) {
        let rows = BAND.min(height - top);
        let (from, to) = (top as f64 * ratio, (top + rows) as f64 * ratio);
        let margin = REACH * ratio.max(1.0) + SLACK;
        let first = (from - margin).max(0.0) as usize;
        let end = ((to + margin).ceil() as usize).min(source.height);
        let band = widen(source, first, end)?;
        let mut out = Image::new(width as u32, rows as u32, PixelType::U8x4);
        let options = ResizeOptions::new()
            .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
            .use_alpha(false)
            .crop(0.0, from - first as f64, source.width as f64, (to - from).min((end - first) as f64));
        resizer.resize(&band, &mut out, &options).map_err(|e| failed(&e))?;
        for pixel in out.buffer().chunks_exact(4) {
            data.extend_from_slice(&pixel[..source.channels]);
        }
    }
    Ok(Pixels { width, height, channels: source.channels, data })
}

/// Some rows of the picture, four bytes a pixel.
fn widen(source: &Pixels, first: usize, end: usize) -> Result<Image<'static>, EvidenceError> {
    let stride = source.width * source.channels;
    let rows = &source.data[first * stride..end * stride];
    let mut wide = Vec::with_capacity(source.width * (end - first) * 4);
    for pixel in rows.chunks_exact(source.channels) {
        let (r, g, b) = match *pixel {
            [r, g, b] => (r, g, b),
            _ => (pixel[0], pixel[0], pixel[0]),
        };
        wide.extend_from_slice(&[r, g, b, 255]);
    }
    Image::from_vec_u8(source.width as u32, (end - first) as u32, wide, PixelType::U8x4)
        .map_err(|e| EvidenceError::Render { detail: format!("resample: {e}") })
}
