//! What the camera wrote about the photo: read tolerantly, kept for the manifest, never a reason to refuse.

use std::io::BufRead;
use std::panic::{AssertUnwindSafe, catch_unwind};

use exif::{Exif, Field, In, Rational, Tag, Value};

use crate::markers::{APP1, EOI, Markers, SOI, SOS};
use crate::orientation::Orientation;

/// Longest text taken over from a camera.
const TEXT_CHARS: usize = 64;
const WARNINGS: usize = 16;

/// What the camera wrote. Everything here is a claim of the file, not a fact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// When the photo was taken.
    pub taken: Option<Taken>,
    /// Where the photo was taken.
    pub position: Option<Position>,
    /// What must be done to see the stored picture upright.
    pub orientation: Orientation,
    /// The maker of the camera.
    pub make: Option<String>,
    /// The model of the camera.
    pub model: Option<String>,
    /// What could not be understood, in plain words.
    pub warnings: Vec<String>,
}

/// A local time, as the camera's clock showed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// `2026-09-14T09:12:33`.
    pub local: String,
    /// Minutes east of UTC, if the camera said so.
    pub offset_minutes: Option<i16>,
}

/// A position, as the camera's receiver gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// Latitude in units of 10^-7 degree, north positive.
    pub lat_e7: i64,
    /// Longitude in units of 10^-7 degree, east positive.
    pub lon_e7: i64,
    /// Radius of the horizontal error in centimetres, if given.
    pub accuracy_cm: Option<u32>,
    /// The geodetic datum, if given; usually `WGS-84`.
    pub datum: Option<String>,
    /// UTC of the fix, `2026-09-14T01:12:33Z`, if given.
    pub time: Option<String>,
}

/// Reads the EXIF segment of a JPEG. Never fails: what cannot be read is left out and named in `warnings`.
pub fn metadata(reader: impl BufRead) -> Metadata {
    let mut found = Metadata::default();
    let Some(segment) = exif_segment(reader) else {
        return found;
    };
    let parsed = catch_unwind(AssertUnwindSafe(|| {
        let mut errors = Vec::new();
        let exif = exif::Reader::new()
            .continue_on_error(true)
            .read_raw(segment)
            .or_else(|e| e.distill_partial_result(|all| errors = all));
        (exif, errors)
    }));
    match parsed {
        Ok((Ok(exif), errors)) => {
            found.warnings.extend(errors.iter().take(WARNINGS).map(|e| format!("exif: {e}")));
            fill(&mut found, &exif);
        }
        Ok((Err(e), _)) => found.warnings.push(format!("exif: {e}")),
        Err(_) => found.warnings.push("exif: the reader stopped".into()),
    }
    found
}

fn fill(found: &mut Metadata, exif: &Exif) {
    found.make = text(exif, Tag::Make);
    found.model = text(exif, Tag::Model);
    match exif.get_field(Tag::Orientation, In::PRIMARY).map(|f| f.value.get_uint(0)) {
        None => {}
        Some(value) => match value.and_then(Orientation::from_exif) {
            Some(orientation) => found.orientation = orientation,
            None => found.warnings.push("orientation: not 1 to 8, taken as upright".into()),
        },
    }
    match taken(exif) {
        Ok(taken) => found.taken = taken,
        Err(words) => found.warnings.push(format!("time: {words}")),
    }
    match position(exif) {
        Ok(position) => found.position = position,
        Err(words) => found.warnings.push(format!("position: {words}")),
    }
}

/// The TIFF bytes of the first EXIF segment before the picture data.
fn exif_segment(reader: impl BufRead) -> Option<Vec<u8>> {
    let mut markers = Markers::new(reader);
    if markers.u16().ok()? != 0xFF00 | u16::from(SOI) {
        return None;
    }
    loop {
        match markers.next().ok()? {
            SOS | EOI => return None,
            0x01 | 0xD0..=0xD8 => {}
            marker => {
                let length = markers.payload().ok()??;
                if marker != APP1 {
                    markers.skip(length.into()).ok()?;
                    continue;
                }
                let mut payload = vec![0; length.into()];
                markers.exact(&mut payload).ok()?;
                if let Some(tiff) = payload.strip_prefix(b"Exif\0") {
                    // One byte of padding, whatever it holds.
                    return tiff.get(1..).map(<[u8]>::to_vec);
                }
            }
        }
    }
}

/// When the shutter fell; else when it was digitised, which on a phone is the same moment.
fn taken(exif: &Exif) -> Result<Option<Taken>, String> {
    let candidates =
        [(Tag::DateTimeOriginal, Tag::OffsetTimeOriginal), (Tag::DateTimeDigitized, Tag::OffsetTimeDigitized)];
    let mut trouble = None;
    for (time, offset) in candidates {
        let Some(written) = text(exif, time) else { continue };
        match local_time(&written) {
            Some(local) => {
                let offset_minutes = text(exif, offset).and_then(|o| offset_minutes(&o));
                return Ok(Some(Taken { local, offset_minutes }));
            }
            None => trouble = Some(format!("{written:?} is not a time")),
        }
    }
    trouble.map_or(Ok(None), Err)
}

