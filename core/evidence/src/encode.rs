//! Encoding what is shared: upright, without metadata, and within a number of bytes.

use jpeg_encoder::{ChromaSubsamplingMethod, Encoder, ImageBuffer, JpegColorType, SamplingFactor, rgb_to_ycbcr};

use crate::error::EvidenceError;
use crate::orientation::{Orientation, Walk};
use crate::picture::Pixels;

/// An encoded picture ready to be stored and shared: upright, and nothing in it but the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The JPEG.
    pub bytes: Vec<u8>,
    /// Width in pixels, upright.
    pub width: u32,
    /// Height in pixels, upright.
    pub height: u32,
}

/// Encodes upright at one quality, turning while it reads: no second picture is made.
pub(crate) fn encode(pixels: &Pixels, orientation: Orientation, quality: u8) -> Result<Rendered, EvidenceError> {
    encode_with(pixels, orientation, quality, |_| Ok(()))
}

/// The same, with a chance to add segments.
pub(crate) fn encode_with(
    pixels: &Pixels,
    orientation: Orientation,
    quality: u8,
    prepare: impl FnOnce(&mut Encoder<&mut Vec<u8>>) -> Result<(), jpeg_encoder::EncodingError>,
) -> Result<Rendered, EvidenceError> {
    let walk = orientation.walk(pixels.width, pixels.height);
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, quality);
    encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
    encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
    prepare(&mut encoder)
        .and_then(|()| encoder.encode_image(Upright { pixels, walk }))
        .map_err(|e| EvidenceError::Render { detail: format!("encode: {e}") })?;
    Ok(Rendered { bytes, width: walk.width as u32, height: walk.height as u32 })
}

struct Upright<'a> {
    pixels: &'a Pixels,
    walk: Walk,
}

impl ImageBuffer for Upright<'_> {
    fn get_jpeg_color_type(&self) -> JpegColorType {
        if self.pixels.channels == 1 { JpegColorType::Luma } else { JpegColorType::Ycbcr }
    }

    fn width(&self) -> u16 {
        self.walk.width as u16
    }

    fn height(&self) -> u16 {
        self.walk.height as u16
    }

    fn fill_buffers(&self, y: u16, buffers: &mut [Vec<u8>; 4]) {
        let data = &self.pixels.data;
        let row = self.walk.row(y.into());
        if self.pixels.channels == 1 {
            return buffers[0].extend(row.map(|at| data[at]));
        }
        let [luma, blue, red, _] = buffers;
        for at in row {
            let (y, cb, cr) = rgb_to_ycbcr(data[at * 3], data[at * 3 + 1], data[at * 3 + 2]);
            luma.push(y);
            blue.push(cb);
            red.push(cr);
        }
    }
}
