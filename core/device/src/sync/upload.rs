//! Files to the server by tus 1.0: each resumes at the last byte the server holds, across restarts of both sides.

use super::{Cancel, Observer, Step, SyncOptions, SyncReport};
use crate::error::Error;
use crate::phone::{Phone, problem_of};
use crate::ports::{HttpAnswer, HttpRequest};
use crate::store::{WaitingBlob, blobs, records};
use std::io::{Read, Seek, SeekFrom};
use wurao_evidence::{Blob, process};
use wurao_protocol::record::EvidenceEntry;

/// Uploads what the server has given leave for: thumbnails first, then renditions.
pub(super) fn upload_all(
    phone: &Phone,
    base: &str,
    options: &SyncOptions,
    observer: &dyn Observer,
    cancel: &Cancel,
    report: &mut SyncReport,
) -> Result<(), Error> {
    let waiting = blobs::to_upload(phone.state()?.store.read())?;
    for blob in waiting {
        let upload = Upload { phone, url: format!("{base}{}", blob.path), blob: &blob };
        let sent = upload.sound().and_then(|()| upload.run(options, observer, cancel, report));
        match sent {
            Ok(()) => {
                phone.state()?.store.write(|tx| blobs::uploaded(tx, &blob.sha256))?;
                report.photos_uploaded += 1;
            }
            // One damaged file must not stand in the way of the others.
            Err(Error::Evidence(error)) => {
                phone.state()?.store.write(|tx| blobs::damaged(tx, &blob.sha256, error.code()))?;
                report.photos_damaged += 1;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

struct Upload<'a> {
    phone: &'a Phone,
    url: String,
    blob: &'a WaitingBlob,
}

impl Upload<'_> {
    /// Reads the file once more before it leaves; a damaged one is made anew from the original.
    fn sound(&self) -> Result<(), Error> {
        let folder = &self.phone.blobs;
        let blob = Blob { sha256: self.blob.sha256.0, len: self.blob.bytes };
        if folder.verify(&blob).is_ok() {
            return Ok(());
        }
        let entry = records::by_id::<EvidenceEntry>(self.phone.state()?.store.read(), &self.blob.entry)?;
        let original = entry.ok_or(Error::Damaged("blob"))?.original;
        process(folder, &Blob { sha256: original.sha256.0, len: original.bytes })?;
        Ok(folder.verify(&blob)?)
    }

    fn run(
        &self,
        options: &SyncOptions,
        observer: &dyn Observer,
        cancel: &Cancel,
        report: &mut SyncReport,
    ) -> Result<(), Error> {
        let mut file = self.phone.blobs.reader(&self.blob.sha256.0)?;
        let mut offset = self.offset()?;
        while offset < self.blob.bytes {
            cancel.check()?;
            file.seek(SeekFrom::Start(offset)).map_err(|source| self.unreadable(source))?;
            let mut chunk = Vec::new();
            (&mut file)
                .take((options.chunk.max(1)) as u64)
                .read_to_end(&mut chunk)
                .map_err(|source| self.unreadable(source))?;
            let sent = chunk.len() as u64;
            if sent == 0 {
                return Err(self.unreadable(std::io::ErrorKind::UnexpectedEof.into()));
            }
            let headers = vec![
                ("content-type", "application/offset+octet-stream".to_owned()),
                ("upload-offset", offset.to_string()),
            ];
            let answer = self.exchange("PATCH", headers, chunk)?;
            report.photo_bytes_up += sent;
            let before = offset;
            offset = match answer.status {
                204 => offset_of(&answer)?,
                // Somebody else went on with it, or our own last request arrived after all.
                409 => self.offset()?,
                status => return Err(problem_of(status, &answer.body)),
            };
            if answer.status == 204 && offset <= before {
                return Err(Error::Unreadable { status: answer.status });
            }
            let sha256 = self.blob.sha256.to_string();
            observer.step(&Step::Upload { sha256, sent: offset, of: self.blob.bytes });
        }
        Ok(())
    }

    /// How much the server has; makes the upload when it has none.
    fn offset(&self) -> Result<u64, Error> {
        let answer = self.exchange("HEAD", Vec::new(), Vec::new())?;
        if matches!(answer.status, 200 | 204) {
            return offset_of(&answer);
        }
        if answer.status != 404 {
            return Err(problem_of(answer.status, &answer.body));
        }
        let length = vec![("upload-length", self.blob.bytes.to_string())];
        let answer = self.exchange("POST", length, Vec::new())?;
        if answer.status == 201 { Ok(0) } else { Err(problem_of(answer.status, &answer.body)) }
    }

    fn exchange(
        &self,
        method: &'static str,
        mut headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    ) -> Result<HttpAnswer, Error> {
        headers.push(("tus-resumable", "1.0.0".to_owned()));
        let pin = self.phone.server_pin()?;
        let request = HttpRequest { method, url: self.url.clone(), headers, body, pin };
        self.phone.ports.network.exchange(&request).map_err(Error::Network)
    }

    fn unreadable(&self, source: std::io::Error) -> Error {
        Error::File { path: self.phone.blobs.path_of(&self.blob.sha256.0), source }
    }
}

fn offset_of(answer: &HttpAnswer) -> Result<u64, Error> {
    answer
        .header("upload-offset")
        .and_then(|offset| offset.parse().ok())
        .ok_or(Error::Unreadable { status: answer.status })
}
