//! Tools to forge changes: other content under its own right hash, or the same content spelled otherwise.

use automerge::Change;
use automerge::legacy::Change as Expanded;
use sha2::{Digest, Sha256};

/// The same change with something else in it, under its own right hash.
pub fn forged(bytes: &[u8], edit: impl FnOnce(&mut Expanded)) -> Vec<u8> {
    let mut expanded = Change::try_from(bytes).unwrap().decode();
    expanded.hash = None;
    edit(&mut expanded);
    Change::from(expanded).raw_bytes().to_vec()
}

/// A change in its parts, to be put together differently.
#[derive(Clone)]
pub struct Parts {
    pub deps: Vec<[u8; 32]>,
    pub actor: Vec<u8>,
    pub seq: u64,
    pub start_op: u64,
    pub time: Vec<u8>,
    pub message: Vec<u8>,
    pub others: Vec<Vec<u8>>,
    pub columns: Vec<(u64, Vec<u8>)>,
    pub rest: Vec<u8>,
}

impl Parts {
    pub fn of(bytes: &[u8]) -> Parts {
        let mut at = 9;
        read_uleb(bytes, &mut at);
        // What says that there are more than bytes is no change to take apart.
        let many = |at: &mut usize| {
            let many = read_uleb(bytes, at);
            assert!(many <= bytes.len() as u64, "{many} of something in {} bytes", bytes.len());
            many
        };
        let deps = (0..many(&mut at)).map(|_| take(bytes, &mut at, 32).try_into().unwrap()).collect();
        let actor = sized(bytes, &mut at);
        let seq = read_uleb(bytes, &mut at);
        let start_op = read_uleb(bytes, &mut at);
        let from = at;
        read_uleb(bytes, &mut at);
        let time = bytes[from..at].to_vec();
        let message = sized(bytes, &mut at);
        let others = (0..many(&mut at)).map(|_| sized(bytes, &mut at)).collect();
        let table: Vec<(u64, u64)> =
            (0..many(&mut at)).map(|_| (read_uleb(bytes, &mut at), read_uleb(bytes, &mut at))).collect();
        let columns = table.into_iter().map(|(column, length)| (column, take(bytes, &mut at, length))).collect();
        Parts { deps, actor, seq, start_op, time, message, others, columns, rest: bytes[at..].to_vec() }
    }

    pub fn column(&mut self, number: u64) -> &mut Vec<u8> {
        &mut self.columns.iter_mut().find(|column| column.0 == number).unwrap().1
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut body = uleb(self.deps.len() as u64);
        body.extend(self.deps.iter().flatten());
        body.extend(with_length(&self.actor));
        body.extend(uleb(self.seq));
        body.extend(uleb(self.start_op));
        body.extend(&self.time);
        body.extend(with_length(&self.message));
        body.extend(uleb(self.others.len() as u64));
        body.extend(self.others.iter().flat_map(|other| with_length(other)));
        body.extend(uleb(self.columns.len() as u64));
        for (column, data) in &self.columns {
            body.extend(uleb(*column));
            body.extend(uleb(data.len() as u64));
        }
        body.extend(self.columns.iter().flat_map(|column| &column.1));
        body.extend(&self.rest);
        sealed(1, &body)
    }
}

/// A chunk with the right checksum.
pub fn sealed(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut chunk = vec![kind];
    chunk.extend(uleb(body.len() as u64));
    chunk.extend(body);
    let hash = Sha256::digest(&chunk);
    [&[0x85, 0x6f, 0x4a, 0x83][..], &hash[..4], &chunk].concat()
}

/// The body of a chunk.
pub fn body(bytes: &[u8]) -> Vec<u8> {
    let mut at = 9;
    read_uleb(bytes, &mut at);
    bytes[at..].to_vec()
}

pub fn uleb(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value > 0x7f {
        out.push(value as u8 & 0x7f | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

pub fn sleb(mut value: i64) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        let byte = value as u8 & 0x7f;
        value >>= 7;
        if value == 0 && byte & 0x40 == 0 || value == -1 && byte & 0x40 != 0 {
            out.push(byte);
            return out;
        }
        out.push(byte | 0x80);
    }
}

pub fn with_length(bytes: &[u8]) -> Vec<u8> {
    [uleb(bytes.len() as u64), bytes.to_vec()].concat()
}

fn read_uleb(bytes: &[u8], at: &mut usize) -> u64 {
    let (mut value, mut shift) = (0, 0);
    loop {
        let byte = bytes[*at];
        *at += 1;
        value |= u64::from(byte & 0x7f).wrapping_shl(shift);
        shift += 7;
        if byte & 0x80 == 0 {
            return value;
        }
    }
}

fn take(bytes: &[u8], at: &mut usize, length: u64) -> Vec<u8> {
    let taken = bytes[*at..*at + length as usize].to_vec();
    *at += length as usize;
    taken
}

fn sized(bytes: &[u8], at: &mut usize) -> Vec<u8> {
    let length = read_uleb(bytes, at);
    take(bytes, at, length)
}
