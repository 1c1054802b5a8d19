//! A request taken apart, its device known and every signature in it checked. Nothing here looks into the database.

use super::author::{Author, Authors, By, is_passed_on};
use super::load::Load;
use super::proofs::Proofs;
use crate::{Error, Keys};
use std::collections::BTreeSet;
use std::sync::Arc;
use wurao_protocol::cbor::Bytes;
use wurao_protocol::envelope::{self, Envelope, EnvelopeError};
use wurao_protocol::frame::{DocumentChanges, Frame};
use wurao_protocol::key::{KeyId, PublicKey, Signer};
use wurao_protocol::proof::Proof;
use wurao_protocol::record::{Device, Kind};
use wurao_protocol::sync::{RequestHead, RequestStart, frames_digest};
use wurao_protocol::{Digest, Problem, ServerId};

/// The longest reason given for a record that cannot be read, in characters: the reason may quote it.
const MAX_REASON: usize = 200;

/// What a device of ours brings. Of a request, it has signed the head over all of it.
pub(super) struct Push {
    pub(super) device: Device,
    pub(super) device_record: Digest,
    pub(super) device_bytes: Vec<u8>,
    /// The device as one that signs.
    pub(super) author: Arc<Author>,
    pub(super) records: Vec<Incoming>,
    pub(super) documents: Vec<DocumentChanges>,
    /// Who else has signed for the changes, as far as that was looked up.
    pub(super) proofs: Proofs,
    claimed: Vec<Proof>,
}

/// A record of a push.
pub(super) struct Incoming {
    pub(super) bytes: Vec<u8>,
    /// What it says, or why it says nothing.
    pub(super) envelope: Result<Envelope, (Problem, String)>,
    /// Who signed it.
    pub(super) by: By,
}

impl Push {
    /// What stands before the frames, with nothing brought yet.
    pub(super) fn open(start: RequestStart, server: ServerId, keys: &Keys) -> Result<(RequestHead, Self), Error> {
        let pusher = Self::of(start.device.0.clone(), keys)?;
        let head = signed_head(&start, &pusher.device, &pusher.author.key, server)?;
        Ok((head, pusher))
    }

    /// The device that this record lets in, bringing nothing.
    pub(super) fn of(device_bytes: Vec<u8>, keys: &Keys) -> Result<Self, Error> {
        let (device_record, device) = known_device(&device_bytes, keys)?;
        let author = Arc::new(Author::of(&device)?);
        let (records, documents, claimed) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Self { device, device_record, device_bytes, author, records, documents, proofs: Proofs::default(), claimed })
    }

    /// The same device bringing what these frames hold, as one: those kept until now, and those that came. Nothing when there are
    /// `more` and the last of these is taken as one with the next: it is to be kept as it came, for what it unpacks to may be far more.
    pub(super) fn bringing(
        &self,
        (kept, came): (&[Vec<u8>], &[Vec<u8>]),
        more: bool,
        load: &mut Load,
        keys: &Keys,
    ) -> Result<Option<Self>, Error> {
        let mut push = Self {
            device: self.device.clone(),
            device_record: self.device_record,
            device_bytes: self.device_bytes.clone(),
            author: Arc::clone(&self.author),
            records: Vec::new(),
            documents: Vec::new(),
            proofs: Proofs::default(),
            claimed: Vec::new(),
        };
        let Some((last, before)) = came.split_last() else { return Ok(Some(push)) };
        let last = Frame::unpack(last)?;
        load.add(&last)?;
        if more && last.goes_on() {
            return Ok(None);
        }
        for frame in kept {
            push.add_frame(Frame::unpack(frame)?, keys);
        }
        for frame in before {
            let frame = Frame::unpack(frame)?;
            load.add(&frame)?;
            push.add_frame(frame, keys);
        }
        push.add_frame(last, keys);
        Ok(Some(push))
    }

    fn add_frame(&mut self, frame: Frame, keys: &Keys) {
        self.add(frame.records, frame.documents, keys);
        self.claimed.extend(frame.proofs.unwrap_or_default());
    }

    /// Brings these too.
    pub(super) fn add(&mut self, records: Vec<Bytes>, documents: Vec<DocumentChanges>, keys: &Keys) {
        let records = records.into_iter().map(|record| Incoming::open(record.0, &self.author, keys));
        self.records.extend(records);
        self.documents.extend(documents);
    }

    /// Bytes of all that it brings.
    pub(super) fn bytes(&self) -> usize {
        let changes = self.documents.iter().flat_map(|entry| &entry.changes).map(|change| change.0.len());
        self.records.iter().map(|record| record.bytes.len()).chain(changes).sum()
    }

    /// Whose keys are said to have signed what others have, where something is passed on.
    pub(super) fn others(&self) -> BTreeSet<KeyId> {
        let passed_on = self.records.iter().filter_map(Incoming::passed_on).map(|envelope| envelope.key);
        let claimed = self.claimed.iter().filter_map(|proof| Some(envelope::open(&proof.record.0).ok()?.key));
        passed_on.chain(claimed).collect()
    }

    /// The same, with what these others, and the devices whose records it brings, are seen to have signed.
    pub(super) fn signed_by(mut self, mut others: Authors, keys: &Keys) -> Result<Self, Error> {
        for device in self.records.iter().filter_map(Incoming::device) {
            others.add(Author::of(&device)?);
        }
        for record in &mut self.records {
            if let Some(author) = record.passed_on().and_then(|envelope| others.signer(envelope)) {
                record.by = By::Device(Arc::clone(author));
            }
        }
        self.proofs = Proofs::of(&self.claimed, &self.documents, &others, keys);
        Ok(self)
    }
}

impl Incoming {
    fn open(bytes: Vec<u8>, pusher: &Arc<Author>, keys: &Keys) -> Self {
        let envelope = envelope::open(&bytes).map_err(|error| (problem_of(&error), reason(&error)));
        let by = match &envelope {
            Ok(envelope) if envelope.verify(&pusher.key).is_ok() => By::Device(Arc::clone(pusher)),
            Ok(envelope) if comes_back(envelope, &bytes, keys) => By::Server,
            _ => By::Nobody,
        };
        Self { bytes, envelope, by }
    }

    /// The device that signed it.
    pub(super) fn author(&self) -> Option<&Arc<Author>> {
        match &self.by {
            By::Device(author) => Some(author),
            By::Nobody | By::Server => None,
        }
    }

    /// Which device it lets in, of a record by which the server has done so.
    pub(super) fn device(&self) -> Option<Device> {
        let envelope = self.envelope.as_ref().ok().filter(|_| matches!(self.by, By::Server))?;
        envelope.body().ok()
    }

    /// What may be of another device and is not known to be of any yet.
    fn passed_on(&self) -> Option<&Envelope> {
        let envelope = self.envelope.as_ref().ok()?;
        (matches!(self.by, By::Nobody) && is_passed_on(envelope.kind)).then_some(envelope)
    }
}

/// Whether the server itself has signed this, and takes it back where a restore has lost it.
fn comes_back(envelope: &Envelope, bytes: &[u8], keys: &Keys) -> bool {
    match envelope.kind {
        Kind::Session | Kind::Heads => envelope.verify(&keys.records.public()).is_ok(),
        Kind::Device => known_device(bytes, keys).is_ok(),
        _ => false,
    }
}

/// The device's own record, which we must have signed and which must be about the key in it.
pub(super) fn known_device(bytes: &[u8], keys: &Keys) -> Result<(Digest, Device), Error> {
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
    Ok((record, device))
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
