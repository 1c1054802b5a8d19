//! Frames: what a push carries, cut so that each part stands alone.
//!
//! A frame on the wire is one codec byte and its bytes. Codec 1 is raw changes under zstd, codec 2 the same without what the
//! receiver can compute ([`shorten`](crate::shorten)). Others may follow (what both sides know by heart): a receiver that does not know one says so.

use crate::cbor::{self, Bytes};
use crate::proof::Proof;
use crate::{Digest, DocumentId, Problem, shorten};
use minicbor::{Decode, Encode};

/// Raw changes and records as CBOR under zstd.
pub const CODEC_ZSTD: u8 = 1;
/// The same, shortened before it is packed. What has no change in it is packed as codec 1.
pub const CODEC_SHORT: u8 = 2;
/// The levels of zstd: what a server packs for many, and what a phone sends, where a twentieth less over a poor link is worth
/// thrice the work on a few hundred kilobytes.
const QUICK: i32 = 9;
const HARD: i32 = 16;
/// The largest frame taken, unpacked. Bounded before a byte is unpacked.
pub const MAX_FRAME: usize = 1 << 20;
/// The most items of CBOR in a frame: a list of empty strings would take far more than its bytes. A phone's frame has some
/// thousands.
pub const MAX_FRAME_ITEMS: usize = 64 << 10;

/// What one frame carries.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode)]
#[cbor(map)]
pub struct Frame {
    /// Whole records. Sessions and heads come in the first frame of a push.
    #[n(0)]
    pub records: Vec<Bytes>,
    /// Changes, by document.
    #[n(1)]
    pub documents: Vec<DocumentChanges>,
    /// Who has signed for those of them that are not the pushing phone's own: it passes on what was handed to it. A list without any
    /// says that it comes in a later frame: [`Frame::goes_on`].
    #[n(2)]
    pub proofs: Option<Vec<Proof>>,
}

/// Changes of one document in causal order.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct DocumentChanges {
    /// Which document.
    #[n(0)]
    pub document: DocumentId,
    /// The heads this push signs for it; none means the tips of `changes` themselves, which saves their 32 bytes.
    #[n(1)]
    pub heads: Option<Vec<Digest>>,
    /// Raw changes, every one after those it depends on.
    #[n(2)]
    pub changes: Vec<Bytes>,
}

impl Frame {
    /// Whether it does not stand alone but is taken as one with the next: what proves its changes is there. Only of what is more than
    /// a frame holds.
    pub fn goes_on(&self) -> bool {
        self.proofs.as_ref().is_some_and(Vec::is_empty)
    }

    /// As it goes on the wire; never more than a receiver takes.
    pub fn pack(&self) -> Result<Vec<u8>, Problem> {
        let plain = cbor::encode(self);
        if plain.len() > MAX_FRAME {
            return Err(Problem::TooLarge);
        }
        cbor::count(&plain, MAX_FRAME_ITEMS)?;
        packed(&plain, HARD)
    }

    /// From the wire.
    pub fn unpack(bytes: &[u8]) -> Result<Self, Problem> {
        Ok(cbor::decode_at_most(&unpack(bytes, MAX_FRAME)?, MAX_FRAME_ITEMS)?)
    }
}

/// One codec byte, then zstd.
pub fn pack(plain: &[u8]) -> Result<Vec<u8>, Problem> {
    packed(plain, QUICK)
}

fn packed(plain: &[u8], level: i32) -> Result<Vec<u8>, Problem> {
    match shorten::shorten(plain) {
        Some(short) => zstd_of(CODEC_SHORT, &short, level),
        None => zstd_of(CODEC_ZSTD, plain, level),
    }
}

/// The same as every release reads it: what goes to who speaks version 1.
pub(crate) fn pack_whole(plain: &[u8]) -> Result<Vec<u8>, Problem> {
    zstd_of(CODEC_ZSTD, plain, QUICK)
}

fn zstd_of(codec: u8, bytes: &[u8], level: i32) -> Result<Vec<u8>, Problem> {
    let mut wire = vec![codec];
    wire.extend(zstd::bulk::compress(bytes, level).map_err(|_| Problem::Internal)?);
    Ok(wire)
}

/// The plain bytes, never more than `limit`.
pub fn unpack(wire: &[u8], limit: usize) -> Result<Vec<u8>, Problem> {
    let (codec, packed) = wire.split_first().ok_or(Problem::Truncated)?;
    match *codec {
        CODEC_ZSTD => of_zstd(packed, limit),
        CODEC_SHORT => shorten::restore(&of_zstd(packed, limit)?, limit),
        _ => Err(Problem::Version),
    }
}

fn of_zstd(packed: &[u8], limit: usize) -> Result<Vec<u8>, Problem> {
    // The declared size is a claim: it only ever lowers what is reserved.
    let declared = zstd::zstd_safe::get_frame_content_size(packed).map_err(|_| Problem::Malformed)?;
    let declared = declared.ok_or(Problem::Malformed)?;
    if declared > limit as u64 {
        return Err(Problem::TooLarge);
    }
    // zstd itself refuses a frame that unpacks to more or less than it declares.
    zstd::bulk::decompress(packed, declared as usize).map_err(|_| Problem::Malformed)
}
