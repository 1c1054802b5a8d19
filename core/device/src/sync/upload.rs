//! Files to the server by tus 1.0: each goes on at the last byte the server holds, across restarts of both sides.
//!
//! An upload needs no creation here: the leave to send a file names it, so its first bytes make it.

use crate::error::Error;
use crate::phone::{Phone, busy, problem_of};
use crate::ports::{HttpAnswer, HttpRequest};
use crate::store::{WaitingBlob, records};
use std::io::{Read, Seek, SeekFrom};
use wurao_evidence::{Blob, process};
use wurao_protocol::record::EvidenceEntry;

/// A file that the server has given leave for.
pub(super) struct Parcel {
    pub(super) blob: WaitingBlob,
    /// It was read once more and is what it should be.
    sound: bool,
}

impl Parcel {
    pub(super) fn of(blob: WaitingBlob) -> Self {
        Self { blob, sound: false }
    }

    /// So many of its bytes from one on.
    pub(super) fn piece(&mut self, phone: &Phone, from: u64, most: usize) -> Result<Vec<u8>, Error> {
        if !self.sound {
            self.make_sound(phone)?;
            self.sound = true;
        }
        let unreadable = |source| Error::File { path: phone.blobs.path_of(&self.blob.sha256.0), source };
        let mut file = phone.blobs.reader(&self.blob.sha256.0)?;
        file.seek(SeekFrom::Start(from)).map_err(unreadable)?;
        let mut piece = Vec::new();
        (&mut file).take(most.max(1) as u64).read_to_end(&mut piece).map_err(unreadable)?;
        if piece.is_empty() { Err(unreadable(std::io::ErrorKind::UnexpectedEof.into())) } else { Ok(piece) }
    }

    /// Reads the file once more before it leaves; a damaged one is made anew from the original.
    fn make_sound(&self, phone: &Phone) -> Result<(), Error> {
        let folder = &phone.blobs;
        let blob = Blob { sha256: self.blob.sha256.0, len: self.blob.bytes };
        if folder.verify(&blob).is_ok() {
            return Ok(());
        }
        let entry = records::by_id::<EvidenceEntry>(phone.state()?.store.read(), &self.blob.entry)?;
        let original = entry.ok_or(Error::Damaged("blob"))?.original;
        process(folder, &Blob { sha256: original.sha256.0, len: original.bytes })?;
        Ok(folder.verify(&blob)?)
    }
}

/// Asks how much of a file the server has.
pub(super) fn look(base: &str, parcel: &Parcel, pin: Option<[u8; 32]>) -> HttpRequest {
    request("HEAD", base, parcel, pin, Vec::new(), Vec::new())
}

/// Sends bytes of a file.
pub(super) fn send(base: &str, parcel: &Parcel, pin: Option<[u8; 32]>, from: u64, piece: Vec<u8>) -> HttpRequest {
    let headers =
        vec![("content-type", "application/offset+octet-stream".to_owned()), ("upload-offset", from.to_string())];
    request("PATCH", base, parcel, pin, headers, piece)
}

/// How much it said that it has.
pub(super) fn looked(answer: &HttpAnswer) -> Result<u64, Error> {
    match answer.status {
        200 | 204 => offset_of(answer),
        // Of a server that wants an upload to be made first, nothing yet.
        404 => Ok(0),
        status => Err(busy(answer).unwrap_or_else(|| problem_of(status, &answer.body))),
    }
}

/// How much it has after what was sent: somebody else may have gone on with it, or our own last request arrived after all.
pub(super) fn sent(answer: &HttpAnswer) -> Result<u64, Error> {
    match answer.status {
        204 | 409 => offset_of(answer),
        status => Err(busy(answer).unwrap_or_else(|| problem_of(status, &answer.body))),
    }
}

fn request(
    method: &'static str,
    base: &str,
    parcel: &Parcel,
    pin: Option<[u8; 32]>,
    mut headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
) -> HttpRequest {
    headers.push(("tus-resumable", "1.0.0".to_owned()));
    HttpRequest { method, url: format!("{base}{}", parcel.blob.path), headers, body, pin }
}

fn offset_of(answer: &HttpAnswer) -> Result<u64, Error> {
    answer
        .header("upload-offset")
        .and_then(|offset| offset.parse().ok())
        .ok_or(Error::Unreadable { status: answer.status })
}
