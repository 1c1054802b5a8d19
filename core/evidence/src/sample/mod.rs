//! Photos that never were: small camera-like JPEGs with a village storeroom on them, for the demo and for tests.
//!
//! The same [`SampleSpec`] always gives the same bytes; another seed gives a visibly different storeroom.

mod canvas;
mod scene;
mod tags;

use crate::encode::encode_with;
use crate::error::EvidenceError;
use crate::orientation::Orientation;
use crate::picture::Pixels;

/// What the sample is to show and to say about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleSpec {
    /// Decides what stands on the shelves.
    pub seed: u64,
    /// Width in pixels as seen upright, 16 to 8192.
    pub width: u32,
    /// Height in pixels as seen upright, 16 to 8192.
    pub height: u32,
    /// EXIF time, `2026:09:14 09:12:33`; local, at +08:00.
    pub taken: String,
    /// EXIF latitude in units of 10^-7 degree, north positive.
    pub lat_e7: i64,
    /// EXIF longitude in units of 10^-7 degree, east positive.
    pub lon_e7: i64,
    /// How the camera was held: the picture is stored turned, and the tag says so.
    pub orientation: Orientation,
    /// Colour of the labels on the bottles, red, green, blue.
    pub label: [u8; 3],
}

impl Default for SampleSpec {
    fn default() -> Self {
        SampleSpec {
            seed: 1,
            width: 1600,
            height: 1200,
            taken: "2026:09:14 09:12:33".into(),
            lat_e7: 303_121_234,
            lon_e7: 1_201_557_890,
            orientation: Orientation::Upright,
            label: [40, 110, 190],
        }
    }
}

const QUALITY: u8 = 88;
const SIDES: std::ops::RangeInclusive<u32> = 16..=8192;

/// Draws the scene and writes it as a phone would.
pub fn camera_jpeg(spec: &SampleSpec) -> Result<Vec<u8>, EvidenceError> {
    if !SIDES.contains(&spec.width) || !SIDES.contains(&spec.height) {
        let detail = format!("{} x {} pixels: each side must be {SIDES:?}", spec.width, spec.height);
        return Err(EvidenceError::BadSample { detail });
    }
    let upright = scene::draw(spec);
    let stored = lay(&upright, spec.orientation.inverse());
    let tags = tags::exif(spec)?;
    let jpeg = encode_with(&stored, Orientation::Upright, QUALITY, |encoder| encoder.add_exif_metadata(&tags))?;
    Ok(jpeg.bytes)
}

/// The picture turned for good, as a sensor held that way would have stored it.
fn lay(pixels: &Pixels, orientation: Orientation) -> Pixels {
    let walk = orientation.walk(pixels.width, pixels.height);
    let at = |i: usize| &pixels.data[i * pixels.channels..(i + 1) * pixels.channels];
    let data = (0..walk.height).flat_map(|y| walk.row(y)).flat_map(at).copied().collect();
    Pixels { width: walk.width, height: walk.height, channels: pixels.channels, data }
}
