//! The eight ways a camera can have been held, and reading pixels as if it had been held upright.

/// The EXIF orientation: what must be done to the stored picture to see it upright.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Orientation {
    /// 1: stored upright.
    #[default]
    Upright = 1,
    /// 2: mirrored left to right.
    Mirrored = 2,
    /// 3: upside down.
    Rotated180 = 3,
    /// 4: mirrored top to bottom.
    Flipped = 4,
    /// 5: mirrored along the falling diagonal.
    Transposed = 5,
    /// 6: to be turned a quarter clockwise.
    Clockwise = 6,
    /// 7: mirrored along the rising diagonal.
    Transversed = 7,
    /// 8: to be turned a quarter counter-clockwise.
    CounterClockwise = 8,
}

impl Orientation {
    /// All eight, in the order of their EXIF numbers.
    pub const ALL: [Orientation; 8] = [
        Orientation::Upright,
        Orientation::Mirrored,
        Orientation::Rotated180,
        Orientation::Flipped,
        Orientation::Transposed,
        Orientation::Clockwise,
        Orientation::Transversed,
        Orientation::CounterClockwise,
    ];

    /// From the EXIF number; anything else is `None`.
    pub fn from_exif(value: u32) -> Option<Orientation> {
        Self::ALL.into_iter().find(|o| u32::from(o.exif()) == value)
    }

    /// The EXIF number, 1 to 8.
    pub fn exif(self) -> u8 {
        self as u8
    }

    /// Whether width and height change places.
    pub fn turns(self) -> bool {
        self.exif() >= 5
    }

    /// The orientation that undoes this one.
    pub fn inverse(self) -> Orientation {
        match self {
            Orientation::Clockwise => Orientation::CounterClockwise,
            Orientation::CounterClockwise => Orientation::Clockwise,
            other => other,
        }
    }

    /// How to walk a stored picture of this size so that it comes out upright.
    pub(crate) fn walk(self, width: usize, height: usize) -> Walk {
        let (w, h) = (width as isize, height as isize);
        let (last_x, last_y) = (w - 1, (h - 1) * w);
        let (start, step_x, step_y) = match self {
            Orientation::Upright => (0, 1, w),
            Orientation::Mirrored => (last_x, -1, w),
            Orientation::Rotated180 => (last_x + last_y, -1, -w),
            Orientation::Flipped => (last_y, 1, -w),
            Orientation::Transposed => (0, w, 1),
            Orientation::Clockwise => (last_y, -w, 1),
            Orientation::Transversed => (last_x + last_y, -w, -1),
            Orientation::CounterClockwise => (last_x, w, -1),
        };
        let (width, height) = if self.turns() { (height, width) } else { (width, height) };
        Walk { width, height, start, step_x, step_y }
    }
}

/// Upright size, and where each upright pixel is among the stored ones, counted in pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Walk {
    pub(crate) width: usize,
    pub(crate) height: usize,
    start: isize,
    step_x: isize,
    step_y: isize,
}

impl Walk {
    /// Indices of the stored pixels that make one upright row.
    pub(crate) fn row(self, y: usize) -> impl Iterator<Item = usize> {
        let first = self.start + y as isize * self.step_y;
        (0..self.width as isize).map(move |x| (first + x * self.step_x) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upright(stored: &[&str], orientation: Orientation) -> Vec<String> {
        let flat: Vec<char> = stored.iter().flat_map(|row| row.chars()).collect();
        let walk = orientation.walk(stored[0].len(), stored.len());
        (0..walk.height).map(|y| walk.row(y).map(|i| flat[i]).collect()).collect()
    }

    #[test]
    fn each_orientation_reads_as_the_exif_standard_says() {
        // 6: the stored first row is the right-hand side, the stored first column the top.
        let expected: [&[&str]; 8] = [
            &["abc", "def"],
            &["cba", "fed"],
            &["fed", "cba"],
            &["def", "abc"],
            &["ad", "be", "cf"],
            &["da", "eb", "fc"],
            &["fc", "eb", "da"],
            &["cf", "be", "ad"],
        ];
        for (orientation, rows) in Orientation::ALL.into_iter().zip(expected) {
            assert_eq!(upright(&["abc", "def"], orientation), rows, "{orientation:?}");
        }
    }

    #[test]
    fn an_inverse_undoes_its_orientation() {
        for orientation in Orientation::ALL {
            let turned = upright(&["abc", "def"], orientation);
            let turned: Vec<&str> = turned.iter().map(String::as_str).collect();
            assert_eq!(upright(&turned, orientation.inverse()), ["abc", "def"], "{orientation:?}");
        }
    }
}
