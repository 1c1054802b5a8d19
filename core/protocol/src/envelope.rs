//! The envelope of a record: COSE_Sign1 (RFC 9052) with one spelling and nothing that is not signed.
//!
//! Protected header: algorithm, kind (as content type), key id. Unprotected header: empty. A record is named by the
//! hash of its protected header and payload; the signature is left out of the name because a second valid signature
//! over the same content is the same record.

use crate::Digest;
use crate::cbor;
use crate::key::{KeyError, KeyId, PublicKey, Signer};
use crate::record::{Kind, RecordBody};
use coset::{CborSerializable, CoseSign1, CoseSign1Builder, HeaderBuilder, TaggedCborSerializable, iana};

/// What is mixed into every signature of this lane, so that it is good in no other.
const LANE: &[u8] = b"wurao-record-1";

/// The largest record taken: a checklist's template is the only kind that comes near.
pub const MAX_RECORD: usize = 1 << 20;

/// From this size on a record is looked at before it is read: a header with as many entries as fit would take a hundred
/// times its bytes. What is smaller is told more exactly what is wrong with it.
const LARGE: usize = 4 << 10;
/// More bytes than a protected header of ours has.
const MAX_HEADER: usize = 256;

/// Why bytes are not a record.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// More than [`MAX_RECORD`] bytes.
    #[error("{0} bytes is too large for a record")]
    TooLarge(usize),
    /// Not a tagged COSE_Sign1.
    #[error("not a COSE_Sign1: {0}")]
    NotCose(String),
    /// Spelled otherwise than the one way, or with an unprotected header.
    #[error("not the one spelling of this envelope")]
    Spelling,
    /// An algorithm that this version does not take.
    #[error("algorithm not taken")]
    Algorithm,
    /// A kind that this version does not know.
    #[error("unknown kind of record {0:?}")]
    UnknownKind(String),
    /// A record of another kind than asked for.
    #[error("expected a {expected} record, found {found}")]
    OtherKind {
        /// The kind asked for.
        expected: &'static str,
        /// The kind found.
        found: &'static str,
    },
    /// The payload is not the body of its kind.
    #[error("payload: {0}")]
    Payload(#[from] cbor::CborError),
    /// The signature does not hold, or nothing could be signed.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// A record taken apart, its signature not yet checked.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// What the payload is.
    pub kind: Kind,
    /// Which key is said to have signed.
    pub key: KeyId,
    /// The record's name.
    pub id: Digest,
    /// The body in deterministic CBOR.
    pub payload: Vec<u8>,
    signature: [u8; 64],
}

/// A record whose body was read; whether its signature holds is asked with [`Envelope::verify`].
#[derive(Clone, Debug)]
pub struct Opened<T> {
    /// The envelope, with the record's name.
    pub envelope: Envelope,
    /// What it says.
    pub body: T,
}

/// Signs a body; returns the whole record.
pub fn seal<T: RecordBody>(signer: &dyn Signer, body: &T) -> Result<Vec<u8>, EnvelopeError> {
    seal_payload(signer, T::KIND, cbor::encode(body))
}

/// Takes a record apart without checking its signature: the key may have to be found first.
pub fn open(bytes: &[u8]) -> Result<Envelope, EnvelopeError> {
    if bytes.len() > MAX_RECORD {
        return Err(EnvelopeError::TooLarge(bytes.len()));
    }
    if bytes.len() > LARGE && !is_slim(bytes) {
        return Err(EnvelopeError::Spelling);
    }
    let sign1 = CoseSign1::from_tagged_slice(bytes).map_err(|e| EnvelopeError::NotCose(e.to_string()))?;
    let header = &sign1.protected.header;
    if header.alg != Some(coset::RegisteredLabelWithPrivate::Assigned(iana::Algorithm::ES256)) {
        return Err(EnvelopeError::Algorithm);
    }
    let kind = match &header.content_type {
        Some(coset::ContentType::Text(name)) => {
            Kind::from_name(name).ok_or_else(|| EnvelopeError::UnknownKind(name.clone()))?
        }
        _ => return Err(EnvelopeError::Spelling),
    };
    let key = KeyId(header.key_id.as_slice().try_into().map_err(|_| EnvelopeError::Spelling)?);
    let signature = sign1.signature.as_slice().try_into().map_err(|_| EnvelopeError::Spelling)?;
    let payload = sign1.payload.ok_or(EnvelopeError::Spelling)?;
    // Built anew from what was understood: another spelling, another header, an unprotected entry all differ here.
    let again = assemble(kind, key, payload.clone(), &signature)?;
    if again != bytes {
        return Err(EnvelopeError::Spelling);
    }
    let id = name(kind, key, &payload)?;
    Ok(Envelope { kind, key, id, payload, signature })
}

