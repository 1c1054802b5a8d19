//! `POST /v1/sync`: push, pull and acknowledgement in one round trip.
//!
//! Body of the request: the version byte, then a CBOR [`RequestStart`], then each frame as four bytes of length (big
//! endian) and its bytes. The request is its own authentication: the sealed head names server and counter and covers
//! the frames by the hash of the list of their hashes.
//!
//! Body of the answer: in version 1 the version byte, then a packed [`Answer`]; in version 2 ([`IN_PARTS`]) what
//! [`parts`] says.

pub mod counter;
pub mod parts;
pub mod reader;

use crate::cbor::{self, Bytes};
use crate::frame::{DocumentChanges, pack_whole, unpack};
use crate::{DeviceId, Digest, Problem, ServerId, VERSION};
use minicbor::{Decode, Encode};
use reader::RequestReader;

/// The largest request taken.
pub const MAX_REQUEST: usize = 8 << 20;
/// The largest answer taken, unpacked: it and what is read of it lie in a phone's memory at once.
pub const MAX_ANSWER: usize = 16 << 20;
/// The most items of CBOR in an answer ([`frame::MAX_FRAME_ITEMS`](crate::frame::MAX_FRAME_ITEMS)).
pub const MAX_ANSWER_ITEMS: usize = 512 << 10;
/// The most frames in one request.
pub const MAX_FRAMES: usize = 1024;
/// The version of a request whose frames stand alone, each with the signature over what it brings, and of its answer,
/// which comes in parts: whoever is cut off loses at most one of either. In version 1 all frames are taken as one.
pub const IN_PARTS: u8 = 2;

/// What the device signs of a request.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct RequestHead {
    /// The server it is meant for.
    #[n(0)]
    pub server: ServerId,
    /// The device.
    #[n(1)]
    pub device: DeviceId,
    /// Above every counter this device used before; stored before the request leaves.
    #[n(2)]
    pub counter: u64,
    /// SHA-256 over the frame hashes, one after the other.
    #[n(3)]
    pub frames: Digest,
    /// Where the last answer ended; empty at first. Opaque to the phone.
    #[n(4)]
    pub cursor: Bytes,
    /// The server's log as last seen.
    #[n(5)]
    pub seen: LogMark,
    /// At most this many bytes of feed are wanted.
    #[n(6)]
    pub limit: u32,
    /// What the device still holds beside this request.
    #[n(7)]
    pub holds: Holds,
}

/// What a phone holds that the server lacks. A revoked phone is told to destroy itself only when this is nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode)]
#[cbor(map)]
pub struct Holds {
    /// Answers and other changes.
    #[n(0)]
    pub changes: u32,
    /// Signed records.
    #[n(1)]
    pub records: u32,
    /// Photos' files.
    #[n(2)]
    pub files: u32,
    /// Bytes of those files.
    #[n(3)]
    pub bytes: u64,
}

/// The server's audit log as somebody last saw it: tells a server that was restored from an old backup.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode)]
#[cbor(map)]
pub struct LogMark {
    /// Rises with every restore.
    #[n(0)]
    pub epoch: u32,
    /// Entries.
    #[n(1)]
    pub size: u64,
    /// The first bytes of the root, and proof that the server said so; empty at first.
    #[n(2)]
    pub root: Bytes,
    /// In an answer to who knows an earlier epoch: of all they were ever told, only what came about within so many entries
    /// is still here.
    #[n(3)]
    pub kept: Option<u64>,
}

/// A checkpoint of the server's log, shown once a day to be witnessed.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Shown {
    /// The [`Checkpoint`](crate::record::Checkpoint)'s record.
    #[n(0)]
    pub checkpoint: Bytes,
    /// The size of the checkpoint that this device witnessed last; 0 when none.
    #[n(1)]
    pub from: u64,
    /// That it continues that one ([`merkle::log::extends`](crate::merkle::log::extends)).
    #[n(2)]
    pub proof: Vec<Digest>,
}

/// What stands before the frames.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct RequestStart {
    /// The sealed [`RequestHead`].
    #[n(0)]
    pub head: Bytes,
    /// The device's own record.
    #[n(1)]
    pub device: Bytes,
    /// SHA-256 of every frame's wire bytes, in order.
    #[n(2)]
    pub frames: Vec<Digest>,
}

/// A request taken apart: its frames hash to what the start lists, nothing else was checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    /// What stands before the frames.
    pub start: RequestStart,
    /// The frames as they came, packed.
    pub frames: Vec<Vec<u8>>,
}

/// The hash a request's head covers its frames by.
pub fn frames_digest(frames: &[Digest]) -> Digest {
    let parts: Vec<&[u8]> = frames.iter().map(|hash| hash.0.as_slice()).collect();
    Digest::of(&parts)
}

impl Request {
    /// The whole body of version 1.
    pub fn to_body(&self) -> Vec<u8> {
        self.body(VERSION)
    }

    /// The whole body of a request whose frames stand alone.
    pub fn to_body_in_parts(&self) -> Vec<u8> {
        self.body(IN_PARTS)
    }

