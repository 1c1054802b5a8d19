//! Photos: from the file a camera wrote to a signed entry and files queued for upload.
//!
//! Each step is durable before the next, and each can be done again: the original is kept, then the photo is noted in
//! the store and in the document (now it is *saved*), then thumbnail and rendition are made, then the entry is signed.
//! Opening a phone finishes what a kill interrupted.

use crate::error::{Error, PhoneError};
use crate::phone::{Phone, State};
use crate::store::{PhotoRow, Rows, blobs, documents, meta, records};
use std::path::Path;
use wurao_checklist::Kind;
use wurao_evidence::{Blob, Captured, EvidenceError, Stored, keep, process};
use wurao_protocol::record::{Blob as BlobRef, Capture, EvidenceEntry, Image, Position, Session};
use wurao_protocol::{Digest, DocumentId};
use wurao_record::{ActorId, History, Map, Put, Scalar, build};

/// A photo as the screen shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhotoView {
    /// SHA-256 of the original, in hex.
    pub original: String,
    /// The question it answers to.
    pub question: String,
    /// The repeat instance.
    pub instance: String,
    /// Where it stands.
    pub state: PhotoState,
    /// The thumbnail's file, once made; none where photos are encrypted: [`Phone::picture`] gives its bytes.
    pub thumbnail: Option<std::path::PathBuf>,
    /// The rendition's file, alike.
    pub rendition: Option<std::path::PathBuf>,
    /// The rendition's SHA-256, in hex.
    pub rendition_sha256: Option<String>,
    /// The thumbnail's SHA-256, in hex.
    pub thumbnail_sha256: Option<String>,
}

/// Where a photo stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PhotoState {
    /// The original is kept; the rest follows at the next opening.
    Kept,
    /// Signed; files not all uploaded.
    Ready,
    /// The server has thumbnail and rendition.
    Uploaded,
    /// The original is kept but cannot be shown; the code says why.
    Unreadable(String),
}

const PIPELINE: &str = concat!("wurao-evidence ", env!("CARGO_PKG_VERSION"));
pub(crate) const CHAIN_LENGTH: &str = "evidence-sequence";
pub(crate) const CHAIN_END: &str = "evidence-last";

impl Phone {
    /// Attaches the photo in this file to a question. When this returns, the photo is saved; a file that cannot be
    /// shown is saved all the same and says so in its state. The given file is only read. One that was attached there and is set apart
    /// since (declined, say) is refused as `photo-apart`: what is to count now must be taken now.
    pub fn attach_photo(
        &self,
        document: DocumentId,
        question: &str,
        instance: &str,
        file: &Path,
    ) -> Result<PhotoView, PhoneError> {
        let mut state = self.state()?;
        let row = state.cleared(&document)?;
        let compiled = state.checklist(&row.checklist)?;
        let asked = compiled.question(question)?.kind;
        self.check_place(&state, &row, &compiled, compiled.repeat_of(question), instance)?;
        if matches!(asked, Kind::Note | Kind::Calculate) {
            let detail = format!("{question} takes no photo");
            return Err(PhoneError::BadInput { code: "no-photo-here".to_owned(), detail });
        }
        let original = keep(&self.blobs, file).map_err(Error::from)?;
        let session = self.session_in(&mut state, &row)?;
        let photo = PhotoRow {
            document,
            question: question.to_owned(),
            instance: instance.to_owned(),
            original: Digest(original.sha256),
            bytes: original.len,
            actor: session.actor,
            attached: self.stamp(&state)?,
            entry: None,
            problem: None,
        };
        let time_ms = self.time_in(&session);
        let key = photo.original.to_string();
        let put = Put::new(Map::Evidence, key, Scalar::Text(format!("{question}@{instance}")));
        let genesis = row.genesis();
        state.store.write(|tx| {
            let rows = Rows { connection: tx, document };
            if !blobs::note_photo(tx, &photo)? {
                // Its signed entry says when and by whom it was taken, and somebody has declined just that.
                let apart = rows.live(Map::Evidence, &put.key)?.is_empty();
                return if apart { Err(Error::NotAllowed("photo-apart")) } else { Ok(()) };
            }
            let change = build(&genesis, &rows, &ActorId(session.actor), time_ms, &[put])?;
            documents::add(tx, &document, &change, "unsent")
        })?;
        // Saved it is; what the disk does not let be made now is made at the next sync or opening.
        if let Err(error) = self.finish_photo(&mut state, &photo) {
            tracing::warn!("photo {}: {error}", photo.original);
        }
        let photos = self.photos_in(&state, &document)?;
        let is_this = |view: &PhotoView| view.original == photo.original.to_string() && view.question == question;
        photos.into_iter().find(is_this).ok_or(Error::Damaged("photo").into())
    }

    /// The photos of an inspection attached on this phone, in order.
    pub fn photos(&self, document: DocumentId) -> Result<Vec<PhotoView>, PhoneError> {
        let state = self.state()?;
        crate::inspect::may_see(&state, &document)?;
        Ok(self.photos_in(&state, &document)?)
    }

