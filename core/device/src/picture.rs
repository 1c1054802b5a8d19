//! Pictures for the screen, as bytes: where the store is encrypted no path leads to one.

use crate::error::{Error, PhoneError};
use crate::people::at_work;
use crate::phone::Phone;
use std::io::Read;
use wurao_evidence::{Blob, EvidenceError, RENDITION_BYTES};
use wurao_protocol::Digest;

impl Phone {
    /// The JPEG of a thumbnail or rendition by its SHA-256 in hex, as a [`crate::PhotoView`] names it: at most 400 KB. An
    /// original is not given out: it may be 20 MB, and a rendition shows it.
    pub fn picture(&self, sha256: &str) -> Result<Vec<u8>, PhoneError> {
        Ok(self.picture_of(sha256)?)
    }

    fn picture_of(&self, sha256: &str) -> Result<Vec<u8>, Error> {
        at_work(&*self.state()?)?;
        let not_found = || Error::NotFound { what: "picture", id: sha256.to_owned() };
        let mut name = [0; 32];
        hex::decode_to_slice(sha256, &mut name).map_err(|_| not_found())?;
        let reader = match self.blobs.reader(&name) {
            Err(EvidenceError::BlobMissing { .. }) => return Err(not_found()),
            reader => reader?,
        };
        let mut bytes = Vec::new();
        let failed = |source| Error::File { path: self.blobs.path_of(&name), source };
        reader.take(RENDITION_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() > RENDITION_BYTES {
            let detail = format!("{sha256} is longer than {RENDITION_BYTES} bytes");
            return Err(Error::BadInput { code: "not-a-picture", detail });
        }
        // In a plain folder nothing else would say that the file has rotted.
        let found = Digest::of(&[&bytes]);
        if found.0 != name {
            let found = Blob { sha256: found.0, len: bytes.len() as u64 }.hex();
            return Err(EvidenceError::BlobDamaged { expected: sha256.to_owned(), found }.into());
        }
        Ok(bytes)
    }
}
