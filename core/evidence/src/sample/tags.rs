//! The EXIF block of a sample.

use std::io::Cursor;

use exif::experimental::Writer;
use exif::{Field, In, Rational, Tag, Value};

use super::SampleSpec;
use crate::error::EvidenceError;

const ACCURACY_CM: u32 = 480;

/// TIFF bytes as a phone writes them: camera, orientation, local time with offset, position with its accuracy.
pub(super) fn exif(spec: &SampleSpec) -> Result<Vec<u8>, EvidenceError> {
    let fields = [
        (Tag::Make, ascii("Wurao")),
        (Tag::Model, ascii("Sample camera")),
        (Tag::Orientation, Value::Short(vec![spec.orientation.exif().into()])),
        (Tag::DateTimeOriginal, ascii(&spec.taken)),
        (Tag::OffsetTimeOriginal, ascii("+08:00")),
        (Tag::GPSLatitudeRef, ascii(if spec.lat_e7 < 0 { "S" } else { "N" })),
        (Tag::GPSLatitude, degrees(spec.lat_e7)),
        (Tag::GPSLongitudeRef, ascii(if spec.lon_e7 < 0 { "W" } else { "E" })),
        (Tag::GPSLongitude, degrees(spec.lon_e7)),
        (Tag::GPSMapDatum, ascii("WGS-84")),
        (Tag::GPSHPositioningError, Value::Rational(vec![Rational { num: ACCURACY_CM, denom: 100 }])),
    ];
    let fields = fields.map(|(tag, value)| Field { tag, ifd_num: In::PRIMARY, value });
    let mut writer = Writer::new();
    fields.iter().for_each(|field| writer.push_field(field));
    let mut out = Cursor::new(Vec::new());
    writer.write(&mut out, true).map_err(|e| EvidenceError::BadSample { detail: format!("exif: {e}") })?;
    Ok(out.into_inner())
}

fn ascii(text: &str) -> Value {
    Value::Ascii(vec![text.as_bytes().to_vec()])
}

/// Degrees, minutes and seconds to a millionth, as phones write them.
fn degrees(e7: i64) -> Value {
    let e7 = e7.unsigned_abs();
    let (whole, rest) = (e7 / 10_000_000, e7 % 10_000_000 * 60);
    let (minutes, rest) = (rest / 10_000_000, rest % 10_000_000 * 60);
    let part = |num: u64, denom| Rational { num: num as u32, denom };
    Value::Rational(vec![part(whole, 1), part(minutes, 1), part(rest, 10_000_000)])
}
