//! Whether phones and server agree, as far as anybody outside can see: every value, every photo's bytes.

use crate::supervisor::Supervisor;
use crate::{Doing, Trouble};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use wurao_device::{Phone, PhotoView};
use wurao_protocol::DocumentId;

/// What a comparison looked at and what differed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Values compared, each on one phone.
    pub values: u64,
    /// Photos compared.
    pub photos: u64,
    /// What differs, in words.
    pub differences: Vec<String>,
}

impl Comparison {
    /// Compares everything that a phone has of an inspection with what the server shows of it.
    pub fn inspection(
        &mut self,
        name: &str,
        phone: &Phone,
        document: DocumentId,
        supervisor: &Supervisor,
    ) -> Result<(), Trouble> {
        let server = supervisor.inspection(document)?;
        self.values_of(name, phone, document, &server)?;
        for photo in phone.photos(document).doing("list photos")? {
            self.photo(name, &photo, &server, supervisor)?;
        }
        Ok(())
    }

    /// Compares every value of an inspection with an export of the server.
    pub fn values_of(
        &mut self,
        name: &str,
        phone: &Phone,
        document: DocumentId,
        server: &Value,
    ) -> Result<(), Trouble> {
        let ours = phone.values(document).doing("read values")?;
        let theirs = server["values"].as_array().cloned();
        let theirs = theirs.ok_or_else(|| Trouble::new("compare values", "the export has none"))?;
        let spelled: Vec<Value> =
            ours.iter().map(|value| json!({"map": value.map, "key": value.key, "values": value.values})).collect();
        self.values += spelled.len() as u64;
        for value in spelled.iter().filter(|value| !theirs.contains(value)) {
            self.differ(format!("{name}: {document}: only here: {value}"));
        }
        for value in theirs.iter().filter(|value| !spelled.contains(value)) {
            self.differ(format!("{name}: {document}: only at the server: {value}"));
        }
        Ok(())
    }

    fn photo(&mut self, name: &str, photo: &PhotoView, server: &Value, supervisor: &Supervisor) -> Result<(), Trouble> {
        self.photos += 1;
        let original = &photo.original;
        let is_it = |there: &&Value| {
            there["original"] == **original
                && there["question"] == *photo.question
                && there["instance"] == *photo.instance
        };
        let Some(there) = server["photos"].as_array().into_iter().flatten().find(is_it) else {
            self.differ(format!("{name}: photo {original}: the server has no entry"));
            return Ok(());
        };
        let parts = [
            ("rendition", &photo.rendition_sha256, &photo.rendition),
            ("thumbnail", &photo.thumbnail_sha256, &photo.thumbnail),
        ];
        for (part, hash, file) in parts {
            let (Some(hash), Some(file)) = (hash, file) else {
                self.differ(format!("{name}: photo {original}: no {part} on the phone"));
                continue;
            };
            let here = std::fs::read(file).doing(format!("read {}", file.display()))?;
            if sha256(&here) != *hash {
                self.differ(format!("{name}: photo {original}: the phone's {part} does not hash to {hash}"));
            }
            if there[part]["sha256"] != **hash {
                self.differ(format!("{name}: photo {original}: its {part} is {hash}, the server says {}", there[part]));
            }
            match there[part]["url"].as_str() {
                None => self.differ(format!("{name}: photo {original}: its {part} has not arrived")),
                Some(url) if sha256(&supervisor.bytes(url)?) != *hash => {
                    self.differ(format!("{name}: photo {original}: the server's {part} does not hash to {hash}"));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// Notes a difference.
    pub fn differ(&mut self, what: String) {
        self.differences.push(what);
    }
}

/// SHA-256 in hex.
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
