//! The marker pre-scan: what a JPEG claims to be, and whether it may be decoded, before a pixel is allocated.

use std::io::{self, BufRead};

use crate::error::{EvidenceError, Verdict};
use crate::markers::{APP2, EOI, Markers, SOI, SOS};

/// The longest side a picture may claim: an eighth of it is the rendition's longest side.
pub const MAX_SIDE: u32 = 16_384;
/// The most pixels a picture may claim; 200-megapixel phone cameras write 16320 x 12240.
pub const MAX_PIXELS: u64 = 200_000_000;
/// The most scans a progressive picture may have; encoders that search for the best script stay below.
pub const MAX_PROGRESSIVE_SCANS: u32 = 32;
/// The most memory decoding and rendering one picture may take, in bytes.
pub const MEMORY_BUDGET: u64 = 64 << 20;

/// Colour profiles are the only metadata the decoder gathers; cameras' are below 4 KB, the largest known near 4 MB.
const MAX_PROFILE_BYTES: u64 = 4 << 20;

/// One colour component: its identifier and sampling factors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Component {
    id: u8,
    across: u8,
    down: u8,
}

/// What the markers say. A `Scan` exists only for a file that may be decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// Width in pixels as stored, before orientation.
    pub width: u32,
    /// Height in pixels as stored, before orientation.
    pub height: u32,
    /// Whether the coefficients come in several passes.
    pub progressive: bool,
    /// 1 for grey, 3 for colour.
    pub components: u8,
    /// Number of scans.
    pub scans: u32,
    /// Offset of the first byte after the end marker.
    pub image_end: u64,
    /// Bytes after the end marker: a second picture, a motion clip, an archive someone hid there, or zeros.
    pub trailing: u64,
    layout: Vec<Component>,
}

/// Reads the markers of a JPEG to its end marker, in constant memory, and names what forbids decoding it.
pub fn scan(reader: impl BufRead) -> Result<Scan, EvidenceError> {
    let mut survey = Survey::new(Markers::new(reader));
    survey.run().map_err(|stop| match stop {
        Stop::Verdict(verdict, detail) => EvidenceError::refused(verdict, detail),
        Stop::Io(e) if e.kind() == io::ErrorKind::UnexpectedEof => {
            EvidenceError::refused(Verdict::Truncated, format!("the file ends at byte {}", survey.markers.at()))
        }
        Stop::Io(e) => EvidenceError::unreadable(std::path::Path::new("photo"), e),
    })
}

impl Scan {
    /// Memory a decode at `eighths`/8 of full size takes: coefficients if progressive, planes, and the picture.
    pub(crate) fn decode_bytes(&self, eighths: u64) -> u64 {
        let blocks = self.blocks(true);
        let coefficients = if self.progressive { blocks * 128 } else { 0 };
        let scaled = |side: u32| (u64::from(side) * eighths).div_ceil(8);
        let picture = scaled(self.width) * scaled(self.height) * u64::from(self.components);
        coefficients + blocks * eighths * eighths + picture
    }

    /// Number of 8 x 8 blocks, with or without the padding of interleaved scans.
    fn blocks(&self, padded: bool) -> u64 {
        let max = |side: fn(&Component) -> u8| self.layout.iter().map(side).max().map_or(1, u64::from);
        let (across_max, down_max) = (max(|c| c.across), max(|c| c.down));
        let (width, height) = (u64::from(self.width), u64::from(self.height));
        let count = |size: u64, factor: u64, max: u64| match padded {
            true => size.div_ceil(8 * max) * factor,
            false => (size * factor).div_ceil(8 * max),
        };
        let one = |c: &Component| count(width, c.across.into(), across_max) * count(height, c.down.into(), down_max);
        self.layout.iter().map(one).sum()
    }
}

enum Stop {
    Verdict(Verdict, String),
    Io(io::Error),
}

impl From<io::Error> for Stop {
    fn from(e: io::Error) -> Self {
        Stop::Io(e)
    }
}

fn stop<T>(verdict: Verdict, detail: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Verdict(verdict, detail.into()))
}

struct Survey<R> {
    markers: Markers<R>,
    frame: Option<Scan>,
    scans: u32,
    entropy_bytes: u64,
    profile_bytes: u64,
}

impl<R: BufRead> Survey<R> {
    fn new(markers: Markers<R>) -> Self {
        Survey { markers, frame: None, scans: 0, entropy_bytes: 0, profile_bytes: 0 }
    }

    fn run(&mut self) -> Result<Scan, Stop> {
        self.start()?;
        let mut marker = self.markers.next()?;
        loop {
            marker = match marker {
                EOI => break,
                SOS => self.one_scan()?,
                0xC0..=0xCF if !matches!(marker, 0xC4 | 0xC8 | 0xCC) => self.frame_header(marker)?,
                0xCC => return stop(Verdict::Unsupported, "arithmetic coding"),
                0x01..=0xBF | SOI => {
                    let at = self.markers.at();
                    return stop(Verdict::Corrupt, format!("marker FF{marker:02X} before byte {at} may not be there"));
                }
                0xD0..=0xD7 => self.markers.next()?,
                _ => self.segment(marker)?,
            };
        }
        self.conclude()
    }

    fn start(&mut self) -> Result<(), Stop> {
        let mut head = [0; 2];
        match self.markers.exact(&mut head) {
            Ok(()) if head == [0xFF, SOI] => Ok(()),
            Err(e) if e.kind() != io::ErrorKind::UnexpectedEof => Err(e.into()),
            _ => stop(Verdict::NotJpeg, "the first two bytes are not FFD8"),
        }
    }

