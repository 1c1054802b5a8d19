//! An answer in parts: what became of each frame as soon as that is on disk, then what is new, piece by piece, each with the
//! cursor that it leads to. Whoever is cut off keeps what came whole.
//!
//! Body: the version byte, then each part as four bytes of length (big endian) and its packed bytes (as in
//! [`frame`](crate::frame)). It begins with a [`Begin`] and ends with an [`End`], or with a [`Part::Fault`] where it stopped.

use super::{Answer, DocumentStatus, Feed, IN_PARTS, LogMark, MAX_ANSWER, MAX_ANSWER_ITEMS, Shown, Status, Upload};
use crate::cbor::{self, Bytes};
use crate::frame::{pack, unpack};
use crate::{Problem, VERSION};
use minicbor::{Decode, Encode};

/// The largest part taken, unpacked.
pub const MAX_PART: usize = MAX_ANSWER;

/// One part.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Part {
    /// The request was let in.
    #[n(0)]
    Begin(#[n(0)] Begin),
    /// What became of the next frame.
    #[n(1)]
    Taken(#[n(0)] Taken),
    /// What is new to the device.
    #[n(2)]
    News(#[n(0)] News),
    /// Nothing more comes.
    #[n(3)]
    End(#[n(0)] End),
    /// The rest of the request is refused; what was told before stands.
    #[n(4)]
    Fault(#[n(0)] Problem),
}

/// The first part.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Begin {
    /// The server's clock, ms since 1970 UTC.
    #[n(0)]
    pub server_ms: i64,
    /// To who knows an earlier epoch, as [`LogMark::kept`].
    #[n(1)]
    pub kept: Option<u64>,
    /// The first eight bytes of the log's root when it had so many entries. Who has not witnessed that itself has nothing
    /// there that is surely kept: another phone with its key has.
    #[n(2)]
    pub root: Option<Bytes>,
}

/// What became of what a frame brought. It is on disk.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Taken {
    /// One for each record.
    #[n(0)]
    pub records: Vec<Status>,
    /// One for each document entry.
    #[n(1)]
    pub documents: Vec<DocumentStatus>,
    /// The server's log then.
    #[n(2)]
    pub log: LogMark,
    /// For each document entry, where its changes do not all stand alike: how each stands that was taken, then each head
    /// that it names. Else nothing.
    #[n(3)]
    pub each: Vec<Vec<Status>>,
}

/// A piece of the feed.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct News {
    /// What is new.
    #[n(0)]
    pub feed: Feed,
    /// Where this piece ends.
    #[n(1)]
    pub cursor: Bytes,
    /// The server's log then.
    #[n(2)]
    pub log: LogMark,
}

/// The last part.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct End {
    /// Whether there is more feed than was asked for.
    #[n(0)]
    pub more: bool,
    /// As [`Answer::uploads`].
    #[n(1)]
    pub uploads: Vec<Upload>,
    /// As [`Answer::more_uploads`].
    #[n(2)]
    pub more_uploads: bool,
    /// The server's log now.
    #[n(3)]
    pub log: LogMark,
    /// To be witnessed.
    #[n(4)]
    pub shown: Option<Shown>,
}

impl Part {
    /// As it stands in a body: its length, then its bytes.
    ///
    /// # Errors
    /// [`Problem::TooLarge`] when no phone would take it.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Problem> {
        let plain = cbor::encode(self);
        if plain.len() > MAX_PART {
            return Err(Problem::TooLarge);
        }
        cbor::count(&plain, MAX_ANSWER_ITEMS)?;
        let packed = pack(&plain)?;
        Ok([(packed.len() as u32).to_be_bytes().as_slice(), &packed].concat())
    }
}

/// Reads an answer's body of either version in whatever pieces it comes.
#[derive(Default)]
pub struct PartReader {
    version: Option<u8>,
    buffer: Vec<u8>,
    over: bool,
}

