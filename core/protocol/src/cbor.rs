//! Deterministic CBOR: one value has one spelling, and any other spelling of it is refused.
//!
//! The encoder writes maps in key order, integers in their shortest form and nothing of indefinite length. Rather than
//! check each of these on the way in, a value is decoded, encoded again and compared: whatever a decoder tolerates
//! (long integers, shuffled or repeated keys, unknown keys, trailing bytes) differs there.

use minicbor::{Decode, Encode};
use std::convert::Infallible;

/// Why bytes are not the one spelling of a value.
#[derive(Debug, thiserror::Error)]
pub enum CborError {
    /// Not CBOR, or not of the expected shape.
    #[error("not the expected CBOR: {0}")]
    Shape(#[from] minicbor::decode::Error),
    /// The same value, spelled otherwise; the offset is that of the first byte that differs.
    #[error("not deterministic CBOR: differs from the one spelling at byte {at}")]
    Spelling {
        /// Offset of the first differing byte.
        at: usize,
    },
    /// More items than its reader makes room for.
    #[error("more than {most} items of CBOR")]
    TooMany {
        /// As many as are read.
        most: usize,
    },
}

/// Encodes a value in its one spelling.
pub fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing to a vector cannot fail and no type of this crate has an encoder that refuses.
    let _ = minicbor::encode(value, &mut bytes);
    bytes
}

/// Decodes a value and refuses every spelling but its own.
pub fn decode<'b, T: Decode<'b, ()> + Encode<()>>(bytes: &'b [u8]) -> Result<T, CborError> {
    let value: T = minicbor::decode(bytes)?;
    let mut again = Again { rest: bytes, at: 0, differs: false };
    // Nothing here refuses to be written to.
    let _ = minicbor::encode(&value, &mut again);
    if again.differs || !again.rest.is_empty() { Err(CborError::Spelling { at: again.at }) } else { Ok(value) }
}

/// The same for a value with lists that whoever wrote it has made as long as they like: its items are counted before room is
/// made for any.
pub fn decode_at_most<'b, T: Decode<'b, ()> + Encode<()>>(bytes: &'b [u8], most: usize) -> Result<T, CborError> {
    count(bytes, most)?;
    decode(bytes)
}

/// Whether these are at most so many items, those within others counted: one of a single byte may take thirty in memory.
/// Only heads are read; what is wrong with the rest is for the decoder to say.
pub fn count(bytes: &[u8], most: usize) -> Result<(), CborError> {
    let (mut rest, mut items) = (bytes, 0);
    while let Some((first, after)) = rest.split_first() {
        items += 1;
        if items > most {
            return Err(CborError::TooMany { most });
        }
        let (major, short) = (first >> 5, first & 31);
        let width = if (24..28).contains(&short) { 1 << (short - 24) } else { 0 };
        let Some((argument, after)) = after.split_at_checked(width) else { break };
        let long = argument.iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
        let length = match (major, short) {
            (2 | 3, 0..24) => u64::from(short),
            (2 | 3, 24..28) => long,
            _ => 0,
        };
        let Some(after) = usize::try_from(length).ok().and_then(|length| after.get(length..)) else { break };
        rest = after;
    }
    Ok(())
}

/// What a value is written to in order to be compared with the bytes it was read from, without a second copy of them.
struct Again<'b> {
    rest: &'b [u8],
    /// Bytes that were the same.
    at: usize,
    differs: bool,
}

impl minicbor::encode::Write for Again<'_> {
    type Error = Infallible;

    fn write_all(&mut self, written: &[u8]) -> Result<(), Infallible> {
        if self.differs {
            return Ok(());
        }
        if let Some(rest) = self.rest.strip_prefix(written) {
            self.rest = rest;
            self.at += written.len();
        } else {
            self.at += written.iter().zip(self.rest).take_while(|(a, b)| a == b).count();
            self.differs = true;
        }
        Ok(())
    }
}

/// Byte strings in lists: `Vec<u8>` alone would be a list of numbers.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, PartialOrd, Ord)]
pub struct Bytes(pub Vec<u8>);

impl<C> Encode<C> for Bytes {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Bytes {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        Ok(Self(d.bytes()?.to_vec()))
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

/// A fixed-size newtype as a CBOR byte string of exactly that size.
macro_rules! as_bytes {
    ($name:ident) => {
        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.bytes(&self.0)?.ok()
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                let at = d.position();
                d.bytes()?.try_into().map(Self).map_err(|_| {
                    minicbor::decode::Error::message(concat!(stringify!($name), " of another size")).at(at)
                })
            }
        }
    };
}
pub(crate) use as_bytes;
