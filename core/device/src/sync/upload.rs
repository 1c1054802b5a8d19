//! Files to the server by tus 1.0: each resumes at the last byte the server holds, across restarts of both sides.

use super::{Cancel, Observer, Step, SyncOptions, SyncReport};
use crate::error::Error;
use crate::phone::{Phone, problem_of};
use crate::ports::{HttpAnswer, HttpRequest};
use crate::store::{WaitingBlob, blobs};
use std::io::{Read, Seek, SeekFrom};

/// Uploads what the server has given leave for: thumbnails first, then renditions.
pub(super) fn upload_all(
    phone: &Phone,
    base: &str,
    options: &SyncOptions,
    observer: &dyn Observer,
    cancel: &Cancel,
    report: &mut SyncReport,
) -> Result<(), Error> {
    let waiting = blobs::to_upload(phone.state().store.read())?;
    for blob in waiting {
        let upload = Upload { phone, url: format!("{base}{}", blob.path), blob: &blob };
        upload.run(options, observer, cancel, report)?;
        phone.state().store.write(|tx| blobs::uploaded(tx, &blob.sha256))?;
        report.photos_uploaded += 1;
    }
    Ok(())
}

struct Upload<'a> {
    phone: &'a Phone,
    url: String,
    blob: &'a WaitingBlob,
}

impl Upload<'_> {
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
            let headers = vec![
                ("content-type", "application/offset+octet-stream".to_owned()),
                ("upload-offset", offset.to_string()),
            ];
            let answer = self.exchange("PATCH", headers, chunk)?;
            report.photo_bytes_up += sent;
            offset = match answer.status {
                204 => offset_of(&answer)?,
                // Somebody else went on with it, or our own last request arrived after all.
                409 => self.offset()?,
                status => return Err(problem_of(status, &answer.body)),
            };
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
        let request = HttpRequest { method, url: self.url.clone(), headers, body };
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
