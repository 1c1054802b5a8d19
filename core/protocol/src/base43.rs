//! Bytes as text that rides well in a QR code and in a URL's fragment.
//!
//! The alphabet is the QR alphanumeric set (11 bits for two characters) without space and `%`, which a fragment does
//! not carry as they are. Two bytes become three characters, a last odd one two; the first character is the lowest
//! digit, as in RFC 9285 (base45), of which this is the form that needs no escape:
//!
//! ```text
//! 256 a + b = x + 43 y + 43^2 z    ->  x y z
//!         a = x + 43 y             ->  x y
//! ```
//!
//! A value has one spelling: digits that add up to more than their bytes hold, other lengths and other characters are
//! refused.

/// Character number `n` is the digit `n`.
pub const ALPHABET: &[u8; 43] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ$*+-./:";

/// Why a text is not base 43.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Base43Error {
    /// A character that is no digit, at this byte of the text.
    #[error("no digit of base 43 at character {0}")]
    Digit(usize),
    /// One character too many or too few.
    #[error("{0} characters are no whole number of bytes")]
    Length(usize),
    /// Digits that are more than their bytes can hold, at this byte of the text.
    #[error("digits too large at character {0}")]
    Overflow(usize),
}

/// The one text of these bytes.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(2) * 3);
    for pair in bytes.chunks(2) {
        let (mut rest, digits) = match pair {
            [a, b] => (usize::from(*a) << 8 | usize::from(*b), 3),
            _ => (usize::from(pair[0]), 2),
        };
        for _ in 0..digits {
            text.push(char::from(ALPHABET[rest % 43]));
            rest /= 43;
        }
    }
    text
}

/// The bytes of a text.
pub fn decode(text: &str) -> Result<Vec<u8>, Base43Error> {
    let mut bytes = Vec::with_capacity(text.len() / 3 * 2 + 1);
    for (n, group) in text.as_bytes().chunks(3).enumerate() {
        let mut value = 0u32;
        for (i, character) in group.iter().enumerate().rev() {
            value = value * 43 + digit(*character).ok_or(Base43Error::Digit(n * 3 + i))?;
        }
        let overflow = Base43Error::Overflow(n * 3);
        match group.len() {
            3 => bytes.extend(u16::try_from(value).map_err(|_| overflow)?.to_be_bytes()),
            2 => bytes.push(u8::try_from(value).map_err(|_| overflow)?),
            _ => return Err(Base43Error::Length(text.len())),
        }
    }
    Ok(bytes)
}

fn digit(character: u8) -> Option<u32> {
    Some(match character {
        b'0'..=b'9' => u32::from(character - b'0'),
        b'A'..=b'Z' => u32::from(character - b'A') + 10,
        b'$' => 36,
        b'*' => 37,
        b'+' => 38,
        b'-' => 39,
        b'.' => 40,
        b'/' => 41,
        b':' => 42,
        _ => return None,
    })
}
