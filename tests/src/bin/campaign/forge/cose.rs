//! COSE_Sign1 written byte by byte, so that what nobody honest writes can be written and properly signed.

use wurao_protocol::key::{KeyId, Signer};
use wurao_protocol::record::Kind;

/// The lane of records.
pub(crate) const LANE: &[u8] = b"wurao-record-1";

/// The parts of one record.
pub(crate) struct Parts {
    /// The entries of the protected header, each key with its value, in this order.
    pub(crate) protected: Vec<Vec<u8>>,
    /// The unprotected header, a whole map.
    pub(crate) unprotected: Vec<u8>,
    pub(crate) payload: Vec<u8>,
    pub(crate) lane: &'static [u8],
}

impl Parts {
    /// As the envelope writes it.
    pub(crate) fn honest(kind: Kind, key: KeyId, payload: Vec<u8>) -> Self {
        Self {
            protected: vec![algorithm(-7), content(kind.name()), key_id(&key.0)],
            unprotected: vec![0xa0],
            payload,
            lane: LANE,
        }
    }

    fn header(&self) -> Vec<u8> {
        [head(5, self.protected.len()), self.protected.concat()].concat()
    }

    /// What is signed.
    pub(crate) fn signed(&self) -> Vec<u8> {
        to_sign(&self.header(), self.lane, &self.payload)
    }

    /// Signed by this key.
    pub(crate) fn by(&self, signer: &dyn Signer) -> Vec<u8> {
        match signer.sign(&self.signed()) {
            Ok(signature) => self.with(&signature),
            Err(_) => Vec::new(),
        }
    }

    /// With this signature.
    pub(crate) fn with(&self, signature: &[u8]) -> Vec<u8> {
        [vec![0xd2, 0x84], bytes(&self.header()), self.unprotected.clone(), bytes(&self.payload), bytes(signature)]
            .concat()
    }
}

/// What a signature stands over.
pub(crate) fn to_sign(protected: &[u8], lane: &[u8], payload: &[u8]) -> Vec<u8> {
    let name = b"Signature1";
    [head(4, 4), head(3, name.len()), name.to_vec(), bytes(protected), bytes(lane), bytes(payload)].concat()
}

/// `1: number`.
pub(crate) fn algorithm(number: i64) -> Vec<u8> {
    let value = match number {
        0.. => head(0, number.unsigned_abs() as usize),
        _ => head(1, (-1 - number).unsigned_abs() as usize),
    };
    [vec![0x01], value].concat()
}

/// `3: text`.
pub(crate) fn content(text: &str) -> Vec<u8> {
    [vec![0x03], head(3, text.len()), text.as_bytes().to_vec()].concat()
}

/// `4: bytes`.
pub(crate) fn key_id(id: &[u8]) -> Vec<u8> {
    [vec![0x04], bytes(id)].concat()
}

/// A byte string.
pub(crate) fn bytes(content: &[u8]) -> Vec<u8> {
    [head(2, content.len()), content.to_vec()].concat()
}

/// The shortest head of an item.
pub(crate) fn head(major: u8, argument: usize) -> Vec<u8> {
    let major = major << 5;
    match argument {
        0..24 => vec![major | argument as u8],
        24..0x100 => vec![major | 24, argument as u8],
        0x100..0x1_0000 => [vec![major | 25], (argument as u16).to_be_bytes().to_vec()].concat(),
        0x1_0000..0x1_0000_0000 => [vec![major | 26], (argument as u32).to_be_bytes().to_vec()].concat(),
        _ => [vec![major | 27], argument.to_be_bytes().to_vec()].concat(),
    }
}

/// The order of P-256's group.
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
    0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// The other signature that plain ECDSA takes for the same: s becomes the order less s.
pub(crate) fn twin(record: &[u8]) -> Vec<u8> {
    let mut twin = record.to_vec();
    let from = twin.len().saturating_sub(32);
    let mut borrow = 0;
    for (byte, order) in twin[from..].iter_mut().zip(ORDER).rev() {
        let difference = i16::from(order) - i16::from(*byte) - borrow;
        borrow = i16::from(difference < 0);
        *byte = difference.rem_euclid(256) as u8;
    }
    twin
}