/// `2026:09:14 09:12:33` to `2026-09-14T09:12:33`. Some cameras write other separators; digits decide.
fn local_time(written: &str) -> Option<String> {
    let parts: Vec<&str> = written.split(|c: char| !c.is_ascii_digit()).filter(|p| !p.is_empty()).collect();
    let [year, month, day, hour, minute, second] = parts.get(..6)?.try_into().ok()?;
    let within = |part: &str, low: u32, high: u32| part.parse().ok().filter(|n| (low..=high).contains(n));
    let year = within(year, 1900, 9999)?;
    let month = within(month, 1, 12)?;
    let day = within(day, 1, days(year, month))?;
    let (hour, minute, second) = (within(hour, 0, 23)?, within(minute, 0, 59)?, within(second, 0, 60)?);
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"))
}

fn days(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// `+08:00` to 480. Offsets on Earth lie between -12 and +14 hours.
fn offset_minutes(written: &str) -> Option<i16> {
    let (sign, rest) = match written.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, written.strip_prefix('+')?),
    };
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes) = (hours.parse::<u8>().ok()?, minutes.parse::<u8>().ok()?);
    let total = sign * (i16::from(hours) * 60 + i16::from(minutes));
    (minutes < 60 && (-720..=840).contains(&total)).then_some(total)
}

fn position(exif: &Exif) -> Result<Option<Position>, String> {
    let (Some(lat), Some(lon)) = (field(exif, Tag::GPSLatitude), field(exif, Tag::GPSLongitude)) else {
        return Ok(None);
    };
    // "V" is the receiver saying that it has no fix; what it wrote then is the last one or nothing.
    if text(exif, Tag::GPSStatus).as_deref() == Some("V") {
        return Err("the receiver had no fix".into());
    }
    let lat_e7 = degrees_e7(lat, 90).zip(sign(exif, Tag::GPSLatitudeRef, "N", "S"));
    let lon_e7 = degrees_e7(lon, 180).zip(sign(exif, Tag::GPSLongitudeRef, "E", "W"));
    let (Some((lat, north)), Some((lon, east))) = (lat_e7, lon_e7) else {
        return Err("latitude or longitude cannot be read".into());
    };
    let accuracy_cm = field(exif, Tag::GPSHPositioningError)
        .and_then(rationals::<1>)
        .and_then(|[metres]| u32::try_from(scaled(metres, 100)?).ok());
    Ok(Some(Position {
        lat_e7: lat * north,
        lon_e7: lon * east,
        accuracy_cm,
        datum: text(exif, Tag::GPSMapDatum),
        time: fix_time(exif),
    }))
}

/// Degrees, minutes and seconds as 10^-7 degree, when they are on Earth.
fn degrees_e7(field: &Field, most: i64) -> Option<i64> {
    let [degrees, minutes, seconds] = rationals::<3>(field)?;
    let nano = scaled(degrees, 3600 * 10_000_000)? + scaled(minutes, 60 * 10_000_000)? + scaled(seconds, 10_000_000)?;
    let e7 = (nano + 1800) / 3600;
    (e7 <= most * 10_000_000).then_some(e7)
}

fn sign(exif: &Exif, tag: Tag, positive: &str, negative: &str) -> Option<i64> {
    match text(exif, tag)?.to_ascii_uppercase() {
        s if s == positive => Some(1),
        s if s == negative => Some(-1),
        _ => None,
    }
}

fn fix_time(exif: &Exif) -> Option<String> {
    let date = text(exif, Tag::GPSDateStamp)?;
    let [hour, minute, second] = rationals::<3>(field(exif, Tag::GPSTimeStamp)?)?;
    let whole = |r| scaled(r, 1);
    let local = local_time(&format!("{date} {}:{}:{}", whole(hour)?, whole(minute)?, whole(second)?))?;
    Some(format!("{local}Z"))
}

/// `value * factor`, rounded down; `None` for a denominator of zero.
fn scaled(value: Rational, factor: i64) -> Option<i64> {
    let product = i128::from(value.num) * i128::from(factor);
    product.checked_div(i128::from(value.denom)).and_then(|n| i64::try_from(n).ok())
}

fn rationals<const N: usize>(field: &Field) -> Option<[Rational; N]> {
    match &field.value {
        Value::Rational(values) => values.get(..N)?.try_into().ok(),
        _ => None,
    }
}

fn field(exif: &Exif, tag: Tag) -> Option<&Field> {
    exif.get_field(tag, In::PRIMARY)
}

/// Text up to its first zero, without control characters, not longer than a camera's name has any reason to be.
fn text(exif: &Exif, tag: Tag) -> Option<String> {
    let Value::Ascii(values) = &field(exif, tag)?.value else { return None };
    let first = values.first()?;
    let clean: String = String::from_utf8_lossy(first).chars().filter(|c| !c.is_control()).take(TEXT_CHARS).collect();
    let trimmed = clean.trim();
    (!trimmed.is_empty()).then(|| trimmed.to_owned())
}