    fn body(&self, version: u8) -> Vec<u8> {
        let mut body = vec![version];
        body.extend(cbor::encode(&self.start));
        for frame in &self.frames {
            body.extend((frame.len() as u32).to_be_bytes());
            body.extend(frame);
        }
        body
    }

    /// Takes a whole body of either version apart; says what is wrong with it.
    pub fn from_body(body: &[u8]) -> Result<Self, Problem> {
        let mut reader = RequestReader::default();
        reader.add(body)?;
        if body.is_empty() {
            return Err(Problem::Empty);
        }
        let (_, start) = reader.start()?.ok_or(Problem::Truncated)?;
        let mut frames = Vec::with_capacity(start.frames.len());
        while let Some(frame) = reader.frame()? {
            frames.push(frame);
        }
        reader.end()?;
        Ok(Self { start, frames })
    }
}

/// What the server did with one item of a push.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Status {
    /// In a word.
    #[n(0)]
    pub outcome: Outcome,
    /// Why, when it was held or refused.
    #[n(1)]
    pub problem: Option<Problem>,
    /// Which rule, for people who look into it.
    #[n(2)]
    pub detail: Option<String>,
}

/// What the server did, in a word.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(index_only)]
pub enum Outcome {
    /// Taken.
    #[n(0)]
    Ok,
    /// Was here already.
    #[n(1)]
    Have,
    /// Send it again with codec 1.
    #[n(2)]
    NeedRaw,
    /// Kept until the signature that covers it arrives.
    #[n(3)]
    Waiting,
    /// Kept until a person decides.
    #[n(4)]
    Held,
    /// Not taken.
    #[n(5)]
    Refused,
}

impl Status {
    /// An outcome that needs no reason.
    pub fn plain(outcome: Outcome) -> Self {
        Self { outcome, problem: None, detail: None }
    }

    /// Held or refused, with the reason.
    pub fn because(outcome: Outcome, problem: Problem, detail: impl Into<String>) -> Self {
        Self { outcome, problem: Some(problem), detail: Some(detail.into()) }
    }
}

/// What the server did with the changes of one document.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct DocumentStatus {
    /// Of the changes before `stopped`, all of them when that is none.
    #[n(0)]
    pub status: Status,
    /// Index of the first change that was not taken; it and all after it were not.
    #[n(1)]
    pub stopped: Option<u32>,
    /// The heads the server has, when something was not taken.
    #[n(2)]
    pub heads: Vec<Digest>,
}

/// What is new to this device.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode)]
#[cbor(map)]
pub struct Feed {
    /// Whole records, each after those it needs.
    #[n(0)]
    pub records: Vec<Bytes>,
    /// Changes; `heads` is not used here.
    #[n(1)]
    pub documents: Vec<DocumentChanges>,
    /// The server's heads record over the tips of these changes, by document: with it a phone can pass them on where there
    /// is no server. Of answers in parts, and where there are changes.
    #[n(2)]
    pub proof: Option<Bytes>,
}

/// Leave to upload one blob.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Upload {
    /// Which blob.
    #[n(0)]
    pub sha256: Digest,
    /// The path to upload to (tus 1.0), good for a short while.
    #[n(1)]
    pub path: String,
    /// How much of it the server has, where it has something and the answer is in parts: version 1 knows no such field.
    #[n(2)]
    pub has: Option<u64>,
}

/// The answer to a request.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Answer {
    /// The server's clock, ms since 1970 UTC.
    #[n(0)]
    pub server_ms: i64,
    /// One for each record of the push, in the order of the frames.
    #[n(1)]
    pub records: Vec<Status>,
    /// One for each document entry of the push, in the order of the frames.
    #[n(2)]
    pub documents: Vec<DocumentStatus>,
    /// Where this answer ends.
    #[n(3)]
    pub cursor: Bytes,
    /// Whether there is more after it.
    #[n(4)]
    pub more: bool,
    /// What is new to this device.
    #[n(5)]
    pub feed: Feed,
    /// Blobs that this device announced and the server lacks.
    #[n(6)]
    pub uploads: Vec<Upload>,
    /// The server's log now.
    #[n(7)]
    pub log: LogMark,
    /// Whether the server lacks more than `uploads` names. When not, it holds all else that was announced, from whomever
    /// it came.
    #[n(8)]
    pub more_uploads: bool,
    /// To be witnessed.
    #[n(9)]
    pub shown: Option<Shown>,
}

impl Answer {
    /// The whole body; never more than a phone takes.
    pub fn to_body(&self) -> Result<Vec<u8>, Problem> {
        let plain = cbor::encode(self);
        if plain.len() > MAX_ANSWER {
            return Err(Problem::TooLarge);
        }
        cbor::count(&plain, MAX_ANSWER_ITEMS)?;
        let mut body = vec![VERSION];
        body.extend(pack_whole(&plain)?);
        Ok(body)
    }

    /// Takes a whole body of either version apart.
    pub fn from_body(body: &[u8]) -> Result<Self, Problem> {
        Self::of_parts(parts::all(body)?)
    }

    /// From what stands behind the version byte of version 1.
    fn unpack(packed: &[u8]) -> Result<Self, Problem> {
        Ok(cbor::decode_at_most(&unpack(packed, MAX_ANSWER)?, MAX_ANSWER_ITEMS)?)
    }
}
