//! Just enough drawing: rectangles, rounded ends, shading and noise.

use crate::picture::Pixels;

pub(super) type Colour = [u8; 3];

/// A small generator of our own, so that a seed draws the same scene for ever.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Dice(seed)
    }

    /// SplitMix64.
    pub(super) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A whole number from `low` up to but not including `high`.
    pub(super) fn between(&mut self, low: i32, high: i32) -> i32 {
        low + (self.roll() % (high - low).max(1) as u64) as i32
    }

    pub(super) fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.roll() as usize % of.len()]
    }
}

/// A rectangle in thousandths of the picture's height, so that a scene is the same at every size.
#[derive(Clone, Copy)]
pub(super) struct Rect {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) w: i32,
    pub(super) h: i32,
}

pub(super) struct Canvas {
    pixels: Pixels,
}

impl Canvas {
    pub(super) fn new(width: u32, height: u32) -> Self {
        let (width, height) = (width as usize, height as usize);
        Canvas { pixels: Pixels { width, height, channels: 3, data: vec![0; width * height * 3] } }
    }

    /// Width in thousandths of the height, rounded up so that nothing is left bare at the right.
    pub(super) fn wide(&self) -> i32 {
        (self.pixels.width * 1000).div_ceil(self.pixels.height) as i32 + 1
    }

    /// A flat thing seen from the front, a little darker towards its foot.
    pub(super) fn board(&mut self, rect: Rect, colour: Colour) {
        self.fill(rect, |_, v| shade(colour, 1060 - v * 12 / 100));
    }

    /// A round thing standing: lit from the left, dark at its edges.
    pub(super) fn cylinder(&mut self, rect: Rect, colour: Colour) {
        self.fill(rect, |u, _| {
            let off = (u - 380).abs();
            let gleam = if (230..290).contains(&u) { 220 } else { 0 };
            shade(colour, 1120 + gleam - off * off / 600)
        });
    }

    /// A disc in the middle of the rectangle.
    pub(super) fn disc(&mut self, rect: Rect, colour: Colour) {
        self.paint(rect, |u, v| {
            let (dx, dy) = (u - 500, v - 500);
            (dx * dx + dy * dy <= 250_000).then(|| shade(colour, 1080 - v * 16 / 100))
        });
    }

    /// Grain over everything, as a small sensor has it.
    pub(super) fn grain(&mut self, dice: &mut Dice, strength: i32) {
        for pixel in self.pixels.data.chunks_exact_mut(3) {
            let noise = dice.between(-strength, strength + 1);
            for sample in pixel {
                *sample = (i32::from(*sample) + noise).clamp(0, 255) as u8;
            }
        }
    }

    pub(super) fn finish(self) -> Pixels {
        self.pixels
    }

    fn fill(&mut self, rect: Rect, colour: impl Fn(i32, i32) -> Colour) {
        self.paint(rect, |u, v| Some(colour(u, v)));
    }

    /// Paints with a colour for each point, given in thousandths of the rectangle.
    fn paint(&mut self, rect: Rect, colour: impl Fn(i32, i32) -> Option<Colour>) {
        let (width, height) = (self.pixels.width as i32, self.pixels.height as i32);
        let scale = |t: i32| t * height / 1000;
        let (left, right) = (scale(rect.x), scale(rect.x + rect.w));
        let (top, bottom) = (scale(rect.y), scale(rect.y + rect.h));
        for y in top.max(0)..bottom.min(height) {
            for x in left.max(0)..right.min(width) {
                let (u, v) = ((x - left) * 1000 / (right - left), (y - top) * 1000 / (bottom - top));
                if let Some(colour) = colour(u, v) {
                    let at = ((y * width + x) * 3) as usize;
                    self.pixels.data[at..at + 3].copy_from_slice(&colour);
                }
            }
        }
    }
}

/// The colour at so many thousandths of its brightness.
fn shade(colour: Colour, thousandths: i32) -> Colour {
    colour.map(|sample| (i32::from(sample) * thousandths / 1000).clamp(0, 255) as u8)
}
