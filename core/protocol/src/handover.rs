//! Handing over without a server: one phone asks, another gives it as one signed file what it lacks.
//!
//! # The ask
//!
//! A text, short enough for a QR code: `WURAO-ASK:` and the base 43 of an [`Asking`]. It says which phone asks, by the
//! record with which the server let it in, and what it has of which inspections.
//!
//! # The file
//!
//! `WURAOHND`, a version byte, then a [`Given`] in CBOR. What it holds is signed by its authors as on any push: records each
//! by itself, changes by the [proofs](crate::proof) beside them. The giver signs the whole, for one phone, so that whoever takes it in
//! knows from whom it is; it makes nothing in it true.
//!
//! # What it is not
//!
//! Sealed: phones have keys that sign and no other. Who gives hands it to a colleague, over a cable or a link between two
//! phones. Photos' files: they go up from the phone that took them; their signed entries travel.

use crate::base43;
use crate::cbor::{self, Bytes};
use crate::envelope;
use crate::frame::{DocumentChanges, pack, unpack};
use crate::key::{PublicKey, Signer};
use crate::proof::{MAX_PROOFS, Proof};
use crate::record::{Device, Stamp};
use crate::{DeviceId, Digest, DocumentId, Problem, ServerId};
use minicbor::{Decode, Encode};

/// How the text of an ask begins.
pub const PREFIX: &str = "WURAO-ASK:";
const MAGIC: &[u8; 8] = b"WURAOHND";
const VERSION: u8 = 1;

/// The longest ask read, in bytes of its text.
pub const MAX_ASK: usize = 64 << 10;
/// The largest file read.
pub const MAX_FILE: usize = 4 << 20;
/// The largest contents, unpacked.
pub const MAX_CONTENTS: usize = 8 << 20;
/// The most items of CBOR in the contents ([`frame::MAX_FRAME_ITEMS`](crate::frame::MAX_FRAME_ITEMS)).
pub const MAX_ITEMS: usize = 256 << 10;

/// What a phone has, signed by it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Ask {
    /// The server that both phones are let in by.
    #[n(0)]
    pub server: ServerId,
    /// Who asks.
    #[n(1)]
    pub device: DeviceId,
    /// The inspections it knows, and how far; of others it has nothing.
    #[n(2)]
    pub known: Vec<Known>,
    /// When.
    #[n(3)]
    pub at: Stamp,
}

/// How far a phone knows an inspection.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Known {
    /// Which.
    #[n(0)]
    pub document: DocumentId,
    /// Its heads; none when only its permit is known.
    #[n(1)]
    pub heads: Vec<Digest>,
}

/// The giver's signature over a file.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct HandOver {
    /// The server that both phones are let in by.
    #[n(0)]
    pub server: ServerId,
    /// Who gives.
    #[n(1)]
    pub from: DeviceId,
    /// For whom.
    #[n(2)]
    pub to: DeviceId,
    /// SHA-256 of the packed contents.
    #[n(3)]
    pub contents: Digest,
    /// When.
    #[n(4)]
    pub at: Stamp,
}