    fn length(&mut self, marker: u8) -> Result<u16, Stop> {
        match self.markers.payload()? {
            Some(length) => Ok(length),
            None => {
                let at = self.markers.at();
                stop(Verdict::Corrupt, format!("segment FF{marker:02X} before byte {at} is shorter than its length"))
            }
        }
    }

    fn segment(&mut self, marker: u8) -> Result<u8, Stop> {
        let length = self.length(marker)?;
        if marker == APP2 {
            self.profile_bytes += u64::from(length);
            if self.profile_bytes > MAX_PROFILE_BYTES {
                return stop(Verdict::TooBig, format!("more than {MAX_PROFILE_BYTES} bytes of APP2 segments"));
            }
        }
        self.markers.skip(length.into())?;
        Ok(self.markers.next()?)
    }

    fn frame_header(&mut self, marker: u8) -> Result<u8, Stop> {
        if self.frame.is_some() {
            return stop(Verdict::Unsupported, "a second frame (hierarchical)");
        }
        match marker {
            0xC0..=0xC2 => {}
            0xC3 => return stop(Verdict::Unsupported, "lossless"),
            0xC5..=0xC7 => return stop(Verdict::Unsupported, "hierarchical"),
            _ => return stop(Verdict::Unsupported, "arithmetic coding"),
        }
        let length = self.length(marker)?;
        let precision = self.markers.byte()?;
        let (height, width) = (u32::from(self.markers.u16()?), u32::from(self.markers.u16()?));
        let components = self.markers.byte()?;
        if u32::from(length) != 6 + 3 * u32::from(components) || width == 0 {
            return stop(
                Verdict::Corrupt,
                format!("frame header: {width} wide, {components} components, {length} bytes"),
            );
        }
        if precision != 8 {
            return stop(Verdict::Unsupported, format!("{precision} bits a sample"));
        }
        if height == 0 {
            return stop(Verdict::Unsupported, "height given after the first scan (DNL)");
        }
        match components {
            1 | 3 => {}
            4 => return stop(Verdict::Unsupported, "four components (CMYK)"),
            n => return stop(Verdict::Unsupported, format!("{n} components")),
        }
        if width > MAX_SIDE || height > MAX_SIDE || u64::from(width) * u64::from(height) > MAX_PIXELS {
            return stop(Verdict::TooBig, format!("{width} x {height} pixels"));
        }
        let layout = (0..components).map(|_| self.component()).collect::<Result<Vec<_>, _>>()?;
        let progressive = marker == 0xC2;
        let frame = Scan { width, height, progressive, components, scans: 0, image_end: 0, trailing: 0, layout };
        if frame.decode_bytes(1) > MEMORY_BUDGET {
            let verdict = if progressive { Verdict::ProgressiveTooBig } else { Verdict::TooBig };
            return stop(verdict, format!("{width} x {height} pixels need more than {MEMORY_BUDGET} bytes"));
        }
        self.frame = Some(frame);
        Ok(self.markers.next()?)
    }

    fn component(&mut self) -> Result<Component, Stop> {
        let id = self.markers.byte()?;
        let factors = self.markers.byte()?;
        self.markers.byte()?;
        let (across, down) = (factors >> 4, factors & 15);
        if !(1..=4).contains(&across) || !(1..=4).contains(&down) {
            return stop(Verdict::Corrupt, format!("component {id} has sampling factors {across} x {down}"));
        }
        Ok(Component { id, across, down })
    }

    fn one_scan(&mut self) -> Result<u8, Stop> {
        let at = self.markers.at();
        let length = self.length(SOS)?;
        let Some(frame) = &self.frame else {
            return stop(Verdict::Corrupt, format!("scan at byte {at} before any frame header"));
        };
        self.scans += 1;
        // A sequential picture needs each component once; more scans would only burn time.
        let allowed = if frame.progressive { MAX_PROGRESSIVE_SCANS } else { u32::from(frame.components) };
        if self.scans > allowed {
            return stop(Verdict::TooManyScans, format!("more than {allowed} scans"));
        }
        let selected = self.markers.byte()?;
        if selected == 0 || selected > frame.components || u16::from(selected) * 2 + 4 != length {
            return stop(
                Verdict::Corrupt,
                format!("scan at byte {at} selects {selected} components in {length} bytes"),
            );
        }
        for _ in 0..selected {
            let id = self.markers.byte()?;
            self.markers.byte()?;
            if !frame.layout.iter().any(|c| c.id == id) {
                return stop(Verdict::Corrupt, format!("scan at byte {at} selects unknown component {id}"));
            }
        }
        self.markers.skip(3)?;
        let start = self.markers.at();
        let marker = self.markers.after_entropy()?;
        self.entropy_bytes += self.markers.at() - start - 2;
        Ok(marker)
    }

    /// A Huffman code is at least one bit and every block has a code for its DC value, a sequential one also for its
    /// end: a file with fewer bits than that lies about its size.
    fn conclude(&mut self) -> Result<Scan, Stop> {
        let Some(mut frame) = self.frame.take() else {
            return stop(Verdict::Corrupt, "no frame header");
        };
        if self.scans == 0 {
            return stop(Verdict::Corrupt, "no scan");
        }
        let least_bits = frame.blocks(false) * if frame.progressive { 1 } else { 2 };
        if self.entropy_bytes * 8 < least_bits {
            let (width, height, bytes) = (frame.width, frame.height, self.entropy_bytes);
            return stop(Verdict::Truncated, format!("{width} x {height} pixels cannot be in {bytes} bytes"));
        }
        frame.scans = self.scans;
        frame.image_end = self.markers.at();
        frame.trailing = self.markers.drain()?;
        Ok(frame)
    }
}
