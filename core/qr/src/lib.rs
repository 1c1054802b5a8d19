//! A text as a QR code, for a page (SVG), a file (PNG) and a terminal.
//!
//! Always error correction level M, always the smallest version that holds the text: the modes of a code (digits,
//! capitals, bytes) are mixed so that no other mixture is shorter.

mod picture;
mod segments;

use qrcode::bits::Bits;
use qrcode::{Color, EcLevel, QrCode, Version};

/// Light modules around a code; the standard asks for four.
const QUIET: usize = 4;

const LEVEL: EcLevel = EcLevel::M;

/// The largest version there is.
const LARGEST: i16 = 40;

/// Why there is no code.
#[derive(Debug, thiserror::Error)]
pub enum QrError {
    /// More than the largest code holds.
    #[error("{0} bytes of text are too much for a QR code")]
    TooLong(usize),
    /// A picture nobody can hold in memory, or of no size.
    #[error("modules of {0} pixels")]
    Scale(u32),
    /// The encoder refused.
    #[error("the encoder refused: {0}")]
    Encoder(String),
}

/// A QR code.
#[derive(Clone)]
pub struct Code {
    text: String,
    width: usize,
    dark: Vec<bool>,
}

impl Code {
    /// The code of a text.
    pub fn new(text: &str) -> Result<Self, QrError> {
        let data = text.as_bytes();
        let refused = |error: qrcode::types::QrError| QrError::Encoder(error.to_string());
        // What a segment costs differs between small, middle and large versions, so each has its own best mixture.
        for (first, last) in [(1, 9), (10, 26), (27, LARGEST)] {
            let class = Version::Normal(last);
            let segments = segments::shortest(data, class);
            let length = qrcode::optimize::total_encoded_len(&segments, class);
            for number in first..=last {
                let mut bits = Bits::new(Version::Normal(number));
                if bits.max_len(LEVEL).map_err(refused)? < length {
                    continue;
                }
                bits.push_segments(data, segments.into_iter()).map_err(refused)?;
                bits.push_terminator(LEVEL).map_err(refused)?;
                let code = QrCode::with_bits(bits, LEVEL).map_err(refused)?;
                let dark = code.to_colors().into_iter().map(|color| color == Color::Dark).collect();
                return Ok(Self { text: text.to_owned(), width: code.width(), dark });
            }
        }
        Err(QrError::TooLong(data.len()))
    }

    /// The text it holds.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its version, 1 to 40: 17 + 4 times this many modules a side.
    pub fn version(&self) -> u8 {
        ((self.width - 17) / 4) as u8
    }

    /// Modules a side, the quiet zone around it included.
    pub fn side(&self) -> usize {
        self.width + 2 * QUIET
    }

    /// Whether the module in this column and row is dark; the quiet zone counts, and all outside is light.
    fn is_dark(&self, x: usize, y: usize) -> bool {
        let within = |at: usize| at.checked_sub(QUIET).filter(|at| *at < self.width);
        match (within(x), within(y)) {
            (Some(x), Some(y)) => self.dark.get(y * self.width + x).copied().unwrap_or(false),
            _ => false,
        }
    }
}