    pub(crate) fn photos_in(&self, state: &State, document: &DocumentId) -> Result<Vec<PhotoView>, Error> {
        let connection = state.store.read();
        let mut views = Vec::new();
        for photo in blobs::photos_of(connection, document)? {
            let entry = photo.entry.map(|id| records::by_id::<EvidenceEntry>(connection, &id)).transpose()?.flatten();
            let uploaded = |digest: &Digest| Ok::<_, Error>(blobs::is_uploaded(connection, digest)? == Some(true));
            let state = match (&entry, &photo.problem) {
                (_, Some(problem)) => PhotoState::Unreadable(problem.clone()),
                (None, None) => PhotoState::Kept,
                (Some(entry), None) => {
                    if uploaded(&entry.thumbnail.blob.sha256)? && uploaded(&entry.rendition.blob.sha256)? {
                        PhotoState::Uploaded
                    } else {
                        PhotoState::Ready
                    }
                }
            };
            let file = |image: &Image| (!self.blobs.is_encrypted()).then(|| self.blobs.path_of(&image.blob.sha256.0));
            views.push(PhotoView {
                original: photo.original.to_string(),
                question: photo.question,
                instance: photo.instance,
                state,
                thumbnail: entry.as_ref().and_then(|entry| file(&entry.thumbnail)),
                rendition: entry.as_ref().and_then(|entry| file(&entry.rendition)),
                rendition_sha256: entry.as_ref().map(|entry| entry.rendition.blob.sha256.to_string()),
                thumbnail_sha256: entry.as_ref().map(|entry| entry.thumbnail.blob.sha256.to_string()),
            });
        }
        Ok(views)
    }

    /// Completes photos that a kill left without an entry.
    pub(crate) fn finish_photos(&self) -> Result<(), Error> {
        let mut state = self.state()?;
        for photo in blobs::unfinished_photos(state.store.read())? {
            // One that cannot be finished now keeps nobody from working.
            if let Err(error) = self.finish_photo(&mut state, &photo) {
                tracing::warn!("photo {}: {error}", photo.original);
            }
        }
        Ok(())
    }

    /// Makes thumbnail and rendition and signs the entry, or notes why there is none.
    fn finish_photo(&self, state: &mut State, photo: &PhotoRow) -> Result<(), Error> {
        match process(&self.blobs, &Blob { sha256: photo.original.0, len: photo.bytes }) {
            Ok(captured) => self.sign_entry(state, photo, &captured),
            // The picture cannot be shown, or is gone: a person is told.
            Err(
                error @ (EvidenceError::Refused { .. }
                | EvidenceError::BlobAltered { .. }
                | EvidenceError::BlobMissing { .. }
                | EvidenceError::BlobDamaged { .. }),
            ) => state.store.write(|tx| blobs::finish_photo(tx, photo, Err(error.code()))),
            // The disk failed or is full: try again at the next opening.
            Err(error) => Err(error.into()),
        }
    }

    fn sign_entry(&self, state: &mut State, photo: &PhotoRow, captured: &Captured) -> Result<(), Error> {
        let connection = state.store.read();
        let session: Session = records::about(connection, &photo.actor)?.ok_or(Error::Damaged("photo"))?;
        let sequence = meta::number(connection, CHAIN_LENGTH)?.unwrap_or(0) + 1;
        let previous = meta::get(connection, CHAIN_END)?
            .map(|bytes| Digest::try_from(bytes.as_slice()).map_err(|_| Error::Damaged("meta")))
            .transpose()?;
        let entry = EvidenceEntry {
            document: photo.document,
            question: photo.question.clone(),
            instance: photo.instance.clone(),
            original: BlobRef { sha256: photo.original, bytes: photo.bytes },
            media_type: captured.media_type.to_owned(),
            rendition: image(&captured.rendition),
            thumbnail: image(&captured.thumbnail),
            pipeline: PIPELINE.to_owned(),
            perceptual: captured.phash,
            capture: capture(photo, captured),
            person: session.person,
            actor: photo.actor,
            sequence: sequence as u64,
            previous,
        };
        let record = self.seal(&entry, photo.document.0.to_vec())?;
        state.store.write(|tx| {
            records::keep_own(tx, &record)?;
            blobs::queue(tx, &entry.thumbnail.blob.sha256, entry.thumbnail.blob.bytes, blobs::THUMBNAIL, &record.id)?;
            blobs::queue(tx, &entry.rendition.blob.sha256, entry.rendition.blob.bytes, blobs::RENDITION, &record.id)?;
            meta::set_number(tx, CHAIN_LENGTH, sequence)?;
            meta::set(tx, CHAIN_END, &record.id.0)?;
            blobs::finish_photo(tx, photo, Ok(&record.id))
        })
    }
}

fn image(stored: &Stored) -> Image {
    let blob = BlobRef { sha256: Digest(stored.blob.sha256), bytes: stored.blob.len };
    Image { blob, width: stored.width, height: stored.height }
}

fn capture(photo: &PhotoRow, captured: &Captured) -> Capture {
    let about = &captured.metadata;
    let camera_time = about.taken.as_ref().map(|taken| match taken.offset_minutes {
        Some(offset) => {
            let sign = if offset < 0 { '-' } else { '+' };
            let minutes = offset.unsigned_abs();
            format!("{}{sign}{:02}:{:02}", taken.local, minutes / 60, minutes % 60)
        }
        None => taken.local.clone(),
    });
    let camera: Vec<&str> = [&about.make, &about.model].into_iter().flatten().map(String::as_str).collect();
    Capture {
        attached: photo.attached,
        camera_time,
        position: about.position.as_ref().map(|position| Position {
            lat_e7: position.lat_e7,
            lon_e7: position.lon_e7,
            accuracy_cm: position.accuracy_cm,
            source: "exif".to_owned(),
            // EXIF's own default when a camera names no datum.
            datum: position.datum.clone().unwrap_or_else(|| "WGS-84".to_owned()),
            mock: None,
        }),
        orientation: about.orientation.exif(),
        camera: (!camera.is_empty()).then(|| camera.join(" ")),
    }
}
