use super::Stamp;
use crate::{Digest, DocumentId, PersonId};
use minicbor::{Decode, Encode};

/// The manifest entry of one photo, signed once its rendition and thumbnail are on disk. Entries of a device form a
/// chain: a missing one shows as a gap in the sequence, an altered one breaks the link after it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct EvidenceEntry {
    /// The inspection.
    #[n(0)]
    pub document: DocumentId,
    /// The question it answers to.
    #[n(1)]
    pub question: String,
    /// The repeat instance (`-` outside of repeats).
    #[n(2)]
    pub instance: String,
    /// The photo as it was given, byte for byte.
    #[n(3)]
    pub original: Blob,
    /// Its media type, `image/jpeg`.
    #[n(4)]
    pub media_type: String,
    /// The upright copy for the page.
    #[n(5)]
    pub rendition: Image,
    /// The small upright copy, sent first.
    #[n(6)]
    pub thumbnail: Image,
    /// Which code made rendition and thumbnail.
    #[n(7)]
    pub pipeline: String,
    /// Perceptual hash of the thumbnail: a hint for photos used twice, never a verdict.
    #[n(8)]
    pub perceptual: u64,
    /// How it was taken.
    #[n(9)]
    pub capture: Capture,
    /// Who attached it.
    #[n(10)]
    pub person: PersonId,
    /// In which session.
    #[cbor(n(11), with = "minicbor::bytes")]
    pub actor: [u8; 16],
    /// Place in the device's chain, from 1.
    #[n(12)]
    pub sequence: u64,
    /// The entry before it in the device's chain.
    #[n(13)]
    pub previous: Option<Digest>,
}

/// Bytes named by hash.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Blob {
    /// SHA-256 of the bytes.
    #[n(0)]
    pub sha256: Digest,
    /// How many.
    #[n(1)]
    pub bytes: u64,
}

/// A derived picture, always JPEG.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Image {
    /// The file.
    #[n(0)]
    pub blob: Blob,
    /// Width in pixels, upright.
    #[n(1)]
    pub width: u32,
    /// Height in pixels, upright.
    #[n(2)]
    pub height: u32,
}

/// When and where a photo was taken, as far as anybody can say.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Capture {
    /// When it was attached.
    #[n(0)]
    pub attached: Stamp,
    /// What the camera wrote as its time, local, with offset when the camera gave one.
    #[n(1)]
    pub camera_time: Option<String>,
    /// Where, from the file or from a live fix.
    #[n(2)]
    pub position: Option<Position>,
    /// EXIF orientation of the original, 1 to 8.
    #[n(3)]
    pub orientation: u8,
    /// Camera make and model.
    #[n(4)]
    pub camera: Option<String>,
}

/// A position with what is needed to judge it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Position {
    /// Latitude in 1e-7 degrees.
    #[n(0)]
    pub lat_e7: i64,
    /// Longitude in 1e-7 degrees.
    #[n(1)]
    pub lon_e7: i64,
    /// Accuracy in cm, when known.
    #[n(2)]
    pub accuracy_cm: Option<u32>,
    /// `exif` or `fix`.
    #[n(3)]
    pub source: String,
    /// The datum, usually `WGS-84`.
    #[n(4)]
    pub datum: String,
    /// Whether the system said that the position was simulated; unknown for a position from a file.
    #[n(5)]
    pub mock: Option<bool>,
}