/// What is handed over.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode)]
#[cbor(map)]
pub struct Contents {
    /// Whole records, each after those it needs.
    #[n(0)]
    pub records: Vec<Bytes>,
    /// Changes, by document, in causal order; `heads` is not used here.
    #[n(1)]
    pub documents: Vec<DocumentChanges>,
    /// Who has signed for them.
    #[n(2)]
    pub proofs: Vec<Proof>,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Asking {
    #[n(0)]
    device: Bytes,
    #[n(1)]
    ask: Bytes,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Given {
    #[n(0)]
    device: Bytes,
    #[n(1)]
    record: Bytes,
    #[n(2)]
    contents: Bytes,
}

/// A phone that was let in, and what it has signed.
#[derive(Clone, Debug)]
pub struct Signed<T> {
    /// Who, by the server's word.
    pub device: Device,
    /// What.
    pub body: T,
}

impl Ask {
    /// The text of the ask, with the record that let this phone in.
    ///
    /// # Errors
    /// [`Problem::Internal`] when the key does not sign.
    pub fn to_text(&self, signer: &dyn Signer, device: &[u8]) -> Result<String, Problem> {
        let ask = envelope::seal(signer, self).map_err(|_| Problem::Internal)?;
        let asking = Asking { device: Bytes(device.to_vec()), ask: Bytes(ask) };
        Ok(format!("{PREFIX}{}", base43::encode(&cbor::encode(&asking))))
    }

    /// Reads the text of an ask, and who asks: a phone that this server has let in.
    ///
    /// # Errors
    /// [`Problem::TooLarge`], [`Problem::Malformed`] when it is none, [`Problem::UnknownDevice`] and [`Problem::WrongSignature`] when it
    /// is not signed by whom it says.
    pub fn from_text(text: &str, server_key: &PublicKey) -> Result<Signed<Self>, Problem> {
        if text.len() > MAX_ASK {
            return Err(Problem::TooLarge);
        }
        let rest = text.trim().strip_prefix(PREFIX).ok_or(Problem::Malformed)?;
        let bytes = base43::decode(rest).map_err(|_| Problem::Malformed)?;
        let asking: Asking = cbor::decode(&bytes)?;
        let (device, key) = known(&asking.device.0, server_key)?;
        let body = signed::<Self>(&asking.ask.0, &key)?;
        if body.device == device.id { Ok(Signed { device, body }) } else { Err(Problem::WrongSignature) }
    }
}

impl Contents {
    /// The file: these contents signed by the giver, for one phone.
    ///
    /// # Errors
    /// [`Problem::TooLarge`] when nobody would read it, [`Problem::Internal`] when the key does not sign.
    pub fn to_file(
        &self,
        signer: &dyn Signer,
        device: &[u8],
        (server, to, at): (ServerId, DeviceId, Stamp),
    ) -> Result<Vec<u8>, Problem> {
        let plain = cbor::encode(self);
        if plain.len() > MAX_CONTENTS || self.proofs.len() > MAX_PROOFS {
            return Err(Problem::TooLarge);
        }
        cbor::count(&plain, MAX_ITEMS)?;
        let packed = pack(&plain)?;
        let hand_over = HandOver { server, from: signer.public().device(), to, contents: Digest::of(&[&packed]), at };
        let record = envelope::seal(signer, &hand_over).map_err(|_| Problem::Internal)?;
        let given = Given { device: Bytes(device.to_vec()), record: Bytes(record), contents: Bytes(packed) };
        let file = [MAGIC.as_slice(), &[VERSION], &cbor::encode(&given)].concat();
        if file.len() > MAX_FILE { Err(Problem::TooLarge) } else { Ok(file) }
    }

    /// Reads a file, and who gives it: a phone that this server has let in. What the contents say is not looked at.
    ///
    /// # Errors
    /// [`Problem::Empty`], [`Problem::TooLarge`], [`Problem::Version`], [`Problem::Malformed`] when it is none; [`Problem::UnknownDevice`],
    /// [`Problem::WrongSignature`] and [`Problem::FrameHash`] when it is not signed by whom it says, or altered since.
    pub fn from_file(file: &[u8], server_key: &PublicKey) -> Result<(Signed<HandOver>, Self), Problem> {
        if file.is_empty() {
            return Err(Problem::Empty);
        }
        if file.len() > MAX_FILE {
            return Err(Problem::TooLarge);
        }
        let rest = file.strip_prefix(MAGIC.as_slice()).ok_or(Problem::Malformed)?;
        let (version, rest) = rest.split_first().ok_or(Problem::Truncated)?;
        if *version != VERSION {
            return Err(Problem::Version);
        }
        let given: Given = cbor::decode(rest)?;
        let (device, key) = known(&given.device.0, server_key)?;
        let body = signed::<HandOver>(&given.record.0, &key)?;
        if body.from != device.id {
            return Err(Problem::WrongSignature);
        }
        if body.contents != Digest::of(&[&given.contents.0]) {
            return Err(Problem::FrameHash);
        }
        let contents: Self = cbor::decode_at_most(&unpack(&given.contents.0, MAX_CONTENTS)?, MAX_ITEMS)?;
        if contents.proofs.len() > MAX_PROOFS {
            return Err(Problem::TooLarge);
        }
        Ok((Signed { device, body }, contents))
    }
}

fn known(bytes: &[u8], server_key: &PublicKey) -> Result<(Device, PublicKey), Problem> {
    let unknown = Problem::UnknownDevice;
    let opened = envelope::open_as::<Device>(bytes).map_err(|_| unknown)?;
    let device = opened.verified(server_key).map_err(|_| unknown)?;
    let key = PublicKey::from_bytes(&device.key).map_err(|_| unknown)?;
    if key.device() == device.id { Ok((device, key)) } else { Err(unknown) }
}

fn signed<T: crate::record::RecordBody>(bytes: &[u8], key: &PublicKey) -> Result<T, Problem> {
    let opened = envelope::open_as::<T>(bytes).map_err(|_| Problem::Malformed)?;
    opened.verified(key).map_err(|_| Problem::WrongSignature)
}