/// Whether nothing but the payload can be large: a tagged list of four whose header is short, with nothing beside it.
fn is_slim(bytes: &[u8]) -> bool {
    let mut decoder = minicbor::Decoder::new(bytes);
    let tagged = decoder.tag().is_ok() && decoder.array().is_ok_and(|parts| parts == Some(4));
    let header = decoder.bytes().is_ok_and(|header| header.len() <= MAX_HEADER);
    let unprotected = decoder.map().is_ok_and(|entries| entries == Some(0));
    let payload = decoder.bytes().is_ok();
    let signature = decoder.bytes().is_ok_and(|signature| signature.len() <= MAX_HEADER);
    tagged && header && unprotected && payload && signature && decoder.position() == bytes.len()
}

/// Takes a record of one kind apart, body included.
pub fn open_as<T: RecordBody>(bytes: &[u8]) -> Result<Opened<T>, EnvelopeError> {
    let envelope = open(bytes)?;
    let body = envelope.body()?;
    Ok(Opened { envelope, body })
}

impl Envelope {
    /// The body, which must be of this kind and in its one spelling.
    pub fn body<T: RecordBody>(&self) -> Result<T, EnvelopeError> {
        if self.kind != T::KIND {
            return Err(EnvelopeError::OtherKind { expected: T::KIND.name(), found: self.kind.name() });
        }
        Ok(cbor::decode(&self.payload)?)
    }

    /// Whether this key signed it.
    pub fn verify(&self, key: &PublicKey) -> Result<(), EnvelopeError> {
        if key.id() != self.key {
            return Err(KeyError::WrongSignature.into());
        }
        // The header is as we write it, or this would not have been opened.
        let signed =
            CoseSign1Builder::new().protected(header(self.kind, self.key)).payload(self.payload.clone()).build();
        Ok(key.verify(&signed.tbs_data(LANE), &self.signature)?)
    }
}

impl Envelope {
    /// The signature; whether it holds is asked with [`Envelope::verify`].
    pub(crate) fn signature(&self) -> &[u8; 64] {
        &self.signature
    }

    /// The record of these parts, whoever signed it.
    pub(crate) fn assemble(
        kind: Kind,
        key: KeyId,
        payload: Vec<u8>,
        signature: &[u8; 64],
    ) -> Result<Vec<u8>, EnvelopeError> {
        assemble(kind, key, payload, signature)
    }
}

impl<T> Opened<T> {
    /// The body, once this key is seen to have signed it.
    pub fn verified(self, key: &PublicKey) -> Result<T, EnvelopeError> {
        self.envelope.verify(key)?;
        Ok(self.body)
    }
}

fn seal_payload(signer: &dyn Signer, kind: Kind, payload: Vec<u8>) -> Result<Vec<u8>, EnvelopeError> {
    let key = signer.public().id();
    let unsigned = CoseSign1Builder::new().protected(header(kind, key)).payload(payload.clone()).build();
    let signature = signer.sign(&unsigned.tbs_data(LANE))?;
    let record = assemble(kind, key, payload, &signature)?;
    // Better no record than one that nobody opens.
    if record.len() > MAX_RECORD {
        return Err(EnvelopeError::TooLarge(record.len()));
    }
    Ok(record)
}

fn header(kind: Kind, key: KeyId) -> coset::Header {
    HeaderBuilder::new()
        .algorithm(iana::Algorithm::ES256)
        .content_type(kind.name().to_owned())
        .key_id(key.0.to_vec())
        .build()
}

fn assemble(kind: Kind, key: KeyId, payload: Vec<u8>, signature: &[u8; 64]) -> Result<Vec<u8>, EnvelopeError> {
    CoseSign1Builder::new()
        .protected(header(kind, key))
        .payload(payload)
        .signature(signature.to_vec())
        .build()
        .to_tagged_vec()
        .map_err(|e| EnvelopeError::NotCose(e.to_string()))
}

fn name(kind: Kind, key: KeyId, payload: &[u8]) -> Result<Digest, EnvelopeError> {
    let protected = header(kind, key).to_vec().map_err(|e| EnvelopeError::NotCose(e.to_string()))?;
    // The header's length first, so that no byte can move between the two parts.
    Ok(Digest::of(&[&(protected.len() as u32).to_be_bytes(), &protected, payload]))
}
