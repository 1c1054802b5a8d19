//! COSE_Sign1 written out by hand, so that the envelope is checked against RFC 9052 and not against itself; and so
//! that what nobody honest would write can be written.

use minicbor::Encoder;
use wurao_protocol::key::Signer;
use wurao_protocol::record::Kind;

/// The parts of one COSE_Sign1.
pub(crate) struct Sign1 {
    /// Protected header, as CBOR.
    pub(crate) protected: Vec<u8>,
    /// Unprotected header, as CBOR.
    pub(crate) unprotected: Vec<u8>,
    /// Payload.
    pub(crate) payload: Vec<u8>,
    /// The external data that is signed along.
    pub(crate) lane: &'static [u8],
}

pub(crate) const ES256: i64 = -7;

impl Sign1 {
    /// As the envelope makes it.
    pub(crate) fn honest(kind: Kind, signer: &dyn Signer, payload: Vec<u8>) -> Self {
        Self {
            protected: protected(ES256, kind.name(), &signer.public().id().0),
            unprotected: vec![0xa0],
            payload,
            lane: b"wurao-record-1",
        }
    }

    /// What is signed: the Sig_structure of RFC 9052, section 4.4.
    fn signed(&self) -> Vec<u8> {
        written(|e| {
            e.array(4).unwrap().str("Signature1").unwrap();
            e.bytes(&self.protected).unwrap();
            e.bytes(self.lane).unwrap();
            e.bytes(&self.payload).unwrap();
        })
    }

    /// Signed, as tagged COSE_Sign1.
    pub(crate) fn bytes(&self, signer: &dyn Signer) -> Vec<u8> {
        self.with_signature(&signer.sign(&self.signed()).unwrap())
    }

    /// With a signature from elsewhere.
    pub(crate) fn with_signature(&self, signature: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0xd2, 0x84];
        bytes.extend(written(|e| {
            e.bytes(&self.protected).unwrap();
        }));
        bytes.extend(&self.unprotected);
        bytes.extend(written(|e| {
            e.bytes(&self.payload).unwrap();
            e.bytes(signature).unwrap();
        }));
        bytes
    }
}

/// A protected header: algorithm, content type, key id.
pub(crate) fn protected(algorithm: i64, kind: &str, key: &[u8]) -> Vec<u8> {
    written(|e| {
        e.map(3).unwrap();
        e.i64(1).unwrap().i64(algorithm).unwrap();
        e.i64(3).unwrap().str(kind).unwrap();
        e.i64(4).unwrap().bytes(key).unwrap();
    })
}

pub(crate) fn written(write: impl FnOnce(&mut Encoder<&mut Vec<u8>>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut Encoder::new(&mut bytes));
    bytes
}
