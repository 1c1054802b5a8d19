//! A request taken apart, its device known and every signature in it checked. Nothing here looks into the database.

use super::load::Load;
use crate::{Error, Keys};
use wurao_protocol::envelope::{self, Envelope, EnvelopeError};
use wurao_protocol::frame::{DocumentChanges, Frame};
use wurao_protocol::key::{PublicKey, Signer};
use wurao_protocol::record::Device;
use wurao_protocol::sync::{RequestHead, RequestStart, frames_digest};
use wurao_protocol::{Digest, Problem, ServerId};

/// The longest reason given for a record that cannot be read, in characters: the reason may quote it.
const MAX_REASON: usize = 200;

/// What a device of ours brings. Of a request, it has signed the head over all of it.
pub(super) struct Push {
    pub(super) device: Device,
    pub(super) device_record: Digest,
    pub(super) device_bytes: Vec<u8>,
    pub(super) key: PublicKey,
    pub(super) records: Vec<Incoming>,
    pub(super) documents: Vec<DocumentChanges>,
}

/// A record of a push.
pub(super) struct Incoming {
    pub(super) bytes: Vec<u8>,
    /// What it says, or why it says nothing.
    pub(super) envelope: Result<Envelope, (Problem, String)>,
    /// Whether the pushing device signed it.
    pub(super) signed: bool,
}

impl Push {
    /// What stands before the frames, with nothing brought yet.
    pub(super) fn open(start: RequestStart, server: ServerId, keys: &Keys) -> Result<(RequestHead, Self), Error> {
        let (device_record, device, key) = known_device(&start.device.0, keys)?;
        let head = signed_head(&start, &device, &key, server)?;
        let device_bytes = start.device.0;
        Ok((head, Self { device, device_record, device_bytes, key, records: Vec::new(), documents: Vec::new() }))
    }

    /// The same device bringing what these frames hold, as one.
    pub(super) fn bringing(&self, frames: &[Vec<u8>], load: &mut Load) -> Result<Self, Error> {
        let mut push = Self {
            device: self.device.clone(),
            device_record: self.device_record,
            device_bytes: self.device_bytes.clone(),
            key: self.key.clone(),
            records: Vec::new(),
            documents: Vec::new(),
        };
        for frame in frames {
            let frame = Frame::unpack(frame)?;
            load.add(&frame)?;
            let records = frame.records.into_iter().map(|record| Incoming::open(record.0, &push.key));
            push.records.extend(records);
            push.documents.extend(frame.documents);
        }
        Ok(push)
    }

    /// Whether it carries anything but its head.
    pub(super) fn brings_something(&self) -> bool {
        !self.records.is_empty() || !self.documents.is_empty()
    }
}

impl Incoming {
    pub(super) fn open(bytes: Vec<u8>, key: &PublicKey) -> Self {
        let envelope = envelope::open(&bytes).map_err(|error| (problem_of(&error), reason(&error)));
        let signed = envelope.as_ref().is_ok_and(|envelope| envelope.verify(key).is_ok());
        Self { bytes, envelope, signed }
    }
}

/// The device's own record, which we must have signed and which must be about the key in it.
pub(super) fn known_device(bytes: &[u8], keys: &Keys) -> Result<(Digest, Device, PublicKey), Error> {
    let unknown = |why: String| Error::refused(Problem::UnknownDevice, why);
    let opened = envelope::open_as::<Device>(bytes).map_err(|error| unknown(error.to_string()))?;
    let record = opened.envelope.id;
    let device = opened.verified(&keys.records.public()).map_err(|error| unknown(error.to_string()))?;
    let key = PublicKey::from_bytes(&device.key).map_err(|error| unknown(error.to_string()))?;
    if key.device() != device.id {
        return Err(unknown("the record names another key".to_owned()));
    }
    if key == keys.records.public() {
        return Err(unknown("the server's own: it pushes nothing".to_owned()));
    }
    Ok((record, device, key))
}

fn signed_head(start: &RequestStart, device: &Device, key: &PublicKey, server: ServerId) -> Result<RequestHead, Error> {
    let head = envelope::open_as::<RequestHead>(&start.head.0)
        .and_then(|opened| opened.verified(key))
        .map_err(|error| Error::refused(problem_of(&error), error.to_string()))?;
    if head.device != device.id {
        return Err(Error::refused(Problem::WrongSignature, "the head names another device"));
    }
    if head.server != server {
        return Err(Problem::OtherServer.into());
    }
    if head.frames != frames_digest(&start.frames) {
        return Err(Problem::FrameHash.into());
    }
    Ok(head)
}

fn problem_of(error: &EnvelopeError) -> Problem {
    match error {
        EnvelopeError::TooLarge(_) => Problem::TooLarge,
        EnvelopeError::UnknownKind(_) => Problem::KindNotTaken,
        EnvelopeError::Key(_) => Problem::WrongSignature,
        _ => Problem::Malformed,
    }
}

fn reason(error: &EnvelopeError) -> String {
    error.to_string().chars().take(MAX_REASON).collect()
}
