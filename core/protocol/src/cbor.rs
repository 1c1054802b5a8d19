//! Deterministic CBOR: one value has one spelling, and any other spelling of it is refused.
//!
//! The encoder writes maps in key order, integers in their shortest form and nothing of indefinite length. Rather than
//! check each of these on the way in, a value is decoded, encoded again and compared: whatever a decoder tolerates
//! (long integers, shuffled or repeated keys, unknown keys, trailing bytes) differs there.

use minicbor::{Decode, Encode};

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
    let again = encode(&value);
    if again == bytes {
        return Ok(value);
    }
    let at = again.iter().zip(bytes).take_while(|(a, b)| a == b).count();
    Err(CborError::Spelling { at })
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
