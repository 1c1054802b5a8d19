//! The photos of an inspection.

use super::blob_address;
use super::case::Case;
use super::words::{label, scalar_text};
use crate::page::ZONE;
use crate::page::view::{PhotoState, PhotoView};
use crate::store::read::{Arrived, EvidenceInfo, Link};
use jiff::Timestamp;
use jiff::civil::DateTime;
use wurao_checklist::ROOT;
use wurao_protocol::record::{Capture, Position};
use wurao_record::Field;

/// The photos of one inspection with where each belongs, in the order they were taken.
pub(super) struct Photos(Vec<(String, String, PhotoView)>);

impl Photos {
    pub(super) fn of(case: &Case) -> Self {
        let place = |info: &EvidenceInfo| (info.entry.question.clone(), info.entry.instance.clone(), view(case, info));
        let mut photos: Vec<_> = case.photos.iter().map(place).collect();
        photos.extend(case.noted().filter_map(|(name, field)| noted(case, name, &field)));
        photos.sort_by_key(|(_, _, photo)| photo.taken_ms);
        Self(photos)
    }

    /// Those of a question.
    pub(super) fn at(&self, question: &str, instance: &str) -> Vec<PhotoView> {
        let own = self.0.iter().filter(|(asked, row, _)| asked == question && row == instance);
        own.map(|(_, _, photo)| photo.clone()).collect()
    }

    /// All of them; one that belongs to two questions is shown once.
    pub(super) fn into_all(self) -> Vec<PhotoView> {
        let mut all: Vec<PhotoView> = Vec::new();
        for (_, _, photo) in self.0 {
            if all.iter().all(|other| other.hash != photo.hash) {
                all.push(photo);
            }
        }
        all
    }
}

fn view(case: &Case, info: &EvidenceInfo) -> PhotoView {
    let entry = &info.entry;
    let state = state(info.arrived);
    PhotoView {
        hash: entry.original.sha256.to_string(),
        thumbnail: info.arrived.thumbnail.then(|| blob_address(&entry.thumbnail.blob.sha256)),
        rendition: info.arrived.rendition.then(|| blob_address(&entry.rendition.blob.sha256)),
        taken_ms: taken_ms(&entry.capture),
        by: info.name.clone(),
        device: info.device_name.clone(),
        position: entry.capture.position.as_ref().map(position),
        caption: String::new(),
        question: label(&case.checklist, &entry.question),
        state,
        // The signature was checked before the entry was taken in, each hash before its file was. An entry that names
        // another one before it than the one that is here stays in doubt.
        verified: state >= PhotoState::Thumbnail && info.link != Link::Broken,
    }
}

/// A photo of which only the note in the document is here.
fn noted(case: &Case, name: &str, field: &Field) -> Option<(String, String, PhotoView)> {
    let place = scalar_text(&field.winner);
    let (question, instance) = place.rsplit_once('@').unwrap_or((&place, ROOT));
    let stamp = field.values.first()?.stamps.first()?;
    let author = case.author(&stamp.id.actor);
    let photo = PhotoView {
        hash: name.to_owned(),
        thumbnail: None,
        rendition: None,
        taken_ms: stamp.time_ms,
        by: author.map_or_else(String::new, |author| author.name.clone()),
        device: author.map_or_else(String::new, |author| author.device_name.clone()),
        position: None,
        caption: String::new(),
        question: label(&case.checklist, question),
        state: PhotoState::Noted,
        verified: false,
    };
    Some((question.to_owned(), instance.to_owned(), photo))
}

fn state(arrived: Arrived) -> PhotoState {
    match arrived {
        Arrived { original: true, .. } => PhotoState::Original,
        Arrived { rendition: true, .. } => PhotoState::Rendition,
        Arrived { thumbnail: true, .. } => PhotoState::Thumbnail,
        Arrived { .. } => PhotoState::Announced,
    }
}

/// The camera's time, which is the county's when it names no offset; when it says none, the time of attaching.
fn taken_ms(capture: &Capture) -> i64 {
    let camera = capture.camera_time.as_deref().and_then(|text| {
        let with_offset = text.parse::<Timestamp>().ok();
        with_offset.or_else(|| ZONE.to_timestamp(text.parse::<DateTime>().ok()?).ok())
    });
    camera.map_or(capture.attached.wall_ms, Timestamp::as_millisecond)
}

fn position(position: &Position) -> String {
    let degrees = |e7: i64| {
        let sign = if e7 < 0 { "-" } else { "" };
        let e5 = (e7.unsigned_abs() + 50) / 100;
        format!("{sign}{}.{:05}", e5 / 100_000, e5 % 100_000)
    };
    let accuracy = position.accuracy_cm.map_or_else(String::new, |cm| format!(" ±{} m", cm.div_ceil(100)));
    let simulated = if position.mock == Some(true) { " · simulated 模拟定位" } else { "" };
    let Position { lat_e7, lon_e7, datum, .. } = position;
    format!("{}, {}{accuracy} ({datum}){simulated}", degrees(*lat_e7), degrees(*lon_e7))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wurao_protocol::record::Stamp;

    fn capture(camera_time: Option<&str>) -> Capture {
        Capture {
            attached: Stamp { wall_ms: 5, mono_ms: 0, server_ms: None },
            camera_time: camera_time.map(str::to_owned),
            position: None,
            orientation: 1,
            camera: None,
        }
    }

    #[test]
    fn a_photo_was_taken_when_its_camera_says_or_else_when_it_was_attached() {
        assert_eq!(taken_ms(&capture(Some("2026-11-22T09:00:00"))), 1_795_309_200_000);
        assert_eq!(taken_ms(&capture(Some("2026-11-22T09:00:00+09:00"))), 1_795_305_600_000);
        assert_eq!(taken_ms(&capture(Some("yesterday"))), 5);
        assert_eq!(taken_ms(&capture(None)), 5);
    }

    #[test]
    fn a_position_is_written_in_degrees_with_its_accuracy() {
        let mut at = Position {
            lat_e7: 271_031_249,
            lon_e7: -5_000_000,
            accuracy_cm: Some(801),
            source: "fix".to_owned(),
            datum: "WGS-84".to_owned(),
            mock: Some(false),
        };
        assert_eq!(position(&at), "27.10312, -0.50000 ±9 m (WGS-84)");
        (at.accuracy_cm, at.mock) = (None, Some(true));
        assert!(position(&at).ends_with("(WGS-84) · simulated 模拟定位"));
    }
}