impl PartReader {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// When what comes is no answer, or more than one is; the parts before stand.
    pub fn add(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        let mut bytes = bytes;
        if self.version.is_none() {
            let Some((&version, rest)) = bytes.split_first() else { return Ok(()) };
            if version != VERSION && version != IN_PARTS {
                return Err(Problem::Version);
            }
            (self.version, bytes) = (Some(version), rest);
        }
        if self.buffer.len() + bytes.len() > MAX_ANSWER {
            return Err(Problem::TooLarge);
        }
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    /// The next part that is whole. One at a time: a few bytes may unpack to much, and as many of them come at once as fit.
    ///
    /// # Errors
    /// When it is none; the parts before stand.
    pub fn part(&mut self) -> Result<Option<Part>, Problem> {
        if self.version != Some(IN_PARTS) || self.over {
            return Ok(None);
        }
        let Some((length, rest)) = self.buffer.split_first_chunk::<4>() else { return Ok(None) };
        let length = u32::from_be_bytes(*length) as usize;
        if length > MAX_PART {
            return Err(Problem::TooLarge);
        }
        let Some(packed) = rest.get(..length) else { return Ok(None) };
        let part = cbor::decode_at_most(&unpack(packed, MAX_PART)?, MAX_ANSWER_ITEMS)?;
        self.over = matches!(part, Part::End(_) | Part::Fault(_));
        self.buffer.drain(..4 + length);
        Ok(Some(part))
    }

    /// Nothing more comes: what is still to be told, which of version 1 is all of it.
    ///
    /// # Errors
    /// When the answer does not end here.
    pub fn finish(self) -> Result<Vec<Part>, Problem> {
        match self.version {
            None => Err(Problem::Empty),
            Some(VERSION) => Ok(Answer::unpack(&self.buffer)?.into_parts()),
            Some(_) if !self.over => Err(Problem::Truncated),
            Some(_) if !self.buffer.is_empty() => Err(Problem::Malformed),
            Some(_) => Ok(Vec::new()),
        }
    }
}

/// All parts of a whole body of either version.
///
/// # Errors
/// What is wrong with it.
pub fn all(body: &[u8]) -> Result<Vec<Part>, Problem> {
    let mut reader = PartReader::default();
    reader.add(body)?;
    let mut parts = Vec::new();
    while let Some(part) = reader.part()? {
        parts.push(part);
    }
    parts.extend(reader.finish()?);
    Ok(parts)
}

impl Answer {
    /// The same in parts.
    pub fn into_parts(self) -> Vec<Part> {
        let Answer { server_ms, records, documents, cursor, more, feed, uploads, log, more_uploads, shown } = self;
        vec![
            Part::Begin(Begin { server_ms, kept: log.kept, root: None }),
            Part::Taken(Taken { records, each: vec![Vec::new(); documents.len()], documents, log: log.clone() }),
            Part::News(News { feed, cursor, log: log.clone() }),
            Part::End(End { more, uploads, more_uploads, log, shown }),
        ]
    }

    /// All parts of a body put together, without the proofs of the feed's pieces: each speaks of its own piece alone.
    ///
    /// # Errors
    /// What stopped it, or that they are not all parts.
    pub fn of_parts(parts: Vec<Part>) -> Result<Self, Problem> {
        let (mut begin, mut end) = (None, None);
        let (mut records, mut documents) = (Vec::new(), Vec::new());
        let (mut feed, mut cursor) = (Feed::default(), Bytes::default());
        for part in parts {
            match part {
                Part::Begin(part) if begin.is_none() => begin = Some(part),
                Part::Taken(part) if begin.is_some() => {
                    records.extend(part.records);
                    documents.extend(part.documents);
                }
                Part::News(part) if begin.is_some() => {
                    feed.records.extend(part.feed.records);
                    feed.documents.extend(part.feed.documents);
                    cursor = part.cursor;
                }
                Part::End(part) if begin.is_some() && end.is_none() => end = Some(part),
                Part::Fault(problem) => return Err(problem),
                _ => return Err(Problem::Malformed),
            }
        }
        let (begin, end) = begin.zip(end).ok_or(Problem::Truncated)?;
        let End { more, uploads, more_uploads, log, shown } = end;
        let log = LogMark { kept: begin.kept, ..log };
        Ok(Self {
            server_ms: begin.server_ms,
            records,
            documents,
            cursor,
            more,
            feed,
            uploads,
            log,
            more_uploads,
            shown,
        })
    }
}
