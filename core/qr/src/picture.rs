//! The code for eyes and cameras: black on white, with its quiet zone, in every form.

use crate::{Code, QrError};
use std::fmt::Write as _;

/// Pixels a side that a picture may have at most.
const MOST_PIXELS: usize = 8192;

impl Code {
    /// An SVG image for a page: no style, no script, nothing that a strict content security policy stops. The title is
    /// what a screen reader says; it may be any text.
    pub fn svg(&self, title: &str) -> String {
        let side = self.side();
        let mut path = String::new();
        for y in 0..side {
            let mut x = 0;
            while x < side {
                let run = (x..side).take_while(|x| self.is_dark(*x, y)).count();
                if run > 0 {
                    let _ = write!(path, "M{x} {y}h{run}v1h-{run}z");
                }
                x += run.max(1);
            }
        }
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" role=\"img\" \
             shape-rendering=\"crispEdges\"><title>{}</title><rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/>\
             <path fill=\"#000\" d=\"{path}\"/></svg>",
            escaped(title)
        )
    }

    /// A PNG file, every module `scale` pixels a side.
    pub fn png(&self, scale: u32) -> Result<Vec<u8>, QrError> {
        let refused = |error: png::EncodingError| QrError::Encoder(error.to_string());
        let factor = scale as usize;
        let pixels = self.side().saturating_mul(factor);
        if factor == 0 || pixels > MOST_PIXELS {
            return Err(QrError::Scale(scale));
        }
        let mut rows = Vec::with_capacity(pixels * pixels.div_ceil(8));
        for y in 0..self.side() {
            let mut row = vec![0u8; pixels.div_ceil(8)];
            for x in (0..pixels).filter(|x| !self.is_dark(x / factor, y)) {
                row[x / 8] |= 0x80 >> (x % 8);
            }
            for _ in 0..factor {
                rows.extend(&row);
            }
        }
        let mut file = Vec::new();
        let side = pixels as u32;
        let mut encoder = png::Encoder::new(&mut file, side, side);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        let mut writer = encoder.write_header().map_err(refused)?;
        writer.write_image_data(&rows).map_err(refused)?;
        writer.finish().map_err(refused)?;
        Ok(file)
    }

    /// Lines for a terminal, two rows of modules each; the colours are set, as a terminal's own may be either way round.
    pub fn terminal(&self) -> String {
        let mut lines = String::new();
        for y in (0..self.side()).step_by(2) {
            lines.push_str("\x1b[30;107m");
            for x in 0..self.side() {
                lines.push(match (self.is_dark(x, y), self.is_dark(x, y + 1)) {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    (false, false) => ' ',
                });
            }
            lines.push_str("\x1b[0m\n");
        }
        lines
    }
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}
