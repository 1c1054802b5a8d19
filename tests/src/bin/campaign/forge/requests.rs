//! At a request's body, and at what is sealed for one reader.

use super::office::Office;
use rand::Rng as _;
use wurao_protocol::Digest;
use wurao_protocol::cbor::Bytes;
use wurao_protocol::feedback;
use wurao_protocol::key::{Signer as _, SoftwareKey};
use wurao_protocol::seal::{self, SealError};
use wurao_protocol::sync::{Request, RequestStart};

super::kinds! { "request":
    "(honest) a request" => "taken", |o| body(&request(o).to_body());
    "a frame changed" => "frame-hash", |o| { let mut request = request(o); let at = o.chance.random_range(0..64); request.frames[0][at] ^= 1; body(&request.to_body()) };
    "frames exchanged" => "frame-hash", |o| { let mut request = request(o); request.frames.swap(0, 1); body(&request.to_body()) };
    "a frame left out" => "truncated-body", |o| { let mut request = request(o); request.frames.pop(); body(&request.to_body()) };
    "a frame more" => "malformed", |o| { let mut request = request(o); request.frames.push(vec![1]); body(&request.to_body()) };
    "a version that there is not" => "unknown-version", |o| { let mut bytes = request(o).to_body(); bytes[0] = o.chance.random_range(2..=255); body(&bytes) };
    "a request cut short" => "truncated-body", |o| { let bytes = request(o).to_body(); let at = o.chance.random_range(1..bytes.len()); body(&bytes[..at]) };
    "(honest) said to the office" => "opened", |o| opened(o, &o.records.public(), |_, _| {});
    "said to the office, sealed to the forger" => "closed", |o| opened(o, &o.forger.public(), |_, _| {});
    "sealed for another purpose" => "closed", |o| { let sealed = sealed(o, &o.records.public(), b"wurao-drain-1"); open(&o.records, &sealed) };
    "a sealed word changed" => "closed", |o| opened(o, &o.records.public(), |sealed, o| { let at = o.chance.random_range(65..sealed.len()); sealed[at] ^= 1 });
    "a sealed message under another one-time key" => "closed", |o| opened(o, &o.records.public(), |sealed, o| sealed[..65].copy_from_slice(&o.forger.public().to_uncompressed()));
    "a sealed message under no key" => "shape", |o| opened(o, &o.records.public(), |sealed, _| sealed[0] = 5);
    "a sealed message cut short" => "shape", |o| { let length = o.chance.random_range(0..81); opened(o, &o.records.public(), |sealed, _| sealed.truncate(length)) };
}

fn request(o: &mut Office) -> Request {
    let frames: Vec<Vec<u8>> = (0..2).map(|_| (0..64).map(|_| o.chance.random()).collect()).collect();
    let start = RequestStart {
        head: Bytes(o.shown()),
        device: Bytes(o.record()),
        frames: frames.iter().map(|frame| Digest::of(&[frame])).collect(),
    };
    Request { start, frames }
}

fn body(bytes: &[u8]) -> String {
    Request::from_body(bytes).map_or_else(|problem| problem.code(), |_| "taken").to_owned()
}

fn sealed(o: &mut Office, to: &wurao_protocol::key::PublicKey, purpose: &[u8]) -> Vec<u8> {
    seal::seal(to, purpose, b"five stars", &o.chance.random()).unwrap_or_default()
}

fn opened(
    o: &mut Office,
    to: &wurao_protocol::key::PublicKey,
    change: impl FnOnce(&mut Vec<u8>, &mut Office),
) -> String {
    let mut message = sealed(o, to, feedback::PURPOSE);
    change(&mut message, o);
    open(&o.records, &message)
}

fn open(key: &SoftwareKey, message: &[u8]) -> String {
    match seal::open(key, feedback::PURPOSE, message) {
        Ok(_) => "opened",
        Err(SealError::Closed) => "closed",
        Err(SealError::Shape) => "shape",
        Err(_) => "other",
    }
    .to_owned()
}
