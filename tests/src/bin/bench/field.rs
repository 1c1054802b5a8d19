//! What a phone comes back with: inspections made without a signal, each with a photo; and the same for every peer.

use crate::bare;
use crate::inspector::Inspector;
use crate::odk::{self, Submission};
use crate::office::Office;
use crate::pouch;
use base64ct::{Base64, Encoding as _};
use serde_json::{Value, json};
use wurao_device::{Phone, PhotoView};
use wurao_protocol::DocumentId;
use wurao_tests::camera::Camera;
use wurao_tests::compare::{Comparison, sha256};
use wurao_tests::shaper::{Shape, Shaper};
use wurao_tests::supervisor::Supervisor;
use wurao_tests::{Doing, Trouble};

/// Where each photo is attached.
const QUESTION: &str = "extinguishers";

/// A phone full of work, the server, and the line between them.
pub(crate) struct Field {
    pub(crate) office: Office,
    pub(crate) shaper: Shaper,
    pub(crate) phone: Phone,
    pub(crate) visits: Vec<DocumentId>,
    /// The same as forms with their original photos.
    pub(crate) submissions: Vec<Submission>,
    /// The same as bare bytes: what was written, then thumbnails, then renditions.
    pub(crate) bare: Vec<u8>,
    thumbnails: Vec<Vec<u8>>,
    renditions: Vec<Vec<u8>>,
    /// The same as documents of PouchDB.
    forms: Vec<Value>,
}

/// What somebody at the page looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// Every answer and every thumbnail.
    Thumbnails,
    /// The renditions too.
    All,
}

impl Field {
    /// So many inspections with a photo each, this many pixels wide.
    pub(crate) fn made(visits: u32, width: u32, line: Shape) -> Result<Self, Trouble> {
        let office = Office::seeded(visits)?;
        let shaper = Shaper::before(office.address, line)?;
        let phone = office.phone_by("first", &shaper.url())?;
        let visited = office.start_all(&phone)?;
        let mut inspector = Inspector::on(&phone, &office, 20);
        let mut camera = Camera::drawing(&office.folder().join("camera"), width)?;
        let (mut submissions, mut thumbnails, mut renditions) = (Vec::new(), Vec::new(), Vec::new());
        for document in &visited {
            inspector.inspect(*document)?;
            let original = camera.take()?;
            let view = phone.attach_photo(*document, QUESTION, "-", &original).doing("attach a photo")?;
            let [thumbnail, rendition] = [view.thumbnail, view.rendition].map(|file| {
                let file = file.ok_or_else(|| Trouble::new("attach a photo", format!("{:?}", view.state)))?;
                read(&file)
            });
            thumbnails.push(thumbnail?);
            renditions.push(rendition?);
            let (id, form) = (document.to_string(), phone.form(*document, "zh").doing("show a form")?);
            submissions.push(Submission { xml: odk::xml(&id, &form), id, photos: vec![read(&original)?] });
        }
        let forms = pouch::as_documents(&phone, &visited)?;
        let bare = [vec![bare::packed(&inspector.events)?], thumbnails.clone(), renditions.clone()].concat().concat();
        Ok(Self { office, shaper, phone, visits: visited, submissions, bare, thumbnails, renditions, forms })
    }

    /// Bytes up to the last thumbnail, and all.
    pub(crate) fn bare_lengths(&self) -> [u64; 2] {
        let renditions: usize = self.renditions.iter().map(Vec::len).sum();
        [self.bare.len() - renditions, self.bare.len()].map(|length| length as u64)
    }

    /// How long the files are, in words.
    pub(crate) fn sizes(&self) -> String {
        let all = |files: &[Vec<u8>]| files.iter().map(Vec::len).sum::<usize>();
        let originals: usize = self.submissions.iter().map(Submission::photo_bytes).sum();
        let [thumbnails, renditions] = [all(&self.thumbnails), all(&self.renditions)];
        let written = self.bare.len() - thumbnails - renditions;
        format!(
            "answers {written} B by hand, thumbnails {thumbnails} B, renditions {renditions} B, originals {originals} B"
        )
    }

    /// Whether the page shows all of an inspection: each value that the phone has, and each photo's bytes.
    pub(crate) fn shows(&self, supervisor: &Supervisor, visit: usize, what: Seen) -> Result<bool, Trouble> {
        let document = self.visits[visit];
        let there = supervisor.inspection(document)?;
        let photos = self.phone.photos(document).doing("list photos")?;
        for photo in &photos {
            let (name, hash) = match what {
                Seen::Thumbnails => ("thumbnail", &photo.thumbnail_sha256),
                Seen::All => ("rendition", &photo.rendition_sha256),
            };
            let Some(address) = address(&there, photo, name) else { return Ok(false) };
            if Some(sha256(&supervisor.bytes(address)?)) != *hash {
                return Ok(false);
            }
            if what == Seen::Thumbnails
                && !supervisor.page(&format!("/inspections/{document}"), "zh")?.contains(address)
            {
                return Ok(false);
            }
        }
        let mut comparison = Comparison::default();
        comparison.values_of("first", &self.phone, document, &there)?;
        Ok(comparison.differences.is_empty() && comparison.values > 0 && !photos.is_empty())
    }

    /// The same for PouchDB: forms and thumbnails, then renditions, each a document of its own.
    pub(crate) fn as_documents(&self) -> [Vec<Value>; 2] {
        let photo = |kind: &str, at: usize, bytes: &[u8]| {
            let data = Base64::encode_string(bytes);
            let file = json!({"photo.jpg": {"content_type": "image/jpeg", "data": data}});
            json!({"_id": format!("{kind}-{at}"), "_attachments": file})
        };
        let photos = |kind: &'static str, files: &[Vec<u8>]| -> Vec<Value> {
            files.iter().enumerate().map(|(at, file)| photo(kind, at, file)).collect()
        };
        let thumbnails = photos("thumbnail", &self.thumbnails);
        [[self.forms.clone(), thumbnails].concat(), photos("rendition", &self.renditions)]
    }

    /// Whether all forms and thumbnails are among these documents, and of how many photos the renditions are.
    pub(crate) fn has(&self, there: &[String]) -> (bool, usize) {
        let of = |kind: &str| there.iter().filter(|id| id.starts_with(kind)).count();
        let renditions = of("rendition-");
        let forms = there.len() - renditions - of("thumbnail-");
        (forms == self.visits.len() && of("thumbnail-") == self.visits.len(), renditions)
    }
}

impl Submission {
    /// Bytes of its photos.
    pub(crate) fn photo_bytes(&self) -> usize {
        self.photos.iter().map(Vec::len).sum()
    }
}

/// Where the page has a file of a photo, once it has it.
fn address<'a>(there: &'a Value, photo: &PhotoView, name: &str) -> Option<&'a str> {
    let mut photos = there["photos"].as_array()?.iter();
    photos.find(|there| there["original"] == *photo.original)?[name]["url"].as_str()
}

fn read(file: &std::path::Path) -> Result<Vec<u8>, Trouble> {
    std::fs::read(file).doing(format!("read {}", file.display()))
}
