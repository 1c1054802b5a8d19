//! The flat maps, the scalars they hold, and one intended write.

use std::cmp::Ordering;
use std::str::FromStr;

use crate::error::RowError;
use crate::ids::ParseIdError;

/// One of the six maps every document has from its genesis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Map {
    /// What the document says about itself.
    Meta = 1,
    /// `question@instance` to answer.
    Answers,
    /// Rows of repeated groups, see [`crate::row_key`].
    Repeats,
    /// What is said about a photo, by content hash.
    Evidence,
    /// Findings made by hand, and edits of the computed ones.
    Findings,
    /// Choices among conflicting values, see [`crate::choose_puts`].
    Choices,
}

impl Map {
    /// All maps, in the order of the genesis.
    pub const ALL: [Map; 6] = [Map::Meta, Map::Answers, Map::Repeats, Map::Evidence, Map::Findings, Map::Choices];

    /// The name in the document.
    pub fn name(self) -> &'static str {
        match self {
            Map::Meta => "meta",
            Map::Answers => "answers",
            Map::Repeats => "repeats",
            Map::Evidence => "evidence",
            Map::Findings => "findings",
            Map::Choices => "choices",
        }
    }

    /// A small stable number for rows: the counter of the genesis operation that made the map.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The map of a number.
    pub fn from_number(number: u64) -> Option<Map> {
        Map::ALL.into_iter().find(|map| u64::from(map.number()) == number)
    }
}

impl FromStr for Map {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Map, ParseIdError> {
        Map::ALL.into_iter().find(|map| map.name() == text).ok_or_else(|| ParseIdError::new(text, "the name of a map"))
    }
}

/// What a key can hold. Kinds are never converted: `Int(5)` and `Float(5.0)` are two values.
#[derive(Clone, Debug)]
pub enum Scalar {
    /// Nothing, or no longer anything: documents never delete a key.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A finite number; the gate and the builder refuse NaN and the infinities.
    Float(f64),
    /// Text.
    Text(String),
    /// Bytes, mostly a hash.
    Bytes(Vec<u8>),
}

impl Scalar {
    /// A tag and the value, for a column of a store.
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Scalar::Null => vec![0],
            Scalar::Bool(value) => vec![1, u8::from(*value)],
            Scalar::Int(value) => [&[2][..], &value.to_be_bytes()].concat(),
            Scalar::Float(value) => [&[3][..], &value.to_bits().to_be_bytes()].concat(),
            Scalar::Text(value) => [&[4][..], value.as_bytes()].concat(),
            Scalar::Bytes(value) => [&[5][..], value].concat(),
        }
    }

    /// Reads what [`Scalar::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Scalar, RowError> {
        let wrong = RowError { row: "scalar", at: bytes.len() };
        let (tag, rest) = bytes.split_first().ok_or(wrong)?;
        let eight = || <[u8; 8]>::try_from(rest).map_err(|_| wrong);
        match (tag, rest) {
            (0, []) => Ok(Scalar::Null),
            (1, [0]) => Ok(Scalar::Bool(false)),
            (1, [1]) => Ok(Scalar::Bool(true)),
            (2, _) => Ok(Scalar::Int(i64::from_be_bytes(eight()?))),
            (3, _) => Ok(Scalar::Float(f64::from_bits(u64::from_be_bytes(eight()?)))),
            (4, _) => Ok(Scalar::Text(std::str::from_utf8(rest).map_err(|_| wrong)?.to_owned())),
            (5, _) => Ok(Scalar::Bytes(rest.to_vec())),
            _ => Err(wrong),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Scalar::Null => 0,
            Scalar::Bool(_) => 1,
            Scalar::Int(_) => 2,
            Scalar::Float(_) => 3,
            Scalar::Text(_) => 4,
            Scalar::Bytes(_) => 5,
        }
    }
}

/// Floats compare by their bits, so that equality is an equivalence and a value can key a map.
impl Ord for Scalar {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Scalar::Bool(a), Scalar::Bool(b)) => a.cmp(b),
            (Scalar::Int(a), Scalar::Int(b)) => a.cmp(b),
            (Scalar::Float(a), Scalar::Float(b)) => a.total_cmp(b),
            (Scalar::Text(a), Scalar::Text(b)) => a.cmp(b),
            (Scalar::Bytes(a), Scalar::Bytes(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for Scalar {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Scalar {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Scalar {}

/// One intended write: this value at this key of this map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Put {
    /// Where.
    pub map: Map,
    /// At which key.
    pub key: String,
    /// What.
    pub value: Scalar,
}

impl Put {
    /// A write.
    pub fn new(map: Map, key: impl Into<String>, value: Scalar) -> Put {
        Put { map, key: key.into(), value }
    }
}
