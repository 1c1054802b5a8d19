//! Exact points: thousandths, so that two devices agree to the bit.

use serde::{Deserialize, Serialize};

/// A score or a weight in thousandths, at most nine digits before the point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Points(i64);

impl Points {
    /// The weight of a question that names none.
    pub const ONE: Points = Points(1000);

    /// Reads `2`, `-1` or `0.5`; `None` for anything else or more than three places.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !plain(whole) || !plain(fraction) || whole.len() > 9 || fraction.len() > 3 {
            return None;
        }
        let thousandths = whole.parse::<i64>().ok()? * 1000 + format!("{fraction:0<3}").parse::<i64>().ok()?;
        Some(Points(if negative { -thousandths } else { thousandths }))
    }

    /// The thousandths.
    pub fn thousandths(self) -> i64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Points;

    #[test]
    fn points_are_read_exactly_or_not_at_all() {
        for (text, expected) in [("2", 2000), ("0.5", 500), ("-1.125", -1125), ("999999999.999", 999_999_999_999)] {
            assert_eq!(Points::parse(text).map(Points::thousandths), Some(expected), "{text}");
        }
        for wrong in ["", "-", "1.", ".5", "1.2345", "1e3", "１", "9999999999", "1.5.5", "--1"] {
            assert_eq!(Points::parse(wrong), None, "{wrong}");
        }
    }
}
